package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/sources"
	"nightjar/transforms"
)

// RunOptions says what a run is asked to do.
type RunOptions struct {
	Trigger  string
	Datasets []string
	DryRun   bool
	Strict   bool
	Retry    pipeline.Retry // for the steps; the zero value never tries again
	Slot     bool           // Trigger names a slot: runs of the same trigger are attempts at it
	only     string         // fingerprint of the one build that a release publishes
}

// Run carries out one night. It takes the lock of the data folder, sweeps what
// a killed run left behind, and hands over to the runner. A report without a
// run id means that the run never began.
func (a *App) Run(ctx context.Context, o RunOptions) (pipeline.RunReport, error) {
	rep, err := a.run(ctx, o)
	if !o.DryRun && rep.RunID != "" && ctx.Err() == nil {
		err = errors.Join(err, a.share(ctx)) // also after a night without news: the share may have been away
	}
	return rep, pipeline.WithRoom(errors.Join(err, a.auditRun(ctx, rep, o.Trigger)))
}

func (a *App) run(ctx context.Context, o RunOptions) (pipeline.RunReport, error) {
	for _, name := range o.Datasets {
		if !a.knows(name) {
			return pipeline.RunReport{}, fmt.Errorf("%w: no dataset %q; there are: %s", pipeline.ErrUsage, name, a.datasetNames())
		}
	}
	if err := a.makeFolders(); err != nil {
		return pipeline.RunReport{}, err
	}
	lock, err := ledger.Lock(a.lockFile(), a.Clock.Now())
	if err != nil {
		return pipeline.RunReport{}, err
	}
	defer func() { _ = lock.Unlock() }()
	book, err := a.openLedger()
	if err != nil {
		return pipeline.RunReport{}, err
	}
	defer book.Close()
	source, err := a.source(fileLedger(book, o.DryRun))
	if err != nil {
		return pipeline.RunReport{}, err
	}
	if err := errors.Join(keepFinished(a.work()), a.sweep(ctx, source)); err != nil {
		return pipeline.RunReport{}, fmt.Errorf("what a killed run left behind cannot be removed: %w", err)
	}
	attempt, err := a.attempt(ctx, book, o)
	if err != nil {
		return pipeline.RunReport{}, err
	}
	if err := a.nothingHalfErased(); err != nil {
		return pipeline.RunReport{}, err
	}
	all, dropLanding, err := a.everywhere(source, fileLedger(book, o.DryRun), o)
	if err != nil {
		return pipeline.RunReport{}, err
	}
	defer func() { _ = dropLanding() }() // of a dry run; the next one's sweep finds it
	if !o.DryRun {
		if err := a.noteRules(); err != nil {
			return pipeline.RunReport{}, err
		}
	}
	runner, clean, err := a.runner(all, book, o.DryRun)
	if err != nil {
		return pipeline.RunReport{}, err
	}
	rep, err := runner.Run(ctx, pipeline.RunOptions{
		RunID: pipeline.NewRunID(a.Clock.Now()), Trigger: o.Trigger, Datasets: o.Datasets, DryRun: o.DryRun, Strict: o.Strict, Only: o.only,
		Retry: o.Retry, Attempt: attempt,
	})
	err = withoutPlaces(&rep, err, all.Missed())
	if failedStep(rep) == "publish" { // what was built and checked waits for the next attempt
		err = errors.Join(err, keepFinished(a.work()), clean())
		return rep, err
	}
	return rep, errors.Join(err, dropFinished(a.work()), clean())
}

// attempt counts the runs for a slot, this one included.
func (a *App) attempt(ctx context.Context, book *ledger.Ledger, o RunOptions) (int, error) {
	if !o.Slot {
		return 0, nil
	}
	runs, err := book.Runs(ctx, looked)
	n := 1
	for _, r := range runs {
		if r.Trigger == o.Trigger {
			n++
		}
	}
	return n, err
}

// failedStep names the step at which a run ended; empty for one that went
// through.
func failedStep(rep pipeline.RunReport) string {
	for _, s := range rep.Steps {
		if s.State == pipeline.StepFailed {
			return s.Step
		}
	}
	return ""
}

// runner wires the parts of a night. clean removes what the run needed for
// itself.
func (a *App) runner(source pipeline.Source, book *ledger.Ledger, dryRun bool) (*pipeline.Runner, func() error, error) {
	// DuckDB keeps to the limit; our own heap gets the same, so that a night's
	// size can be foretold. It is soft: what a night needs, it gets.
	debug.SetMemoryLimit(a.cfg.Warehouse.MemoryBytes())
	erased, err := a.erasedFilter(book)
	if err != nil {
		return nil, nil, err
	}
	lake, clean := a.lake(), func() error { return transforms.Sweep(a.work()) }
	if dryRun {
		if lake, err = os.MkdirTemp(a.work(), "dry-run-"); err != nil {
			return nil, nil, fmt.Errorf("dry run: %w", err)
		}
		clean = func() error { return os.RemoveAll(lake) }
	}
	return &pipeline.Runner{
		Source: source, Loader: a.loader(lake, book, erased), Files: fileLedger(book, dryRun), Runs: book, Decisions: book,
		Warehouse: resuming{expecting{a, a.work()}, a.work(), a.goneSince}, Publisher: a.publisher(), Gate: gate{a.cfg.Hold, book},
		Clock: a.Clock, Progress: a.Progress, Log: a.Log, Workers: 2 * a.cfg.Warehouse.Threads, // while one file is synced to the disk, another is read
	}, clean, nil
}

func (a *App) publisher() *transforms.Publisher {
	return transforms.NewPublisher(transforms.PublisherOptions{
		Folder: a.published(), Restricted: a.restricted(), People: a.restricted(), Editions: a.editions(), Group: a.cfg.Publish.Group, Keep: a.cfg.Publish.Keep,
		Dictionary: a.dictionary, Clock: a.Clock, Version: a.Version,
	})
}

// sweep removes the half-made files of a run that was killed. The lock is
// ours, so nobody is still writing them.
func (a *App) sweep(ctx context.Context, source *sources.DropFolder) error {
	_, err := source.SweepArchive(ctx)
	return errors.Join(err, sources.SweepSnapshots(a.lake()), transforms.Sweep(a.work()), transforms.SweepPublished(a.published()), transforms.SweepRestricted(a.restricted(), a.published()), a.sweepPeople())
}

func (a *App) knows(dataset string) bool {
	for _, d := range a.datasets {
		if d.Name == dataset {
			return true
		}
	}
	return false
}

func (a *App) datasetNames() string {
	names := ""
	for i, d := range a.datasets {
		if i > 0 {
			names += ", "
		}
		names += d.Name
	}
	return names
}

// fileLedger is the ledger of files, which a dry run only reads.
func fileLedger(book *ledger.Ledger, dryRun bool) pipeline.FileLedger {
	if dryRun {
		return forgetful{book}
	}
	return book
}

// forgetful is a file ledger that reads and does not write, for dry runs.
type forgetful struct{ pipeline.FileLedger }

func (f forgetful) FirstSeen(_ context.Context, _, _ string, now time.Time) (time.Time, error) {
	return now, nil
}

func (f forgetful) RecordFile(context.Context, pipeline.FileRecord) error { return nil }
