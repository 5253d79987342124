package disclosure

import (
	"cmp"
	"fmt"
	"slices"
)

// Protect suppresses every count from 1 to below threshold, totals included,
// and then as little else as it finds, until a reader knows none of them closer
// than threshold: the interval of each is at least that wide. Noughts are
// shown, unless they are needed to hide another.
//
// Secondary cells are chosen by the hypercube method: the corners of the
// cheapest rectangle that does the most for the cell, costs being counts. Each
// choice is audited, and what turns out not to be needed is shown again. The
// result is safe in the sense of Audit, and small, but not proven the smallest.
func (t *Table) Protect(threshold int64) error {
	var primary [][2]int
	for i, row := range t.Counts {
		for j, v := range row {
			if v > 0 && v < threshold {
				primary = append(primary, [2]int{i, j})
				t.Suppressed[i][j] = true
			}
		}
	}
	for _, p := range primary {
		for t.interval(p[0], p[1]).Width() < threshold {
			if !t.hide(p[0], p[1], threshold) {
				return fmt.Errorf("the count in row %d column %d cannot be hidden in this table; publish it with fewer rows or columns", p[0], p[1])
			}
		}
	}
	t.showAgain(primary, threshold)
	return nil
}

// Told returns the counts below threshold that a reader of the table as it is
// now knows closer than threshold.
func (t *Table) Told(threshold int64) []Interval {
	var out []Interval
	for i, row := range t.Counts {
		for j, v := range row {
			if v <= 0 || v >= threshold {
				continue
			}
			one := Interval{i, j, v, v}
			if t.Suppressed[i][j] {
				one = t.interval(i, j)
			}
			if one.Width() < threshold {
				out = append(out, one)
			}
		}
	}
	return out
}

// hide suppresses the corners of one more rectangle around a cell: the one
// that widens its interval most, up to enough, and of equals the cheapest.
func (t *Table) hide(i, j int, enough int64) bool {
	type choice struct {
		cells       [][2]int
		width, cost int64
	}
	var best *choice
	for k := range t.Counts {
		for l := range t.Counts[0] {
			if k == i || l == j {
				continue
			}
			c := choice{}
			for _, at := range [][2]int{{i, l}, {k, j}, {k, l}} {
				if !t.Suppressed[at[0]][at[1]] {
					c.cells, c.cost = append(c.cells, at), c.cost+t.Counts[at[0]][at[1]]+1
				}
			}
			if len(c.cells) == 0 {
				continue
			}
			t.set(c.cells, true)
			c.width = min(enough, t.interval(i, j).Width())
			t.set(c.cells, false)
			if best == nil || cmp.Or(cmp.Compare(best.width, c.width), cmp.Compare(c.cost, best.cost)) < 0 {
				best = &c
			}
		}
	}
	if best == nil {
		return false
	}
	t.set(best.cells, true)
	return true
}

func (t *Table) set(cells [][2]int, hidden bool) {
	for _, at := range cells {
		t.Suppressed[at[0]][at[1]] = hidden
	}
}

// showAgain shows secondary cells that are not needed, the greatest first.
func (t *Table) showAgain(primary [][2]int, threshold int64) {
	var secondary [][2]int
	for i, row := range t.Suppressed {
		for j, hidden := range row {
			if hidden && !slices.Contains(primary, [2]int{i, j}) {
				secondary = append(secondary, [2]int{i, j})
			}
		}
	}
	slices.SortStableFunc(secondary, func(a, b [2]int) int { return cmp.Compare(t.Counts[b[0]][b[1]], t.Counts[a[0]][a[1]]) })
	for _, s := range secondary {
		t.Suppressed[s[0]][s[1]] = false
		if len(t.Told(threshold)) > 0 {
			t.Suppressed[s[0]][s[1]] = true
		}
	}
}
