package sources

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"nightjar/pipeline"
)

var startersHeader = []string{"Forename", "Surname", "DOB", "Postcode", "UPN", "DfENo", "StartDate", "EndDate"}

// starters makes a list of so many sound rows and so many with an impossible
// birth date.
func starters(t testing.TB, sound, broken int) string {
	rows := [][]string{startersHeader}
	for i := range sound + broken {
		born := "14/02/2005"
		if i >= sound {
			born = "31/02/2005"
		}
		rows = append(rows, []string{"Amira", fmt.Sprintf("Okafor%d", i), born, "L20 9ZZ", "", "3438000", "06/09/2021", ""})
	}
	return csvText(t, rows...)
}

func TestSnapshotIsNamedAndMarked(t *testing.T) {
	t.Parallel()
	l := testLoader(t)
	a := handIn(t, "college_starters", "list.csv", starters(t, 9, 1))
	rec, err := l.Load(context.Background(), a, pipeline.NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	name := "college_starters/delivered_month=2021-11/careerconnect-20211105T213000Z-" + a.Hash[:12] + ".parquet"
	if rec.Path != "lake/"+name || rec.Quarantine != "quarantine/"+name || rec.Status != pipeline.FileLoaded || rec.Relation != "college_starters_template" {
		t.Errorf("record %+v", rec)
	}
	for _, path := range []string{rec.Path, rec.Quarantine} {
		info, err := os.Stat(filepath.Join(l.opts.Lake, path))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	row := texts(t, filepath.Join(l.opts.Lake, rec.Path))[8]
	for column, want := range map[string]string{
		"dataset": "college_starters", "provider": "careerconnect", "file_hash": a.Hash, "file_name": a.Name, "sheet": "", "line": "10",
		"delivered_at": "2021-11-05T21:30:00Z", "delivered_on": "2021-11-05", "academic_year": "2021/22", "period": "2021/22", "surname": "Okafor8",
	} {
		if row[column] != want {
			t.Errorf("%s is %q, want %q", column, row[column], want)
		}
	}
	refused := texts(t, filepath.Join(l.opts.Lake, rec.Quarantine))[0]
	if refused["line"] != "11" || refused["file_hash"] != a.Hash || refused["rule"] != "date_impossible" {
		t.Errorf("quarantine %v", refused)
	}
}

func TestQuarantineLimit(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name          string
		sound, broken int
		limit         float64
		footer        string
		refused       bool
	}{
		{"at the limit", 8, 2, 0.2, "", false},
		{"above the limit", 7, 3, 0.2, "", true},
		{"a total is no rejected record", 3, 0, 0.2, "Total,3,,,,,,\n", false},
		{"nothing allowed", 99, 1, 0, "", true},
		{"no rows at all", 0, 0, 0, "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := testLoader(t, func(o *LoaderOptions) { o.Limits = map[string]float64{"college_starters": c.limit} })
			rec, err := l.Load(context.Background(), handIn(t, "college_starters", "list.csv", starters(t, c.sound, c.broken)+c.footer), pipeline.NoProgress{})
			if errors.Is(err, pipeline.ErrRefused) != c.refused || err != nil && !c.refused {
				t.Fatalf("got %v", err)
			}
			if !rec.Counts.Balanced() || rec.Counts.Accepted != int64(c.sound) {
				t.Errorf("counts %+v", rec.Counts)
			}
			if want := c.broken > 0 || c.footer != ""; (rec.Quarantine != "") != want || want && len(texts(t, filepath.Join(l.opts.Lake, rec.Quarantine))) == 0 {
				t.Errorf("quarantine %q", rec.Quarantine)
			}
			if want := !c.refused && c.sound > 0; (rec.Path != "") != want {
				t.Errorf("snapshot %q", rec.Path)
			}
			if c.refused && (rec.Status != pipeline.FileRefused || !strings.Contains(rec.Reason, "max_rejected_percent")) {
				t.Errorf("%s: %s", rec.Status, rec.Reason)
			}
			if c.refused && len(parquetFiles(t, filepath.Join(l.opts.Lake, "lake"))) > 0 {
				t.Error("a refused file left a snapshot")
			}
		})
	}
}

func TestSameArrivalSameBytes(t *testing.T) {
	t.Parallel()
	a := handIn(t, "caseload", "caseload.csv", caseloadCSV(5000)+"343,343,,31/10/2021,broken\n")
	var files [2]map[string][]byte
	for i := range files {
		l := testLoader(t)
		for range 2 { // the second time over the first
			if _, err := l.Load(context.Background(), a, pipeline.NoProgress{}); err != nil {
				t.Fatal(err)
			}
		}
		files[i] = parquetFiles(t, l.opts.Lake)
	}
	if len(files[0]) != 2 {
		t.Fatalf("%d files", len(files[0]))
	}
	for name, content := range files[0] {
		if !bytes.Equal(content, files[1][name]) {
			t.Errorf("%s differs between two loads", name)
		}
	}
}

// parquetFiles reads every file under a folder, by its path there.
func parquetFiles(t *testing.T, root string) map[string][]byte {
	t.Helper()
	out := make(map[string][]byte)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, root)] = content
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// meddler changes the file while it is read.
type meddler struct {
	pipeline.NoProgress
	once   sync.Once
	meddle func()
}

// Add is called between batches.
func (m *meddler) Add(int64) { m.once.Do(m.meddle) }

func TestFilesThatAreNotReady(t *testing.T) {
	t.Parallel()
	content := starters(t, 30_000, 0)
	cases := []struct {
		name   string
		before func(t *testing.T, a *pipeline.Arrival)
		during func(a pipeline.Arrival)
	}{
		{"vanished", func(t *testing.T, a *pipeline.Arrival) { _ = os.Remove(a.Path) }, nil},
		{"grown since it was found", func(t *testing.T, a *pipeline.Arrival) { a.Size -= 10 }, nil},
		{"other content of the same size", func(t *testing.T, a *pipeline.Arrival) { a.Hash = strings.Repeat("0", 64) }, nil},
		{"grows while it is read", nil, func(a pipeline.Arrival) {
			f, _ := os.OpenFile(a.Path, os.O_APPEND|os.O_WRONLY, 0)
			_, _ = f.WriteString("Ben,Walsh,01/12/2004,,,,06/09/2021,\n")
			_ = f.Close()
		}},
		{"vanishes while it is read", nil, func(a pipeline.Arrival) { _ = os.Remove(a.Path) }},
		{"touched while it is read", nil, func(a pipeline.Arrival) { _ = os.Chtimes(a.Path, time.Unix(1, 0), time.Unix(1, 0)) }},
		{"a folder", func(t *testing.T, a *pipeline.Arrival) {
			a.Path = t.TempDir()
			info, err := os.Stat(a.Path)
			if err != nil {
				t.Fatal(err)
			}
			a.Size = info.Size()
		}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := testLoader(t)
			a := handIn(t, "college_starters", "list.csv", content)
			var p pipeline.Progress = pipeline.NoProgress{}
			if c.before != nil {
				c.before(t, &a)
			}
			if c.during != nil {
				p = &meddler{meddle: func() { c.during(a) }}
			}
			_, err := l.Load(context.Background(), a, p)
			if !errors.Is(err, pipeline.ErrNotReady) || errors.Is(err, pipeline.ErrRefused) {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), filepath.Dir(a.Path)) {
				t.Errorf("the message names a folder of the machine: %v", err)
			}
			for name := range parquetFiles(t, l.opts.Lake) {
				t.Errorf("left behind: %s", name)
			}
		})
	}
}

func TestCancelledLoadLeavesNothing(t *testing.T) {
	t.Parallel()
	l := testLoader(t)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := l.Load(ctx, handIn(t, "college_starters", "list.csv", starters(t, 30_000, 0)), &meddler{meddle: cancel})
	if !errors.Is(err, context.Canceled) || len(parquetFiles(t, l.opts.Lake)) > 0 {
		t.Errorf("%v, left %d files", err, len(parquetFiles(t, l.opts.Lake)))
	}
}

func TestSeveralFilesAtOnce(t *testing.T) {
	t.Parallel()
	l := testLoader(t)
	var wg sync.WaitGroup
	for i := range 8 {
		a := handIn(t, "college_starters", fmt.Sprintf("list%d.csv", i), starters(t, 3000+i, 5))
		wg.Go(func() {
			rec, err := l.Load(context.Background(), a, pipeline.NoProgress{})
			if want := (pipeline.Counts{Read: int64(3005 + i), Accepted: int64(3000 + i), Quarantined: 5}); err != nil || rec.Counts != want {
				t.Errorf("file %d: %+v, %v", i, rec.Counts, err)
			}
		})
	}
	wg.Wait()
	if n := len(parquetFiles(t, l.opts.Lake)); n != 16 {
		t.Errorf("%d files", n)
	}
}

// TestNothingAboutAPersonIsRepeated plants a mark in every cell that can be
// about a person and looks for it wherever words leave the loader.
func TestNothingAboutAPersonIsRepeated(t *testing.T) {
	t.Parallel()
	const mark = "Qzxmark"
	header := "Forename,Surname,DOB,Postcode,UPN,DfENo,StartDate,EndDate\n"
	person := func(born, start string) string {
		return fmt.Sprintf("%[1]s,%[1]s,%[2]s,%[1]s,%[1]s,%[1]s,%[3]s,%[1]s,%[1]s\n", mark, born, start)
	}
	cases := map[string]string{
		"every cell wrong": header + person(mark, mark),
		"broken quoting":   header + "\"" + mark + "\"x,1\n\"" + mark + "\n",
		"no header":        person("14/02/2005", "06/09/2021"),
		"half a header":    "Forename,Surname,14/02/2005,L20 9ZZ," + mark + "\n" + person("14/02/2005", "06/09/2021"),
		"repeated":         header + "A,B,14/02/2005,,,,06/09/2021,\nTotal " + mark + ",,,,,,,\n",
	}
	for name, content := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := testLoader(t, func(o *LoaderOptions) { o.Limits = map[string]float64{"college_starters": 1} })
			rec, err := l.Load(context.Background(), handIn(t, "college_starters", "list.csv", content), pipeline.NoProgress{})
			words := rec.Reason + notices(rec.Notices) + refusal(err)
			if rec.Quarantine != "" {
				for _, row := range texts(t, filepath.Join(l.opts.Lake, rec.Quarantine)) {
					words += row["column_name"] + row["rule"] + row["reason"]
				}
			}
			if words == "" || strings.Contains(strings.ToLower(words), strings.ToLower(mark)) {
				t.Errorf("words: %q", words)
			}
		})
	}
}

func TestOptionsThatDoNotFit(t *testing.T) {
	t.Parallel()
	cases := map[string]func(o *LoaderOptions){
		"no time zone": func(o *LoaderOptions) { o.Location = nil },
		"needs the reference list ref/genders.csv": func(o *LoaderOptions) { delete(o.Lists, "genders") },
		`"nothing", which is no dataset`: func(o *LoaderOptions) {
			o.Profiles = map[string]map[string]pipeline.Profile{"nothing": {"p": {}}}
		},
		`no column of ucas`: func(o *LoaderOptions) {
			o.Profiles = map[string]map[string]pipeline.Profile{"ucas": {"p": {Columns: map[string]string{"X": "shoe_size"}}}}
		},
		`declares "yyyy"`: func(o *LoaderOptions) {
			o.Profiles = map[string]map[string]pipeline.Profile{"ucas": {"p": {Dates: map[string]pipeline.Order{"birth_date": "yyyy"}}}}
		},
		"limit 5 of": func(o *LoaderOptions) { o.Limits = map[string]float64{"ucas": 5} },
	}
	for want, change := range cases {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			o := testLoader(t).opts
			change(&o)
			err := o.Check()
			if !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
			_, loadErr := NewLoader(o).Load(context.Background(), pipeline.Arrival{}, pipeline.NoProgress{})
			if loadErr == nil || loadErr.Error() != err.Error() {
				t.Errorf("Load says %v", loadErr)
			}
		})
	}
}

func TestSweepSnapshots(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for _, path := range []string{"lake/caseload/delivered_month=2021-11/.nightjar-1.tmp", "quarantine/ucas/.nightjar-2.tmp", "lake/caseload/kept.parquet"} {
		full := filepath.Join(data, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := SweepSnapshots(data); err != nil {
		t.Fatal(err)
	}
	left := parquetFiles(t, data)
	if _, kept := left["/lake/caseload/kept.parquet"]; !kept || len(left) != 1 {
		t.Errorf("left %v", left)
	}
}
