package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/calendar"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
)

// Status is how an installation stands. It comes from the ledger and the
// published folder only, so it can be asked while a run is on.
type Status struct {
	Published  *PublishedStatus `json:"published"`
	Running    string           `json:"running,omitempty"` // run that began and has not ended
	Runs       []RunStatus      `json:"runs"`
	Next       []Upcoming       `json:"next"`
	Deliveries []DatasetStatus  `json:"deliveries"`
	Expected   []ExpectedStatus `json:"expected"` // in season: due, late, arrived; and missing since a season ended
	Refused    []string         `json:"refused"`
	Wrong      []WrongStatus    `json:"wrong"` // alerts that are open
}

// WrongStatus is something that is wrong now.
type WrongStatus struct {
	Subject string    `json:"subject"`
	Since   time.Time `json:"since"`
	Say     string    `json:"say"`
	Told    bool      `json:"told"` // false while the message about it waits
}

// ExpectedStatus is a list of the operational calendar and what became of it.
type ExpectedStatus struct {
	Dataset   string `json:"dataset"`
	Provider  string `json:"provider"`
	Season    string `json:"season"`
	Due       string `json:"due"`
	State     string `json:"state"` // due, late, missing or arrived
	ArrivedOn string `json:"arrived_on,omitempty"`
}

// PublishedStatus is what readers see.
type PublishedStatus struct {
	RunID  string `json:"run_id"`
	AsAt   string `json:"as_at"`
	Folder string `json:"folder"`
	// RolledBack are the newer results that readers were taken back from.
	RolledBack []TakenBack `json:"rolled_back,omitempty"`
}

// TakenBack is a result that a person took readers back from.
type TakenBack struct {
	RunID string `json:"run_id"`
	transforms.Rollback
}

// takenBack lists what is kept, newer than what readers see, and rejected.
func (a *App) takenBack(ctx context.Context) ([]TakenBack, error) {
	kept, err := a.Versions(ctx)
	if err != nil {
		return nil, err
	}
	var out []TakenBack
	for _, v := range kept {
		if v.Current {
			break
		}
		if v.RolledBack != nil {
			out = append(out, TakenBack{v.RunID, *v.RolledBack})
		}
	}
	return out, nil
}

// RunStatus is one of the last runs.
type RunStatus struct {
	RunID    string        `json:"run_id"`
	State    string        `json:"state"`
	Trigger  string        `json:"trigger"`
	Started  time.Time     `json:"started"`
	Took     time.Duration `json:"took_ns"`
	ExitCode int           `json:"exit_code"`
	Reason   string        `json:"reason,omitempty"`
}

// DatasetStatus sums what came for a dataset.
type DatasetStatus struct {
	Dataset       string `json:"dataset"`
	Files         int    `json:"files"`
	Providers     int    `json:"providers"`
	Rows          int64  `json:"rows"`
	Quarantined   int64  `json:"quarantined"`
	LastDelivered string `json:"last_delivered"`
}

// recentRuns is how many runs the status shows.
const recentRuns = 10

// Status reads ledger and published folder.
func (a *App) Status(ctx context.Context) (Status, error) {
	s := Status{Runs: []RunStatus{}, Deliveries: []DatasetStatus{}, Expected: []ExpectedStatus{}, Refused: []string{}, Wrong: []WrongStatus{}}
	s.Next = a.upcoming(a.jobs())
	pub, ok, err := a.publisher().Current(ctx)
	if err != nil {
		return s, fmt.Errorf("published folder: %w", err)
	}
	if ok {
		s.Published = &PublishedStatus{RunID: pub.RunID, AsAt: pub.AsAt.String(), Folder: pub.Folder}
		if s.Published.RolledBack, err = a.takenBack(ctx); err != nil {
			return s, err
		}
	}
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	book, err := ledger.OpenReadOnly(a.ledgerFile())
	if err != nil {
		return s, fmt.Errorf("ledger: %w", err)
	}
	defer book.Close()
	runs, err := book.Runs(ctx, recentRuns)
	if err != nil {
		return s, fmt.Errorf("ledger: %w", err)
	}
	s.addRuns(runs)
	alerts, err := book.Alerts(ctx)
	if err != nil {
		return s, fmt.Errorf("ledger: %w", err)
	}
	for _, al := range alerts {
		if al.State == pipeline.AlertOpen {
			s.Wrong = append(s.Wrong, WrongStatus{Subject: al.Subject, Since: al.Since, Say: al.Say, Told: !al.Told.IsZero()})
		}
	}
	files, err := book.Files(ctx)
	if err != nil {
		return s, fmt.Errorf("ledger: %w", err)
	}
	s.addFiles(files)
	s.addExpected(a.book(files), pipeline.DateOf(a.Clock.Now(), a.cfg.Location()))
	return s, nil
}

// pastDays is how long a list stays in the status after its due day, unless
// its season is still on.
const pastDays = 62

func (s *Status) addExpected(b calendar.Book, today pipeline.Date) {
	for _, it := range b.Items(today-pastDays, today+pastDays, today) {
		if it.State == calendar.Coming {
			continue
		}
		e := ExpectedStatus{Dataset: it.Dataset, Provider: it.Provider, Season: it.Season, Due: it.Due.String(), State: string(it.State)}
		if it.State == calendar.Arrived {
			e.ArrivedOn = it.ArrivedOn.String()
		}
		s.Expected = append(s.Expected, e)
	}
}

func (s *Status) addRuns(runs []pipeline.RunRecord) {
	for i, r := range runs {
		if i == 0 && r.State == pipeline.RunStarted {
			s.Running = r.RunID
		}
		line := RunStatus{RunID: r.RunID, State: string(r.State), Trigger: r.Trigger, Started: r.Started, ExitCode: r.ExitCode, Reason: r.Reason}
		if !r.Ended.IsZero() {
			line.Took = r.Ended.Sub(r.Started)
		}
		s.Runs = append(s.Runs, line)
	}
}

func (s *Status) addFiles(files []pipeline.FileRecord) {
	by := map[string]*DatasetStatus{}
	providers := map[string]map[string]bool{}
	for _, f := range files {
		if f.Status == pipeline.FileRefused {
			s.Refused = append(s.Refused, f.Name+": "+f.Reason)
			continue
		}
		d := by[f.Dataset]
		if d == nil {
			d = &DatasetStatus{Dataset: f.Dataset}
			by[f.Dataset], providers[f.Dataset] = d, map[string]bool{}
		}
		providers[f.Dataset][f.Provider] = true
		d.Files++
		d.Providers = len(providers[f.Dataset])
		d.Rows += f.Counts.Accepted
		d.Quarantined += f.Counts.Quarantined
		d.LastDelivered = max(d.LastDelivered, f.DeliveredOn.String())
	}
	for _, d := range by {
		s.Deliveries = append(s.Deliveries, *d)
	}
	slices.SortFunc(s.Deliveries, func(a, b DatasetStatus) int {
		if a.Dataset < b.Dataset {
			return -1
		}
		return 1
	})
}
