package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/schedules"
)

// BackfillOptions says which slots of a job to run again.
type BackfillOptions struct {
	Job     string
	From    string // local day or time, included
	To      string // local day or time, included; a day means all of it
	Missing bool   // only those that were never carried out
	DryRun  bool   // list them, run nothing
}

// BackfillLine is one slot of a backfill and what became of it.
type BackfillLine struct {
	Nominal string            `json:"nominal"`
	Instant time.Time         `json:"instant"`
	State   pipeline.RunState `json:"state,omitempty"` // empty on a dry run and for slots that were not reached
	RunID   string            `json:"run_id,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Note    string            `json:"note,omitempty"`
}

// Backfill runs the slots of a job between two local times, oldest first, and
// records each. It stops at the first that fails: what comes after would fail
// too, or hide it. Slots still to come are left out.
func (a *App) Backfill(ctx context.Context, o BackfillOptions) ([]BackfillLine, error) {
	job, err := a.job(o.Job)
	if err != nil {
		return nil, err
	}
	slots, err := a.backfillSlots(ctx, job, o)
	if err != nil {
		return nil, err
	}
	lines := make([]BackfillLine, len(slots))
	for i, s := range slots {
		lines[i] = BackfillLine{Nominal: s.Nominal.String(), Instant: s.Instant, Note: schedules.Note(s, job.Zone)}
	}
	if o.DryRun || len(slots) == 0 {
		return lines, nil
	}
	for i, s := range slots {
		if err := a.backfillOne(ctx, job, s, &lines[i]); err != nil {
			return lines, fmt.Errorf("backfill of %s stopped at slot %s: %w", job.Name, s.Nominal, err)
		}
	}
	return lines, nil
}

func (a *App) backfillSlots(ctx context.Context, job schedules.Job, o BackfillOptions) ([]schedules.Slot, error) {
	from, err := backfillEnd("from", o.From, "T00:00")
	if err != nil {
		return nil, err
	}
	to, err := backfillEnd("to", o.To, "T23:59")
	if err != nil {
		return nil, err
	}
	if from > to {
		return nil, fmt.Errorf("%w: --from %s is after --to %s", pipeline.ErrUsage, o.From, o.To)
	}
	begin, end := schedules.SlotAt(from, job.Zone).Instant, schedules.SlotAt(to, job.Zone).Instant
	if now := a.Clock.Now(); end.After(now) {
		end = now
	}
	if o.Missing {
		book, done, err := a.slots()
		if err != nil {
			return nil, err
		}
		defer done()
		return schedules.Missing(ctx, job, begin, end, book)
	}
	return job.Between(begin.Add(-time.Nanosecond), end), nil // Between leaves its first end out
}

func backfillEnd(flag, text, rest string) (schedules.Nominal, error) {
	if !strings.ContainsAny(text, "T ") {
		text += rest
	}
	n, err := schedules.ParseNominal(text)
	if err != nil {
		return 0, fmt.Errorf("%w: --%s: write a day or a time, such as 2026-10-25 or 2026-10-25T01:30", pipeline.ErrUsage, flag)
	}
	return n, nil
}

// backfillOne runs one slot and records how it ended. The record is written
// whatever the end was; the run itself has its own.
func (a *App) backfillOne(ctx context.Context, job schedules.Job, slot schedules.Slot, line *BackfillLine) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	book, err := a.openLedger()
	if err != nil {
		return err
	}
	defer book.Close()
	rec := pipeline.SlotRecord{Job: job.Name, Nominal: slot.Nominal.String(), Instant: slot.Instant, State: pipeline.RunStarted}
	before, err := claimAgain(ctx, book, rec)
	if err != nil {
		return err
	}
	runID, err := a.nightOf(ctx, askNight(job, slot, "backfill"))
	rec.RunID, rec.State, rec.Reason = runID, pipeline.RunDone, "by backfill"
	switch {
	case runID == "" && err != nil: // no run began, so the slot stands as it did
		rec = before
	case errors.Is(err, pipeline.ErrHeld):
		rec.State, rec.Reason = pipeline.RunHeld, err.Error()
	case errors.Is(err, context.Canceled):
		rec.State, rec.Reason = pipeline.RunInterrupted, "the backfill was stopped"
	case err != nil:
		rec.State, rec.Reason = pipeline.RunFailed, err.Error()
	}
	line.State, line.RunID, line.Reason = rec.State, rec.RunID, rec.Reason
	return errors.Join(err, book.EndSlot(context.WithoutCancel(ctx), rec))
}

// claimAgain records a slot as started, whether it has a record or not, and
// returns what is to be recorded when no run comes of it.
func claimAgain(ctx context.Context, book *ledger.Ledger, rec pipeline.SlotRecord) (before pipeline.SlotRecord, err error) {
	before = rec
	before.State, before.Reason = schedules.SlotMissed, "a backfill was asked for and its run could not begin"
	fresh, err := book.ClaimSlot(ctx, rec)
	if err != nil || fresh {
		return before, err
	}
	all, err := book.Slots(ctx, 0)
	if err != nil {
		return before, err
	}
	for _, s := range all {
		if s.Job == rec.Job && s.Nominal == rec.Nominal {
			before = s
		}
	}
	return before, book.EndSlot(ctx, rec)
}
