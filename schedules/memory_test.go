package schedules

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFileMemory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.json")
	day := func(d int) time.Time { return time.Date(2026, 1, d, 12, 0, 0, 0, time.UTC) }
	steps := []struct {
		now   time.Time
		forms map[string]string
		since map[string]time.Time
	}{
		{day(1), map[string]string{"a": "1", "b": "1"}, map[string]time.Time{"a": day(1), "b": day(1)}},
		{day(2), map[string]string{"a": "1", "b": "2"}, map[string]time.Time{"a": day(1), "b": day(2)}}, // edited
		{day(3), map[string]string{"b": "1"}, map[string]time.Time{"b": day(3)}},                        // edited back; a left out
		{day(4), map[string]string{"a": "1", "b": "1"}, map[string]time.Time{"a": day(4), "b": day(3)}}, // a again
		{day(2), map[string]string{"a": "1", "b": "1"}, map[string]time.Time{"a": day(2), "b": day(2)}}, // the clock was wrong
		{day(5), map[string]string{"a": "1", "b": "1"}, map[string]time.Time{"a": day(2), "b": day(2)}},
	}
	for i, step := range steps {
		m := &FileMemory{Path: path} // as after a restart
		since, err := m.InForce(t.Context(), step.forms, step.now)
		if err != nil {
			t.Fatal(err)
		}
		if len(since) != len(step.since) {
			t.Errorf("step %d: %v, want %v", i, since, step.since)
		}
		for name, want := range step.since {
			if !since[name].Equal(want) {
				t.Errorf("step %d: %s since %s, want %s", i, name, since[name], want)
			}
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if hidden, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left)+len(hidden) != 1 {
		t.Errorf("files left: %q %q", left, hidden)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestFileMemoryFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	torn := filepath.Join(dir, "torn.json")
	if err := os.WriteFile(torn, []byte(`{"a": {"form"`), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		torn:                                    "remove the file",
		filepath.Join(dir, "none", "jobs.json"): "see that the folder can be written",
		dir:                                     "remove the file",
	} {
		_, err := (&FileMemory{Path: path}).InForce(t.Context(), map[string]string{"a": "1"}, time.Now())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&FileMemory{Path: filepath.Join(dir, "jobs.json")}).InForce(ctx, nil, time.Now()); err == nil {
		t.Error("written after the end of its context")
	}
}
