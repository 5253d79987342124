package schedules

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// wallWatch is what a wall clock was seen to show, minute by minute: from the
// first nominal time on, when each is due.
type wallWatch struct {
	first Nominal
	due   []time.Time
}

// watchWall notes when each nominal time after from and up to to is due: when
// it is first shown, or when the first later one is. It knows nothing of
// SlotAt.
func watchWall(loc *time.Location, from, to time.Time) wallWatch {
	last := NominalAt(from, loc)
	w := wallWatch{first: last + 1}
	for m := from.Add(time.Minute); !m.After(to); m = m.Add(time.Minute) {
		for n := NominalAt(m, loc); last < n; last++ {
			w.due = append(w.due, m)
		}
	}
	return w
}

// TestEveryDailyJobThroughEveryChangeWeek runs all 1,440 daily expressions
// through the 24 weeks of 2024 to 2035 in which London's clocks change.
func TestEveryDailyJobThroughEveryChangeWeek(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/London")
	var jobs []Job
	for m := range 1440 {
		jobs = append(jobs, job(t, fmt.Sprintf("at-%02d%02d", m/60, m%60), fmt.Sprintf("%d %d * * *", m%60, m/60)))
	}
	weeks := changes(loc, at(t, "2024-01-01T00:00:00Z"), at(t, "2035-12-31T00:00:00Z"))
	if len(weeks) != 24 {
		t.Fatalf("%d change weeks", len(weeks))
	}
	for _, change := range weeks {
		// From Monday's midnight to midnight after the Sunday of the change.
		monday := time.Date(change.Year(), change.Month(), change.Day()-6, 0, 0, 0, 0, loc)
		next := monday.AddDate(0, 0, 7)
		bubble(t, monday.Add(-30*time.Second).UTC().Format(time.RFC3339), jobs, func(w *world) {
			s := w.scheduler()
			w.rest(next.Sub(monday)) // ends half a minute before the next Monday
			w.stop(s)
			checkEach(t, w, watchWall(loc, monday.Add(-time.Minute), next.Add(-time.Minute)), func(n Nominal) string {
				return "at-" + n.clock().Format("1504")
			})
		})
	}
}

// checkEach checks that exactly the slots of the wall ran, each once, on time.
func checkEach(t *testing.T, w *world, wall wallWatch, name func(Nominal) string) {
	t.Helper()
	if len(w.ran) != len(wall.due) {
		t.Errorf("%d runs for %d slots", len(w.ran), len(wall.due))
	}
	when := map[slotKey]time.Time{}
	for _, r := range w.ran {
		if _, twice := when[r.key]; twice {
			t.Fatalf("%v ran twice", r.key)
		}
		when[r.key] = r.wall
	}
	for i, instant := range wall.due {
		n := wall.first + Nominal(i)
		key := slotKey{name(n), n.String()}
		if late := when[key].Sub(instant); late < 0 || late > time.Second {
			t.Fatalf("%v ran at %s, due at %s", key, when[key], instant)
		}
		if state := w.disk.get(key.job, key.nominal).State; state != "done" {
			t.Fatalf("%v is recorded as %q", key, state)
		}
	}
}

// spread is a choice of expressions with a plain reading of each.
var spread = []struct {
	expr string
	fits func(t time.Time) bool
}{
	{"30 1 * * *", func(t time.Time) bool { return hm(t) == 130 }},
	{"0 2 * * 1-5", func(t time.Time) bool { return hm(t) == 200 && t.Weekday() >= 1 && t.Weekday() <= 5 }},
	{"15 1 * * 0", func(t time.Time) bool { return hm(t) == 115 && t.Weekday() == 0 }},
	{"45 0 1 * *", func(t time.Time) bool { return hm(t) == 45 && t.Day() == 1 }},
	{"30 1 29 3 *", func(t time.Time) bool { return hm(t) == 130 && t.Day() == 29 && t.Month() == 3 }},
	{"0 3 31 * *", func(t time.Time) bool { return hm(t) == 300 && t.Day() == 31 }},
	{"5 1 25-31 3,10 *", func(t time.Time) bool {
		return hm(t) == 105 && t.Day() >= 25 && (t.Month() == 3 || t.Month() == 10)
	}},
	{"0 */6 * * *", func(t time.Time) bool { return t.Minute() == 0 && t.Hour()%6 == 0 }},
	{"20,50 1,13 * sep-nov *", func(t time.Time) bool {
		return (t.Minute() == 20 || t.Minute() == 50) && (t.Hour() == 1 || t.Hour() == 13) && t.Month() >= 9 && t.Month() <= 11
	}},
	{"0 12 29 2 *", func(t time.Time) bool { return hm(t) == 1200 && t.Day() == 29 && t.Month() == 2 }},
	{"@monthly", func(t time.Time) bool { return hm(t) == 0 && t.Day() == 1 }},
	{"59 23 * * 6", func(t time.Time) bool { return hm(t) == 2359 && t.Weekday() == 6 }},
}

func hm(t time.Time) int { return t.Hour()*100 + t.Minute() }

// TestSpreadOverAllDays enumerates a spread of expressions over every day of
// 2024 to 2035 and compares with every minute of those years on the wall.
func TestSpreadOverAllDays(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/London")
	from, to := at(t, "2023-12-31T23:59:00Z"), at(t, "2036-01-01T00:00:00Z")
	wall := watchWall(loc, from, to)
	want := make([][]Slot, len(spread))
	for k, instant := range wall.due {
		n := wall.first + Nominal(k)
		for i, c := range spread {
			if c.fits(n.clock()) {
				want[i] = append(want[i], Slot{Nominal: n, Instant: instant})
			}
		}
	}
	for i, c := range spread {
		got := job(t, "a", c.expr).Between(from, to)
		if len(got) != len(want[i]) || len(got) == 0 {
			t.Errorf("%s: %d slots, want %d", c.expr, len(got), len(want[i]))
			continue
		}
		for k := range got {
			if got[k].Nominal != want[i][k].Nominal || !got[k].Instant.Equal(want[i][k].Instant) {
				t.Errorf("%s: slot %d is %s at %s, want %s at %s", c.expr, k,
					got[k].Nominal, got[k].Instant, want[i][k].Nominal, want[i][k].Instant)
				break
			}
		}
	}
}

// TestSpreadRunsAYear lets the loop live through every minute of a year.
func TestSpreadRunsAYear(t *testing.T) {
	t.Parallel()
	var jobs []Job
	for i, c := range spread {
		jobs = append(jobs, job(t, fmt.Sprintf("job-%02d", i), c.expr))
	}
	bubble(t, "2027-12-31T23:59:30Z", jobs, func(w *world) {
		w.work = func(ctx context.Context, _ Job, _ Slot) error { return sleepOr(ctx, 20*time.Minute) }
		s := w.scheduler()
		begin := w.Now()
		w.rest(366 * 24 * time.Hour)
		end := w.Now()
		w.rest(2 * time.Hour)
		w.stop(s)
		for _, j := range jobs {
			slots := j.Between(begin, end)
			if len(slots) == 0 {
				t.Errorf("%s has no slot in a year", j.Expr)
			}
			for _, slot := range slots {
				if n := w.effect[slotKey{j.Name, slot.Nominal.String()}]; n != 1 {
					t.Errorf("%s %s ran %d times", j.Expr, slot.Nominal, n)
				}
			}
		}
	})
}
