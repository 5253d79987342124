package schedules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Memory remembers since when each job has had its present form, so that a job
// that is switched on or edited does not make up for times when it was not
// there.
type Memory interface {
	// InForce is told every job in force now, by name, with its form. It
	// returns since when each has been in force in that form without a break:
	// now, for one that is new, changed, or was left out of the last call. It
	// commits before it returns.
	InForce(ctx context.Context, forms map[string]string, now time.Time) (map[string]time.Time, error)
}

// FileMemory is a Memory in one small JSON file. Losing the file loses no slot
// that is recorded: jobs then count as new, and nothing is caught up.
type FileMemory struct {
	Path string

	mu sync.Mutex
}

// remembered is one job in the file.
type remembered struct {
	Form  string    `json:"form"`
	Since time.Time `json:"since"`
}

// InForce implements Memory.
func (m *FileMemory) InForce(ctx context.Context, forms map[string]string, now time.Time) (map[string]time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	old, err := m.read()
	if err != nil {
		return nil, err
	}
	next, since := rememberForms(old, forms, now)
	if err := m.write(next); err != nil {
		return nil, err
	}
	return since, nil
}

// rememberForms is the rule of Memory. A moment in the future was written
// under a wrong clock and counts as now.
func rememberForms(old map[string]remembered, forms map[string]string, now time.Time) (map[string]remembered, map[string]time.Time) {
	next, since := map[string]remembered{}, map[string]time.Time{}
	for name, form := range forms {
		r, ok := old[name]
		if !ok || r.Form != form || r.Since.After(now) {
			r = remembered{form, now.UTC()}
		}
		next[name], since[name] = r, r.Since
	}
	return next, since
}

func (m *FileMemory) read() (map[string]remembered, error) {
	old := map[string]remembered{}
	text, err := os.ReadFile(m.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return old, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &old)
	}
	if err != nil {
		return nil, fmt.Errorf("jobs in force %s: %w; remove the file to begin afresh, nothing is then caught up", m.Path, err)
	}
	return old, nil
}

// write puts the new file in place whole: aside, synced, renamed.
func (m *FileMemory) write(jobs map[string]remembered) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("jobs in force %s: %w; see that the folder can be written", m.Path, err)
		}
	}()
	text, err := json.MarshalIndent(jobs, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(m.Path), ".jobs-*") // created 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // already gone when only the folder's sync failed
		}
	}()
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), m.Path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(m.Path))
}

// syncDir makes a rename in the folder survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
