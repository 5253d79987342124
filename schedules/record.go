package schedules

import (
	"fmt"

	"nightjar/pipeline"
)

// The states of a slot besides those it shares with its run (started, done,
// failed, held, interrupted).
const (
	// SlotMissed is a slot that had no run, and will have none.
	SlotMissed pipeline.RunState = "missed"
	// SlotSkipped is a slot that gave way to an earlier one of its job.
	SlotSkipped pipeline.RunState = "skipped"
)

// maxResumes is how often a slot whose process died is begun again. A run that
// kills its process every time must not keep the daemon from other work.
const maxResumes = 5

// resumeNote stands as the reason of a slot that was begun again, so that the
// count survives the next death.
const resumeNote = "begun again after its process ended (time %d)"

// resumes reads the count back.
func resumes(reason string) int {
	var n int
	if _, err := fmt.Sscanf(reason, resumeNote, &n); err != nil {
		return 0
	}
	return n
}

// wrongClockNote is the reason of a slot that was written off too early.
const wrongClockNote = "recorded as missed before its time, under a clock that was wrong"

// decided reports whether a record that says started is in truth one of a slot
// that was to have no run: the process died between the two writes that such a
// record takes. Slots that do run are claimed without a reason.
func decided(r pipeline.SlotRecord) bool {
	return r.State == pipeline.RunStarted && r.Reason != "" && r.Reason != wrongClockNote && resumes(r.Reason) == 0
}

// slotKey identifies a slot among all jobs.
type slotKey struct {
	job     string
	nominal string
}

func keyOf(r pipeline.SlotRecord) slotKey { return slotKey{r.Job, r.Nominal} }

// record returns what the ledger holds of a slot.
func record(job Job, slot Slot, state pipeline.RunState, reason string) pipeline.SlotRecord {
	return pipeline.SlotRecord{
		Job: job.Name, Nominal: slot.Nominal.String(), Instant: slot.Instant, State: state, Reason: reason,
	}
}

// carriedOut reports whether a slot had its run to an end that stands. A held
// run did its work; what it made waits for a person.
func carriedOut(s pipeline.RunState) bool {
	return s == pipeline.RunDone || s == pipeline.RunHeld
}

// begun reports whether a slot was begun and not finished.
func begun(s pipeline.RunState) bool {
	return s == pipeline.RunStarted || s == pipeline.RunInterrupted
}
