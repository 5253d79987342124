package transforms

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"nightjar/pipeline"
)

func TestBuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opts.RefOverride = filepath.Join(w.dir, "own")
	w.must(os.Mkdir(w.opts.RefOverride, 0o700))
	w.must(os.WriteFile(filepath.Join(w.opts.RefOverride, "wards.csv"), []byte("ward,name,opened,source\nA,North,2004-06-10,us\nB,South,,us\n"), 0o600))
	w.opts.Settings = map[string]string{"minimum_cohort": "20"}
	w.opts.Expected = []Expected{{Dataset: "things", Provider: "west", AcademicYear: "2022/23", OpensOn: pipeline.NewDate(2022, 9, 1), DueOn: pipeline.NewDate(2022, 10, 1), UntilOn: pipeline.NewDate(2023, 9, 1)}}
	checks := []struct {
		query string
		want  [][]any
	}{
		{"select as_at, ward, people_count, share_percent from marts.ward_counts order by ward", [][]any{{"2022-11-01", "A", int64(2), 50.0}, {"2022-11-01", "B", int64(2), 50.0}}},
		{"select client_id, added_later from staging.stg_things order by client_id",
			[][]any{{"p1", nil}, {"p2", nil}, {"p3", nil}, {"p4", int64(7)}}},
		{"select name, opened from ref.wards order by name", [][]any{{"North", "2004-06-10"}, {"South", nil}}},
		{"select value, source from ref.settings", [][]any{{"20", "configuration"}}},
		{"select as_at, known_until from ref.build", [][]any{{"2022-11-01", "2022-11-01"}}},
		{"select provider, due_on from raw.expected", [][]any{{"west", "2022-10-01"}}},
		{"select file_hash, status, rows_accepted, academic_year from raw.files order by 1",
			[][]any{{"h1", "loaded", int64(3), "2022/23"}, {"h2", "loaded", int64(1), "2022/23"}}},
		{"select period, quarter, academic_year_end from ref.months where month_end = date '2020-11-30'", [][]any{{"2020-11", "2020/21-Q1", "2021-08-31"}}},
		{"select count(*), min(month_end), max(month_end) from ref.months", [][]any{{int64(360), "2010-09-30", "2040-08-31"}}},
	}
	inside := w.builtModels()
	for _, c := range checks {
		got, err := inside.query(t.Context(), c.query)
		w.must(err)
		if !reflect.DeepEqual(got.Rows, c.want) {
			t.Errorf("%s\n got %v\nwant %v", c.query, got.Rows, c.want)
		}
	}
	b := w.build()
	for _, m := range b.Models {
		if want := map[string]int64{"staging.stg_things": 4, "marts.ward_counts": 2, "staging.stg_files": 2, "marts.deliveries": 2}[m.Model]; m.Rows != want {
			t.Errorf("%s: %d rows, want %d", m.Model, m.Rows, want)
		}
	}
	if len(b.Blocked()) > 0 || len(b.Checks) != 13 {
		t.Errorf("%d checks, blocked %v", len(b.Checks), b.Blocked())
	}
	if got := w.tablesOf(b.Path); !slices.Equal(got, []string{"header.columns", "header.models", "header.sources", "marts.deliveries", "marts.ward_counts", "raw.expected", "raw.files", "raw.quarantine", "ref.build"}) {
		t.Errorf("the work file holds %v", got)
	}
	for path, want := range map[string]os.FileMode{b.Path: 0o600, filepath.Dir(b.Path): 0o700} {
		info, err := os.Stat(path)
		w.must(err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
}

func TestBuildReportsFailedChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deliver("east", "h3", "client_id, ward, weight", "('p1', 'C', 1), ('p9', NULL, 2)")
	w.file("intermediate/int_people.sql", `-- People, wrongly said to be unique.
-- grain: client_id
-- column client_id: Person.
-- column ward: Ward.
select client_id, ward from staging.stg_things`)
	w.file("marts/ward_counts__warns_test.sql", "-- Only told.\n-- severity: warn\nselect ward from marts.ward_counts where ward = 'C'")
	b := w.build()
	got := map[string]pipeline.CheckResult{}
	for _, c := range b.Checks {
		if c.Failures > 0 {
			got[c.Model+" "+c.Check] = c
		}
	}
	want := map[string]struct {
		failures int64
		blocking bool
		sample   string
	}{
		"intermediate.int_people unique(client_id)": {1, true, "client_id=(withheld)"},
		"marts.ward_counts not_null(ward)":          {1, true, "as_at=2022-11-01, ward=<nil>"},
		"marts.ward_counts accepted(ward)":          {1, true, "as_at=2022-11-01, ward=C, value_of_ward=C"},
		"marts.ward_counts wards_are_known":         {2, true, "ward=C; ward=<nil>"},
		"marts.ward_counts warns":                   {1, false, "ward=C"},
	}
	for name, c := range got {
		e, ok := want[name]
		if !ok || c.Failures != e.failures || c.Blocking != e.blocking || c.Sample != e.sample {
			t.Errorf("%s: %+v, want %+v", name, c, e)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("not reported: %v", want)
	}
	if len(b.Blocked()) != 4 {
		t.Errorf("blocked: %v", b.Blocked())
	}
}

func TestBuildErrors(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(w *world)
		want   []string
	}{
		{"wrong column", func(w *world) {
			w.file("staging/stg_files.sql", strings.Replace(worldTree["staging/stg_files.sql"], "select file_hash, provider", "select file_hash,\n  hsh as provider", 1))
		}, []string{"staging.stg_files", "sql/staging/stg_files.sql", "LINE 6", "hsh"}},
		{"value in an error", func(w *world) {
			w.file("staging/stg_files.sql", "-- F.\n-- grain: file_hash\n-- column file_hash: x.\n-- column provider: y.\nselect cast(file_hash as bigint) as file_hash, provider from raw.files")
		}, []string{"staging.stg_files", "(withheld)"}},
		{"broken header", func(w *world) { w.file("staging/stg_files.sql", "select 1 as n") }, []string{"staging/stg_files.sql line 1", "grain"}},
		{"snapshot of no dataset", func(w *world) { w.in.Files[0].Relation = "others" }, []string{"others", "dataset"}},
		{"snapshot gone", func(w *world) { w.in.Files[0].Path = "things/gone.parquet" }, []string{"raw.things", "gone.parquet"}},
		{"snapshot of another type", func(w *world) {
			w.opts.Layouts[0].Columns[1].Kind = pipeline.Integer
		}, []string{"raw.things", "column ward is VARCHAR", "BIGINT"}},
		{"unknown setting", func(w *world) { w.opts.Settings = map[string]string{"minimum_cohrt": "3"} }, []string{"minimum_cohrt"}},
		{"bad memory limit", func(w *world) { w.opts.MemoryLimit = "lots" }, []string{"memory_limit"}},
		{"no reference folder", func(w *world) { w.opts.RefOverride = "nowhere" }, []string{"reference folder"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			layout := thingsLayout
			layout.Columns = append([]pipeline.Column{}, layout.Columns...)
			w.opts.Layouts = []pipeline.Layout{layout}
			c.change(w)
			got := w.buildError()
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want %q in it", got, want)
				}
			}
			if strings.Contains(got, "'h1'") {
				t.Errorf("the error shows a value: %s", got)
			}
			if left, _ := filepath.Glob(filepath.Join(w.opts.WorkDir, "*")); len(left) > 0 {
				t.Errorf("a failed build left %v", left)
			}
		})
	}
}

func TestBuildWithoutAnyFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.in.Files = nil
	if b := w.build(); len(b.Models) != 4 {
		t.Errorf("%d models", len(b.Models))
	}
}

func TestBuildIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	progress := &cancelAt{step: "building models", cancel: cancel}
	_, err := w.warehouse().Build(ctx, w.in, progress)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left := listing(t, w.opts.WorkDir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// cancelAt cancels when a step begins.
type cancelAt struct {
	pipeline.NoProgress
	step   string
	cancel func()
}

func (c *cancelAt) Start(step, _ string, _ int64) {
	if step == c.step {
		c.cancel()
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	own := t.TempDir()
	w := newWorld(t)
	before := w.warehouse().Fingerprint(w.in)
	same := map[string]func(w *world){
		"version":        func(w *world) { w.opts.Version = "other" },
		"run":            func(w *world) { w.in.RunID = "other" },
		"order of files": func(w *world) { w.in.Files[0], w.in.Files[1] = w.in.Files[1], w.in.Files[0] },
		"test data":      func(w *world) { w.file("testdata/ward_counts/a/expect.csv", "n\n1\n") },
		"readme":         func(w *world) { w.file("README.md", "x") },
		"empty folder":   func(w *world) { w.opts.RefOverride = own },
	}
	other := map[string]func(w *world){
		"a file less": func(w *world) { w.in.Files = w.in.Files[1:] },
		"refused":     func(w *world) { w.in.Refused, w.in.Files = w.in.Files[:1], w.in.Files[1:] },
		"model":       func(w *world) { w.file("marts/deliveries.sql", "-- x") },
		"reference":   func(w *world) { w.file("ref/wards.csv", "ward,source\n") },
		"macro":       func(w *world) { w.file("macros/percent_of.sql", "x") },
		"settings":    func(w *world) { w.opts.Settings = map[string]string{"minimum_cohort": "31"} },
		"known until": func(w *world) { w.in.KnownUntil++ },
		"expected": func(w *world) {
			w.opts.Expected = []Expected{{Dataset: "a", Provider: "b", AcademicYear: "c", DueOn: 1}}
		},
		"override": func(w *world) {
			w.opts.RefOverride = t.TempDir()
			w.must(os.WriteFile(filepath.Join(w.opts.RefOverride, "wards.csv"), []byte("x"), 0o600))
		},
	}
	for name, change := range same {
		v := newWorld(t)
		change(v)
		if v.warehouse().Fingerprint(v.in) != before {
			t.Errorf("%s changes the fingerprint", name)
		}
	}
	for name, change := range other {
		v := newWorld(t)
		change(v)
		if v.warehouse().Fingerprint(v.in) == before {
			t.Errorf("%s does not change the fingerprint", name)
		}
	}
}

func TestCheckModels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issues, err := w.warehouse().CheckModels(t.Context())
	if err != nil || len(issues) > 0 {
		t.Fatalf("got %v, %v", issues, err)
	}
	w.opts.RefOverride = t.TempDir()
	for name, body := range map[string]string{"wards.csv": "ward,source\nA,us\n", "wrds.csv": "ward,source\n", "notes.txt": ""} {
		w.must(os.WriteFile(filepath.Join(w.opts.RefOverride, name), []byte(body), 0o600))
	}
	w.file("marts/deliveries.sql", "-- F.\n-- grain: provider\n-- column provider: P.\n-- column gone: G.\nselect provider, nosuch as extra from staging.stg_files")
	w.file("marts/typed.sql", "-- T.\n-- grain: n\n-- column n: N.\n-- column d: D.\n-- column z: Z.\nselect cast(1 as decimal(18, 9)) as n, cast(1 as hugeint) as d, 1 as y")
	w.file("marts/typed__bad_test.sql", "-- Why.\nselect nosuch from marts.typed")
	issues, err = w.warehouse().CheckModels(t.Context())
	w.must(err)
	var all []string
	for _, i := range issues {
		all = append(all, i.String())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{
		"wards.csv: column name (varchar) of the shipped file is missing", "wrds.csv: there is no shipped reference file",
		"marts/deliveries.sql: Binder Error", "nosuch", "LINE 5",
		"marts/typed.sql: column n is DECIMAL(18,9)", "column d is HUGEINT", "output column y has no description", "describes column z",
		"marts/typed__bad_test.sql: Binder Error",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}
