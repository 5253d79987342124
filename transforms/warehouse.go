package transforms

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// Options says what a warehouse is built from, where, and within which limits.
type Options struct {
	LakeDir     string            // folder that Snapshot.Path is relative to
	WorkDir     string            // folder for work files; each build makes its own folder in it
	SQL         fs.FS             // the folder sql/
	RefOverride string            // folder whose CSV files replace shipped reference data; empty: none
	Settings    map[string]string // laid over ref.settings
	Layouts     []pipeline.Layout // one relation of schema raw each
	Expected    []Expected        // deliveries that are due, for raw.expected
	MemoryLimit string            // of DuckDB, such as 1GB; the process takes up to 110 MB more
	Threads     int
	TempLimit   string // most that DuckDB may spill to disk, such as 20GB
	Clock       pipeline.Clock
	Version     string // written into the published file, no part of the fingerprint
}

// Expected is a delivery that a provider owes in one window: a list counts for
// it when it came from OpensOn on and before UntilOn.
type Expected struct {
	Dataset      string
	Provider     string
	AcademicYear string // of the day it is due
	Season       string // what the window is called
	OpensOn      pipeline.Date
	DueOn        pipeline.Date
	UntilOn      pipeline.Date
}

// Warehouse builds the models over the snapshots. It implements
// pipeline.Warehouse.
type Warehouse struct{ o Options }

// NewWarehouse returns a warehouse with these options. It touches no file
// until it is asked to.
func NewWarehouse(o Options) (*Warehouse, error) {
	for name, value := range map[string]string{
		"lake folder": o.LakeDir, "work folder": o.WorkDir, "memory limit": o.MemoryLimit, "temp limit": o.TempLimit,
	} {
		if value == "" {
			return nil, fmt.Errorf("warehouse: no %s is set", name)
		}
	}
	if o.SQL == nil || o.Clock == nil || o.Threads < 1 {
		return nil, fmt.Errorf("warehouse: models, clock and at least one thread are needed")
	}
	for _, dir := range []*string{&o.LakeDir, &o.WorkDir} { // DuckDB resolves paths against the process's folder
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return nil, fmt.Errorf("warehouse: %w", err)
		}
		*dir = abs
	}
	return &Warehouse{o}, nil
}

// CheckModels reads every model and reference file and binds the models
// against empty relations, without data. It returns everything that is wrong,
// by file and line; the error is for what keeps it from looking.
func (w *Warehouse) CheckModels(ctx context.Context) ([]pipeline.Issue, error) {
	cat, issues, err := w.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	b, err := bind(ctx, cat, RawRelations(w.o.Layouts))
	if err != nil {
		return nil, err
	}
	issues = append(issues, b.issues...)
	pipeline.SortIssues(issues)
	return issues, nil
}

// catalogue returns the models with the reference data as it will be used:
// overrides and settings in place.
func (w *Warehouse) catalogue(ctx context.Context) (*Catalogue, []pipeline.Issue, error) {
	cat, err := LoadCatalogue(ctx, w.o.SQL, RawRelations(w.o.Layouts))
	if err != nil {
		return nil, nil, err
	}
	issues := slices.Clone(cat.Issues)
	over, err := w.overrides()
	if err != nil {
		return nil, nil, err
	}
	for _, file := range sortedKeys(over) {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		shipped, known := cat.Refs[name]
		own, err := shipped.replacedBy(file, over[file])
		if !known {
			err = fmt.Errorf("there is no shipped reference file of this name; rename it or take it out of the folder")
		}
		if err != nil {
			issues = append(issues, pipeline.Issue{File: file, Rule: "reference", Say: err.Error()})
			continue
		}
		cat.Refs[name] = own
	}
	settings, err := settingsTable(cat.Refs["settings"], w.o.Settings)
	if err != nil {
		issues = append(issues, pipeline.Issue{File: "settings", Rule: "settings", Say: err.Error()})
	}
	cat.Refs["settings"] = settings
	return cat, issues, nil
}

// overrides reads the CSV files of the override folder, by path.
func (w *Warehouse) overrides() (map[string][]byte, error) {
	out := map[string][]byte{}
	if w.o.RefOverride == "" {
		return out, nil
	}
	entries, err := os.ReadDir(w.o.RefOverride)
	if err != nil {
		return nil, fmt.Errorf("reference folder cannot be read: %w; create it or remove reference from the configuration", err)
	}
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".csv" {
			continue
		}
		file := filepath.Join(w.o.RefOverride, e.Name())
		body, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reference file cannot be read: %w", err)
		}
		out[file] = body
	}
	return out, nil
}

// EngineVersion returns the version of DuckDB that is built in.
func EngineVersion(ctx context.Context) (string, error) {
	s, err := openSession(ctx, sessionOptions{threads: 1})
	if err != nil {
		return "", err
	}
	defer s.Close()
	var v string
	err = s.conn.QueryRowContext(ctx, "SELECT version()").Scan(&v)
	return v, err
}
