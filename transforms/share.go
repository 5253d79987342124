package transforms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// pointerFile names, on a share, the folder that readers are to open: its name
// on the first line, and on the second the SHA-256 of its build.json.
const pointerFile = "current.txt"

// ShareOptions says where what readers see is copied to besides.
type ShareOptions struct {
	Published string // the local published folder, with its link
	Share     string // a folder that may know no links, such as a mounted Windows share
	Keep      int    // publications kept there, the current one included
}

// CopyToShare brings a share to what readers of the published folder see: the
// whole publication in a folder of its own, then the pointer file by one
// rename. A kill or an error before that leaves readers of the share with what
// they had, whole. Called again, it goes on where it is needed and does nothing
// where it is not; so every night, and every rollback, calls it. copied tells
// whether the pointer was moved. What cannot be removed, because a reader on
// Windows has it open, is tried again the next time.
func CopyToShare(ctx context.Context, o ShareOptions) (copied bool, err error) {
	run, err := os.Readlink(filepath.Join(o.Published, currentLink))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // nothing is published yet
	}
	if err != nil {
		return false, err
	}
	run = filepath.Base(run)
	from := filepath.Join(o.Published, run)
	stamp, err := digest(from, manifestFile)
	if err != nil {
		return false, err
	}
	if _, err := os.Stat(o.Share); err != nil { // never made by us: an empty folder may be a share that is not mounted
		return false, fmt.Errorf("share: %w; mount it, or correct publish.share", err)
	}
	pointer := run + "\nsha256:" + stamp.SHA256 + "\n"
	to := filepath.Join(o.Share, run)
	if shown, err := os.ReadFile(filepath.Join(o.Share, pointerFile)); err == nil && string(shown) == pointer && sameFiles(to, stamp) {
		return false, nil
	}
	if !sameFiles(to, stamp) {
		if err := copyPublication(ctx, from, to); err != nil {
			return false, fmt.Errorf("copy run %s to the share: %w", run, err)
		}
	}
	if err := replaceFile(filepath.Join(o.Share, pointerFile), pointer); err != nil {
		return false, fmt.Errorf("pointer file of the share: %w; readers see what they saw", err)
	}
	return true, pruneShare(o, run)
}

// sameFiles reports whether a copy is that of this manifest, with every file
// in its size.
func sameFiles(folder string, manifest fileDigest) bool {
	d, err := digest(folder, manifestFile)
	if err != nil || d != manifest {
		return false
	}
	_, err = readManifest(folder)
	return err == nil
}

// copyPublication copies beside the name and renames when all is there and has
// the digests that it was published with.
func copyPublication(ctx context.Context, from, to string) error {
	m, err := readManifest(from)
	if err != nil {
		return err
	}
	temp := filepath.Join(filepath.Dir(to), "."+filepath.Base(to)+tempSuffix)
	if err := os.RemoveAll(temp); err != nil { // of a killed copy
		return err
	}
	for _, f := range append(m.Files, fileDigest{Path: manifestFile}) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := copyFile(filepath.Join(from, filepath.FromSlash(f.Path)), filepath.Join(temp, filepath.FromSlash(f.Path))); err != nil {
			return err
		}
		if f.SHA256 == "" {
			continue
		}
		if d, err := digest(temp, f.Path); err != nil || d != f {
			return errors.Join(err, fmt.Errorf("%s is not on the share what was published; the next night tries again", f.Path))
		}
	}
	if err := os.RemoveAll(to); err != nil { // a copy that was spoilt since
		return err
	}
	return os.Rename(temp, to)
}

func copyFile(from, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}

// replaceFile writes a file beside its name and renames it.
func replaceFile(path, text string) error {
	temp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+tempSuffix)
	if err := os.WriteFile(temp, []byte(text), 0o640); err != nil {
		return err
	}
	if err := syncDir(temp); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// pruneShare removes what copies left half-made and publications beyond Keep.
func pruneShare(o ShareOptions, shown string) error {
	kept, err := publications(o.Share)
	if err != nil {
		return err
	}
	for i, name := range kept {
		if i >= max(o.Keep, 1) && name != shown {
			_ = os.RemoveAll(filepath.Join(o.Share, name)) // a reader may have it open; the next night tries again
		}
	}
	return sweep(o.Share, func(name string) bool {
		run := strings.TrimSuffix(strings.TrimPrefix(name, "."), tempSuffix)
		return name == "."+run+tempSuffix && restrictedFile.MatchString(run+restrictedEnding) // the name of a run, and nobody else's file
	})
}
