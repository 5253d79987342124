package app

import (
	"context"
	"fmt"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
)

// ReleaseOptions says which held night a person looked at.
type ReleaseOptions struct {
	RunID  string
	By     string // who looked
	Reason string // why the figures are right
}

// Release publishes a night that was held for its figures. The word is kept in
// the ledger under the build's fingerprint: it holds for exactly this build,
// which is made again from the same snapshots, and for no other.
func (a *App) Release(ctx context.Context, o ReleaseOptions) (pipeline.RunReport, error) {
	held, err := a.heldRun(ctx, o.RunID)
	if err != nil {
		return pipeline.RunReport{}, err
	}
	if err := a.recordRelease(ctx, pipeline.Release{Fingerprint: held.Report.Fingerprint, RunID: held.RunID, By: o.By, Reason: o.Reason, At: a.Clock.Now().UTC()}); err != nil {
		return pipeline.RunReport{}, err
	}
	if err := a.audited(ctx, audit.Event{Kind: audit.Release, By: o.By, About: held.RunID, Say: o.Reason}); err != nil {
		return pipeline.RunReport{}, err
	}
	return a.Run(ctx, RunOptions{Trigger: "release " + held.RunID + " by " + o.By, only: held.Report.Fingerprint})
}

func (a *App) recordRelease(ctx context.Context, r pipeline.Release) error {
	book, err := a.openLedger()
	if err != nil {
		return err
	}
	defer book.Close()
	return book.RecordRelease(ctx, r)
}

// heldRun returns the run, or says why it cannot be released.
func (a *App) heldRun(ctx context.Context, id string) (pipeline.RunRecord, error) {
	book, err := a.openLedger()
	if err != nil {
		return pipeline.RunRecord{}, err
	}
	defer book.Close()
	runs, err := book.Runs(ctx, 0)
	if err != nil {
		return pipeline.RunRecord{}, err
	}
	for _, r := range runs {
		if r.RunID != id {
			continue
		}
		if r.State != pipeline.RunHeld || len(r.Report.Concerns) == 0 {
			return r, fmt.Errorf("%w: run %s is %s and not held for its figures; a failed check is mended, not released", pipeline.ErrUsage, id, r.State)
		}
		return r, nil
	}
	return pipeline.RunRecord{}, fmt.Errorf("%w: no run %s; nightjar status lists the last ones", pipeline.ErrUsage, id)
}
