package schedules

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	nights := job(t, "night", "0 2 * * *")
	now := at(t, "2026-01-20T09:00:00Z")
	all := nights.Between(at(t, "2026-01-14T12:00:00Z"), now) // six nights, 15 to 20
	cases := []struct {
		name   string
		change func(*Policy)
		ran    Nominal
		now    time.Time
		runs   []string
		reason string // of the newest that is missed
	}{
		{"none", func(p *Policy) { p.CatchUp = CatchUpNone }, 0, now, nil, "absent, and the job does not catch up"},
		{"last", func(*Policy) {}, 0, now, []string{"20"}, "absent, and a later slot runs in its place"},
		{"last, but too old", func(p *Policy) { p.MaxAge = 6 * time.Hour }, 0, now, nil, "absent, and slots older than 6h are not caught up"},
		{"all", func(p *Policy) { p.CatchUp, p.MaxAge = CatchUpAll, lookBack }, 0, now, []string{"15", "16", "17", "18", "19", "20"}, ""},
		{"all, at most three days", func(p *Policy) { p.CatchUp = CatchUpAll }, 0, now, []string{"18", "19", "20"}, "absent, and slots older than 72h are not caught up"},
		{"all, at most two", func(p *Policy) { p.CatchUp, p.Cap = CatchUpAll, 2 }, 0, now, []string{"19", "20"}, "absent, and no more than 2 are caught up at once"},
		{"none, one is met", func(p *Policy) { p.CatchUp = CatchUpNone }, 0, at(t, "2026-01-20T02:05:00Z"), []string{"20"}, "absent, and the job does not catch up"},
		{"none, just not met", func(p *Policy) { p.CatchUp = CatchUpNone }, 0, at(t, "2026-01-20T02:05:01Z"), nil, "absent, and the job does not catch up"},
		{"last, one is met", func(*Policy) {}, 0, at(t, "2026-01-20T02:05:00Z"), []string{"20"}, "absent, and a later slot runs in its place"},
		{"all, one is met besides", func(p *Policy) { p.CatchUp, p.Cap = CatchUpAll, 2 }, 0, at(t, "2026-01-20T02:05:00Z"), []string{"18", "19", "20"}, "absent, and slots older than 72h are not caught up"},
	}
	for _, c := range cases {
		p := DefaultPolicy()
		c.change(&p)
		var runs []string
		reason := ""
		for _, v := range Decide(p, Past{Due: all, Ran: c.ran, Absent: "absent"}, c.now) {
			if v.Run {
				runs = append(runs, v.Slot.Nominal.clock().Format("02"))
			} else {
				reason = v.Reason
			}
			if v.Run == (v.Reason != "") {
				t.Errorf("%s: %s runs %v with reason %q", c.name, v.Slot.Nominal, v.Run, v.Reason)
			}
		}
		if !slices.Equal(runs, c.runs) || reason != c.reason {
			t.Errorf("%s: runs %q, last reason %q; want %q, %q", c.name, runs, reason, c.runs, c.reason)
		}
	}
}

func TestDecideLastNeverGoesBackBehindWhatRan(t *testing.T) {
	t.Parallel()
	slots := job(t, "night", "0 2 * * *").Between(at(t, "2026-01-18T12:00:00Z"), at(t, "2026-01-19T12:00:00Z"))
	past := Past{Due: slots, Ran: NewNominal(2026, 1, 20, 2, 0), Absent: "absent"}
	if v := Decide(DefaultPolicy(), past, at(t, "2026-01-20T09:00:00Z")); v[0].Run {
		t.Errorf("the 19th is to run after the 20th did")
	}
}

// TestCatchUpAfterAbsence stops the daemon over four nights, and suspends the
// machine over four others: the same nights are made up for.
func TestCatchUpAfterAbsence(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(*Policy)
		ran    []string
		missed []string
	}{
		{"none", func(p *Policy) { p.CatchUp = CatchUpNone }, nil, []string{"06", "07", "08", "09"}},
		{"last", func(*Policy) {}, []string{"09"}, []string{"06", "07", "08"}},
		{"all", func(p *Policy) { p.CatchUp, p.MaxAge = CatchUpAll, 100*time.Hour }, []string{"06", "07", "08", "09"}, nil},
		{"all but old", func(p *Policy) { p.CatchUp, p.MaxAge = CatchUpAll, 50*time.Hour }, []string{"08", "09"}, []string{"06", "07"}},
		{"all, capped", func(p *Policy) { p.CatchUp, p.MaxAge, p.Cap = CatchUpAll, 100*time.Hour, 1 }, []string{"09"}, []string{"06", "07", "08"}},
	}
	absences := map[string]func(w *world, s *Scheduler) *Scheduler{
		absentDown: func(w *world, s *Scheduler) *Scheduler {
			w.stop(s)
			w.rest(4 * 24 * time.Hour)
			return w.scheduler()
		},
		absentAsleep: func(w *world, s *Scheduler) *Scheduler {
			w.move(4 * 24 * time.Hour)
			return s
		},
	}
	for _, c := range cases {
		for why, leave := range absences {
			night := job(t, "night", "0 2 * * *")
			c.change(&night.Policy)
			bubble(t, "2026-01-04T12:00:00Z", []Job{night}, func(w *world) {
				s := w.scheduler()
				w.rest(24 * time.Hour) // the 5th runs in time
				s = leave(w, s)
				w.rest(2 * time.Minute)
				want := []string{"night 01-05T02:00"}
				for _, day := range c.ran {
					want = append(want, "night 01-"+day+"T02:00")
				}
				same(t, c.name+", "+why, w.runs(), want)
				for _, day := range c.missed {
					r := w.disk.get("night", "2026-01-"+day+"T02:00")
					if r.State != SlotMissed || !strings.HasPrefix(r.Reason, why) {
						t.Errorf("%s, %s: the %sth is %q, %q", c.name, why, day, r.State, r.Reason)
					}
				}
				w.rest(24 * time.Hour) // and the 10th runs in time
				same(t, c.name+", then", w.runs(), append(want, "night 01-10T02:00"))
				w.stop(s)
			})
		}
	}
}

func TestEnablingOrEditingNeverReplays(t *testing.T) {
	t.Parallel()
	replay := func(name, expr string) Job {
		j := job(t, name, expr)
		j.Policy.CatchUp, j.Policy.MaxAge = CatchUpAll, lookBack
		return j
	}
	night, other := replay("night", "0 2 * * *"), replay("other", "0 3 * * *")
	bubble(t, "2026-01-04T12:00:00Z", []Job{other}, func(w *world) {
		steps := []struct {
			jobs []Job
			runs []string // begun before the next step, two days later
		}{
			{[]Job{other}, []string{"other 01-05T03:00", "other 01-06T03:00"}},
			// Switched on, edited, edited back, switched off and on: no step
			// makes up for slots of a time in which the job was not so.
			{[]Job{other, night}, []string{"night 01-07T02:00", "other 01-07T03:00", "night 01-08T02:00", "other 01-08T03:00"}},
			{[]Job{replay("night", "0 23 * * *")}, []string{"night 01-08T23:00", "night 01-09T23:00"}},
			{[]Job{night}, []string{"night 01-11T02:00", "night 01-12T02:00"}},
			{nil, nil},
			{[]Job{night}, []string{"night 01-15T02:00", "night 01-16T02:00"}},
		}
		for i, step := range steps {
			w.jobs, w.ran = step.jobs, nil
			s := w.scheduler()
			w.rest(48 * time.Hour)
			w.stop(s)
			if !slices.Equal(w.runs(), step.runs) && len(w.runs())+len(step.runs) > 0 {
				t.Errorf("step %d: %q, want %q", i, w.runs(), step.runs)
			}
		}
	})
}

func TestManyMissedSlotsAreSummedUp(t *testing.T) {
	t.Parallel()
	each := job(t, "each", "* * * * *")
	each.Policy.CatchUp = CatchUpNone
	bubble(t, "2026-01-04T12:00:00Z", []Job{each}, func(w *world) {
		w.stop(w.scheduler())
		w.rest(1500*time.Minute + 10*time.Second)
		w.stop(w.scheduler())
		missed := len(w.disk.states("each")) - len(w.runs())
		oldest := w.disk.states("each")[0]
		r := w.disk.get("each", "2026-"+strings.TrimSuffix(oldest, " missed"))
		if missed != maxMissed || !strings.Contains(r.Reason, "and 495 slots before this one") {
			t.Errorf("%d missed, the oldest %s: %q", missed, oldest, r.Reason)
		}
	})
}

func TestAClockThatLeapsByYears(t *testing.T) {
	t.Parallel()
	night := job(t, "night", "0 2 * * *")
	bubble(t, "2026-01-04T12:00:00Z", []Job{night}, func(w *world) {
		s := w.scheduler()
		w.move(70 * 365 * 24 * time.Hour)
		w.rest(2 * time.Minute)
		w.move(-70 * 365 * 24 * time.Hour)
		w.rest(24 * time.Hour)
		w.stop(s)
		if got := w.runs(); len(got) != 2 || got[1] != "night 01-05T02:00" {
			t.Errorf("ran %q, want one night of the wrong year and the right one", got)
		}
	})
}

func TestMissedUnderAWrongClockRunsInItsTime(t *testing.T) {
	t.Parallel()
	night := job(t, "night", "0 2 * * *")
	night.Policy.CatchUp = CatchUpNone
	bubble(t, "2026-01-04T12:00:00Z", []Job{night}, func(w *world) {
		s := w.scheduler()
		w.move(40 * time.Hour)
		w.rest(2 * time.Minute)
		if r := w.disk.get("night", "2026-01-05T02:00"); r.State != SlotMissed {
			t.Errorf("under the wrong clock it is %q", r.State)
		}
		w.move(-40 * time.Hour)
		w.rest(24 * time.Hour)
		w.stop(s)
		same(t, "runs", w.runs(), []string{"night 01-05T02:00"})
		if r := w.disk.get("night", "2026-01-05T02:00"); r.State != pipeline.RunDone {
			t.Errorf("in its time it is %q", r.State)
		}
	})
}

func TestSkipOrQueue(t *testing.T) {
	t.Parallel()
	for overlap, want := range map[Overlap][]string{
		OverlapQueue: {"01-04T13:00 done", "01-04T14:00 done", "01-04T15:00 done", "01-04T16:00 done"},
		OverlapSkip:  {"01-04T13:00 done", "01-04T14:00 skipped", "01-04T15:00 skipped", "01-04T16:00 done"},
	} {
		hourly, other := job(t, "hourly", "0 13-16 * * *"), job(t, "other", "30 13 * * *")
		hourly.Policy.Overlap, other.Policy.Overlap = overlap, overlap
		bubble(t, "2026-01-04T12:30:00Z", []Job{hourly, other}, func(w *world) {
			atWork := 0
			w.work = func(ctx context.Context, _ Job, s Slot) error {
				if atWork++; atWork > 1 {
					t.Errorf("%s: %d runs at work", s.Nominal, atWork)
				}
				defer func() { atWork-- }()
				if s.Nominal.clock().Hour() == 13 && s.Nominal.clock().Minute() == 0 {
					return sleepOr(ctx, 150*time.Minute)
				}
				return sleepOr(ctx, 10*time.Minute)
			}
			s := w.scheduler()
			w.rest(6 * time.Hour)
			same(t, string(overlap), w.disk.states("hourly"), want)
			// Another job waits its turn whatever the policy says.
			same(t, string(overlap), w.disk.states("other"), []string{"01-04T13:30 done"})
			w.stop(s)
		})
	}
}

// TestWaitingSlotMetAgain: a clock that is moved back shows a slot again that
// still waits behind another job. It overlaps with itself only.
func TestWaitingSlotMetAgain(t *testing.T) {
	t.Parallel()
	other := job(t, "other", "1 2 * * *")
	other.Policy.Overlap = OverlapSkip
	bubble(t, "2026-01-05T01:50:00Z", []Job{job(t, "night", "0 2 * * *"), other}, func(w *world) {
		w.work = func(ctx context.Context, _ Job, _ Slot) error { return sleepOr(ctx, time.Hour) }
		s := w.scheduler()
		w.rest(13 * time.Minute)
		w.move(-3 * time.Minute)
		w.rest(3 * time.Hour)
		w.stop(s)
		same(t, "runs", w.runs(), []string{"night 01-05T02:00", "other 01-05T02:01"})
		same(t, "other", w.disk.states("other"), []string{"01-05T02:01 done"})
	})
}

// TestLastDoesNotGoBackBehindABegunSlot: the slot that goes on is the last.
func TestLastDoesNotGoBackBehindABegunSlot(t *testing.T) {
	t.Parallel()
	nights := job(t, "night", "0 2 * * *")
	bubble(t, "2026-01-04T12:00:00Z", []Job{nights}, func(w *world) {
		w.stop(w.scheduler())
		w.rest(39 * time.Hour) // to the 6th, 03:00
		begun := SlotAt(nominal(t, "2026-01-06T02:00"), nights.Zone)
		if _, err := w.disk.ClaimSlot(w.t.Context(), record(nights, begun, pipeline.RunStarted, "")); err != nil {
			t.Fatal(err)
		}
		s := w.scheduler()
		w.rest(time.Minute)
		w.stop(s)
		same(t, "states", w.disk.states("night"), []string{"01-05T02:00 missed", "01-06T02:00 done"})
	})
}
