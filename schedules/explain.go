package schedules

import (
	"context"
	"fmt"
	"slices"
	"time"

	"nightjar/pipeline"
)

// Planned is a coming slot of a job.
type Planned struct {
	Job     string    `json:"job"`
	Nominal string    `json:"nominal"`
	Instant time.Time `json:"instant"`
	Note    string    `json:"note,omitempty"` // what a clock change does to it
}

// Upcoming returns the next n slots of all jobs after from, in the order in
// which they are due.
func Upcoming(jobs []Job, from time.Time, n int) []Planned {
	watches := make([]*watch, len(jobs))
	for i, j := range jobs {
		watches[i] = &watch{Job: j}
		watches[i].seek(from)
	}
	var out []Planned
	for len(out) < n {
		var first *watch
		for _, w := range watches {
			if w.more && (first == nil || w.next.Instant.Before(first.next.Instant)) {
				first = w
			}
		}
		if first == nil {
			break
		}
		slot := first.next
		out = append(out, Planned{first.Name, slot.Nominal.String(), slot.Instant, Note(slot, first.Zone)})
		first.next, first.more = first.Following(slot.Nominal)
	}
	return out
}

// Note says in one clause what a clock change does to a slot; empty for most.
func Note(s Slot, zone *time.Location) string {
	at := s.Instant.In(zone)
	switch s.Change {
	case Skipped:
		return fmt.Sprintf("the clocks go forward over %s that day; it runs at %s", clockOf(s.Nominal), at.Format("15:04 MST"))
	case Doubled:
		return fmt.Sprintf("the clocks show %s twice that day; it runs once, at the first (%s)", clockOf(s.Nominal), at.Format("15:04 MST"))
	}
	return ""
}

// clockOf returns the time of day, 01:30.
func clockOf(n Nominal) string { return n.clock().Format("15:04") }

// Missing returns the slots of a job from from up to and including to that
// were never carried out: without a record, missed, skipped, failed or
// interrupted. It is what a backfill runs; listing them changes nothing.
func Missing(ctx context.Context, job Job, from, to time.Time, ledger pipeline.SlotLedger) ([]Slot, error) {
	records, err := ledger.Slots(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("slots of job %s: %w", job.Name, err)
	}
	known := map[slotKey]pipeline.RunState{}
	for _, r := range records {
		known[keyOf(r)] = r.State
	}
	// Between leaves out its first end, people mean to include it.
	all := job.Between(from.Add(-time.Nanosecond), to)
	return slices.DeleteFunc(all, func(s Slot) bool {
		state := known[slotKey{job.Name, s.Nominal.String()}]
		return carriedOut(state) || state == pipeline.RunStarted
	}), nil
}
