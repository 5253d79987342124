package snapshot

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

func allTypes() []pipeline.Stored {
	return []pipeline.Stored{
		{Name: "zulu", Type: "VARCHAR"}, {Name: "alpha", Type: "VARCHAR", Nullable: true},
		{Name: "born", Type: "DATE", Nullable: true}, {Name: "at", Type: "TIMESTAMP"},
		{Name: "n", Type: "BIGINT", Nullable: true}, {Name: "x", Type: "DOUBLE", Nullable: true},
		{Name: "yes", Type: "BOOLEAN", Nullable: true},
	}
}

// smallGroup makes files of several row groups out of few rows. It is no
// multiple of a batch, so that a batch is cut by the end of a group.
const smallGroup = BatchRows + 100

// write fills a file with rows whose values can be told from their number.
func write(t testing.TB, path string, rows int) {
	t.Helper()
	w := NewWriter(path, allTypes())
	w.limit = smallGroup
	b := NewBatch(allTypes())
	b.Columns[3].FillTime(time.Date(2021, 11, 5, 21, 30, 0, 123456000, time.UTC))
	scratch := make([]byte, 0, 32)
	for i := range rows {
		scratch = fmt.Appendf(scratch[:0], "row %d", i)
		b.Columns[0].SetText(b.Rows, scratch)
		if i%3 == 0 {
			for _, c := range []int{1, 2, 4, 5, 6} {
				b.Columns[c].SetNull(b.Rows)
			}
		} else {
			b.Columns[1].SetText(b.Rows, fmt.Appendf(nil, "word %d", i%7))
			b.Columns[2].SetDate(b.Rows, pipeline.Date(i%1000))
			b.Columns[4].SetInteger(b.Rows, int64(i))
			b.Columns[5].SetDouble(b.Rows, float64(i)/8)
			b.Columns[6].SetBoolean(b.Rows, i%2 == 0)
		}
		if b.Rows++; b.Full() {
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestEveryTypeReadsBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b.parquet")
	const rows = 3*BatchRows + 17
	write(t, path, rows)
	table, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(table.Columns) != fmt.Sprint(allTypes()) {
		t.Errorf("columns %v", table.Columns)
	}
	if len(table.Rows) != rows {
		t.Fatalf("%d rows", len(table.Rows))
	}
	for i, row := range table.Rows {
		want := fmt.Sprintf("[{row %d false} {word %d false} {%s false} {2021-11-05T21:30:00.123456Z false} {%d false} {%v false} {%v false}]",
			i, i%7, pipeline.Date(i%1000), i, float64(i)/8, i%2 == 0)
		if i%3 == 0 {
			want = fmt.Sprintf("[{row %d false} { true} { true} {2021-11-05T21:30:00.123456Z false} { true} { true} { true}]", i)
		}
		if got := fmt.Sprint(row); got != want {
			t.Fatalf("row %d: got %s, want %s", i, got, want)
		}
	}
}

func TestSameRowsSameBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.parquet"), filepath.Join(dir, "b.parquet")
	const rows = 3*smallGroup + 50 // four row groups
	write(t, a, rows)
	write(t, b, rows)
	one, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("the same rows gave different bytes")
	}
	table, err := Read(a)
	if err != nil || len(table.Rows) != rows {
		t.Fatalf("%d rows, %v", len(table.Rows), err)
	}
	if got := table.Rows[rows-1][0].Text; got != fmt.Sprintf("row %d", rows-1) {
		t.Errorf("last row is %q", got)
	}
}

func TestFilesArePrivateAndNothingIsLeftOver(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lake")
	path := filepath.Join(dir, "b.parquet")
	write(t, path, 10)
	for p, want := range map[string]os.FileMode{dir: 0o700, path: 0o600} {
		info, err := os.Stat(p)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", filepath.Base(p), info.Mode(), err)
		}
	}
	if left := entries(t, dir); left != "b.parquet" {
		t.Errorf("folder holds %s", left)
	}
}

func TestNoRowsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := NewWriter(filepath.Join(dir, "none.parquet"), allTypes())
	if written, err := w.Commit(); written || err != nil || entries(t, dir) != "" {
		t.Errorf("written %v, %v, folder %q", written, err, entries(t, dir))
	}
}

func TestAbortAndSweep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := NewBatch(allTypes())
	b.Columns[0].SetText(0, []byte("x"))
	b.Columns[3].FillTime(time.Unix(0, 0))
	b.Rows = 1
	dropped := NewWriter(filepath.Join(dir, "dropped.parquet"), allTypes())
	if err := dropped.Write(b); err != nil {
		t.Fatal(err)
	}
	dropped.Abort()
	if left := entries(t, dir); left != "" {
		t.Errorf("abort left %s", left)
	}
	b.Rows = 1
	killed := NewWriter(filepath.Join(dir, "deep", "killed.parquet"), allTypes())
	if err := killed.Write(b); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "deep", "kept.parquet"), 3)
	n, err := Sweep(dir)
	if n != 1 || err != nil || entries(t, filepath.Join(dir, "deep")) != "kept.parquet" {
		t.Errorf("swept %d, %v, left %s", n, err, entries(t, filepath.Join(dir, "deep")))
	}
	if n, err := Sweep(filepath.Join(dir, "nowhere")); n != 0 || err != nil {
		t.Errorf("missing folder: %d, %v", n, err)
	}
}

func TestDamageIsFoundBeforeTheFileIsTrusted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.parquet")
	write(t, path, 2000)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifyBytes(t, whole, 1999); err == nil {
		t.Error("a missing row was not found")
	}
	if err := verifyBytes(t, whole, 2000); err != nil {
		t.Errorf("the sound file: %v", err)
	}
	whole[200] ^= 0x40 // inside the first data page
	if err := verifyBytes(t, whole, 2000); err == nil {
		t.Error("a flipped bit was not found")
	}
}

func verifyBytes(t *testing.T, content []byte, rows int64) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.parquet")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return verify(f, allTypes(), rows)
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func entries(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	return strings.Join(names, " ")
}
