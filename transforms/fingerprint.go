package transforms

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// buildFormat is part of every fingerprint. Raise it when the code that builds
// or publishes changes what readers get from the same models.
const buildFormat = 3

// Fingerprint identifies what a build would be made of: the deliveries with
// their snapshots, the models, the reference data with overrides and settings,
// and the day asked for. The program's version is left out, so that an update
// that changes no model publishes nothing new.
func (w *Warehouse) Fingerprint(in pipeline.BuildInput) string {
	h := newHasher()
	h.add("format", fmt.Sprint(buildFormat))
	h.add("known until", in.KnownUntil.String())
	h.add("models", w.modelsHash())
	h.add("reference", w.refHash())
	for _, group := range []struct {
		status string
		files  []pipeline.FileRecord
	}{{"loaded", in.Files}, {"refused", in.Refused}} {
		var keys []string
		for _, f := range group.files {
			keys = append(keys, strings.Join([]string{f.Key(), f.Path, f.Quarantine, f.DeliveredOn.String(), f.Period, fmt.Sprint(f.Counts)}, "\x00"))
		}
		slices.Sort(keys)
		h.add(group.status, keys...)
	}
	for _, d := range in.Decisions {
		h.add("decision", d.Subject, d.PersonID, string(d.Verdict))
	}
	for _, e := range w.o.Expected {
		h.add("expected", e.Dataset, e.Provider, e.AcademicYear, e.Season, e.OpensOn.String(), e.DueOn.String(), e.UntilOn.String())
	}
	return h.sum()
}

// modelsHash is the hash of every SQL file.
func (w *Warehouse) modelsHash() string {
	h := newHasher()
	h.addTree(w.o.SQL, func(file string) bool { return path.Ext(file) == ".sql" })
	return h.sum()
}

// refHash is the hash of the reference data in use: shipped files, overrides,
// settings. A folder that cannot be read gives a hash of its own; the build
// that follows then says what is wrong.
func (w *Warehouse) refHash() string {
	h := newHasher()
	h.addTree(w.o.SQL, func(file string) bool { return strings.HasPrefix(file, "ref/") && path.Ext(file) == ".csv" })
	over, err := w.overrides()
	if err != nil {
		h.add("unreadable", err.Error())
	}
	for _, file := range sortedKeys(over) {
		h.add("override", filepath.Base(file), string(over[file]))
	}
	for _, name := range sortedKeys(w.o.Settings) {
		h.add("setting", name, w.o.Settings[name])
	}
	return h.sum()
}

// hasher hashes a sequence of texts so that no two sequences look alike: every
// text is preceded by its length.
type hasher struct{ h hash.Hash }

func newHasher() *hasher { return &hasher{sha256.New()} }

func (h *hasher) add(kind string, parts ...string) {
	fmt.Fprintf(h.h, "%s %d\n", kind, len(parts))
	for _, p := range parts {
		fmt.Fprintf(h.h, "%d:%s\n", len(p), p)
	}
}

func (h *hasher) addTree(fsys fs.FS, want func(file string) bool) {
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file == "testdata":
			return fs.SkipDir
		case d.IsDir() || !want(file):
			return nil
		}
		body, err := fs.ReadFile(fsys, file)
		h.add(file, string(body))
		return err
	})
	if err != nil {
		h.add("unreadable", err.Error())
	}
}

func (h *hasher) sum() string { return hex.EncodeToString(h.h.Sum(nil)) }
