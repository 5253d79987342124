package erase

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"nightjar/sources/tabular"
)

// CountLines counts the rows about the person in a list that stands on the
// disk as it is.
func CountLines(ctx context.Context, path string, p *Person) (n int64, err error) {
	_, n, err = p.linesOf(ctx, path)
	return n, err
}

// List takes the person out of a list that stands on the disk as it is, such as
// one that was written for callers, and returns how many rows went. A list out
// of which rows cannot be taken is removed: it can be written again.
func List(ctx context.Context, path, work string, p *Person) (gone int64, err error) {
	lines, n, err := p.linesOf(ctx, path)
	if err != nil || n == 0 {
		return 0, err
	}
	dir, err := os.MkdirTemp(work, tempPrefix) // on the same disk
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cut := filepath.Join(dir, "cut")
	err = RedactTo(ctx, path, cut, lines)
	if errors.Is(err, tabular.ErrWhole) {
		return n, errors.Join(os.Remove(path), syncFolder(filepath.Dir(path)))
	}
	if err != nil {
		return 0, err
	}
	if err := syncFolder(cut); err != nil { // a file is synced the same way
		return 0, err
	}
	if err := os.Rename(cut, path); err != nil {
		return 0, err
	}
	return n, syncFolder(filepath.Dir(path))
}

// linesOf returns the lines about the person, by sheet. What is no list has
// none.
func (p *Person) linesOf(ctx context.Context, path string) (map[string][]int64, int64, error) {
	file, err := tabular.Open(path)
	if err != nil {
		if _, refused := tabular.AsRefusal(err); refused {
			return nil, 0, nil
		}
		return nil, 0, err
	}
	defer file.Close()
	holds, out, n := p.HoldsRow(), map[string][]int64{}, int64(0)
	for _, sheet := range file.Sheets() {
		rows, err := file.Rows(sheet)
		if err != nil {
			return nil, 0, err
		}
		for {
			rec, err := rows.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err := errors.Join(err, ctx.Err()); err != nil {
				return nil, 0, errors.Join(err, rows.Close())
			}
			cells := make([]string, len(rec.Cells))
			for i, c := range rec.Cells {
				cells[i] = string(c)
			}
			if holds(cells) {
				out[sheet] = append(out[sheet], rec.Line)
				n++
			}
		}
		if err := rows.Close(); err != nil {
			return nil, 0, err
		}
	}
	return out, n, nil
}
