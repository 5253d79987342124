package transforms

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"nightjar/pipeline"
)

// laneCount is how many models are made at the same time. One model rarely
// keeps two processors busy from its first row to its last; a second one
// beside it fills the gaps. More would compete for memory.
const laneCount = 2

// laneThreads is how many threads DuckDB gets, so that it and the lanes keep as
// many processors busy as it may use. A lane works itself at the query that it
// waits for, and all but one of DuckDB's threads help whichever asks. More
// threads than processors would take turns at the same work, for a fifth more
// processor time and later models.
func laneThreads(threads int) int { return max(threads-laneCount+1, 1) }

// lane opens a further connection to the session's instance. It shares tables
// and limits; the caller closes it.
func (s *session) lane(ctx context.Context) (*session, error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("second connection to DuckDB: %w", err)
	}
	return &session{db: s.db, conn: conn, catalog: s.catalog}, nil
}

// onLanes runs work on every lane at once and returns the first error.
func (s *session) onLanes(ctx context.Context, work func(ctx context.Context, lane *session) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
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
			if err := work(ctx, lane); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// models makes every model, each as soon as what it reads is there, and keeps
// all of them. The results stand in the order of the catalogue, whichever came
// first.
func (b *builder) models(ctx context.Context) error {
	b.out.Models = make([]pipeline.ModelResult, len(b.cat.Models))
	plan := newPlan(b.cat.Models, nil)
	plan.readers = nil // whoever asked reads them afterwards
	return b.follow(ctx, plan, func(ctx context.Context, lane *session, at int) error {
		return b.make(ctx, lane, at)
	})
}

// modelsAndChecks makes every model, checks each at once, while it is still in
// memory, saves it if it outlives the build, and drops what nobody will read
// again: all tables together need several times the memory that any model
// needs, and spilling them costs more than making them.
func (b *builder) modelsAndChecks(ctx context.Context) error {
	models, checks := b.cat.Models, b.cat.Checks
	b.progress.Start("building models", "models and checks", int64(len(models)+len(checks)))
	defer b.progress.Done()
	b.out.Models = make([]pipeline.ModelResult, len(models))
	results := make([][]pipeline.CheckResult, len(models)+len(checks))
	plan := newPlan(models, checks)
	err := b.follow(ctx, plan, func(ctx context.Context, lane *session, at int) (err error) {
		if at >= len(models) {
			results[at], err = lane.checkFile(ctx, checks[at-len(models)])
			return err
		}
		if err := b.make(ctx, lane, at); err != nil {
			return err
		}
		if b.out.Models[at].Rows, results[at], err = lane.headerChecks(ctx, models[at]); err != nil || !saved(models[at]) {
			return err
		}
		return lane.keep(ctx, models[at].Relation())
	})
	for _, r := range results {
		b.out.Checks = append(b.out.Checks, r...)
	}
	return err
}

// make makes one model, unless an earlier attempt got so far.
func (b *builder) make(ctx context.Context, lane *session, at int) error {
	m := b.cat.Models[at]
	if b.out.Models[at].Model != "" {
		return nil
	}
	if err := b.matchStage(ctx, lane, m); err != nil {
		return err
	}
	begin := time.Now() // a duration for the report, no rule hangs on it
	if err := lane.model(ctx, m); err != nil {
		return err
	}
	b.out.Models[at] = pipeline.ModelResult{Model: m.Relation(), Rows: -1, Took: time.Since(begin)}
	return nil
}

// follow carries out a plan on all lanes. A step that runs out of memory beside
// another is done again alone.
func (b *builder) follow(ctx context.Context, plan *plan, do func(ctx context.Context, lane *session, at int) error) error {
	return b.onLanes(ctx, func(ctx context.Context, lane *session) error {
		for {
			at, ok := plan.next()
			if !ok {
				return nil
			}
			err := ctx.Err()
			if err == nil {
				err = do(ctx, lane, at)
			}
			if outOfMemory(err) && ctx.Err() == nil && plan.again(at) {
				continue
			}
			if err == nil {
				err = lane.drop(ctx, plan.done(at))
			}
			if err != nil {
				plan.stop()
				return err
			}
			b.progress.Add(1)
		}
	})
}

// drop removes tables that nobody will read again.
func (s *session) drop(ctx context.Context, relations []string) error {
	for _, r := range relations {
		if err := s.exec(ctx, "DROP TABLE IF EXISTS "+r); err != nil {
			return fmt.Errorf("drop %s: %s", r, duckWords(err))
		}
	}
	return nil
}

// outOfMemory tells the error of a step that may succeed alone. The words are
// DuckDB's; what wraps them has dropped their type, because its text may quote
// a value.
func outOfMemory(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Out of Memory Error")
}
