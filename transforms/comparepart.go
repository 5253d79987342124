package transforms

import (
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

// PartOptions says which part of a build is wanted.
type PartOptions struct {
	Name  string   // for the progress line: what is rebuilt
	Marts []string // marts to make, such as marts.neet_rates, with all that they are made of
	// Changed are the rows of marts whose people are wanted, by the columns that
	// identify them. A mart without an entry has none.
	Changed map[string]ChangedRows
	// Trace wants, of the one mart asked for, how many rows of each model stand
	// behind these rows, and which files. It takes the first mart.
	Trace bool
}

// ChangedRows are rows of a mart by its grain.
type ChangedRows struct {
	Columns []typedColumn
	Rows    [][]any
}

// Part is a build of some marts only, in a work file of its own with people in
// it. Whoever asked for it removes Folder.
type Part struct {
	Folder  string
	File    string
	Notices []string // what of the people could not be told
	Trace   Trace
}

// peopleSchema holds, in a part's file, who stands behind the wanted rows.
const (
	peopleSchema = "people"
	linesTable   = "lines"
)

// BuildPart makes marts and what they are made of, without checks, and keeps
// the marts and the people behind the wanted rows. in.RunID names its folder,
// which a Sweep removes. The caller holds the lock of the data folder.
func (w *Warehouse) BuildPart(ctx context.Context, in pipeline.BuildInput, o PartOptions, p pipeline.Progress) (part Part, err error) {
	cat, issues, err := w.catalogue(ctx)
	if err != nil {
		return part, err
	}
	if err := trouble(issues); err != nil {
		return part, err
	}
	part.Folder = filepath.Join(w.o.WorkDir, buildPrefix+in.RunID)
	part.File = filepath.Join(part.Folder, workFile)
	if err := newFolder(part.Folder, 0o700); err != nil {
		return part, fmt.Errorf("work folder: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(part.Folder) // holds people, and nobody will read it
		}
	}()
	made := &partBuilder{asked: o, part: &part}
	made.choose(cat)
	made.builder = &builder{Warehouse: w, cat: cat, in: in, progress: p, out: pipeline.Build{Path: part.File}}
	err = made.run(ctx)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return part, err
}

// partBuilder makes some of the models.
type partBuilder struct {
	*builder
	asked   PartOptions
	part    *Part
	views   []peopleView    // of the marts whose people are wanted
	traced  map[string]bool // models on the way back that is asked for
	tracing sync.Mutex      // guards part.Trace
	stay    []string        // relations that are read after all models are made
}

// choose leaves in the catalogue only the models that are needed.
func (b *partBuilder) choose(cat *Catalogue) {
	want := slices.Clone(b.asked.Marts)
	for _, v := range peopleViews {
		if _, ok := b.asked.Changed[v.mart]; ok && slices.Contains(b.asked.Marts, v.mart) && v.fits(cat) {
			b.views = append(b.views, v)
			b.stay = append(b.stay, v.reads...)
		}
	}
	if len(b.views) > 0 {
		b.stay = append(b.stay, linesRead...)
	}
	b.chooseTrace(cat)
	b.stay = readThrough(cat, b.stay)
	for _, m := range append(want, b.stay...) {
		if _, ok := cat.Model(m); ok {
			want = append(want, m)
		}
	}
	cat.Models = behind(cat.Models, want)
	cat.Checks = nil
}

// readThrough adds to relations what is read through those of them that are
// views.
func readThrough(cat *Catalogue, relations []string) []string {
	out := slices.Clone(relations)
	for i := 0; i < len(out); i++ {
		if m, ok := cat.Model(out[i]); ok && m.View {
			for _, r := range m.Reads {
				if !slices.Contains(out, r) {
					out = append(out, r)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (b *partBuilder) run(ctx context.Context) (err error) {
	b.session, err = openSession(ctx, sessionOptions{
		memoryLimit: b.o.MemoryLimit, threads: b.o.Threads,
		tempDir: filepath.Join(b.part.Folder, "temp"), tempLimit: b.o.TempLimit,
		allow: []string{b.part.Folder, b.o.LakeDir}, plain: true,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for _, step := range []func(context.Context) error{b.openWork, b.prepareInput, b.keepChanged, b.someModels, b.keepPeople, b.traceFiles} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := inWorkFile(b.all(ctx, "CHECKPOINT "+workCatalog, "DETACH "+workCatalog)); err != nil {
		return err
	}
	return os.Chmod(b.part.File, 0o600)
}

// someModels makes the models, keeps the marts and drops what nobody reads any
// more.
func (b *partBuilder) someModels(ctx context.Context) error {
	b.progress.Start(b.asked.Name, "models", int64(len(b.cat.Models)))
	defer b.progress.Done()
	b.out.Models = make([]pipeline.ModelResult, len(b.cat.Models))
	plan := newPlan(b.cat.Models, nil)
	for _, relation := range b.stay {
		delete(plan.readers, relation)
	}
	return b.follow(ctx, plan, func(ctx context.Context, lane *session, at int) error {
		if err := b.make(ctx, lane, at); err != nil {
			return err
		}
		m := b.cat.Models[at]
		if err := b.traceModel(ctx, lane, m); err != nil || !slices.Contains(b.asked.Marts, m.Relation()) {
			return err
		}
		return lane.keep(ctx, m.Relation())
	})
}

// keepChanged writes the wanted rows' keys into the session.
func (b *partBuilder) keepChanged(ctx context.Context) error {
	if err := b.exec(ctx, "CREATE SCHEMA changed"); err != nil {
		return err
	}
	for _, mart := range sortedKeys(b.asked.Changed) {
		rows := b.asked.Changed[mart]
		name := strings.TrimPrefix(mart, layerMarts+".")
		if err := b.createTable(ctx, "changed."+name, rows.Columns); err != nil {
			return err
		}
		if err := b.appendRows(ctx, "changed", name, typedRows(rows)); err != nil {
			return fmt.Errorf("rows that changed: %w", err)
		}
	}
	return nil
}

// typedRows turns the days of a result back into what the appender takes.
func typedRows(c ChangedRows) [][]any {
	out := make([][]any, len(c.Rows))
	for i, r := range c.Rows {
		out[i] = slices.Clone(r)
		for j, v := range r {
			if s, ok := v.(string); ok && c.Columns[j].Type == "DATE" {
				if day, err := time.Parse(time.DateOnly, s); err == nil {
					out[i][j] = day
				}
			}
		}
	}
	return out
}

// keepPeople writes who stands behind the wanted rows, and the lines that say
// something about them. What the models of another day do not tell is a notice.
func (b *partBuilder) keepPeople(ctx context.Context) error {
	if err := b.exec(ctx, "CREATE SCHEMA "+workCatalog+"."+peopleSchema); err != nil {
		return inWorkFile(err)
	}
	var told []peopleView
	for _, v := range b.views {
		if err := b.exec(ctx, v.create(workCatalog)); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.part.Notices = append(b.part.Notices, "the people behind "+v.mart+" cannot be told from these models: "+duckWords(err))
			continue
		}
		told = append(told, v)
	}
	if len(told) == 0 {
		return nil
	}
	if err := b.exec(ctx, createLines(workCatalog, told)); err != nil {
		b.part.Notices = append(b.part.Notices, "the lines behind the people cannot be told from these models: "+duckWords(err))
	}
	return ctx.Err()
}
