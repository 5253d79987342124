package snapshot

import (
	"fmt"
	"path/filepath"
	"testing"
)

func TestRewriteDropsRowsAndKeepsTheOthers(t *testing.T) {
	t.Parallel()
	const rows = 2*BatchRows + 300
	for name, drop := range map[string]func(int64) bool{
		"none":  func(int64) bool { return false },
		"some":  func(row int64) bool { return row%7 == 3 || row == rows-1 },
		"first": func(row int64) bool { return row == 0 },
		"all":   func(int64) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "a.parquet")
			write(t, path, rows)
			before, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			var want [][]Cell
			for i, row := range before.Rows {
				if !drop(int64(i)) {
					want = append(want, row)
				}
			}
			left, err := Rewrite(path, drop)
			if err != nil || left != int64(len(want)) {
				t.Fatalf("%d left, %v, want %d", left, err, len(want))
			}
			if len(want) == 0 {
				if found := entries(t, dir); found != "" {
					t.Errorf("the folder holds %s", found)
				}
				return
			}
			after, err := Read(path)
			if err != nil || fmt.Sprint(after.Columns) != fmt.Sprint(before.Columns) {
				t.Fatalf("columns %v, %v", after.Columns, err)
			}
			if fmt.Sprint(after.Rows) != fmt.Sprint(want) {
				t.Error("other rows changed")
			}
		})
	}
}

func TestScanReadsOnlySomeColumns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.parquet")
	const rows = 3*smallGroup + 11
	write(t, path, rows)
	n := 0
	err := Scan(path, []string{"n", "nowhere", "zulu"}, func(cells []Cell) error {
		want := fmt.Sprintf("[{%d false} { true} {row %d false}]", n, n)
		if n%3 == 0 {
			want = fmt.Sprintf("[{ true} { true} {row %d false}]", n)
		}
		if got := fmt.Sprint(cells); got != want {
			t.Fatalf("row %d: %s, want %s", n, got, want)
		}
		n++
		return nil
	})
	if err != nil || n != rows {
		t.Errorf("%d rows, %v", n, err)
	}
}
