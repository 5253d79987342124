package sample

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"
)

// inbox writes the files that providers hand in, and remembers each for the
// manifest.
type inbox struct {
	root    string // folder of the inbox
	entries []entry
	sum     Summary
}

// entry is one line of the manifest.
type entry struct {
	file, provider, period string
	delivered              time.Time
}

// handIn is one file on its way into the inbox. It counts the lines, so that
// the truth can say on which line a person stands.
type handIn struct {
	name string // path under the inbox, forward slashes
	out  *bufio.Writer
	file *os.File
	line int // lines written
}

// open begins a file of a provider and notes it for the manifest.
func (in *inbox) open(dataset, provider, name, period string, delivered time.Time) (*handIn, error) {
	rel := path.Join(dataset, provider, name)
	full := filepath.Join(in.root, filepath.FromSlash(rel))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		return nil, fmt.Errorf("sample inbox: %w", err)
	}
	f, err := os.OpenFile(full, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sample inbox: %w", err)
	}
	in.entries = append(in.entries, entry{rel, provider, period, delivered})
	in.sum.Files++
	return &handIn{name: rel, out: bufio.NewWriterSize(f, 1<<18), file: f}, nil
}

// close ends a file and adds its size to the summary.
func (in *inbox) close(h *handIn) error {
	err := h.out.Flush()
	if size, e := h.file.Seek(0, io.SeekCurrent); e == nil {
		in.sum.Bytes += size
	}
	if e := h.file.Close(); err == nil {
		err = e
	}
	in.sum.Rows += int64(h.line)
	if err != nil {
		return fmt.Errorf("sample file %s: %w", h.name, err)
	}
	return nil
}

// writeLine writes one finished line with its line end. A failed write shows when
// the file is closed.
func (h *handIn) writeLine(b []byte) {
	_, _ = h.out.Write(b)
	h.line++
}

// manifest writes inbox/manifest.csv: a line for every file.
func (in *inbox) manifest() error {
	f, err := os.OpenFile(filepath.Join(in.root, "manifest.csv"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("sample manifest: %w", err)
	}
	w := csv.NewWriter(f)
	rows := [][]string{{"file", "provider", "period", "delivered_at"}}
	for _, e := range in.entries {
		rows = append(rows, []string{e.file, e.provider, e.period, e.delivered.UTC().Format(time.RFC3339)})
	}
	err = w.WriteAll(rows)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("sample manifest: %w", err)
	}
	return nil
}
