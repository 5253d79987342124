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
)

// Open recognises a file by its first bytes, not by its name, and gets it
// ready for reading. It returns a *Refusal for a file that is no table.
func Open(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 && !errors.Is(err, io.EOF) {
		f.Close()
		return nil, err
	}
	file, err := openAs(f, head[:n])
	if err != nil {
		f.Close()
		return nil, err
	}
	return file, nil
}

func openAs(f *os.File, head []byte) (File, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	switch {
	case len(head) == 0:
		return nil, &Refusal{Rule: "empty_file", Say: "the file is empty", Hint: "export the list again"}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return openWorkbook(f)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, oldContainer(f)
	}
	if r := foreign(head); r != nil {
		return nil, r
	}
	if beginsLikeXML(head) {
		return openXML(f)
	}
	return openCSV(f)
}

// foreign recognises what people hand in by mistake.
func foreign(head []byte) *Refusal {
	for _, kind := range []struct{ begin, say, hint string }{
		{"%PDF", "the file is a PDF", "ask for the list as CSV or XLSX"},
		{"\x1f\x8b", "the file is compressed", "unpack it and hand in the list itself"},
		{"7z\xbc\xaf", "the file is an archive", "unpack it and hand in the list itself"},
		{"Rar!", "the file is an archive", "unpack it and hand in the list itself"},
		{"\x89PNG", "the file is a picture", "ask for the list as CSV or XLSX"},
		{"\xff\xd8\xff", "the file is a picture", "ask for the list as CSV or XLSX"},
		{"{\\rtf", "the file is a text document", "ask for the list as CSV or XLSX"},
		{"PAR1", "the file is a Parquet file", "hand the list in as CSV or XLSX"},
	} {
		if bytes.HasPrefix(head, []byte(kind.begin)) {
			return &Refusal{Rule: "not_a_table", Say: kind.say, Hint: kind.hint}
		}
	}
	return nil
}

var encryptedWorkbook = &Refusal{Rule: "encrypted", Say: "the workbook is protected by a password", Hint: "save it without a password as .xlsx or CSV and send it by a protected way"}

// oldContainer tells apart what comes in the container of old Office files: a
// workbook with a password is a package inside it, named in UTF-16.
func oldContainer(f io.Reader) *Refusal {
	wanted := make([]byte, 0, 32)
	for _, c := range "EncryptedPackage" {
		wanted = append(wanted, byte(c), 0)
	}
	const looked = 64 << 20 // the directory may stand at the end
	content, err := io.ReadAll(io.LimitReader(f, looked))
	if err == nil && bytes.Contains(content, wanted) {
		return encryptedWorkbook
	}
	return &Refusal{Rule: "old_workbook", Say: "the file is a workbook of the old .xls kind", Hint: "open it in Excel and save it as .xlsx or CSV"}
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
	text, err := io.ReadAll(decode(bytes.NewReader(head), encoding))
	if err != nil {
		return nil, fmt.Errorf("decode as %s: %w", encoding, err)
	}
	form := Form{Kind: "csv", Encoding: encoding, LineEnd: lineEnd(text)}
	if form.LineEnd == "CR" {
		if text, err = io.ReadAll(&returnLines{src: bytes.NewReader(text)}); err != nil {
			return nil, err
		}
	}
	form.Delimiter = sniffDelimiter(text)
	return &csvFile{f: f, form: form}, nil
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
	src := decode(&hashed{c}, c.form.Encoding)
	if c.form.LineEnd == "CR" {
		src = &returnLines{src: src}
	}
	rows := newCSVRows(src, c.form.Delimiter)
	rows.wary = true
	return rows, nil
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
