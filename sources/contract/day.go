package contract

import (
	"time"

	"nightjar/pipeline"
)

var (
	notADay   = &fault{"date_form", "is not a day that can be read in its declared order"}
	noSuchDay = &fault{"date_impossible", "is a day that does not exist"}
	shortYear = &fault{"date_two_digit_year", "has a year of two digits, which could be of either century"}
	farDay    = &fault{"date_range", "is a day before 1900 or after 2100"}
)

const (
	firstYear, lastYear = 1900, 2100
	// A bare number is a spreadsheet serial only with five digits, 1927 to 2173:
	// 2005 is a year and 140205 a day run together, and neither is guessed.
	firstSerial, lastSerial = 10000, 99999
	serialEpoch1900         = -25569 // 1899-12-30, which makes up for Excel's 29 February 1900
	serialShift1904         = 1462
)

// dayReader reads days of one column.
type dayReader struct {
	monthFirst bool
	date1904   bool
	loc        *time.Location
	// onlyThisOrder and onlyOtherOrder count days that make sense in just one
	// order of day and month. They show a column written the other way round.
	onlyThisOrder, onlyOtherOrder int64
}

// read returns the day that a trimmed, non-empty cell holds.
func (d *dayReader) read(cell []byte) (pipeline.Date, *fault) {
	// The usual form first: dd/mm/yyyy.
	if len(cell) == 10 && cell[2] == '/' && cell[5] == '/' {
		a, okA := digits(cell[:2])
		b, okB := digits(cell[3:5])
		y, okY := digits(cell[6:])
		if okA && okB && okY {
			return d.ordered(a, b, y)
		}
	}
	if serial, ok := wholeNumber(cell); ok {
		return d.serial(serial)
	}
	day, rest := untilTime(cell)
	parts, n := splitDay(day)
	if n != 3 {
		return 0, notADay
	}
	date, f := d.fromParts(parts)
	if f != nil || len(rest) == 0 {
		return date, f
	}
	return d.withTime(date, rest)
}

func (d *dayReader) fromParts(parts [3][]byte) (pipeline.Date, *fault) {
	if m := MonthByName(parts[1]); m > 0 {
		day, okD := digits(parts[0])
		y, okY := digits(parts[2])
		switch {
		case !okD || !okY || len(parts[0]) > 2:
			return 0, notADay
		case len(parts[2]) == 2:
			return 0, shortYear
		case len(parts[2]) != 4:
			return 0, notADay
		}
		return civil(y, m, day)
	}
	a, okA := digits(parts[0])
	b, okB := digits(parts[1])
	c, okC := digits(parts[2])
	switch {
	case !okA || !okB || !okC || len(parts[1]) > 2:
		return 0, notADay
	case len(parts[0]) == 4 && len(parts[2]) <= 2:
		return civil(a, b, c)
	case len(parts[0]) > 2:
		return 0, notADay
	case len(parts[2]) == 4:
		return d.ordered(a, b, c)
	case len(parts[2]) <= 2:
		return 0, shortYear
	default:
		return 0, notADay
	}
}

// ordered reads a and b in the column's declared order and keeps count of the
// days that tell the orders apart.
func (d *dayReader) ordered(a, b, y int) (pipeline.Date, *fault) {
	day, month := a, b
	if d.monthFirst {
		day, month = b, a
	}
	date, f := civil(y, month, day)
	switch {
	case f == nil && day > 12:
		d.onlyThisOrder++
	case f == noSuchDay && day <= 12 && month > 12 && month <= 31:
		d.onlyOtherOrder++
	}
	return date, f
}

// swapped reports whether the column is written in the other order: several
// days make sense only that way round, and more than make sense as declared.
// Days of which both readings exist would be read wrongly without a trace.
func (d *dayReader) swapped() bool {
	return d.onlyOtherOrder >= 2 && d.onlyOtherOrder > d.onlyThisOrder
}

func civil(y, m, day int) (pipeline.Date, *fault) {
	if y < firstYear || y > lastYear {
		return 0, farDay
	}
	if m < 1 || m > 12 || day < 1 || day > 31 {
		return 0, noSuchDay
	}
	length := int(monthLengths[m])
	if m == 2 && leap(y) {
		length = 29
	}
	if day > length {
		return 0, noSuchDay
	}
	return daysOf(y, m, day), nil
}

var monthLengths = [13]byte{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// daysOf counts days since 1970-01-01 in the Gregorian calendar. Years begin
// in March here, so that the leap day is the last of its year.
func daysOf(y, m, day int) pipeline.Date {
	if m <= 2 {
		y--
		m += 12
	}
	return pipeline.Date(365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + day - 1 - 719468)
}

// serial reads a spreadsheet's day number; the fraction, a time of day, was
// cut off by wholeNumber.
func (d *dayReader) serial(n int) (pipeline.Date, *fault) {
	if n < firstSerial || n > lastSerial {
		return 0, notADay
	}
	if d.date1904 {
		n += serialShift1904
	}
	date := pipeline.Date(n + serialEpoch1900)
	if date > daysOf(lastYear, 12, 31) {
		return 0, farDay
	}
	return date, nil
}

// wholeNumber returns the part before the point of a cell that is a plain
// number of up to six digits.
func wholeNumber(cell []byte) (int, bool) {
	whole := 0
	for whole < len(cell) && isDigit(cell[whole]) {
		whole++
	}
	if whole == 0 || whole > 6 {
		return 0, false
	}
	if whole < len(cell) {
		if cell[whole] != '.' || whole+1 == len(cell) {
			return 0, false
		}
		if _, ok := digitsOnly(cell[whole+1:]); !ok {
			return 0, false
		}
	}
	n, ok := digits(cell[:whole])
	return n, ok
}

// splitDay cuts a day at its separators: slash, dash, dot or space.
func splitDay(b []byte) (parts [3][]byte, n int) {
	from := 0
	for i, c := range b {
		if c == '/' || c == '-' || c == '.' || c == ' ' {
			if n == 2 || i == from {
				return parts, 0
			}
			parts[n] = b[from:i]
			n++
			from = i + 1
		}
	}
	if from == len(b) || n != 2 {
		return parts, 0
	}
	parts[2] = b[from:]
	return parts, 3
}

// digits reads up to six digits.
func digits(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 6 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func digitsOnly(b []byte) ([]byte, bool) {
	for _, c := range b {
		if !isDigit(c) {
			return nil, false
		}
	}
	return b, len(b) > 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
