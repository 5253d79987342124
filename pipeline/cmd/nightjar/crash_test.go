package main

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
)

// TestCrashKilledNightsPublishTheSame kills a night at random moments and
// runs it again: the published marts equal those of a night that was left
// alone, nothing half-made is left behind, and the ledger agrees with the
// lake. NIGHTJAR_CRASHES says how often; make crash sets it.
func TestCrashKilledNightsPublishTheSame(t *testing.T) {
	times, _ := strconv.Atoi(os.Getenv("NIGHTJAR_CRASHES"))
	if times == 0 {
		t.Skip("runs under make crash, which sets NIGHTJAR_CRASHES")
	}
	base := t.TempDir()
	sampleDir := filepath.Join(base, "sample")
	nightjar(t, "sample", "--out", sampleDir)
	whole := filepath.Join(base, "whole")
	cloneTree(t, sampleDir, whole)
	begin := time.Now()
	nightjar(t, "run", "--config", filepath.Join(whole, "nightjar.yaml"))
	took := time.Since(begin)
	want := digest(t, whole)
	seed := uint64(time.Now().UnixNano())
	t.Logf("a whole night takes %s, seed %d", took.Round(time.Millisecond), seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range times {
		dir := filepath.Join(base, fmt.Sprintf("crash%02d", i))
		cloneTree(t, sampleDir, dir)
		after := time.Duration(rng.Float64() * 1.05 * float64(took))
		killed := startAndKill(t, after, "run", "--config", filepath.Join(dir, "nightjar.yaml"))
		nightjar(t, "run", "--config", filepath.Join(dir, "nightjar.yaml"))
		if got := digest(t, dir); got != want {
			t.Errorf("killed after %s: the marts differ\ngot  %s\nwant %s", after, got, want)
		}
		checkNothingStray(t, dir)
		checkLedger(t, dir)
		t.Logf("%2d: killed=%v after %s, whole again", i, killed, after.Round(time.Millisecond))
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

func process(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asMain+"=1")
	return cmd
}

func nightjar(t *testing.T, args ...string) {
	t.Helper()
	out, err := process(t.Context(), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("nightjar %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// startAndKill reports whether the process was still at work when it was killed.
func startAndKill(t *testing.T, after time.Duration, args ...string) bool {
	t.Helper()
	cmd := process(t.Context(), args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	return cmd.Wait() != nil
}

// cloneTree copies a tree by hard links: the program never changes a list in
// place, so the copies cannot disturb each other.
func cloneTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		return os.Link(path, filepath.Join(to, rel))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// digest names the content of every published mart, whatever the row order.
func digest(t *testing.T, dir string) string {
	t.Helper()
	db, err := sql.Open("duckdb", filepath.Join(dir, "published", "current", "nightjar.duckdb")+"?access_mode=read_only")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("select table_name from information_schema.tables where table_schema = 'marts' order by table_name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		names = append(names, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range names {
		var count int64
		var sum sql.NullString
		if err := db.QueryRow("select count(*), cast(sum(hash(m)) as varchar) from marts."+n+" as m").Scan(&count, &sum); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s:%d:%s ", n, count, sum.String)
	}
	return b.String()
}

func checkNothingStray(t *testing.T, dir string) {
	t.Helper()
	var stray []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		name := d.Name()
		if !d.IsDir() && (strings.Contains(name, ".tmp") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".duckdb.wal")) {
			stray = append(stray, path)
		}
		return nil
	})
	for _, folder := range []string{"work"} {
		if left, err := os.ReadDir(filepath.Join(dir, folder)); err == nil && len(left) > 0 {
			stray = append(stray, filepath.Join(dir, folder, left[0].Name()))
		}
	}
	if len(stray) > 0 {
		t.Errorf("left behind: %v", stray)
	}
}

// checkLedger holds the ledger against the lake: every loaded delivery has its
// snapshot and no snapshot lacks a delivery.
func checkLedger(t *testing.T, dir string) {
	t.Helper()
	book, err := ledger.OpenReadOnly(filepath.Join(dir, "ledger.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	files, err := book.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, f := range files {
		if !f.Counts.Balanced() {
			t.Errorf("%s: counts do not balance: %+v", f.Name, f.Counts)
		}
		for _, p := range []string{f.Path, f.Quarantine} {
			if p == "" {
				continue
			}
			known[p] = true
			if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(p))); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
	for _, folder := range []string{"lake", "quarantine"} {
		_ = filepath.WalkDir(filepath.Join(dir, folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				rel, _ := filepath.Rel(dir, path)
				if !known[filepath.ToSlash(rel)] {
					t.Errorf("%s belongs to no delivery", rel)
				}
			}
			return nil
		})
	}
	runs, err := book.Runs(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if r.State == pipeline.RunStarted {
			t.Errorf("run %s still stands as started", r.RunID)
		}
	}
}
