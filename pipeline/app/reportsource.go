package app

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
	"nightjar/transforms/report"
)

// reported returns what to report on: what readers see, or what was known on a
// day, which lies in the report's folder while the files are made.
func (a *App) reported(ctx context.Context, o ReportOptions) (r reportSource, clean func(), err error) {
	if o.Day == nil {
		pub, ok, err := a.publisher().Current(ctx)
		if err != nil {
			return r, nil, fmt.Errorf("published folder: %w", err)
		}
		if !ok {
			return r, nil, fmt.Errorf("nothing is published in %s yet; nightjar run --config %s does it", a.published(), a.ConfigPath)
		}
		r, err = a.sourceOf(o.Profile, pub)
		return r, func() {}, err
	}
	folder, err := os.MkdirTemp(o.Folder, ".nightjar-report-")
	if err != nil {
		return r, nil, fmt.Errorf("folder of the report: %w", err)
	}
	clean = func() { _ = os.RemoveAll(folder) }
	if r, err = a.publishedOn(ctx, o, folder); err != nil {
		clean()
		return r, nil, err
	}
	return r, clean, nil
}

// publishedOn builds what was known by the end of a day, by the rules of that
// day, and publishes it into a folder of its own. Controlled exports are held
// against all that was let out so far, and noted as let out themselves.
func (a *App) publishedOn(ctx context.Context, o ReportOptions, folder string) (r reportSource, err error) {
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, fs.ErrNotExist) { // opening it would make an empty one
		return r, fmt.Errorf("no list was ever loaded into %s; nightjar run does it", a.cfg.Folders.Data)
	}
	lock, err := ledger.Lock(a.lockFile(), a.Clock.Now())
	if err != nil {
		return r, err
	}
	defer func() { _ = lock.Unlock() }()
	in, _, err := a.knownBy(ctx, *o.Day)
	if err != nil {
		return r, err
	}
	then, _, clean, err := a.rulesFor(AsAtOptions{Day: *o.Day})
	if err != nil {
		return r, err
	}
	defer clean()
	debug.SetMemoryLimit(a.cfg.Warehouse.MemoryBytes()) // as a night does
	b, err := expecting{then, a.work()}.Build(ctx, in, a.Progress)
	defer func() { err = errors.Join(err, transforms.Sweep(a.work())) }()
	if err != nil {
		return r, fmt.Errorf("models cannot be built: %w", err)
	}
	if blocked := b.Blocked(); len(blocked) > 0 {
		c := blocked[0]
		return r, fmt.Errorf("%w: %d blocking check(s) failed on what was known by %s, first %s on %s (%d row(s)); no report was written, correct the lists or report on another day",
			pipeline.ErrHeld, len(blocked), in.KnownUntil, c.Check, c.Model, c.Failures)
	}
	into := transforms.PublisherOptions{Folder: folder, Restricted: a.restricted(), Clock: a.Clock, Version: a.Version}
	if o.Profile != internalProfile {
		into.Editions = a.editions()
	}
	pub, err := transforms.NewPublisher(into).Publish(ctx, b, a.Progress)
	if err != nil {
		return r, fmt.Errorf("figures of the report: %w", err)
	}
	return then.sourceOf(o.Profile, pub)
}

// sourceOf reads the rules of a profile, the targets, and what controlled
// columns mean.
func (a *App) sourceOf(profile string, pub pipeline.Publication) (reportSource, error) {
	r := reportSource{pub: pub, profile: report.Internal, columns: map[string]map[string]string{}, titles: map[string]string{}}
	targets, err := a.refRows("targets")
	if err != nil {
		return r, err
	}
	for _, t := range targets {
		row := report.Row{}
		for k, v := range t {
			row[k] = v
		}
		if v, err := strconv.ParseFloat(t["target_percent"], 64); err == nil {
			row["target_percent"] = v
		}
		r.targets = append(r.targets, row)
	}
	if profile == internalProfile {
		return r, nil
	}
	rule, err := ruleOf(pub.Folder, profile)
	if err != nil {
		return r, err
	}
	r.profile = report.Profile{Name: profile, Label: profile + ": small counts are hidden",
		Rule: "Disclosure control: " + rule + ". Every figure of our own young people comes from the controlled exports of this profile."}
	if err := a.readProfile(&r, pub.AsAt); err != nil {
		return r, err
	}
	return r, nil
}

// readProfile reads the thresholds of a profile in force on a day, and what its
// tables and columns mean.
func (a *App) readProfile(r *reportSource, day pipeline.Date) error {
	profiles, err := a.refRows("disclosure_profiles")
	if err != nil {
		return err
	}
	since := ""
	for _, p := range profiles {
		if p["profile"] != r.profile.Name || p["valid_from"] > day.String() || p["valid_from"] < since {
			continue
		}
		since = p["valid_from"]
		if r.profile.Threshold, err = strconv.ParseInt(p["threshold"], 10, 64); err != nil {
			return fmt.Errorf("reference file disclosure_profiles.csv: threshold of %s: %w", r.profile.Name, err)
		}
		r.profile.Decimals = 0
		if p["rounding_base"] != "1" {
			r.profile.Decimals = 1
		}
	}
	if r.profile.Threshold == 0 {
		return fmt.Errorf("reference file disclosure_profiles.csv has no profile %s in force on %s; add it or choose another", r.profile.Name, day)
	}
	columns, err := a.refRows("disclosure_columns")
	if err != nil {
		return err
	}
	for _, c := range columns {
		if r.columns[c["table_name"]] == nil {
			r.columns[c["table_name"]] = map[string]string{}
		}
		say := c["label"]
		if c["unit"] != "" {
			say += " (" + c["unit"] + ")"
		}
		r.columns[c["table_name"]][c["column_name"]] = say + "."
	}
	tables, err := a.refRows("disclosure_tables")
	for _, t := range tables {
		r.titles[t["table_name"]] = t["title"]
	}
	return err
}

// refRows reads a reference file, the authority's own where it has one, as
// texts by column.
func (a *App) refRows(name string) ([]map[string]string, error) {
	file := name + ".csv"
	var body []byte
	err := fs.ErrNotExist
	if a.cfg.Reference != "" {
		body, err = os.ReadFile(filepath.Join(a.cfg.Reference, file))
	}
	if errors.Is(err, fs.ErrNotExist) {
		body, err = fs.ReadFile(a.sqlFiles(), "ref/"+file)
	}
	if err != nil {
		return nil, fmt.Errorf("reference file %s: %w", file, err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff"))).ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, fmt.Errorf("reference file %s cannot be read: %w; correct it", file, err)
	}
	var out []map[string]string
	for _, l := range lines[1:] {
		row := map[string]string{}
		for i, head := range lines[0] {
			column, _, _ := strings.Cut(head, ":")
			row[column] = l[i]
		}
		out = append(out, row)
	}
	return out, nil
}
