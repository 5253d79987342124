package report

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// drawLines draws lines from where the axis begins, each with its name at its end.
func (c *Chart) drawLines() (*vgsvg.Canvas, float64, error) {
	const height, right, top = 300.0, 175.0, 26.0
	p := blank()
	p.X.Min, p.X.Max = 0, math.Max(float64(len(c.Labels)-1), 1)
	high := c.scale(&p.Y)
	p.X.Tick.Marker = c.periods()
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color, grid.Horizontal.Dashes = nil, faint, nil
	p.Add(grid)
	for i, s := range c.Series {
		if err := addLine(p, s, i); err != nil {
			return nil, 0, err
		}
	}
	p.Y.Min, p.Y.Max = c.From, high // Add has widened them to the data
	on := vgsvg.New(chartWidth, height)
	all := draw.New(on)
	inner := draw.Crop(all, 20, -right, 4, -top)
	p.Draw(inner)
	all.FillText(aligned(lettering(false), text.XLeft), vg.Point{X: 4, Y: height - 12}, c.Unit)
	data := p.DataCanvas(inner)
	_, y := p.Transforms(&data)
	for i, at := range c.ends(func(v float64) float64 { return y(v).Points() }, data.Min.Y.Points()) {
		name := aligned(lettering(true), text.XLeft)
		name.Color = inks[i%len(inks)]
		all.FillText(name, vg.Point{X: data.Max.X + 12, Y: vg.Length(at)}, c.Series[i].Name)
	}
	return on, height, nil
}

// scale gives the axis round steps from where it begins and returns its upper end.
func (c *Chart) scale(y *plot.Axis) float64 {
	high := 0.0
	for _, s := range c.Series {
		for _, v := range s.Values {
			if v != nil {
				high = max(high, *v)
			}
		}
	}
	each := step(high - c.From)
	steps := int(max(math.Ceil((high-c.From)/each-1e-9), 1))
	var ticks plot.ConstantTicks
	for i := range steps + 1 {
		v := c.From + float64(i)*each
		ticks = append(ticks, plot.Tick{Value: v, Label: number(v, decimalsOf(each))})
	}
	y.Tick.Marker, y.Tick.Length, y.Width = ticks, 0, 0
	return c.From + float64(steps)*each
}

// periods labels at most eight places of the axis.
func (c *Chart) periods() plot.ConstantTicks {
	every := (len(c.Labels) + 7) / 8
	var ticks plot.ConstantTicks
	for i, l := range c.Labels {
		if i%every == 0 {
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: l})
		}
	}
	return ticks
}

// addLine draws one line with its points, broken where a value is missing.
func addLine(p *plot.Plot, s Series, i int) error {
	var run, all plotter.XYs
	flush := func() error {
		if len(run) > 1 {
			l, err := plotter.NewLine(run)
			if err != nil {
				return err
			}
			l.LineStyle = draw.LineStyle{Color: inks[i%len(inks)], Width: 2.5, Dashes: dashes[i%len(dashes)]}
			p.Add(l)
		}
		run = nil
		return nil
	}
	for k, v := range s.Values {
		if v == nil {
			if err := flush(); err != nil {
				return err
			}
			continue
		}
		at := plotter.XY{X: float64(k), Y: *v}
		run, all = append(run, at), append(all, at)
	}
	if err := flush(); err != nil || len(all) == 0 {
		return err
	}
	points, err := plotter.NewScatter(all)
	if err != nil {
		return err
	}
	points.GlyphStyle = draw.GlyphStyle{Color: inks[i%len(inks)], Radius: 3, Shape: draw.CircleGlyph{}}
	p.Add(points)
	return nil
}

// ends places the names at the ends of the lines so that none covers another:
// from the bottom up, each at least a line of text above the last.
func (c *Chart) ends(y func(float64) float64, floor float64) []float64 {
	out := make([]float64, len(c.Series))
	order := make([]int, len(c.Series))
	for i, s := range c.Series {
		order[i], out[i] = i, floor
		for _, v := range s.Values {
			if v != nil {
				out[i] = y(*v)
			}
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		if out[a] < out[b] {
			return -1
		}
		return 1
	})
	for i := 1; i < len(order); i++ {
		out[order[i]] = math.Max(out[order[i]], out[order[i-1]]+fontPx+3)
	}
	return out
}

// drawBars draws bars from the left, each with its name before it and its
// figure behind it.
func (c *Chart) drawBars() (*vgsvg.Canvas, float64, error) {
	const row, right = 22.0, 90.0
	p := blank()
	high, top := 0.0, 4.0
	if c.Ours != "" {
		top = 26
	}
	var ticks plot.ConstantTicks
	for i, b := range c.Bars {
		at := float64(len(c.Bars) - 1 - i)
		ticks = append(ticks, plot.Tick{Value: at, Label: b.Label})
		if b.Value == nil {
			continue
		}
		high = max(high, *b.Value)
		one, err := plotter.NewBarChart(plotter.Values{*b.Value}, row-6)
		if err != nil {
			return nil, 0, err
		}
		one.Horizontal, one.XMin, one.Color, one.LineStyle.Width = true, at, fill(b.Mark), 0
		p.Add(one)
	}
	p.Y.Tick.Marker, p.Y.Tick.Length = ticks, 0
	p.HideX()
	p.X.Min, p.X.Max = 0, math.Max(high, 1e-9)
	p.Y.Min, p.Y.Max = -0.5, float64(len(c.Bars))-0.5
	height := top + row*float64(len(c.Bars)) + 4
	on := vgsvg.New(chartWidth, vg.Length(height))
	all := draw.New(on)
	inner := draw.Crop(all, 10, -right, 4, vg.Length(-top))
	p.Draw(inner)
	data := p.DataCanvas(inner)
	x, y := p.Transforms(&data)
	for i, b := range c.Bars {
		from := 0.0
		if b.Value != nil {
			from = *b.Value
		}
		all.FillText(aligned(lettering(b.Mark), text.XLeft), vg.Point{X: x(from) + 6, Y: y(float64(len(c.Bars) - 1 - i))}, b.Text)
	}
	if c.Ours != "" {
		mark := vg.Rectangle{Min: vg.Point{X: data.Min.X, Y: vg.Length(height - 18)}, Max: vg.Point{X: data.Min.X + 12, Y: vg.Length(height - 6)}}
		all.FillPolygon(inks[0], []vg.Point{mark.Min, {X: mark.Max.X, Y: mark.Min.Y}, mark.Max, {X: mark.Min.X, Y: mark.Max.Y}})
		all.FillText(aligned(lettering(false), text.XLeft), vg.Point{X: mark.Max.X + 6, Y: mark.Min.Y + 6}, c.Ours)
	}
	return on, height, nil
}

func fill(mark bool) color.Color {
	if mark {
		return inks[0]
	}
	return pale
}

func aligned(s text.Style, x text.XAlignment) text.Style {
	s.XAlign = x
	return s
}
