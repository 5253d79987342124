package schedules

import (
	"context"
	"fmt"
	"strings"
	"time"

	"nightjar/pipeline"
)

// Why explains in plain sentences what became, or will become, of a job at a
// nominal time: whether it is a slot at all, what a clock change does to it,
// and what the ledger says. now decides between past and future.
func Why(ctx context.Context, job Job, n Nominal, ledger pipeline.SlotLedger, now time.Time) (string, error) {
	records, err := ledger.Slots(ctx, 0)
	if err != nil {
		return "", fmt.Errorf("why %s %s: %w", job.Name, n, err)
	}
	var say []string
	slot := SlotAt(n, job.Zone)
	isSlot := job.Has(n)
	if isSlot {
		say = append(say, fmt.Sprintf("%s is a slot of job %s (cron %s, %s, %s).", n, job.Name, job.Expr, job.Zone, job.Window))
		if note := Note(slot, job.Zone); note != "" {
			say = append(say, strings.ToUpper(note[:1])+note[1:]+".")
		}
	} else {
		say = append(say, job.noSlot(n)...)
	}
	return strings.Join(append(say, became(job, slot, records, isSlot, now)...), " "), nil
}

// became says what the ledger knows of the slot.
func became(job Job, slot Slot, records []pipeline.SlotRecord, isSlot bool, now time.Time) []string {
	key := slotKey{job.Name, slot.Nominal.String()}
	for _, r := range records {
		if keyOf(r) == key {
			return recorded(r, isSlot)
		}
	}
	switch {
	case !isSlot:
		return nil
	case slot.Instant.After(now):
		return []string{fmt.Sprintf("It is due at %s, in %s.", slot.Instant.In(job.Zone).Format("2006-01-02 15:04 MST"),
			span(slot.Instant.Sub(now).Truncate(time.Minute)))}
	case now.Sub(slot.Instant) <= onTime:
		return []string{"It is due now and waits for its turn."}
	}
	return []string{"The ledger has no record of it: it waits behind another run, or the daemon has not run since, or the job was not in force in this form at that time."}
}

// recorded puts a record into words.
func recorded(r pipeline.SlotRecord, isSlot bool) []string {
	words := map[pipeline.RunState]string{
		pipeline.RunStarted:     "Its run was started and has not ended.",
		pipeline.RunDone:        "Its run is done.",
		pipeline.RunFailed:      "Its run failed.",
		pipeline.RunHeld:        "Its run was held back from publishing.",
		pipeline.RunInterrupted: "Its run was interrupted; the next start of the daemon decides whether it goes on.",
		SlotMissed:              "It was missed.",
		SlotSkipped:             "It was skipped.",
	}
	var say []string
	if !isSlot {
		say = append(say, "The ledger has it from an earlier form of the job.")
	}
	text, ok := words[r.State]
	if !ok {
		text = fmt.Sprintf("Its state is %s.", r.State)
	}
	say = append(say, text)
	if r.Reason != "" {
		say = append(say, "Reason: "+strings.TrimSuffix(r.Reason, ".")+".")
	}
	if r.RunID != "" {
		say = append(say, "Run: "+r.RunID+".")
	}
	return say
}

// noSlot says which part of the schedule keeps a time from being a slot, and
// what comes next.
func (j Job) noSlot(n Nominal) []string {
	t := n.clock()
	var parts []string
	part := func(bits uint64, v int, text string) {
		if !has(bits, v) {
			parts = append(parts, text)
		}
	}
	part(j.spec.Minute, t.Minute(), fmt.Sprintf("minute %d", t.Minute()))
	part(j.spec.Hour, t.Hour(), fmt.Sprintf("hour %d", t.Hour()))
	part(j.spec.Dom, t.Day(), fmt.Sprintf("day %d of the month", t.Day()))
	part(j.spec.Month, int(t.Month()), t.Month().String())
	part(j.spec.Dow, int(t.Weekday()), t.Weekday().String())
	why := fmt.Sprintf("cron %s does not name %s", j.Expr, strings.Join(parts, ", "))
	if !j.Window.Holds(n) {
		season := fmt.Sprintf("the day is outside the season %s", j.Window)
		if parts == nil {
			why = season
		} else {
			why += ", and " + season
		}
	}
	say := []string{fmt.Sprintf("%s is no slot of job %s: %s.", n, j.Name, why)}
	if next, ok := j.Following(n); ok {
		return append(say, fmt.Sprintf("The next slot after it is %s.", next.Nominal))
	}
	return append(say, "No slot comes after it.")
}
