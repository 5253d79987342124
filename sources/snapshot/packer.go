package snapshot

import (
	"errors"

	"github.com/parquet-go/parquet-go"
)

const (
	// pageRows and pageBytes end a page. Both are counted row by row, so that
	// the same rows give the same pages however they come in batches.
	pageRows  = 10_240
	pageBytes = 96 << 10
)

// packer hands the values of one column to its writer.
type packer struct {
	out      *parquet.ColumnWriter
	required bool
	texts    bool // texts that no dictionary holds, whose length counts
	rows     int  // of the open page
	bytes    int  // of its texts
}

var errNoValue = errors.New("a row has no value for a column that must have one; please report this")

// add packs the values of further rows.
func (p *packer) add(values []parquet.Value) error {
	if p.required {
		for i := range values {
			if values[i].IsNull() {
				return errNoValue
			}
		}
	}
	for len(values) > 0 {
		n := p.room(values)
		if _, err := p.out.WriteRowValues(values[:n]); err != nil {
			return err
		}
		if values = values[n:]; p.rows < pageRows && p.bytes < pageBytes {
			continue
		}
		if err := p.out.Flush(); err != nil {
			return err
		}
		p.rows, p.bytes = 0, 0
	}
	return nil
}

// room returns how many of the values go into the open page, and counts them.
func (p *packer) room(values []parquet.Value) int {
	n := min(len(values), pageRows-p.rows)
	if p.texts {
		for i := range n {
			if !values[i].IsNull() {
				p.bytes += len(values[i].ByteArray())
			}
			if p.bytes >= pageBytes {
				n = i + 1
				break
			}
		}
	}
	p.rows += n
	return n
}
