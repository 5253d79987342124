package remote

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
)

const (
	partFolder = ".part"        // of the landing folder: what is being fetched
	memoryName = ".memory.json" // of the landing folder; the drop folder ignores names with a dot in front
)

// Options says what a place is made of. Everything but Tries, Clock and Wait
// is needed.
type Options struct {
	Remote   Remote
	Folder   string                                           // landing folder; made when it is missing
	Landed   pipeline.Source                                  // a drop folder over Folder, without settling time
	Ledger   pipeline.FileLedger                              // is told of delivery times that the place knows
	Datasets []string                                         // the datasets that there are
	MaxBytes int64                                            // largest list
	Settle   time.Duration                                    // time between two looks at what may be growing; 0 trusts every list at once
	Tries    int                                              // attempts at a line that breaks; 3 when 0
	Clock    pipeline.Clock                                   // the machine's clock when nil
	Wait     func(ctx context.Context, d time.Duration) error // a real pause when nil
}

// Place is a remote place as a source of lists. It implements
// pipeline.Source.
type Place struct {
	opt    Options
	mem    *memory
	missed error
}

var _ pipeline.Source = (*Place)(nil)

// NewPlace returns a place. It touches neither disk nor network. The error is
// pipeline.ErrUsage.
func NewPlace(o Options) (*Place, error) {
	if o.Remote == nil || o.Folder == "" || o.Landed == nil || o.Ledger == nil || len(o.Datasets) == 0 || o.MaxBytes < 1 || o.Settle < 0 {
		return nil, fmt.Errorf("%w: a place needs a remote, a landing folder, a source over it, a ledger, datasets and a size limit; give them all", pipeline.ErrUsage)
	}
	if o.Tries < 1 {
		o.Tries = 3
	}
	if o.Clock == nil {
		o.Clock = pipeline.SystemClock{}
	}
	if o.Wait == nil {
		o.Wait = pause
	}
	return &Place{opt: o}, nil
}

// Arrivals implements pipeline.Source: it fetches what is new and returns
// everything that has landed. A place that cannot be reached is an issue, and
// what landed before is returned all the same; Missed then returns the reason.
func (p *Place) Arrivals(ctx context.Context, datasets []string) ([]pipeline.Arrival, []pipeline.Issue, error) {
	for _, name := range datasets {
		if !slices.Contains(p.opt.Datasets, name) {
			return nil, nil, fmt.Errorf("%w: there is no dataset %q; there are %s", pipeline.ErrUsage, name, strings.Join(p.opt.Datasets, ", "))
		}
	}
	if err := p.prepare(); err != nil {
		return nil, nil, fmt.Errorf("landing folder %s: %w; check its rights and the disk", p.opt.Folder, err)
	}
	v := &visit{Place: p, line: line{opt: p.opt}, datasets: datasets, now: p.opt.Clock.Now().UTC().Truncate(time.Microsecond)}
	err := errors.Join(v.run(ctx), p.mem.save())
	v.line.close()
	p.missed = errors.Join(v.missed...)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("landing folder %s: %w; check its rights and the disk", p.opt.Folder, err)
	}
	list, more, err := p.opt.Landed.Arrivals(ctx, datasets)
	issues := append(v.issues, more...)
	pipeline.SortIssues(issues)
	return list, issues, err
}

// Missed returns what kept the last Arrivals from having everything that was
// on offer; nil when nothing did. It is pipeline.ErrNotReady when another
// attempt is worth it. It is not safe while Arrivals is under way.
func (p *Place) Missed() error { return p.missed }

// Archive implements pipeline.Source. The place itself is left as it is.
func (p *Place) Archive(ctx context.Context, a pipeline.Arrival) error {
	if err := p.opt.Landed.Archive(ctx, a); err != nil {
		return err
	}
	if p.mem == nil {
		p.mem = readMemory(filepath.Join(p.opt.Folder, memoryName))
	}
	p.mem.take(a.Name, a.Hash)
	if err := p.mem.save(); err != nil {
		return fmt.Errorf("what was taken cannot be noted in %s: %w; check the disk", p.opt.Folder, err)
	}
	return nil
}

// Probe asks a place, without moving any data, whether its lists could be
// had.
func Probe(ctx context.Context, r Remote) []pipeline.Issue {
	s, err := r.Open(ctx)
	if err != nil {
		return []pipeline.Issue{asProblem(err).Issue("")}
	}
	defer s.Close()
	return s.Probe(ctx)
}

// prepare makes the landing folder and removes what a killed run was
// fetching: after a power cut a half file may hold anything.
func (p *Place) prepare() error {
	part := filepath.Join(p.opt.Folder, partFolder)
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if err := os.MkdirAll(part, 0o700); err != nil {
		return err
	}
	p.mem = readMemory(filepath.Join(p.opt.Folder, memoryName))
	return nil
}

// landed is where a list lies once it is whole.
func (p *Place) landed(name string) string {
	return filepath.Join(p.opt.Folder, filepath.FromSlash(name))
}

// last returns the state of the bytes that are here; empty where they have to
// be fetched.
func (p *Place) last(name string) string {
	e := p.mem.get(name)
	if e.Taken {
		return e.State
	}
	info, err := os.Lstat(p.landed(name))
	if err != nil || info.Size() != e.Size {
		return ""
	}
	return e.State
}

// stands reports whether a list lies in the landing folder.
func (p *Place) stands(name string) bool {
	_, err := os.Lstat(p.landed(name))
	return !errors.Is(err, fs.ErrNotExist)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
