package tabular_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/tabular"
	"nightjar/sources/tabular/xlsxtest"
)

// all reads one table as line:cell|cell.
func all(t *testing.T, f tabular.File, sheet string) []string {
	t.Helper()
	rows, err := f.Rows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%d:%s", rec.Line, bytes.Join(rec.Cells, []byte{'|'})))
	}
}

func openBytes(t *testing.T, name string, content []byte) (tabular.File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return tabular.Open(path)
}

func TestEncodingsAndDelimiters(t *testing.T) {
	t.Parallel()
	utf16 := []byte{0xff, 0xfe}
	for _, c := range "Name,Town\nO’Brien,Bootle\n" {
		utf16 = append(utf16, byte(c), byte(c>>8))
	}
	wide := func(text string, first, second int) string {
		var b []byte
		for _, c := range text {
			pair := [2]byte{}
			pair[first], pair[second] = byte(c), byte(c>>8)
			b = append(b, pair[:]...)
		}
		return string(b)
	}
	cases := []struct {
		name      string
		in        string
		encoding  string
		delimiter byte
		want      []string
	}{
		{"utf-8", "Name,Town\nZoë,Bootle\n", "utf-8", ',', []string{"1:Name|Town", "2:Zoë|Bootle"}},
		{"byte order mark", "\ufeffName,Town\nZoë,Bootle\n", "utf-8", ',', []string{"1:Name|Town", "2:Zoë|Bootle"}},
		{"mark before a quote", "\ufeff\"Name\",Town\nA,B\n", "utf-8", ',', []string{"1:Name|Town", "2:A|B"}},
		{"windows-1252", "Name,Town\nO\x92Brien,Zo\xeb\n", "windows-1252", ',', []string{"1:Name|Town", "2:O’Brien|Zoë"}},
		{"utf-16", string(utf16), "utf-16", ',', []string{"1:Name|Town", "2:O’Brien|Bootle"}},
		{"utf-16, great end first", "\xfe\xff" + wide("Name,Town\nO’Brien,Bootle\n", 1, 0), "utf-16", ',', []string{"1:Name|Town", "2:O’Brien|Bootle"}},
		{"utf-16le without its mark", wide("Name,Town\r\nO’Brien,Bootle\r\n", 0, 1), "utf-16le", ',', []string{"1:Name|Town", "2:O’Brien|Bootle"}},
		{"utf-16be without its mark", wide("Name;Town\nZoë;Bootle\n", 1, 0), "utf-16be", ';', []string{"1:Name|Town", "2:Zoë|Bootle"}},
		{"utf-8 by its mark, one row broken", "\ufeffName,Town\nZo\xeb,Bootle\nZoë,Hull\n", "utf-8", ',', []string{"1:Name|Town", "2:Zo\ufffd,Bootle", "3:Zoë|Hull"}},
		{"CR alone", "Name,Town\rZoë,\"Upper\rBootle\"\rA,B", "utf-8", ',', []string{"1:Name|Town", "2:Zoë|Upper\nBootle", "4:A|B"}},
		{"CR and CR LF", "Name,Town\rA,B\rC,D\r\nE,F\r", "utf-8", ',', []string{"1:Name|Town", "2:A|B", "3:C|D", "4:E|F"}},
		{"utf-16 with CR alone", wide("\ufeffName,Town\rA,B\r", 0, 1), "utf-16", ',', []string{"1:Name|Town", "2:A|B"}},
		{"a CR inside a cell of lines with LF", "Name,Town\nA\rB,C\n", "utf-8", ',', []string{"1:Name|Town", "2:A\rB|C"}},
		{"NUL between the letters of one cell", "Name,Town\nA\x00B,C\n", "utf-8", ',', []string{"1:Name|Town", "2:AB|C"}},
		{"semicolon with decimal commas", "Name;Rate\nA;1,5\nB;2,5\n", "utf-8", ';', []string{"1:Name|Rate", "2:A|1,5", "3:B|2,5"}},
		{"tab", "Name\tTown\nA, B\tC\n", "utf-8", '\t', []string{"1:Name|Town", "2:A, B|C"}},
		{"pipe", "Name|Town\nA|B\n", "utf-8", '|', []string{"1:Name|Town", "2:A|B"}},
		{"title above, commas in it", "Returns for Sefton, Knowsley, Wirral\nName;Town\nA;B\nC;D\nE;F\n", "utf-8", ';',
			[]string{"1:Returns for Sefton, Knowsley, Wirral", "2:Name|Town", "3:A|B", "4:C|D", "5:E|F"}},
		{"one column", "Name\nA\n", "utf-8", ',', []string{"1:Name", "2:A"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, err := openBytes(t, "list.csv", []byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			got := all(t, f, "")
			if form := f.Form(); form.Encoding != c.encoding || form.Delimiter != c.delimiter {
				t.Errorf("read as %s with %q", form.Encoding, form.Delimiter)
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			sum := sha256.Sum256([]byte(c.in))
			if hash, err := f.Close(); err != nil || hash != hex.EncodeToString(sum[:]) {
				t.Errorf("hash %q, %v", hash, err)
			}
		})
	}
}

func TestBrokenCharacterFarDownMakesTheWholeFileWindows(t *testing.T) {
	t.Parallel()
	// The Ã© before it is valid UTF-8 but was two Windows characters all along.
	in := "Name\nAndr\xc3\xa9\n" + strings.Repeat("filler\n", 100_000) + "Zo\xeb\n"
	f, err := openBytes(t, "list.csv", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	got := all(t, f, "")
	if f.Form().Encoding != "windows-1252" || got[1] != "2:AndrÃ©" || got[len(got)-1] != "100003:Zoë" {
		t.Errorf("%s, %q, %q", f.Form().Encoding, got[1], got[len(got)-1])
	}
}

func TestNoHashBeforeTheEnd(t *testing.T) {
	t.Parallel()
	f, err := openBytes(t, "list.csv", []byte(strings.Repeat("a,b\n", 200_000)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.Rows("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Next(); err != nil {
		t.Fatal(err)
	}
	if hash, err := f.Close(); hash != "" || err != nil {
		t.Errorf("hash %q of a file read in part, %v", hash, err)
	}
}

func TestWorkbook(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "list.xlsx")
	xlsxtest.Write(t, path, xlsxtest.Options{},
		xlsxtest.Sheet{Name: " Y11 Jan", Rows: [][]any{
			{"Roll of a school"}, nil, {"Name", "Born", "Code", "Flag", "Share"},
			{"O\u00a0Brien", time.Date(2005, 2, 14, 0, 0, 0, 0, time.UTC), "0042", true, 92.5},
			nil, {"Last", nil, 7},
		}, Merge: [][2]string{{"A1", "E1"}}},
		xlsxtest.Sheet{Name: "Lookups", Hidden: true, Rows: [][]any{{"x"}}})
	f, err := tabular.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%q", f.Sheets()); got != `[" Y11 Jan"]` {
		t.Errorf("sheets %s", got)
	}
	want := []string{"1:Roll of a school", "2:", "3:Name|Born|Code|Flag|Share", "4:O Brien|38397|0042|1|92.5", "5:", "6:Last||7"}
	got := all(t, f, " Y11 Jan")
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	if hash, err := f.Close(); err != nil || hash != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %q, %v", hash, err)
	}
}

func TestWorkbookOf1904(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mac.xlsx")
	xlsxtest.Write(t, path, xlsxtest.Options{Date1904: true}, xlsxtest.Sheet{Name: "S", Rows: [][]any{{"a"}}})
	f, err := tabular.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !f.Form().Date1904 {
		t.Error("the date system was not seen")
	}
}

func TestFilesThatAreNoTables(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret.xlsx")
	xlsxtest.Write(t, secret, xlsxtest.Options{Password: "pass"}, xlsxtest.Sheet{Name: "S", Rows: [][]any{{"a"}}})
	encrypted, err := os.ReadFile(secret)
	if err != nil {
		t.Fatal(err)
	}
	sound := filepath.Join(t.TempDir(), "sound.xlsx")
	xlsxtest.Write(t, sound, xlsxtest.Options{}, xlsxtest.Sheet{Name: "S", Rows: [][]any{{"a", "b"}, {1, 2}}})
	workbook, err := os.ReadFile(sound)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, file string
		content    []byte
		rule       string
	}{
		{"empty", "a.csv", nil, "empty_file"},
		{"password", "a.xlsx", encrypted, "encrypted"},
		{"password, whatever its name", "a.xls", encrypted, "encrypted"},
		{"old workbook", "a.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00"), "old_workbook"},
		{"binary workbook", "a.xlsb", zipped(t, "xl/workbook.bin", []byte("x")), "binary_workbook"},
		{"open document", "a.ods", zipped(t, "mimetype", []byte("application/vnd.oasis")), "other_workbook"},
		{"archive", "a.zip", zipped(t, "list.csv", []byte("a,b")), "not_a_table"},
		{"document", "a.csv", []byte("%PDF-1.7"), "not_a_table"},
		{"compressed", "a.csv", []byte("\x1f\x8b\x08rest"), "not_a_table"},
		{"picture", "a.csv", []byte("\x89PNG\r\n"), "not_a_table"},
		{"rich text", "a.csv", []byte(`{\rtf1 x}`), "not_a_table"},
		{"cut off", "a.xlsx", workbook[:len(workbook)-200], "damaged_workbook"},
		{"flipped byte", "a.xlsx", flipped(workbook), "damaged_workbook"},
		{"sheet breaks off", "a.xlsx", zipped(t, "xl/worksheets/sheet1.xml", []byte("<worksheet><sheetData><row>")), "damaged_workbook"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, err := openBytes(t, c.file, c.content)
			if err == nil {
				f.Close()
				t.Fatal("the file was taken")
			}
			r, ok := tabular.AsRefusal(err)
			if !ok || r.Rule != c.rule || !errors.Is(err, pipeline.ErrRefused) || r.Hint == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func zipped(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// flipped damages the packed bytes of the first sheet.
func flipped(workbook []byte) []byte {
	out := bytes.Clone(workbook)
	at := bytes.Index(out, []byte("xl/worksheets/sheet1.xml")) + len("xl/worksheets/sheet1.xml") + 20
	out[at] ^= 0xff
	return out
}

func TestMissingFileIsNoRefusal(t *testing.T) {
	t.Parallel()
	_, err := tabular.Open(filepath.Join(t.TempDir(), "gone.csv"))
	if _, refused := tabular.AsRefusal(err); err == nil || refused || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
