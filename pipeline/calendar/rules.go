// Package calendar is the operational year of a tracking team: which list is
// expected from whom in which window, and what became of it. Outside its
// season nothing is due and nobody is reminded.
//
// The rules are reference data (sql/ref/calendar.csv), so a council changes
// them without a new program.
package calendar

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
)

// Rule is one row of the calendar. A rule without a dataset is a milestone: a
// day to know of, on which no list is expected.
type Rule struct {
	Dataset string
	Who     string // folder of a provider, kind of provider, or * for everybody who delivers this list
	Opens   Day    // first day of the season
	Closes  Day    // last day of it; alarms end here
	Due     Day    // day by which the list should be here
	Season  string // what the window is called
	Source  string
}

// Day is a day of the year. Month 0 stands for every month.
type Day struct {
	Month time.Month
	Day   int
}

// parseDay reads 09-01, or *-10 for the tenth of every month.
func parseDay(s string) (Day, error) {
	if rest, ok := strings.CutPrefix(s, "*-"); ok {
		t, err := time.Parse("02", rest)
		if err != nil || t.Day() > 28 {
			return Day{}, fmt.Errorf("%q is not a day that every month has; write *-01 to *-28", s)
		}
		return Day{Day: t.Day()}, nil
	}
	t, err := time.Parse("2006-01-02", "2023-"+s) // a common year: 29 February does not come every year
	if err != nil {
		return Day{}, fmt.Errorf("%q is not a day of the year; write month and day, such as 09-01", s)
	}
	return Day{t.Month(), t.Day()}, nil
}

// String returns the form that parseDay reads.
func (d Day) String() string {
	if d.Month == 0 {
		return fmt.Sprintf("*-%02d", d.Day)
	}
	return fmt.Sprintf("%02d-%02d", int(d.Month), d.Day)
}

var columns = []string{"dataset", "who", "window_from", "window_to", "due", "season", "source"}

// Parse reads the calendar. Each problem is named by its line.
func Parse(r io.Reader, datasets []string) ([]Rule, error) {
	in := csv.NewReader(r)
	rows, err := in.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || !slices.Equal(header(rows[0]), columns) {
		return nil, fmt.Errorf("the header is not %s", strings.Join(columns, ","))
	}
	var rules []Rule
	var errs []error
	for i, row := range rows[1:] {
		rule, err := parseRule(row, datasets)
		if err != nil {
			errs = append(errs, fmt.Errorf("row %d: %w", i+1, err))
			continue
		}
		rules = append(rules, rule)
	}
	return rules, errors.Join(errs...)
}

// header drops a byte order mark and the types that reference files may carry.
func header(row []string) []string {
	out := make([]string, len(row))
	for i, h := range row {
		out[i], _, _ = strings.Cut(strings.TrimPrefix(h, "\ufeff"), ":")
	}
	return out
}

func parseRule(row []string, datasets []string) (Rule, error) {
	r := Rule{Dataset: row[0], Who: row[1], Season: row[5], Source: row[6]}
	if r.Dataset != "" && !slices.Contains(datasets, r.Dataset) {
		return r, fmt.Errorf("no dataset %q; there are: %s", r.Dataset, strings.Join(datasets, ", "))
	}
	if r.Dataset != "" && r.Who == "" || r.Season == "" {
		return r, errors.New("who and season are needed; write * for everybody")
	}
	var err error
	for _, c := range []struct {
		text string
		into *Day
	}{{row[2], &r.Opens}, {row[3], &r.Closes}, {row[4], &r.Due}} {
		if *c.into, err = parseDay(c.text); err != nil {
			return r, err
		}
	}
	if monthly := r.Due.Month == 0; monthly != (r.Opens.Month == 0) || monthly != (r.Closes.Month == 0) {
		return r, errors.New("window and due day must all be of one year or all of every month")
	}
	if w := r.window(2023, 1); w.due < w.opens || w.due > w.closes {
		return r, fmt.Errorf("the due day %s lies outside the window %s to %s", r.Due, r.Opens, r.Closes)
	}
	return r, nil
}

// window is one occurrence of a rule.
type window struct{ opens, due, closes pipeline.Date }

// window returns the occurrence that opens in a calendar year (and month,
// for rules of every month). A window may wrap the new year, or, for rules of
// every month, the end of the month.
func (r Rule) window(year int, month time.Month) window {
	at := func(d Day, wraps int) pipeline.Date {
		if d.Month == 0 {
			return pipeline.NewDate(year, month+time.Month(wraps), d.Day)
		}
		return pipeline.NewDate(year+wraps, d.Month, d.Day)
	}
	w := window{at(r.Opens, 0), at(r.Due, 0), at(r.Closes, 0)}
	if w.closes < w.opens {
		w.closes = at(r.Closes, 1)
		if w.due < w.opens {
			w.due = at(r.Due, 1)
		}
	}
	return w
}

// windows returns the occurrences that are due from one day to another, both
// included, in order.
func (r Rule) windows(from, to pipeline.Date) []window {
	var out []window
	first, _, _ := from.YMD()
	last, _, _ := to.YMD()
	for y := first - 1; y <= last; y++ {
		for m := time.January; m <= time.December; m++ {
			if r.Due.Month != 0 && m != time.January {
				break
			}
			if w := r.window(y, m); w.due >= from && w.due <= to {
				out = append(out, w)
			}
		}
	}
	return out
}
