package app

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"nightjar/pipeline/config"
	"nightjar/pipeline/pipelinetest"
)

func TestSweepTakesOldUnfinishedLists(t *testing.T) {
	t.Parallel()
	now := time.Date(2021, 11, 6, 2, 0, 0, 0, time.UTC)
	a := &App{Options: Options{Clock: pipelinetest.NewClock(now)}, cfg: &config.Config{}}
	a.cfg.Folders.Data = t.TempDir()
	if err := a.sweepPeople(); err != nil {
		t.Errorf("without a folder: %v", err)
	}
	for name, age := range map[string]time.Duration{
		".nightjar-people-1": 25 * time.Hour, ".nightjar-returns-1/oak.csv": 25 * time.Hour,
		".nightjar-people-2": time.Hour, "follow_ups-r.csv": 99 * time.Hour, ".nightjar-returns-2/oak.csv": time.Hour,
	} {
		path := filepath.Join(a.restricted(), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if filepath.Dir(path) != a.restricted() {
			path = filepath.Dir(path)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.sweepPeople(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(a.restricted())
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{".nightjar-people-2", ".nightjar-returns-2", "follow_ups-r.csv"}; !slices.Equal(left, want) {
		t.Errorf("left %v, want %v", left, want)
	}
}
