package compat

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What the tests read, made once: a sample authority with one night published.
var station struct{ program, config, folder string }

// TestMain publishes a night with the program that make build left in bin.
//
// NIGHTJAR_COMPAT_STATION names a sample authority with a published night, to
// be read in place of a fresh one. NIGHTJAR_REQUIRE_COMPAT=1 makes it an error
// that there is no program.
func TestMain(m *testing.M) {
	code, err := prepare(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func prepare(run func() int) (int, error) {
	program, err := filepath.Abs("../../bin/nightjar")
	if err != nil {
		return 1, err
	}
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("NIGHTJAR_REQUIRE_COMPAT") == "1" {
			return 1, fmt.Errorf("%w: run make build first", err)
		}
		return run(), nil // each test says that it is left out
	}
	station.program = program
	dir := os.Getenv("NIGHTJAR_COMPAT_STATION")
	if dir == "" {
		if dir, err = os.MkdirTemp("", "nightjar-compat-"); err != nil {
			return 1, err
		}
		defer os.RemoveAll(dir)
		station.config = filepath.Join(dir, "nightjar.yaml")
		for _, args := range [][]string{{"sample", "--out", dir}, {"run", "--config", station.config}} {
			if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
				return 1, fmt.Errorf("nightjar %s: %w\n%s", args[0], err, out)
			}
		}
	}
	station.config = filepath.Join(dir, "nightjar.yaml")
	station.folder, err = filepath.EvalSymlinks(filepath.Join(dir, "published", "current"))
	if err != nil {
		return 1, err
	}
	return run(), nil
}

// published returns the folder that readers see.
func published(t *testing.T) string {
	t.Helper()
	if station.folder == "" {
		t.Skip("there is no bin/nightjar that could publish a night; make build makes it")
	}
	return station.folder
}

// nightjar runs the program on the sample authority.
func nightjar(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), station.program, append(args, "--config", station.config)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("nightjar %v: %v\n%s", args, err, out)
	}
}
