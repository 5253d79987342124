package sources

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/pipelinetest"
)

// counted is a loader of lists of which only the size is known.
type counted struct {
	records map[string]int64 // by name
	slow    map[string]chan struct{}
}

func (c counted) Load(ctx context.Context, a pipeline.Arrival, _ pipeline.Progress) (pipeline.FileRecord, error) {
	if wait, ok := c.slow[a.Name]; ok {
		select {
		case <-wait:
		case <-ctx.Done():
			return pipeline.FileRecord{}, ctx.Err()
		}
	}
	rec := pipeline.FileRecord{Snapshot: pipeline.Snapshot{Delivery: a.Delivery, Relation: "r"}, Status: pipeline.FileLoaded}
	rec.Counts = pipeline.Counts{Read: c.records[a.Name] + 1, Accepted: c.records[a.Name], Blank: 1}
	return rec, nil
}

func of(name string, day int) pipeline.Arrival {
	at := time.Date(2021, time.October, day, 9, 0, 0, 0, time.UTC)
	return pipeline.Arrival{Delivery: pipeline.Delivery{Dataset: "ucas", Provider: "school", Name: name, Hash: name, DeliveredAt: at, DeliveredOn: pipeline.DateOf(at, time.UTC)}}
}

// book returns a ledger that knows lists of these sizes, a day apart.
func book(t *testing.T, sizes ...int64) pipeline.FileLedger {
	t.Helper()
	l := pipelinetest.NewLedger()
	for i, n := range sizes {
		rec, _ := counted{records: map[string]int64{"old": n}}.Load(t.Context(), of("old", i+1), nil)
		rec.Hash = strings.Repeat("x", i+1)
		if err := l.RecordFile(t.Context(), rec); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestVolumesAreHeldAgainstTheLastList(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		before []int64
		now    int64
		rule   string
	}{
		{"the first list", nil, 3, ""},
		{"the first list, empty", nil, 0, "volume_empty"},
		{"as long as the last", []int64{400}, 390, ""},
		{"half is allowed", []int64{400}, 200, ""},
		{"less than half", []int64{400}, 199, "volume_shorter"},
		{"more than half as much again", []int64{400}, 601, "volume_longer"},
		{"the last counts, not those before", []int64{1000, 400}, 390, ""},
		{"few pupils prove nothing", []int64{3}, 1, ""},
		{"a handful does", []int64{10}, 4, "volume_shorter"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, hold := range []bool{false, true} {
				g := GuardVolume(counted{records: map[string]int64{"new": c.now}}, book(t, c.before...), map[string]VolumeRule{"ucas": {Hold: hold, Share: 0.5}})
				rec, err := g.Load(t.Context(), of("new", 20), pipeline.NoProgress{})
				got := ""
				if len(rec.Notices) > 0 {
					got = rec.Notices[0].Rule
				}
				if got != c.rule || errors.Is(err, pipeline.ErrHeld) != (hold && c.rule != "") || err != nil && !strings.Contains(err.Error(), "new") {
					t.Errorf("hold %v: notice %q, error %v", hold, got, err)
				}
			}
		})
	}
}

func TestDatasetsWithoutARulePass(t *testing.T) {
	t.Parallel()
	g := GuardVolume(counted{}, book(t, 400), nil)
	if rec, err := g.Load(t.Context(), of("new", 20), pipeline.NoProgress{}); err != nil || len(rec.Notices) > 0 {
		t.Errorf("%+v, %v", rec.Notices, err)
	}
}

// TestListsOfOneNightAreComparedInTheirOrder loads two lists side by side; the
// later one is ready first and still waits to be held against the earlier.
func TestListsOfOneNightAreComparedInTheirOrder(t *testing.T) {
	t.Parallel()
	first, entered := make(chan struct{}), make(chan struct{})
	inner := counted{records: map[string]int64{"first": 20, "second": 400}, slow: map[string]chan struct{}{"first": first, "second": entered}}
	g := GuardVolume(inner, book(t, 400), map[string]VolumeRule{"ucas": {Share: 0.5}})
	var wg sync.WaitGroup
	notices := make([]string, 2)
	load := func(i int, a pipeline.Arrival) {
		rec, err := g.Load(context.Background(), a, pipeline.NoProgress{})
		if err != nil || len(rec.Notices) != 1 {
			t.Errorf("%s: %v, %v", a.Name, rec.Notices, err)
			return
		}
		notices[i] = rec.Notices[0].Rule
	}
	wg.Go(func() { load(0, of("first", 10)) })
	for guard := g.(*volumeGuard); ; {
		guard.mu.Lock()
		begun := len(guard.loading)
		guard.mu.Unlock()
		if begun == 1 {
			break
		}
	}
	wg.Go(func() { load(1, of("second", 11)) })
	close(entered)
	close(first)
	wg.Wait()
	if notices[0] != "volume_shorter" || notices[1] != "volume_longer" {
		t.Errorf("notices %v", notices)
	}
}

func TestListsWithoutKeysAreNoticed(t *testing.T) {
	t.Parallel()
	row := func(postcode string) string { return "Given,Family,14/02/2005," + postcode + ",06/09/2021\n" }
	for name, c := range map[string]struct {
		with, without int
		volume        map[string]VolumeRule
		want          bool
	}{
		"most have one":  {6, 5, map[string]VolumeRule{"college_starters": {Share: 0.5}}, false},
		"most have none": {5, 6, map[string]VolumeRule{"college_starters": {Share: 0.5}}, true},
		"not guarded":    {0, 6, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := "Forename,Surname,DOB,Postcode,StartDate\n" + strings.Repeat(row("L20 9ZZ"), c.with) + strings.Repeat(row(""), c.without)
			l := testLoader(t, func(o *LoaderOptions) { o.Volume = c.volume })
			rec, err := l.Load(context.Background(), handIn(t, "college_starters", "list.csv", content), pipeline.NoProgress{})
			_, got := firstVolume(rec.Notices)
			if err != nil || got != c.want {
				t.Errorf("%v, %v", rec.Notices, err)
			}
		})
	}
}
