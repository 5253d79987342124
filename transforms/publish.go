package transforms

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"nightjar/pipeline"
)

// The names of what readers see.
const (
	publishedFile = "nightjar.duckdb"
	exportsFolder = "exports"
	currentLink   = "current"
	manifestFile  = "build.json"
	// unshownMark lies in a publication that readers have not been switched to
	// yet, so that a killed run's is told from one that was shown before.
	unshownMark = ".unshown"
)

// PublisherOptions says where results are shown and to whom.
type PublisherOptions struct {
	Folder     string // published/
	Restricted string // where a stray write-ahead log is moved to
	People     string // where the restricted models of each publication go; empty: nowhere
	Editions   string // where it is noted what controlled exports let out; empty: nowhere
	// Dictionary writes the data dictionary as a page, which then lies beside the
	// exports; nil: none does.
	Dictionary func(ctx context.Context, b pipeline.Build, path string) error
	Group      string // group that owns published files; empty: the process's own
	Keep       int    // publications kept, the current one included; at least 1
	Clock      pipeline.Clock
	Version    string // of the program, for meta.build and build.json
}

// Publisher shows builds to readers. It implements pipeline.Publisher.
type Publisher struct{ o PublisherOptions }

// NewPublisher returns a publisher with these options. It touches no file
// until it is asked to.
func NewPublisher(o PublisherOptions) *Publisher {
	o.Keep = max(o.Keep, 1)
	return &Publisher{o}
}

// Publish writes marts, meta and exports of a build to a folder of their own,
// proves them by reading them back, and switches the link in one rename. Until
// then readers see the old publication; an error or a kill leaves it in place.
func (p *Publisher) Publish(ctx context.Context, b pipeline.Build, progress pipeline.Progress) (pipeline.Publication, error) {
	root, err := filepath.Abs(p.o.Folder)
	if err != nil {
		return pipeline.Publication{}, err
	}
	run := &publishing{
		Publisher: p, build: b, progress: progress, root: root,
		temp: filepath.Join(root, "."+b.Input.RunID+tempSuffix), final: filepath.Join(root, b.Input.RunID),
	}
	pub, err := run.all(ctx)
	if err != nil {
		_ = os.RemoveAll(run.temp)
		if ctx.Err() != nil {
			return pipeline.Publication{}, ctx.Err()
		}
		return pipeline.Publication{}, err
	}
	return pub, nil
}

// publishing is one publication as it comes about.
type publishing struct {
	*Publisher
	build             pipeline.Build
	progress          pipeline.Progress
	root, temp, final string
	rows              map[string]int64 // published tables and exports, with what was written
	extra             []string         // controlled exports and the dictionary, beside those
	described         dataPackage
	manifest          manifest
	notices           []pipeline.Issue
}

func (r *publishing) all(ctx context.Context) (pipeline.Publication, error) {
	gid, err := r.groupID()
	if err != nil {
		return pipeline.Publication{}, err
	}
	if _, err := os.Lstat(r.final); !errors.Is(err, fs.ErrNotExist) {
		return pipeline.Publication{}, fmt.Errorf("there is a publication of run %s already; start another run", r.build.Input.RunID)
	}
	if err := newFolder(r.temp, 0o750); err != nil {
		return pipeline.Publication{}, fmt.Errorf("published folder: %w", err)
	}
	if err := r.write(ctx); err != nil {
		return pipeline.Publication{}, err
	}
	if err := r.controlled(ctx); err != nil {
		return pipeline.Publication{}, err
	}
	if err := r.documents(ctx); err != nil {
		return pipeline.Publication{}, err
	}
	if err := r.verify(ctx); err != nil {
		return pipeline.Publication{}, fmt.Errorf("published file read back: %w", err)
	}
	if err := r.seal(gid); err != nil {
		return pipeline.Publication{}, fmt.Errorf("published files: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return pipeline.Publication{}, err
	}
	if err := r.showWithPeople(ctx, gid); err != nil {
		return pipeline.Publication{}, fmt.Errorf("switch readers to the new result: %w", err)
	}
	r.prune()
	pub, _, err := r.Current(ctx)
	pub.Notices = append(r.notices, pub.Notices...)
	return pub, err
}

// show moves the folder to its name and switches the link. Up to the last
// rename nothing that readers see has changed.
func (r *publishing) show(gid int) error {
	r.moveStrayLogs()
	if err := os.Rename(r.temp, r.final); err != nil {
		return err
	}
	if err := syncDir(r.root); err != nil {
		return err
	}
	if err := switchTo(r.root, r.build.Input.RunID, gid); err != nil {
		return err
	}
	_ = os.Remove(filepath.Join(r.final, unshownMark)) // readers have the new result; the next sweep tries again
	return nil
}

// moveStrayLogs takes write-ahead logs away that lie beside published files: a
// client that opened one for writing left it there, and DuckDB would replay it
// for every reader.
func (r *publishing) moveStrayLogs() {
	logs, _ := filepath.Glob(filepath.Join(r.root, "*", "*.wal"))
	for _, log := range logs {
		run := filepath.Base(filepath.Dir(log))
		if run == currentLink || run[0] == '.' { // the same folder once more, or a half-made one
			continue
		}
		name := fmt.Sprintf("stray-%s-%s", run, filepath.Base(log))
		say := "somebody opened the published file for writing and left " + filepath.Base(log)
		hint := "it was moved to the restricted folder as " + name + "; open the file read-only"
		to := filepath.Join(r.o.Restricted, name)
		err := os.MkdirAll(r.o.Restricted, 0o700)
		if err == nil {
			err = os.Rename(log, to)
		}
		if err != nil {
			hint = "it could not be moved away: " + err.Error() + "; remove it by hand"
		}
		_ = os.Chmod(to, 0o600) // not worth a second notice
		r.notices = append(r.notices, pipeline.Issue{File: filepath.Join(run, filepath.Base(log)), Rule: "stray_log", Say: say, Hint: hint})
	}
}

// prune removes the oldest publications beyond Keep, never the current one. It
// comes after the switch; what cannot be removed is a notice.
func (r *publishing) prune() {
	old, err := publications(r.root)
	for i, name := range old {
		if i < r.o.Keep || name == r.build.Input.RunID {
			continue
		}
		err = errors.Join(err, os.RemoveAll(filepath.Join(r.root, name)))
	}
	err = errors.Join(err, SweepRestricted(r.o.People, r.root))
	if err != nil {
		r.notices = append(r.notices, pipeline.Issue{File: filepath.Base(r.root), Rule: "prune",
			Say: "an old publication could not be removed: " + err.Error(), Hint: "remove it by hand"})
	}
}
