package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"nightjar/pipeline"
	"nightjar/transforms/dictionary"
)

// Docs writes the data dictionary into a folder, as Markdown and as one page,
// and returns the paths. It reads models and contracts only, no data, so it
// works before the first night.
func (a *App) Docs(ctx context.Context, folder string) ([]string, error) {
	work, err := os.MkdirTemp("", "nightjar-docs-")
	if err != nil {
		return nil, fmt.Errorf("data dictionary: %w", err)
	}
	defer os.RemoveAll(work)
	w, err := a.warehouse(work, nil)
	if err != nil {
		return nil, err
	}
	described, err := w.Describe(ctx)
	if err != nil {
		return nil, fmt.Errorf("data dictionary: %w; see: nightjar check", err)
	}
	d := dictionary.New(described, a.datasets, a.Version)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("data dictionary: %w; name another folder with --out", err)
	}
	var paths []string
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{{"dictionary.html", d.HTML}, {"dictionary.md", d.Markdown}} {
		path := filepath.Join(folder, f.name)
		if err := writeDoc(path, f.write); err != nil {
			return nil, fmt.Errorf("data dictionary: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// dictionary puts the data dictionary of a build at a path, as a page. It is
// made once for each state of models and reference data and kept for the
// nights that follow.
func (a *App) dictionary(ctx context.Context, b pipeline.Build, path string) error {
	folder := filepath.Join(a.cfg.Folders.Data, "dictionary")
	kept := filepath.Join(folder, fmt.Sprintf("%x.html", sha256.Sum256([]byte(a.Version+"\n"+b.ModelsHash+"\n"+b.RefHash))))
	if _, err := os.Stat(kept); err != nil {
		if err := os.RemoveAll(folder); err != nil {
			return fmt.Errorf("data dictionary: %w", err)
		}
		work, err := os.MkdirTemp(a.work(), "docs-")
		if err != nil {
			return fmt.Errorf("data dictionary: %w", err)
		}
		defer os.RemoveAll(work)
		paths, err := a.Docs(ctx, work)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("data dictionary: %w", err)
		}
		if err := os.Rename(paths[0], kept); err != nil {
			return fmt.Errorf("data dictionary: %w", err)
		}
	}
	text, err := os.ReadFile(kept)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("data dictionary: %w", err)
	}
	return nil
}

// writeDoc writes a file as a whole: a reader never finds half of it.
func writeDoc(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".dictionary-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
