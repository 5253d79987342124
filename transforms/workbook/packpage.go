package workbook

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"nightjar/transforms/report"
)

// written is a row of a sheet that no engine fills.
type written struct {
	style int
	cells []any
}

// write makes a sheet of rows with columns so wide.
func (p *Pack) write(name string, widths []float64, rows []written) error {
	if _, err := p.book.NewSheet(name); err != nil {
		return err
	}
	for i, w := range widths {
		col, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := p.book.SetColWidth(name, col, col, w); err != nil {
			return err
		}
	}
	if err := p.printable(name); err != nil {
		return err
	}
	for i, r := range rows {
		from, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := p.book.SetRowHeight(name, i+1, rowHeight(r, widths, p.styles)); err != nil {
			return err
		}
		if err := p.book.SetSheetRow(name, from, &r.cells); err != nil {
			return err
		}
		if r.style == 0 || len(r.cells) == 0 {
			continue
		}
		to, err := excelize.CoordinatesToCellName(len(r.cells), i+1)
		if err != nil {
			return err
		}
		if err := p.book.SetCellStyle(name, from, to, r.style); err != nil {
			return err
		}
	}
	return nil
}

// rowHeight gives wrapped texts the lines they need: not every program does so
// by itself.
func rowHeight(r written, widths []float64, f packStyles) float64 {
	lines := 1
	for i, c := range r.cells {
		if say, ok := c.(string); ok && r.style == f.wrap && i < len(widths) {
			lines = max(lines, int(math.Ceil(float64(len(say))*1.1/widths[i])))
		}
	}
	if r.style == f.title {
		return 20
	}
	return 15 * float64(lines)
}

func (p *Pack) freeze(name string, rows int) error {
	return p.book.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: rows, TopLeftCell: "A" + strconv.Itoa(rows+1), ActivePane: "bottomLeft"})
}

// about says what the workbook is and lists its sheets.
func (p *Pack) about(page report.Page) error {
	f := p.styles
	rows := []written{
		{f.title, []any{page.Title}}, {f.bold, []any{page.Label}}, {0, []any{page.Rule}},
		{0, []any{"As at " + page.AsAt + ", the day of the last delivery these figures know."}},
	}
	if page.Known != "" {
		rows = append(rows, written{0, []any{"Made of what was known by " + page.Known + "."}})
	}
	rows = append(rows, written{}, written{f.head, []any{"Sheet", "What it holds", "Rows", "Only rows where"}})
	for _, s := range p.sheets {
		rows = append(rows, written{f.wrap, []any{s.name, s.head.Comment, s.rows, s.head.Where}})
	}
	return p.write("About", []float64{26, 90, 10, 40}, rows)
}

// key writes the key indicators as the page prints them.
func (p *Pack) key(page report.Page) error {
	for _, s := range page.Sections {
		if s.ID != "key" && s.ID != "own" {
			continue
		}
		rows := []written{{p.styles.head, texts(s.Table.Head)}}
		rows[0].cells = append(rows[0].cells, "What is counted", "As at")
		for _, r := range s.Table.Rows {
			rows = append(rows, written{p.styles.wrap, append(texts(r.Cells), r.Note, page.AsAt)})
		}
		for _, say := range s.Sentences {
			rows = append(rows, written{0, []any{say}})
		}
		widths := []float64{42}
		for range len(rows[0].cells) - 3 {
			widths = append(widths, 18)
		}
		if err := p.write("Key indicators", append(widths, 48, 18), rows); err != nil {
			return err
		}
		return p.freeze("Key indicators", 1)
	}
	return nil
}

func texts(cells []string) []any {
	out := make([]any, len(cells))
	for i, c := range cells {
		out[i] = c
	}
	return out
}

// definitions writes terms, what each subject counts, and the meaning of every
// column.
func (p *Pack) definitions(page report.Page) error {
	f := p.styles
	rows := []written{{f.head, []any{"Sheet or term", "Column", "Type", "Meaning"}}}
	for _, t := range page.Terms {
		rows = append(rows, written{f.wrap, []any{t.Name, "", "", t.Meaning}})
	}
	for _, s := range page.Sections {
		rows = append(rows, written{f.wrap, []any{s.Title, "", "", s.Definition}})
	}
	for _, s := range p.sheets {
		for _, c := range s.head.Columns {
			if c.Comment != "" {
				rows = append(rows, written{f.wrap, []any{s.name, c.Name, c.Type, c.Comment}})
			}
		}
	}
	if err := p.write("Definitions", []float64{36, 32, 12, 110}, rows); err != nil {
		return err
	}
	return p.freeze("Definitions", 1)
}

const chartWidth = 760 // pixels

// chartHeight is the height of a chart in pixels; bars need room for their
// names.
func chartHeight(c *report.Chart) int {
	if c.Bars != nil {
		return max(300, 20*len(c.Labels)+120)
	}
	return 380
}

// charts writes each chart of the page as a native one beside its figures.
func (p *Pack) charts(page report.Page) error {
	const sheet = "Charts"
	var rows []written
	type placed struct {
		chart *report.Chart
		head  int
	}
	var all []placed
	for _, s := range page.Sections {
		if s.Chart == nil {
			continue
		}
		rows = append(rows, written{p.styles.title, []any{s.Title}})
		for _, say := range append(slices.Clone(s.Sentences), "As at "+page.AsAt+". "+s.Definition) {
			for _, part := range broken(say, 150) {
				rows = append(rows, written{0, []any{part}})
			}
		}
		all = append(all, placed{s.Chart, len(rows) + 1})
		end := len(rows) + chartHeight(s.Chart)/20 + 2 // a row is 20 pixels high
		rows = append(rows, p.figures(s.Chart)...)
		for len(rows) < end {
			rows = append(rows, written{})
		}
	}
	if len(all) == 0 {
		return nil
	}
	if err := p.write(sheet, []float64{34, 16, 16, 16}, rows); err != nil {
		return err
	}
	for _, c := range all {
		if err := p.addChart(sheet, c.chart, c.head); err != nil {
			return fmt.Errorf("chart %s: %w", c.chart.ID, err)
		}
	}
	return nil
}

// broken breaks a text into lines of so many letters, between words.
func broken(say string, letters int) []string {
	var out []string
	line := ""
	for word := range strings.FieldsSeq(say) {
		if line != "" && len(line)+1+len(word) > letters {
			out, line = append(out, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(out, line)
}

// figures are a chart's labels and values; a figure that is hidden is its
// symbol.
func (p *Pack) figures(c *report.Chart) []written {
	head := []any{""}
	for _, s := range c.Series {
		head = append(head, s.Name)
	}
	if c.Bars != nil {
		head = append(head, "shown as")
	}
	rows := []written{{p.styles.head, head}}
	for i, l := range c.Labels {
		cells := []any{l}
		for _, s := range c.Series {
			if s.Values[i] == nil {
				cells = append(cells, nil) // a text would be drawn as nought
				continue
			}
			cells = append(cells, *s.Values[i])
		}
		if c.Bars != nil {
			cells = append(cells, c.Bars[i].Text)
		}
		rows = append(rows, written{p.styles.decimal, cells})
	}
	return rows
}

func (p *Pack) addChart(sheet string, c *report.Chart, head int) error {
	kind := excelize.Line
	if c.Bars != nil {
		kind = excelize.Bar
	}
	chart := &excelize.Chart{
		Type: kind, Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: strings.TrimSuffix(c.Title, "."), Font: &excelize.Font{Size: 11, Bold: true}}}},
		Legend: excelize.ChartLegend{Position: "bottom"}, Dimension: excelize.ChartDimension{Width: chartWidth, Height: uint(chartHeight(c))},
		Format:       excelize.GraphicOptions{AltText: c.Alt(), Name: c.ID},
		ShowBlanksAs: "gap",
		YAxis:        excelize.ChartAxis{MajorGridLines: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "0.0"}, Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: c.Unit}}}},
	}
	chart.XAxis.Font, chart.YAxis.Font = excelize.Font{Color: "1A1A1A", Size: 9}, excelize.Font{Color: "1A1A1A", Size: 9}
	if c.Bars != nil {
		chart.Legend.Position = "none"
		chart.XAxis.ReverseOrder = true
		chart.PlotArea.ShowVal = true
	}
	if c.From > 0 {
		chart.YAxis.Minimum = &c.From
	}
	inks := []string{"12436D", "A3370F", "5A5A5A"}
	for i := range c.Series {
		col, err := excelize.ColumnNumberToName(i + 2)
		if err != nil {
			return err
		}
		s := excelize.ChartSeries{
			Name:       fmt.Sprintf("%s!$%s$%d", sheet, col, head),
			Categories: fmt.Sprintf("%s!$A$%d:$A$%d", sheet, head+1, head+len(c.Labels)),
			Values:     fmt.Sprintf("%s!$%s$%d:$%s$%d", sheet, col, head+1, col, head+len(c.Labels)),
			Fill:       excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{inks[i%len(inks)]}},
			Line:       excelize.LineOptions{Width: 2.25},
			Marker:     excelize.ChartMarker{Symbol: "circle", Size: 5},
		}
		chart.Series = append(chart.Series, s)
	}
	return p.book.AddChart(sheet, fmt.Sprintf("F%d", head), chart)
}
