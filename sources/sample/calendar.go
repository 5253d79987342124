package sample

import (
	"fmt"
	"time"

	"nightjar/pipeline"
)

// The model case runs from September 2015 to August 2023.
const (
	firstYear = 2015
	lastYear  = 2022
	allMonths = (lastYear - firstYear + 1) * 12
)

// month counts the months of the model case; 0 is September 2015.
type month int

// year returns the academic year the month belongs to, by its first calendar year.
func (m month) year() int { return firstYear + int(m)/12 }

// term returns the place of the month in its academic year: 0 is September.
func (m month) term() int { return int(m) % 12 }

func (m month) start() pipeline.Date {
	return pipeline.NewDate(firstYear, time.September+time.Month(m), 1)
}

func (m month) end() pipeline.Date { return (m + 1).start() - 1 }

// String returns the month as 2021-10.
func (m month) String() string { return m.start().Month() }

// monthOf reads 2021-10.
func monthOf(s string) (month, error) {
	d, err := pipeline.ParseDate(s + "-01")
	if err != nil {
		return 0, fmt.Errorf("month %q: %w", s, err)
	}
	y, mm, _ := d.YMD()
	m := month((y-firstYear)*12 + int(mm-time.September))
	if m < 0 || m >= allMonths {
		return 0, fmt.Errorf("month %q is outside the model case", s)
	}
	return m, nil
}

// addMonths moves a day by whole months and keeps to the last day of a
// shorter month, as SQL date arithmetic does.
func addMonths(d pipeline.Date, n int) pipeline.Date {
	y, m, day := d.YMD()
	last := pipeline.NewDate(y, m+time.Month(n)+1, 0)
	_, _, most := last.YMD()
	return pipeline.NewDate(y, m+time.Month(n), min(day, most))
}

// appendBritish writes a day as 31/10/2021.
func appendBritish(b []byte, d pipeline.Date) []byte {
	y, m, day := d.YMD()
	return append(b, byte('0'+day/10), byte('0'+day%10), '/', byte('0'+int(m)/10), byte('0'+int(m)%10), '/',
		byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10))
}
