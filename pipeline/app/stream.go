package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
	"nightjar/transforms"
	"nightjar/transforms/arrowfile"
)

// Stream is a published table that is asked for over HTTP.
type Stream struct {
	Table string `json:"table"` // with its schema: marts.neet_rates
	Where string `json:"where"` // condition in SQL, may be empty
}

// streamer hands out tables as Arrow IPC. An error before the first byte is
// the client's answer; one after it cuts the stream, which every reader
// notices, because its end mark is missing.
type streamer interface {
	stream(ctx context.Context, a *App, s Stream, to io.Writer) error
}

var _, _ streamer = here{}, helper{}

// stream writes the table from this process. Who asked is written to the audit
// log before the first figure goes out.
func (here) stream(ctx context.Context, a *App, s Stream, to io.Writer) error {
	path, err := a.warehouseFile(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", pipeline.ErrNotReady, err)
	}
	noted := &beforeFirst{w: to, do: func() error {
		return a.audited(ctx, audit.Event{Kind: audit.Export, By: "holder of the stream token", About: s.Table, Say: "arrow stream"})
	}}
	out := bufio.NewWriterSize(noted, 256<<10)
	if _, err := transforms.Extract(ctx, path, s.Table, s.Where, arrowfile.New(out)); err != nil {
		return err
	}
	return out.Flush()
}

// beforeFirst does something before the first byte, and lets none through when
// that fails.
type beforeFirst struct {
	w    io.Writer
	do   func() error
	done bool
}

func (b *beforeFirst) Write(p []byte) (int, error) {
	if !b.done {
		if err := b.do(); err != nil {
			return 0, err
		}
		b.done = true
	}
	return b.w.Write(p)
}

// answerStream is the helper's side: a line that says whether there is a
// stream, then its bytes.
func (h here) answerStream(ctx context.Context, a *App, s Stream, out io.Writer) error {
	said := &beforeFirst{w: out, do: func() error { return json.NewEncoder(out).Encode(answer{}) }}
	err := h.stream(ctx, a, s, said)
	if err == nil || said.done {
		return err
	}
	var ans answer
	ans.fail(err)
	return json.NewEncoder(out).Encode(ans)
}

// stream has the table written by a process of its own, which ends with the
// stream and takes its memory along.
func (h helper) stream(ctx context.Context, a *App, s Stream, to io.Writer) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	said, words := io.Pipe()
	cmd, sent, err := h.start(ctx, errand{Do: "stream", Stream: s}, a, words)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		_ = words.CloseWithError(err) // nil is the end; it never fails
		ended <- err
	}()
	lines := bufio.NewReader(said)
	line, err := lines.ReadBytes('\n')
	var ans answer
	if err == nil {
		err = json.Unmarshal(line, &ans)
	}
	if err == nil && ans.Error == "" {
		_, err = io.Copy(to, lines)
	}
	cancel() // does nothing to a helper that has said all
	_ = said.CloseWithError(io.ErrClosedPipe)
	exit := <-ended
	switch {
	case ans.Error != "":
		return ans.err()
	case err == nil:
		return nil
	}
	return fmt.Errorf("the helper process did not write the table to its end: %w", errors.Join(err, exit, sent))
}
