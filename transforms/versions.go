package transforms

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
)

// rollbackFile remembers in the published folder what readers were taken back
// from. An entry counts while readers see something older: a kill before the
// switch leaves all as it was, and a new publication ends the rollback.
const rollbackFile = ".rollback.json"

// rollbackRecord is the rollback file.
type rollbackRecord struct {
	Passed []passedOver `json:"passed"` // every kept publication that a person rejected
}

// passedOver is a publication that readers were taken back from.
type passedOver struct {
	RunID       string    `json:"run_id"`
	Fingerprint string    `json:"fingerprint"`
	Published   time.Time `json:"published"`
	Rollback
}

// Rollback is who took readers back from a publication, when and why.
type Rollback struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
}

// Version is a publication that is kept.
type Version struct {
	RunID      string    `json:"run_id"`
	AsAt       string    `json:"as_at"`
	Published  time.Time `json:"published"`
	Program    string    `json:"nightjar_version"`
	Bytes      int64     `json:"bytes"`
	Files      int       `json:"files"`
	Current    bool      `json:"current"`
	RolledBack *Rollback `json:"rolled_back,omitempty"` // readers were taken back from it
	Damage     string    `json:"damage,omitempty"`      // what is wrong with its files, by their sizes
}

// Versions lists the kept publications, newest first. An empty or missing
// folder has none.
func (p *Publisher) Versions(context.Context) ([]Version, error) {
	root, err := filepath.Abs(p.o.Folder)
	if err != nil {
		return nil, err
	}
	rec, err := readRollback(root)
	if err != nil {
		return nil, err
	}
	return versions(root, rec)
}

func versions(root string, rec rollbackRecord) ([]Version, error) {
	names, err := publications(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("published folder: %w", err)
	}
	shown, _ := os.Readlink(filepath.Join(root, currentLink)) // none: nothing is current
	var out []Version
	for _, name := range names {
		m, err := readManifest(filepath.Join(root, name))
		v := Version{RunID: name, AsAt: m.AsAt, Published: m.Published, Program: m.Version, Files: len(m.Files), Current: name == filepath.Base(shown)}
		if err != nil {
			v.Damage = err.Error()
		}
		for _, f := range m.Files {
			v.Bytes += f.Bytes
		}
		if i := slices.IndexFunc(rec.Passed, func(o passedOver) bool { return o.RunID == name }); i >= 0 && !v.Current {
			v.RolledBack = &rec.Passed[i].Rollback
		}
		out = append(out, v)
	}
	return out, nil
}

// RollBack switches readers to a kept publication, by one rename, as a night
// does. run is its name; empty means the newest one before the current that
// nobody was taken back from. Its files are compared with their digests first.
// The caller holds the lock of the data folder.
//
// Everything newer than the target counts as rejected: a night made of the same
// deliveries, models and reference data does not publish it again. Something
// new, such as one more list, ends the rollback.
func (p *Publisher) RollBack(ctx context.Context, run, by, reason string) (pipeline.Publication, error) {
	root, err := filepath.Abs(p.o.Folder)
	if err != nil {
		return pipeline.Publication{}, err
	}
	gid, err := p.groupID()
	if err != nil {
		return pipeline.Publication{}, err
	}
	rec, _ := readRollback(root) // a damaged one is replaced by this
	kept, err := versions(root, rec)
	if err != nil {
		return pipeline.Publication{}, err
	}
	at, err := target(kept, run)
	if err != nil {
		return pipeline.Publication{}, err
	}
	to := kept[at].RunID
	if err := intact(filepath.Join(root, to)); err != nil {
		return pipeline.Publication{}, fmt.Errorf("run %s cannot be shown again: %w; choose another: nightjar versions", to, err)
	}
	p2 := &publishing{Publisher: p, root: root}
	p2.moveStrayLogs()
	if err := writeRollback(root, reject(root, rec, kept, at, Rollback{p.o.Clock.Now().UTC(), by, reason})); err != nil {
		return pipeline.Publication{}, fmt.Errorf("rollback cannot be noted, readers see what they saw: %w", err)
	}
	if err := switchTo(root, to, gid); err != nil {
		return pipeline.Publication{}, fmt.Errorf("switch readers to run %s: %w", to, err)
	}
	pub, _, err := p.Current(ctx)
	pub.Notices = append(p2.notices, pub.Notices...)
	return pub, err
}

// target finds the publication that a rollback is to show.
func target(kept []Version, run string) (int, error) {
	current := slices.IndexFunc(kept, func(v Version) bool { return v.Current })
	if run != "" {
		at := slices.IndexFunc(kept, func(v Version) bool { return v.RunID == run })
		switch {
		case at < 0:
			return 0, fmt.Errorf("%w: no publication of run %s is kept; see: nightjar versions", pipeline.ErrUsage, run)
		case at == current:
			return 0, fmt.Errorf("%w: readers see run %s already", pipeline.ErrUsage, run)
		}
		return at, nil
	}
	for i := current + 1; i < len(kept); i++ {
		if kept[i].RolledBack == nil && kept[i].Damage == "" {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%w: no earlier publication is kept; publish.keep says how many are", pipeline.ErrUsage)
}

// reject returns the record of a rollback to kept[at]: what is newer is
// rejected, with what was rejected before and still lies there; what is shown
// again is not.
func reject(root string, rec rollbackRecord, kept []Version, at int, r Rollback) rollbackRecord {
	var out rollbackRecord
	for i, v := range kept {
		old := slices.IndexFunc(rec.Passed, func(o passedOver) bool { return o.RunID == v.RunID })
		switch {
		case i == at:
		case old >= 0:
			out.Passed = append(out.Passed, rec.Passed[old])
		case i < at:
			if m, err := readManifest(filepath.Join(root, v.RunID)); err == nil { // a damaged one is never shown again
				out.Passed = append(out.Passed, passedOver{v.RunID, m.Fingerprint, m.Published, r})
			}
		}
	}
	return out
}

// intact compares every file of a publication with its digest.
func intact(folder string) error {
	m, err := readManifest(folder)
	if err != nil {
		return err
	}
	for _, f := range m.Files {
		d, err := digest(folder, f.Path)
		if err != nil {
			return err
		}
		if d != f {
			return fmt.Errorf("%s is not what was published", f.Path)
		}
	}
	return nil
}

// passedFingerprints are those of the publications that readers were taken back
// from, as far as they are newer than what readers see.
func passedFingerprints(root string, seen manifest) ([]string, error) {
	rec, err := readRollback(root)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, o := range rec.Passed {
		if o.Published.After(seen.Published) {
			out = append(out, o.Fingerprint)
		}
	}
	return out, nil
}

func readRollback(root string) (rollbackRecord, error) {
	var rec rollbackRecord
	text, err := os.ReadFile(filepath.Join(root, rollbackFile))
	if errors.Is(err, fs.ErrNotExist) {
		return rec, nil
	}
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		err = d.Decode(&rec)
	}
	if err != nil {
		return rollbackRecord{}, fmt.Errorf("note of the last rollback cannot be read: %w; roll back again, or remove %s to let the next night publish", err, rollbackFile)
	}
	return rec, nil
}

// writeRollback replaces the note as a whole.
func writeRollback(root string, rec rollbackRecord) error {
	slices.SortFunc(rec.Passed, func(a, b passedOver) int { return cmp.Compare(a.RunID, b.RunID) })
	text, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	temp := filepath.Join(root, strings.TrimSuffix(rollbackFile, ".json")+tempSuffix)
	if err := os.WriteFile(temp, append(text, '\n'), 0o640); err != nil {
		return err
	}
	if err := syncDir(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(root, rollbackFile)); err != nil {
		return err
	}
	return syncDir(root)
}

// switchTo points readers at a publication by one rename.
func switchTo(root, run string, gid int) error {
	link := filepath.Join(root, "."+run+".link"+tempSuffix)
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a killed rollback
		return err
	}
	if err := os.Symlink(run, link); err != nil { // relative: the data folder may be moved or mounted elsewhere
		return err
	}
	if gid >= 0 {
		if err := os.Lchown(link, -1, gid); err != nil {
			return err
		}
	}
	if err := os.Rename(link, filepath.Join(root, currentLink)); err != nil {
		return err
	}
	return syncDir(root)
}
