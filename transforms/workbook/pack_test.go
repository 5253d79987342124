package workbook

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"nightjar/transforms"
	"nightjar/transforms/report"
)

// packed writes a small pack and opens it again.
func packed(t *testing.T) *excelize.File {
	t.Helper()
	p, err := NewPack()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	s := p.Sheet("ward_years")
	head := transforms.TableHead{Name: "exports.ward_years", Comment: "Wards", Where: "neet_percent > 0", Columns: []transforms.ColumnInfo{
		{Name: "month_end", Type: "DATE", Comment: "Last day of the month."}, {Name: "ward_name", Type: "VARCHAR", Comment: "Ward."},
		{Name: "neet_count", Type: "BIGINT", Comment: "People."}, {Name: "leaving_year", Type: "BIGINT"}, {Name: "neet_percent", Type: "DOUBLE", Comment: "Per cent."}}}
	if err := s.Begin(head); err != nil {
		t.Fatal(err)
	}
	for _, cells := range [][]any{{"2021-10-31", "Ford", int64(1234), int64(2021), 3.36}, {"2021-10-31", "Manor", nil, int64(2021), -0.04}} {
		if err := s.Row(cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	if err := p.Finish(page()); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := p.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func page() report.Page {
	v := func(x float64) *float64 { return &x }
	bars := report.Section{ID: "wards", Title: "Wards", Sentences: []string{"Ford is highest."}, Definition: "NEET ÷ cohort.",
		Chart: &report.Chart{ID: "wards", Title: "Bar chart.", Say: "Ford is highest.", Unit: "NEET %", Labels: []string{"Ford", "Manor"}, Series: []report.Series{{Name: "NEET %", Values: []*float64{v(3.36), nil}}},
			Bars: []report.Bar{{Label: "Ford", Value: v(3.36), Text: "3.4 %"}, {Label: "Manor", Text: "c"}}}}
	lines := report.Section{ID: "trend", Title: "Trend", Sentences: []string{"Down."}, Definition: "Sum.",
		Chart: &report.Chart{ID: "trend", Title: "Line chart.", Say: "Down.", Unit: "per cent", Labels: []string{"a", "b"}, Series: []report.Series{{Name: "NEET", Values: []*float64{v(2), v(1)}}, {Name: "Not known", Values: []*float64{nil, v(1)}}}}}
	key := report.Section{ID: "key", Title: "Key indicators", Definition: "Residents.", Sentences: []string{"Down."},
		Table: &report.Table{Head: []string{"Indicator", "Figure"}, Rows: []report.TableRow{{Cells: []string{"NEET", "3.36 %"}, Note: "÷ cohort"}}}}
	return report.Page{Title: "Sefton (synthetic)", Label: "committee", Rule: "Counts of 1 to 4 hidden.", AsAt: "5 November 2021", Sections: []report.Section{key, lines, bars}, Terms: []report.Term{{Name: "c", Meaning: "Confidential."}}}
}

func TestPackHoldsSheetsChartsAndDefinitions(t *testing.T) {
	t.Parallel()
	f := packed(t)
	if got := strings.Join(f.GetSheetList(), ", "); got != "About, Key indicators, Charts, ward_years, Definitions" {
		t.Errorf("sheets are %s", got)
	}
	for cell, want := range map[string]string{
		"About!A1": "Sefton (synthetic)", "About!A2": "committee", "About!A7": "ward_years", "About!D7": "neet_percent > 0",
		"Key indicators!A2": "NEET", "Key indicators!C2": "÷ cohort", "Key indicators!D2": "5 November 2021",
		"ward_years!A2": "2021-10-31", "ward_years!C2": "1,234", "ward_years!D2": "2021", "ward_years!E2": "3.4", "ward_years!E3": "0.0", "ward_years!C3": "",
		"Charts!A1": "Trend", "Definitions!A2": "c", "Definitions!D2": "Confidential.",
	} {
		sheet, at, _ := strings.Cut(cell, "!")
		if got, err := f.GetCellValue(sheet, at); err != nil || got != want {
			t.Errorf("%s shows %q (%v), want %q", cell, got, err, want)
		}
	}
	if raw, _ := f.GetCellValue("ward_years", "E2", excelize.Options{RawCellValue: true}); raw != "3.36" {
		t.Errorf("the rate itself is %s, not all of it", raw)
	}
	for _, sheet := range []string{"ward_years", "Definitions", "Key indicators"} {
		if panes, err := f.GetPanes(sheet); err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: headings are not frozen: %+v, %v", sheet, panes, err)
		}
	}
	if notes, err := f.GetComments("ward_years"); err != nil || len(notes) != 4 {
		t.Errorf("%d column notes: %v", len(notes), err)
	}
}

// The charts are native ones that point at figures, and a hidden figure is no
// cell that a chart could draw.
func TestPackChartsAreNative(t *testing.T) {
	t.Parallel()
	f := packed(t)
	charts := 0
	f.Pkg.Range(func(name, body any) bool {
		if strings.HasPrefix(name.(string), "xl/charts/chart") {
			charts++
			if text := string(body.([]byte)); !strings.Contains(text, "Charts!$A$") || !strings.Contains(text, "Charts!$B$") {
				t.Errorf("%s points at no figures", name)
			}
		}
		if strings.HasPrefix(name.(string), "xl/drawings/drawing") && !strings.Contains(string(body.([]byte)), "Ford is highest.") {
			t.Errorf("%s has no text that stands for the charts", name)
		}
		return true
	})
	if charts != 2 {
		t.Errorf("%d charts, want 2", charts)
	}
	rows, err := f.GetRows("Charts")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if len(r) > 1 && r[0] == "Manor" && (r[1] != "" || r[2] != "c") {
			t.Errorf("the hidden ward stands as %q", r)
		}
	}
}

// A value that one decimal would show as −0.0 is nought, every other is kept.
func TestCellsNeverShowANegativeNought(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		x := (random.Float64() - 0.5) * 0.4
		cell := packStyles{}.cell(x, transforms.ColumnInfo{Name: "change_points", Type: "DOUBLE"}).(excelize.Cell)
		got := cell.Value.(float64)
		if got != x && (x > 0 || x <= -0.05 || got != 0) {
			t.Fatalf("%g becomes %g", x, got)
		}
	}
}
