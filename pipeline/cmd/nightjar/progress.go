package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"nightjar/pipeline"
)

// quiet is how long a step may take before anything is said about it.
const quiet = time.Second

// progress tells a person how a long step goes on: one line rewritten in
// place on a terminal, one plain line per finished step in a pipe.
type progress struct {
	out   io.Writer
	live  bool // out is a terminal
	clock pipeline.Clock

	mu       sync.Mutex
	step     string
	unit     string
	total    int64
	done     int64
	began    time.Time
	painted  time.Time
	anything bool // the live line holds something to wipe
}

// newProgress writes to out, live when out is a terminal.
func newProgress(out io.Writer, clock pipeline.Clock) *progress {
	f, ok := out.(*os.File)
	return &progress{out: out, clock: clock, live: ok && term.IsTerminal(int(f.Fd()))}
}

// Start begins a step.
func (p *progress) Start(step, unit string, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step, p.unit, p.total, p.done = step, unit, total, 0
	p.began = p.clock.Now()
	p.painted = p.began
}

// Add counts n more units and repaints at most ten times a second.
func (p *progress) Add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	now := p.clock.Now()
	if !p.live || now.Sub(p.began) < quiet || now.Sub(p.painted) < 100*time.Millisecond {
		return
	}
	p.painted, p.anything = now, true
	fmt.Fprintf(p.out, "\r\x1b[K%s", p.line(now))
}

// Done ends the step. A step under a second leaves no trace.
func (p *progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.anything {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.anything = false
	}
	now := p.clock.Now()
	if p.step != "" && now.Sub(p.began) >= quiet {
		fmt.Fprintln(p.out, p.line(now))
	}
	p.step = ""
}

func (p *progress) line(now time.Time) string {
	took := now.Sub(p.began).Round(100 * time.Millisecond)
	switch {
	case p.total > 0:
		return fmt.Sprintf("%s: %s of %s %s, %s", p.step, grouped(p.done), grouped(p.total), p.unit, took)
	case p.done > 0:
		return fmt.Sprintf("%s: %s %s, %s", p.step, grouped(p.done), p.unit, took)
	default:
		return fmt.Sprintf("%s: %s", p.step, took)
	}
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
