package ledger

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"nightjar/pipeline"
)

func TestDecisionsAreKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.sqlite")
	at := time.Date(2021, time.October, 31, 23, 30, 0, 0, time.UTC)
	list := []pipeline.Decision{
		{Subject: "s1", PersonID: "p1", Verdict: pipeline.VerdictAccept, By: "officer", Reason: "seen", DecidedAt: at, DecidedOn: pipeline.NewDate(2021, time.October, 31)},
		{Subject: "s1", PersonID: "p1", Verdict: pipeline.VerdictUndone, By: "officer", DecidedAt: at.Add(time.Hour), DecidedOn: pipeline.NewDate(2021, time.November, 1)},
		{Subject: "s2", Verdict: pipeline.VerdictNotOurs, By: "officer", DecidedAt: at, DecidedOn: pipeline.NewDate(2021, time.October, 31)},
	}
	first := newLedger(t, path)
	for _, want := range []int{len(list), 0} { // the second time nothing is new
		added, err := first.RecordDecisions(t.Context(), list)
		if err != nil {
			t.Fatal(err)
		}
		if added != want {
			t.Errorf("%d were new, want %d", added, want)
		}
	}
	got, err := newLedger(t, path).Decisions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].ID != int64(i+1) {
			t.Errorf("decision %d has number %d", i, got[i].ID)
		}
		got[i].ID = 0
	}
	if !slices.Equal(got, list) {
		t.Errorf("came back otherwise: %v", got)
	}
	if reader, err := OpenReadOnly(path); err != nil {
		t.Error(err)
	} else {
		if _, err := reader.RecordDecisions(t.Context(), list); err == nil {
			t.Error("a read-only ledger takes decisions")
		}
		reader.Close()
	}
}
