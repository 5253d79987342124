package snapshot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"nightjar/pipeline"
)

const (
	// rowGroup is the warehouse's own vector of rows: the whole-file scan is
	// fastest with it and both its threads find work.
	rowGroup = 122_880
	// dictionaryLimit ends a dictionary that does not pay in a long file.
	dictionaryLimit = 1 << 20
	// pageBuffer is more than a page of pageRows and pageBytes takes, levels
	// and all: where pages end we say ourselves. The library sets it aside for
	// every column at once.
	pageBuffer = 192 << 10
)

// Writer writes one file. It opens nothing until there is a row.
type Writer struct {
	path    string
	columns []pipeline.Stored
	temp    *os.File
	out     *parquet.GenericWriter[any]
	packers []*packer
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

// Write appends the batch's rows and empties it. The first batch of a file
// should be full or all there is: by its rows the encodings are chosen.
func (w *Writer) Write(b *Batch) error {
	defer b.Reset()
	for from := 0; from < b.Rows; {
		if w.out == nil {
			if err := w.open(b); err != nil {
				return err
			}
		}
		to := min(b.Rows, from+w.limit-w.group)
		for i, v := range b.Columns {
			if err := w.packers[i].add(v.values[from:to]); err != nil {
				return fmt.Errorf("write column %s of %s: %w", v.stored.Name, filepath.Base(w.path), err)
			}
		}
		w.group += to - from
		w.rows += int64(to - from)
		from = to
		if w.group == w.limit {
			if err := w.out.Flush(); err != nil {
				return fmt.Errorf("write row group of %s: %w", filepath.Base(w.path), err)
			}
			w.group = 0
			for _, p := range w.packers {
				p.rows, p.bytes = 0, 0
			}
		}
	}
	return nil
}

// open starts the file, choosing the encodings by the first batch.
func (w *Writer) open(first *Batch) error {
	dictionary := make([]bool, len(w.columns))
	var unbounded []parquet.WriterOption
	for i, v := range first.Columns {
		dictionary[i] = wantsDictionary(v, first.Rows)
		if v.stored.Type == "VARCHAR" {
			// Smallest and greatest text cost a comparison per cell and help no
			// query: nothing filters a snapshot by a text.
			unbounded = append(unbounded, parquet.SkipPageBounds(v.stored.Name))
		}
	}
	schema, err := schemaOf(w.columns, dictionary)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(w.path), 0o700); err != nil {
		return err
	}
	if w.temp, err = os.CreateTemp(filepath.Dir(w.path), tempPrefix+"*"+tempSuffix); err != nil {
		return err
	}
	w.out = parquet.NewGenericWriter[any](w.temp, append(unbounded, schema,
		parquet.Compression(codec),
		parquet.MaxRowsPerRowGroup(int64(w.limit)),
		parquet.DictionaryMaxBytes(dictionaryLimit),
		parquet.PageBufferSize(pageBuffer),
		parquet.DataPageStatistics(false), // the chunk's own are enough
		parquet.CreatedBy("nightjar", "", ""))...)
	w.packers = make([]*packer, len(w.columns))
	for i, out := range w.out.ColumnWriters() {
		w.packers[i] = &packer{out: out, required: !w.columns[i].Nullable, texts: w.columns[i].Type == "VARCHAR" && !dictionary[i]}
	}
	return nil
}

// Commit finishes the file and puts it in place: closed, synced, read back and
// counted, renamed, folder synced. It reports false when no row was written
// and there is no file.
func (w *Writer) Commit() (written bool, err error) {
	if w.out == nil {
		return false, nil
	}
	defer w.Abort()
	if err := w.out.Close(); err != nil {
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
