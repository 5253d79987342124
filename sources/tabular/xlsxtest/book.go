package xlsxtest

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// Parse reads the description of a workbook, so that a case in a folder of
// tests can be read and changed as text. A line is a row, its cells parted by
// bars; "sheet: Name" and "hidden: Name" begin a sheet, "merge: A1:B2" merges,
// "1904" counts days from 1904. A cell is a text, or a number n:7, a day
// d:2005-02-14, a share shown as per cent p:0.925, or a formula f:A1 that was
// never calculated. A line of a single dash is a blank row.
func Parse(t testing.TB, text string) (Options, []Sheet) {
	t.Helper()
	var o Options
	var sheets []Sheet
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		key, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "1904":
			o.Date1904 = true
		case key == "sheet" || key == "hidden":
			sheets = append(sheets, Sheet{Name: value, Hidden: key == "hidden"})
		case key == "merge":
			first, last, _ := strings.Cut(value, ":")
			s := &sheets[len(sheets)-1]
			s.Merge = append(s.Merge, [2]string{first, last})
		default:
			s := &sheets[len(sheets)-1]
			s.Rows = append(s.Rows, parseRow(t, line))
		}
	}
	return o, sheets
}

func parseRow(t testing.TB, line string) []any {
	t.Helper()
	if line == "-" {
		return nil
	}
	var row []any
	for cell := range strings.SplitSeq(line, "|") {
		kind, value, _ := strings.Cut(cell, ":")
		switch kind {
		case "n":
			x, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, x)
		case "p":
			x, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, Percent(x))
		case "d":
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, day)
		case "f":
			row = append(row, Formula(value))
		case "":
			row = append(row, nil)
		default:
			row = append(row, cell)
		}
	}
	return row
}
