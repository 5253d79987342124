package pipeline

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Retry says how often a step of a run tries again what may be gone in a
// moment, and how long it waits before. Only what its source calls
// ErrNotReady is worth it: a share that does not answer, a file that is still
// being written. The zero Retry never waits: somebody is watching.
type Retry struct {
	Times      int           `json:"times"`
	Backoff    time.Duration `json:"backoff_ns"`     // before the second attempt; doubled with each
	MaxBackoff time.Duration `json:"max_backoff_ns"` // longest pause
}

// pause returns how long to wait after an attempt, counted from 1. The jitter,
// from 0 up to 1, takes up to half of it away, so that two programs do not
// knock at the same door in step.
func (r Retry) pause(attempt int, jitter float64) time.Duration {
	d := r.Backoff
	for i := 1; i < attempt && d < r.MaxBackoff; i++ {
		d *= 2
	}
	d = min(d, max(r.MaxBackoff, r.Backoff))
	return d - time.Duration(jitter*float64(d)/2)
}

// again waits before another attempt at a step and reports whether there is
// to be one.
func (n *night) again(ctx context.Context, step string, attempt int, why error) bool {
	if attempt > n.opts.Retry.Times || ctx.Err() != nil {
		return false
	}
	pause := n.opts.Retry.pause(attempt, rand.Float64())
	n.Log.Warn("step waits for another attempt", "run", n.opts.RunID, "step", step, "attempt", attempt, "again_in", pause, "why", why)
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// try does a step, again where its error is worth another attempt, and
// returns how many attempts it took.
func (n *night) try(ctx context.Context, step string, do func() (string, error)) (say string, attempts int, err error) {
	for attempt := 1; ; attempt++ {
		err = n.guarded("step "+step, func() (err error) { say, err = do(); return err })
		if !errors.Is(err, ErrNotReady) || !n.again(ctx, step, attempt, err) {
			return say, attempt, err
		}
	}
}
