// Package workbook writes published tables as Excel workbooks. It is the only
// place behind the snapshots that knows the format.
package workbook

import (
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"

	"nightjar/pipeline"
	"nightjar/transforms"
)

// The two sheets of a workbook.
const (
	dataSheet  = "data"
	aboutSheet = "about"
)

// New returns a sink for a workbook with the sheet data, whose dates and
// numbers are ones that Excel reckons with, and the sheet about: publication,
// condition, and the meaning of every column. Rows go to a temporary file, so
// a table may be larger than memory, but not longer than Excel's sheet.
func New(w io.Writer) transforms.RowSink { return &sink{w: w} }

type sink struct {
	w         io.Writer
	book      *excelize.File
	data      *excelize.StreamWriter
	head      transforms.TableHead
	day, time int // styles
	line      int
}

func (s *sink) Begin(head transforms.TableHead) error {
	s.head, s.book = head, excelize.NewFile()
	if err := s.book.SetSheetName("Sheet1", dataSheet); err != nil {
		return err
	}
	var err error
	if s.day, err = s.style("yyyy-mm-dd"); err != nil {
		return err
	}
	if s.time, err = s.style("yyyy-mm-dd hh:mm:ss"); err != nil {
		return err
	}
	if s.data, err = s.book.NewStreamWriter(dataSheet); err != nil {
		return err
	}
	if err := s.data.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := s.data.SetColWidth(1, len(head.Columns), 16); err != nil {
		return err
	}
	names := make([]any, len(head.Columns))
	for i, c := range head.Columns {
		names[i] = c.Name
	}
	return s.add(s.data, &s.line, names)
}

func (s *sink) style(format string) (int, error) {
	return s.book.NewStyle(&excelize.Style{CustomNumFmt: &format})
}

func (s *sink) Row(cells []any) error {
	if s.line >= excelize.TotalRows {
		return fmt.Errorf("%w: an Excel sheet holds %d rows and %s has more; narrow it by --where, or choose csv or parquet", pipeline.ErrUsage, excelize.TotalRows-1, s.head.Name)
	}
	out := make([]any, len(cells))
	for i, v := range cells {
		out[i] = s.cell(v, s.head.Columns[i].Type)
	}
	return s.add(s.data, &s.line, out)
}

// cell gives days and moments the form that Excel reckons with.
func (s *sink) cell(v any, kind string) any {
	switch x := v.(type) {
	case time.Time:
		return excelize.Cell{StyleID: s.time, Value: x.UTC()}
	case string:
		if kind != "DATE" {
			return x
		}
		if day, err := time.Parse(time.DateOnly, x); err == nil {
			return excelize.Cell{StyleID: s.day, Value: day}
		}
	}
	return v
}

func (s *sink) add(to *excelize.StreamWriter, line *int, cells []any) error {
	*line++
	at, err := excelize.CoordinatesToCellName(1, *line)
	if err != nil {
		return err
	}
	return to.SetRow(at, cells)
}

func (s *sink) End() error {
	if err := s.data.Flush(); err != nil {
		return err
	}
	if err := s.about(); err != nil {
		return err
	}
	return s.book.Write(s.w)
}

// Close removes the temporary file.
func (s *sink) Close() error {
	if s.book == nil {
		return nil
	}
	return s.book.Close()
}

func (s *sink) about() error {
	if _, err := s.book.NewSheet(aboutSheet); err != nil {
		return err
	}
	out, err := s.book.NewStreamWriter(aboutSheet)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, 3, 28); err != nil {
		return err
	}
	rows := [][]any{
		{"table", s.head.Name}, {"meaning", s.head.Comment}, {"run", s.head.RunID}, {"as at", s.head.AsAt}, {"condition", s.head.Where}, {},
		{"column", "type", "meaning"},
	}
	for _, c := range s.head.Columns {
		rows = append(rows, []any{c.Name, c.Type, c.Comment})
	}
	line := 0
	for _, r := range rows {
		if err := s.add(out, &line, r); err != nil {
			return err
		}
	}
	return out.Flush()
}
