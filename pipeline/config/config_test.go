package config

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

func testDatasets() []pipeline.Dataset {
	return []pipeline.Dataset{{
		Name:    "caseload",
		Layouts: []pipeline.Layout{{Columns: []pipeline.Column{{Name: "client_id"}, {Name: "birth_date", Kind: pipeline.Day}}}},
	}}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nightjar.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadFillsDefaultsAndResolvesPaths(t *testing.T) {
	t.Parallel()
	path := write(t, `
authority: {la_code: "343"}
folders: {inbox: in, data: /srv/data}
inbox: {settle: 5m}
datasets:
  caseload:
    max_rejected_percent: 2.5
    providers:
      connect:
        columns: {"Their Id": client_id}
        dates: {birth_date: mm/dd/yyyy}
settings: {minimum_cohort: 25}
jobs:
  - {name: night, cron: "30 2 * * *"}
`)
	c, err := Load(path, testDatasets())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Folders.Inbox, filepath.Join(filepath.Dir(path), "in"); got != want {
		t.Errorf("inbox = %q, want %q", got, want)
	}
	if c.Folders.Data != "/srv/data" || c.Location().String() != "Europe/London" {
		t.Errorf("data %q, zone %v", c.Folders.Data, c.Location())
	}
	if time.Duration(c.Inbox.Settle) != 5*time.Minute || c.Warehouse.MemoryLimit != "1GB" {
		t.Errorf("settle %v, memory %q", c.Inbox.Settle, c.Warehouse.MemoryLimit)
	}
	if c.Settings["minimum_cohort"] != "25" {
		t.Errorf("settings = %v", c.Settings)
	}
	if got := c.Limits()["caseload"]; got != 0.025 {
		t.Errorf("limit = %v", got)
	}
	p := c.Profiles()["caseload"]["connect"]
	if p.Columns["Their Id"] != "client_id" || p.Dates["birth_date"] != pipeline.MDY {
		t.Errorf("profile = %+v", p)
	}
}

func TestLoadNamesFieldAndLineOfEveryProblem(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text string
		want       []string
	}{
		{"unknown fields, all of them", "authority: {la_code: \"343\"}\nfoldrs: {}\npublish:\n  grup: x\n",
			[]string{"line 2, foldrs: no such field", "line 4, publish.grup: no such field; expected one of: group, keep"}},
		{"authority code", "authority:\n  la_code: Sefton\n", []string{"line 2, authority.la_code: \"Sefton\" is not a DfE authority code"}},
		{"authority missing", "time_zone: Europe/London\n", []string{"authority.la_code: \"\" is not"}},
		{"zone and size", "authority: {la_code: \"343\"}\ntime_zone: Mars\nwarehouse:\n  memory_limit: lots\n",
			[]string{"line 2, time_zone:", "line 4, warehouse.memory_limit: \"lots\" is not a size"}},
		{"dataset", "authority: {la_code: \"343\"}\ndatasets:\n  caselod: {}\n", []string{"line 3, datasets.caselod: no such dataset; expected one of: caseload"}},
		{"profile column", "authority: {la_code: \"343\"}\ndatasets:\n  caseload:\n    providers:\n      a:\n        columns:\n          X: nope\n",
			[]string{"line 7, datasets.caseload.providers.a.columns.X: \"nope\" is not a column"}},
		{"jobs", "authority: {la_code: \"343\"}\njobs:\n  - name: Night!\n    cron: \"\"\n",
			[]string{"line 3, jobs[0].name:", "line 4, jobs[0].cron: is empty"}},
		{"volume guard", "authority: {la_code: \"343\"}\ndatasets:\n  caseload:\n    volume_guard: loud\n    volume_change_percent: 0\n",
			[]string{"line 4, datasets.caseload.volume_guard: \"loud\" is not known; write warn, hold or off", "line 5, datasets.caseload.volume_change_percent: must be greater"}},
		{"span", "authority: {la_code: \"343\"}\ninbox:\n  settle: soon\n", []string{"is not a time span"}},
		{"yaml", "authority: [\n", []string{"line 1"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(write(t, tc.text), testDatasets())
			if !errors.Is(err, pipeline.ErrUsage) {
				t.Fatalf("error %v is not a usage error", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("message lacks %q:\n%s", want, err)
				}
			}
		})
	}
}

func TestVolumeGuards(t *testing.T) {
	t.Parallel()
	list := []pipeline.Dataset{{Name: "caseload", Personal: true}, {Name: "ucas", Personal: true}, {Name: "registers", Personal: true}, {Name: "comparators"}, {Name: "postcodes"}}
	share := 20.0
	c := Config{Datasets: map[string]Dataset{
		"ucas": {VolumeGuard: GuardOff}, "registers": {VolumeGuard: GuardHold, VolumeChange: &share}, "postcodes": {VolumeGuard: GuardWarn},
	}}
	want := map[string]VolumeGuard{"caseload": {Share: 0.5}, "registers": {Hold: true, Share: 0.2}, "postcodes": {Share: 0.5}}
	if got := c.VolumeGuards(list); !maps.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestLoadMissingFileSaysWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"), nil)
	if !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), "--config") {
		t.Fatalf("got %v", err)
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add("authority: {la_code: \"343\"}")
	f.Add("jobs: [{name: a}]")
	f.Add("a: &x [*x]")
	f.Add("jobs: !00 00") // the library panics on this one
	f.Fuzz(func(t *testing.T, text string) {
		_, problems := parse([]byte(text), testDatasets())
		for _, p := range problems {
			if p.Say == "" {
				t.Error("a problem without words")
			}
		}
	})
}
