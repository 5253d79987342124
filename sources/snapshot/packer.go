package snapshot

import (
	"errors"
	"math"

	"github.com/parquet-go/parquet-go"

	"nightjar/pipeline"
)

const (
	// pageRows and pageBytes end a page. Both are counted row by row, so that
	// the same rows give the same pages however they come in batches.
	pageRows  = 10_240
	pageBytes = 96 << 10
)

// packer hands the cells of one column to its writer.
type packer struct {
	stored pipeline.Stored
	out    *parquet.ColumnWriter
	values []parquet.Value
	rows   int // of the open page
	bytes  int // of its texts
}

func newPacker(c pipeline.Stored, out *parquet.ColumnWriter) *packer {
	return &packer{stored: c, out: out, values: make([]parquet.Value, BatchRows)}
}

// add packs the cells of further rows.
func (p *packer) add(cells []cell) error {
	from := 0
	for i := range cells {
		if i > 0 && cells[i] == cells[i-1] {
			p.values[i] = p.values[i-1] // most cells are the one above
		} else if err := p.value(cells[i], &p.values[i]); err != nil {
			return err
		}
		if p.stored.Type == "VARCHAR" {
			p.bytes += int(cells[i].n)
		}
		if p.rows++; p.rows < pageRows && p.bytes < pageBytes {
			continue
		}
		if _, err := p.out.WriteRowValues(p.values[from : i+1]); err != nil {
			return err
		}
		if err := p.out.Flush(); err != nil {
			return err
		}
		from, p.rows, p.bytes = i+1, 0, 0
	}
	if from == len(cells) {
		return nil
	}
	_, err := p.out.WriteRowValues(p.values[from:len(cells)])
	return err
}

var errNoValue = errors.New("a row has no value for a column that must have one; please report this")

// value turns a cell into a value of the library. The definition level is all
// that the column writers look at beside the value.
func (p *packer) value(c cell, out *parquet.Value) error {
	switch {
	case c.null():
		*out = parquet.Value{}
		if !p.stored.Nullable {
			return errNoValue
		}
		return nil
	case p.stored.Type == "VARCHAR":
		*out = parquet.ByteArrayValue(c.bytes())
	case p.stored.Type == "DATE":
		*out = parquet.Int32Value(int32(c.n))
	case p.stored.Type == "DOUBLE":
		*out = parquet.DoubleValue(math.Float64frombits(c.n))
	case p.stored.Type == "BOOLEAN":
		*out = parquet.BooleanValue(c.n != 0)
	default:
		*out = parquet.Int64Value(int64(c.n))
	}
	if p.stored.Nullable {
		out.SetDefinitionLevel(1)
	}
	return nil
}
