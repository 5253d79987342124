package dictionary

import (
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
)

// graph is everything upstream of a table.
type graph struct {
	rank  map[string]int
	edges [][2]string // what is read, what reads it
}

// upstream follows a table to the lists it rests on.
func (d *Dictionary) upstream(name string) graph {
	g := graph{rank: map[string]int{}}
	d.visit(name, &g)
	slices.SortFunc(g.edges, func(a, b [2]string) int { return strings.Compare(a[0]+" "+a[1], b[0]+" "+b[1]) })
	return g
}

// visit ranks a relation behind everything it reads. The catalogue has no
// loops, so it ends.
func (d *Dictionary) visit(name string, g *graph) int {
	if rank, seen := g.rank[name]; seen {
		return rank
	}
	rank := 0
	if t, ok := d.table(name); ok {
		for _, read := range t.Reads {
			rank = max(rank, d.visit(read, g)+1)
			g.edges = append(g.edges, [2]string{read, name})
		}
	}
	g.rank[name] = rank
	return rank
}

// Rest is a list that a table rests on, with the columns of it that are read
// on the way.
type Rest struct {
	List    List
	Columns []string
}

// restsOn returns the lists behind a table. A table that reads none, but the
// ledger, rests on nothing delivered.
func (d *Dictionary) restsOn(name string) []Rest {
	used := map[string]map[string]bool{}
	for relation := range d.upstream(name).rank {
		t, ok := d.table(relation)
		if !ok {
			continue
		}
		for raw, columns := range t.raw {
			if used[raw] == nil {
				used[raw] = map[string]bool{}
			}
			for _, c := range columns {
				used[raw][c] = true
			}
		}
	}
	var out []Rest
	for _, raw := range slices.Sorted(maps.Keys(used)) {
		l, ok := d.list(raw)
		if !ok {
			continue
		}
		rest := Rest{List: l}
		for _, c := range l.Columns {
			if used[raw][c.Name] || used[raw][c.Name+"_missing"] {
				rest.Columns = append(rest.Columns, c.Name)
			}
		}
		out = append(out, rest)
	}
	return out
}

// The picture's measures, in pixels.
const (
	boxWidth, boxHeight = 190, 24
	gapAcross, gapDown  = 46, 10
	margin              = 6
)

// box is where a relation stands in the picture.
type box struct{ x, y int }

// depths says how many steps each relation is away from the table, by the
// longest way: whatever reads it stands before it.
func (g graph) depths() map[string]int {
	out := map[string]int{}
	for name := range g.rank {
		out[name] = 0
	}
	// Readers rank higher than what they read, so they come first.
	names := slices.SortedFunc(maps.Keys(g.rank), func(a, b string) int { return g.rank[b] - g.rank[a] })
	for _, name := range names {
		for _, e := range g.edges {
			if e[1] == name {
				out[e[0]] = max(out[e[0]], out[name]+1)
			}
		}
	}
	return out
}

// place puts each relation into its column: the table on the left, where a
// narrow screen shows it, what it reads to the right. Within a column the order
// follows what reads them, which keeps lines short.
func (g graph) place() (at map[string]box, width, height int) {
	columns := map[int][]string{}
	last := 0
	depths := g.depths()
	for _, name := range slices.Sorted(maps.Keys(depths)) {
		columns[depths[name]] = append(columns[depths[name]], name)
		last = max(last, depths[name])
	}
	at = map[string]box{}
	most := 0
	for depth := range last + 1 {
		names := columns[depth]
		wish := map[string]int{}
		for _, n := range names {
			wish[n] = g.wish(n, at)
		}
		slices.SortStableFunc(names, func(a, b string) int { return wish[a] - wish[b] })
		for i, n := range names {
			at[n] = box{margin + depth*(boxWidth+gapAcross), margin + i*(boxHeight+gapDown)}
		}
		most = max(most, len(names))
	}
	return at, 2*margin + (last+1)*(boxWidth+gapAcross) - gapAcross, 2*margin + most*(boxHeight+gapDown) - gapDown
}

// wish is the mean height of the readers that are placed already.
func (g graph) wish(name string, at map[string]box) int {
	sum, n := 0, 0
	for _, e := range g.edges {
		if b, placed := at[e[1]]; placed && e[0] == name {
			sum, n = sum+b.y, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// svg draws the graph. Every box is a link to its own entry.
func (g graph) svg(title string) string {
	at, width, height := g.place()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`, width, height, width, height, html.EscapeString(title))
	for _, e := range g.edges {
		from, to := at[e[1]], at[e[0]]
		x1, y1, x2, y2 := from.x+boxWidth, from.y+boxHeight/2, to.x, to.y+boxHeight/2
		bend := max((x2-x1)/2, 20)
		fmt.Fprintf(&b, `<path d="M%d %dC%d %d %d %d %d %d"/>`, x1, y1, x1+bend, y1, x2-bend, y2, x2, y2)
	}
	for _, name := range slices.Sorted(maps.Keys(at)) {
		layer, short, _ := strings.Cut(name, ".")
		fmt.Fprintf(&b, `<a href="#%s"><title>%s</title><rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="4"/><text x="%d" y="%d">%s</text></a>`,
			html.EscapeString(name), html.EscapeString(name), html.EscapeString(layer), at[name].x, at[name].y, boxWidth, boxHeight,
			at[name].x+8, at[name].y+16, html.EscapeString(shorten(short, 29)))
	}
	b.WriteString("</svg>")
	return b.String()
}

// shorten keeps the end of a name, which tells it from its neighbours.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return "…" + s[len(s)-most+1:]
}
