package schedules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"nightjar/pipeline"
)

// wake is the longest the loop sleeps. A timer does not run while the machine
// is suspended and does not follow a moved clock; a look at the wall every
// minute does.
const wake = time.Minute

// askStop asks the loop to end. It may be called again.
func (s *session) askStop() { s.stopOnce.Do(func() { close(s.stopping) }) }

// loop is the only goroutine that decides. quit is the end of Start's context.
func (s *session) loop(quit <-chan struct{}) {
	defer close(s.done)
	defer s.cancel(errStopped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	stopping, started := s.stopping, s.started
	for {
		now := wall(s.opt.Clock)
		s.flush()
		if !s.ending {
			s.look(now)
			s.startReady(now)
		}
		if started != nil {
			close(started)
			started = nil
		}
		if s.running == nil && (s.ending || s.once && len(s.waiting) == 0) {
			s.close()
			return
		}
		timer.Reset(s.sleep(wall(s.opt.Clock)))
		select {
		case <-timer.C:
		case res := <-s.results:
			s.handle(res)
		case <-quit:
			quit = nil
			s.askStop()
		case <-stopping:
			stopping = nil
			s.ending = true
			grace := time.AfterFunc(s.opt.Grace, func() { s.cancel(errStopped) })
			defer grace.Stop()
		}
	}
}

// look finds the slots that have become due since the last look.
func (s *session) look(now time.Time) {
	if now.Before(s.last) {
		s.turnBack(now)
	}
	s.last = now
	for len(s.jobs) > 0 && s.jobs[0].due(now) {
		w := s.jobs[0]
		s.judge(w.Job, Past{Due: w.take(now), Absent: absentAsleep}, nil, now)
		rest := s.jobs[1:]
		i, _ := slices.BinarySearchFunc(rest, w, (*watch).compare)
		copy(s.jobs, rest[:i])
		s.jobs[i] = w
	}
}

// turnBack lets every job wait for its slots from here again. What the clock
// showed before it was moved back may never come true; slots that had their
// run are known to the ledger.
func (s *session) turnBack(now time.Time) {
	for _, w := range s.jobs {
		if w.since.After(now) {
			w.since = now
		}
		w.seek(later(w.since, now.Add(-onTime)))
	}
	slices.SortFunc(s.jobs, (*watch).compare)
}

// sleep returns how long nothing is due, a minute at most.
func (s *session) sleep(now time.Time) time.Duration {
	d := wake
	if !s.ending && len(s.jobs) > 0 && s.jobs[0].more {
		d = min(d, s.jobs[0].next.Instant.Sub(now))
	}
	if s.running == nil {
		for _, it := range s.waiting {
			d = min(d, time.Until(it.ready))
		}
	}
	return max(d, time.Millisecond) // a timer may come a moment before the wall does
}

// busyWith reports whether a slot of the job runs or waits.
func (s *session) busyWith(job string) bool {
	return s.running != nil && s.running.job.Name == job ||
		slices.ContainsFunc(s.waiting, func(it *item) bool { return it.job.Name == job })
}

// holds reports whether this very slot runs or waits.
func (s *session) holds(job string, n Nominal) bool {
	same := func(it *item) bool { return it.slot.Nominal == n && it.job.Name == job }
	return s.running != nil && same(s.running) || slices.ContainsFunc(s.waiting, same)
}

// enqueue lets a slot wait for its turn.
func (s *session) enqueue(it *item) {
	s.waiting = append(s.waiting, it)
	slices.SortStableFunc(s.waiting, func(a, b *item) int {
		return cmp.Or(a.slot.Instant.Compare(b.slot.Instant), cmp.Compare(a.slot.Nominal, b.slot.Nominal))
	})
}

// startReady starts the first slot that need not wait, when nothing runs.
func (s *session) startReady(now time.Time) {
	for s.running == nil {
		i := slices.IndexFunc(s.waiting, func(it *item) bool { return time.Until(it.ready) <= 0 })
		if i < 0 {
			return
		}
		it := s.waiting[i]
		s.waiting = slices.Delete(s.waiting, i, i+1)
		if !it.begun.IsZero() && it.left() <= 0 {
			s.end(it, pipeline.RunFailed, fmt.Sprintf("its turn did not come again before its deadline of %s", span(it.job.Policy.Deadline)), "")
			continue
		}
		ours, err := s.claim(it, now)
		switch {
		case err != nil:
			s.opt.Log.Error("slot cannot be recorded, so it waits", "job", it.job.Name, "slot", it.slot.Nominal.String(),
				"error", err, "hint", "see that the ledger's disk has room and can be written")
			it.ready = time.Now().Add(wake)
			s.waiting = append(s.waiting, it)
		case ours:
			s.launch(it)
		}
	}
}

// close records the slots that were begun and wait for another attempt; the
// next start goes on with them. Slots not begun have no record, and the next
// start finds them.
func (s *session) close() {
	for _, it := range s.waiting {
		if it.claimed {
			s.end(it, pipeline.RunInterrupted, "stopped while it waited for another attempt", "")
		}
	}
	s.flush()
	for _, e := range s.unsaid {
		s.lost = errors.Join(s.lost, fmt.Errorf("slot %s of job %s is %s, but the ledger could not be told; the next start looks at it again",
			e.rec.Nominal, e.rec.Job, e.rec.State))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
