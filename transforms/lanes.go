package transforms

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"nightjar/pipeline"
)

// laneCount is how many models are made at the same time. One model rarely
// keeps two processors busy from its first row to its last; a second one
// beside it fills the gaps. More would compete for memory.
const laneCount = 2

// lane opens a further connection to the session's instance. It shares tables
// and limits; the caller closes it.
func (s *session) lane(ctx context.Context) (*session, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("second connection to DuckDB: %w", err)
	}
	return &session{db: s.db, conn: conn, catalog: s.catalog}, nil
}

// onLanes runs work on every lane at once and returns the first error. take
// hands out the numbers below n, each once.
func (s *session) onLanes(ctx context.Context, work func(ctx context.Context, lane *session, take func() (int, bool)) error, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var taken atomic.Int64
	take := func() (int, bool) {
		at := int(taken.Add(1)) - 1
		return at, at < n
	}
	var wg sync.WaitGroup
	for i := range laneCount {
		lane := s
		if i > 0 {
			var err error
			if lane, err = s.lane(ctx); err != nil {
				cancel(err)
				break
			}
			defer lane.conn.Close()
		}
		wg.Go(func() {
			if err := work(ctx, lane, take); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// models makes every model, each as soon as what it reads is there. The
// results stand in the order of the catalogue, whichever came first.
func (b *builder) models(ctx context.Context) error {
	b.progress.Start("building models", "models", int64(len(b.cat.Models)))
	defer b.progress.Done()
	b.out.Models = make([]pipeline.ModelResult, len(b.cat.Models))
	plan := newPlan(b.cat.Models)
	return b.onLanes(ctx, func(ctx context.Context, lane *session, _ func() (int, bool)) error {
		err := b.work(ctx, lane, plan)
		if err != nil {
			plan.stop()
		}
		return err
	}, 0)
}

// work makes models on one lane until none is left.
func (b *builder) work(ctx context.Context, lane *session, plan *plan) error {
	for {
		at, ok := plan.next()
		if !ok {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		m := b.cat.Models[at]
		if err := b.matchStage(ctx, lane, m); err != nil {
			return err
		}
		begin := time.Now() // a duration for the report, no rule hangs on it
		if err := lane.model(ctx, m); err != nil {
			return err
		}
		// Rows are counted with the checks: a view is not run twice.
		b.out.Models[at] = pipeline.ModelResult{Model: m.Relation(), Rows: -1, Took: time.Since(begin)}
		b.progress.Add(1)
		plan.done(at)
	}
}

// plan hands out models in the catalogue's order, none before everything it
// reads is made.
type plan struct {
	mu      sync.Mutex
	changed *sync.Cond
	names   map[string]int // relation → place in the catalogue
	waits   [][]int        // what each model reads
	state   []planState
	stopped bool
}

type planState int

const (
	planWaiting planState = iota
	planAtWork
	planMade
)

func newPlan(models []Model) *plan {
	p := &plan{names: make(map[string]int, len(models)), state: make([]planState, len(models))}
	p.changed = sync.NewCond(&p.mu)
	for i, m := range models {
		p.names[m.Relation()] = i
	}
	for _, m := range models {
		var waits []int
		for _, r := range m.Reads {
			if at, ok := p.names[r]; ok {
				waits = append(waits, at)
			}
		}
		p.waits = append(p.waits, waits)
	}
	return p
}

// next returns the next model that can be made, waiting for one where others
// are at work; false when nothing is left to begin.
func (p *plan) next() (int, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if p.stopped || !slices.Contains(p.state, planWaiting) {
			return 0, false
		}
		for i, s := range p.state {
			if s == planWaiting && p.ready(i) {
				p.state[i] = planAtWork
				return i, true
			}
		}
		p.changed.Wait()
	}
}

func (p *plan) ready(i int) bool {
	for _, w := range p.waits[i] {
		if p.state[w] != planMade {
			return false
		}
	}
	return true
}

func (p *plan) done(i int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state[i] = planMade
	p.changed.Broadcast()
}

func (p *plan) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.changed.Broadcast()
}
