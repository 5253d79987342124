package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"nightjar/pipeline"
)

// RunLock is the right to be the one run in a data folder.
type RunLock struct{ file *os.File }

// holder is what the lock file says about who holds it.
type holder struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
}

// Lock takes the single-writer lock at path, without waiting, and writes who
// holds it since when into the file. The lock is the operating system's
// (flock): it ends with the process, however that ends, and a lock file left
// behind means nothing. Where another process or another part of this one
// holds it, the error is pipeline.ErrLocked and names that holder.
func Lock(path string, now time.Time) (*RunLock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := flock(f); err != nil {
		defer func() { _ = f.Close() }()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, lockedBy(f)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	l := &RunLock{file: f}
	if err := l.sign(holder{PID: os.Getpid(), Started: now.UTC()}); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: write the holder's name: %w", path, err), f.Close())
	}
	return l, nil
}

// Unlock gives the lock back. The file stays: removing it would let a third
// process lock a new file while a second one still waits on the old.
func (l *RunLock) Unlock() error {
	err := errors.Join(l.file.Truncate(0), l.file.Close()) // closing releases
	if err != nil {
		return fmt.Errorf("unlock %s: %w", l.file.Name(), err)
	}
	return nil
}

// flock asks for the lock, again when a signal interrupts the question.
func flock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// sign replaces what the file says. A killed holder's longer line must not
// show behind ours.
func (l *RunLock) sign(h holder) error {
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt(append(line, '\n'), 0)
	return err
}

// lockedBy says who holds the lock. Between taking the lock and signing it the
// file is empty for a moment; then the holder stays unnamed.
func lockedBy(f *os.File) error {
	say := "the data folder is in use"
	var h holder
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err == nil && json.Unmarshal(bytes.TrimSpace(text), &h) == nil && h.PID > 0 {
		say = fmt.Sprintf("the data folder is in use by process %d since %s", h.PID, h.Started.Format(time.RFC3339))
	}
	return &pipeline.UserError{
		Say: say, Hint: "Wait for that run to end; nightjar status shows how far it is", Cause: pipeline.ErrLocked,
	}
}
