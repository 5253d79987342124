package schedules

import (
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

func TestUpcoming(t *testing.T) {
	t.Parallel()
	never, err := Parse("never", "0 2 * 2 *", time.UTC, Window{MonthDay{9, 1}, MonthDay{10, 31}})
	if err != nil {
		t.Fatal(err)
	}
	jobs := []Job{job(t, "night", "30 1 * * *"), never, job(t, "weekly", "0 2 * * 0")}
	var got []string
	for _, p := range Upcoming(jobs, at(t, "2026-03-28T12:00:00Z"), 4) {
		got = append(got, p.Job+" "+p.Nominal+" "+p.Instant.Format("02T15:04")+" "+p.Note)
	}
	same(t, "upcoming", got, []string{
		"night 2026-03-29T01:30 29T01:00 the clocks go forward over 01:30 that day; it runs at 02:00 BST",
		"weekly 2026-03-29T02:00 29T01:00 ",
		"night 2026-03-30T01:30 30T00:30 ",
		"night 2026-03-31T01:30 31T00:30 ",
	})
	if list := Upcoming([]Job{never}, time.Now(), 3); len(list) != 0 {
		t.Errorf("a job without slots has %v", list)
	}
}

// ledgerOf returns a ledger in which a job's slots stand as given.
func ledgerOf(t *testing.T, j Job, states map[string]pipeline.SlotRecord) *store {
	t.Helper()
	s := newStore()
	for n, r := range states {
		rec := record(j, SlotAt(nominal(t, n), j.Zone), r.State, r.Reason)
		rec.RunID = r.RunID
		s.slots[keyOf(rec)] = rec
	}
	return s
}

func TestMissing(t *testing.T) {
	t.Parallel()
	j := job(t, "night", "0 2 * * *")
	l := ledgerOf(t, j, map[string]pipeline.SlotRecord{
		"2026-01-01T02:00": {State: pipeline.RunDone}, "2026-01-02T02:00": {State: pipeline.RunFailed},
		"2026-01-03T02:00": {State: SlotMissed}, "2026-01-04T02:00": {State: SlotSkipped},
		"2026-01-05T02:00": {State: pipeline.RunInterrupted}, "2026-01-06T02:00": {State: pipeline.RunHeld},
		"2026-01-07T02:00": {State: pipeline.RunStarted},
	})
	slots, err := Missing(t.Context(), j, at(t, "2025-12-31T02:00:00Z"), at(t, "2026-01-08T02:00:00Z"), l)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range slots {
		got = append(got, s.Nominal.clock().Format("01-02"))
	}
	same(t, "missing", got, []string{"12-31", "01-02", "01-03", "01-04", "01-05", "01-08"})
	l.broken(errDisk)
	if _, err := Missing(t.Context(), j, time.Time{}, time.Time{}, l); err == nil {
		t.Error("a ledger that cannot be read hides slots")
	}
}

func TestWhy(t *testing.T) {
	t.Parallel()
	winter := Window{MonthDay{11, 1}, MonthDay{4, 30}}
	j, err := Parse("night", "30 1 * * 1-5", zone(t, "Europe/London"), winter)
	if err != nil {
		t.Fatal(err)
	}
	daily := job(t, "daily", "30 1 * * *")
	l := ledgerOf(t, j, map[string]pipeline.SlotRecord{
		"2026-01-05T01:30": {State: pipeline.RunDone, RunID: "r-17"},
		"2026-01-06T01:30": {State: SlotMissed, Reason: "the daemon was not running, and the job does not catch up"},
		"2026-01-07T01:30": {State: pipeline.RunStarted},
		"2026-01-04T23:00": {State: SlotSkipped, Reason: "an earlier slot of the job is still at work"},
	})
	now := at(t, "2026-01-08T12:00:00Z")
	cases := []struct {
		job  Job
		at   string
		says []string
	}{
		{j, "2026-01-05T01:30", []string{"is a slot of job night (cron 30 1 * * 1-5, Europe/London, 11-01 to 04-30).", "Its run is done.", "Run: r-17."}},
		{j, "2026-01-06T01:30", []string{"It was missed.", "Reason: the daemon was not running, and the job does not catch up."}},
		{j, "2026-01-07T01:30", []string{"started and has not ended"}},
		{j, "2026-01-08T01:30", []string{"The ledger has no record of it"}},
		{j, "2026-01-09T01:30", []string{"It is due at 2026-01-09 01:30 GMT, in 13h30m."}},
		{j, "2026-01-10T01:31", []string{"is no slot of job night: cron 30 1 * * 1-5 does not name minute 31, Saturday.", "The next slot after it is 2026-01-12T01:30."}},
		{j, "2026-07-06T01:30", []string{"no slot", "the day is outside the season 11-01 to 04-30.", "next slot after it is 2026-11-02T01:30"}},
		{j, "2026-07-06T02:30", []string{"does not name hour 2, and the day is outside the season"}},
		{j, "2026-01-04T23:00", []string{"no slot", "The ledger has it from an earlier form of the job.", "It was skipped."}},
		{daily, "2026-03-29T01:30", []string{"The clocks go forward over 01:30 that day; it runs at 02:00 BST.", "It is due at 2026-03-29 02:00 BST"}},
		{daily, "2026-10-25T01:30", []string{"The clocks show 01:30 twice that day; it runs once, at the first (01:30 BST)."}},
	}
	for _, c := range cases {
		got, err := Why(t.Context(), c.job, nominal(t, c.at), l, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.says {
			if !strings.Contains(got, want) {
				t.Errorf("%s %s:\n got %s\nwant %s", c.job.Name, c.at, got, want)
			}
		}
	}
	if got, _ := Why(t.Context(), j, nominal(t, "2026-01-08T01:30"), l, at(t, "2026-01-08T01:31:00Z")); !strings.Contains(got, "It is due now") {
		t.Error(got)
	}
	l.broken(errDisk)
	if _, err := Why(t.Context(), j, 0, l, now); err == nil {
		t.Error("an answer without the ledger")
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	london := zone(t, "Europe/London")
	autumn := Window{MonthDay{9, 1}, MonthDay{10, 31}}
	cases := []struct {
		expr   string
		window Window
		want   []string // rule: part of the sentence
	}{
		{"0 2 * * *", Window{}, nil},
		{"30 1 * * *", Window{}, []string{"clock_skips: on 2026-03-29 the clocks go forward over 01:30", "clock_doubles: on 2026-10-25 the clocks show 01:30 twice"}},
		{"30 1 * * *", autumn, []string{"clock_doubles: on 2026-10-25"}},
		{"30 1 * * 1-5", Window{}, nil},
		{"0 2 31 * *", Window{}, []string{"day_never_comes: 31 February, 31 April, 31 June, 31 September, 31 November: no such day"}},
		{"0 2 30,31 1-2 *", Window{}, []string{"day_never_comes: 30 February, 31 February"}},
		{"0 2 29 2 *", Window{}, []string{"leap_day: 29 February comes in leap years only"}},
		{"0 2 * 2 *", autumn, []string{"no_slot: the season 09-01 to 10-31 never meets cron 0 2 * 2 *"}},
	}
	for _, c := range cases {
		j, err := Parse("a", c.expr, london, c.window)
		if err != nil {
			t.Fatal(err)
		}
		got := Lint([]Job{j}, at(t, "2026-01-01T00:00:00Z"))
		if len(got) != len(c.want) {
			t.Errorf("%s in %s: %v, want %q", c.expr, c.window, got, c.want)
			continue
		}
		for i, f := range got {
			if line := f.Rule + ": " + f.Say; !strings.HasPrefix(line, c.want[i]) || !strings.HasPrefix(f.String(), "job a: ") {
				t.Errorf("%s in %s: %s, want %s", c.expr, c.window, line, c.want[i])
			}
		}
	}
	both := Lint([]Job{job(t, "a", "0 2 * * *"), job(t, "b", "0 2 * * 1-5")}, at(t, "2026-01-05T12:00:00Z"))
	if len(both) != 1 || both[0].String() != "job b: is due at 2026-01-06T02:00 together with job a and waits for it" {
		t.Errorf("two jobs at one time: %v", both)
	}
}
