package snapshot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"nightjar/pipeline"
)

// Scan reads some columns of a file, row by row in their order. A column that
// the file does not have is null in every row. cells is used again for the
// next row.
func Scan(path string, columns []string, each func(cells []Cell) error) error {
	file, done, err := openFile(path)
	if err != nil {
		return err
	}
	defer done()
	stored := storedColumns(file)
	at := make([]int, len(columns))
	for i, name := range columns {
		at[i] = -1
		for j, c := range stored {
			if c.Name == name {
				at[i] = j
			}
		}
	}
	cells := make([]Cell, len(columns))
	for _, group := range file.RowGroups() {
		values := make([][]parquet.Value, len(columns))
		chunks := group.ColumnChunks()
		for i, j := range at {
			if j < 0 {
				continue
			}
			if values[i], err = chunkValues(chunks[j], group.NumRows()); err != nil {
				return fmt.Errorf("column %s of %s: %w", columns[i], filepath.Base(path), err)
			}
		}
		for row := range group.NumRows() {
			for i, j := range at {
				cells[i] = Cell{Null: true}
				if j >= 0 {
					cells[i] = cellOf(values[i][row], stored[j].Type)
				}
			}
			if err := each(cells); err != nil {
				return err
			}
		}
	}
	return nil
}

// chunkValues reads a column of one row group. The values are views into its
// pages, which are therefore left to the collector.
func chunkValues(chunk parquet.ColumnChunk, rows int64) ([]parquet.Value, error) {
	out := make([]parquet.Value, 0, rows)
	pages := chunk.Pages()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			if int64(len(out)) != rows {
				return nil, fmt.Errorf("it holds %d values of %d", len(out), rows)
			}
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		from := len(out)
		out = append(out, make([]parquet.Value, page.NumValues())...)
		n, err := page.Values().ReadValues(out[from:])
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		out = out[:from+n]
	}
}

// Rewrite writes a file anew without the rows that drop names by their number,
// from 0, and puts it in the place of the old one in one step. It holds one
// batch and one row group in memory, whatever the file's size. Where no row is
// left, there is no file afterwards, and left is 0.
func Rewrite(path string, drop func(row int64) bool) (left int64, err error) {
	file, done, err := openFile(path)
	if err != nil {
		return 0, err
	}
	defer done()
	columns := storedColumns(file)
	w := NewWriter(path, columns)
	defer w.Abort()
	b := NewBatch(columns)
	row := int64(0)
	for _, group := range file.RowGroups() {
		if row, err = copyRows(group, w, b, row, drop); err != nil {
			return 0, fmt.Errorf("rewrite %s: %w", filepath.Base(path), err)
		}
	}
	if err := w.Write(b); err != nil {
		return 0, err
	}
	written, err := w.Commit()
	if err != nil || written {
		return w.Rows(), err
	}
	return 0, errors.Join(os.Remove(path), syncFolder(filepath.Dir(path)))
}

// copyRows copies a row group into the batch and on to the file, and returns
// the number of the row behind it.
func copyRows(group parquet.RowGroup, w *Writer, b *Batch, row int64, drop func(int64) bool) (int64, error) {
	rows := group.Rows()
	defer rows.Close()
	buf := make([]parquet.Row, 128)
	for {
		n, err := rows.ReadRows(buf)
		for _, values := range buf[:n] {
			if row++; drop(row - 1) {
				continue
			}
			for _, v := range values {
				b.Columns[v.Column()].copyOf(b.Rows, v)
			}
			if b.Rows++; b.Full() {
				if err := w.Write(b); err != nil {
					return row, err
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return row, nil
		}
		if err != nil {
			return row, err
		}
	}
}

// copyOf puts a value read from a file into the row's cell.
func (v *Vector) copyOf(row int, value parquet.Value) {
	switch {
	case value.IsNull():
		v.SetNull(row)
	case value.Kind() == parquet.ByteArray:
		v.SetText(row, value.ByteArray())
	case value.Kind() == parquet.Boolean:
		v.SetBoolean(row, value.Boolean())
	case value.Kind() == parquet.Int32:
		v.SetDate(row, pipeline.Date(value.Int32()))
	case value.Kind() == parquet.Double:
		v.SetDouble(row, value.Double())
	default:
		v.SetInteger(row, value.Int64())
	}
}

func openFile(path string) (*parquet.File, func(), error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read %s: %w", filepath.Base(path), err), f.Close())
	}
	return file, func() { f.Close() }, nil
}

func storedColumns(file *parquet.File) []pipeline.Stored {
	var out []pipeline.Stored
	for _, field := range file.Schema().Fields() {
		out = append(out, pipeline.Stored{Name: field.Name(), Type: typeOf(field), Nullable: field.Optional()})
	}
	return out
}

// Columns returns the names of a file's columns in their order.
func Columns(path string) ([]string, error) {
	file, done, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer done()
	var out []string
	for _, c := range storedColumns(file) {
		out = append(out, c.Name)
	}
	return out, nil
}
