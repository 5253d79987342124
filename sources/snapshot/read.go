package snapshot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"

	"nightjar/pipeline"
)

// verify reads a finished file back: its columns, in order, and the values of
// every column chunk, whose checksums are tested on the way.
func verify(f *os.File, columns []pipeline.Stored, rows int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	if file.NumRows() != rows {
		return fmt.Errorf("it holds %d rows of %d", file.NumRows(), rows)
	}
	fields := file.Schema().Fields()
	if len(fields) != len(columns) {
		return fmt.Errorf("it holds %d columns of %d", len(fields), len(columns))
	}
	for i, c := range columns {
		if fields[i].Name() != c.Name || fields[i].Optional() != c.Nullable {
			return fmt.Errorf("column %d is %s and should be %s", i+1, fields[i].Name(), c.Name)
		}
	}
	for _, group := range file.RowGroups() {
		for i, chunk := range group.ColumnChunks() {
			if n, err := countValues(chunk); err != nil || n != group.NumRows() {
				return fmt.Errorf("column %s holds %d values of %d: %w", columns[i].Name, n, group.NumRows(), err)
			}
		}
	}
	return nil
}

func countValues(chunk parquet.ColumnChunk) (n int64, err error) {
	pages := chunk.Pages()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		n += page.NumValues()
		parquet.Release(page)
	}
}

// Table is a snapshot file read whole into texts. Tests and the list of
// rejected rows use it; the night's own path never does.
type Table struct {
	Columns []pipeline.Stored
	Rows    [][]Cell
}

// Cell is one value: its text, or a null.
type Cell struct {
	Text string
	Null bool
}

// Read reads a whole file. Days come as 2021-10-31, times in RFC 3339, numbers
// as decimals in the shortest form that reads back.
func Read(path string) (Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return Table{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Table{}, err
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return Table{}, fmt.Errorf("read %s: %w", path, err)
	}
	var t Table
	for _, field := range file.Schema().Fields() {
		t.Columns = append(t.Columns, pipeline.Stored{Name: field.Name(), Type: typeOf(field), Nullable: field.Optional()})
	}
	for _, group := range file.RowGroups() {
		if err := t.readGroup(group); err != nil {
			return Table{}, fmt.Errorf("read %s: %w", path, err)
		}
	}
	return t, nil
}

func (t *Table) readGroup(group parquet.RowGroup) error {
	rows := group.Rows()
	defer rows.Close()
	buf := make([]parquet.Row, 128)
	for {
		n, err := rows.ReadRows(buf)
		for _, row := range buf[:n] {
			cells := make([]Cell, len(t.Columns))
			for _, v := range row {
				i := v.Column()
				cells[i] = cellOf(v, t.Columns[i].Type)
			}
			t.Rows = append(t.Rows, cells)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func typeOf(field parquet.Field) string {
	text := field.Type().String()
	switch field.Type().Kind() {
	case parquet.Boolean:
		return "BOOLEAN"
	case parquet.Int32:
		return "DATE"
	case parquet.Int64:
		if logical := field.Type().LogicalType(); logical != nil && text != parquet.Int(64).Type().String() {
			return "TIMESTAMP"
		}
		return "BIGINT"
	case parquet.Double:
		return "DOUBLE"
	default:
		return "VARCHAR"
	}
}

func cellOf(v parquet.Value, typ string) Cell {
	if v.IsNull() {
		return Cell{Null: true}
	}
	switch typ {
	case "BOOLEAN":
		return Cell{Text: strconv.FormatBool(v.Boolean())}
	case "DATE":
		return Cell{Text: pipeline.Date(v.Int32()).String()}
	case "TIMESTAMP":
		return Cell{Text: time.UnixMicro(v.Int64()).UTC().Format(time.RFC3339Nano)}
	case "BIGINT":
		return Cell{Text: strconv.FormatInt(v.Int64(), 10)}
	case "DOUBLE":
		return Cell{Text: strconv.FormatFloat(v.Double(), 'f', -1, 64)}
	default:
		return Cell{Text: string(v.ByteArray())}
	}
}
