package report

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"image/color"
	"math"
	"regexp"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// The charts keep to three colours that differ in lightness too, and to
// dashes, so that they can be told apart in grey. Each has a contrast of at
// least 4.5 to 1 on white but pale, which only fills bars that carry their
// figure in black beside them.
var (
	inks   = []color.NRGBA{{0x12, 0x43, 0x6d, 0xff}, {0xa3, 0x37, 0x0f, 0xff}, {0x5a, 0x5a, 0x5a, 0xff}}
	dashes = [][]vg.Length{nil, {7, 4}, {2, 3}}
	black  = color.NRGBA{0x1a, 0x1a, 0x1a, 0xff}
	pale   = color.NRGBA{0x8f, 0xa9, 0xbf, 0xff}
	faint  = color.NRGBA{0xd9, 0xd9, 0xd9, 0xff}
)

const (
	chartWidth = 720.0
	fontPx     = 13.0
)

// Chart is a drawing as data: lines over named periods, or bars. The page
// draws it as SVG, the workbook as a chart of its own.
type Chart struct {
	ID, Title, Say string // Title says what is drawn, Say what it shows
	Unit           string
	Labels         []string // of periods; of bars
	Series         []Series // one or more lines, or the one set of bars
	Bars           []Bar    // nil for lines
	From           float64  // where the axis of lines begins, which Unit then says
	Ours           string   // what the dark bars are; empty where none is marked
}

// Series is a line or a set of bars; a nil value leaves a gap.
type Series struct {
	Name   string
	Values []*float64
}

// Bar is one bar: Text is its figure as printed, Mark sets ours apart. A bar
// without a value, such as one that is hidden, has no length.
type Bar struct {
	Label string
	Value *float64
	Text  string
	Mark  bool
}

// Alt returns the text that stands for the chart.
func (c *Chart) Alt() string { return c.Title + " " + c.Say }

// lineChart is a chart of lines over named periods.
func lineChart(id, title, say, unit string, labels []string, lines ...Series) *Chart {
	return &Chart{ID: id, Title: title, Say: say, Unit: unit, Labels: labels, Series: lines}
}

// barChart is a chart of bars of one measure.
func barChart(id, title, say, unit, ours string, bars []Bar) *Chart {
	c := &Chart{ID: id, Title: title, Say: say, Unit: unit, Ours: ours, Bars: bars, Series: []Series{{Name: unit}}}
	for _, b := range bars {
		c.Labels = append(c.Labels, b.Label)
		c.Series[0].Values = append(c.Series[0].Values, b.Value)
	}
	return c
}

// lettering is the writing of charts. Liberation Sans is as wide as Arial, so
// that what the library measures fits in a browser.
func lettering(bold bool) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: fontPx}
	if bold {
		f.Weight = 3 // three steps above normal
	}
	return text.Style{Color: black, Font: f, Handler: plot.DefaultTextHandler, YAlign: text.YCenter}
}

// blank returns a plot in the writing and ink of the page.
func blank() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		align := axis.Tick.Label
		axis.Tick.Label = lettering(false)
		axis.Tick.Label.XAlign, axis.Tick.Label.YAlign = align.XAlign, align.YAlign
		axis.Tick.Color, axis.Color, axis.Padding = black, black, 4
	}
	return p
}

// prelude is what the library writes before the drawing itself.
var (
	prelude = regexp.MustCompile(`(?s)^.*?<svg[^>]*>`)
	family  = regexp.MustCompile(`font-family:[^;"]*;?(font-variant:[^;"]*;?)?`)
)

// svg draws a chart as SVG that stands within a page: no fixed size, no font of
// its own, and a title and a description that browsers read out.
func (c *Chart) svg() (template.HTML, error) {
	draw := c.drawLines
	if c.Bars != nil {
		draw = c.drawBars
	}
	on, height, err := draw()
	if err != nil {
		return "", fmt.Errorf("chart %s: %w", c.ID, err)
	}
	var b bytes.Buffer
	if _, err := on.WriteTo(&b); err != nil {
		return "", fmt.Errorf("chart %s: %w", c.ID, err)
	}
	body := family.ReplaceAllString(prelude.ReplaceAllString(b.String(), ""), "")
	id := html.EscapeString(c.ID)
	head := fmt.Sprintf(`<svg viewBox="0 0 %.0f %.0f" font-family="'Liberation Sans', Arial, Helvetica, sans-serif" role="img" aria-labelledby="%[3]s-alt" aria-describedby="%[3]s-desc"><title id="%[3]s-alt">%[4]s</title><desc id="%[3]s-desc">%[5]s</desc>`,
		chartWidth, height, id, html.EscapeString(c.Title), html.EscapeString(c.Say))
	return template.HTML(head + body), nil // the library escapes every text
}

// step returns a round distance between grid lines that gives about five.
func step(top float64) float64 {
	if top <= 0 {
		return 1
	}
	raw := top / 5
	magnitude := math.Pow10(int(math.Floor(math.Log10(raw))))
	for _, m := range []float64{1, 2, 5, 10} {
		if raw <= m*magnitude*(1+1e-9) {
			return m * magnitude
		}
	}
	return 10 * magnitude
}

func decimalsOf(step float64) int {
	if step < 1 {
		return int(math.Ceil(-math.Log10(step) - 1e-9))
	}
	return 0
}
