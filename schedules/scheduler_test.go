package schedules

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

const noon = "2026-01-04T12:00:00Z"

// firstNight is the slot that the worlds below begin before.
const firstNight = "2026-01-05T02:00"

func night(t testing.TB) []Job { return []Job{job(t, "night", "0 2 * * *")} }

func (w *world) is(nominal string, state pipeline.RunState, reason string) {
	w.t.Helper()
	r := w.disk.get("night", nominal)
	if r.State != state || !strings.Contains(r.Reason, reason) {
		w.t.Errorf("%s is %q, %q; want %q, %q", nominal, r.State, r.Reason, state, reason)
	}
}

func TestRecordedBeforeItStarts(t *testing.T) {
	t.Parallel()
	bubble(t, noon, night(t), func(w *world) {
		w.work = func(context.Context, Job, Slot) error {
			w.is(firstNight, pipeline.RunStarted, "")
			return nil
		}
		s := w.scheduler()
		w.rest(24 * time.Hour)
		w.stop(s)
		w.is(firstNight, pipeline.RunDone, "")
		if id := w.disk.get("night", firstNight).RunID; id != "run-"+firstNight {
			t.Errorf("run id %q", id)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	bubble(t, noon, nil, func(w *world) {
		good := Options{Run: w.run, Ledger: w.disk, Memory: w.mind}
		bad := map[string]func(*Options){
			"required":  func(o *Options) { o.Run = nil },
			"Ledger":    func(o *Options) { o.Ledger = nil },
			"Memory":    func(o *Options) { o.Memory = nil },
			"Parse":     func(o *Options) { o.Jobs = []Job{{Name: "a"}} },
			"two jobs":  func(o *Options) { o.Jobs = append(night(t), night(t)...) },
			"job night": func(o *Options) { o.Jobs = night(t); o.Jobs[0].Policy.Deadline = 0 },
		}
		for want, spoil := range bad {
			o := good
			spoil(&o)
			if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", want, err)
			}
		}
		if _, err := New(good); err != nil {
			t.Error(err)
		}
	})
}

// cases is a list whose first panics when there is none.
type cases []error

func (c cases) first() error { return c[0] }

func TestFailures(t *testing.T) {
	t.Parallel()
	secret := errors.New("a cell that holds Jane Doe")
	table := []struct {
		name   string
		err    func() error
		state  pipeline.RunState
		reason string
	}{
		{"failure", func() error { return errors.New("no such folder") }, pipeline.RunFailed, "no such folder"},
		{"held", func() error { return fmt.Errorf("grain: %w", pipeline.ErrHeld) }, pipeline.RunHeld, "grain"},
		{"quarantine", func() error { return pipeline.ErrQuarantine }, pipeline.RunFailed, "quarantine limit"},
		{"someone's cancel", func() error { return context.Canceled }, pipeline.RunFailed, "canceled"},
		{"runtime panic", func() error { return cases(nil).first() }, pipeline.RunFailed, "index out of range"},
		{"panic with a value", func() error { panic(secret) }, pipeline.RunFailed, "the run panicked with a *errors.errorString"},
	}
	for _, c := range table {
		bubble(t, noon, night(t), func(w *world) {
			broken := true
			w.work = func(context.Context, Job, Slot) error {
				if broken {
					broken = false
					return c.err()
				}
				return nil
			}
			s := w.scheduler()
			w.rest(48 * time.Hour)
			w.stop(s)
			w.is(firstNight, c.state, c.reason)
			w.is("2026-01-06T02:00", pipeline.RunDone, "")
			if strings.Contains(w.disk.get("night", firstNight).Reason, "Jane") {
				t.Errorf("%s: the reason quotes a panic's value", c.name)
			}
		})
	}
}

func TestRunThatLeavesItsGoroutine(t *testing.T) {
	t.Parallel()
	bubble(t, noon, night(t), func(w *world) {
		w.work = func(context.Context, Job, Slot) error {
			runtime.Goexit()
			return nil
		}
		s := w.scheduler()
		w.rest(24 * time.Hour)
		w.stop(s)
		w.is(firstNight, pipeline.RunFailed, "the run ended without a result")
	})
}

func TestRetries(t *testing.T) {
	t.Parallel()
	busy, broken := errors.New("host is busy"), errors.New("no such host")
	cases := []struct {
		name   string
		errs   []error // of the attempts; then none
		change func(*Policy)
		after  []time.Duration // of the attempts since the slot
		state  pipeline.RunState
		reason string
	}{
		{"worth it", []error{busy, busy}, func(*Policy) {}, []time.Duration{0, 1, 3}, pipeline.RunDone, ""},
		{"given up", []error{busy, busy, busy, busy, busy}, func(*Policy) {}, []time.Duration{0, 1, 3, 7}, pipeline.RunFailed, "after 4 attempts: host is busy"},
		{"limit", []error{busy, busy, busy}, func(p *Policy) { p.MaxBackoff = 3 * time.Minute }, []time.Duration{0, 1, 3, 6}, pipeline.RunDone, ""},
		{"not worth it", []error{broken}, func(*Policy) {}, []time.Duration{0}, pipeline.RunFailed, "no such host"},
		{"then not worth it", []error{busy, broken}, func(*Policy) {}, []time.Duration{0, 1}, pipeline.RunFailed, "after 2 attempts: no such host"},
		{"no retries", []error{busy}, func(p *Policy) { p.Retries = 0 }, []time.Duration{0}, pipeline.RunFailed, "host is busy"},
		{"no time", []error{busy, busy}, func(p *Policy) { p.Deadline = 150 * time.Second }, []time.Duration{0, 1}, pipeline.RunFailed, "no time for another attempt before the deadline of 2m30s"},
	}
	for _, c := range cases {
		jobs := night(t)
		c.change(&jobs[0].Policy)
		bubble(t, noon, jobs, func(w *world) {
			left := c.errs
			w.worth = func(err error) bool { return errors.Is(err, busy) }
			w.work = func(context.Context, Job, Slot) (err error) {
				if len(left) > 0 {
					err, left = left[0], left[1:]
				}
				return err
			}
			s := w.scheduler()
			w.rest(20 * time.Hour)
			w.stop(s)
			var after []time.Duration
			for _, r := range w.ran {
				after = append(after, r.wall.Sub(at(t, firstNight+":00Z")).Round(time.Second)/time.Minute)
			}
			if !slices.Equal(after, c.after) {
				t.Errorf("%s: attempts after minutes %d, want %d", c.name, after, c.after)
			}
			w.is(firstNight, c.state, c.reason)
		})
	}
}

func TestBackoffSpreads(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	for jitter, want := range map[float64][]time.Duration{
		0:   {60, 120, 240, 480, 960, 1800, 1800},
		0.5: {45, 90, 180, 360, 720, 1350, 1350},
	} {
		s := &session{opt: &Options{Jitter: func() float64 { return jitter }}}
		for i, w := range want {
			if got := s.backoff(p, i+1); got != w*time.Second {
				t.Errorf("jitter %v, attempt %d: %s, want %s", jitter, i+1, got, w*time.Second)
			}
		}
	}
}

func TestRetryLetsOtherJobsThrough(t *testing.T) {
	t.Parallel()
	bubble(t, noon, append(night(t), job(t, "other", "1 2 * * *")), func(w *world) {
		failed := false
		w.work = func(_ context.Context, j Job, _ Slot) error {
			if j.Name == "night" && !failed {
				failed = true
				return pipeline.ErrNotReady // worth it by default
			}
			return nil
		}
		w.jobs[0].Policy.Backoff = 10 * time.Minute
		s := w.scheduler()
		w.rest(20 * time.Hour)
		w.stop(s)
		same(t, "runs", w.runs(), []string{"night 01-05T02:00", "other 01-05T02:01", "night 01-05T02:00"})
	})
}

func TestLockedSlotWaits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		held   time.Duration
		tries  int
		state  pipeline.RunState
		reason string
	}{
		{90 * time.Second, 3, pipeline.RunDone, ""},
		{time.Hour, 61, pipeline.RunDone, ""},
		{24 * time.Hour, 119, SlotMissed, "another run held the lock until the deadline of 2h"},
	} {
		jobs := night(t)
		jobs[0].Policy.Deadline = 2 * time.Hour
		bubble(t, noon, jobs, func(w *world) {
			free := w.Now().Add(14*time.Hour + c.held)
			w.work = func(context.Context, Job, Slot) error {
				if w.Now().Before(free) {
					return fmt.Errorf("take the lock: %w", pipeline.ErrLocked)
				}
				return nil
			}
			s := w.scheduler()
			w.rest(20 * time.Hour)
			w.stop(s)
			w.is(firstNight, c.state, c.reason)
			if n := len(w.runs()); n < c.tries-1 || n > c.tries+1 {
				t.Errorf("locked for %s: %d tries, want about %d", c.held, n, c.tries)
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	bubble(t, noon, night(t), func(w *world) {
		w.work = func(ctx context.Context, _ Job, _ Slot) error { return sleepOr(ctx, 7*time.Hour) }
		s := w.scheduler()
		w.rest(14*time.Hour + 6*time.Hour + time.Second)
		w.is(firstNight, pipeline.RunFailed, "not over by its deadline of 6h")
		w.stop(s)
	})
}

func TestTurnThatComesAfterTheDeadline(t *testing.T) {
	t.Parallel()
	long := job(t, "long", "1 2 * * *")
	long.Policy.Deadline = 20 * time.Hour
	bubble(t, noon, append(night(t), long), func(w *world) {
		w.work = func(ctx context.Context, j Job, _ Slot) error {
			if j.Name == "long" {
				return sleepOr(ctx, 10*time.Hour)
			}
			return pipeline.ErrNotReady
		}
		w.jobs[0].Policy.Backoff, w.jobs[0].Policy.MaxBackoff = 10*time.Minute, 10*time.Minute
		s := w.scheduler()
		w.rest(30 * time.Hour)
		w.stop(s)
		w.is(firstNight, pipeline.RunFailed, "its turn did not come again before its deadline of 6h")
	})
}

func TestLedgerThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	bubble(t, noon, append(night(t), job(t, "other", "0 5 * * *")), func(w *world) {
		s := w.scheduler()
		w.rest(13 * time.Hour)
		w.disk.broken(errDisk)
		w.rest(2 * time.Hour) // 02:00 comes and may not start unrecorded
		if len(w.runs()) != 0 {
			t.Fatalf("ran unrecorded: %q", w.runs())
		}
		w.disk.broken(nil)
		w.rest(2 * time.Minute)
		same(t, "runs", w.runs(), []string{"night 01-05T02:00"})
		// The disk fills up while a run is at work: its end is told later.
		w.does(func(context.Context, Job, Slot) error { w.disk.broken(errDisk); return nil })
		w.rest(3 * time.Hour)
		if r := w.disk.get("other", "2026-01-05T05:00"); r.State != pipeline.RunStarted {
			t.Errorf("it is %q", r.State)
		}
		w.disk.broken(nil)
		w.rest(2 * time.Minute)
		if r := w.disk.get("other", "2026-01-05T05:00"); r.State != pipeline.RunDone || r.RunID == "" {
			t.Errorf("it is %q of run %q", r.State, r.RunID)
		}
		w.stop(s)
	})
}

func TestClaimThatIsWrittenButReportsAnError(t *testing.T) {
	t.Parallel()
	bubble(t, noon, night(t), func(w *world) {
		w.disk.lossy = true
		s := w.scheduler()
		w.rest(15 * time.Hour)
		w.stop(s)
		same(t, "runs", w.runs(), []string{"night 01-05T02:00"})
		w.is(firstNight, pipeline.RunDone, "")
	})
}

func TestStartFailsWithoutItsLedger(t *testing.T) {
	t.Parallel()
	bubble(t, noon, night(t), func(w *world) {
		w.disk.broken(errDisk)
		s := w.fresh(w.disk)
		if err := s.Start(w.t.Context()); !errors.Is(err, errDisk) {
			t.Errorf("start: %v", err)
		}
		w.disk.broken(nil)
		if err := s.Start(w.t.Context()); err != nil {
			t.Errorf("start: %v", err)
		}
		w.stop(s)
	})
}

func TestRunDue(t *testing.T) {
	t.Parallel()
	bubble(t, noon, append(night(t), job(t, "other", "0 3 * * *")), func(w *world) {
		s := w.fresh(w.disk)
		if err := s.RunDue(w.t.Context()); err != nil || len(w.runs()) != 0 {
			t.Fatalf("the first time: %v, ran %q", err, w.runs())
		}
		w.rest(24 * time.Hour)
		w.work = func(_ context.Context, j Job, _ Slot) error {
			if j.Name == "night" {
				return pipeline.ErrHeld
			}
			return nil
		}
		err := s.RunDue(w.t.Context())
		if !errors.Is(err, pipeline.ErrHeld) || pipeline.ExitCode(err) != pipeline.ExitHeld {
			t.Errorf("error %v", err)
		}
		same(t, "runs", w.runs(), []string{"night 01-05T02:00", "other 01-05T03:00"})
		if err := s.RunDue(w.t.Context()); err != nil || len(w.runs()) != 2 {
			t.Errorf("again: %v, ran %q", err, w.runs())
		}
	})
}
