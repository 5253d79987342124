package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// LoaderOptions is what a Loader is made of.
type LoaderOptions struct {
	Datasets []pipeline.Dataset
	Lists    map[string]pipeline.CodeList           // by name; every list that a contract names
	Profiles map[string]map[string]pipeline.Profile // dataset → provider
	Limits   map[string]float64                     // dataset → greatest share of rejected rows; the contract's own where absent
	Lake     string                                 // data folder that holds lake/ and quarantine/
	Location *time.Location                         // zone of the local day
}

// Loader turns deliveries into snapshots. It may load several files at once.
type Loader struct {
	datasets map[string]pipeline.Dataset
	opts     LoaderOptions
}

var _ pipeline.Loader = (*Loader)(nil)

// NewLoader checks that contracts, reference lists and profiles fit together:
// a column whose list is not there, or a profile that names a column that is
// not, would otherwise refuse every row of a night.
func NewLoader(o LoaderOptions) (*Loader, error) {
	l := &Loader{datasets: make(map[string]pipeline.Dataset, len(o.Datasets)), opts: o}
	if l.opts.Location == nil {
		return nil, fmt.Errorf("loader: no time zone given; name it under time_zone")
	}
	var problems []error
	for _, d := range o.Datasets {
		l.datasets[d.Name] = d
		for _, layout := range d.Layouts {
			for _, c := range layout.Columns {
				if _, ok := o.Lists[c.List]; c.Kind == pipeline.Code && !ok {
					problems = append(problems, fmt.Errorf("dataset %s: column %s needs the reference list ref/%s.csv; add it", d.Name, c.Name, c.List))
				}
			}
		}
	}
	for dataset, providers := range o.Profiles {
		for provider, p := range providers {
			problems = append(problems, l.checkProfile(dataset, provider, p)...)
		}
	}
	for dataset, share := range o.Limits {
		if _, ok := l.datasets[dataset]; !ok || share < 0 || share > 1 {
			problems = append(problems, fmt.Errorf("limit for dataset %q must name a dataset and be a share from 0 to 1", dataset))
		}
	}
	return l, errors.Join(problems...)
}

func (l *Loader) checkProfile(dataset, provider string, p pipeline.Profile) []error {
	d, ok := l.datasets[dataset]
	if !ok {
		return []error{fmt.Errorf("profile of %s: there is no dataset %q; see the list of datasets", provider, dataset)}
	}
	var problems []error
	known := func(name string) bool {
		return slices.ContainsFunc(d.Layouts, func(layout pipeline.Layout) bool {
			_, ok := layout.Column(name)
			return ok
		})
	}
	for header, column := range p.Columns {
		if !known(column) || pipeline.FoldWord(header) == "" {
			problems = append(problems, fmt.Errorf("profile of %s: heading %q is mapped to %q, which is no column of %s; correct it under columns", provider, header, column, dataset))
		}
	}
	for column, order := range p.Dates {
		if !known(column) || order != pipeline.DMY && order != pipeline.MDY {
			problems = append(problems, fmt.Errorf("profile of %s: dates of %q as %q; name a column of %s and %s or %s", provider, column, order, dataset, pipeline.DMY, pipeline.MDY))
		}
	}
	return problems
}

// Sweep removes what a killed run left half written. Call it under the run
// lock, before the first Load.
func (l *Loader) Sweep() (int, error) {
	if err := os.RemoveAll(l.unpackFolder()); err != nil {
		return 0, fmt.Errorf("sweep unpacked workbooks: %w; check the rights of the folder", err)
	}
	var total int
	for _, folder := range []string{lakeFolder, quarantineFolder} {
		n, err := snapshot.Sweep(filepath.Join(l.opts.Lake, folder))
		total += n
		if err != nil {
			return total, fmt.Errorf("sweep %s: %w; check the rights of the folder", folder, err)
		}
	}
	return total, nil
}

// unpackFolder is where large workbooks are unpacked while they are read.
func (l *Loader) unpackFolder() string { return filepath.Join(l.opts.Lake, "work", "unpacked") }

// Load reads, casts and writes one delivery. The record is returned beside a
// refusal too. p is told rows as they are read; the caller starts and ends the
// step, because it knows how many files there are.
func (l *Loader) Load(ctx context.Context, a pipeline.Arrival, p pipeline.Progress) (pipeline.FileRecord, error) {
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
