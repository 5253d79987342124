package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"nightjar/pipeline"
)

// DropFolderOptions says where lists are handed in and what helps to read the
// place. Everything but Wait and Clock is needed.
type DropFolderOptions struct {
	Inbox    string                                           // folder that holds <dataset>/<provider>/<file> and manifest.csv
	Archive  string                                           // folder for what was taken; not inside Inbox
	Datasets []string                                         // the folders that Inbox may hold
	Settle   time.Duration                                    // how long a file's size and time must stay the same; 0 trusts every file at once
	Location *time.Location                                   // zone of manifest times without one, and of DeliveredOn: Europe/London
	Ledger   pipeline.FileLedger                              // remembers when a file was first seen
	Clock    pipeline.Clock                                   // the machine's clock when nil
	Wait     func(ctx context.Context, d time.Duration) error // a real pause when nil
}

// DropFolder is a folder, often a network share, into which people and
// programs put lists. It implements pipeline.Source. Its methods may be called
// from several goroutines.
type DropFolder struct {
	opt  DropFolderOptions
	open func(path string) (*os.File, error) // openRegular; tests of unreadable files replace it, as root reads everything

	squeezers sync.Pool
}

var _ pipeline.Source = (*DropFolder)(nil)

// NewDropFolder returns a drop folder. It does not touch the disk. The error
// is pipeline.ErrUsage and names the option that does not fit.
func NewDropFolder(o DropFolderOptions) (*DropFolder, error) {
	var problems []error
	need := func(ok bool, say string) {
		if !ok {
			problems = append(problems, errors.New(say))
		}
	}
	need(o.Inbox != "", "the inbox folder is not set")
	need(o.Archive != "", "the archive folder is not set")
	need(!inside(o.Archive, o.Inbox), "the archive folder lies in the inbox, where its files would be taken for lists; put it elsewhere")
	need(!inside(o.Inbox, o.Archive), "the inbox lies in the archive folder; put it elsewhere")
	need(len(o.Datasets) > 0, "there are no datasets")
	need(o.Settle >= 0, "the settling time is negative")
	need(o.Location != nil, "the time zone is not set")
	need(o.Ledger != nil, "there is no ledger")
	if len(problems) > 0 {
		return nil, fmt.Errorf("drop folder: %w: %w", pipeline.ErrUsage, errors.Join(problems...))
	}
	if o.Clock == nil {
		o.Clock = pipeline.SystemClock{}
	}
	if o.Wait == nil {
		o.Wait = pause
	}
	return &DropFolder{opt: o, open: openRegular}, nil
}

// Arrivals implements pipeline.Source. The error is pipeline.ErrUsage for a
// dataset that does not exist; otherwise it means that the inbox itself or the
// ledger cannot be read: a missing inbox is an error and not an empty one,
// because an unmounted share must not look like a night without news.
func (d *DropFolder) Arrivals(ctx context.Context, datasets []string) ([]pipeline.Arrival, []pipeline.Issue, error) {
	for _, name := range datasets {
		if !slices.Contains(d.opt.Datasets, name) {
			return nil, nil, fmt.Errorf("%w: there is no dataset %q; there are %s", pipeline.ErrUsage, name, d.known())
		}
	}
	now := d.opt.Clock.Now().UTC().Truncate(time.Microsecond) // as precise as Parquet keeps it
	files, issues, err := d.scan(ctx, datasets)
	if err != nil {
		return nil, nil, fmt.Errorf("inbox %s: %w", d.opt.Inbox, err)
	}
	list, more, err := d.take(ctx, files, now)
	if err != nil {
		return nil, nil, fmt.Errorf("inbox %s: %w", d.opt.Inbox, err)
	}
	issues = append(issues, more...)
	pipeline.SortIssues(issues)
	slices.SortFunc(list, func(a, b pipeline.Arrival) int {
		return cmp.Or(a.DeliveredAt.Compare(b.DeliveredAt), cmp.Compare(a.Name, b.Name))
	})
	return list, issues, nil
}

// take turns files that stand in the inbox into arrivals: those that have
// settled, that the manifest does not hold back, and that can be read whole.
func (d *DropFolder) take(ctx context.Context, files []candidate, now time.Time) ([]pipeline.Arrival, []pipeline.Issue, error) {
	settled, mf, issues, err := d.settle(ctx, files, now)
	if err != nil || len(settled) == 0 && !mf.stands() {
		return nil, issues, err
	}
	m, more := d.manifest(mf, now)
	issues = append(issues, more...)
	settled, more = m.admit(settled)
	issues = append(issues, more...)
	hashes, more, err := d.hashAll(ctx, settled)
	issues = append(issues, more...)
	if err != nil {
		return nil, issues, err
	}
	var list []pipeline.Arrival
	for i, c := range settled {
		if hashes[i] == "" {
			continue // an issue says why
		}
		a, err := d.arrival(ctx, c, hashes[i], m, now)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, a)
	}
	return list, issues, nil
}

// arrival says who delivered a file, and when.
func (d *DropFolder) arrival(ctx context.Context, c candidate, hash string, m manifest, now time.Time) (pipeline.Arrival, error) {
	a := pipeline.Arrival{Path: c.path, Delivery: pipeline.Delivery{
		Dataset: c.dataset, Provider: c.provider, Name: c.name, Hash: hash, Size: c.info.Size(),
	}}
	if row, ok := m.row(c.name); ok {
		a.DeliveredAt, a.Period = row.deliveredAt, row.period
		a.Provider = cmp.Or(row.provider, a.Provider)
	} else {
		seen, err := d.opt.Ledger.FirstSeen(ctx, c.name, hash, now)
		if err != nil {
			return a, fmt.Errorf("when was %s first seen: %w", c.name, err)
		}
		a.DeliveredAt = seen
	}
	a.DeliveredAt = a.DeliveredAt.UTC()
	a.DeliveredOn = pipeline.DateOf(a.DeliveredAt, d.opt.Location)
	return a, nil
}

// known lists the datasets for a message.
func (d *DropFolder) known() string { return strings.Join(d.opt.Datasets, ", ") }

// inside reports whether path is folder or lies in it, as far as their names
// tell.
func inside(path, folder string) bool {
	if path == "" || folder == "" {
		return false
	}
	p, err1 := filepath.Abs(path)
	f, err2 := filepath.Abs(folder)
	if err1 != nil || err2 != nil {
		return false
	}
	rel, err := filepath.Rel(f, p)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// pause waits for d or for the context's end.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
