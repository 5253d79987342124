package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"nightjar/pipeline"
)

// tempFolder, inside the archive, holds what is being compressed: on the same
// disk as its goal, so that a rename puts it there in one step, and in one
// place, so that leavings are found without walking years of archive.
const tempFolder = ".tmp"

// archiveTime is how an archived file's name begins.
const archiveTime = "20060102T150405Z"

// errChanged is an inbox file that is no longer the one that was loaded.
var errChanged = errors.New("the file is another one now")

// Archive implements pipeline.Source: it compresses the file to
// archive/<dataset>/<provider>/<delivered>-<hash>-<name>.zst, reads that back,
// and only then removes the file and its .done marker from the inbox. A file
// that is gone is archived already. One that changed since it was loaded is
// left alone: it is a new delivery. The error is pipeline.ErrNotReady when the
// file cannot be read, and worth trying again in any case.
func (d *DropFolder) Archive(ctx context.Context, a pipeline.Arrival) error {
	err := d.archive(ctx, a)
	switch {
	case err == nil, errors.Is(err, errChanged), errors.Is(err, errNotRegular):
		return nil
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("archive %s: let nightjar remove it from the inbox and write to the archive: %w: %w", a.Name, pipeline.ErrNotReady, err)
	}
	return fmt.Errorf("archive %s: %w", a.Name, err)
}

func (d *DropFolder) archive(ctx context.Context, a pipeline.Arrival) error {
	f, err := d.open(a.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return removeIfThere(a.Path + doneSuffix)
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	before, err := f.Stat()
	if err != nil {
		return err
	}
	if before.Size() != a.Size {
		return errChanged
	}
	erased, err := d.erasedIn(ctx, a)
	switch {
	case err != nil:
	case len(erased) > 0:
		err = d.keepWithout(ctx, f, a, erased)
	default:
		err = d.withSqueezer(func(s *squeezer) error { return d.keep(ctx, s, f, a) })
	}
	if err != nil {
		return err
	}
	return removeTaken(a.Path, before)
}

// keep sees to it that the archive holds the bytes of the arrival, and that
// the open file holds the same: errChanged otherwise.
func (d *DropFolder) keep(ctx context.Context, s *squeezer, f *os.File, a pipeline.Arrival) error {
	folder := filepath.Join(d.opt.Archive, a.Dataset, a.Provider)
	kept, err := s.kept(ctx, folder, a.Hash)
	if err != nil {
		return err
	}
	if kept {
		got, err := s.plain(ctx, f)
		if err == nil && got != a.Hash {
			err = errChanged
		}
		return err
	}
	temp := filepath.Join(d.opt.Archive, tempFolder)
	if err := errors.Join(makeFolders(d.opt.Archive, tempFolder), makeFolders(d.opt.Archive, a.Dataset, a.Provider)); err != nil {
		return err
	}
	return s.put(ctx, temp, filepath.Join(folder, archiveName(a)), f, a.Hash)
}

// kept reports whether the folder holds a file of these bytes, whatever the
// file was called. The name is only a hint: the archived bytes are read, and a
// damaged file counts for nothing.
func (s *squeezer) kept(ctx context.Context, folder, hash string) (bool, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	mark := "-" + short(hash) + "-"
	for _, e := range entries {
		// The hash stands right behind the time; further on it would be part of a name.
		if n := len(archiveTime); len(e.Name()) < n || !strings.HasPrefix(e.Name()[n:], mark) {
			continue
		}
		if ok, err := s.holds(ctx, filepath.Join(folder, e.Name()), hash); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

// holds reports whether an archived file decompresses to the bytes of hash.
func (s *squeezer) holds(ctx context.Context, path, hash string) (bool, error) {
	f, err := openRegular(path)
	if err != nil {
		return false, err
	}
	got, broken := s.content(ctx, f)
	return broken == nil && got == hash, errors.Join(ctx.Err(), f.Close())
}

// removeTaken removes a file that is safe in the archive, if it is still the
// one that was opened. The marker goes first: a marker without its file would
// vouch for whatever comes under that name next.
func removeTaken(path string, opened fs.FileInfo) error {
	now, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !sameState(opened, now):
		return errChanged
	}
	if err := removeIfThere(path + doneSuffix); err != nil {
		return err
	}
	return removeIfThere(path)
}

// SweepArchive removes what a killed process left of files it was compressing,
// and returns how many there were. Nothing is lost by it: their originals are
// in the inbox still. Call it while no other process archives, under the run's
// lock.
func (d *DropFolder) SweepArchive(ctx context.Context) (int, error) {
	temp := filepath.Join(d.opt.Archive, tempFolder)
	entries, err := os.ReadDir(temp)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("sweep archive: %w", err)
	}
	for i, e := range entries {
		if err := errors.Join(ctx.Err(), os.Remove(filepath.Join(temp, e.Name()))); err != nil {
			return i, fmt.Errorf("sweep archive: %w", err)
		}
	}
	return len(entries), nil
}

// nameLimit is the longest part of a list's own name that its archived name
// keeps, in bytes: file systems end at 255, and time, hash and suffix need 35.
const nameLimit = 200

// archiveName is the name under which an arrival is kept.
func archiveName(a pipeline.Arrival) string {
	return a.DeliveredAt.UTC().Format(archiveTime) + "-" + short(a.Hash) + "-" + shorten(path.Base(a.Name)) + ".zst"
}

// short is the part of a hash that names carry.
func short(hash string) string { return hash[:min(12, len(hash))] }

// shorten cuts a long name in front of its extension, between two characters.
func shorten(name string) string {
	if len(name) <= nameLimit {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 10 {
		ext = ""
	}
	cut := nameLimit - len(ext)
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ext
}
