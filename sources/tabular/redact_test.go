package tabular

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// redacted writes a file, takes rows out and returns what is left; it does so
// twice, and the second time must change nothing.
func redacted(t *testing.T, content []byte, lines map[string][]int64) []byte {
	t.Helper()
	for range 2 {
		path := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Redact(t.Context(), path, &out, lines); err != nil {
			t.Fatal(err)
		}
		if content != nil && lines == nil && !bytes.Equal(content, out.Bytes()) {
			t.Error("nothing was to be taken out, and something was")
		}
		content = out.Bytes()
	}
	return content
}

func TestRowsOfACSVGoAndTheOthersKeepTheirBytesAndLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		lines []int64
		want  string
	}{
		"one":           {"a,b\n1,x\n2,y\n3,z\n", []int64{3}, "a,b\n1,x\n\n3,z\n"},
		"last, no end":  {"a,b\n1,x\n2,y", []int64{3}, "a,b\n1,x\n"},
		"several lines": {"a,b\n1,\"x\nmore\"\n2,y\n", []int64{2}, "a,b\n\n\n2,y\n"},
		"two of them":   {"a,b\n1,x\n2,y\n3,z\n", []int64{2, 4}, "a,b\n\n2,y\n\n"},
		"neighbours":    {"a,b\n1,x\n2,y\n3,z\n", []int64{2, 3}, "a,b\n\n\n3,z\n"},
		"windows ends":  {"a,b\r\n1,x\r\n2,y\r\n", []int64{2}, "a,b\r\n\r\n2,y\r\n"},
		"old mac ends":  {"a,b\r1,x\r2,y\r", []int64{2}, "a,b\r\r2,y\r"},
		"accents":       {"a,b\n1,Zoë\n2,é\n", []int64{2}, "a,b\n\n2,é\n"},
		"none":          {"a,b\n1,x\n", []int64{9}, "a,b\n1,x\n"},
		"open quote":    {"a,b,c,d\n1,\"x,y,z\n2,y,y,y\n3,z,z,z\n", []int64{2}, "a,b,c,d\n\n2,y,y,y\n3,z,z,z\n"},
	} {
		encoders := map[string]func(string) ([]byte, error){
			"utf-8":        func(s string) ([]byte, error) { return []byte(s), nil },
			"utf-8 marked": func(s string) ([]byte, error) { return []byte("\ufeff" + s), nil },
			"1252":         func(s string) ([]byte, error) { return charmap.Windows1252.NewEncoder().Bytes([]byte(s)) },
			"utf-16le": func(s string) ([]byte, error) {
				return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
			},
			"utf-16be": func(s string) ([]byte, error) {
				return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
			},
		}
		for code, encode := range encoders {
			in, err := encode(c.text)
			if err != nil {
				t.Fatal(err)
			}
			want, err := encode(c.want)
			if err != nil {
				t.Fatal(err)
			}
			if got := redacted(t, in, map[string][]int64{"": c.lines}); !bytes.Equal(got, want) {
				t.Errorf("%s in %s: %q, want %q", name, code, got, want)
			}
		}
	}
}

func TestRecordsOfAReturnGo(t *testing.T) {
	t.Parallel()
	head := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NCCIS><FileHeader><LEACode>343</LEACode></FileHeader>\n"
	one, two := "<YoungPersonsRecord><YoungPersonsID>1</YoungPersonsID>\n<GivenName>Ann &amp; Zoë</GivenName></YoungPersonsRecord>\n", "<YoungPersonsRecord><YoungPersonsID>2</YoungPersonsID></YoungPersonsRecord>\n"
	got := string(redacted(t, []byte(head+one+two+"</NCCIS>\n"), map[string][]int64{"": {3}}))
	if want := head + "\n\n" + two + "</NCCIS>\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	path := filepath.Join(t.TempDir(), "flat.xml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(head+one+two+"</NCCIS>", "\n", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Redact(t.Context(), path, &bytes.Buffer{}, map[string][]int64{"": {1}}); !errors.Is(err, ErrWhole) {
		t.Errorf("two records in one line: %v", err)
	}
}

func TestRowsOfAWorkbookGoWithTheirTexts(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	for i, row := range [][]any{{"Surname", "UPN"}, {"Unmistakable", "A123456789012"}, {"Shared", "B123456789012"}, {"Shared", "C123456789012"}} {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := book.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	var packed bytes.Buffer
	if err := book.Write(&packed); err != nil {
		t.Fatal(err)
	}
	out := redacted(t, packed.Bytes(), map[string][]int64{"Sheet1": {2, 4}})
	left, err := excelize.OpenReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	for cell, want := range map[string]string{"A1": "Surname", "A2": "", "B2": "", "A3": "Shared", "B3": "B123456789012", "A4": "", "B4": ""} {
		if got, err := left.GetCellValue("Sheet1", cell); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", cell, got, err, want)
		}
	}
	texts, err := left.GetRows("Sheet1")
	if err != nil || len(texts) != 3 {
		t.Errorf("rows %v, %v", texts, err)
	}
	for _, gone := range []string{"Unmistakable", "A123456789012", "C123456789012"} {
		if inParts(t, out, gone) {
			t.Errorf("%s is still in a part of the workbook", gone)
		}
	}
	if !inParts(t, out, "Shared") {
		t.Error("a text that another row uses is gone")
	}
}

// inParts looks for a text in every unpacked part of a workbook.
func inParts(t *testing.T, book []byte, text string) bool {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		if bytes.Contains(body, []byte(text)) {
			return true
		}
	}
	return false
}
