package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// look compares a build with what readers see. A figure that moved further
// than it may on its own holds the night; a person looks at it and releases
// the run, or mends the list.
func (n *night) look(ctx context.Context, b Build) (string, error) {
	if b.Path == "" {
		return "nothing to compare", nil
	}
	seen, ok, err := n.Publisher.Current(ctx)
	if err != nil {
		return "", fmt.Errorf("published folder cannot be read: %w", err)
	}
	if n.Gate == nil || !ok {
		return "nothing is published yet to compare with", nil
	}
	concerns, err := n.Gate.Look(ctx, b, seen)
	if err != nil {
		return "", fmt.Errorf("build cannot be compared with the published figures: %w", err)
	}
	n.report.Concerns = concerns
	if len(concerns) == 0 {
		return "no figure moved further than it may since run " + seen.RunID, nil
	}
	return "", fmt.Errorf("%w: %d figure(s) moved further than they may in one night, first: %s; last night's result stays; look at the figures, then: nightjar release %s",
		ErrMoved, len(concerns), concerns[0].Say, n.opts.RunID)
}

// guarded turns a panic in a part of the night into that part's failure, so
// that one list that nobody thought of cannot end the daemon.
func (n *night) guarded(part string, do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = n.panicked(part, r)
		}
	}()
	return do()
}

// panicked words a panic. Its value may hold what a list held, so only the
// runtime's own faults are quoted; the stack, which holds no values, goes to
// the log.
func (n *night) panicked(part string, value any) error {
	n.Log.Error("panic", "run", n.opts.RunID, "part", part, "stack", string(debug.Stack()))
	var fault runtime.Error
	if err, ok := value.(error); ok && errors.As(err, &fault) {
		return fmt.Errorf("%s panicked: %w; report it with the stack in the log", part, fault)
	}
	return fmt.Errorf("%s panicked with a %T; report it with the stack in the log", part, value)
}
