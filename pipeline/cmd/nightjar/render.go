package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// printJSON writes v as indented JSON with a final newline.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// grid is a table for people: a title, headed columns, numbers to the right.
type grid struct {
	title  string
	header []string
	right  []bool // column holds numbers
	rows   [][]string
	note   string
}

// print writes the grid with thin rules, or says that it is empty.
func (g grid) print(w io.Writer) {
	if g.title != "" {
		fmt.Fprintln(w, g.title)
	}
	if len(g.rows) == 0 {
		fmt.Fprintf(w, "  (no rows)\n\n")
		return
	}
	t := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options.SeparateRows = false
	style.Options.DrawBorder = false
	style.Options.SeparateColumns = false
	t.SetStyle(style)
	t.AppendHeader(row(g.header))
	var configs []table.ColumnConfig
	for i, right := range g.right {
		if right {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.SetColumnConfigs(configs)
	for _, r := range g.rows {
		t.AppendRow(row(r))
	}
	fmt.Fprintln(w, indent(t.Render()))
	if g.note != "" {
		fmt.Fprintln(w, "  "+g.note)
	}
	fmt.Fprintln(w)
}

func indent(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(" "+l, " ")
	}
	return strings.Join(lines, "\n")
}

func row(cells []string) table.Row {
	out := make(table.Row, len(cells))
	for i, c := range cells {
		out[i] = c
	}
	return out
}

// rounded writes v with the given decimals, half away from zero, once, from
// the unrounded value; never "-0.0".
func rounded(v float64, decimals int) string {
	scale := math.Pow10(decimals)
	r := math.Round(v*scale) / scale
	if r == 0 {
		r = 0 // drops the sign of a negative zero
	}
	return strconv.FormatFloat(r, 'f', decimals, 64)
}

// signed writes a change with its sign; no change is "0.0", never "up 0.0".
func signed(v float64, decimals int) string {
	s := rounded(v, decimals)
	if r, err := strconv.ParseFloat(s, 64); err == nil && r > 0 {
		return "+" + s
	}
	return s
}

// ordinal writes 1 as 1st.
func ordinal(n int64) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.FormatInt(n, 10) + suffix
}

// plural writes "1 file" and "2 files".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", grouped(int64(n)), noun)
}
