package workbook

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"nightjar/transforms"
	"nightjar/transforms/report"
)

// Pack is a workbook with a page's charts as native ones and a sheet for each
// table. Its sheets: About, Key indicators, Charts, the tables, Definitions.
type Pack struct {
	book   *excelize.File
	styles packStyles
	sheets []packSheet // tables so far, for About and Definitions
}

type packSheet struct {
	name string
	head transforms.TableHead
	rows int64
}

// packStyles are the formats of cells.
type packStyles struct{ title, bold, wrap, head, day, moment, whole, decimal int }

// NewPack returns an empty workbook.
func NewPack() (*Pack, error) {
	p := &Pack{book: excelize.NewFile()}
	var err error
	add := func(s *excelize.Style) int {
		id, e := p.book.NewStyle(s)
		if e != nil {
			err = e
		}
		return id
	}
	format := func(f string) int { return add(&excelize.Style{CustomNumFmt: &f}) }
	p.styles = packStyles{
		title: add(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}}),
		bold:  add(&excelize.Style{Font: &excelize.Font{Bold: true}}),
		wrap:  add(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}),
		head: add(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"12436D"}},
			Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}),
		day: format("yyyy-mm-dd"), moment: format("yyyy-mm-dd hh:mm:ss"), whole: format("#,##0"), decimal: format("#,##0.0"),
	}
	if err == nil {
		err = p.book.SetSheetName("Sheet1", "About")
	}
	return p, err
}

// Close removes the temporary files of a workbook.
func (p *Pack) Close() error { return p.book.Close() }

// Sheet returns a sink for a table's rows: headings stay in sight and carry the
// meaning of their column as a note; rates show one decimal, days are days.
func (p *Pack) Sheet(name string) transforms.RowSink { return &packSink{pack: p, name: name} }

type packSink struct {
	pack *Pack
	name string
	head transforms.TableHead
	out  *excelize.StreamWriter
	line int
}

func (s *packSink) Begin(head transforms.TableHead) error {
	s.head = head
	book := s.pack.book
	if _, err := book.NewSheet(s.name); err != nil {
		return err
	}
	if err := s.pack.printable(s.name); err != nil {
		return err
	}
	for i, c := range head.Columns {
		if c.Comment == "" {
			continue
		}
		at, err := excelize.CoordinatesToCellName(i+1, 1)
		if err != nil {
			return err
		}
		if err := book.AddComment(s.name, excelize.Comment{Cell: at, Author: "Nightjar", Text: c.Comment, Width: 320, Height: 90}); err != nil {
			return err
		}
	}
	var err error
	if s.out, err = book.NewStreamWriter(s.name); err != nil {
		return err
	}
	if err := s.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	names := make([]any, len(head.Columns))
	for i, c := range head.Columns {
		names[i] = excelize.Cell{StyleID: s.pack.styles.head, Value: c.Name}
		if err := s.out.SetColWidth(i+1, i+1, width(c)); err != nil {
			return err
		}
	}
	return s.row(names)
}

// width lets the longest part of a heading stand on one line.
func width(c transforms.ColumnInfo) float64 {
	longest := 0
	for part := range strings.SplitSeq(c.Name, "_") {
		longest = max(longest, len(part))
	}
	if c.Type == "VARCHAR" && !strings.HasSuffix(c.Name, "_symbol") {
		return 22
	}
	return float64(max(longest+3, 12))
}

func (s *packSink) row(cells []any) error {
	s.line++
	at, err := excelize.CoordinatesToCellName(1, s.line)
	if err != nil {
		return err
	}
	return s.out.SetRow(at, cells)
}

func (s *packSink) Row(cells []any) error {
	if s.line >= excelize.TotalRows {
		return fmt.Errorf("an Excel sheet holds %d rows and %s has more; export it as csv or parquet instead", excelize.TotalRows-1, s.head.Name)
	}
	out := make([]any, len(cells))
	for i, v := range cells {
		out[i] = s.pack.styles.cell(v, s.head.Columns[i])
	}
	return s.row(out)
}

// cell gives a value its format. A value that one decimal would show as −0.0 is
// nought; all others keep what lies behind the decimal shown.
func (f packStyles) cell(v any, c transforms.ColumnInfo) any {
	switch x := v.(type) {
	case time.Time:
		return excelize.Cell{StyleID: f.moment, Value: x.UTC()}
	case float64:
		if math.Abs(x) < 0.05 {
			x = math.Max(x, 0)
		}
		return excelize.Cell{StyleID: f.decimal, Value: x}
	case int64:
		if strings.HasSuffix(c.Name, "year") || strings.HasSuffix(c.Name, "_no") {
			return x
		}
		return excelize.Cell{StyleID: f.whole, Value: x}
	case string:
		if c.Type == "DATE" {
			if day, err := time.Parse(time.DateOnly, x); err == nil {
				return excelize.Cell{StyleID: f.day, Value: day}
			}
		}
	}
	return v
}

func (s *packSink) End() error {
	s.pack.sheets = append(s.pack.sheets, packSheet{s.name, s.head, int64(s.line - 1)})
	return s.out.Flush()
}

func (s *packSink) Close() error { return nil }

// Finish writes what stands around the tables, from the page: About, Key
// indicators, Charts and Definitions. WriteTo comes after it.
func (p *Pack) Finish(page report.Page) error {
	for _, write := range []func(report.Page) error{p.key, p.charts, p.definitions, p.about} {
		if err := write(page); err != nil {
			return err
		}
	}
	for i, name := range []string{"Key indicators", "Charts"} {
		if at, err := p.book.GetSheetIndex(name); err != nil || at < 0 {
			continue
		}
		if err := p.toFront(name, i+1); err != nil {
			return err
		}
	}
	p.book.SetActiveSheet(0)
	return p.book.SetDocProps(&excelize.DocProperties{Title: page.Title, Subject: page.Label, Creator: "Nightjar", Language: "en-GB"})
}

// printable lets a sheet print on A4 as wide as it is, across, with its
// headings on every page.
func (p *Pack) printable(name string) error {
	a4, across, one, any, fit := 9, "landscape", 1, 0, true
	if err := p.book.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := p.book.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &across, FitToWidth: &one, FitToHeight: &any}); err != nil {
		return err
	}
	if name == "Charts" || name == "About" {
		return nil
	}
	return p.book.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + name + "'!$1:$1", Scope: name})
}

// toFront moves a sheet to a place.
func (p *Pack) toFront(name string, place int) error {
	list := p.book.GetSheetList()
	if place >= len(list) || list[place] == name {
		return nil
	}
	return p.book.MoveSheet(name, list[place])
}

// WriteTo writes the workbook.
func (p *Pack) WriteTo(w io.Writer) (int64, error) { return p.book.WriteTo(w) }
