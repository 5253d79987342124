package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Runner tells the story of a night: find the lists, load each into a
// snapshot, build the models aside, check them, and only then show them to
// the readers. It knows the order and the rules; the parts do the work.
type Runner struct {
	Source    Source
	Loader    Loader
	Files     FileLedger
	Runs      RunLedger
	Decisions DecisionLedger // nil: nobody reviews
	Warehouse Warehouse
	Publisher Publisher
	Gate      Gate // nil: nothing is held for its figures
	Clock     Clock
	Progress  Progress
	Log       *slog.Logger
	Workers   int // files loaded at the same time
}

// RunOptions says what a run is asked to do.
type RunOptions struct {
	RunID    string
	Trigger  string   // what started it, for the ledger
	Datasets []string // empty: all
	DryRun   bool     // read and validate, change nothing
	Strict   bool     // any quarantined row holds the night
	// Only is the fingerprint of the one build that this run may publish, for
	// a held run that a person released. Nothing is loaded then; where the
	// build has become another one, the run ends with ErrUsage.
	Only string
	// Retry is how the steps try again; the zero value never does.
	Retry Retry
	// Attempt counts the runs for the same slot, this one included; 0 for a
	// run without a slot.
	Attempt int
}

// night is one run as it goes on.
type night struct {
	*Runner
	opts   RunOptions
	report *RunReport
	mu     sync.Mutex // guards report.Files while files load in parallel
}

// Run carries out one night and reports what it did. The report is complete
// whatever the error; the error decides the exit code. The caller holds the
// lock of the data folder.
func (r *Runner) Run(ctx context.Context, opts RunOptions) (RunReport, error) {
	started := r.Clock.Now().UTC()
	n := &night{Runner: r, opts: opts, report: &RunReport{RunID: opts.RunID, State: RunStarted, DryRun: opts.DryRun, Started: started, Attempt: opts.Attempt}}
	record := RunRecord{RunID: opts.RunID, State: RunStarted, Trigger: opts.Trigger, Started: started}
	if !opts.DryRun {
		if err := r.Runs.BeginRun(ctx, record); err != nil {
			err = WithRoom(fmt.Errorf("run cannot be written to the ledger: %w", err))
			n.finish(err)
			return *n.report, err
		}
	}
	err := n.steps(ctx)
	n.finish(err)
	if opts.DryRun {
		return *n.report, err
	}
	record.State, record.Ended, record.ExitCode = n.report.State, r.Clock.Now().UTC(), n.report.ExitCode
	record.Reason, record.Report = n.report.Reason, *n.report
	// The run's last line is written even when the run itself was cancelled.
	if lerr := r.Runs.EndRun(context.WithoutCancel(ctx), record); lerr != nil {
		err = WithRoom(errors.Join(err, fmt.Errorf("end of run cannot be written to the ledger: %w", lerr)))
		n.report.Reason = err.Error()
	}
	return *n.report, err
}

// steps runs the night's steps in order and stops at the first that fails;
// the report then says which were not attempted.
func (n *night) steps(ctx context.Context) error {
	var (
		arrivals []Arrival
		build    Build
		late     error // a refused file does not stop the night, but decides its exit code
	)
	plan := []struct {
		name string
		do   func() (string, error)
	}{
		{"find", func() (s string, err error) { arrivals, s, err = n.find(ctx); return s, err }},
		{"load", func() (s string, err error) { s, late, err = n.load(ctx, arrivals); return s, err }},
		{"build", func() (s string, err error) { build, s, err = n.build(ctx); return s, err }},
		{"look", func() (string, error) { return n.look(ctx, build) }},
		{"publish", func() (string, error) { return n.publish(ctx, build) }},
	}
	switch {
	case n.opts.DryRun:
		plan = plan[:2]
	case n.opts.Only != "":
		plan = plan[2:]
	}
	var failed error
	for _, step := range plan {
		if failed != nil {
			n.report.Steps = append(n.report.Steps, StepResult{Step: step.name, State: StepNotAttempted})
			continue
		}
		begin := n.Clock.Now()
		say, attempts, err := n.try(ctx, step.name, step.do)
		err = WithRoom(err)
		result := StepResult{Step: step.name, State: StepDone, Took: n.Clock.Now().Sub(begin), Say: say}
		if attempts > 1 {
			result.Attempts = attempts
		}
		if err != nil {
			result.State, failed = StepFailed, err
			result.Say = err.Error()
		}
		n.report.Steps = append(n.report.Steps, result)
		n.Log.Info("step ended", "run", n.opts.RunID, "step", step.name, "state", result.State, "took", result.Took, "say", result.Say)
	}
	if failed != nil {
		return failed
	}
	return late
}

func (n *night) finish(err error) {
	rep := n.report
	rep.Took = n.Clock.Now().Sub(rep.Started)
	rep.ExitCode = ExitCode(err)
	switch {
	case err == nil, rep.ExitCode == ExitQuarantine && !n.opts.Strict:
		rep.State = RunDone
	case errors.Is(err, context.Canceled):
		rep.State = RunInterrupted
	case rep.ExitCode == ExitHeld, rep.ExitCode == ExitQuarantine:
		rep.State = RunHeld
	default:
		rep.State = RunFailed
	}
	if err != nil {
		rep.Reason = err.Error()
	}
}

// find lists what waits in the inbox.
func (n *night) find(ctx context.Context) ([]Arrival, string, error) {
	n.Progress.Start("looking for lists", "files", 0)
	defer n.Progress.Done()
	arrivals, waiting, err := n.Source.Arrivals(ctx, n.opts.Datasets)
	if err != nil {
		return nil, "", fmt.Errorf("inbox cannot be read: %w", err)
	}
	n.report.Waiting = waiting
	return arrivals, fmt.Sprintf("%d file(s) ready, %d thing(s) left alone", len(arrivals), len(waiting)), nil
}

// build makes the models, unless what readers see was made of the same things.
func (n *night) build(ctx context.Context) (Build, string, error) {
	in, err := n.input(ctx)
	if err != nil {
		return Build{}, "", err
	}
	if len(in.Files) == 0 {
		return Build{}, "no list has been loaded yet, so there is nothing to build", nil
	}
	n.report.AsAt = in.AsAt.String()
	current, ok, err := n.Publisher.Current(ctx)
	if err != nil {
		return Build{}, "", fmt.Errorf("published folder cannot be read: %w", err)
	}
	n.report.Fingerprint = n.Warehouse.Fingerprint(in)
	if n.opts.Only != "" && n.report.Fingerprint != n.opts.Only {
		return Build{}, "", fmt.Errorf("%w: lists, reference data or models have changed since the run was held; run a night and look at that one", ErrUsage)
	}
	if say := current.NoNews(n.report.Fingerprint); ok && say != "" {
		n.report.Published = current.Folder
		return Build{}, say, nil
	}
	debug.FreeOSMemory() // the loaders are done; the models need the room they had
	b, err := n.Warehouse.Build(ctx, in, n.Progress)
	n.noteBuild(b)
	if err != nil {
		return Build{}, "", fmt.Errorf("models cannot be built: %w", err)
	}
	if blocked := b.Blocked(); len(blocked) > 0 {
		c := blocked[0]
		return Build{}, "", fmt.Errorf("%w: %d blocking check(s) failed, first %s on %s (%d row(s)); last night's result stays; see the checks in the report",
			ErrHeld, len(blocked), c.Check, c.Model, c.Failures)
	}
	say := fmt.Sprintf("%d models, %d checks, as at %s", len(b.Models), len(b.Checks), in.AsAt)
	if b.MadeBy != "" {
		say += ", as run " + b.MadeBy + " made and checked them"
	}
	return b, say, nil
}

func (n *night) noteBuild(b Build) {
	n.report.Models, n.report.Checked, n.report.Resumed = len(b.Models), len(b.Checks), b.MadeBy
	for _, m := range b.Models {
		n.Log.Debug("model built", "model", m.Model, "rows", m.Rows, "took", m.Took)
	}
	for _, c := range b.Checks {
		if c.Failures > 0 {
			n.report.Checks = append(n.report.Checks, c)
		}
	}
}

// input gathers what the build is made of. A night knows everything that was
// delivered, so the day asked for is the day of the last delivery.
func (n *night) input(ctx context.Context) (BuildInput, error) {
	files, err := n.Files.Files(ctx)
	if err != nil {
		return BuildInput{}, fmt.Errorf("deliveries cannot be read from the ledger: %w", err)
	}
	runs, err := n.Runs.Runs(ctx, 0)
	if err != nil {
		return BuildInput{}, fmt.Errorf("runs cannot be read from the ledger: %w", err)
	}
	in := BuildInput{RunID: n.opts.RunID, Started: n.report.Started, Runs: runs}
	for _, f := range files {
		if f.Status != FileLoaded {
			in.Refused = append(in.Refused, f)
			continue
		}
		in.Files = append(in.Files, f)
		in.AsAt = max(in.AsAt, f.DeliveredOn)
	}
	in.KnownUntil = in.AsAt
	in.Decisions, err = n.decisions(ctx)
	return in, err
}

// decisions returns what reviewers decided up to now. A night knows all of it,
// also what was decided after the last delivery.
func (n *night) decisions(ctx context.Context) ([]Decision, error) {
	if n.Decisions == nil {
		return nil, nil
	}
	all, err := n.Decisions.Decisions(ctx)
	if err != nil {
		return nil, fmt.Errorf("decisions cannot be read from the ledger: %w", err)
	}
	return DecisionsInForce(all, LastDate), nil
}

// publish shows the build to the readers.
func (n *night) publish(ctx context.Context, b Build) (string, error) {
	if b.Path == "" {
		return "nothing to publish", nil
	}
	pub, err := n.Publisher.Publish(ctx, b, n.Progress)
	if err != nil {
		return "", fmt.Errorf("result cannot be published, last night's stays: %w", err)
	}
	n.report.News = true
	n.report.Published = pub.Folder
	n.report.Notices = append(n.report.Notices, pub.Notices...)
	return fmt.Sprintf("%d export(s) beside the warehouse", len(pub.Exports)), nil
}

// NewRunID names a run by its start, so that names sort by time.
func NewRunID(now time.Time) string { return now.UTC().Format("20060102T150405.000Z") }
