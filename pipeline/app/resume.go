package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"nightjar/pipeline"
)

const (
	// finishedMark stands in the folder of a build that is whole and checked.
	finishedMark = "finished.json"
	// finishedPrefix begins the name of such a folder once its run is gone.
	finishedPrefix = "finished-"
	buildFolders   = "build-*"
)

// resuming is a warehouse that goes on where a run before it ended: a build
// that was whole when its run was killed or could not be published is not made
// again, as long as nothing that it is made of has changed.
type resuming struct {
	pipeline.Warehouse
	work string
	gone func(ctx context.Context, in pipeline.BuildInput) (pipeline.BuildInput, error) // what was erased and removed so far
}

// finished is what the mark says of a build.
type finished struct {
	RunID string         `json:"run_id"`
	Of    string         `json:"of"` // digest of what the fingerprint leaves out and the work file holds
	Build pipeline.Build `json:"build"`
}

// Build implements pipeline.Warehouse.
func (r resuming) Build(ctx context.Context, in pipeline.BuildInput, p pipeline.Progress) (pipeline.Build, error) {
	if b, ok := r.take(in); ok {
		var err error
		b.Input, err = r.gone(ctx, b.Input) // the build that is not made again would have asked
		return b, err
	}
	b, err := r.Warehouse.Build(ctx, in, p)
	if err != nil || len(b.Blocked()) > 0 {
		return b, err
	}
	return b, mark(b)
}

// take looks for a finished build of just this input and makes it the run's
// own. Whatever is wrong with one only costs the time of making it again.
func (r resuming) take(in pipeline.BuildInput) (pipeline.Build, bool) {
	want := r.Fingerprint(in)
	folders, _ := filepath.Glob(filepath.Join(r.work, finishedPrefix+"*"))
	for _, folder := range folders {
		f, err := readMark(folder)
		if err != nil || want == "" || f.Build.Fingerprint != want || f.Of != digestOf(in) {
			continue
		}
		b, own := f.Build, filepath.Join(r.work, "build-"+in.RunID)
		file := filepath.Base(b.Path)
		if _, err := os.Stat(filepath.Join(folder, file)); err != nil || os.Rename(folder, own) != nil {
			continue
		}
		b.Input, b.MadeBy, b.Path = in, f.RunID, filepath.Join(own, file)
		return b, true
	}
	return pipeline.Build{}, false
}

// digestOf names what a work file holds beyond its fingerprint: the files that
// were refused, and why.
func digestOf(in pipeline.BuildInput) string {
	h := sha256.New()
	for _, f := range in.Refused {
		h.Write([]byte(f.Key() + "\x00" + f.Reason + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// mark says that a build is whole. The work file is on the disk before the
// mark is.
func mark(b pipeline.Build) error {
	folder := filepath.Dir(b.Path)
	if err := syncFolder(b.Path); err != nil {
		return err
	}
	f := finished{RunID: b.Input.RunID, Of: digestOf(b.Input), Build: b}
	f.Build.Input = pipeline.BuildInput{} // the next run gathers its own
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	temp := filepath.Join(folder, finishedMark+".tmp")
	out, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(folder, finishedMark))
}

func readMark(folder string) (finished, error) {
	var f finished
	text, err := os.ReadFile(filepath.Join(folder, finishedMark))
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	return f, err
}

// keepFinished moves the newest whole build of a run that is gone out of the
// sweep's way; older ones are removed. The caller holds the run lock.
func keepFinished(work string) error {
	builds, err := filepath.Glob(filepath.Join(work, buildFolders)) // sorted by name, which is the time of the run
	if err != nil {
		return err
	}
	for _, folder := range builds {
		if _, err := os.Stat(filepath.Join(folder, finishedMark)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := dropFinished(work); err != nil {
			return err
		}
		name := finishedPrefix + strings.TrimPrefix(filepath.Base(folder), "build-")
		if err := os.Rename(folder, filepath.Join(work, name)); err != nil {
			return err
		}
	}
	return nil
}

// dropFinished removes the builds that were kept: they hold people.
func dropFinished(work string) error {
	folders, err := filepath.Glob(filepath.Join(work, finishedPrefix+"*"))
	for _, f := range folders {
		err = errors.Join(err, os.RemoveAll(f))
	}
	return err
}
