package schedules

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// onTime is how late a slot may be met and still count as met: the loop
	// wakes every minute, and a restart or a short suspend takes a few.
	onTime = 5 * time.Minute
	// lookBack is how far into the past missed slots are looked for.
	lookBack = 400 * 24 * time.Hour
	// maxMissed is how many missed slots of a job are recorded one by one after
	// an absence; the oldest record then speaks for those before it.
	maxMissed = 1000
)

// Verdict is what becomes of a slot that is due: it runs, or it is missed for
// the reason given.
type Verdict struct {
	Slot   Slot
	Run    bool
	Late   bool   // it is caught up rather than met
	Reason string // why it is missed; empty when it runs
}

// Past is what a job has behind it without a run.
type Past struct {
	Due    []Slot  // in the order of their nominal times
	Ran    Nominal // newest slot of the job that was carried out; zero when none
	Absent string  // why nobody met them, such as "the daemon was not running"
}

// Decide judges every due slot. Slots met within a few minutes always run.
func Decide(p Policy, past Past, now time.Time) []Verdict {
	out := make([]Verdict, len(past.Due))
	left := p.Cap // late slots that may still run
	if p.CatchUp == CatchUpLast {
		left = 1
	}
	newest := past.Ran // newest slot that ran or is about to
	for i, slot := range slices.Backward(past.Due) {
		v := Verdict{Slot: slot, Late: now.Sub(slot.Instant) > onTime}
		if v.Late {
			v.Reason = p.refuses(slot, newest, left, now)
		}
		if v.Run = v.Reason == ""; v.Run {
			newest = max(newest, slot.Nominal)
			if v.Late {
				left--
			}
		} else {
			v.Reason = past.Absent + ", and " + v.Reason
		}
		out[i] = v
	}
	return out
}

// refuses says why a late slot is not caught up; empty when it is.
func (p Policy) refuses(slot Slot, newest Nominal, left int, now time.Time) string {
	switch {
	case p.CatchUp == CatchUpNone:
		return "the job does not catch up"
	case p.CatchUp == CatchUpLast && newest > slot.Nominal:
		return "a later slot runs in its place"
	case now.Sub(slot.Instant) > p.MaxAge:
		return fmt.Sprintf("slots older than %s are not caught up", span(p.MaxAge))
	case left <= 0:
		return fmt.Sprintf("no more than %d are caught up at once", p.Cap)
	}
	return ""
}

// span writes a duration the way people say it: 72h, 1h30m, 45s.
func span(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
