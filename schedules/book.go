package schedules

import (
	"fmt"
	"slices"
	"time"

	"nightjar/pipeline"
)

// claim makes sure that the slot is recorded as started before its work
// starts, and that no other process had it. False drops the slot.
func (s *session) claim(it *item, now time.Time) (bool, error) {
	if it.claimed && !it.locked {
		return true, nil // another attempt of ours
	}
	if !it.claimed && it.resumed == 0 {
		fresh, err := s.opt.Ledger.ClaimSlot(s.ctx, record(it.job, it.slot, pipeline.RunStarted, ""))
		if err != nil {
			it.doubt = true
			return false, err
		}
		if fresh {
			it.claimed = true
			return true, nil
		}
	}
	old, err := s.stored(it.key())
	if err != nil {
		return false, err
	}
	switch {
	case it.claimed, it.resumed > 0 && it.locked:
		// Waited for another process, which may have done this very slot.
		return begun(old.State), nil
	case it.resumed > 0 && begun(old.State):
		return true, s.reopen(it, fmt.Sprintf(resumeNote, it.resumed))
	case it.doubt && old.State == pipeline.RunStarted:
		// The claim that failed was written after all.
		it.claimed = true
		return true, nil
	case old.State == SlotMissed && now.Sub(it.slot.Instant) <= onTime:
		err := s.reopen(it, wrongClockNote)
		it.claimed = err == nil
		return true, err
	}
	return false, nil
}

// reopen records a slot that has a record as started again.
func (s *session) reopen(it *item, reason string) error {
	return s.opt.Ledger.EndSlot(s.ctx, record(it.job, it.slot, pipeline.RunStarted, reason))
}

// stored returns what the ledger holds of a slot.
func (s *session) stored(key slotKey) (pipeline.SlotRecord, error) {
	records, err := s.opt.Ledger.Slots(s.ctx, 0)
	if err != nil {
		return pipeline.SlotRecord{}, err
	}
	if i := slices.IndexFunc(records, func(r pipeline.SlotRecord) bool { return keyOf(r) == key }); i >= 0 {
		return records[i], nil
	}
	return pipeline.SlotRecord{}, nil
}

// entry is something the ledger is to be told. claim is set where the slot has
// no record yet; a slot that has one by then keeps it.
type entry struct {
	rec   pipeline.SlotRecord
	claim bool
}

// write tells the ledger, now or as soon as it can be written again.
func (s *session) write(e entry) {
	if err := s.tell(&e); err != nil {
		s.opt.Log.Error("ledger cannot be written", "job", e.rec.Job, "slot", e.rec.Nominal, "error", err,
			"hint", "see that the ledger's disk has room; it is tried again every minute")
		s.unsaid = append(s.unsaid, e)
	}
}

func (s *session) tell(e *entry) error {
	if e.claim {
		fresh, err := s.opt.Ledger.ClaimSlot(s.ctx, e.rec)
		if err != nil || !fresh {
			return err
		}
		e.claim = false
		s.opt.Log.Warn("slot has no run", "job", e.rec.Job, "slot", e.rec.Nominal, "state", string(e.rec.State), "reason", e.rec.Reason)
	}
	return s.opt.Ledger.EndSlot(s.ctx, e.rec)
}

// flush tells the ledger what it could not be told before.
func (s *session) flush() {
	var still []entry
	for _, e := range s.unsaid {
		if s.tell(&e) != nil {
			still = append(still, e)
		}
	}
	s.unsaid = still
}
