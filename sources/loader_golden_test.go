package sources

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular/xlsxtest"
)

var writeGolden = flag.Bool("golden.write", false, "write the expected files of testdata/lists from what the loader does now")

// goldenCase is a folder of testdata/lists: the list as it was handed in,
// case.txt with what it is, and the rows that must come out, accepted.csv and
// quarantine.csv. A refused file has the rules of its refusal in refused.txt.
type goldenCase struct {
	dataset, provider, file, period string
	profile                         pipeline.Profile
}

func readCase(t *testing.T, dir string) goldenCase {
	t.Helper()
	c := goldenCase{provider: "school", profile: pipeline.Profile{Columns: map[string]string{}, Dates: map[string]pipeline.Order{}}}
	f, err := os.Open(filepath.Join(dir, "case.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, ok := strings.Cut(lines.Text(), ": ")
		left, right, _ := strings.Cut(value, " = ")
		switch {
		case strings.HasPrefix(lines.Text(), "#"):
		case key == "dataset":
			c.dataset = value
		case key == "file":
			c.file = value
		case key == "period":
			c.period = value
		case key == "column":
			c.profile.Columns[left] = right
		case key == "date":
			c.profile.Dates[left] = pipeline.Order(right)
		default:
			t.Fatalf("case.txt: %q (%v)", lines.Text(), ok)
		}
	}
	return c
}

func TestGoldenLists(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("testdata/lists/*/case.txt")
	if err != nil || len(dirs) < 60 {
		t.Fatalf("%d cases, %v", len(dirs), err)
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			c := readCase(t, dir)
			l := testLoader(t, func(o *LoaderOptions) {
				o.Profiles = map[string]map[string]pipeline.Profile{c.dataset: {c.provider: c.profile}}
				o.Limits = map[string]float64{c.dataset: 1}
			})
			a := arrivalOf(t, c.dataset, c.provider, bookOf(t, filepath.Join(dir, c.file)))
			a.Period = c.period
			rec, err := l.Load(context.Background(), a, pipeline.NoProgress{})
			if err != nil && !errors.Is(err, pipeline.ErrRefused) {
				t.Fatal(err)
			}
			if !rec.Counts.Balanced() {
				t.Errorf("counts %+v", rec.Counts)
			}
			compare(t, filepath.Join(dir, "refused.txt"), refusal(err))
			compare(t, filepath.Join(dir, "notices.txt"), notices(rec.Notices))
			compare(t, filepath.Join(dir, "accepted.csv"), tableText(t, l.opts.Lake, rec.Path,
				"dataset", "provider", "file_hash", "file_name", "delivered_at", "delivered_on", "academic_year"))
			compare(t, filepath.Join(dir, "quarantine.csv"), tableText(t, l.opts.Lake, rec.Quarantine,
				"dataset", "provider", "file_hash", "file_name", "sheet", "delivered_at", "delivered_on"))
		})
	}
}

// bookOf returns the path of the list; a workbook that is described as text is
// written first.
func bookOf(t *testing.T, path string) string {
	t.Helper()
	if filepath.Ext(path) != ".book" {
		return path
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(path), ".book")+".xlsx")
	o, sheets := xlsxtest.Parse(t, string(text))
	xlsxtest.Write(t, out, o, sheets...)
	return out
}

// compare holds a text against the golden file; an empty text stands for no
// file. What came out instead is left beside it.
func compare(t *testing.T, path, got string) {
	t.Helper()
	if *writeGolden {
		os.Remove(path)
		if got != "" {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if string(want) != got {
		if err := os.WriteFile(path+".FAIL", []byte(got), 0o600); err != nil {
			t.Error(err)
		}
		t.Errorf("%s differs; got\n%s", filepath.Base(path), got)
	}
}

func refusal(err error) string {
	var r *pipeline.RefusedError
	if !errors.As(err, &r) {
		return ""
	}
	lines := make([]string, len(r.Issues))
	for i, issue := range r.Issues {
		lines[i] = issue.Rule + ": " + issue.String()
	}
	return strings.Join(lines, "\n") + "\n"
}

func notices(list []pipeline.Issue) string {
	var b strings.Builder
	for _, issue := range list {
		b.WriteString(issue.Rule + ": " + issue.String() + "\n")
	}
	return b.String()
}

// tableText writes a snapshot file as CSV without the columns that are empty
// throughout and those named.
func tableText(t *testing.T, lake, path string, without ...string) string {
	t.Helper()
	if path == "" {
		return ""
	}
	table, err := snapshot.Read(filepath.Join(lake, path))
	if err != nil {
		t.Fatal(err)
	}
	var columns []int
	var header []string
	for i, c := range table.Columns {
		filled := slices.ContainsFunc(table.Rows, func(row []snapshot.Cell) bool { return row[i].Text != "" })
		if filled && !slices.Contains(without, c.Name) {
			columns, header = append(columns, i), append(header, c.Name)
		}
	}
	rows := [][]string{header}
	for _, row := range table.Rows {
		cells := make([]string, len(columns))
		for k, i := range columns {
			cells[k] = row[i].Text
		}
		rows = append(rows, cells)
	}
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
