package sources

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"nightjar/pipeline"
)

// Unarchive puts the bytes of an archived delivery back into the inbox under a
// name (a path below the inbox, with forward slashes), for when its snapshot
// was lost. It reports false where the archive does not hold them. A file that
// stands under that name is never touched.
func (d *DropFolder) Unarchive(ctx context.Context, del pipeline.Delivery, name string) (found bool, err error) {
	goal := filepath.Join(d.opt.Inbox, filepath.FromSlash(name))
	if _, err := os.Lstat(goal); !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("%s stands in the inbox already; move it away", name)
	}
	folder := filepath.Join(d.opt.Archive, del.Dataset, del.Provider)
	err = d.withSqueezer(func(s *squeezer) error {
		path, err := s.find(ctx, folder, del.Hash)
		if err != nil || path == "" {
			return err
		}
		found = true
		if err := makeFolders(d.opt.Inbox, strings.Split(filepath.ToSlash(filepath.Dir(filepath.FromSlash(name))), "/")...); err != nil {
			return err
		}
		return s.expand(ctx, path, goal, del.Hash)
	})
	if err != nil {
		return false, fmt.Errorf("archived file of %s: %w", name, err)
	}
	return found, nil
}

// find returns the archived file that holds these bytes; empty when none does.
func (s *squeezer) find(ctx context.Context, folder, hash string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	mark := "-" + short(hash) + "-"
	for _, e := range entries {
		if n := len(archiveTime); len(e.Name()) < n || !strings.HasPrefix(e.Name()[n:], mark) {
			continue
		}
		path := filepath.Join(folder, e.Name())
		if ok, err := s.holds(ctx, path, hash); err != nil || ok {
			return path, err
		}
	}
	return "", nil
}

// expand writes the archived bytes to goal: aside under a name that no search
// takes, synced, compared, renamed.
func (s *squeezer) expand(ctx context.Context, path, goal, want string) (err error) {
	src, err := openRegular(path)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()                        // only read from
	f, err := os.CreateTemp(filepath.Dir(goal), ".restore-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeIfThere(f.Name()))
		}
	}()
	if err := errors.Join(s.unpack(ctx, f, src, want), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), goal); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(goal))
}

func (s *squeezer) unpack(ctx context.Context, f *os.File, src io.Reader, want string) error {
	s.sum.Reset()
	if err := s.dec.Reset(reader{ctx, src}); err != nil {
		return err
	}
	if _, err := s.dec.WriteTo(io.MultiWriter(f, s.sum)); err != nil {
		return err
	}
	if hex.EncodeToString(s.sum.Sum(nil)) != want {
		return errors.New("the archive is damaged; deliver the list again")
	}
	return f.Sync()
}
