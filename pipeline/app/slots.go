package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"nightjar/pipeline"
	"nightjar/pipeline/config"
	"nightjar/pipeline/ledger"
	"nightjar/schedules"
)

// runSlot is the work of one slot.
func (d *daemon) runSlot(ctx context.Context, job schedules.Job, slot schedules.Slot) (string, error) {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() {
		debug.FreeOSMemory() // the machine is other people's until the next slot
		<-d.turn
	}()
	a := d.current()
	if job.Name == config.MorningMail {
		return "", a.sendMorning(ctx)
	}
	return a.heavy.night(ctx, a, askNight(job, slot, "job"))
}

// nightOf runs the night of a slot.
func (a *App) nightOf(ctx context.Context, n slotNight) (string, error) {
	rep, err := a.Run(ctx, RunOptions{Trigger: n.Trigger, Datasets: n.Datasets, Retry: n.Retry, Slot: true})
	if errors.Is(err, pipeline.ErrQuarantine) {
		// The night is published; the ledger's report names the refused files.
		a.Log.Warn("night done with refused files", "run", rep.RunID, "reason", err, "hint", "nightjar status lists them")
		err = nil
	}
	return rep.RunID, err
}

// telling is the slot ledger of the daemon: what is written of a slot's end
// also opens or closes the alert of its job.
type telling struct {
	*ledger.Ledger
	d *daemon
}

// EndSlot implements pipeline.SlotLedger. It is called by the scheduler's
// loop, so it only writes; the watch does the telling.
func (t telling) EndSlot(ctx context.Context, s pipeline.SlotRecord) error {
	if err := t.Ledger.EndSlot(ctx, s); err != nil {
		return err
	}
	a := pipeline.Alert{Subject: "job " + s.Job, Since: t.d.current().Clock.Now().UTC()}
	switch s.State {
	case pipeline.RunFailed, pipeline.RunHeld, schedules.SlotMissed:
		a.State, a.Say = pipeline.AlertOpen, fmt.Sprintf("slot %s %s: %s", s.Nominal, s.State, s.Reason)
	case pipeline.RunDone:
		a.State, a.Say = pipeline.AlertOver, fmt.Sprintf("slot %s is done", s.Nominal)
	default:
		return nil
	}
	t.d.raise(ctx, a)
	return nil
}
