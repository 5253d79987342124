package tabular_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"nightjar/sources/tabular"
)

// bare is a workbook of one sheet made of its XML, the way other programs than
// Excel write it.
func bare(t testing.TB, sheet, styles, shared string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name, content string) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	put("xl/workbook.xml", `<?xml version="1.0"?><workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`)
	put("xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>`+
		`<Relationship Id="r2" Type="x/styles" Target="/xl/styles.xml"/><Relationship Id="r3" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>`)
	put("xl/styles.xml", "<styleSheet>"+styles+"</styleSheet>")
	put("xl/sharedStrings.xml", "<sst>"+shared+"</sst>")
	put("xl/worksheets/sheet1.xml", sheet)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCellsOfWorkbooks(t *testing.T) {
	t.Parallel()
	const styles = `<numFmts><numFmt numFmtId="170" formatCode="0.0%"/><numFmt numFmtId="171" formatCode="0&quot;%&quot;"/></numFmts>` +
		`<cellXfs><xf numFmtId="0"/><xf numFmtId="10"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs>`
	const shared = `<si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>hint</t></rPh></si><si/><si><t>a_x000D_b</t></si>`
	rows := func(inside string) string {
		return `<worksheet><sheetData>` + inside + `</sheetData></worksheet>`
	}
	cases := []struct {
		name, sheet string
		want        []string
		notes       string
	}{
		{"per cent", rows(`<row r="1"><c r="A1" s="1"><v>0.925</v></c><c r="B1" s="2"><v>7.0000000000000007E-2</v></c><c r="C1" s="3"><v>5</v></c><c r="D1" s="1"><v>1</v></c></row>`),
			[]string{"1:92.5%|7%|5|100%"}, ""},
		{"shared, rich and escaped texts", rows(`<row r="1"><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c><c t="s"><v>3</v></c></row>`),
			[]string{"1:plain|rich||a\rb"}, ""},
		{"inline text with entities", rows(`<row><c t="inlineStr"><is><t>O&apos;Brien &amp; S&#246;n</t></is></c><c t="str"><v><![CDATA[a<b]]></v></c></row>`),
			[]string{"1:O'Brien & Sön|a<b"}, ""},
		{"numbers in full", rows(`<row r="1"><c><v>9.27630868E9</v></c><c><v>16.100000000000001</v></c><c><v>3.43E+20</v></c><c><v>1.5E-3</v></c><c><v>38397</v></c></row>`),
			[]string{"1:9276308680|16.1|3.43E+20|0.0015|38397"}, ""},
		{"prefixes, comments and quotes", `<?xml version='1.0'?><!-- made > by hand --><x:worksheet><x:sheetData><x:row r='2'><x:c r='B2' t='b'><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
			[]string{"1:", "2:|1"}, ""},
		{"formulas and errors", rows(`<row r="1"><c r="A1"><f>B1</f></c><c r="B1"><f>1+1</f><v>2</v></c><c r="C1" t="e"><v>#N/A</v></c><c r="D1" t="str"><f>""</f><v></v></c><c r="E1"><v>1</v></c></row>`),
			[]string{"1:|2|#N/A||1"}, "formula_without_value@1 error_cells@1"},
		{"merged over rows", `<worksheet><sheetData><row r="1"><c r="A1"><v>7</v></c><c r="B1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row><row r="3"/><row r="5"><c r="B5"><v>3</v></c></row></sheetData>` +
			`<mergeCells><mergeCell ref="A1:A3"/><mergeCell ref="B1:D1"/></mergeCells></worksheet>`,
			[]string{"1:7|1", "2:7|2", "3:", "4:", "5:|3"}, "merged_cells@0"},
		{"hidden rows", rows(`<row r="1" hidden="1"><c><v>1</v></c></row><row r="2"><c><v>2</v></c></row>`), []string{"1:1", "2:2"}, "hidden_rows@0"},
		{"blank rows below are none", rows(`<row r="1"><c><v>1</v></c></row><row r="2"><c s="1"/></row><row r="1048576"><c t="str"><v> </v></c></row>`), []string{"1:1"}, ""},
		{"no rows", `<worksheet><sheetData/></worksheet>`, nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, err := openBytes(t, "a.xlsx", bare(t, c.sheet, styles, shared))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			got, notes, err := readAll(f, "S")
			if err != nil || strings.Join(got, "\n") != strings.Join(c.want, "\n") || notes != c.notes {
				t.Errorf("got %q with %q, %v\nwant %q with %q", got, notes, err, c.want, c.notes)
			}
		})
	}
}

// readAll reads a table as line:cell|cell and its notes as rule@line.
func readAll(f tabular.File, sheet string) (out []string, notes string, err error) {
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for {
		rec, err := rows.Next()
		if err != nil {
			var list []string
			for _, n := range rows.Notes() {
				list = append(list, fmt.Sprintf("%s@%d", n.Rule, n.Line))
			}
			if err.Error() == "EOF" {
				err = nil
			}
			return out, strings.Join(list, " "), err
		}
		out = append(out, fmt.Sprintf("%d:%s", rec.Line, bytes.Join(rec.Cells, []byte{'|'})))
	}
}

func TestBrokenSheetsAreRefused(t *testing.T) {
	t.Parallel()
	for name, sheet := range map[string]string{
		"rows out of order":      `<worksheet><sheetData><row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row></sheetData></worksheet>`,
		"a place twice":          `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row></sheetData></worksheet>`,
		"a place that is none":   `<worksheet><sheetData><row r="1"><c r="1A"><v>1</v></c></row></sheetData></worksheet>`,
		"a column beyond":        `<worksheet><sheetData><row r="1"><c r="ZZZZ1"><v>1</v></c></row></sheetData></worksheet>`,
		"a row beyond":           `<worksheet><sheetData><row r="1048577"><c><v>1</v></c></row></sheetData></worksheet>`,
		"a text that is not":     `<worksheet><sheetData><row r="1"><c t="s"><v>9</v></c></row></sheetData></worksheet>`,
		"broken in the middle":   `<worksheet><sheetData><row r="1"><c><v>1</v></c></row><row r="2"><c><v>2</row></sheetData></worksheet>`,
		"closed from without":    `<worksheet><sheetData><row r="1"></sheetData></worksheet>`,
		"entities of its own":    `<!DOCTYPE w [<!ENTITY a "b">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>`,
		"an unknown entity":      `<worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>`,
		"a text without end":     `<worksheet><sheetData><row><c t="str"><v>` + strings.Repeat("x", 2<<20) + `</v></c></row></sheetData></worksheet>`,
		"elements without end":   `<worksheet>` + strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000) + `</worksheet>`,
		"an attribute unfinised": `<worksheet><sheetData><row r="1></row></sheetData></worksheet>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := openBytes(t, "a.xlsx", bare(t, sheet, "", ""))
			if err == nil {
				defer f.Close()
				_, _, err = readAll(f, "S")
			}
			if r, ok := tabular.AsRefusal(err); !ok || r.Rule != "damaged_workbook" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestSheetsAgreeWithTheLibrary reads random workbooks with the library that
// wrote them and with the scanner.
func TestSheetsAgreeWithTheLibrary(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	values := []any{nil, nil, "", "Amira", "O'Brien & <Sön>", " spaced ", "00042", "=1+1", "a\nb", true, false, 0, 7, 38397.5, -12, "_x0041_"}
	for range 20 {
		x := excelize.NewFile()
		for r := range 1 + rng.IntN(30) {
			for c := range rng.IntN(12) {
				cell, _ := excelize.CoordinatesToCellName(c+1, r+1)
				if err := x.SetCellValue("Sheet1", cell, values[rng.IntN(len(values))]); err != nil {
					t.Fatal(err)
				}
			}
		}
		path := filepath.Join(t.TempDir(), "random.xlsx")
		if err := x.SaveAs(path); err != nil {
			t.Fatal(err)
		}
		want, err := x.GetRows("Sheet1", excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		f, err := tabular.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := readAll(f, "Sheet1")
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for i := range max(len(got), len(want)) {
			mine, theirs := "", ""
			if i < len(got) {
				_, mine, _ = strings.Cut(got[i], ":")
			}
			if i < len(want) {
				theirs = strings.Join(want[i], "|")
			}
			if strings.TrimRight(mine, "| ") != strings.TrimRight(theirs, "| ") {
				t.Fatalf("row %d: %q, the library reads %q", i+1, mine, theirs)
			}
		}
	}
}

// FuzzSheet asks that no sheet makes the reader panic or hand out rows in any
// but their order.
func FuzzSheet(f *testing.F) {
	for _, seed := range []string{
		`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData><mergeCells><mergeCell ref="A1:A3"/></mergeCells></worksheet>`,
		`<worksheet><sheetData><row><c t="inlineStr"><is><t>&#x41;</t></is></c><c s="0"><f/><v>1E5</v></c></row></sheetData></worksheet>`,
	} {
		f.Add([]byte(seed), []byte(`<si><t>a_x0041_</t></si>`))
	}
	f.Fuzz(func(t *testing.T, sheet, shared []byte) {
		path := filepath.Join(t.TempDir(), "a.xlsx")
		if err := os.WriteFile(path, bare(t, string(sheet), `<cellXfs><xf numFmtId="9"/></cellXfs>`, string(shared)), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := tabular.Open(path)
		if err != nil {
			return
		}
		defer file.Close()
		rows, err := file.Rows("S")
		if err != nil {
			return
		}
		for line := int64(1); line < 5000; line++ {
			rec, err := rows.Next()
			if err != nil {
				break
			}
			if rec.Line != line {
				t.Fatalf("line %d after %d", rec.Line, line-1)
			}
		}
	})
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for col, want := range map[int]string{0: "A7", 25: "Z7", 26: "AA7", 701: "ZZ7", 702: "AAA7", 16383: "XFD7"} {
		if got := tabular.Place(col, 7); got != want {
			t.Errorf("column %d is %s, want %s", col, got, want)
		}
	}
}
