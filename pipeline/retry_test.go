package pipeline_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"nightjar/pipeline"
)

var threeTimes = pipeline.Retry{Times: 3, Backoff: time.Minute, MaxBackoff: 3 * time.Minute}

// TestAFileThatIsNotReadyIsTriedAgain lets a file become ready after a while;
// one that never does is left for the next night, and the night goes on.
func TestAFileThatIsNotReadyIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ready   int // attempt at which it is
		retry   pipeline.Retry
		outcome string
		loads   int
	}{
		"ready at the third":          {3, threeTimes, "a.csv loaded", 3},
		"never ready":                 {99, threeTimes, "a.csv not ready", 4},
		"nobody waits without policy": {2, pipeline.Retry{}, "a.csv not ready", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld("a.csv", "b.csv")
				loads, good := 0, w.loads["a.csv"]
				w.loads["a.csv"] = func() (pipeline.FileRecord, error) {
					if loads++; loads < tc.ready {
						return pipeline.FileRecord{}, fmt.Errorf("a.csv: %w", pipeline.ErrNotReady)
					}
					return good()
				}
				begin := time.Now()
				rep, err := w.runner().Run(t.Context(), pipeline.RunOptions{RunID: "r", Retry: tc.retry})
				if err != nil || rep.State != pipeline.RunDone || loads != tc.loads || len(rep.Files) != 2 || outcomes(rep)[0] != tc.outcome {
					t.Errorf("%v, %s, %d loads, files %v", err, rep.State, loads, outcomes(rep))
				}
				if took := time.Since(begin); tc.loads == 4 && (took < 3*time.Minute || took > 6*time.Minute) {
					t.Errorf("it waited %s in all, want 1m + 2m + 3m less the jitter", took)
				}
			})
		})
	}
}

// TestAStepIsTriedAgainOnlyForWhatIsWorthIt has an inbox that does not answer,
// and one that never will.
func TestAStepIsTriedAgainOnlyForWhatIsWorthIt(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault    error
		fails    int
		attempts int // 0: the one and only
		state    pipeline.RunState
	}{
		"the share comes back":     {pipeline.ErrNotReady, 2, 3, pipeline.RunDone},
		"the share stays away":     {pipeline.ErrNotReady, 99, 4, pipeline.RunFailed},
		"not worth a second look":  {errors.New("permission denied"), 99, 0, pipeline.RunFailed},
		"a refusal is not retried": {pipeline.ErrRefused, 99, 0, pipeline.RunFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld("a.csv")
				w.away, w.fault = tc.fails, tc.fault
				rep, _ := w.runner().Run(t.Context(), pipeline.RunOptions{RunID: "r", Retry: threeTimes, Attempt: 2})
				if rep.State != tc.state || rep.Steps[0].Attempts != tc.attempts || rep.Attempt != 2 {
					t.Errorf("%s after %d attempts at %s, attempt %d of the slot", rep.State, rep.Steps[0].Attempts, rep.Steps[0].Step, rep.Attempt)
				}
				if got := w.runs["r"].Report.Steps[0].Attempts; got != tc.attempts {
					t.Errorf("the ledger says %d attempts", got)
				}
			})
		})
	}
}
