package contract

import (
	"bytes"
	"time"

	"nightjar/pipeline"
)

// untilTime cuts a time of day off a day: what follows a T or a space and
// holds a colon.
func untilTime(b []byte) (day, rest []byte) {
	colon := bytes.IndexByte(b, ':')
	if colon < 0 {
		return b, nil
	}
	cut := bytes.LastIndexAny(b[:colon], "T ")
	if cut < 0 {
		return b, nil
	}
	return bytes.TrimRight(b[:cut], " "), b[cut+1:]
}

// The forms in which exports write a time of day. Without a zone the day is
// the one that is written.
var (
	plainClocks = []string{"15:04:05", "15:04", "15:04:05.999999999", "3:04:05 PM", "3:04 PM", "3:04:05PM", "3:04PM"}
	zonedClocks = []string{"15:04:05Z07:00", "15:04:05.999999999Z07:00", "15:04Z07:00", "15:04:05-0700"}
)

// withTime returns the day of a moment. A moment with a zone belongs to the
// local day: an export that writes 2021-08-31T23:00:00Z means 1 September.
func (d *dayReader) withTime(day pipeline.Date, rest []byte) (pipeline.Date, *fault) {
	text := string(bytes.ToUpper(rest))
	for _, form := range plainClocks {
		if _, err := time.Parse(form, text); err == nil {
			return day, nil
		}
	}
	for _, form := range zonedClocks {
		if t, err := time.Parse(form, text); err == nil {
			y, m, dd := day.YMD()
			moment := time.Date(y, m, dd, t.Hour(), t.Minute(), t.Second(), 0, t.Location())
			return pipeline.DateOf(moment, d.loc), nil
		}
	}
	return 0, notADay
}

var monthNames = [12]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// MonthByName returns 1 to 12 for a month's name or its first three letters
// (Sept as well), in any case, and 0 for anything else.
func MonthByName(b []byte) int {
	if len(b) < 3 || len(b) > 9 {
		return 0
	}
	lower := bytes.ToLower(b)
	for i, name := range monthNames {
		if string(lower) == name || string(lower) == name[:3] || i == 8 && string(lower) == "sept" {
			return i + 1
		}
	}
	return 0
}

var notAMonth = &fault{"month_form", "is not a month such as 2021-10, Oct 2021 or a day in it"}

// readMonth returns the month that a cell names, as year*12 + month - 1.
func (d *dayReader) readMonth(cell []byte) (int, *fault) {
	if first, second, ok := cutMonth(cell); ok {
		year, month := second, first
		if len(first) == 4 {
			year, month = first, second
		}
		y, okY := digits(year)
		m, okM := digits(month)
		if !okM {
			m = MonthByName(month)
		}
		if len(year) != 4 || !okY || m < 1 || m > 12 || y < firstYear || y > lastYear {
			return 0, notAMonth
		}
		return y*12 + m - 1, nil
	}
	date, f := d.read(cell)
	if f != nil {
		return 0, notAMonth
	}
	y, m, _ := date.YMD()
	return y*12 + int(m) - 1, nil
}

// cutMonth cuts a cell of exactly two parts.
func cutMonth(cell []byte) (first, second []byte, ok bool) {
	const separators = "-/. "
	i := bytes.IndexAny(cell, separators)
	if i <= 0 || i != bytes.LastIndexAny(cell, separators) || i+1 == len(cell) {
		return nil, nil, false
	}
	if _, isNumber := wholeNumber(cell); isNumber {
		return nil, nil, false // 44629.5 is a serial
	}
	return cell[:i], cell[i+1:], true
}
