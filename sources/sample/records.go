package sample

import (
	"time"

	"nightjar/pipeline"
)

// recorder turns what people are into the records that the caseload system
// holds, month after month.
type recorder struct {
	*population
	ch      chance
	records []record                // by person
	spells  map[spell]pipeline.Date // first days that are given
	survey  map[spell]int           // NEET codes that are given, by person and month
}

func newRecorder(pop *population, seed uint64) *recorder {
	return &recorder{
		population: pop, ch: newChance(seed, "records"), records: make([]record, len(pop.people)+1),
		spells: pop.planSpells(newChance(seed, "spells")), survey: pop.surveyCodes(),
	}
}

// advance brings everybody's record to a month end.
func (rc *recorder) advance(m month) {
	for _, p := range rc.people {
		if p.counted(m) {
			rc.update(p, &rc.records[p.id], m)
		}
	}
}

// update brings one record to a month end.
func (rc *recorder) update(p *person, r *record, m month) {
	now, last := p.was[m], absent
	if m > 0 {
		last = p.was[m-1]
	}
	switch {
	case now == lapsed && r.code == 0:
		rc.lapsedBefore(p, r, m)
	case now == lapsed:
	case now == education:
		rc.educate(p, r, m, last)
	case now != last:
		start, given := rc.spells[spell{p.id, m}]
		if !given || now != neet {
			start, given = rc.dayOf(m), false
		}
		rc.begin(p, r, m, rc.code(p, now, m), start)
		if last == absent && !given && p.ageIn(m.year()) > 16 {
			rc.backdate(r)
		}
	default:
		rc.keep(p, r, m)
	}
}

// dayOf draws a day of the month; nothing begins on the very day of a survey
// that is published.
func (rc *recorder) dayOf(m month) pipeline.Date {
	first := m.start()
	for _, t := range rc.goal.surveys {
		if m == surveyMonth(t.year)+1 {
			first++
		}
	}
	return rc.dayBetween(first, m.end())
}

// begin opens a new record that was recorded and verified in the month.
func (rc *recorder) begin(p *person, r *record, m month, code int, start pipeline.Date) {
	spell := r.neetStart
	*r = record{code: code, place: -1, start: start}
	r.recorded = rc.dayBetween(max(start, m.start()), m.end())
	r.verified = min(r.recorded+pipeline.Date(rc.ch.IntN(6)), m.end())
	if p.was[m] == neet {
		r.neetStart = start
		if m > 0 && p.was[m-1] == neet && spell != 0 {
			r.neetStart = spell
		}
	}
	r.renew()
}

// backdate lets a record have begun before the person is first seen.
func (rc *recorder) backdate(r *record) {
	earlier := pipeline.Date(rc.ch.IntN(300))
	r.start -= earlier
	r.recorded -= min(earlier, 20)
	if r.neetStart != 0 {
		r.neetStart = r.start
	}
}

func (rc *recorder) dayBetween(lo, hi pipeline.Date) pipeline.Date {
	return lo + pipeline.Date(rc.ch.IntN(int(hi-lo)+1))
}

// verify confirms the record as it is, on a day of the month.
func (rc *recorder) verify(r *record, m month) {
	r.verified = rc.dayBetween(max(m.start(), r.recorded), m.end())
	r.renew()
}

// contact is how many in a hundred records of a status are confirmed in a
// month without need.
var contact = [statuses]int{education: 6, workBased: 16, reengaging: 35, other: 20, neet: 45, custody: 10}

// contactIn returns how many in a hundred are confirmed in a month: in September
// and October the whole cohort is called.
func contactIn(st status, m month) int {
	if m.term() <= 1 {
		return 80
	}
	return contact[st]
}

// keep carries a record on: some are confirmed, those about to lapse must be,
// and a NEET code may change within the spell.
func (rc *recorder) keep(p *person, r *record, m month) {
	if p.was[m] == neet && (rc.ch.in(5, 100) || !rc.allowed(p, r.code, m)) {
		if code := rc.code(p, neet, m); code != r.code {
			rc.begin(p, r, m, code, rc.dayOf(m))
			return
		}
	}
	if r.isLapsed(m.end()) || rc.ch.in(contactIn(p.was[m], m), 100) {
		rc.verify(r, m)
	}
}

// educate carries a learner on. Each year begins in September; who comes back
// from a lapsed record had begun then too.
func (rc *recorder) educate(p *person, r *record, m month, last status) {
	where := p.placeIn(m)
	code := rc.land.places[where].code
	if p.marked(170, m) && p.ageIn(m.year()) < 18 && mix(uint64(p.id), 290)%9 == 0 && !p.lapsesIn(m.year()+1) {
		code, where = 290, -1
	}
	begun := pipeline.AcademicYear(m.year()).Start()
	learning := last == education || last == lapsed
	switch {
	case learning && r.code == code && r.place == where:
		if r.verified < begun || r.isLapsed(m.end()) || rc.ch.in(contact[education], 100) {
			rc.verify(r, m)
		}
		return
	case last != absent && !learning && m.term() > 1:
		rc.begin(p, r, m, code, rc.dayOf(m))
	default:
		rc.begin(p, r, m, code, begun+pipeline.Date(rc.ch.IntN(11)))
	}
	r.place = where
	if p.ageIn(m.year()) == 16 || code == 240 {
		r.planned = max(r.planned, pipeline.AcademicYear(m.year()+1).End())
	}
}

// placeIn returns where the person learns in the month's year.
func (p *person) placeIn(m month) int { return p.plans[p.ageIn(m.year())-16] }

// lapsesIn tells whether the person's record lapses at the start of a year.
func (p *person) lapsesIn(year int) bool {
	september := month((year - firstYear) * 12)
	return september < allMonths && p.was[september] == lapsed
}

// lapsedBefore makes the record of last year for a person whose record had
// lapsed when the model case begins.
func (rc *recorder) lapsedBefore(p *person, r *record, m month) {
	year := pipeline.AcademicYear(m.year() - 1)
	where := p.placeIn(m)
	*r = record{code: rc.land.places[where].code, place: where, start: year.Start() + pipeline.Date(rc.ch.IntN(11))}
	r.recorded = rc.dayBetween(r.start, r.start+20)
	r.verified = rc.dayBetween(r.recorded, pipeline.NewDate(int(year)+1, time.June, 30))
	r.renew()
}

// allowed tells whether a NEET code agrees with the circumstances.
func (rc *recorder) allowed(p *person, code int, m month) bool {
	switch code {
	case 620:
		return p.marked(140, m)
	case 630:
		return p.marked(120, m)
	case 650:
		return p.marked(180, m)
	}
	return true
}

// code draws an activity code of a status.
func (rc *recorder) code(p *person, st status, m month) int {
	switch st {
	case workBased:
		if p.hasPlan(m) && rc.ch.in(35, 100) {
			return 460
		}
		if p.ageIn(m.year()) < 18 {
			return rc.draw([]int{310, 320, 410, 430, 450, 381, 550}, []int{56, 12, 18, 4, 8, 1, 1})
		}
		return rc.draw([]int{310, 320, 410, 430, 440, 450, 381}, []int{58, 20, 6, 5, 6, 3, 2})
	case reengaging:
		if p.ageIn(m.year()) == 18 {
			return rc.draw([]int{260, 530}, []int{75, 25})
		}
		return 530
	case other:
		return rc.draw([]int{330, 340, 350, 360, 380}, []int{44, 16, 10, 24, 6})
	case notKnown:
		return rc.draw([]int{810, 820, 830}, []int{74, 18, 8})
	case custody:
		return 710
	}
	if given, ok := rc.survey[spell{p.id, m}]; ok {
		return given
	}
	for _, k := range [][2]int{{140, 620}, {120, 630}, {180, 650}} {
		if p.marked(k[0], m) && rc.ch.in(70, 100) {
			return k[1]
		}
	}
	return rc.draw([]int{619, 610, 615, 616, 540, 640, 660, 670, 680}, []int{70, 5, 4, 4, 2, 11, 1, 1, 2})
}

func (rc *recorder) draw(codes, weights []int) int { return codes[rc.ch.weighted(weights)] }
