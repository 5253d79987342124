package contract

import (
	"bytes"
	"math"
	"strconv"
	"unsafe"
)

var (
	notAnInteger = &fault{"integer_form", "is not a whole number"}
	notANumber   = &fault{"number_form", "is not a number"}
	notAFigure   = &fault{"figure_form", "is neither a number nor a known symbol for a missing one"}
)

// readDecimal reads 1234.5, 1,234.5, -3, 92.5% and 1.2e3. A per cent sign is
// left off: published percentages are stored as printed.
func readDecimal(cell []byte) (float64, *fault) {
	cell = bytes.TrimRight(bytes.TrimSuffix(cell, []byte{'%'}), " ")
	plain, ok := plainNumber(cell)
	if !ok {
		return 0, notANumber
	}
	x, err := strconv.ParseFloat(view(plain), 64)
	if err != nil || math.IsInf(x, 0) {
		return 0, notANumber
	}
	return x, nil
}

// readInteger reads 5536, 5,536, 5536.0 and 5.536e3, but nothing that is not
// exactly whole.
func readInteger(cell []byte) (int64, *fault) {
	if n, err := strconv.ParseInt(view(cell), 10, 64); err == nil {
		return n, nil
	}
	plain, ok := plainNumber(cell)
	if !ok {
		return 0, notAnInteger
	}
	if n, err := strconv.ParseInt(view(plain), 10, 64); err == nil {
		return n, nil
	}
	x, err := strconv.ParseFloat(view(plain), 64)
	const exact = 1 << 53 // every whole number up to here is its own double
	if err != nil || x != math.Trunc(x) || math.Abs(x) > exact {
		return 0, notAnInteger
	}
	return int64(x), nil
}

// plainNumber checks that a cell is written as a decimal number and takes the
// thousands separators out. It keeps ParseFloat away from hexadecimal, inf,
// nan and underscores, which it would read.
func plainNumber(cell []byte) ([]byte, bool) {
	hasDigit := false
	for i, c := range cell {
		switch {
		case isDigit(c):
			hasDigit = true
		case c == '.' || c == ',':
		case c == '-' || c == '+':
			if i > 0 && cell[i-1] != 'e' && cell[i-1] != 'E' {
				return nil, false
			}
		case (c == 'e' || c == 'E') && hasDigit:
		default:
			return nil, false
		}
	}
	if !hasDigit {
		return nil, false
	}
	if bytes.IndexByte(cell, ',') < 0 {
		return cell, true
	}
	return withoutThousands(cell)
}

// withoutThousands takes commas out where they part groups of three digits.
// 3,5 is not 35.
func withoutThousands(cell []byte) ([]byte, bool) {
	sign, whole, rest := cell[:0], cell, []byte(nil)
	if whole[0] == '-' || whole[0] == '+' {
		sign, whole = whole[:1], whole[1:]
	}
	if i := bytes.IndexByte(whole, '.'); i >= 0 {
		whole, rest = whole[:i], whole[i:]
	}
	groups := bytes.Split(whole, []byte{','})
	out := append([]byte(nil), sign...)
	for i, g := range groups {
		_, ok := digitsOnly(g)
		if !ok || i == 0 && len(g) > 3 || i > 0 && len(g) != 3 {
			return nil, false
		}
		out = append(out, g...)
	}
	if bytes.IndexByte(rest, ',') >= 0 {
		return nil, false
	}
	return append(out, rest...), true
}

// view returns b as a string without copying; the string must not outlive b.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

var lostDigits = &fault{"lost_digits", "is a number that a spreadsheet shortened; some of its digits are lost"}

// repairID undoes what spreadsheets do to codes that look like numbers, where
// that is exact: 3430000012345.0 loses its tail, and 3.430000012345E+12 is
// written out because no digit is missing. 3.43E+12 cannot be brought back.
func repairID(cell, scratch []byte) (id []byte, repaired bool, f *fault) {
	point := bytes.IndexByte(cell, '.')
	if point <= 0 || !isDigit(cell[0]) {
		return cell, false, nil
	}
	whole, tail := cell[:point], cell[point+1:]
	if _, ok := digitsOnly(whole); !ok {
		return cell, false, nil
	}
	if len(tail) > 0 && len(bytes.Trim(tail, "0")) == 0 {
		return whole, true, nil
	}
	e := bytes.Index(tail, []byte("E+"))
	if e < 0 {
		e = bytes.Index(tail, []byte("e+"))
	}
	if len(whole) != 1 || e <= 0 {
		return cell, false, nil
	}
	fraction, okF := digitsOnly(tail[:e])
	exponent, okE := digits(tail[e+2:])
	if !okF || !okE {
		return cell, false, nil
	}
	if len(fraction) != exponent {
		return nil, false, lostDigits
	}
	return append(append(scratch[:0], whole...), fraction...), true, nil
}
