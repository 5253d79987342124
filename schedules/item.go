package schedules

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"nightjar/pipeline"
)

// lockWait is the pause before another look at a lock that another process
// holds; the jitter takes up to a quarter of it away.
const lockWait = time.Minute

// item is a slot on its way through claim, attempts and end.
type item struct {
	job      Job
	slot     Slot
	resumed  int  // how often it was begun again after its process ended
	claimed  bool // its record is ours to end
	doubt    bool // a claim of ours failed, and may have been written all the same
	attempts int
	locked   bool      // the last attempt met another run
	begun    time.Time // with its monotonic reading
	ready    time.Time // not before; with its monotonic reading
}

func (it *item) key() slotKey { return slotKey{it.job.Name, it.slot.Nominal.String()} }

// left returns what remains of the deadline, which counts from the first
// attempt. Time in which the machine sleeps does not count.
func (it *item) left() time.Duration { return it.job.Policy.Deadline - time.Since(it.begun) }

// result is how an attempt ended.
type result struct {
	it    *item
	runID string
	err   error
	cause error // why its context ended, if it did
}

// launch runs one attempt aside. Whatever the run does, a result comes back.
func (s *session) launch(it *item) {
	if it.begun.IsZero() {
		it.begun = time.Now()
	}
	it.attempts++
	s.running = it
	s.opt.Log.Info("slot started", "job", it.job.Name, "slot", it.slot.Nominal.String(), "attempt", it.attempts)
	ctx, cancel := context.WithTimeoutCause(s.runCtx, it.left(), errDeadline)
	go func() {
		res := result{it: it, err: errors.New("the run ended without a result")}
		defer func() {
			if r := recover(); r != nil {
				res.err = s.panicked(it, r)
			}
			res.cause = context.Cause(ctx)
			cancel()
			s.results <- res
		}()
		res.runID, res.err = s.opt.Run(ctx, it.job, it.slot)
	}()
}

// panicked turns a panic into the failure of its run. The value may hold what
// a list held, so only the runtime's own faults are quoted; the stack, which
// holds no values, goes to the log.
func (s *session) panicked(it *item, value any) error {
	s.opt.Log.Error("run panicked", "job", it.job.Name, "slot", it.slot.Nominal.String(), "stack", string(debug.Stack()))
	var fault runtime.Error
	if err, ok := value.(error); ok && errors.As(err, &fault) {
		return fmt.Errorf("%w: %w; the log has the place", ErrPanic, fault)
	}
	return fmt.Errorf("%w with a %T; the log has the place", ErrPanic, value)
}

// handle decides what follows an attempt: its end, or another one.
func (s *session) handle(res result) {
	it := res.it
	s.running = nil
	it.locked = errors.Is(res.err, pipeline.ErrLocked)
	if !it.locked {
		it.claimed = true // whoever else began this slot does not hold the run lock
	}
	state, reason, pause := s.next(res)
	if pause > 0 {
		s.opt.Log.Warn("slot waits", "job", it.job.Name, "slot", it.slot.Nominal.String(),
			"attempt", it.attempts, "again_in", pause.String(), "error", res.err)
		it.ready = time.Now().Add(pause)
		s.waiting = append(s.waiting, it)
		return
	}
	if s.once && res.err != nil {
		s.failures = append(s.failures, fmt.Errorf("job %s slot %s: %w", it.job.Name, it.slot.Nominal, res.err))
	}
	s.end(it, state, reason, res.runID)
}

// next returns the final state of an attempt, or the pause before another.
func (s *session) next(res result) (state pipeline.RunState, reason string, pause time.Duration) {
	it, err := res.it, res.err
	p := it.job.Policy
	switch {
	case err == nil:
		return pipeline.RunDone, "", 0
	case it.locked:
		if s.ending {
			return pipeline.RunInterrupted, "stopped while another run held the lock", 0
		}
		if it.left() > lockWait {
			return "", "", lockWait - time.Duration(s.opt.Jitter()*float64(lockWait)/4)
		}
		return SlotMissed, fmt.Sprintf("another run held the lock until the deadline of %s", span(p.Deadline)), 0
	case errors.Is(err, pipeline.ErrHeld):
		return pipeline.RunHeld, err.Error(), 0
	case errors.Is(res.cause, errDeadline):
		return pipeline.RunFailed, fmt.Sprintf("not over by its deadline of %s: %v", span(p.Deadline), err), 0
	case errors.Is(res.cause, errStopped):
		return pipeline.RunInterrupted, fmt.Sprintf("stopped: %v", err), 0
	case s.opt.Worth(err) && it.attempts <= p.Retries:
		pause = s.backoff(p, it.attempts)
		if s.ending {
			return pipeline.RunInterrupted, fmt.Sprintf("stopped before another attempt: %v", err), 0
		}
		if it.left() > pause {
			return "", "", pause
		}
		return pipeline.RunFailed, fmt.Sprintf("no time for another attempt before the deadline of %s: %v", span(p.Deadline), err), 0
	case it.attempts > 1:
		return pipeline.RunFailed, fmt.Sprintf("after %d attempts: %v", it.attempts, err), 0
	}
	return pipeline.RunFailed, err.Error(), 0
}

// backoff doubles with every attempt up to its limit; the jitter takes up to
// half of it away, so that two machines do not knock at the same door in step.
func (s *session) backoff(p Policy, attempts int) time.Duration {
	pause := p.Backoff
	for i := 1; i < attempts && pause < p.MaxBackoff; i++ {
		pause *= 2
	}
	pause = min(pause, p.MaxBackoff)
	return max(pause-time.Duration(s.opt.Jitter()*float64(pause)/2), time.Millisecond)
}

// end records how a slot ended. A slot that another process began, and whose
// lock we never got, is that process's to end.
func (s *session) end(it *item, state pipeline.RunState, reason, runID string) {
	level := s.opt.Log.Info
	if state != pipeline.RunDone {
		level = s.opt.Log.Warn
	}
	level("slot ended", "job", it.job.Name, "slot", it.slot.Nominal.String(), "state", string(state), "reason", reason)
	if !it.claimed {
		return
	}
	rec := record(it.job, it.slot, state, reason)
	rec.RunID = runID
	s.write(entry{rec: rec})
}
