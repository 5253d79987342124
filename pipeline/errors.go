package pipeline

import (
	"context"
	"errors"
	"fmt"
)

// The outcomes a caller tells apart. Wrap them; test with errors.Is.
var (
	// ErrUsage is a command used wrongly or a configuration that cannot be read.
	ErrUsage = errors.New("usage")
	// ErrQuarantine is a file above its dataset's quarantine limit, a refused
	// file, or any quarantined row under --strict.
	ErrQuarantine = errors.New("above the quarantine limit")
	// ErrHeld is a build that a blocking check keeps from being published.
	ErrHeld = errors.New("held back by a check")
	// ErrMoved is a build whose figures moved further than they may in one
	// night; it is an ErrHeld. A person releases it.
	ErrMoved = fmt.Errorf("%w: moved too far", ErrHeld)
	// ErrLocked is another run at work in the same data folder.
	ErrLocked = errors.New("another run holds the lock")
	// ErrNotReady is a file that vanished, changed or could not be read whole.
	// It is worth trying again on the next run.
	ErrNotReady = errors.New("file is not ready")
	// ErrRefused is a file that does not keep its contract. It is not worth
	// trying again until the file or the configuration changes.
	ErrRefused = errors.New("file refused")
)

// Exit codes of every command, as --help prints them.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitQuarantine  = 3
	ExitHeld        = 4
	ExitLocked      = 5
	ExitInterrupted = 130
)

// ExitCode returns the exit code that an error stands for.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, ErrUsage):
		return ExitUsage
	case errors.Is(err, ErrLocked):
		return ExitLocked
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.Is(err, ErrHeld):
		return ExitHeld
	case errors.Is(err, ErrQuarantine):
		return ExitQuarantine
	default:
		return ExitFailed
	}
}

// UserError carries two messages: a plain sentence with the next step for the
// officer, and the cause for the operator. Neither holds personal data.
type UserError struct {
	Say   string
	Hint  string
	Cause error
}

// Error joins sentence, cause and next step.
func (e *UserError) Error() string {
	s := e.Say
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	if e.Hint != "" {
		s += ". " + e.Hint
	}
	return s
}

// Unwrap returns the cause.
func (e *UserError) Unwrap() error { return e.Cause }

// RefusedError is a file that does not keep its contract, with everything that
// is wrong with it.
type RefusedError struct {
	File   string
	Issues []Issue
}

// Error returns the first reason and how many more there are.
func (e *RefusedError) Error() string {
	switch len(e.Issues) {
	case 0:
		return e.File + ": refused"
	case 1:
		return e.Issues[0].String()
	default:
		return fmt.Sprintf("%s (and %d more)", e.Issues[0], len(e.Issues)-1)
	}
}

// Is makes errors.Is(err, ErrRefused) hold.
func (e *RefusedError) Is(target error) bool { return target == ErrRefused }
