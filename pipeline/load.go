package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// load turns every arrival into a snapshot. A refused file is reported and
// left; one that was not ready is tried again a few times and then left for
// the next night; any other failure stops the night.
func (n *night) load(ctx context.Context, arrivals []Arrival) (string, error, error) {
	n.Progress.Start("loading lists", "rows", 0)
	defer n.Progress.Done()
	for attempt := 1; ; attempt++ {
		if err := n.loadAll(ctx, arrivals); err != nil {
			return "", nil, err
		}
		late := n.notReady()
		if len(late) == 0 || !n.again(ctx, "load", attempt, fmt.Errorf("%w: %d of %d file(s)", ErrNotReady, len(late), len(arrivals))) {
			break
		}
		var err error
		if arrivals, err = n.lookAgain(ctx, late); err != nil {
			return "", nil, err
		}
	}
	if ctx.Err() != nil {
		return "", nil, context.Cause(ctx)
	}
	n.sortFiles()
	return n.loadSummary(), n.quarantineError(), cmp.Or(n.heldError(), n.strictError())
}

// notReady names the files that were not ready at the last attempt.
func (n *night) notReady() []string {
	var names []string
	for _, f := range n.report.Files {
		if f.Outcome == OutcomeNotReady {
			names = append(names, f.File)
		}
	}
	return names
}

// lookAgain finds the files of these names as they are now. What is ready by
// now is no longer reported as waiting; what still cannot be taken is what it
// was.
func (n *night) lookAgain(ctx context.Context, names []string) ([]Arrival, error) {
	all, _, err := n.Source.Arrivals(ctx, n.opts.Datasets)
	if err != nil {
		return nil, fmt.Errorf("inbox cannot be read: %w", err)
	}
	ready := slices.DeleteFunc(all, func(a Arrival) bool { return !slices.Contains(names, a.Name) })
	n.report.Files = slices.DeleteFunc(n.report.Files, func(f FileResult) bool {
		return f.Outcome == OutcomeNotReady && slices.ContainsFunc(ready, func(a Arrival) bool { return a.Name == f.File })
	})
	return ready, nil
}

// loadAll loads several arrivals at a time.
func (n *night) loadAll(ctx context.Context, arrivals []Arrival) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan Arrival)
	var wg sync.WaitGroup
	for range max(n.Workers, 1) {
		wg.Go(func() {
			for a := range queue {
				if err := n.guarded("loading "+a.Name, func() error { return n.take(ctx, a) }); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, a := range arrivals {
		if ctx.Err() != nil {
			break
		}
		queue <- a
	}
	close(queue)
	wg.Wait()
	n.sortFiles()
	return context.Cause(ctx)
}

// take loads one delivery, writes it to the ledger and only then moves the
// file away: killed in between, the next run finds the file known and merely
// finishes the move.
func (n *night) take(ctx context.Context, a Arrival) error {
	result := FileResult{Dataset: a.Dataset, Provider: a.Provider, File: a.Name}
	if known, ok, err := n.Files.Known(ctx, a.Key()); err != nil {
		return fmt.Errorf("ledger cannot be asked about %s: %w", a.Name, err)
	} else if ok {
		result.Outcome, result.Counts = OutcomeSeen, known.Counts
		result.Reason = fmt.Sprintf("the same bytes came as %s on %s; skipped", known.Name, known.DeliveredOn)
		n.add(result)
		return n.archive(ctx, a)
	}
	rec, err := n.Loader.Load(ctx, a, n.Progress)
	rec.RunID, rec.LoadedAt = n.opts.RunID, n.Clock.Now().UTC()
	result.Counts, result.Notices = rec.Counts, rec.Notices
	switch {
	case errors.Is(err, ErrRefused):
		result.Outcome, result.Reason = OutcomeRefused, err.Error()
		rec.Status, rec.Reason = FileRefused, err.Error()
	case errors.Is(err, ErrNotReady):
		result.Outcome, result.Reason = OutcomeNotReady, err.Error()
		n.add(result)
		return nil
	case errors.Is(err, ErrHeld):
		result.Outcome, result.Reason = OutcomeHeld, strings.TrimPrefix(strings.TrimPrefix(err.Error(), ErrHeld.Error()+": "), a.Name+": ")
		n.add(result)
		return nil
	case err != nil:
		return fmt.Errorf("loading %s: %w", a.Name, err)
	default:
		result.Outcome, rec.Status = OutcomeLoaded, FileLoaded
	}
	n.add(result)
	if n.opts.DryRun {
		return nil
	}
	if err := n.Files.RecordFile(ctx, rec); err != nil {
		return fmt.Errorf("%s cannot be written to the ledger: %w", a.Name, err)
	}
	if rec.Status == FileRefused {
		return nil
	}
	return n.archive(ctx, a)
}

func (n *night) archive(ctx context.Context, a Arrival) error {
	if n.opts.DryRun {
		return nil
	}
	if err := n.Source.Archive(ctx, a); err != nil {
		return fmt.Errorf("%s cannot be archived: %w", a.Name, err)
	}
	return nil
}

func (n *night) add(f FileResult) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.report.Files = append(n.report.Files, f)
}

func (n *night) sortFiles() {
	slices.SortFunc(n.report.Files, func(a, b FileResult) int {
		if a.File < b.File {
			return -1
		}
		return 1
	})
}

func (n *night) count(outcome string) int {
	c := 0
	for _, f := range n.report.Files {
		if f.Outcome == outcome {
			c++
		}
	}
	return c
}

func (n *night) loadSummary() string {
	t := n.report.Totals()
	erased := ""
	if t.Erased > 0 {
		erased = fmt.Sprintf(" + erased %d", t.Erased)
	}
	return fmt.Sprintf("%d loaded, %d seen before, %d refused, %d not ready; rows read %d = accepted %d + quarantined %d + blank %d%s",
		n.count(OutcomeLoaded), n.count(OutcomeSeen), n.count(OutcomeRefused), n.count(OutcomeNotReady),
		t.Read, t.Accepted, t.Quarantined, t.Blank, erased)
}
