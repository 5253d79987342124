package pipeline

import (
	"errors"
	"strings"
	"syscall"
)

// roomError is an error whose cause is a full disk.
type roomError struct{ error }

// Unwrap returns what could not be written.
func (e roomError) Unwrap() error { return e.error }

// Error adds what to do.
func (e roomError) Error() string {
	return e.error.Error() + "; the disk is full: make room on it and run again. What readers see stays as it is, and lists that are loaded stay loaded"
}

// WithRoom adds what to do to an error that comes from a full disk, and
// returns every other one as it is. Engines with a disk code of their own
// only say so in words; 4874 is SQLite's for a file that cannot grow.
func WithRoom(err error) error {
	var told roomError
	if err == nil || errors.As(err, &told) {
		return err
	}
	full := errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
	text := strings.ToLower(err.Error())
	for _, words := range []string{"no space left on device", "disk is full", "disk quota exceeded", "not enough space", "failed to offload data block", "disk i/o error (4874)"} {
		full = full || strings.Contains(text, words)
	}
	if !full {
		return err
	}
	return roomError{err}
}
