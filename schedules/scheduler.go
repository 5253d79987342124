package schedules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"nightjar/pipeline"
)

// RunFunc does the work of a slot and returns the id of its run, empty when
// none began. It must end soon after ctx does. An error that is
// pipeline.ErrLocked means that another process is at work: the slot waits.
// Doing the same slot again must be harmless, because a process may die after
// the work and before its end is recorded.
type RunFunc func(ctx context.Context, job Job, slot Slot) (runID string, err error)

// ErrPanic is a run that panicked. The panic is that run's failure only.
var ErrPanic = errors.New("the run panicked")

// Options are what a Scheduler is made of. Jobs, Run, Ledger and Memory are
// required.
type Options struct {
	Jobs   []Job
	Run    RunFunc
	Ledger pipeline.SlotLedger // EndSlot must be able to replace the record of any slot that was claimed
	Memory Memory
	// Clock is what the wall shows; the machine's clock when nil. How long
	// something lasts is never read from it, because it can be moved.
	Clock pipeline.Clock
	Log   *slog.Logger // nil: silent
	// Worth says whether an error is worth another attempt; nil means
	// pipeline.ErrNotReady only.
	Worth func(error) bool
	// Grace is how long a run at work may go on after Stop; zero cancels at once.
	Grace time.Duration
	// Jitter returns a number from 0 up to 1 that spreads retries; nil means random.
	Jitter func() float64
}

// check returns the options with their defaults, or what is missing.
func (o Options) check() (Options, error) {
	switch {
	case o.Run == nil, o.Ledger == nil, o.Memory == nil:
		return o, errors.New("scheduler: Run, Ledger and Memory are required")
	}
	seen := map[string]bool{}
	for _, j := range o.Jobs {
		if j.spec == nil {
			return o, fmt.Errorf("scheduler: job %q was not made by Parse", j.Name)
		}
		if seen[j.Name] {
			return o, fmt.Errorf("%w: two jobs are named %s; a slot would belong to both", pipeline.ErrUsage, j.Name)
		}
		seen[j.Name] = true
		if err := j.Policy.Check(); err != nil {
			return o, fmt.Errorf("job %s: %w", j.Name, err)
		}
	}
	if o.Clock == nil {
		o.Clock = pipeline.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Worth == nil {
		o.Worth = func(err error) bool { return errors.Is(err, pipeline.ErrNotReady) }
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return o, nil
}

// Scheduler runs jobs at their slots. It has the verbs of every long-lived
// part: Start, Started, Stop. After Stop it may be started again.
type Scheduler struct {
	opt Options

	mu  sync.Mutex
	cur *session // nil before the first Start
}

// New returns a scheduler, not yet started.
func New(opt Options) (*Scheduler, error) {
	opt, err := opt.check()
	if err != nil {
		return nil, err
	}
	return &Scheduler{opt: opt}, nil
}

// Start reads ledger and memory, and goes to the background. The end of ctx
// is a call of Stop that nobody waits for. It is an error to start twice.
func (s *Scheduler) Start(ctx context.Context) error {
	_, err := s.start(ctx, false)
	return err
}

func (s *Scheduler) start(ctx context.Context, once bool) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur != nil && !closed(s.cur.done) {
		return nil, errors.New("the scheduler is running already; stop it first")
	}
	cur, err := newSession(ctx, &s.opt, once)
	if err != nil {
		return nil, err
	}
	s.cur = cur
	go cur.loop(ctx.Done())
	return cur, nil
}

// Started returns a channel that is closed when the first look at the jobs is
// over: what was missed is recorded or waits for its run. Before Start it
// returns nil, which blocks.
func (s *Scheduler) Started() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur == nil {
		return nil
	}
	return s.cur.started
}

// Stop begins no new work, lets the run at work go on for the grace time, then
// cancels it, and returns when it is over and recorded. The end of ctx cuts
// the grace short, and so does a second Stop. Stopping what is not running is
// no error. An error means that the ledger could not be told how a slot ended;
// the next start finds that slot begun and begins it again.
func (s *Scheduler) Stop(ctx context.Context) error {
	s.mu.Lock()
	cur := s.cur
	if cur == nil {
		s.mu.Unlock()
		return nil
	}
	cur.stops++
	again := cur.stops > 1
	s.mu.Unlock()
	cur.askStop()
	if again {
		cur.cancel(errStopped)
	}
	select {
	case <-cur.done:
	case <-ctx.Done():
		cur.cancel(errStopped)
		<-cur.done
	}
	return cur.lost
}

// RunDue runs what is due now, catching up as the jobs say, and returns when
// nothing waits any more: the daemon's work for those who keep a clock of
// their own. Its error joins the errors of the runs. The end of ctx stops it
// as Stop would.
func (s *Scheduler) RunDue(ctx context.Context) error {
	cur, err := s.start(ctx, true)
	if err != nil {
		return err
	}
	<-cur.done
	return errors.Join(append(cur.failures, cur.lost)...)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
