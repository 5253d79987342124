// Package app is the one place that knows every room: it reads the
// configuration, wires source, loader, ledger, warehouse and publisher to the
// runner, and answers the commands. Nothing else imports two rooms.
package app

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/calendar"
	"nightjar/pipeline/config"
	"nightjar/pipeline/ledger"
	"nightjar/sources"
	"nightjar/sources/datasets"
	"nightjar/sql"
	"nightjar/transforms"
)

// Options is what main hands over.
type Options struct {
	ConfigPath string
	ConfigText []byte // what stands there, when it was read before; nil: read it now
	Version    string
	Clock      pipeline.Clock
	Progress   pipeline.Progress
	Log        *slog.Logger
}

// App is one installation, ready to be asked.
type App struct {
	Options
	cfg      *config.Config
	datasets []pipeline.Dataset
	lists    map[string]pipeline.CodeList
	rules    []calendar.Rule   // the operational year
	kinds    map[string]string // kind of a provider by its folder
	matched  matchCounts
	heavy    heavy // who does what takes DuckDB
	models   fs.FS // models and reference data of another day; nil: those of the program
}

// Open reads the configuration and the reference lists. It touches no folder.
func Open(o Options) (*App, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	a := &App{Options: o, datasets: datasets.All(), heavy: here{}}
	var err error
	if a.cfg, err = a.readConfig(); err != nil {
		return nil, err
	}
	if a.lists, err = codeLists(sql.Files, a.cfg.Reference, a.datasets); err != nil {
		return nil, err
	}
	if err := a.readCalendar(); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *App) readConfig() (*config.Config, error) {
	jobs := func(c *config.Config, problem func(field, say string)) { planJobs(c, problem) }
	if a.ConfigText != nil {
		return config.Read(a.ConfigPath, a.ConfigText, a.datasets, jobs)
	}
	return config.Load(a.ConfigPath, a.datasets, jobs)
}

// The folders and files of an installation, all under the data folder but the
// inbox.
func (a *App) lake() string       { return a.cfg.Folders.Data }
func (a *App) archive() string    { return filepath.Join(a.cfg.Folders.Data, "archive") }
func (a *App) work() string       { return filepath.Join(a.cfg.Folders.Data, "work") }
func (a *App) restricted() string { return filepath.Join(a.cfg.Folders.Data, "restricted") }
func (a *App) published() string  { return filepath.Join(a.cfg.Folders.Data, "published") }
func (a *App) editions() string   { return filepath.Join(a.cfg.Folders.Data, "editions") }
func (a *App) ledgerFile() string { return filepath.Join(a.cfg.Folders.Data, "ledger.sqlite") }
func (a *App) lockFile() string   { return filepath.Join(a.cfg.Folders.Data, "run.lock") }

// makeFolders creates what is missing. Folders with people in them are for us
// alone; the data folder itself lets the readers' group pass through to the
// published one, where a folder is missing and has to be made.
//
// The inbox is made on the first run only. Missing later, it is a share that is
// not mounted, and a night over an empty folder in its place would look quiet.
func (a *App) makeFolders() error {
	if _, err := os.Stat(a.ledgerFile()); err == nil {
		if _, err := os.Stat(a.cfg.Folders.Inbox); err != nil {
			return passing{fmt.Errorf("inbox is gone: %w; mount the share or change folders.inbox in %s", err, a.ConfigPath)}
		}
	}
	for _, f := range []struct {
		path string
		mode os.FileMode
	}{
		{a.cfg.Folders.Data, 0o750}, {a.cfg.Folders.Inbox, 0o700},
		{a.archive(), 0o700}, {a.work(), 0o700}, {a.restricted(), 0o700}, {a.published(), 0o750},
	} {
		if err := os.MkdirAll(f.path, f.mode); err != nil {
			return fmt.Errorf("folder cannot be made: %w; create it or change folders in %s", err, a.ConfigPath)
		}
	}
	return nil
}

// layouts returns every layout of every dataset.
func (a *App) layouts() []pipeline.Layout {
	var out []pipeline.Layout
	for _, d := range a.datasets {
		out = append(out, d.Layouts...)
	}
	return out
}

// settings returns the configured settings with the authority among them.
func (a *App) settings() map[string]string {
	out := map[string]string{"la_code": a.cfg.Authority.LACode}
	for k, v := range a.cfg.Settings {
		out[k] = v
	}
	return out
}

// warehouse builds in a folder under work, with the deliveries that are due.
func (a *App) warehouse(work string, due []transforms.Expected) (*transforms.Warehouse, error) {
	return transforms.NewWarehouse(transforms.Options{
		LakeDir: a.lake(), WorkDir: work, SQL: a.sqlFiles(), RefOverride: a.cfg.Reference,
		Settings: a.settings(), Layouts: a.layouts(), Expected: due,
		MemoryLimit: a.cfg.Warehouse.MemoryLimit, Threads: a.cfg.Warehouse.Threads, TempLimit: a.cfg.Warehouse.TempLimit,
		Clock: a.Clock, Version: a.Version,
	})
}

func (a *App) source(files pipeline.FileLedger) (*sources.DropFolder, error) {
	return a.dropFolder(a.cfg.Folders.Inbox, time.Duration(a.cfg.Inbox.Settle), files)
}

func (a *App) loaderOptions(lake string) sources.LoaderOptions {
	return sources.LoaderOptions{
		Datasets: a.datasets, Lists: a.lists, Profiles: a.cfg.Profiles(), Limits: a.cfg.Limits(), Volume: a.volumeRules(),
		Lake: lake, Location: a.cfg.Location(),
	}
}

// openLedger opens the ledger for a run.
func (a *App) openLedger() (*ledger.Ledger, error) {
	l, err := ledger.Open(a.ledgerFile())
	if err != nil {
		return nil, err // it names the ledger and says what to do
	}
	return l, nil
}
