package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"nightjar/pipeline"
)

// gate is a Gate that knows what it will say.
type gate struct {
	concerns []pipeline.Concern
	err      error
	looks    int
}

func (g *gate) Look(context.Context, pipeline.Build, pipeline.Publication) ([]pipeline.Concern, error) {
	g.looks++
	return g.concerns, g.err
}

func TestANightWhoseFiguresMoveTooFarIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld("a", "b")
	later := w.arrivals[1]
	w.arrivals = w.arrivals[:1]
	g := &gate{concerns: []pipeline.Concern{{Rule: "cohort_shrinks", Subject: "16-17", Before: 100, After: 50, Say: "the cohort shrank"}}}
	night := func(o pipeline.RunOptions) (pipeline.RunReport, error) {
		r := w.runner()
		r.Gate = g
		return r.Run(t.Context(), o)
	}
	if rep, err := night(pipeline.RunOptions{RunID: "r1"}); err != nil || !rep.News || g.looks > 0 {
		t.Fatalf("the first night has nothing to compare with: %v, %d looks", err, g.looks)
	}
	w.arrivals = append(w.arrivals, later)
	rep, err := night(pipeline.RunOptions{RunID: "r2"})
	if !errors.Is(err, pipeline.ErrMoved) || pipeline.ExitCode(err) != pipeline.ExitHeld || !strings.Contains(err.Error(), "nightjar release r2") {
		t.Fatalf("got %v", err)
	}
	if rep.State != pipeline.RunHeld || len(rep.Concerns) != 1 || rep.Fingerprint == "" || w.published.RunID != "r1" {
		t.Errorf("report %+v, published %s", rep, w.published.RunID)
	}

	// Another build than the one that was looked at is not released by it.
	if _, err := night(pipeline.RunOptions{RunID: "r3", Only: "something else"}); !errors.Is(err, pipeline.ErrUsage) || w.published.RunID != "r1" {
		t.Errorf("got %v, published %s", err, w.published.RunID)
	}
	g.concerns = nil // the app's gate knows the release
	w.arrivals = nil
	rep, err = night(pipeline.RunOptions{RunID: "r4", Only: rep.Fingerprint})
	if err != nil || w.published.RunID != "r4" || rep.Steps[0].Step != "build" {
		t.Errorf("release: %v, published %s, steps %+v", err, w.published.RunID, rep.Steps)
	}
}

func TestAGateThatCannotLookPublishesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld("a")
	w.published = &pipeline.Publication{RunID: "r0", Fingerprint: "old"}
	r := w.runner()
	r.Gate = &gate{err: errors.New("file is damaged")}
	if _, err := r.Run(t.Context(), pipeline.RunOptions{RunID: "r1"}); err == nil || w.published.RunID != "r0" {
		t.Errorf("got %v, published %s", err, w.published.RunID)
	}
}

// TestAPanicIsThatStepsFailure lets the loader panic in its own goroutine,
// with what a list held: the night fails, says nothing of it, and the next one
// goes on.
func TestAPanicIsThatStepsFailure(t *testing.T) {
	t.Parallel()
	w := newWorld("a", "b")
	good := w.loads["a"]
	w.loads["a"] = func() (pipeline.FileRecord, error) { panic("Ada Example, 14/02/2005") }
	rep, err := w.runner().Run(t.Context(), pipeline.RunOptions{RunID: "r1"})
	if err == nil || strings.Contains(err.Error(), "Ada") || !strings.Contains(err.Error(), "loading a panicked with a string") {
		t.Fatalf("got %v", err)
	}
	if rep.State != pipeline.RunFailed || w.runs["r1"].State != pipeline.RunFailed || w.published != nil {
		t.Errorf("state %s, ledger %s", rep.State, w.runs["r1"].State)
	}
	w.loads["a"] = func() (pipeline.FileRecord, error) {
		var none []int
		return pipeline.FileRecord{}, errors.New("x"[none[0]:])
	}
	if _, err := w.runner().Run(t.Context(), pipeline.RunOptions{RunID: "r2"}); err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("a fault of the program is not named: %v", err)
	}
	w.loads["a"] = good
	if rep, err := w.runner().Run(t.Context(), pipeline.RunOptions{RunID: "r3"}); err != nil || !rep.News {
		t.Errorf("the night after: %v", err)
	}
}
