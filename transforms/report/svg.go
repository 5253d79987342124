package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
	"unicode/utf8"
)

// The charts keep to three colours that differ in lightness too, and to
// dashes and marks, so that they can be told apart in grey.
var (
	inks   = []string{"#12436d", "#a3370f", "#5a5a5a"}
	dashes = []string{"", "7 4", "2 3"}
)

const (
	chartWidth = 720.0
	fontPx     = 13.0
)

// line is one line of a chart; a nil value leaves a gap.
type line struct {
	name   string
	values []*float64
}

// bar is one bar; mark sets ours apart.
type bar struct {
	label string
	value float64
	text  string
	mark  bool
}

type canvas struct{ strings.Builder }

func (c *canvas) text(x, y float64, anchor, weight, s string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" text-anchor="%s" font-weight="%s">%s</text>`, x, y, anchor, weight, html.EscapeString(s))
}

func (c *canvas) rule(x1, y1, x2, y2 float64, colour string) {
	fmt.Fprintf(c, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`, x1, y1, x2, y2, colour)
}

// drawing wraps the marks with a title, which browsers read out, and a size.
func drawing(id, alt string, height float64, body string) *Chart {
	svg := fmt.Sprintf(`<svg viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="%s-alt" font-family="inherit" font-size="%.0f" fill="#1a1a1a"><title id="%s-alt">%s</title>%s</svg>`,
		chartWidth, height, id, fontPx, id, html.EscapeString(alt), body)
	return &Chart{Alt: alt, SVG: template.HTML(svg)} // every text in it is escaped above
}

// step returns a round distance between grid lines that gives about five.
func step(top float64) float64 {
	if top <= 0 {
		return 1
	}
	raw := top / 5
	magnitude := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if raw <= m*magnitude*(1+1e-9) {
			return m * magnitude
		}
	}
	return 10 * magnitude
}

// lineChart draws lines over named periods, from zero, each with its name at
// its end.
func lineChart(id, alt, unit string, labels []string, lines []line) *Chart {
	const height, left, right, top, bottom = 300.0, 44.0, 160.0, 26.0, 34.0
	high := 0.0
	for _, l := range lines {
		for _, v := range l.values {
			if v != nil {
				high = max(high, *v)
			}
		}
	}
	s := step(high)
	high = max(math.Ceil(high/s-1e-9), 1) * s
	x := func(i int) float64 {
		return left + (chartWidth-left-right)*float64(i)/math.Max(float64(len(labels)-1), 1)
	}
	y := func(v float64) float64 { return height - bottom - (height-top-bottom)*v/high }
	var c canvas
	c.text(4, 14, "start", "normal", unit)
	for i := 0; float64(i)*s <= high*(1+1e-9); i++ {
		v := float64(i) * s
		c.rule(left, y(v), chartWidth-right, y(v), "#d9d9d9")
		c.text(left-6, y(v)+4, "end", "normal", number(v, decimalsOf(s)))
	}
	every := (len(labels) + 7) / 8
	for i, l := range labels {
		if i%every == 0 {
			c.text(x(i), height-bottom+20, "middle", "normal", l)
		}
	}
	ends := spread(lines, y, height-bottom)
	for i, l := range lines {
		c.polyline(l, i, x, y)
		fmt.Fprintf(&c, `<g fill="%s">`, inks[i%len(inks)])
		c.text(chartWidth-right+12, ends[i]+4, "start", "bold", l.name)
		c.WriteString("</g>")
	}
	return drawing(id, alt, height, c.String())
}

func decimalsOf(step float64) int {
	if step < 1 {
		return int(math.Ceil(-math.Log10(step) - 1e-9))
	}
	return 0
}

// polyline draws one line with its points, broken where a value is missing.
func (c *canvas) polyline(l line, i int, x func(int) float64, y func(float64) float64) {
	ink, path, pen := inks[i%len(inks)], "", "M"
	for k, v := range l.values {
		if v == nil {
			pen = "M"
			continue
		}
		path += fmt.Sprintf("%s%.1f %.1f ", pen, x(k), y(*v))
		pen = "L"
		fmt.Fprintf(c, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, x(k), y(*v), ink)
	}
	fmt.Fprintf(c, `<path d="%s" fill="none" stroke="%s" stroke-width="2.5" stroke-dasharray="%s"/>`, strings.TrimSpace(path), ink, dashes[i%len(dashes)])
}

// spread places the names at the ends of the lines so that none covers
// another: from the bottom up, each at least a line of text above the last.
func spread(lines []line, y func(float64) float64, floor float64) []float64 {
	out := make([]float64, len(lines))
	order := make([]int, len(lines))
	for i, l := range lines {
		order[i], out[i] = i, floor
		for _, v := range l.values {
			if v != nil {
				out[i] = y(*v)
			}
		}
	}
	for i := range order { // few lines: the simplest sort will do
		for j := i + 1; j < len(order); j++ {
			if out[order[j]] > out[order[i]] {
				order[i], order[j] = order[j], order[i]
			}
		}
	}
	for i := 1; i < len(order); i++ {
		out[order[i]] = math.Min(out[order[i]], out[order[i-1]]-fontPx-3)
	}
	return out
}

// barChart draws bars from the left, each with its name before it and its
// figure behind it. ours explains the dark bars; empty where none is marked.
func barChart(id, alt, ours string, bars []bar) *Chart {
	const right, row, letter = 90.0, 22.0, 7.8 // a letter of the widest face that a browser may take
	high, left := 0.0, 120.0
	for _, b := range bars {
		high = max(high, b.value)
		left = min(max(left, letter*float64(utf8.RuneCountInString(b.label))+14), 300)
	}
	high = max(high, 1e-9)
	var c canvas
	top := 4.0
	if ours != "" {
		fmt.Fprintf(&c, `<rect x="%.1f" y="3" width="12" height="12" fill="%s"/>`, left, inks[0])
		c.text(left+18, 14, "start", "normal", ours)
		top = 24
	}
	for i, b := range bars {
		y := top + row*float64(i)
		fill, weight := "#8fa9bf", "normal"
		if b.mark {
			fill, weight = inks[0], "bold"
		}
		width := (chartWidth - left - right) * b.value / high
		c.text(left-8, y+15, "end", weight, b.label)
		fmt.Fprintf(&c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, left, y+3, width, row-6, fill)
		c.text(left+width+6, y+15, "start", weight, b.text)
	}
	height := top + row*float64(len(bars)) + 4
	c.rule(left, top, left, height-4, "#1a1a1a")
	return drawing(id, alt, height, c.String())
}
