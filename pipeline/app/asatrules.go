package app

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/sql"
)

// ruleSet is what figures are made by besides lists and decisions: the models
// with the shipped reference data, which come with the program; the
// authority's own reference files; the settings. Every set that a run or a
// build meets is kept with the moment at which it was first met, so that a
// build as at a day can go by what was in force then.
type ruleSet struct {
	SeenAt    time.Time         `json:"seen_at"`
	SeenOn    string            `json:"seen_on"`   // its day; a build as at an earlier day does not know it
	Program   string            `json:"program"`   // version of nightjar, for people to read
	Models    string            `json:"models"`    // digest of models and shipped reference data
	Reference map[string]string `json:"reference"` // own file by name, with its digest
	Settings  map[string]string `json:"settings"`
}

// same tells whether two sets give the same figures.
func (r ruleSet) same(o ruleSet) bool {
	return r.Models == o.Models && maps.Equal(r.Reference, o.Reference) && maps.Equal(r.Settings, o.Settings)
}

// The folder of the sets in the data folder, which holds nobody.
func (a *App) rulesFolder() string { return filepath.Join(a.cfg.Folders.Data, "rules") }

// ruleFile finds the names that files below the folder have.
var ruleFile = regexp.MustCompile(`^rules/(sets/[0-9TZ.]+\.json|reference/[0-9a-f]{64}\.csv|models/[0-9a-f]{64}\.zip)$`)

// sqlFiles are the models and the shipped reference data in use.
func (a *App) sqlFiles() fs.FS {
	if a.models != nil {
		return a.models
	}
	return sql.Files
}

// rulesNow reads the set in use, with the contents of its own reference files.
func (a *App) rulesNow() (ruleSet, map[string][]byte, error) {
	set := ruleSet{Program: a.Version, Reference: map[string]string{}, Settings: a.settings()}
	own := map[string][]byte{}
	var err error
	if set.Models, err = digestOfFiles(a.sqlFiles()); err != nil || a.cfg.Reference == "" {
		return set, own, err
	}
	entries, err := os.ReadDir(a.cfg.Reference)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return set, own, fmt.Errorf("reference folder cannot be read: %w; create it or remove reference from the configuration", err)
	}
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".csv" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(a.cfg.Reference, e.Name()))
		if err != nil {
			return set, own, fmt.Errorf("reference file cannot be read: %w", err)
		}
		sum := sha256.Sum256(text)
		set.Reference[e.Name()], own[e.Name()] = hex.EncodeToString(sum[:]), text
	}
	return set, own, nil
}

// noteRules keeps the set in use, unless it is the one kept last. The caller
// holds the lock of the data folder.
func (a *App) noteRules() error {
	set, own, err := a.rulesNow()
	if err != nil {
		return err
	}
	kept, err := a.keptRules()
	if err != nil {
		return err
	}
	if n := len(kept); n > 0 && kept[n-1].same(set) {
		return nil
	}
	set.SeenAt = a.Clock.Now().UTC()
	set.SeenOn = pipeline.DateOf(set.SeenAt, a.cfg.Location()).String()
	for name, text := range own {
		if err := keepOnce(filepath.Join(a.rulesFolder(), "reference", set.Reference[name]+".csv"), text); err != nil {
			return err
		}
	}
	packed, err := zipped(a.sqlFiles())
	if err != nil {
		return err
	}
	if err := keepOnce(filepath.Join(a.rulesFolder(), "models", set.Models+".zip"), packed); err != nil {
		return err
	}
	text, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		return err
	}
	return keepOnce(filepath.Join(a.rulesFolder(), "sets", set.SeenAt.Format("20060102T150405.000000Z")+".json"), append(text, '\n'))
}

// keptRules returns the kept sets, oldest first.
func (a *App) keptRules() ([]ruleSet, error) {
	files, err := filepath.Glob(filepath.Join(a.rulesFolder(), "sets", "*.json")) // sorted by name, which is the moment
	if err != nil {
		return nil, err
	}
	var out []ruleSet
	for _, file := range files {
		var set ruleSet
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &set)
		}
		if err != nil {
			return nil, fmt.Errorf("kept rules cannot be read: %w; put %s back from a backup", err, file)
		}
		out = append(out, set)
	}
	return out, nil
}

// rulesOn returns the set in force at the end of a day: the last one met by
// then. Before the first one was met, the first holds: nothing older is known.
func rulesOn(kept []ruleSet, day pipeline.Date) (ruleSet, bool) {
	if len(kept) == 0 {
		return ruleSet{}, false
	}
	set := kept[0]
	for _, s := range kept {
		if s.SeenOn <= day.String() {
			set = s
		}
	}
	return set, true
}

// rulesAt returns the set that was in use at a moment.
func rulesAt(kept []ruleSet, at time.Time) (ruleSet, bool) {
	if len(kept) == 0 {
		return ruleSet{}, false
	}
	set := kept[0]
	for _, s := range kept {
		if !s.SeenAt.After(at) {
			set = s
		}
	}
	return set, true
}

// underRules is under with a folder of its own, which clean removes and a
// sweep finds if this process is killed.
func (a *App) underRules(set ruleSet) (then *App, clean func(), err error) {
	if err := os.MkdirAll(a.work(), 0o700); err != nil {
		return nil, nil, err
	}
	folder, err := os.MkdirTemp(a.work(), "build-rules-")
	if err != nil {
		return nil, nil, fmt.Errorf("work folder: %w", err)
	}
	clean = func() { _ = os.RemoveAll(folder) }
	if then, err = a.under(set, folder); err != nil {
		clean()
		return nil, nil, err
	}
	return then, clean, nil
}

// under returns this installation as it is with another set of rules. folder
// takes the set's reference files; it must be empty.
func (a *App) under(set ruleSet, folder string) (*App, error) {
	cfg := *a.cfg
	cfg.Reference, cfg.Settings = "", maps.Clone(set.Settings)
	if code, ok := set.Settings["la_code"]; ok {
		cfg.Authority.LACode = code
		delete(cfg.Settings, "la_code")
	}
	for _, name := range slices.Sorted(maps.Keys(set.Reference)) {
		text, err := os.ReadFile(filepath.Join(a.rulesFolder(), "reference", set.Reference[name]+".csv"))
		if err != nil {
			return nil, fmt.Errorf("reference file %s as it was cannot be read: %w; put folder rules back from a backup", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			return nil, err
		}
		cfg.Reference = folder
	}
	out := &App{Options: a.Options, cfg: &cfg, datasets: a.datasets, lists: a.lists, heavy: here{}}
	models, err := a.modelFiles(set.Models)
	if err != nil {
		return nil, err
	}
	if models != fs.FS(sql.Files) {
		out.models = models
	}
	return out, out.readCalendar()
}

// modelFiles returns models with the reference data that came with them: those
// of the program, or kept ones.
func (a *App) modelFiles(digest string) (fs.FS, error) {
	own, err := digestOfFiles(sql.Files)
	if err != nil || own == digest {
		return sql.Files, err
	}
	text, err := os.ReadFile(filepath.Join(a.rulesFolder(), "models", digest+".zip"))
	if err != nil {
		return nil, fmt.Errorf("models as they were cannot be read: %w; put folder rules back from a backup", err)
	}
	files, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, fmt.Errorf("models as they were: %w; put folder rules back from a backup", err)
	}
	return files, nil
}

// keepOnce writes a file that is never changed again: whole or not at all,
// readable by its owner only.
func keepOnce(file string, text []byte) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("rules cannot be kept: %w", err)
	}
	temp := file + ".tmp"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("rules cannot be kept: %w", err)
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("rules cannot be kept: %w", err)
	}
	if err := os.Rename(temp, file); err != nil {
		return fmt.Errorf("rules cannot be kept: %w", err)
	}
	return syncFolder(filepath.Dir(file))
}

// eachRuleFile visits models, checks, macros and shipped reference data in the
// order of their paths.
func eachRuleFile(fsys fs.FS, visit func(name string, text []byte) error) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case path.Ext(name) != ".sql" && (path.Ext(name) != ".csv" || !strings.HasPrefix(name, "ref/")):
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return visit(name, text)
	})
}

func digestOfFiles(fsys fs.FS) (string, error) {
	h := sha256.New()
	err := eachRuleFile(fsys, func(name string, text []byte) error {
		fmt.Fprintf(h, "%d:%s%d:", len(name), name, len(text))
		h.Write(text)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("models cannot be read: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func zipped(fsys fs.FS) ([]byte, error) {
	var b bytes.Buffer
	pack := zip.NewWriter(&b)
	err := eachRuleFile(fsys, func(name string, text []byte) error {
		w, err := pack.Create(name)
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	})
	if err := errors.Join(err, pack.Close()); err != nil {
		return nil, fmt.Errorf("models cannot be kept: %w", err)
	}
	return b.Bytes(), nil
}

// ruleFiles lists the kept sets for a backup: nothing else tells what was in
// force when.
func (a *App) ruleFiles() []backupSource {
	var out []backupSource
	for _, kind := range []string{"sets/*.json", "reference/*.csv", "models/*.zip"} {
		files, _ := filepath.Glob(filepath.Join(a.rulesFolder(), filepath.FromSlash(kind))) // the pattern is in order
		for _, file := range files {
			name := "rules/" + path.Dir(kind) + "/" + filepath.Base(file)
			if ruleFile.MatchString(name) {
				out = append(out, backupSource{name, file})
			}
		}
	}
	return out
}

// restoreRules puts them back.
func (a *App) restoreRules(dir string, b Backup) error {
	for _, f := range b.Files {
		if !ruleFile.MatchString(f.Name) {
			continue
		}
		to := filepath.Join(a.rulesFolder(), filepath.FromSlash(strings.TrimPrefix(f.Name, "rules/")))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := placeNew(filepath.Join(dir, filepath.FromSlash(f.Name)), to); err != nil {
			return err
		}
	}
	return nil
}
