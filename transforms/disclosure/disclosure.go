// Package disclosure keeps people from being picked out of published counts.
// It suppresses small counts, then the cheapest others that would give them
// away, audits what a reader can still work out, and rounds. It knows tables
// of counts by two keys with their totals, and nothing of where they are from.
package disclosure

import (
	"fmt"
	"math"
	"strconv"
)

// Symbol stands in a published cell in place of a number.
type Symbol string

// The symbols, as official statistics use them.
const (
	Confidential  Symbol = "c"   // suppressed
	NotApplicable Symbol = "z"   // the cell cannot have a value
	Unavailable   Symbol = "x"   // nobody knows the value
	Low           Symbol = "low" // rounds to nought and is not nought
)

// Cell is a published cell: a number, or a symbol.
type Cell struct {
	Value  float64
	Symbol Symbol // empty: Value holds
}

// String writes the cell as it stands in a file.
func (c Cell) String() string {
	if c.Symbol != "" {
		return string(c.Symbol)
	}
	return strconv.FormatFloat(c.Value, 'f', -1, 64)
}

// RoundCount rounds a count to the nearest multiple of base, halves up; base 1
// leaves it. What is not nought and rounds to it is Low.
func RoundCount(count, base int64) Cell {
	rounded := (2*count + base) / (2 * base) * base
	if rounded == 0 && count != 0 {
		return Cell{Symbol: Low}
	}
	return Cell{Value: float64(rounded)}
}

// Percent is a rate from two published counts, to the given decimals, halves
// up; so it tells no more than they do. A denominator below least gives
// Confidential, a denominator of nought NotApplicable, and any other symbol of
// the parts stays, Low as Confidential, since a rate would tell the count.
func Percent(count, of Cell, least float64, decimals int) Cell {
	for _, part := range []Cell{of, count} {
		switch part.Symbol {
		case "":
		case Low:
			return Cell{Symbol: Confidential}
		default:
			return Cell{Symbol: part.Symbol}
		}
	}
	switch {
	case of.Value == 0:
		return Cell{Symbol: NotApplicable}
	case of.Value < least:
		return Cell{Symbol: Confidential}
	}
	scale := math.Pow10(decimals)
	return Cell{Value: math.Floor(100*count.Value/of.Value*scale+0.5) / scale}
}

// Table is a family of counts by two keys. The last row holds the totals of
// the columns, the last column those of the rows, their corner the total of
// all. Suppressed has the same shape.
type Table struct {
	Counts     [][]int64
	Suppressed [][]bool
}

// New returns a table over counts, with totals added and nothing suppressed.
func New(counts [][]int64) (*Table, error) {
	if len(counts) == 0 || len(counts[0]) == 0 {
		return nil, fmt.Errorf("a table needs a row and a column")
	}
	width := len(counts[0])
	t := &Table{}
	sums := make([]int64, width+1)
	for i, row := range counts {
		if len(row) != width {
			return nil, fmt.Errorf("row %d has %d counts, the first has %d", i, len(row), width)
		}
		full := make([]int64, width+1)
		for j, v := range row {
			if v < 0 {
				return nil, fmt.Errorf("row %d column %d holds a count below nought", i, j)
			}
			full[j], full[width] = v, full[width]+v
			sums[j], sums[width] = sums[j]+v, sums[width]+v
		}
		t.Counts = append(t.Counts, full)
	}
	t.Counts = append(t.Counts, sums)
	for range t.Counts {
		t.Suppressed = append(t.Suppressed, make([]bool, width+1))
	}
	return t, nil
}

// Published returns the table as readers get it: suppressed cells by their
// symbol, the others rounded to base.
func (t *Table) Published(base int64) [][]Cell {
	out := make([][]Cell, len(t.Counts))
	for i, row := range t.Counts {
		for j, v := range row {
			c := RoundCount(v, base)
			if t.Suppressed[i][j] {
				c = Cell{Symbol: Confidential}
			}
			out[i] = append(out[i], c)
		}
	}
	return out
}
