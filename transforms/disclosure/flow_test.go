package disclosure

import (
	"math"
	"math/rand/v2"
)

// Table is counts by two keys: the last row holds the totals of the columns,
// the last column those of the rows. What readers can work out of one table is
// a matter of greatest flows; the tests hold the linear programs against them.
type Table struct {
	Counts     [][]int64
	Suppressed [][]bool
}

func random(r *rand.Rand, rows, columns int, most int64) *Table {
	t := &Table{}
	sums := make([]int64, columns+1)
	for range rows {
		full := make([]int64, columns+1)
		for j := range columns {
			full[j] = r.Int64N(most + 1)
			full[columns] += full[j]
			sums[j] += full[j]
		}
		sums[columns] += full[columns]
		t.Counts = append(t.Counts, full)
	}
	t.Counts = append(t.Counts, sums)
	for range t.Counts {
		t.Suppressed = append(t.Suppressed, make([]bool, columns+1))
	}
	return t
}

// family is the table as figures and sums. Hidden noughts are unshown, so that
// readers allow for them as the flows do.
func (t *Table) family() *Family {
	f := &Family{Name: "table"}
	width := len(t.Counts[0])
	for i, row := range t.Counts {
		for j, v := range row {
			f.Figures = append(f.Figures, Figure{Key: string(rune('a'+i)) + string(rune('a'+j)), Value: v, Per: 1, Hidden: t.Suppressed[i][j]})
		}
	}
	for i := range t.Counts {
		e := Equation{{i*width + width - 1, 1}}
		for j := range width - 1 {
			e = append(e, Term{i*width + j, -1})
		}
		f.Equations = append(f.Equations, e)
	}
	for j := range width {
		e := Equation{{(len(t.Counts)-1)*width + j, 1}}
		for i := range len(t.Counts) - 1 {
			e = append(e, Term{i*width + j, -1})
		}
		f.Equations = append(f.Equations, e)
	}
	return f
}

// Interval is what a reader can work out about a suppressed cell.
type Interval struct {
	Row, Column int
	Low, High   int64 // High is Unbounded where nothing published limits it
}

// Unbounded is the end of an interval that has none.
const Unbounded = math.MaxInt64 / 4

// Width is how much the reader does not know; 0 means that the cell is told.
func (i Interval) Width() int64 { return i.High - i.Low }

// Audit returns the interval of every suppressed cell.
//
// It is exact for one table: for a reader who knows every unsuppressed cell
// unrounded, that rows and columns add up, and that counts are whole and not
// below nought, both ends are reached by some table and nothing outside is.
// The cells form a network in which counts flow from the total to the rows, to
// the columns, and back; the ends are greatest flows, which are whole, so no
// linear program is needed. It proves nothing about a reader who also has other
// tables with cells in common, earlier editions, the threshold with knowledge
// of which cells are primary, or one of the people counted.
func (t *Table) Audit() []Interval {
	var out []Interval
	for i, row := range t.Suppressed {
		for j, hidden := range row {
			if hidden {
				out = append(out, t.interval(i, j))
			}
		}
	}
	return out
}

func (t *Table) interval(i, j int) Interval {
	from, to := t.arc(i, j)
	up := t.network(i, j).flow(to, from, Unbounded)
	down := t.network(i, j).flow(from, to, t.Counts[i][j])
	out := Interval{Row: i, Column: j, Low: t.Counts[i][j] - down, High: Unbounded}
	if up < Unbounded {
		out.High = t.Counts[i][j] + up
	}
	return out
}

// arc returns the nodes between which a cell's count flows: rows first, then
// columns, then the total before the rows and the total behind the columns.
func (t *Table) arc(i, j int) (from, to int) {
	rows, columns := len(t.Counts)-1, len(t.Counts[0])-1
	begin, end := rows+columns, rows+columns+1
	switch {
	case i == rows && j == columns:
		return end, begin
	case j == columns:
		return begin, i
	case i == rows:
		return rows + j, end
	}
	return i, rows + j
}

// residual holds by how much the flow between two nodes may change.
type residual [][]int64

// network returns the changes that the suppressed cells allow, but for one.
func (t *Table) network(skipRow, skipColumn int) residual {
	nodes := len(t.Counts) + len(t.Counts[0])
	r := make(residual, nodes)
	for n := range r {
		r[n] = make([]int64, nodes)
	}
	for i, row := range t.Suppressed {
		for j, hidden := range row {
			if !hidden || i == skipRow && j == skipColumn {
				continue
			}
			from, to := t.arc(i, j)
			r[from][to] = Unbounded
			r[to][from] = t.Counts[i][j]
		}
	}
	return r
}

// flow returns the greatest flow from one node to another, at most limit, by
// shortest paths with room. A path without limit ends the search.
func (r residual) flow(from, to int, limit int64) int64 {
	total := int64(0)
	for total < limit {
		before := r.path(from, to)
		if before == nil {
			break
		}
		room := limit - total
		for n := to; n != from; n = before[n] {
			room = min(room, r[before[n]][n])
		}
		for n := to; n != from; n = before[n] {
			if r[before[n]][n] < Unbounded {
				r[before[n]][n] -= room
			}
			r[n][before[n]] = min(Unbounded, r[n][before[n]]+room)
		}
		total += room
	}
	return total
}

// path returns, for each node on a shortest way, the one before it; nil where
// there is no way.
func (r residual) path(from, to int) []int {
	before := make([]int, len(r))
	for n := range before {
		before[n] = -1
	}
	before[from] = from
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		for n, room := range r[queue[0]] {
			if room > 0 && before[n] < 0 {
				before[n] = queue[0]
				if n == to {
					return before
				}
				queue = append(queue, n)
			}
		}
	}
	return nil
}
