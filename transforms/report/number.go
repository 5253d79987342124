package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// round rounds once, half away from zero. The product is cut to nine decimals
// first: 14.45 × 10 is 144.49999999999997 in binary.
func round(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	r := math.Round(math.Round(v*scale*1e9)/1e9) / scale
	if r == 0 {
		return 0 // drops the sign of a negative zero
	}
	return r
}

// number writes a value with so many decimals and thousands apart.
func number(v float64, decimals int) string {
	s := strconv.FormatFloat(math.Abs(round(v, decimals)), 'f', decimals, 64)
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	if round(v, decimals) < 0 {
		return "−" + whole
	}
	return whole
}

// change writes a difference with its sign, and words where it rounds to
// nothing: there is no "up 0.0".
func change(v float64, decimals int) string {
	switch r := round(v, decimals); {
	case r > 0:
		return "+" + number(r, decimals)
	case r < 0:
		return number(r, decimals)
	default:
		return "no change"
	}
}

// compared says in words how a value stands to the one before, such as
// "0.3 points higher than" or "the same, to one decimal, as".
func compared(v float64, decimals int, unit string) string {
	r := round(v, decimals)
	amount := number(math.Abs(r), decimals) + " " + unitWords(unit, r)
	switch {
	case r > 0 && unit == "people":
		return amount + " more than"
	case r < 0 && unit == "people":
		return amount + " fewer than"
	case r > 0:
		return amount + " higher than"
	case r < 0:
		return amount + " lower than"
	case decimals == 0:
		return "the same as"
	case decimals == 2:
		return "the same, to two decimals, as"
	default:
		return "the same, to one decimal, as"
	}
}

func unitWords(unit string, v float64) string {
	one := math.Abs(v) == 1
	switch {
	case unit == "people" && one:
		return "person"
	case unit == "people":
		return "people"
	case unit == "days" && one:
		return "day"
	case unit == "days":
		return "days"
	case one:
		return "point"
	default:
		return "points"
	}
}

// withUnit writes a value with its unit.
func withUnit(v float64, decimals int, unit string) string {
	if unit == "per cent" {
		return number(v, decimals) + "\u00a0%" // stays on one line
	}
	return number(v, decimals) + "\u00a0" + unitWords(unit, round(v, decimals))
}

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

// dayWords writes 2021-10-31 as 31 October 2021; other text stays.
func dayWords(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.Format("2 January 2006")
}

// periodWords writes a month 2021-10 (or a day in it) as October 2021, and a
// year 2020/21 as it is.
func periodWords(s string) string {
	if len(s) >= 7 {
		if t, err := time.Parse("2006-01", s[:7]); err == nil {
			return t.Format("January 2006")
		}
	}
	return s
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", number(float64(n), 0), noun)
}

// noiseMethod says how a change is told from chance.
const noiseMethod = "A change is called noise when chance alone could make it: when the 95 % interval of the difference of the two shares (Newcombe's, of two Wilson intervals of the counts) holds nought."

// wilson returns the 95 % interval of a share from its counts.
func wilson(count, of float64) (from, to float64) {
	const z = 1.959964
	p := count / of
	mid := p + z*z/(2*of)
	half := z * math.Sqrt(p*(1-p)/of+z*z/(4*of*of))
	return (mid - half) / (1 + z*z/of), (mid + half) / (1 + z*z/of)
}

// noise says whether a difference between two shares is within what chance
// alone makes of counts so small.
func noise(count1, of1, count0, of0 float64) bool {
	if of1 <= 0 || of0 <= 0 {
		return false
	}
	p, q := count1/of1, count0/of0
	if p == q {
		return false // no change, so none that chance made
	}
	l1, u1 := wilson(count1, of1)
	l0, u0 := wilson(count0, of0)
	return p-q-math.Hypot(p-l1, u0-q) <= 0 && p-q+math.Hypot(u1-p, q-l0) >= 0
}

// cell writes a figure of a row, or the symbol that stands in its place.
func (r Row) cell(column string, decimals int) string {
	if v, ok := r.Number(column); ok {
		return number(v, decimals)
	}
	if s := r.Text(column + "_symbol"); s != "" {
		return s
	}
	return "–"
}
