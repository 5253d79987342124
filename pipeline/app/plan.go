package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/calendar"
	"nightjar/pipeline/config"
	"nightjar/pipeline/ledger"
	"nightjar/schedules"
)

// Next returns the coming n slots of all jobs, the morning mail included.
func (a *App) Next(n int) ([]schedules.Planned, error) {
	if len(a.jobs()) == 0 {
		return nil, a.noJobs()
	}
	return schedules.Upcoming(a.planned(), a.Clock.Now(), n), nil
}

// Lint returns what is allowed about the jobs and may surprise.
func (a *App) Lint() ([]schedules.Finding, error) {
	if len(a.jobs()) == 0 {
		return nil, a.noJobs()
	}
	return schedules.Lint(a.planned(), a.Clock.Now()), nil
}

// Why explains what became, or will become, of a job at a local time.
func (a *App) Why(ctx context.Context, job, at string) (string, error) {
	j, err := a.anyJob(job)
	if err != nil {
		return "", err
	}
	n, err := schedules.ParseNominal(at)
	if err != nil {
		return "", fmt.Errorf("%w: %w", pipeline.ErrUsage, err)
	}
	slots, done, err := a.slots()
	if err != nil {
		return "", err
	}
	defer done()
	return schedules.Why(ctx, j, n, slots, a.Clock.Now())
}

// anyJob is job, and knows the morning mail too.
func (a *App) anyJob(name string) (schedules.Job, error) {
	if name == config.MorningMail {
		for _, j := range a.planned() {
			if j.Name == name {
				return j, nil
			}
		}
	}
	return a.job(name)
}

// slots opens the ledger's slots for reading; before the first run there are
// none.
func (a *App) slots() (pipeline.SlotLedger, func(), error) {
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, fs.ErrNotExist) {
		return noSlots{}, func() {}, nil
	}
	book, err := ledger.OpenReadOnly(a.ledgerFile())
	if err != nil {
		return nil, nil, err
	}
	return book, func() { _ = book.Close() }, nil
}

// noSlots is the ledger of an installation that never ran.
type noSlots struct{ pipeline.SlotLedger }

func (noSlots) Slots(context.Context, int) ([]pipeline.SlotRecord, error) { return nil, nil }

// HistoryLine is one slot of the ledger.
type HistoryLine struct {
	Job     string            `json:"job"`
	Nominal string            `json:"nominal"`
	Instant time.Time         `json:"instant"`
	State   pipeline.RunState `json:"state"`
	RunID   string            `json:"run_id,omitempty"`
	Reason  string            `json:"reason,omitempty"`
}

// History returns what became of the newest slots; job may be empty for all,
// limit 0 means all.
func (a *App) History(ctx context.Context, job string, limit int) ([]HistoryLine, error) {
	slots, done, err := a.slots()
	if err != nil {
		return nil, err
	}
	defer done()
	all, err := slots.Slots(ctx, 0)
	if err != nil {
		return nil, err
	}
	out := []HistoryLine{}
	for _, s := range all {
		if limit > 0 && len(out) == limit {
			break
		}
		if job == "" || s.Job == job { // also jobs that are planned no more
			out = append(out, HistoryLine(s))
		}
	}
	return out, nil
}

// feedDays is how far the calendar feed looks ahead, and listDays how far it
// does for lists: a year, because people plan by those.
const (
	feedDays = 60
	listDays = 366
)

// ICal writes the coming slots, the lists that are expected and the days to
// know of, as a feed that calendars subscribe to.
func (a *App) ICal(ctx context.Context, w io.Writer) error {
	now := a.Clock.Now()
	today := pipeline.DateOf(now, a.cfg.Location())
	var events []calendar.Event
	for _, j := range a.planned() {
		for _, s := range j.Between(now, now.AddDate(0, 0, feedDays)) {
			events = append(events, calendar.Event{ID: "slot/" + j.Name + "/" + s.Nominal.String(), At: s.Instant,
				Summary: "Nightjar: " + j.Name, Say: schedules.Note(s, j.Zone)})
		}
	}
	files, err := a.files(ctx)
	if err != nil {
		return err
	}
	book := a.book(files)
	for _, it := range book.Items(today, today+listDays, today) {
		if it.State != calendar.Arrived {
			events = append(events, calendar.Event{ID: fmt.Sprintf("list/%s/%s/%s", it.Dataset, it.Provider, it.Due), Day: it.Due,
				Summary: fmt.Sprintf("%s from %s is due", it.Dataset, it.Provider), Say: fmt.Sprintf("%s, %s to %s", it.Season, it.Opens, it.Closes)})
		}
	}
	for _, m := range book.Milestones(today, today+listDays) {
		events = append(events, calendar.Event{ID: fmt.Sprintf("day/%s/%s", m.What, m.On), Day: m.On, Summary: m.What})
	}
	return calendar.WriteICal(w, events, now)
}

// files returns what the ledger knows of deliveries; before the first run
// nothing.
func (a *App) files(ctx context.Context) ([]pipeline.FileRecord, error) {
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	book, err := ledger.OpenReadOnly(a.ledgerFile())
	if err != nil {
		return nil, err
	}
	defer book.Close()
	return book.Files(ctx)
}
