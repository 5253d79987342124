// Package disclosure keeps people from being picked out of published counts.
// It suppresses small counts, then the cheapest others that would give them
// away, audits what a reader can still work out from all editions so far, and
// rounds. It knows counts and the sums that bind them, and nothing of where
// they are from.
package disclosure

import (
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

// RoundCount rounds the mean of per counts, given their sum, to the nearest
// multiple of base, halves up. Base 1 leaves a count, and a mean with one
// decimal. What is not nought and rounds to it is Low.
func RoundCount(sum, per, base int64) Cell {
	scale := int64(1)
	if base == 1 && per > 1 {
		scale = 10
	}
	rounded := (2*sum*scale + base*per) / (2 * base * per) * base
	if rounded == 0 && sum != 0 {
		return Cell{Symbol: Low}
	}
	return Cell{Value: float64(rounded) / float64(scale)}
}

// Percent is a rate from two published counts, to the given decimals, halves
// up; so it tells no more than they do. A denominator below least gives
// Confidential, a denominator of nought NotApplicable, and any other symbol of
// the parts stays, Low as Confidential, since a rate would tell the count. A
// rate that is not nought and rounds to it is Low.
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
	rounded := math.Floor(100*count.Value/of.Value*scale+0.5) / scale
	if rounded == 0 && count.Value != 0 {
		return Cell{Symbol: Low}
	}
	return Cell{Value: rounded}
}
