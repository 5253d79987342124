package app

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/calendar"
	"nightjar/pipeline/ledger"
	"nightjar/schedules"
)

// Vitals is what /readyz, /metrics, the heartbeat and the mails are made of.
type Vitals struct {
	At          time.Time
	Published   *pipeline.Publication // nil when nothing is
	LastGood    time.Time             // end of the last night that readers can rely on; zero when none
	LastRun     *pipeline.RunRecord
	Runs        map[pipeline.RunState]int
	Datasets    []DatasetVitals
	Missed      map[string]int // slots by job that had no run
	OpenAlerts  int
	WaitingFor  map[calendar.State]int // lists that are due and late in season
	InboxFiles  int
	InboxOldest time.Duration // how long the oldest file has waited; 0 when none
	expected    []calendar.Item
}

// DatasetVitals is what came for a dataset, over all time.
type DatasetVitals struct {
	Dataset     string
	Accepted    int64
	Quarantined int64
	Refused     int
	Newest      time.Time
	Matched     int64 // rows linked to a person, of the published night
	Unmatched   int64
}

// vitals reads ledger, inbox and publication.
func (a *App) vitals(ctx context.Context, book *ledger.Ledger) (Vitals, error) {
	v := Vitals{At: a.Clock.Now().UTC(), Missed: map[string]int{}, WaitingFor: map[calendar.State]int{}}
	pub, ok, err := a.publisher().Current(ctx)
	if err != nil {
		return v, fmt.Errorf("published folder: %w", err)
	}
	if ok {
		v.Published = &pub
	}
	for _, read := range []func(context.Context, *ledger.Ledger) error{v.readRuns, v.readSlots, v.readAlerts} {
		if err := read(ctx, book); err != nil {
			return v, err
		}
	}
	files, err := book.Files(ctx)
	if err != nil {
		return v, err
	}
	v.addFiles(files)
	if v.Published != nil {
		a.addMatches(ctx, &v)
	}
	v.addExpected(a.book(files), pipeline.DateOf(v.At, a.cfg.Location()))
	v.addInbox(a.cfg.Folders.Inbox)
	return v, nil
}

// looked is how many runs are searched for the last good one. Older ones are
// beyond every age that /readyz allows in practice, and each costs its report.
const looked = 50

func (v *Vitals) readRuns(ctx context.Context, book *ledger.Ledger) error {
	var err error
	if v.Runs, err = book.RunStates(ctx); err != nil {
		return err
	}
	runs, err := book.Runs(ctx, looked)
	for i, r := range runs {
		if i == 0 {
			v.LastRun = &r
		}
		if r.State == pipeline.RunDone && r.Ended.After(v.LastGood) {
			v.LastGood = r.Ended
		}
	}
	return err
}

func (v *Vitals) readSlots(ctx context.Context, book *ledger.Ledger) error {
	slots, err := book.Slots(ctx, 0)
	for _, s := range slots {
		if s.State == schedules.SlotMissed {
			v.Missed[s.Job]++
		}
	}
	return err
}

func (v *Vitals) readAlerts(ctx context.Context, book *ledger.Ledger) error {
	alerts, err := book.Alerts(ctx)
	for _, a := range alerts {
		if a.State == pipeline.AlertOpen {
			v.OpenAlerts++
		}
	}
	return err
}

func (v *Vitals) addFiles(files []pipeline.FileRecord) {
	by := map[string]*DatasetVitals{}
	for _, f := range files {
		d := by[f.Dataset]
		if d == nil {
			d = &DatasetVitals{Dataset: f.Dataset}
			by[f.Dataset] = d
		}
		if f.Status == pipeline.FileRefused {
			d.Refused++
			continue
		}
		d.Accepted += f.Counts.Accepted
		d.Quarantined += f.Counts.Quarantined
		if f.DeliveredAt.After(d.Newest) {
			d.Newest = f.DeliveredAt
		}
	}
	for _, d := range by {
		v.Datasets = append(v.Datasets, *d)
	}
	slices.SortFunc(v.Datasets, func(a, b DatasetVitals) int { return strings.Compare(a.Dataset, b.Dataset) })
}

// addExpected looks at the windows that are due within two months of today:
// what is further away is nobody's season.
func (v *Vitals) addExpected(b calendar.Book, today pipeline.Date) {
	v.expected = b.Items(today-62, today+62, today)
	for _, it := range v.expected {
		v.WaitingFor[it.State]++
	}
}

// addInbox counts the files that wait. A file's own time serves for this and
// for nothing that is published.
func (v *Vitals) addInbox(inbox string) {
	_ = filepath.WalkDir(inbox, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Dir(path) == inbox || strings.HasPrefix(e.Name(), ".") {
			return nil // what cannot be looked at is the run's to report
		}
		if info, err := e.Info(); err == nil {
			v.InboxFiles++
			v.InboxOldest = max(v.InboxOldest, v.At.Sub(info.ModTime()))
		}
		return nil
	})
}

// matchCounts remembers the counts of the publication that was asked last:
// they change with the publication and not in between.
type matchCounts struct {
	sync.Mutex
	warehouse string
	by        map[string][2]int64
}

func (a *App) addMatches(ctx context.Context, v *Vitals) {
	matches := &a.matched
	matches.Lock()
	defer matches.Unlock()
	if matches.warehouse != v.Published.Warehouse {
		by, err := a.heavy.matches(ctx, a, v.Published.Warehouse)
		if err != nil {
			return // a publication without matching has no such counts
		}
		matches.warehouse, matches.by = v.Published.Warehouse, by
	}
	for i, d := range v.Datasets {
		v.Datasets[i].Matched, v.Datasets[i].Unmatched = matches.by[d.Dataset][0], matches.by[d.Dataset][1]
	}
}

// behind says why readers cannot rely on what is published; nothing when they
// can.
func (a *App) behind(v Vitals) []string {
	var why []string
	if v.Published == nil {
		why = append(why, "nothing is published yet")
	}
	limit := a.cfg.Liveness.MaxAge.Span()
	switch {
	case v.LastGood.IsZero():
		why = append(why, "no night has been done yet")
	case v.At.Sub(v.LastGood) > limit:
		why = append(why, fmt.Sprintf("the last good night ended %s, more than %s ago", v.LastGood.Format(time.RFC3339), limit))
	}
	if v.LastRun != nil && v.LastRun.State == pipeline.RunHeld {
		why = append(why, fmt.Sprintf("run %s is held; look at it, then nightjar release %s", v.LastRun.RunID, v.LastRun.RunID))
	}
	return why
}

// stale says why the heartbeat must stay silent: what behind finds, and
// required lists that are not fresh.
func (a *App) stale(v Vitals) []string {
	why := a.behind(v)
	for _, r := range a.cfg.Liveness.Required {
		i := slices.IndexFunc(v.Datasets, func(d DatasetVitals) bool { return d.Dataset == r.Dataset })
		switch {
		case i < 0 || v.Datasets[i].Newest.IsZero():
			why = append(why, fmt.Sprintf("no list of %s was ever loaded", r.Dataset))
		case v.At.Sub(v.Datasets[i].Newest) > r.MaxAge.Span():
			why = append(why, fmt.Sprintf("the newest list of %s came %s", r.Dataset, v.Datasets[i].Newest.Format(time.DateOnly)))
		case v.Published != nil && pipeline.DateOf(v.Datasets[i].Newest, a.cfg.Location()) > v.Published.AsAt:
			why = append(why, fmt.Sprintf("the newest list of %s is loaded and not published", r.Dataset))
		}
	}
	return why
}
