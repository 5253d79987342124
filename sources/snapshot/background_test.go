package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"nightjar/pipeline"
)

// fillRows writes n rows of a growing number and a text through write.
func fillRows(t *testing.T, b *Batch, n int, write func(*Batch) error) error {
	t.Helper()
	for i := range n {
		b.Columns[0].SetInteger(b.Rows, int64(i))
		if i%7 == 0 {
			b.Columns[1].SetNull(b.Rows)
		} else {
			b.Columns[1].SetText(b.Rows, fmt.Appendf(nil, "text %d", i%13))
		}
		if b.Rows++; b.Full() {
			if err := write(b); err != nil {
				return err
			}
		}
	}
	return write(b)
}

func TestBackgroundWritesTheSameBytes(t *testing.T) {
	t.Parallel()
	columns := []pipeline.Stored{{Name: "n", Type: "BIGINT"}, {Name: "t", Type: "VARCHAR", Nullable: true}, {Name: "same", Type: "VARCHAR"}}
	for _, rows := range []int{0, 1, BatchRows - 1, BatchRows, BatchRows + 1, 20 * BatchRows, 150_000} {
		var files [2][]byte
		for i := range files {
			path := filepath.Join(t.TempDir(), "a.parquet")
			w, b := NewWriter(path, columns), NewBatch(columns)
			b.Columns[2].FillText("constant")
			write, finish := w.Write, func() error { return nil }
			if i == 1 {
				g := NewBackground(w)
				write, finish = g.Write, g.Close
			}
			if err := fillRows(t, b, rows, write); err != nil {
				t.Fatal(err)
			}
			if err := finish(); err != nil {
				t.Fatal(err)
			}
			if err := finish(); err != nil {
				t.Fatal("closed twice:", err)
			}
			shown, err := w.Commit()
			if err != nil || shown != (rows > 0) || w.Rows() != int64(rows) {
				t.Fatalf("%d rows: %v, %v, %d written", rows, shown, err, w.Rows())
			}
			if rows > 0 {
				if files[i], err = os.ReadFile(path); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !bytes.Equal(files[0], files[1]) {
			t.Errorf("%d rows: the files differ", rows)
		}
	}
}

func TestBackgroundTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(folder, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	columns := []pipeline.Stored{{Name: "n", Type: "BIGINT"}, {Name: "t", Type: "VARCHAR", Nullable: true}}
	g := NewBackground(NewWriter(filepath.Join(folder, "a.parquet"), columns))
	err := fillRows(t, NewBatch(columns), 5*BatchRows, g.Write)
	if closed := g.Close(); err == nil || closed == nil {
		t.Errorf("written: %v, closed: %v", err, closed)
	}
}

// TestBackgroundIsClosedBeforeItBegan closes at once after the first full
// batch, when the goroutine has often not run at all.
func TestBackgroundIsClosedBeforeItBegan(t *testing.T) {
	t.Parallel()
	columns := []pipeline.Stored{{Name: "n", Type: "BIGINT"}}
	for range 200 {
		w, b := NewWriter(filepath.Join(t.TempDir(), "a.parquet"), columns), NewBatch(columns)
		g := NewBackground(w)
		for !b.Full() {
			b.Columns[0].SetInteger(b.Rows, 1)
			b.Rows++
		}
		if err := errors.Join(g.Write(b), g.Close()); err != nil || w.Rows() != BatchRows {
			t.Fatalf("%d rows, %v", w.Rows(), err)
		}
		w.Abort()
	}
}
