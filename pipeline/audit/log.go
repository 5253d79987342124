package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Log is the log file with the memory of its head.
type Log struct {
	Path  string
	Heads Heads // nil: nobody remembers the head
}

// maxLine bounds a line; an honest one is a few hundred bytes.
const maxLine = 64 << 10

// Append writes an event behind the last line, on the disk when it returns,
// and has the head remembered. Several processes may append at the same time:
// each waits for the others' line.
//
// A log that is found shorter than its remembered head, or whose last line is
// not sound, is not mended: a line of kind Gap says so, numbered as if nothing
// were missing, and Verify goes on naming the place.
func (l *Log) Append(ctx context.Context, e Event) (err error) {
	f, err := l.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }() // closing gives the lock back
	last, whole, err := lastLine(f)
	if err != nil {
		return l.failed(err)
	}
	known, err := l.head(ctx)
	if err != nil {
		return err
	}
	after, say := follow(last, whole, known)
	if say != "" {
		gap := Event{At: e.At, Kind: Gap, Say: say}
		if after, err = l.write(f, gap, after, !whole); err != nil {
			return err
		}
		whole = true
	}
	head, err := l.write(f, e, after, !whole)
	if err != nil || l.Heads == nil {
		return err
	}
	return l.Heads.SetAuditHead(ctx, head)
}

func (l *Log) head(ctx context.Context) (Head, error) {
	if l.Heads == nil {
		return Head{}, nil
	}
	return l.Heads.AuditHead(ctx)
}

// open opens the log for its owner only and waits for its lock.
func (l *Log) open() (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(l.Path), 0o750); err != nil {
		return nil, l.failed(err)
	}
	f, err := os.OpenFile(l.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, l.failed(err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(l.failed(err), f.Close())
		}
	}
}

func (l *Log) failed(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("audit log %s: %w; look at space and rights there, nothing is done without it", l.Path, err)
}

// follow decides behind which head the next line stands. It says what is wrong
// where the log is not what it was.
func follow(last lineEnd, whole bool, known Head) (Head, string) {
	switch {
	case !whole:
		return beyond(last, known), "the last line was not finished: a write was cut off, or somebody cut the log"
	case last.err != nil:
		return beyond(last, known), "the last line is not sound: " + last.err.Error()
	case last.head.N < known.N:
		return known, fmt.Sprintf("the log ended with line %d, the ledger remembers line %d", last.head.N, known.N)
	case last.head.N == known.N && last.head.Hash != known.Hash:
		return known, fmt.Sprintf("line %d is not the one that the ledger remembers", known.N)
	default:
		return last.head, ""
	}
}

// beyond is where to go on behind a broken line: no number comes twice.
func beyond(last lineEnd, known Head) Head {
	return Head{N: max(last.head.N, known.N), Hash: hashOf(last.text)}
}

// lineEnd is the last line of the log.
type lineEnd struct {
	head Head
	text []byte
	err  error // why it is no sound line; head.N is a count of lines then
}

// lastLine reads the last line. whole is false where its end is missing.
func lastLine(f *os.File) (last lineEnd, whole bool, err error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return lineEnd{}, true, err
	}
	tail := make([]byte, min(info.Size(), maxLine))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return lineEnd{}, false, err
	}
	whole = tail[len(tail)-1] == '\n'
	text := bytes.TrimSuffix(tail, []byte{'\n'})
	last.text = text[bytes.LastIndexByte(text, '\n')+1:]
	e, perr := parse(last.text)
	last.head, last.err = Head{e.N, e.Hash}, perr
	if perr != nil || !whole {
		last.head.N, err = countLines(f)
	}
	return last, whole, err
}

func countLines(f *os.File) (int64, error) {
	n, buf := int64(0), make([]byte, maxLine)
	for at := int64(0); ; {
		k, err := f.ReadAt(buf, at)
		n += int64(bytes.Count(buf[:k], []byte{'\n'}))
		at += int64(k)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// write appends one line in one write, and syncs it. Behind an unfinished line
// it begins with a line end.
func (l *Log) write(f *os.File, e Event, after Head, fresh bool) (Head, error) {
	e.N, e.Prev, e.At = after.N+1, after.Hash, e.At.UTC()
	text, hash, err := e.line()
	if err != nil {
		return Head{}, err
	}
	text = append(text, '\n')
	if fresh {
		text = append([]byte{'\n'}, text...)
	}
	if len(text) > maxLine {
		return Head{}, fmt.Errorf("audit event %s is longer than %d bytes; shorten the reason given", e.Kind, maxLine)
	}
	if _, err := f.Write(text); err != nil {
		return Head{}, l.failed(err)
	}
	if err := f.Sync(); err != nil {
		return Head{}, l.failed(err)
	}
	return Head{e.N, hash}, nil
}
