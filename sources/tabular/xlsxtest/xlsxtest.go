// Package xlsxtest writes small workbooks for tests. It stands beside the
// reader, because only this corner of the tree knows the library.
package xlsxtest

import (
	"fmt"
	"testing"

	"github.com/xuri/excelize/v2"
)

// Sheet is one sheet: rows of values of any kind; a time.Time becomes a dated
// cell, a nil an absent one.
type Sheet struct {
	Name   string
	Hidden bool
	Rows   [][]any
	Merge  [][2]string // corners of merged cells
}

// Percent is a share that its cell shows as per cent.
type Percent float64

// Formula is a formula that was never calculated.
type Formula string

// Options are those of a whole workbook.
type Options struct {
	Date1904 bool
	Password string
}

// Write saves a workbook.
func Write(t testing.TB, path string, o Options, sheets ...Sheet) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if o.Date1904 {
		check(f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &o.Date1904}))
	}
	const twoDecimals = 10 // built-in format 0.00%
	percent, err := f.NewStyle(&excelize.Style{NumFmt: twoDecimals})
	check(err)
	for i, s := range sheets {
		if i == 0 {
			check(f.SetSheetName("Sheet1", s.Name))
		} else {
			_, err := f.NewSheet(s.Name)
			check(err)
		}
		for r, row := range s.Rows {
			for c, value := range row {
				cell, err := excelize.CoordinatesToCellName(c+1, r+1)
				check(err)
				switch v := value.(type) {
				case nil:
				case Formula:
					check(f.SetCellFormula(s.Name, cell, string(v)))
				case Percent:
					check(f.SetCellValue(s.Name, cell, float64(v)))
					check(f.SetCellStyle(s.Name, cell, cell, percent))
				default:
					check(f.SetCellValue(s.Name, cell, value))
				}
			}
		}
		for _, m := range s.Merge {
			check(f.MergeCell(s.Name, m[0], m[1]))
		}
		check(f.SetSheetVisible(s.Name, !s.Hidden))
	}
	check(f.SaveAs(path, excelize.Options{Password: o.Password}))
}

// Read returns the rows of a sheet and the places of its cells with a coloured
// ground. A formula fails the test: what is sent back must hold none.
func Read(t testing.TB, path, sheet string) (rows [][]string, marked []string) {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if rows, err = f.GetRows(sheet); err != nil {
		t.Fatal(err)
	}
	for r, row := range rows {
		for c := range row {
			cell, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err != nil {
				t.Fatal(err)
			}
			if formula, err := f.GetCellFormula(sheet, cell); formula != "" || err != nil {
				t.Errorf("%s holds the formula %q, %v", cell, formula, err)
			}
			id, err := f.GetCellStyle(sheet, cell)
			if err != nil {
				t.Fatal(err)
			}
			if style, err := f.GetStyle(id); err == nil && style.Fill.Pattern == 1 {
				marked = append(marked, cell)
			}
		}
	}
	return rows, marked
}

// WriteLong saves a workbook of one long sheet row by row.
func WriteLong(t testing.TB, path string, rows [][]any) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
}
