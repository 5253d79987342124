package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"nightjar/pipeline"
)

// Remote is a place that can be asked for lists.
type Remote interface {
	// Open reaches the place and proves who we are, and who it is. The error is
	// a *Problem.
	Open(ctx context.Context) (Session, error)
}

// Session is one visit of a place. It is used by one goroutine at a time.
type Session interface {
	// List returns what is on offer, and what stands there and cannot be.
	// datasets limits the search; empty means all.
	List(ctx context.Context, datasets []string) ([]Offer, []pipeline.Issue, error)
	// Fetch brings a list, from dst.Len() on where the place can do so; it
	// calls dst.Restart where it cannot. last is the Receipt.State of the bytes
	// that are here already, empty when there are none: a place that knows them
	// to be the newest answers NoNews. The error is a *Problem, or one of dst.
	Fetch(ctx context.Context, o Offer, last string, dst *Sink) (Receipt, error)
	// Probe asks, without moving any data, whether the lists could be had.
	Probe(ctx context.Context) []pipeline.Issue
	// Close ends the visit. What goes wrong with it changes nothing.
	Close()
}

// Offer is a list that a place has.
type Offer struct {
	Name  string // <dataset>/<provider>/<file>, or naming.Manifest
	State string // changes with the bytes, such as size and time; empty where only fetching tells
	Size  int64  // in bytes; -1 where only fetching tells
	Whole bool   // no other look is needed to know that it is not growing
}

// Receipt is what a place said of a list that was fetched.
type Receipt struct {
	State     string    // for the next Fetch's last
	Delivered time.Time // when the place says that it got the list; zero: when it was fetched
	NoNews    bool      // what is here already is the newest; dst holds nothing
}

// Sink takes the bytes of one list, up to a limit, and reckons their hash.
type Sink struct {
	file *os.File
	sum  hash.Hash
	n    int64
	max  int64
	mark string
}

// NewSink returns a sink over an empty file. More than limit bytes are
// refused with TooLarge.
func NewSink(f *os.File, limit int64) *Sink { return &Sink{file: f, sum: sha256.New(), max: limit} }

// Write implements io.Writer.
func (s *Sink) Write(p []byte) (int, error) {
	if s.n+int64(len(p)) > s.max {
		return 0, TooLarge(s.max)
	}
	n, err := s.file.Write(p)
	s.sum.Write(p[:n])
	s.n += int64(n)
	if err != nil {
		err = &diskError{err}
	}
	return n, err
}

// Len returns how many bytes are here, from the first on.
func (s *Sink) Len() int64 { return s.n }

// Limit returns how many bytes there may be.
func (s *Sink) Limit() int64 { return s.max }

// Mark returns what SetMark was told: by what a place knows the bytes that
// are here in part.
func (s *Sink) Mark() string { return s.mark }

// SetMark keeps a place's mark of the bytes for its next attempt.
func (s *Sink) SetMark(mark string) { s.mark = mark }

// Restart forgets what is here.
func (s *Sink) Restart() error {
	s.n = 0
	s.sum.Reset()
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return &diskError{err}
	}
	if err := s.file.Truncate(0); err != nil {
		return &diskError{err}
	}
	return nil
}

// finish puts the bytes on the disk, reads them back and returns their hash.
func (s *Sink) finish() (string, error) {
	if err := s.file.Sync(); err != nil {
		return "", &diskError{err}
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return "", &diskError{err}
	}
	again := sha256.New()
	n, err := io.Copy(again, s.file)
	if err != nil {
		return "", &diskError{err}
	}
	want := hex.EncodeToString(s.sum.Sum(nil))
	if n != s.n || hex.EncodeToString(again.Sum(nil)) != want {
		return "", &diskError{errors.New("what was written does not read back the same; check the disk")}
	}
	return want, nil
}

// diskError is our own disk's fault, which no other attempt at the place
// mends.
type diskError struct{ error }

// Unwrap returns the cause.
func (e *diskError) Unwrap() error { return e.error }

// Ours reports whether an error is a Sink's: our own disk's fault, to be
// returned as it is.
func Ours(err error) bool {
	var d *diskError
	return errors.As(err, &d)
}

// Size writes a number of bytes for people.
func Size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
