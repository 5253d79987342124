package schedules

import (
	"fmt"
	"strings"
	"time"
)

// lintYears is how far ahead clock changes are looked for.
const lintYears = 2

// Finding is something about a job that is allowed and may surprise. What is
// not allowed is an error of Parse.
type Finding struct {
	Job  string `json:"job"`
	Rule string `json:"rule"` // clock_skips, clock_doubles, day_never_comes, no_slot, leap_day, same_time
	Say  string `json:"say"`
	Hint string `json:"hint,omitempty"`
}

// String returns the finding as one line.
func (f Finding) String() string {
	if f.Hint == "" {
		return fmt.Sprintf("job %s: %s", f.Job, f.Say)
	}
	return fmt.Sprintf("job %s: %s; %s", f.Job, f.Say, f.Hint)
}

// Lint returns what may surprise about jobs, looking ahead from a moment.
func Lint(jobs []Job, from time.Time) []Finding {
	var out []Finding
	for _, j := range jobs {
		if _, ok := j.Next(from); !ok {
			out = append(out, Finding{j.Name, "no_slot",
				fmt.Sprintf("the season %s never meets cron %s, so the job never runs", j.Window, j.Expr),
				"widen the season or change the day or month"})
			continue
		}
		out = append(out, j.lintDays()...)
		out = append(out, j.lintClock(from)...)
	}
	return append(out, lintSameTime(jobs, from)...)
}

// lintDays finds months that lack a day the expression names.
func (j Job) lintDays() []Finding {
	if j.spec.Dom&starBit != 0 {
		return nil
	}
	var out []Finding
	var lacking []string
	for m := time.January; m <= time.December; m++ {
		if !has(j.spec.Month, int(m)) {
			continue
		}
		for d := daysOf[m] + 1; d <= 31; d++ {
			if has(j.spec.Dom, d) {
				lacking = append(lacking, fmt.Sprintf("%d %s", d, m))
			}
		}
		if m == time.February && has(j.spec.Dom, 29) {
			out = append(out, Finding{j.Name, "leap_day", "29 February comes in leap years only", ""})
		}
	}
	if lacking != nil {
		out = append(out, Finding{j.Name, "day_never_comes", strings.Join(lacking, ", ") + ": no such day, so no slot",
			"for a month's end write the first of the next month"})
	}
	return out
}

// lintClock finds the first slot that a clock change skips and the first that
// it doubles.
func (j Job) lintClock(from time.Time) []Finding {
	hints := map[Change]string{
		Skipped: "nothing is lost, but a time outside the change is easier to read",
		Doubled: "it is not run twice, but a time outside the change is easier to read",
	}
	rules := map[Change]string{Skipped: "clock_skips", Doubled: "clock_doubles"}
	seen := map[Change]bool{}
	var out []Finding
	for _, change := range changes(j.Zone, from, from.AddDate(lintYears, 0, 0)) {
		// A change moves the clocks by less than a day.
		for _, slot := range j.Between(change.Add(-24*time.Hour), change.Add(time.Minute)) {
			if slot.Change == Plain || seen[slot.Change] {
				continue
			}
			seen[slot.Change] = true
			day := slot.Nominal.clock().Format(time.DateOnly)
			out = append(out, Finding{j.Name, rules[slot.Change], "on " + day + " " + Note(slot, j.Zone), hints[slot.Change]})
		}
	}
	return out
}

// changes returns the moments at which a zone's clocks are moved.
func changes(zone *time.Location, from, to time.Time) []time.Time {
	var out []time.Time
	for t := from; ; {
		_, end := t.In(zone).ZoneBounds()
		if end.IsZero() || end.After(to) {
			return out
		}
		out = append(out, end)
		t = end
	}
}

// lintSameTime finds jobs whose next slot is due at one moment: the second
// waits for the first, and both may load the same lists.
func lintSameTime(jobs []Job, from time.Time) []Finding {
	var out []Finding
	first := map[int64]string{}
	for _, j := range jobs {
		slot, ok := j.Next(from)
		if !ok {
			continue
		}
		at := slot.Instant.Unix()
		if other, taken := first[at]; taken {
			out = append(out, Finding{j.Name, "same_time",
				fmt.Sprintf("is due at %s together with job %s and waits for it", slot.Nominal, other), ""})
			continue
		}
		first[at] = j.Name
	}
	return out
}
