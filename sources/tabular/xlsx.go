package tabular

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	// unzipLimit bounds a workbook's unpacked size. A list of 500,000 people in
	// 25 columns unpacks to about 300 MB of which no sheet is held in memory;
	// school lists stay below 30 MB.
	unzipLimit = 200 << 20
	// spillLimit is the size from which an unpacked sheet is kept on disk.
	spillLimit = 16 << 20
)

// workbook is an XLSX file.
type workbook struct {
	x    *excelize.File
	form Form
	sum  string
}

func openWorkbook(f *os.File, opts Options) (File, error) {
	defer f.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, f)
	if err != nil {
		return nil, err
	}
	if err := inspectZip(f, size, unzipLimit); err != nil {
		return nil, err
	}
	x, err := excelize.OpenFile(f.Name(), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: unzipLimit, UnzipXMLSizeLimit: spillLimit, TmpDir: opts.TempDir,
	})
	if err != nil {
		if x != nil {
			_ = x.Close() // drops the sheets that were unpacked to disk
		}
		return nil, damaged(err)
	}
	w := &workbook{x: x, form: Form{Kind: "xlsx"}, sum: hex.EncodeToString(hash.Sum(nil))}
	if props, err := x.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		w.form.Date1904 = *props.Date1904
	}
	return w, nil
}

func damaged(err error) *Refusal {
	return &Refusal{Rule: "damaged_workbook", Say: fmt.Sprintf("the workbook cannot be read (%v)", err), Hint: "open it in Excel, save it again as .xlsx and hand that in"}
}

// inspectZip unpacks every part of the archive to nowhere. The library trusts
// the sizes that the archive declares and reads damaged parts as far as they
// go; here a bomb is found by what it really unpacks to, and damage by its
// checksum, before a row is taken.
func inspectZip(f io.ReaderAt, size, limit int64) error {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return damaged(err)
	}
	left := limit
	kind := ""
	for _, part := range z.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if strings.HasPrefix(name, "xl/workbook.") || name == "encryptedpackage" || name == "mimetype" {
			kind = name
		}
		n, whole, err := inspectPart(part, left)
		if err != nil {
			return damaged(err)
		}
		if left -= n; left <= 0 {
			return &Refusal{Rule: "unpacks_too_large", Say: fmt.Sprintf("the workbook unpacks to more than %d MB", limit>>20), Hint: "hand the list in as CSV"}
		}
		if strings.HasPrefix(name, "xl/worksheets/sheet") && !whole {
			return damaged(errors.New("a sheet breaks off"))
		}
	}
	return workbookKind(kind)
}

// inspectPart returns how many bytes the part unpacks to, reading at most
// limit of them, and whether its XML is closed.
func inspectPart(part *zip.File, limit int64) (n int64, whole bool, err error) {
	r, err := part.Open()
	if err != nil {
		return 0, false, err
	}
	defer r.Close()
	tail := &tailWriter{}
	n, err = io.Copy(tail, io.LimitReader(r, limit))
	return n, bytes.HasSuffix(bytes.TrimSpace(tail.last), []byte("worksheet>")), err
}

// tailWriter remembers the end of what is written.
type tailWriter struct{ last []byte }

// Write keeps the last bytes.
func (t *tailWriter) Write(p []byte) (int, error) {
	const kept = 64
	t.last = append(t.last, p[max(0, len(p)-kept):]...)
	t.last = t.last[max(0, len(t.last)-kept):]
	return len(p), nil
}

func workbookKind(kind string) error {
	switch kind {
	case "xl/workbook.xml":
		return nil
	case "xl/workbook.bin":
		return &Refusal{Rule: "binary_workbook", Say: "the file is a binary workbook (.xlsb)", Hint: "open it in Excel and save it as .xlsx or CSV"}
	case "mimetype":
		return &Refusal{Rule: "other_workbook", Say: "the file is an OpenDocument file", Hint: "save it as .xlsx or CSV"}
	default:
		return &Refusal{Rule: "not_a_table", Say: "the file is an archive without a workbook in it", Hint: "unpack it and hand in the list itself"}
	}
}

// Form describes the workbook.
func (w *workbook) Form() Form { return w.form }

// Sheets names the visible sheets in their order. What somebody hid was not
// meant to be handed in.
func (w *workbook) Sheets() []string {
	var out []string
	for _, name := range w.x.GetSheetList() {
		if visible, err := w.x.GetSheetVisible(name); err == nil && visible {
			out = append(out, name)
		}
	}
	return out
}

// Rows starts reading a sheet.
func (w *workbook) Rows(sheet string) (Rows, error) {
	rows, err := w.x.Rows(sheet)
	if err != nil {
		return nil, damaged(err)
	}
	return &sheetRows{rows: rows}, nil
}

// Close removes what was unpacked to disk.
func (w *workbook) Close() (string, error) { return w.sum, w.x.Close() }

type sheetRows struct {
	rows  *excelize.Rows
	line  int64
	text  []byte
	cells [][]byte
}

// Next returns the next row of the sheet. Rows that the file leaves out are
// blank rows, so that the row number is the sheet's.
func (s *sheetRows) Next() (rec Record, err error) {
	// A hostile sheet can make the library panic; that is the sheet's fault and
	// must not end the night.
	defer func() {
		if p := recover(); p != nil {
			err = damaged(errors.New("its cells are out of order"))
		}
	}()
	if !s.rows.Next() {
		if err := s.rows.Error(); err != nil {
			return Record{}, damaged(err)
		}
		return Record{}, io.EOF
	}
	s.line++
	texts, err := s.rows.Columns()
	if err != nil {
		return Record{}, damaged(err)
	}
	s.hold(texts)
	return Record{Line: s.line, Cells: s.cells}, nil
}

// hold copies the row's texts into one reused buffer.
func (s *sheetRows) hold(texts []string) {
	size := 0
	for _, t := range texts {
		size += len(t)
	}
	if cap(s.text) < size {
		s.text = make([]byte, 0, 2*size)
	}
	s.text, s.cells = s.text[:0], s.cells[:0]
	for _, t := range texts {
		from := len(s.text)
		s.text = append(s.text, t...)
		cell := s.text[from:len(s.text):len(s.text)]
		if needsCleaning(cell) {
			cell = clean(cell)
		}
		s.cells = append(s.cells, cell)
	}
}

// Close closes the sheet.
func (s *sheetRows) Close() error { return s.rows.Close() }
