package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
)

// AsAtBuild is a build of what was known on a day, in a file of its own.
type AsAtBuild struct {
	Path       string `json:"path"`
	KnownUntil string `json:"known_until"` // the day asked for
	AsAt       string `json:"as_at"`       // the day of the last delivery known by then
	Files      int    `json:"files"`       // loaded deliveries it is made of
	Decisions  int    `json:"decisions"`   // reviewers' decisions in force that day
	Models     int    `json:"models"`
	LeftOut    int    `json:"left_out"` // deliveries that came later
	RulesOf    string `json:"rules_of"` // day since which models, reference data and settings of the build were in use
	Restated   bool   `json:"restated"` // made by those in use now
}

// AsAtOptions says what to build as at a day.
type AsAtOptions struct {
	Day     pipeline.Date
	Out     string // file to write; it must not exist
	Restate bool   // by the models, reference data and settings in use now
}

// BuildAsAt rebuilds marts and meta from the deliveries, the reviewers'
// decisions, the reference data and the models known by the end of a day and
// writes them to a new file at out, through the same code as a night. What
// readers see is not touched. An error leaves no file.
func (a *App) BuildAsAt(ctx context.Context, day pipeline.Date, out string) (AsAtBuild, error) {
	return a.BuildKnown(ctx, AsAtOptions{Day: day, Out: out})
}

// BuildKnown is BuildAsAt with the choice to restate the day by the rules in
// use now.
func (a *App) BuildKnown(ctx context.Context, o AsAtOptions) (AsAtBuild, error) {
	day := o.Day
	out, err := a.freshFile(o.Out)
	if err != nil {
		return AsAtBuild{}, err
	}
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, fs.ErrNotExist) { // opening it would make an empty one
		return AsAtBuild{}, fmt.Errorf("no list was ever loaded into %s; nightjar run does it", a.cfg.Folders.Data)
	}
	lock, err := ledger.Lock(a.lockFile(), a.Clock.Now())
	if err != nil {
		return AsAtBuild{}, err
	}
	defer func() { _ = lock.Unlock() }()
	in, all, err := a.knownBy(ctx, day)
	if err != nil {
		return AsAtBuild{}, err
	}
	result := AsAtBuild{
		Path: out, KnownUntil: day.String(), AsAt: in.AsAt.String(),
		Files: len(in.Files), Decisions: len(in.Decisions), LeftOut: all - len(in.Files) - len(in.Refused),
	}
	then, set, clean, err := a.rulesFor(o)
	if err != nil {
		return result, err
	}
	defer clean()
	result.RulesOf, result.Restated = set.SeenOn, o.Restate
	result.Models, err = a.buildInto(ctx, then, in, out)
	if err != nil && then.models != nil {
		err = fmt.Errorf("%w; the models of that day may not fit this version of nightjar any more: --restate builds with those in use now", err)
	}
	if err == nil {
		err = a.exported(ctx, "build as at "+day.String(), "duckdb", int64(result.Models))
	}
	return result, err
}

// rulesFor returns this installation under the rules that a build as at a day
// goes by. clean removes what that needed.
func (a *App) rulesFor(o AsAtOptions) (then *App, set ruleSet, clean func(), err error) {
	if err := a.noteRules(); err != nil {
		return nil, set, nil, err
	}
	kept, err := a.keptRules()
	if err != nil {
		return nil, set, nil, err
	}
	set = kept[len(kept)-1]
	if !o.Restate {
		set, _ = rulesOn(kept, o.Day)
	}
	then, clean, err = a.underRules(set)
	return then, set, clean, err
}

// freshFile returns the absolute path of a file that is not there yet and lies
// outside the published folder, where only nights write.
func (a *App) freshFile(out string) (string, error) {
	out, err := filepath.Abs(out)
	if err != nil {
		return "", err
	}
	published, err := filepath.Abs(a.published())
	if err != nil {
		return "", err
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(out))
	if err != nil {
		return "", fmt.Errorf("%w: folder of the file cannot be used: %w; create it first", pipeline.ErrUsage, err)
	}
	if real, err := filepath.EvalSymlinks(published); err == nil {
		published = real
	}
	if rel, err := filepath.Rel(published, folder); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%w: %s lies in the published folder, where only nights write; choose another folder", pipeline.ErrUsage, out)
	}
	if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s is there already; choose another name or remove it", pipeline.ErrUsage, out)
	}
	return filepath.Join(folder, filepath.Base(out)), nil
}

// knownBy reads from the ledger what was known by the end of a day, and how
// many deliveries there are in all.
func (a *App) knownBy(ctx context.Context, day pipeline.Date) (pipeline.BuildInput, int, error) {
	book, err := a.openLedger()
	if err != nil {
		return pipeline.BuildInput{}, 0, err
	}
	defer book.Close()
	files, err := book.Files(ctx)
	if err != nil {
		return pipeline.BuildInput{}, 0, fmt.Errorf("deliveries cannot be read from the ledger: %w", err)
	}
	decisions, err := book.Decisions(ctx)
	if err != nil {
		return pipeline.BuildInput{}, 0, fmt.Errorf("decisions cannot be read from the ledger: %w", err)
	}
	runs, err := book.Runs(ctx, 0)
	if err != nil {
		return pipeline.BuildInput{}, 0, fmt.Errorf("runs cannot be read from the ledger: %w", err)
	}
	in := asKnown(day, files, decisions)
	in.Runs = slices.DeleteFunc(runs, func(r pipeline.RunRecord) bool { return pipeline.DateOf(r.Started, a.cfg.Location()) > day })
	in.Started = a.Clock.Now()
	in.RunID = pipeline.NewRunID(in.Started)
	if len(in.Files) == 0 {
		return in, len(files), fmt.Errorf("%w: nothing had been delivered by %s; nightjar show meta.files lists the deliveries", pipeline.ErrUsage, day)
	}
	return in, len(files), nil
}

// asKnown keeps what was delivered and decided by the end of a day.
func asKnown(day pipeline.Date, files []pipeline.FileRecord, decisions []pipeline.Decision) pipeline.BuildInput {
	in := pipeline.BuildInput{KnownUntil: day, Decisions: pipeline.DecisionsInForce(decisions, day)}
	for _, f := range files {
		switch {
		case f.DeliveredOn > day:
		case f.Status != pipeline.FileLoaded:
			in.Refused = append(in.Refused, f)
		default:
			in.Files = append(in.Files, f)
			in.AsAt = max(in.AsAt, f.DeliveredOn)
		}
	}
	return in
}

// buildInto builds, publishes into a hidden folder beside out, and moves the
// one file from there to its name. It returns the number of models.
func (a *App) buildInto(ctx context.Context, then *App, in pipeline.BuildInput, out string) (models int, err error) {
	debug.SetMemoryLimit(a.cfg.Warehouse.MemoryBytes()) // as a night does
	folder, err := os.MkdirTemp(filepath.Dir(out), ".nightjar-as-at-")
	if err != nil {
		return 0, fmt.Errorf("folder of the file: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder), transforms.Sweep(a.work())) }()
	b, err := expecting{then, a.work()}.Build(ctx, in, a.Progress)
	if err != nil {
		return 0, fmt.Errorf("models cannot be built: %w", err)
	}
	if blocked := b.Blocked(); len(blocked) > 0 {
		c := blocked[0]
		return 0, fmt.Errorf("%w: %d blocking check(s) failed on what was known by %s, first %s on %s (%d row(s)); no file was written",
			pipeline.ErrHeld, len(blocked), in.KnownUntil, c.Check, c.Model, c.Failures)
	}
	pub, err := transforms.NewPublisher(transforms.PublisherOptions{
		Folder: folder, Restricted: a.restricted(), Group: a.cfg.Publish.Group, Clock: a.Clock, Version: a.Version,
	}).Publish(ctx, b, a.Progress)
	if err != nil {
		return 0, fmt.Errorf("file cannot be written: %w", err)
	}
	if err := os.Link(pub.Warehouse, out); err != nil { // unlike a rename, it replaces nothing
		return 0, fmt.Errorf("file cannot be put in its place: %w", err)
	}
	return len(b.Models), nil
}
