package tabular

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// MarkedSheet is one sheet of a workbook that is sent back.
type MarkedSheet struct {
	Name   string // shortened and made unique where the format needs it
	Header []string
	Rows   []MarkedRow
}

// MarkedRow is a row with some of its cells marked.
type MarkedRow struct {
	Cells  []string
	Marked []int // cells, from 0
}

const (
	longestSheet = 31    // characters of a sheet's name, by the format
	longestCell  = 32000 // a little less than the format allows
)

// WriteMarked writes a workbook for its owner alone, replacing one of that
// name. Every cell is a text, so that nothing in it is a formula.
func WriteMarked(path string, sheets []MarkedSheet) error {
	x := excelize.NewFile()
	defer x.Close()
	mark, err := x.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFC7CE"}}, Font: &excelize.Font{Color: "9C0006"}})
	if err != nil {
		return err
	}
	bold, err := x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	used := make(map[string]bool)
	for i, s := range sheets {
		name := sheetName(s.Name, used)
		if i == 0 {
			err = x.SetSheetName("Sheet1", name)
		} else {
			_, err = x.NewSheet(name)
		}
		if err == nil {
			err = writeMarked(x, name, s, mark, bold)
		}
		if err != nil {
			return err
		}
	}
	return savePrivately(x, path)
}

func writeMarked(x *excelize.File, name string, s MarkedSheet, mark, bold int) error {
	w, err := x.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	header := make([]any, len(s.Header))
	for i, h := range s.Header {
		header[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	if err := w.SetRow("A1", header); err != nil {
		return err
	}
	for i, r := range s.Rows {
		cells := make([]any, len(r.Cells))
		for c, text := range r.Cells {
			cells[c] = bounded(text)
		}
		for _, c := range r.Marked {
			for len(cells) <= c {
				cells = append(cells, "")
			}
			cells[c] = excelize.Cell{StyleID: mark, Value: cells[c]}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+2), cells); err != nil {
			return err
		}
	}
	return w.Flush()
}

// bounded cuts a text to what a cell can hold.
func bounded(text string) string {
	if utf8.RuneCountInString(text) <= longestCell {
		return text
	}
	return string([]rune(text)[:longestCell]) + "…"
}

// sheetName makes a name that the format allows and no other sheet has.
func sheetName(name string, used map[string]bool) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || r < ' ' {
			return '-'
		}
		return r
	}, name), "' ")
	if name == "" {
		name = "list"
	}
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf(" %d", n)
		}
		runes := []rune(name)
		try := string(runes[:min(len(runes), longestSheet-len(suffix))]) + suffix
		if folded := strings.ToLower(try); !used[folded] {
			used[folded] = true
			return try
		}
	}
}

// savePrivately writes beside the goal and renames, so that the file is never
// there in part and never readable by others.
func savePrivately(x *excelize.File, path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".nightjar-*.tmp") // made with 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = x.Write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
