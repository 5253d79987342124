package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/contract"
	"nightjar/sources/erase"
	"nightjar/sources/tabular"
)

const (
	workFolder     = "work"
	originalPrefix = "original-"
	// originalAge is how old an unpacked original must be to be nobody's any
	// more: it is read for seconds.
	originalAge = time.Hour
)

// sweepOriginals removes originals that a killed command left unpacked. One
// that is being read by a command beside the night is let be.
func sweepOriginals(work string, now time.Time) error {
	found, err := filepath.Glob(filepath.Join(globSafe(work), originalPrefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil || now.Sub(info.ModTime()) < originalAge {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// headings are those of a file as it was handed in.
type headings struct {
	texts []string
	cells map[string]int // contract column → cell
}

// headings reads the header of the original: in the archive where it was
// loaded, in the inbox where it was refused. Where it is in neither any more,
// the rows are shown without headings.
func (q RejectsRequest) headings(ctx context.Context, f pipeline.FileRecord) (headings, error) {
	path, done, err := q.original(ctx, f)
	if err != nil {
		return headings{}, fmt.Errorf("original of %s: %w", f.Name, err)
	}
	defer done()
	none := headings{cells: map[string]int{}}
	if path == "" {
		return none, nil
	}
	file, err := tabular.Open(path)
	if err != nil {
		return none, nil // what cannot be read has no headings; the rows tell enough
	}
	defer file.Close()
	l := NewLoader(q.Loader)
	env := contract.Env{Lists: q.Loader.Lists, Location: q.Loader.Location, Date1904: file.Form().Date1904}
	t, _, err := findTable(file, l.datasets[f.Dataset], q.Loader.Profiles[f.Dataset][f.Provider], env)
	if err != nil || t == nil {
		return none, nil
	}
	defer t.rows.Close()
	out := none
	for _, c := range t.header.Cells {
		out.texts = append(out.texts, heading(c))
	}
	for _, m := range t.binding.Mapping() {
		if m.Column != "" {
			out.cells[m.Column] = m.Cell
		}
	}
	return out, nil
}

// original returns a path where the file can be read; empty where it is not
// there any more. done removes what was unpacked for it.
func (q RejectsRequest) original(ctx context.Context, f pipeline.FileRecord) (path string, done func(), err error) {
	done = func() {}
	packed, err := filepath.Glob(filepath.Join(globSafe(filepath.Join(q.Archive, f.Dataset, f.Provider)), "*-"+short(f.Hash)+"-*.zst"))
	if err != nil {
		return "", done, err
	}
	if len(packed) == 0 {
		path, err := q.waiting(f.Name)
		return path, done, err
	}
	temp, err := os.MkdirTemp(filepath.Join(q.Loader.Lake, workFolder), originalPrefix)
	if err != nil {
		return "", done, err
	}
	done = func() { _ = os.RemoveAll(temp) } // swept by the next night if it fails
	path = filepath.Join(temp, "list")
	return path, done, erase.Unpack(ctx, packed[0], path)
}

// waiting returns where a list lies that was not loaded; empty where it is gone.
func (q RejectsRequest) waiting(name string) (string, error) {
	places := []string{q.Inbox}
	if q.Landing != "" {
		landed, err := filepath.Glob(filepath.Join(globSafe(q.Landing), "*"))
		if err != nil {
			return "", err
		}
		places = append(places, landed...)
	}
	for _, folder := range places {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
	}
	return "", nil
}

// globSafe keeps characters of a folder's name from being read as patterns.
func globSafe(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
