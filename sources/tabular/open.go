package tabular

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Options bound what a hostile file can cost.
type Options struct {
	// TempDir holds the unpacked sheets of a large workbook while it is read.
	// They contain people, so it must be a private folder.
	TempDir string
}

// Open recognises a file by its first bytes, not by its name, and gets it
// ready for reading. It returns a *Refusal for a file that is no table.
func Open(path string, opts Options) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 8)
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 && !errors.Is(err, io.EOF) {
		f.Close()
		return nil, err
	}
	file, err := openAs(f, head[:n], path, opts)
	if err != nil {
		f.Close()
		return nil, err
	}
	return file, nil
}

func openAs(f *os.File, head []byte, path string, opts Options) (File, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	switch {
	case len(head) == 0:
		return nil, &Refusal{Rule: "empty_file", Say: "the file is empty", Hint: "export the list again"}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return openWorkbook(f, opts)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, oldWorkbook(path)
	case bytes.HasPrefix(head, []byte("%PDF")):
		return nil, &Refusal{Rule: "not_a_table", Say: "the file is a PDF", Hint: "ask for the list as CSV or XLSX"}
	default:
		return openCSV(f)
	}
}

// oldWorkbook words the refusal of the container that both an old workbook
// and one with a password come in.
func oldWorkbook(path string) *Refusal {
	if strings.EqualFold(filepath.Ext(path), ".xls") {
		return &Refusal{Rule: "old_workbook", Say: "the file is a workbook of the old .xls kind", Hint: "open it in Excel and save it as .xlsx or CSV"}
	}
	return &Refusal{Rule: "encrypted", Say: "the workbook is protected by a password or of the old .xls kind", Hint: "save it without a password as .xlsx or CSV"}
}

// csvFile is a delimited text file.
type csvFile struct {
	f    *os.File
	form Form
	hash hash.Hash
	done bool // the bytes were read to the end
}

func openCSV(f *os.File) (File, error) {
	encoding, head, err := detectEncoding(f)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(decode(bytes.NewReader(head[:len(head)&^1]), encoding))
	if err != nil {
		return nil, fmt.Errorf("decode as %s: %w", encoding, err)
	}
	return &csvFile{f: f, form: Form{Kind: "csv", Encoding: encoding, Delimiter: sniffDelimiter(text)}}, nil
}

// Form describes the dialect.
func (c *csvFile) Form() Form { return c.form }

// Sheets returns one empty name.
func (c *csvFile) Sheets() []string { return []string{""} }

// Rows reads the file from its beginning.
func (c *csvFile) Rows(string) (Rows, error) {
	if _, err := c.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	c.hash, c.done = sha256.New(), false
	return newCSVRows(decode(&hashed{c}, c.form.Encoding), c.form.Delimiter), nil
}

// hashed reads the file and hashes what is read.
type hashed struct{ c *csvFile }

// Read reads and hashes.
func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.c.f.Read(p)
	h.c.hash.Write(p[:n])
	h.c.done = h.c.done || err == io.EOF
	return n, err
}

// Close closes the file and returns the hash of what was read.
func (c *csvFile) Close() (string, error) {
	sum := ""
	if c.done {
		sum = hex.EncodeToString(c.hash.Sum(nil))
	}
	return sum, c.f.Close()
}
