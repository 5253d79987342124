package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"nightjar/pipeline"
	"nightjar/pipeline/pipelinetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newLedger(t *testing.T, path string) *Ledger {
	t.Helper()
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestLedgerSuite(t *testing.T) {
	t.Parallel()
	pipelinetest.LedgerSuite(t, func(t *testing.T) pipelinetest.AnyLedger {
		return newLedger(t, filepath.Join(t.TempDir(), "ledger.sqlite"))
	})
}

func TestOpenMakesPrivateFiles(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a folder? 100%#", "data")
	path := filepath.Join(folder, "ledger.sqlite")
	l := newLedger(t, path)
	if err := l.RecordFile(t.Context(), pipelinetest.SampleFile(1)); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) < 2 { // the file and at least its WAL
		t.Fatalf("folder holds %v, %v", entries, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder has mode %v, %v", info.Mode(), err)
	}
}

func TestOpenNarrowsMode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	newLedger(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestReopenKeepsEverything(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.RecordFile(t.Context(), pipelinetest.SampleFile(1)), l.Close()); err != nil {
		t.Fatal(err)
	}
	files, err := newLedger(t, path).Files(t.Context())
	if err != nil || len(files) != 1 {
		t.Errorf("after reopening: %v, %v", files, err)
	}
}

func TestReadOnlyWhileAnotherWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	w := newLedger(t, path)
	if err := w.RecordFile(t.Context(), pipelinetest.SampleFile(1)); err != nil {
		t.Fatal(err)
	}
	tx, err := w.write.BeginTx(t.Context(), nil) // an open write transaction, as in the middle of a run
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec("DELETE FROM files"); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	files, err := r.Files(t.Context())
	if err != nil || len(files) != 1 {
		t.Errorf("the reader sees %v, %v; want the last committed state", files, err)
	}
}

func TestReadOnlyAfterCleanClose(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	w, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.RecordFile(t.Context(), pipelinetest.SampleFile(1)), w.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if files, err := r.Files(t.Context()); err != nil || len(files) != 1 {
		t.Errorf("the reader sees %v, %v", files, err)
	}
}

func TestReadOnlyRefusesWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	newLedger(t, path)
	r, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	ctx := t.Context()
	_, seen := r.FirstSeen(ctx, "a", "h", time.Now())
	_, claim := r.ClaimSlot(ctx, pipeline.SlotRecord{})
	for what, err := range map[string]error{
		"FirstSeen": seen, "ClaimSlot": claim,
		"RecordFile": r.RecordFile(ctx, pipelinetest.SampleFile(1)),
		"BeginRun":   r.BeginRun(ctx, pipeline.RunRecord{}),
		"EndRun":     r.EndRun(ctx, pipeline.RunRecord{}),
		"EndSlot":    r.EndSlot(ctx, pipeline.SlotRecord{}),
	} {
		if !errors.Is(err, errReadOnly) {
			t.Errorf("%s through a read-only ledger: %v", what, err)
		}
	}
	if _, err := r.read.Exec("DELETE FROM files"); err == nil {
		t.Error("the reading connection can write")
	}
}

func TestReadOnlyWithoutLedger(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	_, err := OpenReadOnly(path)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "nightjar run") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("reading made a ledger")
	}
}

func TestOpenRefusesAForeignFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := Open(path); err == nil {
		_ = l.Close()
		t.Error("a text file was opened as a ledger")
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.write.Exec(fmt.Sprintf("PRAGMA user_version = %d", len(migrations)+1))
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	_, errRW := Open(path)
	_, errRO := OpenReadOnly(path)
	for _, err := range []error{errRW, errRO} {
		var say *pipeline.UserError
		if !errors.As(err, &say) || !strings.Contains(say.Hint, "newer nightjar") {
			t.Errorf("error %v", err)
		}
	}
}

func TestOlderSchemaIsMigratedByWritersOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	if err := os.WriteFile(path, nil, 0o600); err != nil { // version 0
		t.Fatal(err)
	}
	if _, err := OpenReadOnly(path); err == nil || !strings.Contains(err.Error(), "next run") {
		t.Errorf("a reader of an older schema got %v", err)
	}
	newLedger(t, path)
	r, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMigrationsAddUp brings an existing ledger one step further, fails in the
// step after, and goes on from there once that step is mended.
func TestMigrationsAddUp(t *testing.T) {
	t.Parallel()
	l := newLedger(t, filepath.Join(t.TempDir(), "ledger.sqlite"))
	ctx := t.Context()
	if err := l.RecordFile(ctx, pipelinetest.SampleFile(1)); err != nil {
		t.Fatal(err)
	}
	add := "ALTER TABLE files ADD COLUMN looked_at TEXT NOT NULL DEFAULT ''"
	steps := append(append([]string{}, migrations...), add, "CREATE TABLE later (id TEXT) STRICT; no such statement")
	if err := migrate(ctx, l.write, steps); err == nil {
		t.Fatal("a broken step passed")
	}
	wantVersion(t, l.write, len(migrations)+1)
	var n int
	if err := l.write.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").Scan(&n); err != nil || n != 0 {
		t.Errorf("half of a broken step stayed: %d, %v", n, err)
	}
	steps[len(steps)-1] = "CREATE TABLE later (id TEXT) STRICT"
	for range 2 { // the second time there is nothing left to do
		if err := migrate(ctx, l.write, steps); err != nil {
			t.Fatal(err)
		}
		wantVersion(t, l.write, len(steps))
	}
	if files, err := l.Files(ctx); err != nil || len(files) != 1 {
		t.Errorf("after a migration: %v, %v", files, err)
	}
}

func wantVersion(t *testing.T, db *sql.DB, want int) {
	t.Helper()
	var v int
	if err := db.QueryRow("PRAGMA user_version").Scan(&v); err != nil || v != want {
		t.Errorf("schema version %d, %v; want %d", v, err, want)
	}
}

func TestOpenByManyAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			l, err := Open(path)
			if err == nil {
				_, err = l.FirstSeen(context.Background(), "a", "h", time.Now())
				err = errors.Join(err, l.Close())
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestRecordFilesIsAllOrNothing(t *testing.T) {
	t.Parallel()
	l := newLedger(t, filepath.Join(t.TempDir(), "ledger.sqlite"))
	batch := []pipeline.FileRecord{pipelinetest.SampleFile(1), pipelinetest.SampleFile(2)}
	if err := l.RecordFiles(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if files, err := l.Files(t.Context()); err != nil || len(files) != 2 {
		t.Fatalf("Files = %v, %v", files, err)
	}
	if _, err := l.write.Exec(`CREATE TRIGGER full BEFORE INSERT ON files WHEN NEW.name LIKE '%4.csv'
		BEGIN SELECT raise(ABORT, 'disk is full'); END`); err != nil {
		t.Fatal(err)
	}
	err := l.RecordFiles(t.Context(), []pipeline.FileRecord{pipelinetest.SampleFile(3), pipelinetest.SampleFile(4)})
	if err == nil || !strings.Contains(err.Error(), "list 4.csv") {
		t.Errorf("error %v", err)
	}
	if files, err := l.Files(t.Context()); err != nil || len(files) != 2 {
		t.Errorf("half a batch stayed: %d files, %v", len(files), err)
	}
}

func TestTimesSortAsText(t *testing.T) {
	t.Parallel()
	base := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	var last string
	for _, d := range []time.Duration{0, 1, 10, 500 * time.Millisecond, time.Second, time.Hour} {
		text := timeText(base.Add(d))
		if text <= last {
			t.Errorf("%q sorts before %q", text, last)
		}
		var back time.Time
		if err := (stamp{&back}).Scan(text); err != nil || !back.Equal(base.Add(d)) {
			t.Errorf("%q reads back as %v, %v", text, back, err)
		}
		last = text
	}
}

func TestScansRefuseWhatTheyDidNotWrite(t *testing.T) {
	t.Parallel()
	var at time.Time
	var list []string
	for _, v := range []any{int64(5), nil, "yesterday"} {
		if err := (stamp{&at}).Scan(v); err == nil {
			t.Errorf("%v was read as a time", v)
		}
		if err := (document{&list}).Scan(v); err == nil {
			t.Errorf("%v was read as JSON", v)
		}
	}
}

func BenchmarkRecordFile(b *testing.B) {
	l, err := Open(filepath.Join(b.TempDir(), "ledger.sqlite"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for i := 0; b.Loop(); i++ {
		if err := l.RecordFile(b.Context(), pipelinetest.SampleFile(i)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFirstSeen(b *testing.B) {
	l, err := Open(filepath.Join(b.TempDir(), "ledger.sqlite"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for i := 0; b.Loop(); i++ {
		if _, err := l.FirstSeen(b.Context(), fmt.Sprint(i), "h", time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
