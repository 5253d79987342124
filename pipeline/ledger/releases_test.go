package ledger

import (
	"path/filepath"
	"testing"
	"time"

	"nightjar/pipeline"
)

func openNew(t *testing.T) *Ledger {
	t.Helper()
	l, err := Open(filepath.Join(t.TempDir(), "ledger.sqlite"))
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

func TestAReleaseIsFoundByTheBuildItIsAbout(t *testing.T) {
	t.Parallel()
	l, ctx := openNew(t), t.Context()
	if _, ok, err := l.Released(ctx, "abc"); ok || err != nil {
		t.Fatalf("released before anybody said so: %v %v", ok, err)
	}
	want := pipeline.Release{Fingerprint: "abc", RunID: "r1", By: "officer", Reason: "a new extract", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	for range 2 { // saying it twice is no error
		if err := l.RecordRelease(ctx, want); err != nil {
			t.Fatal(err)
		}
	}
	if got, ok, err := l.Released(ctx, "abc"); !ok || err != nil || got != want {
		t.Errorf("got %+v, %v, %v", got, ok, err)
	}
	if _, ok, _ := l.Released(ctx, "other"); ok {
		t.Error("a release of one build counts for another")
	}
}

// TestAnAlertIsNewsOncePerChange walks an alert through its life: every step
// says what is raised, whether that is news, and what waits to be told.
func TestAnAlertIsNewsOncePerChange(t *testing.T) {
	t.Parallel()
	l, ctx := openNew(t), t.Context()
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for i, step := range []struct {
		state pipeline.AlertState
		news  bool
		left  int // alerts in the ledger afterwards
		tell  bool
	}{
		{pipeline.AlertOver, false, 0, false}, // nothing was wrong
		{pipeline.AlertOpen, true, 1, true},
		{pipeline.AlertOpen, false, 1, false}, // the second night of one failure
		{pipeline.AlertOver, true, 1, true},
		{pipeline.AlertOver, false, 1, false},
		{pipeline.AlertOpen, true, 1, false},  // not told yet
		{pipeline.AlertOver, false, 0, false}, // so its end is no news either
	} {
		now = now.Add(time.Hour)
		a := pipeline.Alert{Subject: "job night", State: step.state, Say: "failed", Since: now}
		news, err := l.RaiseAlert(ctx, a)
		if err != nil || news != step.news {
			t.Fatalf("step %d: news %v, %v", i, news, err)
		}
		if step.tell {
			if err := l.AlertTold(ctx, a, now); err != nil {
				t.Fatal(err)
			}
		}
		list, err := l.Alerts(ctx)
		if err != nil || len(list) != step.left {
			t.Fatalf("step %d: %d alerts, %v", i, len(list), err)
		}
		if step.tell && list[0].Told != now {
			t.Errorf("step %d: told %v", i, list[0].Told)
		}
	}
}
