package placetest

import (
	"bytes"
	"encoding/csv"
	"os"
	"reflect"
	"slices"
	"testing"

	"nightjar/pipeline"
)

// file is the name of a list of the first dataset.
func file(name string) string { return Datasets[0] + "/carmel/" + name }

func (r *Rig) look(t *testing.T, datasets ...string) ([]pipeline.Arrival, []pipeline.Issue) {
	t.Helper()
	list, issues, err := r.Source(t).Arrivals(t.Context(), datasets)
	if err != nil {
		t.Fatalf("Arrivals: %v", err)
	}
	return list, issues
}

// clean looks, and wants exactly these lists and nothing to be said.
func (r *Rig) clean(t *testing.T, names ...string) []pipeline.Arrival {
	t.Helper()
	list, issues := r.look(t)
	if len(issues) > 0 {
		t.Fatalf("issues %v", issues)
	}
	want(t, list, names...)
	return list
}

// want fails unless the arrivals have these names.
func want(t *testing.T, list []pipeline.Arrival, names ...string) {
	t.Helper()
	got := []string{}
	for _, a := range list {
		got = append(got, a.Name)
	}
	slices.Sort(got)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Fatalf("arrivals %q, want %q", got, names)
	}
}

// said fails unless one thing was said, about that list, under one of the
// rules, with a next step.
func said(t *testing.T, issues []pipeline.Issue, name string, rules ...string) {
	t.Helper()
	if len(issues) != 1 {
		t.Fatalf("issues %v, want one about %q", issues, name)
	}
	i := issues[0]
	if i.File != name || !slices.Contains(rules, i.Rule) || i.Say == "" || i.Hint == "" {
		t.Fatalf("issue %+v, want one about %q under %v", i, name, rules)
	}
}

// holds fails unless an arrival is the list, cell for cell.
func holds(t *testing.T, a pipeline.Arrival, l List) {
	t.Helper()
	text, err := os.ReadFile(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(List(got), l) {
		t.Fatalf("%s holds %d rows that are not the %d handed in", a.Name, len(got), len(l))
	}
	if a.Size != int64(len(text)) || a.DeliveredAt.IsZero() || a.Hash == "" {
		t.Fatalf("delivery %+v of %d bytes", a.Delivery, len(text))
	}
}

// night takes what there is as a run does: what the ledger knows is archived,
// the rest is recorded first. It returns what was new.
func (r *Rig) night(t *testing.T) []pipeline.Arrival {
	t.Helper()
	source := r.Source(t)
	list, issues, err := source.Arrivals(t.Context(), nil)
	if err != nil || len(issues) > 0 {
		t.Fatalf("Arrivals: issues %v, error %v", issues, err)
	}
	var fresh []pipeline.Arrival
	for _, a := range list {
		_, known, err := r.Ledger.Known(t.Context(), a.Key())
		if err != nil {
			t.Fatal(err)
		}
		if !known {
			fresh = append(fresh, a)
			rec := pipeline.FileRecord{Snapshot: pipeline.Snapshot{Delivery: a.Delivery}, Status: pipeline.FileLoaded}
			if err := r.Ledger.RecordFile(t.Context(), rec); err != nil {
				t.Fatal(err)
			}
		}
		if err := source.Archive(t.Context(), a); err != nil {
			t.Fatalf("Archive %s: %v", a.Name, err)
		}
	}
	return fresh
}

// missed returns what the source missed in its last look.
func missed(t *testing.T, s pipeline.Source) error {
	t.Helper()
	half, ok := s.(interface{ Missed() error })
	if !ok {
		t.Fatalf("%T does not say what it missed", s)
	}
	return half.Missed()
}
