package pipeline_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"nightjar/pipeline"
)

func TestAFullDiskSaysWhatToDoOnce(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, fmt.Errorf("ledger: %w", syscall.EDQUOT),
		errors.New("IO Error: Could not write file: No space left on device"), errors.New("ledger x: database or disk is full (13)"),
	} {
		got := pipeline.WithRoom(fmt.Errorf("outer: %w", pipeline.WithRoom(err)))
		if n := strings.Count(got.Error(), "make room on it"); n != 1 || !errors.Is(got, err) {
			t.Errorf("%v: says it %d times", got, n)
		}
	}
	for _, err := range []error{nil, errors.New("permission denied")} {
		if got := pipeline.WithRoom(err); !errors.Is(got, err) || got != nil && got.Error() != err.Error() {
			t.Errorf("%v became %v", err, got)
		}
	}
}
