package schedules

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"nightjar/pipeline"
)

var (
	errStopped  = errors.New("the scheduler was stopped")
	errDeadline = errors.New("the deadline of the run passed")
)

// The two ways in which nobody meets a slot.
const (
	absentDown   = "the daemon was not running"
	absentAsleep = "the machine was asleep or its clock was moved"
)

// watch is a job with the slot it waits for.
type watch struct {
	Job
	order int       // place in the configuration
	since time.Time // slots up to here belong to nobody
	next  Slot
	more  bool // next is one
}

// seek makes the first slot after t the next.
func (w *watch) seek(t time.Time) { w.next, w.more = w.Next(t) }

// compare orders watches by the slot they wait for; those without one come
// last.
func (w *watch) compare(o *watch) int {
	if w.more != o.more {
		if w.more {
			return -1
		}
		return 1
	}
	return cmp.Or(w.next.Instant.Compare(o.next.Instant), cmp.Compare(w.order, o.order))
}

// due reports whether the next slot is.
func (w *watch) due(now time.Time) bool { return w.more && !w.next.Instant.After(now) }

// take returns the slots that are due and moves on.
func (w *watch) take(now time.Time) []Slot {
	var due []Slot
	if w.more && now.Sub(w.next.Instant) > lookBack {
		w.seek(now.Add(-lookBack)) // a clock that leapt by years
	}
	for w.due(now) {
		due = append(due, w.next)
		w.next, w.more = w.Following(w.next.Nominal)
	}
	return due
}

// session is the scheduler between one Start and its Stop. Everything but the
// channels and cancel belongs to its loop.
type session struct {
	opt    *Options
	ctx    context.Context // of ledger writes; never ends, so that the last line is written
	runCtx context.Context // of the runs
	cancel context.CancelCauseFunc

	stops    int // calls of Stop, under the scheduler's lock
	stopOnce sync.Once
	stopping chan struct{} // closed by the first Stop
	started  chan struct{}
	done     chan struct{}
	results  chan result

	jobs     []*watch  // the one with the earliest slot first
	last     time.Time // what the wall showed at the last look
	waiting  []*item
	running  *item
	ending   bool
	once     bool
	unsaid   []entry // what the ledger could not be told yet
	failures []error // of the runs, for RunDue
	lost     error   // read after done
}

func newSession(ctx context.Context, opt *Options, once bool) (*session, error) {
	now := wall(opt.Clock)
	forms := map[string]string{}
	for _, j := range opt.Jobs {
		forms[j.Name] = j.Form()
	}
	since, err := opt.Memory.InForce(ctx, forms, now)
	if err != nil {
		return nil, fmt.Errorf("scheduler: %w", err)
	}
	records, err := opt.Ledger.Slots(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("scheduler: slots of the ledger: %w", err)
	}
	s := &session{
		opt: opt, ctx: context.WithoutCancel(ctx), once: once, last: now,
		stopping: make(chan struct{}), started: make(chan struct{}), done: make(chan struct{}),
		results: make(chan result, 1),
	}
	s.runCtx, s.cancel = context.WithCancelCause(s.ctx)
	for i, j := range opt.Jobs {
		w := &watch{Job: j, order: i, since: since[j.Name]}
		w.seek(now)
		s.jobs = append(s.jobs, w)
	}
	s.judgePast(records, now)
	slices.SortFunc(s.jobs, (*watch).compare)
	return s, nil
}

// judgePast judges what lies behind the jobs at start: slots without a record,
// and slots that a process before us began and did not finish.
func (s *session) judgePast(records []pipeline.SlotRecord, now time.Time) {
	byJob := map[string]map[Nominal]pipeline.SlotRecord{}
	for _, r := range records {
		n, err := ParseNominal(r.Nominal)
		if err != nil {
			continue // not ours to judge; the claim of a slot does not depend on it
		}
		if byJob[r.Job] == nil {
			byJob[r.Job] = map[Nominal]pipeline.SlotRecord{}
		}
		byJob[r.Job][n] = r
	}
	for _, w := range s.jobs {
		known := byJob[w.Name]
		past := Past{Absent: absentDown}
		for _, slot := range w.Between(later(w.since, now.Add(-lookBack)), now) {
			if _, ok := known[slot.Nominal]; !ok {
				past.Due = append(past.Due, slot)
			}
		}
		orphans := map[Nominal]pipeline.SlotRecord{}
		for n, r := range known {
			switch {
			case carriedOut(r.State):
				past.Ran = max(past.Ran, n)
			case begun(r.State):
				if s.orphan(w, n, r, now, &past) {
					orphans[n] = r
				}
			}
		}
		slices.SortFunc(past.Due, func(a, b Slot) int { return cmp.Compare(a.Nominal, b.Nominal) })
		s.judge(w.Job, past, orphans, now)
	}
}

// orphan looks at a slot that was begun by a process that is gone, and reports
// whether the job's policy is to decide about it. Inside its deadline the slot
// was in time and goes on, whatever the policy says about catching up.
func (s *session) orphan(w *watch, n Nominal, r pipeline.SlotRecord, now time.Time, past *Past) bool {
	slot := SlotAt(n, w.Zone)
	switch {
	case decided(r):
		r.State = SlotMissed
		s.write(entry{rec: r})
	case !w.Has(n):
		s.abandon(r, "its process ended, and the job no longer has this slot")
	case resumes(r.Reason) >= maxResumes:
		s.abandon(r, fmt.Sprintf("its process ended %d times during this slot", maxResumes+1))
	case now.Sub(slot.Instant) < w.Policy.Deadline:
		s.enqueue(&item{job: w.Job, slot: slot, resumed: resumes(r.Reason) + 1})
		past.Ran = max(past.Ran, n)
	default:
		past.Due = append(past.Due, slot)
		return true
	}
	return false
}

// abandon records that a slot which was begun is not begun again. That is
// final; interrupted is not.
func (s *session) abandon(r pipeline.SlotRecord, reason string) {
	if r.State == pipeline.RunInterrupted {
		reason = r.Reason + "; not begun again, " + reason
	}
	r.State, r.Reason = pipeline.RunFailed, reason
	s.write(entry{rec: r})
}

// judge carries out the policy for the due slots of a job.
func (s *session) judge(job Job, past Past, orphans map[Nominal]pipeline.SlotRecord, now time.Time) {
	busy := s.busyWith(job.Name)
	var missed []Verdict
	for _, v := range Decide(job.Policy, past, now) {
		old, orphan := orphans[v.Slot.Nominal]
		switch {
		case s.holds(job.Name, v.Slot.Nominal): // met again after the clock was moved back
		case v.Run && orphan:
			s.enqueue(&item{job: job, slot: v.Slot, resumed: resumes(old.Reason) + 1})
		case v.Run && busy && job.Policy.Overlap == OverlapSkip:
			s.write(entry{record(job, v.Slot, SlotSkipped, "an earlier slot of the job is still at work"), true})
		case v.Run:
			s.enqueue(&item{job: job, slot: v.Slot})
		case orphan:
			s.abandon(old, "its process ended; "+v.Reason)
		default:
			missed = append(missed, v)
		}
	}
	s.recordMissed(job, missed)
}

// recordMissed writes a row for each missed slot, for the newest when there
// are very many.
func (s *session) recordMissed(job Job, missed []Verdict) {
	if extra := len(missed) - maxMissed; extra > 0 {
		missed = missed[extra:]
		missed[0].Reason += fmt.Sprintf(" (and %d slots before this one)", extra)
	}
	for _, v := range missed {
		s.write(entry{record(job, v.Slot, SlotMissed, v.Reason), true})
	}
}

// wall returns what a clock shows, without the monotonic reading that would
// hide a suspend or a moved clock from comparisons.
func wall(c pipeline.Clock) time.Time { return c.Now().Round(0).UTC() }
