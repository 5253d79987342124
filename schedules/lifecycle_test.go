package schedules

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nightjar/pipeline"
)

// atWork is a world in the middle of a run of three hours. It has been going
// on for the given time, and the grace is an hour.
func atWork(t *testing.T, since time.Duration, f func(w *world, s *Scheduler)) {
	t.Helper()
	bubble(t, noon, night(t), func(w *world) {
		w.work = func(ctx context.Context, _ Job, _ Slot) error { return sleepOr(ctx, 3*time.Hour) }
		s := w.scheduler()
		w.rest(14*time.Hour + since)
		w.is(firstNight, pipeline.RunStarted, "")
		f(w, s)
	})
}

func (w *world) took(want time.Duration, stop func()) {
	w.t.Helper()
	begin := time.Now()
	stop()
	if got := time.Since(begin).Round(time.Second); got != want {
		w.t.Errorf("stopping took %s, want %s", got, want)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		since  time.Duration
		stop   func(w *world, s *Scheduler)
		took   time.Duration
		state  pipeline.RunState
		reason string
	}{
		{"lets the run end", 150 * time.Minute, func(w *world, s *Scheduler) { w.stop(s) },
			30 * time.Minute, pipeline.RunDone, ""},
		{"cancels after the grace", time.Hour, func(w *world, s *Scheduler) { w.stop(s) },
			time.Hour, pipeline.RunInterrupted, "stopped: context canceled"},
		{"cancels when its context ends", time.Hour, func(w *world, s *Scheduler) {
			ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Minute)
			defer cancel()
			if err := s.Stop(ctx); err != nil {
				t.Error(err)
			}
		}, 10 * time.Minute, pipeline.RunInterrupted, "stopped"},
		{"cancels at the second call", time.Hour, func(w *world, s *Scheduler) {
			first := make(chan error)
			go func() { first <- s.Stop(w.t.Context()) }()
			w.rest(5 * time.Minute)
			w.stop(s)
			if err := <-first; err != nil {
				t.Error(err)
			}
		}, 5 * time.Minute, pipeline.RunInterrupted, "stopped"},
	}
	for _, c := range cases {
		atWork(t, c.since, func(w *world, s *Scheduler) {
			w.took(c.took, func() { c.stop(w, s) })
			w.is(firstNight, c.state, c.reason)
			w.took(0, func() { w.stop(s); w.stop(s) })
		})
	}
}

func TestEndOfStartsContextIsAStopWithGrace(t *testing.T) {
	t.Parallel()
	bubble(t, noon, night(t), func(w *world) {
		w.work = func(ctx context.Context, _ Job, _ Slot) error { return sleepOr(ctx, 3*time.Hour) }
		ctx, cancel := context.WithCancel(w.t.Context())
		defer cancel()
		s := w.fresh(w.disk)
		if err := s.Start(ctx); err != nil {
			t.Fatal(err)
		}
		w.rest(14*time.Hour + 150*time.Minute)
		cancel()
		synctest.Wait()
		w.took(30*time.Minute, func() { w.stop(s) }) // the first Stop is not yet the second
		w.is(firstNight, pipeline.RunDone, "")
	})
}

func TestStopWaitsForNoNewWork(t *testing.T) {
	t.Parallel()
	jobs := append(night(t), job(t, "other", "30 2 * * *"))
	bubble(t, noon, jobs, func(w *world) {
		w.work = func(ctx context.Context, _ Job, _ Slot) error { return sleepOr(ctx, 3*time.Hour) }
		s := w.scheduler()
		w.rest(14*time.Hour + 150*time.Minute) // other waits since 02:30
		w.stop(s)
		same(t, "runs", w.runs(), []string{"night 01-05T02:00"})
		if r := w.disk.get("other", "2026-01-05T02:30"); r.State != "" {
			t.Errorf("what never began is recorded as %q", r.State)
		}
		s = w.scheduler()
		w.rest(4 * time.Hour)
		w.stop(s)
		same(t, "runs", w.runs(), []string{"night 01-05T02:00", "other 01-05T02:30"})
	})
}

func TestStartStopStart(t *testing.T) {
	t.Parallel()
	bubble(t, noon, night(t), func(w *world) {
		s := w.fresh(w.disk)
		if s.Started() != nil {
			t.Error("started before Start")
		}
		w.stop(s) // not running: no error
		for range 3 {
			if err := s.Start(w.t.Context()); err != nil {
				t.Fatal(err)
			}
			<-s.Started()
			if err := s.Start(w.t.Context()); err == nil || !strings.Contains(err.Error(), "running already") {
				t.Errorf("second start: %v", err)
			}
			w.rest(24 * time.Hour)
			w.stop(s)
			w.stop(s)
		}
		same(t, "runs", w.runs(), []string{"night 01-05T02:00", "night 01-06T02:00", "night 01-07T02:00"})
	})
}

// TestInterruptedSlotGoesOn: what a stop cut short, the next start takes up
// again, also where the job does not catch up.
func TestInterruptedSlotGoesOn(t *testing.T) {
	t.Parallel()
	atWork(t, time.Hour, func(w *world, s *Scheduler) {
		w.jobs[0].Policy.CatchUp = CatchUpNone
		ctx, cancel := context.WithCancel(w.t.Context())
		cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
		w.rest(2 * time.Hour)
		s = w.scheduler()
		w.is(firstNight, pipeline.RunStarted, "begun again after its process ended (time 1)")
		w.rest(4 * time.Hour)
		w.is(firstNight, pipeline.RunDone, "")
		w.stop(s)
	})
}

func TestStopBetweenAttempts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		reason string
	}{
		"retry": {pipeline.ErrNotReady, "stopped while it waited for another attempt"},
		"lock":  {pipeline.ErrLocked, "stopped while it waited for another attempt"},
	} {
		bubble(t, noon, night(t), func(w *world) {
			w.work = func(context.Context, Job, Slot) error { return c.err }
			s := w.scheduler()
			w.rest(14*time.Hour + 10*time.Second)
			w.took(0, func() { w.stop(s) })
			w.is(firstNight, pipeline.RunInterrupted, c.reason)
			w.work = nil
			s = w.scheduler()
			w.rest(time.Minute)
			w.stop(s)
			if w.disk.get("night", firstNight).State != pipeline.RunDone {
				t.Errorf("%s: not taken up again", name)
			}
		})
	}
}

func TestStopSaysWhatItCouldNotRecord(t *testing.T) {
	t.Parallel()
	atWork(t, time.Hour, func(w *world, s *Scheduler) {
		w.disk.broken(errDisk)
		err := s.Stop(w.t.Context())
		if err == nil || !strings.Contains(err.Error(), "slot 2026-01-05T02:00 of job night is interrupted") {
			t.Errorf("stop: %v", err)
		}
		w.disk.broken(nil)
		s = w.scheduler()
		w.rest(4 * time.Hour)
		w.is(firstNight, pipeline.RunDone, "")
		w.stop(s)
	})
}

// TestRunThatKillsItsProcess: a slot that ends its process every time is begun
// again a few times, then left, and the next night has its turn.
func TestRunThatKillsItsProcess(t *testing.T) {
	t.Parallel()
	bubble(t, noon, night(t), func(w *world) {
		w.work = func(ctx context.Context, _ Job, s Slot) error {
			if s.Nominal.String() == firstNight {
				return sleepOr(ctx, time.Hour)
			}
			return nil
		}
		ended, cancel := context.WithCancel(w.t.Context())
		cancel()
		var last *Scheduler
		for i := range 8 {
			m := &mortal{store: w.disk}
			s := w.schedulerOver(m)
			if i == 0 {
				w.rest(14 * time.Hour)
			}
			w.rest(time.Minute)
			if i < 7 {
				m.kill()
				_ = s.Stop(ended)
			}
			last = s
		}
		w.is(firstNight, pipeline.RunFailed, "its process ended 6 times during this slot")
		if n := len(w.runs()); n != 6 {
			t.Errorf("begun %d times, want 6", n)
		}
		w.rest(24 * time.Hour)
		w.is("2026-01-06T02:00", pipeline.RunDone, "")
		w.stop(last)
	})
}

// TestOldBegunSlots: a slot found begun after its deadline is a matter of
// catching up.
func TestOldBegunSlots(t *testing.T) {
	t.Parallel()
	for policy, want := range map[CatchUp]pipeline.RunState{
		CatchUpNone: pipeline.RunFailed, CatchUpLast: pipeline.RunDone, CatchUpAll: pipeline.RunDone,
	} {
		atWork(t, time.Hour, func(w *world, s *Scheduler) {
			m := w.disk.get("night", firstNight) // as a killed process leaves it
			w.stop(s)
			if err := w.disk.EndSlot(w.t.Context(), m); err != nil {
				t.Fatal(err)
			}
			w.jobs[0].Policy.CatchUp, w.work = policy, nil
			w.rest(10 * time.Hour)
			s = w.scheduler()
			w.rest(time.Minute)
			w.stop(s)
			w.is(firstNight, want, map[pipeline.RunState]string{
				pipeline.RunFailed: "its process ended; the daemon was not running, and the job does not catch up",
			}[want])
		})
	}
}

func TestBegunSlotOfAnotherForm(t *testing.T) {
	t.Parallel()
	atWork(t, time.Hour, func(w *world, s *Scheduler) {
		m := w.disk.get("night", firstNight)
		w.stop(s)
		if err := w.disk.EndSlot(w.t.Context(), m); err != nil {
			t.Fatal(err)
		}
		w.jobs = []Job{job(t, "night", "0 4 * * *")}
		s = w.scheduler()
		w.rest(time.Minute)
		w.stop(s)
		w.is(firstNight, pipeline.RunFailed, "the job no longer has this slot")
	})
}

// TestDeathBetweenTheTwoWritesOfAMissedSlot: such a slot is no begun one.
func TestDeathBetweenTheTwoWritesOfAMissedSlot(t *testing.T) {
	t.Parallel()
	jobs := night(t)
	jobs[0].Policy.CatchUp = CatchUpNone
	bubble(t, noon, jobs, func(w *world) {
		w.stop(w.scheduler())
		w.rest(15 * time.Hour)
		w.disk.limit = 1 // the claim is written, the end is not
		_ = w.scheduler().Stop(w.t.Context())
		w.is(firstNight, pipeline.RunStarted, absentDown)
		w.disk.broken(nil)
		w.stop(w.scheduler())
		w.is(firstNight, SlotMissed, absentDown)
		if len(w.runs()) > 0 {
			t.Errorf("ran %q", w.runs())
		}
	})
}

// TestTwoDaemons share a ledger and the lock of the data folder for a month in
// which either is restarted now and then.
func TestTwoDaemons(t *testing.T) {
	t.Parallel()
	hourly := job(t, "hourly", "0 * * * *")
	hourly.Policy.CatchUp, hourly.Policy.MaxAge, hourly.Policy.Cap = CatchUpAll, lookBack, 100
	bubble(t, noon, append(night(t), hourly), func(w *world) {
		w.grace = 10 * time.Minute
		// Without jitter the one looks again in the very instant in which the
		// other's run has ended and its end is not yet recorded.
		w.jitter = rand.Float64
		var lock sync.Mutex
		w.work = func(ctx context.Context, _ Job, _ Slot) error {
			if !lock.TryLock() {
				return pipeline.ErrLocked
			}
			defer lock.Unlock()
			return sleepOr(ctx, 25*time.Minute)
		}
		both := []*Scheduler{w.scheduler(), w.scheduler()}
		begin := w.Now()
		for day := range 30 {
			w.rest(24*time.Hour + time.Duration(day)*7*time.Minute)
			i := day % 2
			w.stop(both[i])
			both[i] = w.scheduler()
		}
		w.rest(5 * time.Hour)
		end := w.Now()
		w.rest(2 * time.Hour)
		w.stop(both[0])
		w.stop(both[1])
		for _, j := range w.jobs {
			for _, slot := range j.Between(begin, end) {
				if n := w.effect[slotKey{j.Name, slot.Nominal.String()}]; n != 1 {
					t.Errorf("%s %s was done %d times", j.Name, slot.Nominal, n)
				}
			}
		}
		if states := w.disk.states("night"); slices.ContainsFunc(states, func(s string) bool { return !strings.HasSuffix(s, " done") }) {
			t.Errorf("states %q", states)
		}
	})
}
