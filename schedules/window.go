package schedules

import (
	"fmt"
	"strings"
	"time"
)

// MonthDay is a day of the year without the year, such as 09-01.
type MonthDay struct {
	Month time.Month
	Day   int
}

// ParseMonthDay reads 09-01. 02-29 is a day; in a common year it is simply
// never reached.
func ParseMonthDay(s string) (MonthDay, error) {
	t, err := time.Parse("2006-01-02", "2024-"+strings.TrimSpace(s)) // a leap year
	if err != nil {
		return MonthDay{}, fmt.Errorf("%q is no day of the year; write month and day, such as 09-01", s)
	}
	return MonthDay{t.Month(), t.Day()}, nil
}

// String returns the form 09-01.
func (d MonthDay) String() string { return fmt.Sprintf("%02d-%02d", int(d.Month), d.Day) }

func (d MonthDay) rank() int { return int(d.Month)*100 + d.Day }

// Window is the season in which a job has slots, both days included. It may
// wrap the year: from 11-01 to 02-28 is the winter. The zero Window is the
// whole year.
type Window struct{ From, To MonthDay }

// ParseWindow reads the two ends of a season. Two empty texts are the whole
// year; one alone is an error.
func ParseWindow(from, to string) (Window, error) {
	if strings.TrimSpace(from) == "" && strings.TrimSpace(to) == "" {
		return Window{}, nil
	}
	a, err := ParseMonthDay(from)
	if err != nil {
		return Window{}, fmt.Errorf("season from: %w", err)
	}
	b, err := ParseMonthDay(to)
	if err != nil {
		return Window{}, fmt.Errorf("season to: %w", err)
	}
	return Window{a, b}, nil
}

// All reports whether the window is the whole year.
func (w Window) All() bool { return w == Window{} }

// String returns "09-01 to 10-31", or "all year".
func (w Window) String() string {
	if w.All() {
		return "all year"
	}
	return w.From.String() + " to " + w.To.String()
}

// Holds reports whether the day of a nominal time lies in the season.
func (w Window) Holds(n Nominal) bool {
	if w.All() {
		return true
	}
	_, m, d := n.clock().Date()
	day, from, to := MonthDay{m, d}.rank(), w.From.rank(), w.To.rank()
	if from <= to {
		return from <= day && day <= to
	}
	return day >= from || day <= to
}

// opens returns the last minute before the season that begins next after n.
func (w Window) opens(n Nominal) Nominal {
	y, _, _ := n.clock().Date()
	first := NewNominal(y, w.From.Month, w.From.Day, 0, 0)
	if first <= n {
		first = NewNominal(y+1, w.From.Month, w.From.Day, 0, 0)
	}
	return first - 1
}

// check refuses days that no year has; the zero window is fine.
func (w Window) check() error {
	if w.All() {
		return nil
	}
	for _, d := range []MonthDay{w.From, w.To} {
		if _, err := ParseMonthDay(d.String()); err != nil {
			return fmt.Errorf("season %s: %w", w, err)
		}
	}
	return nil
}
