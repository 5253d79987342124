package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
)

// diffState is what published figures were made of.
type diffState struct {
	file      string // with the marts
	loaded    map[string]pipeline.FileRecord
	refused   map[string]pipeline.FileRecord
	decisions []pipeline.Decision
	rules     ruleSet
}

// with returns a copy that may be changed.
func (s diffState) with() diffState {
	s.loaded, s.refused = maps.Clone(s.loaded), maps.Clone(s.refused)
	s.decisions = slices.Clone(s.decisions)
	s.rules.Reference, s.rules.Settings = maps.Clone(s.rules.Reference), maps.Clone(s.rules.Settings)
	return s
}

// input is what a build of the state is made of.
func (s diffState) input() pipeline.BuildInput {
	in := pipeline.BuildInput{Files: inOrder(s.loaded), Refused: inOrder(s.refused), Decisions: s.decisions}
	for _, f := range in.Files {
		in.AsAt = max(in.AsAt, f.DeliveredOn)
	}
	in.KnownUntil = in.AsAt
	return in
}

// inOrder returns deliveries as the ledger does: by the moment they came, then
// by key.
func inOrder(files map[string]pipeline.FileRecord) []pipeline.FileRecord {
	return slices.SortedFunc(maps.Values(files), func(x, y pipeline.FileRecord) int {
		return cmp.Or(x.DeliveredAt.Compare(y.DeliveredAt), cmp.Compare(x.Key(), y.Key()))
	})
}

// diffEnds is what both ends are looked up in.
type diffEnds struct {
	book      *ledger.Ledger
	versions  []transforms.Version
	kept      []ruleSet
	records   map[string]pipeline.FileRecord // by key
	decisions []pipeline.Decision
}

func (e diffEnds) close() { _ = e.book.Close() }

func (d *differ) readEnds(ctx context.Context) (e diffEnds, err error) {
	if e.book, err = d.openLedger(); err != nil {
		return e, err
	}
	e.records, d.files = map[string]pipeline.FileRecord{}, map[string]pipeline.FileRecord{}
	files, err := e.book.Files(ctx)
	if err == nil {
		e.decisions, err = e.book.Decisions(ctx)
	}
	if err == nil {
		e.versions, err = d.Versions(ctx)
	}
	if err == nil {
		e.kept, err = d.keptRules()
	}
	if err != nil {
		e.close()
		return e, err
	}
	for _, f := range files {
		e.records[f.Key()], d.files[f.Hash] = f, f
	}
	return e, nil
}

// resolve finds out what both ends were made of.
func (d *differ) resolve(ctx context.Context, e diffEnds) (err error) {
	if d.before, d.out.Before, err = d.end(ctx, e, d.o.Before); err != nil {
		return err
	}
	d.after, d.out.After, err = d.end(ctx, e, d.o.After)
	return err
}

// end resolves one name: a day is built as it was known, anything else is a
// publication that is kept.
func (d *differ) end(ctx context.Context, e diffEnds, name string) (diffState, DiffEnd, error) {
	if day, err := pipeline.ParseDate(name); err == nil {
		return d.dayEnd(ctx, e, name, day)
	}
	current := slices.IndexFunc(e.versions, func(v transforms.Version) bool { return v.Current })
	at := slices.IndexFunc(e.versions, func(v transforms.Version) bool { return v.RunID == name })
	switch name {
	case "current":
		at = current
	case "previous":
		at = -1
		if current >= 0 && current+1 < len(e.versions) {
			at = current + 1
		}
	}
	if at < 0 {
		return diffState{}, DiffEnd{}, fmt.Errorf("%w: %q is no publication that is kept; name a run (nightjar versions lists them), current, previous, or a day such as 2021-10-31", pipeline.ErrUsage, name)
	}
	s, err := d.publishedState(ctx, e, e.versions[at].RunID)
	if err != nil {
		return s, DiffEnd{}, fmt.Errorf("what run %s was made of: %w", e.versions[at].RunID, err)
	}
	return s, s.describe(name, e.versions[at].RunID, e.versions[at].AsAt), nil
}

func (s diffState) describe(name, run, asAt string) DiffEnd {
	return DiffEnd{Name: name, RunID: run, AsAt: asAt, Files: len(s.loaded), Decisions: len(s.decisions), RulesOf: s.rules.SeenOn}
}

// publishedState reads from a publication what it was made of.
func (d *differ) publishedState(ctx context.Context, e diffEnds, run string) (diffState, error) {
	s := diffState{
		file: filepath.Join(d.published(), run, "nightjar.duckdb"), loaded: map[string]pipeline.FileRecord{}, refused: map[string]pipeline.FileRecord{},
	}
	res, err := transforms.Query(ctx, s.file, "meta.files", "", 0)
	if err != nil {
		return s, err
	}
	for _, v := range rowsOf(res) {
		f := pipeline.FileRecord{}
		f.Dataset, f.Provider, f.Hash = v.Text("dataset"), v.Text("provider"), v.Text("file_hash")
		rec, known := e.records[f.Key()]
		switch {
		case v.Text("status") != string(pipeline.FileLoaded):
			if known && rec.Status == pipeline.FileRefused {
				s.refused[rec.Key()] = rec
			}
		case !known || rec.Status != pipeline.FileLoaded:
			d.notice(fmt.Sprintf("list %s of run %s is no longer in the ledger; what it did counts among what cannot be rebuilt", v.Text("file_name"), run))
		default:
			s.loaded[rec.Key()] = rec
		}
	}
	if res, err = transforms.Query(ctx, s.file, "meta.build", "", 0); err != nil {
		return s, err
	}
	build := rowsOf(res)[0]
	started, _ := build["started"].(time.Time)
	finished, _ := build["finished"].(time.Time)
	s.rules, _ = rulesAt(e.kept, started)
	return s, d.decidedBy(&s, e, build.Text("fingerprint"), started, finished)
}

// decidedBy finds the decisions that a build knew. They are read while the
// night is on: those at its start or those at its end, whichever gives its
// fingerprint.
func (d *differ) decidedBy(s *diffState, e diffEnds, fingerprint string, moments ...time.Time) error {
	then, clean, err := d.underRules(s.rules)
	if err != nil {
		return err
	}
	defer clean()
	for _, at := range moments {
		var known []pipeline.Decision
		for _, x := range e.decisions {
			if !x.DecidedAt.After(at) {
				known = append(known, x)
			}
		}
		s.decisions = pipeline.DecisionsInForce(known, pipeline.LastDate)
		if (expecting{then, d.work()}).Fingerprint(s.input()) == fingerprint {
			return nil
		}
	}
	d.notice("a publication was made of something that is not kept any more, such as models from before versions were kept, or people erased since; what that did shows as a cause of its own")
	return nil
}

// dayEnd builds the marts as they were known on a day.
func (d *differ) dayEnd(ctx context.Context, e diffEnds, name string, day pipeline.Date) (diffState, DiffEnd, error) {
	in := asKnown(day, inOrder(e.records), e.decisions)
	if len(in.Files) == 0 {
		return diffState{}, DiffEnd{}, fmt.Errorf("%w: nothing had been delivered by %s; nightjar show meta.files lists the deliveries", pipeline.ErrUsage, day)
	}
	s := diffState{loaded: byKey(in.Files), refused: byKey(in.Refused), decisions: in.Decisions}
	s.rules, _ = rulesOn(e.kept, day)
	marts, err := d.everyMart(ctx)
	if err != nil {
		return s, DiffEnd{}, err
	}
	part, err := d.part(ctx, s, transforms.PartOptions{Name: "building " + name, Marts: marts})
	s.file = part.File
	return s, s.describe(name, "", in.AsAt.String()), err
}

func byKey(files []pipeline.FileRecord) map[string]pipeline.FileRecord {
	out := make(map[string]pipeline.FileRecord, len(files))
	for _, f := range files {
		out[f.Key()] = f
	}
	return out
}

// everyMart returns the marts asked about.
func (d *differ) everyMart(ctx context.Context) ([]string, error) {
	if d.o.Mart != "" {
		return []string{d.o.Mart}, nil
	}
	cat, err := transforms.LoadCatalogue(ctx, d.sqlFiles(), transforms.RawRelations(d.layouts()))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, m := range cat.Models {
		if m.Layer == "marts" {
			out = append(out, m.Relation())
		}
	}
	return out, nil
}

// part builds marts of a state aside; what it leaves is removed at the end.
func (d *differ) part(ctx context.Context, s diffState, o transforms.PartOptions) (transforms.Part, error) {
	then, clean, err := d.underRules(s.rules)
	if err != nil {
		return transforms.Part{}, err
	}
	defer clean()
	in := s.input()
	d.builds++
	in.Started = d.Clock.Now()
	in.RunID = fmt.Sprintf("%s-part%d", pipeline.NewRunID(in.Started), d.builds)
	w, err := (expecting{then, d.work()}).at(in)
	if err != nil {
		return transforms.Part{}, err
	}
	part, err := w.BuildPart(ctx, in, o, d.Progress)
	if err != nil {
		if then.models != nil {
			err = fmt.Errorf("%w; the models of that day may not fit this version of nightjar any more: nightjar diff --quick says what changed", err)
		}
		return part, err
	}
	d.folders = append(d.folders, removing(part.Folder))
	for _, n := range part.Notices {
		d.notice(n)
	}
	return part, nil
}

// notice says something once.
func (d *differ) notice(say string) {
	if !slices.Contains(d.out.Notices, say) {
		d.out.Notices = append(d.out.Notices, say)
	}
}

// rowsOf turns a result into rows by column.
func rowsOf(res transforms.Result) []Values {
	out := make([]Values, len(res.Rows))
	for i, r := range res.Rows {
		out[i] = make(Values, len(r))
		for j, v := range r {
			out[i][res.Columns[j].Name] = v
		}
	}
	return out
}
