package sources

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"nightjar/pipeline"
	"nightjar/sources/erase"
	"nightjar/sources/tabular"
)

// erasedLedger is a ledger that knows where erased people stood in a file.
type erasedLedger interface {
	ErasedLines(ctx context.Context, fileKey string) ([]pipeline.ErasedLine, error)
}

// erasedIn returns the lines of a delivery that are about erased people, by
// sheet; nil where there are none.
func (d *DropFolder) erasedIn(ctx context.Context, a pipeline.Arrival) (map[string][]int64, error) {
	book, ok := d.opt.Ledger.(erasedLedger)
	if !ok {
		return nil, nil
	}
	list, err := book.ErasedLines(ctx, a.Key())
	if err != nil || len(list) == 0 {
		return nil, err
	}
	out := map[string][]int64{}
	for _, l := range list {
		out[l.Sheet] = append(out[l.Sheet], l.Line)
	}
	return out, nil
}

// keepWithout archives a delivery that holds erased people without their rows.
// The same delivery that is archived already lost them when they were erased.
// One out of which single rows cannot be taken is not archived: its snapshot is
// what is kept of it.
func (d *DropFolder) keepWithout(ctx context.Context, f *os.File, a pipeline.Arrival, lines map[string][]int64) (err error) {
	err = d.withSqueezer(func(s *squeezer) error {
		got, err := s.plain(ctx, f)
		if err == nil && got != a.Hash {
			err = errChanged
		}
		return err
	})
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	folder, temp := filepath.Join(d.opt.Archive, a.Dataset, a.Provider), filepath.Join(d.opt.Archive, tempFolder)
	if err := errors.Join(makeFolders(d.opt.Archive, tempFolder), makeFolders(d.opt.Archive, a.Dataset, a.Provider)); err != nil {
		return err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if erase.OfHash(e.Name(), a.Hash) {
			return nil
		}
	}
	cut := filepath.Join(temp, short(a.Hash)+".cut")
	defer func() { err = errors.Join(err, removeIfThere(cut)) }()
	if err := removeIfThere(cut); err != nil {
		return err
	}
	err = erase.RedactTo(ctx, a.Path, cut, lines)
	if errors.Is(err, tabular.ErrWhole) {
		return nil
	}
	if err != nil {
		return err
	}
	return erase.Pack(ctx, cut, temp, filepath.Join(folder, archiveName(a)))
}
