package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/erase"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

// LoaderOptions is what a Loader is made of.
type LoaderOptions struct {
	Datasets []pipeline.Dataset
	Lists    map[string]pipeline.CodeList           // by name; every list that a contract names
	Profiles map[string]map[string]pipeline.Profile // dataset → provider
	Limits   map[string]float64                     // dataset → greatest share of rejected rows; the contract's own where absent
	Volume   map[string]VolumeRule                  // dataset → what a list that cannot be whole means; no rule, no word
	Lake     string                                 // data folder that holds lake/ and quarantine/
	Location *time.Location                         // zone of the local day
	Erased   *erase.Filter                          // people whose rows are left out; nil: nobody was erased
}

// Loader turns deliveries into snapshots. It may load several files at once.
type Loader struct {
	datasets map[string]pipeline.Dataset
	opts     LoaderOptions
	problem  error // of the options

	wide        sync.Mutex // held by the list that is read in blocks
	fewestBytes int64      // of such a list
	blockSize   int        // in bytes
}

var _ pipeline.Loader = (*Loader)(nil)

// NewLoader returns a loader. Options that do not pass Check make every Load
// fail with what Check says.
func NewLoader(o LoaderOptions) *Loader {
	l := &Loader{datasets: make(map[string]pipeline.Dataset, len(o.Datasets)), opts: o, problem: o.Check(), fewestBytes: fewestBytes, blockSize: tabular.BlockSize}
	for _, d := range o.Datasets {
		l.datasets[d.Name] = d
	}
	return l
}

// Check tells whether contracts, reference lists, profiles and limits fit
// together: a column whose list is not there, or a profile that names a column
// that is not, would refuse every row of a night. The error is ErrUsage.
func (o LoaderOptions) Check() error {
	var problems []error
	say := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if o.Location == nil {
		say("no time zone is given; name it under time_zone")
	}
	columns := make(map[string]map[string]bool)
	for _, d := range o.Datasets {
		columns[d.Name] = make(map[string]bool)
		for _, layout := range d.Layouts {
			for _, c := range layout.Columns {
				columns[d.Name][c.Name] = true
				if _, ok := o.Lists[c.List]; c.Kind == pipeline.Code && !ok {
					say("column %s of %s needs the reference list ref/%s.csv; add it", c.Name, d.Name, c.List)
				}
			}
		}
	}
	for dataset, providers := range o.Profiles {
		for provider, p := range providers {
			checkProfile(say, dataset, provider, p, columns[dataset])
		}
	}
	for dataset, share := range o.Limits {
		if columns[dataset] == nil || share < 0 || share > 1 {
			say("the quarantine limit %v of %q is not a share from 0 to 1 of a dataset; correct max_rejected_percent", share, dataset)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return fmt.Errorf("%w: %w", pipeline.ErrUsage, errors.Join(problems...))
}

func checkProfile(say func(string, ...any), dataset, provider string, p pipeline.Profile, columns map[string]bool) {
	if columns == nil {
		say("the provider %s stands under %q, which is no dataset; correct its name", provider, dataset)
		return
	}
	for header, column := range p.Columns {
		if !columns[column] || pipeline.FoldWord(header) == "" {
			say("provider %s maps %q to %q, which is no column of %s; correct it under columns", provider, header, column, dataset)
		}
	}
	for column, order := range p.Dates {
		if !columns[column] || order != pipeline.DMY && order != pipeline.MDY {
			say("provider %s declares %q for the days of %q; name a column of %s, and %s or %s", provider, order, column, dataset, pipeline.DMY, pipeline.MDY)
		}
	}
}

// SweepSnapshots removes what a killed run left half written under the data
// folder: snapshots, quarantine files and originals unpacked for their
// headings. Call it at start, under the run lock.
func SweepSnapshots(data string) error {
	for _, folder := range []string{lakeFolder, quarantineFolder} {
		if _, err := snapshot.Sweep(filepath.Join(data, folder)); err != nil {
			return fmt.Errorf("sweep %s: %w; check the rights of the folder", folder, err)
		}
	}
	if err := sweepOriginals(filepath.Join(data, workFolder), time.Now()); err != nil {
		return fmt.Errorf("sweep unpacked originals: %w; check the rights of the folder", err)
	}
	return nil
}

// Load reads, casts and writes one delivery. The record is returned beside a
// refusal too. p is told rows as they are read; the caller starts and ends the
// step, because it knows how many files there are.
func (l *Loader) Load(ctx context.Context, a pipeline.Arrival, p pipeline.Progress) (pipeline.FileRecord, error) {
	if l.problem != nil {
		return refusedRecord(a, nil), l.problem
	}
	d, ok := l.datasets[a.Dataset]
	if !ok {
		return refusedRecord(a, nil), fmt.Errorf("%s: there is no dataset %q: %w", a.Name, a.Dataset, pipeline.ErrRefused)
	}
	before, err := os.Stat(a.Path)
	if err != nil {
		return refusedRecord(a, nil), notReady(a, err)
	}
	if before.Size() != a.Size {
		return refusedRecord(a, nil), notReady(a, errors.New("its size has changed since it was found"))
	}
	job := &load{loader: l, dataset: d, arrival: a, progress: p}
	defer job.abort()
	err = job.run(ctx)
	if ctx.Err() != nil {
		return job.record(), ctx.Err()
	}
	// A file that changed while it was read proves nothing, whatever was found
	// wrong with it.
	if changed := stillTheSame(a, before); changed != nil {
		return job.record(), notReady(a, changed)
	}
	return job.finish(err)
}

// stillTheSame returns an error when the file is not what it was before.
func stillTheSame(a pipeline.Arrival, before fs.FileInfo) error {
	after, err := os.Stat(a.Path)
	if err != nil {
		return err
	}
	if after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return errors.New("it changed while it was read")
	}
	return nil
}

func notReady(a pipeline.Arrival, cause error) error {
	return fmt.Errorf("%s: %w: %w; it is tried again on the next run", a.Name, pipeline.ErrNotReady, withoutPath(cause))
}

// withoutPath keeps the machine's folders out of messages: the list is named
// by its place in the inbox.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func refusedRecord(a pipeline.Arrival, issues []pipeline.Issue) pipeline.FileRecord {
	return pipeline.FileRecord{Snapshot: pipeline.Snapshot{Delivery: a.Delivery}, Status: pipeline.FileRefused, Notices: issues}
}
