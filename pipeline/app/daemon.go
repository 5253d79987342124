package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/config"
	"nightjar/pipeline/ledger"
	"nightjar/schedules"
)

// grace is how long a run that is at work may go on after the daemon is told
// to stop. The models of a council take seconds, a national year minutes.
const grace = 15 * time.Minute

// DaemonOptions says how the daemon is to go on.
type DaemonOptions struct {
	Once   bool             // run what is due now and return
	Reload <-chan os.Signal // each value is the wish to read the configuration again; nil: never
	Helper Helper           // makes the processes in which nights run; nil: they run in this one
}

// daemon is the long-lived side of an installation.
type daemon struct {
	book *ledger.Ledger
	turn chan struct{} // holds a value while a slot is at work or the configuration changes
	news chan struct{} // holds a value when the watch has something to do before its minute is over
	told map[string]bool

	mu        sync.Mutex
	app       *App // the configuration in force
	scheduler *schedules.Scheduler
	page      *page
	lastBeat  time.Time
}

// Daemon runs every planned slot once until ctx ends. It proves what it
// depends on before it goes to wait: configuration, folders, ledger, models.
// The end of ctx lets a run at work come to its end; a second signal cancels
// it.
func (a *App) Daemon(ctx context.Context, o DaemonOptions) error {
	if len(a.jobs()) == 0 {
		return a.noJobs()
	}
	if o.Helper != nil && !o.Once {
		a.heavy = helper{o.Helper}
	}
	if err := a.heavy.prove(ctx, a); err != nil {
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
	d, err := newDaemon(a, book)
	if err != nil {
		return err
	}
	if o.Once {
		err := d.scheduler.RunDue(ctx)
		d.tick(context.WithoutCancel(ctx))
		return err
	}
	return d.serve(ctx, o.Reload)
}

// newDaemon returns the daemon of a configuration, not yet at work.
func newDaemon(a *App, book *ledger.Ledger) (d *daemon, err error) {
	d = &daemon{app: a, book: book, turn: make(chan struct{}, 1), news: make(chan struct{}, 1), told: map[string]bool{}, page: &page{}}
	d.scheduler, err = d.schedule(a)
	return d, err
}

// schedule makes the scheduler of a configuration, not yet started.
func (d *daemon) schedule(a *App) (*schedules.Scheduler, error) {
	return schedules.New(schedules.Options{
		Jobs: a.planned(), Run: d.runSlot, Ledger: telling{d.book, d}, Clock: a.Clock, Log: a.Log, Grace: grace, Worth: worth,
		Memory: &schedules.FileMemory{Path: a.jobsFile()},
	})
}

func (a *App) jobsFile() string { return filepath.Join(a.cfg.Folders.Data, "jobs.json") }

// planned is every job of the daemon: people's, and the morning mail.
func (a *App) planned() []schedules.Job {
	jobs := a.jobs()
	cron := a.cfg.Alerts.Mail.MorningCron()
	if cron == "" {
		return jobs
	}
	mail, err := schedules.Parse(config.MorningMail, cron, a.cfg.Location(), schedules.Window{})
	if err != nil { // the configuration's check read the same time of day
		a.Log.Error("morning mail cannot be planned", "error", err)
		return jobs
	}
	mail.Policy.MaxAge = 6 * time.Hour // after noon it is no morning mail
	return append(jobs, mail)
}

// serve waits for slots, for a new configuration, and for the end.
func (d *daemon) serve(ctx context.Context, reload <-chan os.Signal) error {
	page, err := d.open(ctx, d.app)
	if err != nil {
		return err
	}
	d.page = page
	defer func() { d.page.close() }()
	// The scheduler outlives ctx by the grace time, so it gets no ctx that ends with it.
	if err := d.scheduler.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("schedule cannot start: %w", err)
	}
	d.announce()
	d.tellReload(ctx, nil) // whatever was wrong with it, this one is in force
	debug.FreeOSMemory()   // what starting took goes back to the machine
	watching, enough := context.WithCancel(context.WithoutCancel(ctx))
	var watch sync.WaitGroup
	watch.Go(func() { d.watch(watching) })
	defer watch.Wait()
	defer enough()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-reload:
			err := d.reload(ctx)
			if err != nil {
				d.current().Log.Error("the configuration was not taken over; the old one stays in force", "error", err)
			}
			d.tellReload(ctx, err)
		}
	}
	log := d.current().Log
	log.Info("stopping: no new work; a run at work may end", "grace", grace, "hint", "a second signal stops it at once")
	second, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	err = d.scheduler.Stop(second)
	log.Info("stopped")
	return err
}

func (d *daemon) announce() {
	a := d.current()
	for _, n := range a.upcoming(a.planned()) {
		a.Log.Info("planned", "job", n.Job, "when", n.When, "note", n.Note)
	}
}

// current returns the configuration in force.
func (d *daemon) current() *App {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.app
}

// reload reads the configuration again and lets it take over between two
// runs. Whatever is wrong with it leaves the old one in force.
func (d *daemon) reload(ctx context.Context) error {
	old := d.current()
	next, err := Open(old.Options)
	if err != nil {
		return err
	}
	switch {
	case next.cfg.Folders != old.cfg.Folders:
		return fmt.Errorf("%w: folders cannot change while the daemon runs; stop it and start it again", pipeline.ErrUsage)
	case len(next.jobs()) == 0:
		return next.noJobs()
	}
	next.heavy = old.heavy
	if err := next.heavy.prove(ctx, next); err != nil {
		return err
	}
	select {
	case d.turn <- struct{}{}: // from here on no slot begins its work
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.turn }()
	return d.takeOver(ctx, old, next)
}

// tellReload opens an alert about a configuration that was not taken over, and
// closes it when one is.
func (d *daemon) tellReload(ctx context.Context, err error) {
	a := pipeline.Alert{Subject: "configuration", Since: d.current().Clock.Now().UTC(), State: pipeline.AlertOver, Say: "it is in force"}
	if err != nil {
		a.State, a.Say = pipeline.AlertOpen, "it was not taken over, and the one before goes on: "+err.Error()
	}
	d.raise(ctx, a)
}

// takeOver puts a configuration in force. No slot is at work.
func (d *daemon) takeOver(ctx context.Context, old, next *App) error {
	scheduler, err := d.schedule(next)
	if err != nil {
		return err
	}
	if next.cfg.Liveness.Listen != old.cfg.Liveness.Listen {
		page, err := d.open(ctx, next)
		if err != nil {
			return err
		}
		d.page.close()
		d.page = page
	}
	// A slot that has just begun waits for its turn; it is cut off here, and
	// the new scheduler begins it again.
	now, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.scheduler.Stop(now); err != nil {
		old.Log.Error("ledger could not be told of a slot", "error", err)
	}
	d.mu.Lock()
	d.app, d.scheduler = next, scheduler
	d.mu.Unlock()
	if err := scheduler.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(fmt.Errorf("schedule cannot start: %w", err), d.fallBack(ctx, old))
	}
	next.Log.Info("the configuration was read again and is in force")
	d.announce()
	return nil
}

// fallBack puts the old configuration in force again.
func (d *daemon) fallBack(ctx context.Context, old *App) error {
	scheduler, err := d.schedule(old)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.app, d.scheduler = old, scheduler
	d.mu.Unlock()
	return scheduler.Start(context.WithoutCancel(ctx))
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
	for _, ref := range []config.SecretRef{a.cfg.Liveness.Heartbeat.URL, a.cfg.Alerts.Webhook.URL, a.cfg.Alerts.Mail.Password, a.cfg.Streams.Token} {
		if ref.Set() {
			_, err := ref.Read()
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: the daemon does not start: %w", pipeline.ErrUsage, err)
	}
	return nil
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
