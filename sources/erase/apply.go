package erase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

// Left is what a delivered file holds after the person is gone.
type Left struct {
	Key         string
	Accepted    int64
	Quarantined int64
	Snapshot    bool // whether there is still a snapshot
	Quarantine  bool
}

// Rewrite takes the person's rows out of the snapshot and the quarantine of a
// file, each in one step. Done already, it changes nothing.
func Rewrite(data string, f File) (Left, error) {
	out := Left{Key: f.Key}
	var err error
	if out.Accepted, err = rewrite(data, f.Snapshot, f.Rows, f.Drop); err == nil {
		out.Quarantined, err = rewrite(data, f.Quarantine, f.QuarantineRows, f.QuarantineDrop)
	}
	out.Snapshot, out.Quarantine = out.Accepted > 0, out.Quarantined > 0
	return out, err
}

// rewrite drops rows of one snapshot file; how many it holds tells whether
// that was done before.
func rewrite(data, name string, rows int64, drop []int64) (int64, error) {
	if name == "" {
		return 0, nil
	}
	path := filepath.Join(data, filepath.FromSlash(name))
	want := rows - int64(len(drop))
	now, err := countRows(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && want == 0:
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("%s: %w", name, err)
	case now == want:
		return want, nil
	case now != rows:
		return 0, fmt.Errorf("%s holds %d rows where %d were looked through; another run wrote it: start forget again from the beginning", name, now, rows)
	}
	at := 0
	left, err := snapshot.Rewrite(path, func(row int64) bool {
		if at < len(drop) && drop[at] == row {
			at++
			return true
		}
		return false
	})
	if err == nil && left != want {
		err = fmt.Errorf("%s holds %d rows afterwards where %d should be left; please report this", name, left, want)
	}
	return left, err
}

func countRows(path string) (n int64, err error) {
	err = snapshot.Scan(path, []string{"line"}, func([]snapshot.Cell) error { n++; return nil })
	return n, err
}

// tempPrefix begins the names of folders in which lists are unpacked.
const tempPrefix = "erasing-"

// Sweep removes what a killed erasure left unpacked in the work folder. Call it
// under the lock of the data folder.
func Sweep(work string) error {
	entries, err := os.ReadDir(work)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(work, e.Name())))
		}
	}
	return err
}

// Archived is what became of the archived original of a file.
type Archived struct {
	Path    string `json:"path"`    // under the archive
	Removed bool   `json:"removed"` // taken away whole: single rows could not be taken out
}

// Originals takes lines out of the archived originals of a delivery. One out of
// which they cannot be taken, or that holds the person elsewhere too, is
// removed whole; its snapshot stays.
func Originals(ctx context.Context, archive, work string, f File, p *Person) ([]Archived, error) {
	folder := filepath.Join(archive, f.Dataset, f.Provider)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Archived
	for _, e := range entries {
		if !OfHash(e.Name(), f.Hash) {
			continue
		}
		path := filepath.Join(folder, e.Name())
		removed, err := original(ctx, path, filepath.Join(archive, ".tmp"), work, f.Lines, p)
		if err != nil {
			return out, fmt.Errorf("archived %s/%s/%s: %w", f.Dataset, f.Provider, e.Name(), err)
		}
		out = append(out, Archived{filepath.ToSlash(filepath.Join(f.Dataset, f.Provider, e.Name())), removed})
	}
	return out, nil
}

// OfHash tells whether an archived file's name is that of a delivery with this
// hash: the time, then the beginning of the hash.
func OfHash(name, hash string) bool {
	const stamp = len("20060102T150405Z")
	return len(name) > stamp && strings.HasPrefix(name[stamp:], "-"+hash[:min(12, len(hash))]+"-")
}

// original rewrites one archived file aside and puts it in its place.
func original(ctx context.Context, path, temp, work string, lines map[string][]int64, p *Person) (removed bool, err error) {
	dir, err := os.MkdirTemp(work, tempPrefix)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	plain, cut := filepath.Join(dir, "list"), filepath.Join(dir, "cut")
	if err := Unpack(ctx, path, plain); err != nil {
		return false, err
	}
	err = RedactTo(ctx, plain, cut, lines)
	if err == nil {
		hits, serr := p.search(ctx, cut)
		if err = serr; err == nil && hits > 0 {
			err = tabular.ErrWhole
		}
	}
	if errors.Is(err, tabular.ErrWhole) {
		return true, errors.Join(os.Remove(path), syncFolder(filepath.Dir(path)))
	}
	if err != nil {
		return false, err
	}
	return false, Pack(ctx, cut, temp, path)
}

// RedactTo writes a list without some lines to a new file for its owner alone.
func RedactTo(ctx context.Context, from, to string, lines map[string][]int64) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(tabular.Redact(ctx, from, out, lines), out.Close())
}

// Pack compresses a file to goal: aside in temp, synced, then renamed.
func Pack(ctx context.Context, from, temp, goal string) (err error) {
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(temp, "*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	z, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return errors.Join(err, out.Close())
	}
	_, err = io.Copy(z, reader{ctx, in})
	if err := errors.Join(err, z.Close(), out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := os.Rename(out.Name(), goal); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(goal))
}

// Unpack decompresses an archived file for its owner alone. The file must not
// be there yet.
func Unpack(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer z.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, reader{ctx, z})
	return errors.Join(err, out.Close())
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	src io.Reader
}

// Read reads as long as the context lives.
func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}

// writeWhole writes a small file for its owner alone: aside, synced, renamed.
func writeWhole(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".nightjar-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Counts returns what a delivery's rows became, with those that are gone
// counted as erased.
func (l Left) Counts(before pipeline.Counts) pipeline.Counts {
	before.Accepted, before.Quarantined = l.Accepted, l.Quarantined
	before.Erased = before.Read - before.Accepted - before.Quarantined - before.Blank
	return before
}
