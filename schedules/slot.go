package schedules

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // so that zones are known on hosts without a zone database
)

// nominalForm is how a nominal time is written in the ledger and by people.
const nominalForm = "2006-01-02T15:04"

// maxOffset is more than any zone has ever differed from UTC.
const maxOffset = 16 * time.Hour

// Nominal is a local wall time without a zone, counted in minutes since
// 1970-01-01T00:00 on that clock. It names a slot of a job: the same wall time
// has one slot, however often the clocks show it.
type Nominal int64

// NewNominal returns the nominal time of the given parts. Parts out of range
// normalise the way time.Date does.
func NewNominal(y int, m time.Month, d, hour, minute int) Nominal {
	return nominalOf(time.Date(y, m, d, hour, minute, 0, 0, time.UTC))
}

// NominalAt returns what the wall clock of the zone shows at an instant,
// without seconds.
func NominalAt(t time.Time, zone *time.Location) Nominal {
	_, offset := t.In(zone).Zone()
	return nominalOf(t.UTC().Add(time.Duration(offset) * time.Second))
}

// ParseNominal reads 2026-10-25T01:30; a space may stand for the T.
func ParseNominal(s string) (Nominal, error) {
	t, err := time.Parse(nominalForm, strings.Replace(strings.TrimSpace(s), " ", "T", 1))
	if err != nil {
		return 0, fmt.Errorf("time %q is not in the form %s", s, nominalForm)
	}
	return nominalOf(t), nil
}

// nominalOf takes a UTC time as a clock without a zone.
func nominalOf(t time.Time) Nominal {
	sec := t.Unix()
	if sec < 0 {
		sec -= 59 // towards the earlier minute, also before 1970
	}
	return Nominal(sec / 60)
}

// clock returns the nominal time as a UTC time, for walking the calendar.
func (n Nominal) clock() time.Time { return time.Unix(int64(n)*60, 0).UTC() }

// String returns the form of the ledger, 2026-10-25T01:30.
func (n Nominal) String() string { return n.clock().Format(nominalForm) }

// Change says what a clock change does to a nominal time.
type Change string

// Most times are Plain. A Skipped time is one the clocks jump over in spring;
// a Doubled time is one they show twice in autumn.
const (
	Plain   Change = ""
	Skipped Change = "skipped"
	Doubled Change = "doubled"
)

// Slot is one planned time of a job.
type Slot struct {
	Nominal Nominal   // identity within the job
	Instant time.Time // when it is due, UTC
	Change  Change    // what a clock change does to it
}

// SlotAt places a nominal time in a zone. A time that does not exist is due at
// the first instant after the gap, a time that comes twice at its first. Two
// nominal times may so share an instant; they remain two slots.
func SlotAt(n Nominal, zone *time.Location) Slot {
	wall := int64(n) * 60
	slot := Slot{Nominal: n}
	// Walk the zone's periods of constant offset in the order of time. Within
	// one, the wall time stands for exactly one instant; the first period that
	// holds its own instant is the first occurrence.
	for t := time.Unix(wall, 0).Add(-maxOffset); ; {
		start, end := t.In(zone).ZoneBounds()
		_, offset := t.In(zone).Zone()
		at := wall - int64(offset)
		found := !slot.Instant.IsZero()
		switch {
		case !start.IsZero() && at < start.Unix():
			if !found {
				slot.Instant, slot.Change = start.UTC(), Skipped
			}
			return slot
		case end.IsZero() || at < end.Unix():
			if found {
				slot.Change = Doubled
				return slot
			}
			slot.Instant = time.Unix(at, 0).UTC()
		}
		if end.IsZero() || end.Unix() > wall+int64(maxOffset/time.Second) {
			return slot
		}
		t = end
	}
}
