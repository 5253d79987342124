package schedules

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"nightjar/pipeline"
)

// CatchUp says what happens to slots that passed while nobody was there.
type CatchUp string

// CatchUpNone records them as missed. CatchUpLast runs the newest. CatchUpAll
// runs each, oldest first. Policy.MaxAge and Policy.Cap bound both.
const (
	CatchUpNone CatchUp = "none"
	CatchUpLast CatchUp = "last"
	CatchUpAll  CatchUp = "all"
)

// Overlap says what happens to a slot that comes while an earlier slot of the
// same job is still running or waiting. Slots of other jobs always wait: only
// one run is at work at a time.
type Overlap string

// OverlapQueue lets the slot wait its turn; OverlapSkip records it as skipped.
const (
	OverlapQueue Overlap = "queue"
	OverlapSkip  Overlap = "skip"
)

// Policy is how a job treats the past, the present and failure.
type Policy struct {
	CatchUp    CatchUp
	MaxAge     time.Duration // slots older than this are never caught up
	Cap        int           // most slots caught up at once
	Overlap    Overlap
	Retries    int           // further attempts after the first, for errors worth one
	Backoff    time.Duration // pause before the first retry; doubles with each
	MaxBackoff time.Duration // the pause never grows beyond this
	Deadline   time.Duration // a slot's run, with waiting and retries, is over by then
}

// DefaultPolicy returns the policy of a job whose configuration says nothing:
// last night is made up for if it is at most three days gone, a slot waits for
// the one before it, three retries, six hours for everything.
func DefaultPolicy() Policy {
	return Policy{
		CatchUp: CatchUpLast, MaxAge: 72 * time.Hour, Cap: 7, Overlap: OverlapQueue,
		Retries: 3, Backoff: time.Minute, MaxBackoff: 30 * time.Minute, Deadline: 6 * time.Hour,
	}
}

// Check returns what is wrong with a policy, as a pipeline.ErrUsage.
func (p Policy) Check() error {
	var bad []string
	complain := func(wrong bool, say string) {
		if wrong {
			bad = append(bad, say)
		}
	}
	complain(p.CatchUp != CatchUpNone && p.CatchUp != CatchUpLast && p.CatchUp != CatchUpAll, "catch_up is none, last or all")
	complain(p.Overlap != OverlapQueue && p.Overlap != OverlapSkip, "overlap is queue or skip")
	complain(p.CatchUp != CatchUpNone && p.MaxAge <= 0, "max_age is more than nothing")
	complain(p.MaxAge > lookBack, fmt.Sprintf("max_age is at most %d days", int(lookBack.Hours()/24)))
	complain(p.CatchUp == CatchUpAll && p.Cap < 1, "cap is 1 or more")
	complain(p.Retries < 0, "retries is 0 or more")
	complain(p.Retries > 0 && (p.Backoff <= 0 || p.MaxBackoff < p.Backoff), "backoff is more than nothing and at most max_backoff")
	complain(p.Deadline <= 0, "deadline is more than nothing")
	if bad == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", pipeline.ErrUsage, strings.Join(bad, "; "))
}

// Job is something that runs on a schedule. Parse makes one; Policy and
// Datasets may be set afterwards.
type Job struct {
	Name     string
	Expr     string // the five fields
	Zone     *time.Location
	Window   Window
	Datasets []string // empty: the whole night
	Policy   Policy

	spec *cron.SpecSchedule
}

// Parse returns the job of a cron expression in a zone and season, with the
// default policy. Its errors are pipeline.ErrUsage and say what to write
// instead.
func Parse(name, expr string, zone *time.Location, window Window) (Job, error) {
	if name == "" || strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return Job{}, fmt.Errorf("%w: a job needs a name without spaces around it, such as nightly", pipeline.ErrUsage)
	}
	if zone == nil || zone == time.Local {
		return Job{}, fmt.Errorf("%w: job %s: the time zone must be named, such as Europe/London", pipeline.ErrUsage, name)
	}
	if err := window.check(); err != nil {
		return Job{}, fmt.Errorf("%w: job %s: %w", pipeline.ErrUsage, name, err)
	}
	spec, fields, err := parseExpr(expr)
	if err != nil {
		return Job{}, fmt.Errorf("job %s: %w", name, err)
	}
	return Job{Name: name, Expr: fields, Zone: zone, Window: window, Policy: DefaultPolicy(), spec: spec}, nil
}

// Form identifies when a job runs: expression, zone and season. Two forms of
// one job are different schedules, and slots of the one are none of the other.
func (j Job) Form() string {
	return fmt.Sprintf("%s | %s | %s", j.Expr, j.Zone, j.Window)
}

// horizon is how many years ahead a slot is looked for. 29 February is up to
// eight years away.
const horizon = 9

// Following returns the first slot whose nominal time is after n; false when
// none comes, because the season never meets the expression.
func (j Job) Following(n Nominal) (Slot, bool) {
	end := n.clock().AddDate(horizon, 0, 0)
	for at := n; at.clock().Before(end); {
		if !j.Window.Holds(at + 1) {
			at = j.Window.opens(at)
		}
		next := j.spec.Next(at.clock())
		if next.IsZero() { // the library looks five years ahead
			at = nominalOf(at.clock().AddDate(4, 0, 0))
			continue
		}
		if at = nominalOf(next); j.Window.Holds(at) {
			return SlotAt(at, j.Zone), true
		}
	}
	return Slot{}, false
}

// Next returns the first slot that is due after an instant; false when none
// comes.
func (j Job) Next(after time.Time) (Slot, bool) {
	// The instant of a slot never decreases with its nominal time, so nothing
	// up to the wall time of after is due later. In the doubled hour, slots
	// behind that wall time may already be over; those are passed by.
	slot, ok := j.Following(NominalAt(after, j.Zone))
	for ok && !slot.Instant.After(after) {
		slot, ok = j.Following(slot.Nominal)
	}
	return slot, ok
}

// Between returns the slots due after from and not after to, in order.
func (j Job) Between(from, to time.Time) []Slot {
	var out []Slot
	slot, ok := j.Next(from)
	for ok && !slot.Instant.After(to) {
		out = append(out, slot)
		slot, ok = j.Following(slot.Nominal)
	}
	return out
}

// Has reports whether the job has a slot at a nominal time.
func (j Job) Has(n Nominal) bool {
	slot, ok := j.Following(n - 1)
	return ok && slot.Nominal == n
}
