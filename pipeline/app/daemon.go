package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/schedules"
)

// grace is how long a run that is at work may go on after the daemon is told
// to stop. The models of a council take seconds, a national year minutes.
const grace = 15 * time.Minute

// jobs parses the planned jobs; every problem names its field.
func (a *App) jobs() ([]schedules.Job, []string) {
	var jobs []schedules.Job
	var problems []string
	for i, j := range a.cfg.Jobs {
		job, err := schedules.Parse(j.Name, j.Cron, a.cfg.Location(), schedules.Window{})
		if err != nil {
			problems = append(problems, fmt.Sprintf("jobs[%d]: %v", i, err))
			continue
		}
		job.Datasets = j.Datasets
		jobs = append(jobs, job)
	}
	return jobs, problems
}

// Daemon runs every planned slot once until ctx ends. It proves what it
// depends on before it goes to wait: configuration, folders, ledger, models.
// The end of ctx lets a run at work come to its end; a second signal cancels
// it.
func (a *App) Daemon(ctx context.Context) error {
	jobs, problems := a.jobs()
	if len(problems) > 0 {
		return fmt.Errorf("%w: %s; see: nightjar check", pipeline.ErrUsage, problems[0])
	}
	if len(jobs) == 0 {
		return fmt.Errorf("%w: no job is planned; add one under jobs in %s, such as {name: night, cron: \"30 2 * * *\"}", pipeline.ErrUsage, a.ConfigPath)
	}
	if err := a.prove(ctx); err != nil {
		return err
	}
	// Two daemons would share the slots rightly but for moments; one is enough.
	lock, err := ledger.Lock(filepath.Join(a.cfg.Folders.Data, "daemon.lock"), a.Clock.Now())
	if err != nil {
		return fmt.Errorf("another daemon is at work here: %w", err)
	}
	defer func() { _ = lock.Unlock() }()
	book, err := a.openLedger()
	if err != nil {
		return err
	}
	defer book.Close()
	scheduler, err := schedules.New(schedules.Options{
		Jobs: jobs, Run: a.runSlot, Ledger: book, Clock: a.Clock, Log: a.Log, Grace: grace,
		Memory: &schedules.FileMemory{Path: filepath.Join(a.cfg.Folders.Data, "jobs.json")},
	})
	if err != nil {
		return err
	}
	// The scheduler outlives ctx by the grace time, so it gets no ctx that ends with it.
	if err := scheduler.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("schedule cannot start: %w", err)
	}
	for _, n := range a.upcoming(jobs) {
		a.Log.Info("planned", "job", n.Job, "when", n.When, "note", n.Note)
	}
	<-ctx.Done()
	a.Log.Info("stopping: no new work; a run at work may end", "grace", grace, "hint", "a second signal stops it at once")
	second, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	err = scheduler.Stop(second)
	a.Log.Info("stopped")
	return err
}

// prove fails early on what a night would fail on at two in the morning.
func (a *App) prove(ctx context.Context) error {
	findings, err := a.Check(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range findings {
		for _, p := range f.Problems {
			errs = append(errs, fmt.Errorf("%s: %s", f.What, p))
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("%w: the daemon does not start: %w", pipeline.ErrUsage, errors.Join(errs...))
	}
	return nil
}

// runSlot is the work of one slot.
func (a *App) runSlot(ctx context.Context, job schedules.Job, slot schedules.Slot) (string, error) {
	rep, err := a.Run(ctx, RunOptions{Trigger: "job " + job.Name + " " + slot.Nominal.String(), Datasets: job.Datasets})
	if errors.Is(err, pipeline.ErrQuarantine) {
		// The night is published; the ledger's report names the refused files.
		a.Log.Warn("night done with refused files", "run", rep.RunID, "reason", err, "hint", "nightjar status lists them")
		err = nil
	}
	return rep.RunID, err
}

// Upcoming is a slot to come, in words.
type Upcoming struct {
	Job  string `json:"job"`
	When string `json:"when"` // local time with its offset
	Note string `json:"note,omitempty"`
}

// upcoming returns each job's next slot, soonest first.
func (a *App) upcoming(jobs []schedules.Job) []Upcoming {
	out := []Upcoming{}
	for _, line := range schedules.Upcoming(jobs, a.Clock.Now(), len(jobs)) {
		out = append(out, Upcoming{Job: line.Job, When: line.Instant.In(a.cfg.Location()).Format("Mon 2006-01-02 15:04 MST"), Note: line.Note})
	}
	return out
}
