package snapshot

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"nightjar/pipeline"
)

// rowGroup is the warehouse's own vector of rows: the whole-file scan is
// fastest with it and both its threads find work.
const rowGroup = 122_880

// Writer writes one file. It opens nothing until there is a row.
type Writer struct {
	path    string
	columns []pipeline.Stored
	temp    *os.File
	out     *bufio.Writer
	offset  int64 // bytes written
	packers []*column
	schema  []format.SchemaElement
	groups  []format.RowGroup
	group   int // rows in the open row group
	limit   int // rows of a full row group
	rows    int64
}

// NewWriter returns a writer for a file at path. Columns keep their order.
func NewWriter(path string, columns []pipeline.Stored) *Writer {
	return &Writer{path: path, columns: columns, limit: rowGroup}
}

// Rows returns how many rows were written.
func (w *Writer) Rows() int64 { return w.rows }

// Write appends the batch's rows and empties it.
func (w *Writer) Write(b *Batch) error {
	defer b.Reset()
	for from := 0; from < b.Rows; {
		if w.out == nil {
			if err := w.open(); err != nil {
				return err
			}
		}
		to := min(b.Rows, from+w.limit-w.group)
		for i, v := range b.Columns {
			if err := w.packers[i].add(v.cells[from:to]); err != nil {
				return fmt.Errorf("write column %s of %s: %w", v.stored.Name, filepath.Base(w.path), err)
			}
		}
		w.group += to - from
		w.rows += int64(to - from)
		from = to
		if w.group == w.limit {
			if err := w.endGroup(); err != nil {
				return err
			}
		}
	}
	return nil
}

// magic begins and ends a file.
const magic = "PAR1"

// open starts the file.
func (w *Writer) open() (err error) {
	if w.schema, err = schemaOf(w.columns); err != nil {
		return err
	}
	w.packers = make([]*column, len(w.columns))
	for i, c := range w.columns {
		if w.packers[i], err = newColumn(c); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(w.path), 0o700); err != nil {
		return err
	}
	if w.temp, err = os.CreateTemp(filepath.Dir(w.path), tempPrefix+"*"+tempSuffix); err != nil {
		return err
	}
	w.out = bufio.NewWriterSize(w.temp, 64<<10)
	n, err := w.out.WriteString(magic)
	w.offset = int64(n)
	return err
}

// endGroup writes the open row group.
func (w *Writer) endGroup() error {
	if w.group == 0 {
		return nil
	}
	g := format.RowGroup{NumRows: int64(w.group), FileOffset: w.offset, Ordinal: int16(len(w.groups)), Columns: make([]format.ColumnChunk, len(w.packers))}
	for i, c := range w.packers {
		chunk, err := c.flush(w.out, w.offset)
		if err != nil {
			return fmt.Errorf("write column %s of %s: %w", c.stored.Name, filepath.Base(w.path), err)
		}
		g.Columns[i] = chunk
		w.offset += chunk.MetaData.TotalCompressedSize
		g.TotalCompressedSize += chunk.MetaData.TotalCompressedSize
		g.TotalByteSize += chunk.MetaData.TotalUncompressedSize
	}
	w.groups, w.group = append(w.groups, g), 0
	return nil
}

// end writes the last row group and the footer.
func (w *Writer) end() error {
	if err := w.endGroup(); err != nil {
		return err
	}
	footer := format.FileMetaData{
		Version: 2, Schema: w.schema, NumRows: w.rows, RowGroups: w.groups, CreatedBy: "nightjar",
		ColumnOrders: make([]format.ColumnOrder, len(w.columns)),
	}
	for i := range footer.ColumnOrders {
		footer.ColumnOrders[i].Value = &format.TypeDefinedOrder{}
	}
	text, err := thrift.Marshal(new(thrift.CompactProtocol), &footer)
	if err != nil {
		return err
	}
	text = binary.LittleEndian.AppendUint32(text, uint32(len(text)))
	if _, err := w.out.Write(append(text, magic...)); err != nil {
		return err
	}
	return w.out.Flush()
}

// Commit finishes the file and puts it in place: closed, synced, read back and
// counted, renamed, folder synced. It reports false when no row was written
// and there is no file.
func (w *Writer) Commit() (written bool, err error) {
	if w.out == nil {
		return false, nil
	}
	defer w.Abort()
	if err := w.end(); err != nil {
		return false, fmt.Errorf("finish %s: %w", filepath.Base(w.path), err)
	}
	if err := w.temp.Sync(); err != nil {
		return false, fmt.Errorf("sync %s: %w", filepath.Base(w.path), err)
	}
	if err := verify(w.temp, w.columns, w.rows); err != nil {
		return false, fmt.Errorf("%s was not written as it should be: %w", filepath.Base(w.path), err)
	}
	if err := os.Rename(w.temp.Name(), w.path); err != nil {
		return false, err
	}
	return true, syncFolder(filepath.Dir(w.path))
}

// Abort drops what was written. After Commit it does nothing but let go.
func (w *Writer) Abort() {
	if w.temp == nil {
		return
	}
	w.temp.Close()
	os.Remove(w.temp.Name())
	w.temp, w.out = nil, nil
}

// syncFolder makes a rename last through a power cut.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
