package schedules

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

func job(t testing.TB, name, expr string) Job {
	t.Helper()
	j, err := Parse(name, expr, zone(t, "Europe/London"), Window{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct{ expr, say, write string }{
		{"", "empty", "five fields"},
		{"   ", "empty", "five fields"},
		{"TZ=Europe/London", "time zone does not belong", "time_zone"},
		{"TZ=", "time zone does not belong", "time_zone"},
		{"CRON_TZ=Europe/London", "time zone does not belong", "time_zone"},
		{"CRON_TZ=Europe/London 30 1 * * *", "time zone does not belong", "time_zone"},
		{"cron_tz=UTC 30 1 * * *", "time zone does not belong", "time_zone"},
		{"@every 24h", "counts from the start", "0 */6 * * *"},
		{"@Every 1h", "counts from the start", "0 */6 * * *"},
		{"@reboot", "@reboot is not known", "five fields"},
		{"0 0 2 * * *", "six fields", "write five, without the seconds: 0 2 * * *"},
		{"0 2 * *", "4 fields", "five fields"},
		{"daily", "1 field ", "five fields"},
		{"0 0 2 * * * 2026", "7 fields", "five fields"},
		{"0 2 * * 7", "weekday 7", "0 or sun"},
		{"0 2 * * 5-7", "weekday 7", "5,6,0"},
		{"0 2 * * 1,07", "weekday 7", "0 or sun"},
		{"0 2 * * 7/2", "weekday 7", "0 or sun"},
		{"0 2 1 * 1", "both restricted", "0 2 1 * * and 0 2 * * 1"},
		{"0 2 */2 * 1-5", "both restricted", "0 2 */2 * * and 0 2 * * 1-5"},
		{"0 0 31 2 *", "never comes", "28 for February"},
		{"0 0 30,31 feb *", "never comes", "28 for February"},
		{"0 0 31 4,6,9,11 *", "never comes", "a day that the month has"},
		{", 2 * * *", "no value", "five fields"},
		{"60 2 * * *", "above maximum", "five fields"},
		{"0 24 * * *", "above maximum", "five fields"},
		{"0 2 L * *", "", "five fields"},
		{"0 2 * * 5#2", "", "five fields"},
		{"0 2 0 * *", "below minimum", "five fields"},
		{"*/0 2 * * *", "", "five fields"},
		{"5-1 2 * * *", "beyond end", "five fields"},
	}
	for _, c := range cases {
		_, err := Parse("nightly", c.expr, time.UTC, Window{})
		var bad *ExprError
		if !errors.As(err, &bad) || !errors.Is(err, pipeline.ErrUsage) {
			t.Errorf("%q: %v, want an ExprError", c.expr, err)
			continue
		}
		if !strings.Contains(bad.Say, c.say) || !strings.Contains(bad.Write, c.write) || !strings.HasPrefix(err.Error(), "job nightly: cron ") {
			t.Errorf("%q: %s", c.expr, err)
		}
	}
}

func TestParseRefusesTheRest(t *testing.T) {
	t.Parallel()
	wrong := Window{MonthDay{2, 30}, MonthDay{3, 1}}
	for name, parse := range map[string]func() (Job, error){
		"no name":     func() (Job, error) { return Parse("", "0 2 * * *", time.UTC, Window{}) },
		"spaced name": func() (Job, error) { return Parse(" a", "0 2 * * *", time.UTC, Window{}) },
		"no zone":     func() (Job, error) { return Parse("a", "0 2 * * *", nil, Window{}) },
		"host's zone": func() (Job, error) { return Parse("a", "0 2 * * *", time.Local, Window{}) },
		"no such day": func() (Job, error) { return Parse("a", "0 2 * * *", time.UTC, wrong) },
	} {
		if _, err := parse(); !errors.Is(err, pipeline.ErrUsage) {
			t.Errorf("%s: %v, want a usage error", name, err)
		}
	}
}

func TestPolicyCheck(t *testing.T) {
	t.Parallel()
	if err := DefaultPolicy().Check(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Policy){
		"catch_up":     func(p *Policy) { p.CatchUp = "some" },
		"overlap":      func(p *Policy) { p.Overlap = "" },
		"max_age is m": func(p *Policy) { p.MaxAge = 0 },
		"400 days":     func(p *Policy) { p.MaxAge = lookBack + 1 },
		"cap":          func(p *Policy) { p.CatchUp, p.Cap = CatchUpAll, 0 },
		"retries":      func(p *Policy) { p.Retries = -1 },
		"max_backoff":  func(p *Policy) { p.MaxBackoff = p.Backoff - 1 },
		"deadline":     func(p *Policy) { p.Deadline = 0 },
	} {
		p := DefaultPolicy()
		spoil(&p)
		if err := p.Check(); !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	cases := []struct{ expr, from, to, after, nominal string }{
		{"30 1 * * *", "", "", "2026-03-28T12:00:00Z", "2026-03-29T01:30"},
		{"30 1 * * *", "", "", "2026-03-29T01:00:00Z", "2026-03-30T01:30"},
		{"30 1 * * 0", "", "", "2026-03-28T12:00:00Z", "2026-03-29T01:30"},
		{"30 1 29 3 *", "", "", "2026-03-28T12:00:00Z", "2026-03-29T01:30"},
		{"30 1 * * *", "", "", "2026-10-25T00:30:00Z", "2026-10-26T01:30"},
		// In the second 01:00 to 02:00 of autumn, nothing of that hour is left.
		{"* * * * *", "", "", "2026-10-25T01:10:00Z", "2026-10-25T02:00"},
		{"0,30 1,2 * * *", "", "", "2026-03-29T00:59:59Z", "2026-03-29T01:00"},
		{"0,30 1,2 * * *", "", "", "2026-03-29T01:00:00Z", "2026-03-29T02:30"},
		{"@daily", "", "", "2026-06-30T23:00:00Z", "2026-07-02T00:00"},
		{"0 2 * * *", "09-01", "10-31", "2026-10-31T12:00:00Z", "2027-09-01T02:00"},
		{"0 2 * * *", "11-15", "02-28", "2026-12-31T12:00:00Z", "2027-01-01T02:00"},
		{"* * * * *", "09-01", "09-01", "2026-01-01T00:00:00Z", "2026-09-01T00:00"},
		{"0 2 29 2 *", "", "", "2026-01-01T00:00:00Z", "2028-02-29T02:00"},
		// 2100 is no leap year: the library alone gives up after five years.
		{"0 2 29 2 *", "", "", "2096-03-01T00:00:00Z", "2104-02-29T02:00"},
		{"0 2 29 2 *", "02-29", "02-29", "2026-01-01T00:00:00Z", "2028-02-29T02:00"},
		{"0 2 * 2 *", "09-01", "10-31", "2026-01-01T00:00:00Z", ""},
		{"0 2 29 2 *", "03-01", "01-31", "2026-01-01T00:00:00Z", ""},
	}
	for _, c := range cases {
		w, err := ParseWindow(c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		j, err := Parse("a", c.expr, zone(t, "Europe/London"), w)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := j.Next(at(t, c.after))
		if ok != (c.nominal != "") || ok && got.Nominal.String() != c.nominal {
			t.Errorf("%s in %s after %s: %s %v, want %s", c.expr, w, c.after, got.Nominal, ok, c.nominal)
		}
		if ok && (!j.Has(got.Nominal) || j.Has(got.Nominal-1) && c.expr != "* * * * *") {
			t.Errorf("%s: Has disagrees with Next about %s", c.expr, got.Nominal)
		}
	}
}

func TestBetweenTakesItsEndsOnce(t *testing.T) {
	t.Parallel()
	j := job(t, "a", "*/10 * * * *")
	from, to := at(t, "2026-10-24T20:00:00Z"), at(t, "2026-10-25T06:00:00Z")
	whole := j.Between(from, to)
	// Ten hours hold nine distinct hours on the wall.
	if len(whole) != 9*6 {
		t.Fatalf("%d slots, want 54", len(whole))
	}
	var parts []Slot
	for m := from; m.Before(to); m = m.Add(5 * time.Minute) {
		parts = append(parts, j.Between(m, m.Add(5*time.Minute))...)
	}
	if len(parts) != len(whole) {
		t.Errorf("in steps of five minutes %d slots, at once %d", len(parts), len(whole))
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0 2 * * *", "TZ=", "CRON_TZ=x", "@every 1h", "@daily", "0 0 31 2 *", "*/5 1-3,7 ? jan-mar *",
		"1-2-3 * * * *", "1/2/3 * * * *", "* * * * 5-7", ", , , , ,", "9999999999999999999 * * * *", "*/9223372036854775807 * * * *", "? ? ? ? ?"} {
		f.Add(seed)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expr string) {
		j, err := Parse("a", expr, time.UTC, Window{})
		if err != nil {
			if !errors.Is(err, pipeline.ErrUsage) {
				t.Errorf("%q: %v is no usage error", expr, err)
			}
			return
		}
		slot, ok := j.Next(from)
		if !ok || !slot.Instant.After(from) {
			t.Errorf("%q was read, but its next slot is %v %v", expr, slot, ok)
		}
		again, err := Parse("a", j.Expr, time.UTC, Window{})
		if err != nil || again.Expr != j.Expr {
			t.Errorf("%q became %q, which reads as %q, %v", expr, j.Expr, again.Expr, err)
		}
	})
}
