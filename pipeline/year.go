package pipeline

import (
	"fmt"
	"time"
)

// Date is a civil day, counted in days since 1970-01-01. It has no time zone:
// a birthday or a month end is the same day everywhere. The zero Date is
// 1970-01-01; a missing date is expressed by the holder (a null cell), never
// by a special Date.
type Date int32

// NewDate returns the civil day y-m-d. Out-of-range days normalise the way
// time.Date does; use ValidDate to refuse them.
func NewDate(y int, m time.Month, d int) Date {
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ValidDate returns the civil day y-m-d and false when there is no such day,
// such as 31 February.
func ValidDate(y, m, d int) (Date, bool) {
	if m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0, false
	}
	return NewDate(y, time.Month(m), d), true
}

func daysIn(y, m int) int {
	return time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// DateOf returns the day that t is in the given location. A delivery at 23:30
// UTC in July belongs to the next day in Europe/London.
func DateOf(t time.Time, loc *time.Location) Date {
	y, m, d := t.In(loc).Date()
	return NewDate(y, m, d)
}

// ParseDate reads an ISO day, 2021-10-31.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("date %q is not in the form 2021-10-31", s)
	}
	return DateOf(t, time.UTC), nil
}

// Time returns midnight UTC of the day.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String returns the day in ISO form, 2021-10-31.
func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// YMD returns the parts of the day.
func (d Date) YMD() (int, time.Month, int) { return d.Time().Date() }

// MonthEnd returns the last day of the month that holds d.
func (d Date) MonthEnd() Date {
	y, m, _ := d.YMD()
	return NewDate(y, m+1, 0)
}

// Month returns the month of d in the form 2021-10.
func (d Date) Month() string { return d.Time().Format("2006-01") }

// AcademicYear is a school year named by the calendar year it begins in: it
// runs from 1 September to 31 August.
type AcademicYear int

// AcademicYearOf returns the academic year that holds d: 31 August belongs to
// the old year, 1 September to the new one.
func AcademicYearOf(d Date) AcademicYear {
	y, m, _ := d.YMD()
	if m >= time.September {
		return AcademicYear(y)
	}
	return AcademicYear(y - 1)
}

// ParseAcademicYear reads 2020/21. The second half must follow the first.
func ParseAcademicYear(s string) (AcademicYear, error) {
	var a, b int
	if n, err := fmt.Sscanf(s, "%4d/%2d", &a, &b); n != 2 || err != nil || len(s) != 7 || (a+1)%100 != b {
		return 0, fmt.Errorf("academic year %q is not in the form 2020/21", s)
	}
	return AcademicYear(a), nil
}

// String returns the year in the form 2020/21.
func (y AcademicYear) String() string { return fmt.Sprintf("%04d/%02d", int(y), (int(y)+1)%100) }

// Start returns 1 September of the year.
func (y AcademicYear) Start() Date { return NewDate(int(y), time.September, 1) }

// End returns 31 August of the year, the day on which education evidence of
// the year stops being current (docs: currency).
func (y AcademicYear) End() Date { return NewDate(int(y)+1, time.August, 31) }

// AcademicAge returns the age in whole years on the 31 August before the
// academic year that holds day. Year group 12 is academic age 16.
func AcademicAge(born, day Date) int {
	by, bm, _ := born.YMD()
	age := int(AcademicYearOf(day)) - by
	if bm >= time.September {
		age--
	}
	return age
}
