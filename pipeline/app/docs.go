package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
