package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"nightjar/pipeline"
)

// smallDisk mounts a file system of a size in KiB for the test.
func smallDisk(t *testing.T, path string, kib int64) {
	t.Helper()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, fmt.Sprintf("size=%dk,mode=0700", kib)); err != nil {
		t.Skipf("a small file system cannot be mounted here (%v); it takes root", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(path, syscall.MNT_DETACH) }) // a case may have done it before
}

// resize makes a small disk larger or smaller.
func resize(t *testing.T, path string, kib int64) {
	t.Helper()
	if err := syscall.Mount("tmpfs", path, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%dk", kib)); err != nil {
		t.Fatal(err)
	}
}

// usedKiB is how much of a disk is taken.
func usedKiB(t *testing.T, path string) int64 {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		t.Fatal(err)
	}
	return int64(s.Blocks-s.Bfree) * s.Bsize / 1024
}

// TestCrashFullDisk fills the disk under one step of a night after the other.
// Each time the night fails with words that say what to do, readers keep what
// they had, byte for byte, and the night after it makes up for it.
func TestCrashFullDisk(t *testing.T) {
	if os.Getenv("NIGHTJAR_CRASHES") == "" {
		t.Skip("runs under make crash, which sets NIGHTJAR_CRASHES")
	}
	dir := t.TempDir()
	smallDisk(t, dir, 256<<10)
	config := filepath.Join(dir, "nightjar.yaml")
	if err := os.MkdirAll(filepath.Join(dir, "inbox", "caseload", "connect"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(tinyConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &fullDisk{dir: dir, config: config, people: 2000}
	drop(t, config, "first.csv", d.people)
	d.night(t, pipeline.ExitDone)
	for _, tc := range []struct {
		name string
		step string // the one that has to fail; empty: the run cannot begin; any: that depends on sizes
		fill func(t *testing.T) (lift func())
	}{
		{"ledger", "", func(t *testing.T) func() { return d.leave(t, 0) }},
		{"ledger, a little room", "any", func(t *testing.T) func() { return d.leave(t, 44) }},
		{"load", "load", func(t *testing.T) func() { return d.cover(t, "lake", 8) }},
		{"archive", "load", func(t *testing.T) func() {
			lift := d.cover(t, "archive", 4)
			if err := os.WriteFile(filepath.Join(d.dir, "archive", "other"), make([]byte, 4<<10), 0o600); err != nil {
				t.Fatal(err)
			}
			return lift
		}},
		{"build", "build", func(t *testing.T) func() { return d.cover(t, "work", 256) }},
		{"publish", "publish", func(t *testing.T) func() {
			elsewhere := d.cover(t, "work", 128<<10)
			room := d.leave(t, 600)
			return func() { room(); elsewhere() }
		}},
		{"people of the night", "publish", func(t *testing.T) func() { d.kept = true; return d.cover(t, "restricted", 16) }},
	} {
		t.Run(tc.name, func(t *testing.T) { d.fails(t, tc.step, tc.fill) })
	}
	t.Run("backup", d.backup)
}

// fullDisk is an installation whose disk is ours to fill.
type fullDisk struct {
	dir, config string
	people      int
	kept        bool // the build outlives the failure of the next case
}

// night runs a night.
func (d *fullDisk) night(t *testing.T, want int) (rep pipeline.RunReport, said string) {
	t.Helper()
	var out, errOut bytes.Buffer
	if got := execute(t.Context(), []string{"run", "--json", "--config", d.config}, &out, &errOut); got != want {
		t.Fatalf("exit %d, want %d\n%s%s", got, want, out.String(), errOut.String())
	}
	_ = json.Unmarshal(out.Bytes(), &rep) // a run that did not begin has no report
	return rep, errOut.String() + rep.Reason
}

// leave makes the whole disk full but for some room.
func (d *fullDisk) leave(t *testing.T, kib int64) func() {
	resize(t, d.dir, usedKiB(t, d.dir)+kib)
	return func() { resize(t, d.dir, 256<<10) }
}

// cover puts a small disk of its own over a folder of the installation.
func (d *fullDisk) cover(t *testing.T, folder string, kib int64) func() {
	path := filepath.Join(d.dir, folder)
	smallDisk(t, path, kib)
	return func() {
		if err := syscall.Unmount(path, 0); err != nil {
			t.Error(err)
		}
	}
}

// seen names what readers see, byte for byte.
func (d *fullDisk) seen(t *testing.T) string {
	t.Helper()
	folder, err := filepath.EvalSymlinks(filepath.Join(d.dir, "published", "current"))
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintln(h, path, len(text))
		h.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %x", folder, h.Sum(nil))
}

func (d *fullDisk) fails(t *testing.T, step string, fill func(*testing.T) func()) {
	d.people++
	drop(t, d.config, fmt.Sprintf("list%d.csv", d.people), d.people)
	before := d.seen(t)
	lift := fill(t)
	rep, said := d.night(t, pipeline.ExitFailed)
	if !strings.Contains(said, "the disk is full: make room on it") || strings.Contains(said, "Given") {
		t.Errorf("it says: %s", said)
	}
	failed := ""
	for _, s := range rep.Steps {
		if s.State == pipeline.StepFailed {
			failed = s.Step
		}
	}
	if failed != step && step != "any" {
		t.Errorf("the night failed at %q, want %q: %s", failed, step, said)
	}
	if now := d.seen(t); now != before {
		t.Errorf("readers saw %s and see %s", before, now)
	}
	lift()
	after, said := d.night(t, pipeline.ExitDone)
	if !after.News {
		t.Errorf("the night after brought no news: %s", said)
	}
	if want := d.kept; (after.Resumed != "") != want || want && after.Resumed != rep.RunID {
		t.Errorf("the night after went on with the build of %q, the failed run is %s", after.Resumed, rep.RunID)
	}
	if err := lookOnce(d.dir); err != nil {
		t.Error(err)
	}
	checkLedger(t, d.dir)
	checkNothingStray(t, d.dir)
}

// backup writes a backup to a full disk, and then over an older one.
func (d *fullDisk) backup(t *testing.T) {
	away := t.TempDir()
	smallDisk(t, away, 8)
	file := filepath.Join(away, "backup.tar.gz")
	var out, errOut bytes.Buffer
	code := execute(t.Context(), []string{"backup", file, "--config", d.config}, &out, &errOut)
	if code != pipeline.ExitFailed || !strings.Contains(errOut.String(), "the disk is full: make room on it") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
	if left, err := os.ReadDir(away); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	resize(t, away, 16<<10)
	if code := execute(t.Context(), []string{"backup", file, "--config", d.config}, &out, &errOut); code != pipeline.ExitDone {
		t.Errorf("with room again: exit %d: %s", code, errOut.String())
	}
}
