package schedules

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// event is something that happens to the machine.
type event struct {
	Kind string
	For  time.Duration
}

// events draws some weeks in the life of a machine.
func events(rt *rapid.T) []event {
	spans := map[string][]time.Duration{
		"live":    {time.Second, 40 * time.Minute, 5 * time.Hour, 26 * time.Hour},
		"suspend": {90 * time.Second, 7 * time.Minute, 5 * time.Hour, 50 * time.Hour},
		"forward": {time.Second, 4 * time.Minute, 61 * time.Minute, 3 * time.Hour},
		"back":    {time.Second, 4 * time.Minute, 61 * time.Minute, 3 * time.Hour},
		"stop":    {time.Second, 6 * time.Minute, 5 * time.Hour, 50 * time.Hour},
		"kill":    {time.Second, 6 * time.Minute, 5 * time.Hour, 50 * time.Hour},
	}
	one := rapid.Custom(func(t *rapid.T) event {
		kind := rapid.SampledFrom([]string{"live", "suspend", "forward", "back", "stop", "kill"}).Draw(t, "kind")
		span := rapid.SampledFrom(spans[kind]).Draw(t, "for")
		return event{kind, span + time.Duration(rapid.IntRange(0, 59).Draw(t, "seconds"))*time.Second}
	})
	return rapid.SliceOfN(one, 10, 40).Draw(rt, "events")
}

// live carries out the events. It returns the process that is alive at the end
// and how often a process was killed during a run of each slot.
func (w *world) live(list []event) (s *Scheduler, killed map[slotKey]int) {
	ended, cancel := context.WithCancel(w.t.Context())
	cancel()
	killed = map[slotKey]int{}
	m := &mortal{store: w.disk}
	s = w.schedulerOver(m)
	for _, e := range list {
		switch e.Kind {
		case "live":
			w.rest(e.For)
		case "suspend", "forward":
			w.move(e.For)
		case "back":
			w.move(-e.For)
		case "stop", "kill":
			if e.Kind == "kill" {
				m.kill()
				w.mu.Lock()
				for _, r := range w.disk.started() {
					killed[r]++
				}
				w.mu.Unlock()
			}
			_ = s.Stop(ended)
			w.rest(e.For)
			m = &mortal{store: w.disk}
			s = w.schedulerOver(m)
		}
		w.rest(10 * time.Minute)
	}
	return s, killed
}

// started lists the slots that are recorded as such.
func (s *store) started() []slotKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []slotKey
	for k, r := range s.slots {
		if r.State == "started" {
			out = append(out, k)
		}
	}
	return out
}

// TestStorm: whatever happens to machine and clock, a job that catches up with
// everything has each of its slots done, and done once. Only a slot whose
// process was killed between its work and the record of it may be done again.
func TestStorm(t *testing.T) {
	t.Parallel()
	jobs := []Job{job(t, "hourly", "30 * * * *"), job(t, "half", "0,30 1,2 * * *"), job(t, "sunday", "30 1 * * 0")}
	for i := range jobs {
		p := &jobs[i].Policy
		p.CatchUp, p.MaxAge, p.Cap, p.Deadline = CatchUpAll, lookBack, 10_000, 48*time.Hour
	}
	rapid.Check(t, func(rt *rapid.T) {
		start := rapid.SampledFrom([]string{"2026-03-27T12:00:10Z", "2026-10-23T12:00:10Z"}).Draw(rt, "start")
		list := events(rt)
		length := time.Duration(rapid.IntRange(0, 50).Draw(rt, "minutes of a run")) * time.Minute
		var fault string
		bubble(t, start, jobs, func(w *world) {
			w.work = func(ctx context.Context, _ Job, _ Slot) error { return sleepOr(ctx, length) }
			begin := w.Now()
			s, killed := w.live(list)
			w.does(nil)
			w.rest(time.Hour)
			end := w.Now()
			w.rest(time.Minute)
			w.stop(s)
			fault = w.judgeStorm(begin, end, killed)
		})
		if fault != "" {
			rt.Fatal(fault)
		}
	})
}

// judgeStorm returns what is wrong with the slots from begin to end.
func (w *world) judgeStorm(begin, end time.Time, killed map[slotKey]int) string {
	for _, j := range w.jobs {
		for _, slot := range j.Between(begin, end) {
			key := slotKey{j.Name, slot.Nominal.String()}
			if killed[key] >= maxResumes {
				continue // given up on, as TestRunThatKillsItsProcess has it
			}
			if n := w.effect[key]; n < 1 || n > 1+killed[key] {
				return fmt.Sprintf("%v was done %d times, killed %d times: %+v", key, n, killed[key], w.disk.get(key.job, key.nominal))
			}
			if r := w.disk.get(key.job, key.nominal); r.State != "done" {
				return fmt.Sprintf("%v is recorded as %q, %q", key, r.State, r.Reason)
			}
		}
	}
	for key, n := range w.effect {
		if n > 1+killed[key] {
			return fmt.Sprintf("%v was done %d times", key, n)
		}
	}
	return ""
}
