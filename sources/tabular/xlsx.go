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
)

// unzipLimit bounds a workbook's unpacked size. A list of 500,000 people in 25
// columns unpacks to about 300 MB, of which only the shared strings are ever
// held in memory.
const unzipLimit = 1 << 30

// workbook is an XLSX file. Its sheets are read straight out of the archive;
// nothing is unpacked to disk.
type workbook struct {
	f       *os.File
	parts   parts
	outline outline
	strings *sharedStrings
	merges  map[string][]merge // by part
	sum     string
}

func openWorkbook(f *os.File) (File, error) {
	hash := sha256.New()
	size, err := io.Copy(hash, f)
	if err != nil {
		return nil, err
	}
	merges, err := inspectZip(f, size, unzipLimit)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, damaged(err)
	}
	w := &workbook{f: f, parts: make(parts, len(z.File)), merges: merges, sum: hex.EncodeToString(hash.Sum(nil))}
	for _, part := range z.File {
		w.parts[partName(part.Name)] = part
	}
	if w.outline, err = w.parts.outline(); err != nil {
		return nil, damaged(err)
	}
	if w.strings, err = readStrings(w.parts[partName(w.outline.strings)]); err != nil {
		return nil, damaged(err)
	}
	return w, nil
}

func damaged(err error) *Refusal {
	return &Refusal{Rule: "damaged_workbook", Say: fmt.Sprintf("the workbook cannot be read (%v)", err), Hint: "open it in Excel, save it again as .xlsx and hand that in"}
}

// inspectZip unpacks every part of the archive to nowhere. A bomb is found by
// what it really unpacks to, not by the size it declares, and damage by the
// checksums, before a row is taken. It returns the merged cells of each sheet,
// which stand behind the rows they are about.
func inspectZip(f io.ReaderAt, size, limit int64) (map[string][]merge, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, damaged(err)
	}
	left := limit
	kind := ""
	merges := make(map[string][]merge)
	for _, part := range z.File {
		name := partName(part.Name)
		if strings.HasPrefix(name, "xl/workbook.") || name == "encryptedpackage" || name == "mimetype" {
			kind = name
		}
		tail := &tailWriter{}
		n, err := inspectPart(part, left, tail)
		if err != nil {
			return nil, damaged(err)
		}
		if left -= n; left <= 0 {
			return nil, &Refusal{Rule: "unpacks_too_large", Say: fmt.Sprintf("the workbook unpacks to more than %d MB", limit>>20), Hint: "hand the list in as CSV"}
		}
		if !strings.HasPrefix(name, "xl/worksheets/sheet") {
			continue
		}
		if !bytes.HasSuffix(bytes.TrimSpace(tail.last), []byte("worksheet>")) {
			return nil, damaged(errors.New("a sheet breaks off"))
		}
		merges[name] = tail.merges()
	}
	return merges, workbookKind(kind)
}

// inspectPart returns how many bytes the part unpacks to, reading at most
// limit of them.
func inspectPart(part *zip.File, limit int64, tail *tailWriter) (n int64, err error) {
	r, err := part.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.Copy(tail, io.LimitReader(r, limit))
}

func workbookKind(kind string) error {
	switch kind {
	case "xl/workbook.bin":
		return &Refusal{Rule: "binary_workbook", Say: "the file is a binary workbook (.xlsb)", Hint: "open it in Excel and save it as .xlsx or CSV"}
	case "mimetype":
		return &Refusal{Rule: "other_workbook", Say: "the file is an OpenDocument file", Hint: "save it as .xlsx or CSV"}
	case "":
		return &Refusal{Rule: "not_a_table", Say: "the file is an archive without a workbook in it", Hint: "unpack it and hand in the list itself"}
	case "encryptedpackage":
		return encryptedWorkbook
	default:
		return nil
	}
}

// Form describes the workbook.
func (w *workbook) Form() Form { return Form{Kind: "xlsx", Date1904: w.outline.date1904} }

// Sheets names the visible sheets in their order. What somebody hid was not
// meant to be handed in.
func (w *workbook) Sheets() []string {
	out := make([]string, len(w.outline.sheets))
	for i, s := range w.outline.sheets {
		out[i] = s.name
	}
	return out
}

// Rows starts reading a sheet.
func (w *workbook) Rows(sheet string) (Rows, error) {
	for _, s := range w.outline.sheets {
		if s.name != sheet {
			continue
		}
		name := partName(s.part)
		part, ok := w.parts[name]
		if !ok {
			return nil, damaged(errors.New("a sheet is missing"))
		}
		r, err := part.Open()
		if err != nil {
			return nil, damaged(err)
		}
		return &sheetRows{
			src: r, xml: newMarkup(r), strings: w.strings, percent: w.outline.percent,
			merges: mergeFiller{waiting: w.merges[name]},
		}, nil
	}
	return nil, damaged(fmt.Errorf("it has no sheet %q", sheet))
}

// Close closes the file.
func (w *workbook) Close() (string, error) { return w.sum, w.f.Close() }
