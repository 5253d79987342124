package audit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Break is the first place where the log is not what was written.
type Break struct {
	Line int64  `json:"line"` // as a text editor numbers it
	Say  string `json:"say"`
}

// Verdict is what Verify found.
type Verdict struct {
	Lines  int64  `json:"lines"`
	Head   Head   `json:"head"` // last sound line; keep its hash elsewhere to notice a log written anew
	Broken *Break `json:"broken,omitempty"`
}

// Verify reads the whole log and names the first line that was changed, added,
// moved or is missing. A log that is one line ahead of its remembered head is
// sound: the process was stopped between the two.
func (l *Log) Verify(ctx context.Context) (Verdict, error) {
	known, err := l.head(ctx)
	if err != nil {
		return Verdict{}, err
	}
	var v Verdict
	err = l.lines(ctx, func(text []byte, whole bool) bool {
		v.Lines++
		e, err := parse(text)
		switch {
		case err != nil:
		case e.N != v.Head.N+1:
			err = fmt.Errorf("it has number %d where %d belongs: lines are missing or in another order", e.N, v.Head.N+1)
		case e.Prev != v.Head.Hash:
			err = errors.New("it does not follow the line before")
		case e.N == known.N && e.Hash != known.Hash:
			err = errors.New("it is not the line that the ledger remembers under this number")
		case !whole:
			err = errors.New("its end is missing")
		}
		if err != nil {
			v.Broken = &Break{v.Lines, err.Error()}
			return false
		}
		v.Head = Head{e.N, e.Hash}
		return true
	})
	if err == nil && v.Broken == nil && v.Head.N < known.N {
		v.Broken = &Break{v.Lines + 1, fmt.Sprintf("the log ends after line %d, the ledger remembers line %d: its end is cut off", v.Lines, known.N)}
	}
	return v, err
}

// Read hands out the events in their order. Lines that are no events are left
// out: Verify names them.
func (l *Log) Read(ctx context.Context, each func(Event)) error {
	return l.lines(ctx, func(text []byte, _ bool) bool {
		if e, err := parse(text); err == nil {
			each(e)
		}
		return true
	})
}

// lines hands out every line until told to stop; a log that is not there has
// none. whole is false for a last line without its end.
func (l *Log) lines(ctx context.Context, each func(text []byte, whole bool) bool) error {
	f, err := os.Open(l.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return l.failed(err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, maxLine)
	for {
		text, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			each(text, false) // longer than any line; no need to see the rest
			return ctx.Err()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return l.failed(err)
		}
		if len(text) > 0 && !each(bytes.TrimSuffix(text, []byte{'\n'}), err == nil) || err != nil {
			return ctx.Err()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
