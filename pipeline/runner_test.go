package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"nightjar/pipeline"
)

// world is a whole installation in memory: every port of the runner.
type world struct {
	mu        sync.Mutex
	arrivals  []pipeline.Arrival
	archived  []string
	loads     map[string]func() (pipeline.FileRecord, error)
	files     map[string]pipeline.FileRecord
	runs      map[string]pipeline.RunRecord
	checks    []pipeline.CheckResult
	published *pipeline.Publication
	builds    int
	away      int   // looks at the inbox that fail
	fault     error // with this
	now       time.Time
}

func newWorld(names ...string) *world {
	w := &world{
		loads: map[string]func() (pipeline.FileRecord, error){}, files: map[string]pipeline.FileRecord{},
		runs: map[string]pipeline.RunRecord{}, now: time.Date(2021, 11, 5, 2, 0, 0, 0, time.UTC),
	}
	for i, name := range names {
		a := pipeline.Arrival{Delivery: pipeline.Delivery{Dataset: "caseload", Provider: "p", Name: name, Hash: name, DeliveredOn: pipeline.NewDate(2021, 11, 1+i)}}
		w.arrivals = append(w.arrivals, a)
		w.loads[name] = loaded(a, pipeline.Counts{Read: 10, Accepted: 9, Quarantined: 1})
	}
	return w
}

func loaded(a pipeline.Arrival, c pipeline.Counts) func() (pipeline.FileRecord, error) {
	return func() (pipeline.FileRecord, error) {
		return pipeline.FileRecord{Snapshot: pipeline.Snapshot{Delivery: a.Delivery, Counts: c}}, nil
	}
}

func (w *world) Now() time.Time { return w.now }

func (w *world) Arrivals(context.Context, []string) ([]pipeline.Arrival, []pipeline.Issue, error) {
	if w.away--; w.away >= 0 {
		return nil, nil, fmt.Errorf("inbox: %w", w.fault)
	}
	left := slices.DeleteFunc(slices.Clone(w.arrivals), func(a pipeline.Arrival) bool { return slices.Contains(w.archived, a.Name) })
	return left, nil, nil
}

func (w *world) Archive(_ context.Context, a pipeline.Arrival) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.archived = append(w.archived, a.Name)
	return nil
}

func (w *world) Load(_ context.Context, a pipeline.Arrival, _ pipeline.Progress) (pipeline.FileRecord, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.loads[a.Name]()
}

func (w *world) FirstSeen(_ context.Context, _, _ string, now time.Time) (time.Time, error) {
	return now, nil
}

func (w *world) Known(_ context.Context, key string) (pipeline.FileRecord, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, ok := w.files[key]
	return f, ok && f.Status == pipeline.FileLoaded, nil
}

func (w *world) RecordFile(_ context.Context, f pipeline.FileRecord) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files[f.Key()] = f
	return nil
}

func (w *world) Files(context.Context) ([]pipeline.FileRecord, error) {
	var out []pipeline.FileRecord
	for _, f := range w.files {
		out = append(out, f)
	}
	return out, nil
}

func (w *world) BeginRun(_ context.Context, r pipeline.RunRecord) error {
	w.runs[r.RunID] = r
	return nil
}

func (w *world) EndRun(ctx context.Context, r pipeline.RunRecord) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.runs[r.RunID] = r
	return nil
}

func (w *world) Runs(context.Context, int) ([]pipeline.RunRecord, error) { return nil, nil }

func (w *world) Fingerprint(in pipeline.BuildInput) string {
	var keys []string
	for _, f := range in.Files {
		keys = append(keys, f.Key())
	}
	slices.Sort(keys)
	return in.AsAt.String() + " " + string(rune('0'+len(keys)))
}

func (w *world) Build(_ context.Context, in pipeline.BuildInput, _ pipeline.Progress) (pipeline.Build, error) {
	w.builds++
	return pipeline.Build{Input: in, Fingerprint: w.Fingerprint(in), Path: "work", Checks: w.checks}, nil
}

func (w *world) Current(context.Context) (pipeline.Publication, bool, error) {
	if w.published == nil {
		return pipeline.Publication{}, false, nil
	}
	return *w.published, true, nil
}

func (w *world) Publish(_ context.Context, b pipeline.Build, _ pipeline.Progress) (pipeline.Publication, error) {
	w.published = &pipeline.Publication{RunID: b.Input.RunID, Fingerprint: b.Fingerprint, Folder: "published/" + b.Input.RunID}
	return *w.published, nil
}

func (w *world) runner() *pipeline.Runner {
	return &pipeline.Runner{
		Source: w, Loader: w, Files: w, Runs: w, Warehouse: w, Publisher: w, Clock: w,
		Progress: pipeline.NoProgress{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Workers: 2,
	}
}

func outcomes(rep pipeline.RunReport) []string {
	var out []string
	for _, f := range rep.Files {
		out = append(out, f.File+" "+f.Outcome)
	}
	return out
}

func TestNightLoadsBuildsAndPublishesThenFindsNoNews(t *testing.T) {
	t.Parallel()
	w := newWorld("a.csv", "b.csv")
	rep, err := w.runner().Run(t.Context(), pipeline.RunOptions{RunID: "r1"})
	if err != nil || rep.State != pipeline.RunDone || !rep.News || rep.AsAt != "2021-11-02" {
		t.Fatalf("first night: %v, %+v", err, rep)
	}
	if got := rep.Totals(); got != (pipeline.Counts{Read: 20, Accepted: 18, Quarantined: 2}) || !got.Balanced() {
		t.Errorf("totals = %+v", got)
	}
	if len(w.archived) != 2 || w.runs["r1"].State != pipeline.RunDone {
		t.Errorf("archived %v, run %+v", w.archived, w.runs["r1"])
	}
	rep, err = w.runner().Run(t.Context(), pipeline.RunOptions{RunID: "r2"})
	if err != nil || rep.News || w.builds != 1 || w.published.RunID != "r1" {
		t.Fatalf("second night built again: %v, %+v", err, rep)
	}
}

func TestNightOutcomesAndExitCodes(t *testing.T) {
	t.Parallel()
	refuse := func(err error) func() (pipeline.FileRecord, error) {
		return func() (pipeline.FileRecord, error) {
			return pipeline.FileRecord{Snapshot: pipeline.Snapshot{Delivery: pipeline.Delivery{Name: "a.csv", Hash: "a.csv"}}}, err
		}
	}
	cases := []struct {
		name      string
		opts      pipeline.RunOptions
		prepare   func(*world)
		exit      int
		state     pipeline.RunState
		published bool
		files     []string
	}{
		{"a refused file does not stop the others", pipeline.RunOptions{}, func(w *world) {
			w.loads["a.csv"] = refuse(&pipeline.RefusedError{File: "a.csv"})
		}, pipeline.ExitQuarantine, pipeline.RunDone, true, []string{"a.csv refused", "b.csv loaded"}},
		{"a file that is not ready waits", pipeline.RunOptions{}, func(w *world) {
			w.loads["a.csv"] = refuse(pipeline.ErrNotReady)
		}, pipeline.ExitDone, pipeline.RunDone, true, []string{"a.csv not ready", "b.csv loaded"}},
		{"a list that its loader holds, holds the night", pipeline.RunOptions{}, func(w *world) {
			w.loads["a.csv"] = refuse(fmt.Errorf("%w: a.csv: the list is far too short", pipeline.ErrHeld))
		}, pipeline.ExitHeld, pipeline.RunHeld, false, []string{"a.csv held", "b.csv loaded"}},
		{"any other failure stops the night", pipeline.RunOptions{}, func(w *world) {
			w.loads["a.csv"] = refuse(errors.New("disk full"))
		}, pipeline.ExitFailed, pipeline.RunFailed, false, nil},
		{"strict holds on one quarantined row", pipeline.RunOptions{Strict: true}, nil,
			pipeline.ExitQuarantine, pipeline.RunHeld, false, []string{"a.csv loaded", "b.csv loaded"}},
		{"a blocking check holds", pipeline.RunOptions{}, func(w *world) {
			w.checks = []pipeline.CheckResult{{Model: "m", Check: "c", Blocking: true, Failures: 1}}
		}, pipeline.ExitHeld, pipeline.RunHeld, false, []string{"a.csv loaded", "b.csv loaded"}},
		{"a warning does not hold", pipeline.RunOptions{}, func(w *world) {
			w.checks = []pipeline.CheckResult{{Model: "m", Check: "c", Failures: 1}}
		}, pipeline.ExitDone, pipeline.RunDone, true, []string{"a.csv loaded", "b.csv loaded"}},
		{"the same bytes are skipped", pipeline.RunOptions{}, func(w *world) {
			rec, _ := w.loads["a.csv"]()
			rec.Status = pipeline.FileLoaded
			w.files[rec.Key()] = rec
		}, pipeline.ExitDone, pipeline.RunDone, true, []string{"a.csv seen before", "b.csv loaded"}},
		{"a dry run changes nothing", pipeline.RunOptions{DryRun: true}, nil,
			pipeline.ExitDone, pipeline.RunDone, false, []string{"a.csv loaded", "b.csv loaded"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld("a.csv", "b.csv")
			if tc.prepare != nil {
				tc.prepare(w)
			}
			tc.opts.RunID = "r"
			rep, err := w.runner().Run(t.Context(), tc.opts)
			if pipeline.ExitCode(err) != tc.exit || rep.ExitCode != tc.exit || rep.State != tc.state {
				t.Errorf("exit %d, state %s, error %v", rep.ExitCode, rep.State, err)
			}
			if (w.published != nil) != tc.published {
				t.Errorf("published = %v", w.published)
			}
			if tc.files != nil && !slices.Equal(outcomes(rep), tc.files) {
				t.Errorf("files = %v, want %v", outcomes(rep), tc.files)
			}
			if tc.opts.DryRun && (len(w.files) > 0 || len(w.runs) > 0 || len(w.archived) > 0) {
				t.Error("the dry run left traces")
			}
		})
	}
}

func TestInterruptedNightIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld("a.csv")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rep, err := w.runner().Run(ctx, pipeline.RunOptions{RunID: "r"})
	if pipeline.ExitCode(err) != pipeline.ExitInterrupted || rep.State != pipeline.RunInterrupted {
		t.Fatalf("exit %d, state %s: %v", rep.ExitCode, rep.State, err)
	}
	if w.runs["r"].State != pipeline.RunInterrupted {
		t.Errorf("ledger says %s", w.runs["r"].State)
	}
	last := rep.Steps[len(rep.Steps)-1]
	if last.State != pipeline.StepNotAttempted {
		t.Errorf("the last step is %s", last.State)
	}
}
