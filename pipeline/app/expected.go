package app

import (
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/calendar"
	"nightjar/transforms"
)

// readCalendar reads the operational year and the kinds of the providers, both
// reference data.
func (a *App) readCalendar() error {
	f, err := openReference(a.sqlFiles(), a.cfg.Reference, "calendar")
	if err != nil {
		return fmt.Errorf("%w: reference file calendar: %w", pipeline.ErrUsage, err)
	}
	defer f.Close()
	if a.rules, err = calendar.Parse(f, strings.Split(a.datasetNames(), ", ")); err != nil {
		return fmt.Errorf("%w: reference file calendar: %w", pipeline.ErrUsage, err)
	}
	p, err := openReference(a.sqlFiles(), a.cfg.Reference, "providers")
	if err == nil {
		defer p.Close()
		a.kinds, err = providerKinds(p)
	}
	if err != nil {
		return fmt.Errorf("%w: reference file providers: %w", pipeline.ErrUsage, err)
	}
	return nil
}

// providerKinds returns the kind of each provider by its folder.
func providerKinds(f fs.File) (map[string]string, error) {
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	head := make([]string, len(rows[0]))
	for i, h := range rows[0] {
		head[i], _, _ = strings.Cut(strings.TrimPrefix(h, "\ufeff"), ":")
	}
	folder, kind := slices.Index(head, "folder"), slices.Index(head, "kind")
	if folder < 0 || kind < 0 {
		return nil, fmt.Errorf("it has no columns named folder and kind")
	}
	kinds := map[string]string{}
	for _, row := range rows[1:] {
		kinds[row[folder]] = row[kind]
	}
	return kinds, nil
}

// book is the calendar with the deliveries that the ledger knows.
func (a *App) book(files []pipeline.FileRecord) calendar.Book {
	b := calendar.Book{Rules: a.rules, Kinds: a.kinds}
	for _, f := range files {
		if f.Status != pipeline.FileRefused {
			b.Deliveries = append(b.Deliveries, calendar.Delivery{Dataset: f.Dataset, Provider: f.Provider, On: f.DeliveredOn})
		}
	}
	return b
}

// expecting is the warehouse that knows what is due. What is due follows from
// the deliveries and the day of the last one, never from the day on which the
// build is made: a night without news has the fingerprint of the one before.
type expecting struct {
	a    *App
	work string
}

func (e expecting) at(in pipeline.BuildInput) (*transforms.Warehouse, error) {
	var due []transforms.Expected
	for _, y := range e.a.book(in.Files).Owed(in.AsAt) {
		due = append(due, transforms.Expected{Dataset: y.Dataset, Provider: y.Provider, AcademicYear: y.Year.String(),
			Season: y.Season, OpensOn: y.From, DueOn: y.Due, UntilOn: y.Until})
	}
	return e.a.warehouse(e.work, due)
}

// Fingerprint implements pipeline.Warehouse. Options that make no warehouse
// have none; the build that follows says what is wrong.
func (e expecting) Fingerprint(in pipeline.BuildInput) string {
	w, err := e.at(in)
	if err != nil {
		return ""
	}
	return w.Fingerprint(in)
}

// Build implements pipeline.Warehouse.
func (e expecting) Build(ctx context.Context, in pipeline.BuildInput, p pipeline.Progress) (pipeline.Build, error) {
	w, err := e.at(in)
	if err != nil {
		return pipeline.Build{}, err
	}
	if in, err = e.a.goneSince(ctx, in); err != nil {
		return pipeline.Build{}, err
	}
	return w.Build(ctx, in, p)
}
