package transforms

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"nightjar/pipeline"
)

// workCatalog is the name under which the work file is attached. It differs
// from every schema and column, so that marts.x can only be a schema's table.
const workCatalog = "nightjar_work"

// workFile is the name of the work file in the build's folder.
const workFile = "build.duckdb"

// savedLayers are the layers that outlive the build. Staging and intermediate
// tables stay in DuckDB's memory and spill to the temp folder beyond the
// limit: writing them to a file, compressed, took four times as long as making
// them, and nobody reads them afterwards.
var savedLayers = []string{layerMarts, layerRestricted, layerExports}

// savedRelations are what the publisher needs besides models.
var savedRelations = []string{
	layerRaw + "." + rawFiles, layerRaw + "." + rawQuarantine, layerRaw + "." + rawExpected, layerRef + ".build",
	docSchema + "." + docModels, docSchema + "." + docColumns, docSchema + "." + docSources,
}

// storageVersion is written into every file explicitly: 1.0.0 is read by every
// DuckDB client since then.
const storageVersion = "v1.0.0"

// noLog keeps DuckDB from writing ahead. A file that a kill leaves half made is
// thrown away, never recovered, and a sync for each comment would cost more
// than the marts.
const noLog = "RECOVERY_MODE no_wal_writes"

// builder is one build as it goes on.
type builder struct {
	*Warehouse
	*session
	cat      *Catalogue
	in       pipeline.BuildInput
	progress pipeline.Progress
	out      pipeline.Build
	matching sync.Mutex // held while matching runs
	matched  bool       // matching has run
}

// Build makes every model, runs every check, and leaves the marts in a work
// file of its own under WorkDir, readable by its owner only. The work file
// stays for the publisher; Sweep removes it. A build that fails removes it at
// once.
func (w *Warehouse) Build(ctx context.Context, in pipeline.BuildInput, p pipeline.Progress) (pipeline.Build, error) {
	cat, issues, err := w.catalogue(ctx)
	if err != nil {
		return pipeline.Build{}, err
	}
	if err := trouble(issues); err != nil {
		return pipeline.Build{}, err
	}
	folder := filepath.Join(w.o.WorkDir, buildPrefix+in.RunID)
	if err := newFolder(folder, 0o700); err != nil {
		return pipeline.Build{}, fmt.Errorf("work folder: %w", err)
	}
	b := &builder{Warehouse: w, cat: cat, in: in, progress: p, out: pipeline.Build{
		Input: in, Fingerprint: w.Fingerprint(in), ModelsHash: w.modelsHash(), RefHash: w.refHash(),
		Path: filepath.Join(folder, workFile),
	}}
	if err := b.run(ctx, folder); err != nil {
		_ = os.RemoveAll(folder) // holds people, and nobody will read it
		if ctx.Err() != nil {
			return b.out, ctx.Err()
		}
		return b.out, err
	}
	b.out.Finished = w.o.Clock.Now().UTC()
	return b.out, nil
}

// newFolder makes an empty folder in place of whatever has its name.
func newFolder(folder string, mode os.FileMode) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(folder), mode); err != nil {
		return err
	}
	if err := os.Mkdir(folder, mode); err != nil {
		return err
	}
	return os.Chmod(folder, mode) // whatever the umask
}

func (b *builder) run(ctx context.Context, folder string) (err error) {
	b.session, err = openSession(ctx, sessionOptions{
		memoryLimit: b.o.MemoryLimit, threads: laneThreads(b.o.Threads),
		tempDir: filepath.Join(folder, "temp"), tempLimit: b.o.TempLimit,
		allow: []string{folder, b.o.LakeDir}, plain: true,
	})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := b.Close(); err == nil {
			err = cerr
		}
	}()
	for _, step := range []func(context.Context) error{b.openWork, b.prepareInput, b.modelsAndChecks, b.describeModels, b.save} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prepareInput makes everything that models read and no model makes.
func (b *builder) prepareInput(ctx context.Context) error {
	if err := b.prepare(ctx, b.cat); err != nil {
		return err
	}
	tables := []RefTable{buildTable(b.in.AsAt, b.in.KnownUntil), monthsTable()}
	for _, name := range sortedKeys(b.cat.Refs) {
		tables = append(tables, b.cat.Refs[name])
	}
	for _, t := range tables {
		if err := t.load(ctx, b.session); err != nil {
			return err
		}
	}
	return b.raw(ctx)
}

// model makes one model.
func (s *session) model(ctx context.Context, m Model) error {
	kind := "TABLE"
	if m.View {
		kind = "VIEW"
	}
	// The file's text follows on the same line, so that DuckDB's line is the file's.
	if err := s.exec(ctx, "CREATE "+kind+" "+m.Relation()+" AS "+m.SQL); err != nil {
		return fmt.Errorf("model %s (sql/%s): %s", m.Relation(), m.File, duckWords(err))
	}
	return nil
}
