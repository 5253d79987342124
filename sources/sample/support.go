package sample

import (
	"fmt"
	"math"

	"nightjar/pipeline"
)

// supportTarget is how much lower supported at-risk leavers of a year stand
// than the others: NEET on leaving in tenths of a point, and days NEET.
type supportTarget struct{ year, tenths, days int }

func (t *targets) readSupport(row map[string]string) error {
	var s supportTarget
	err := numbers(row, "leaving_year fewer_tenths fewer_days", &s.year, &s.tenths, &s.days)
	t.support = append(t.support, s)
	return err
}

// flagged tells whether a school names a pupil at risk of NEET. Schools name
// pupils whom they know well, which is those with a lasting pupil number.
func flagged(p *person) bool {
	return p.risk > 74 && len(p.upn) == 13 && p.upn[12] <= '9'
}

// leaver is an at-risk leaver of Year 11 and what became of them.
type leaver struct {
	p    *person
	neet bool // at 31 October
	days int  // NEET from September to February
}

// planSupport chooses which at-risk leavers of the published years advisers
// had supported, so that the groups differ as published. What becomes of
// everybody is known from a run of the records ahead of the real one.
func (pop *population) planSupport(seed uint64) (map[*person]bool, error) {
	watch := map[int]*watched{}
	for _, t := range pop.goal.support {
		watch[t.year] = pop.watch(t.year)
	}
	rc := newRecorder(pop, seed)
	for m := range month(allMonths) {
		rc.advance(m)
		for _, w := range watch {
			w.see(rc, m)
		}
	}
	supported := map[*person]bool{}
	for _, t := range pop.goal.support {
		if err := choose(watch[t.year].leavers(), t, newChance(seed, fmt.Sprint("support ", t.year)), supported); err != nil {
			return nil, err
		}
	}
	return supported, nil
}

// watched follows the at-risk leavers of a year through their first winter.
type watched struct {
	from, to pipeline.Date // 1 September to the first day after February
	october  month
	people   []*follow
}

// follow is one person's NEET spell as the records tell it.
type follow struct {
	leaver
	open           bool
	started, ended pipeline.Date
}

func (pop *population) watch(year int) *watched {
	september := pop.septemberOf(year)
	w := &watched{from: september.start(), to: (september + 6).start(), october: september + 1}
	for _, p := range pop.people {
		if p.cohort == year && p.school >= 0 && flagged(p) && p.counted(w.october) {
			w.people = append(w.people, &follow{leaver: leaver{p: p, neet: p.was[w.october] == neet}})
		}
	}
	return w
}

// see reads the records of a month end. A spell goes on while its first day is
// not after the month end before; it ends on the first day of another record,
// or the day after the last month end for who has left.
func (w *watched) see(rc *recorder, m month) {
	if m < w.october-1 || m > w.october+10 {
		return
	}
	for _, f := range w.people {
		r, counted := rc.records[f.p.id], f.p.counted(m)
		now := counted && f.p.was[m] == neet
		if f.open && (!now || r.neetStart > (m-1).end()) {
			end := m.start()
			if counted && !now {
				end = max(r.start, f.started)
			}
			f.close(w, end)
		}
		if now && !f.open {
			f.open, f.started = true, max(r.neetStart, f.ended)
		}
		if f.open && m == w.october+10 {
			f.close(w, m.end()+1)
		}
	}
}

func (f *follow) close(w *watched, end pipeline.Date) {
	f.open, f.ended = false, max(end, f.ended)
	f.days += max(0, int(min(f.ended, w.to)-max(f.started, w.from)))
}

func (w *watched) leavers() []leaver {
	out := make([]leaver, len(w.people))
	for i, f := range w.people {
		out[i] = f.leaver
	}
	return out
}

// choose splits the leavers into supported and others with the published
// differences. It tries group sizes until one allows both.
func choose(list []leaver, t supportTarget, ch chance, supported map[*person]bool) error {
	out := 0
	for _, l := range list {
		if l.neet {
			out++
		}
	}
	for others := len(list) * 2 / 10; others < len(list)*7/10; others++ {
		for outside := range out + 1 {
			points := 100 * (float64(outside)/float64(others) - float64(out-outside)/float64(len(list)-others))
			if math.Abs(points-float64(t.tenths)/10) > 0.03 {
				continue
			}
			s := newSplit(list, others, outside, ch)
			if s.settle(float64(t.days)) {
				s.into(supported)
				return nil
			}
		}
	}
	return fmt.Errorf("no split of %d at-risk leavers of %d differs by %d tenths of a point and %d days; choose another seed", len(list), t.year, t.tenths, t.days)
}

// split is a division of leavers; inside says who is supported.
type split struct {
	list   []leaver
	inside []bool
	ch     chance
}

func newSplit(list []leaver, others, outside int, ch chance) *split {
	s := &split{list: list, inside: make([]bool, len(list)), ch: ch}
	rest := others - outside
	for _, i := range ch.Perm(len(list)) {
		n := &rest
		if list[i].neet {
			n = &outside
		}
		if *n > 0 {
			*n--
			continue
		}
		s.inside[i] = true
	}
	return s
}

// settle lets two leavers trade places, NEET in October for NEET and others for
// others, as long as the difference of mean days comes nearer.
func (s *split) settle(days float64) bool {
	off := math.Abs(s.fewer() - days)
	for range 20000 {
		if off < 0.2 {
			return true
		}
		i, j := s.ch.IntN(len(s.list)), s.ch.IntN(len(s.list))
		if s.inside[i] == s.inside[j] || s.list[i].neet != s.list[j].neet {
			continue
		}
		s.inside[i], s.inside[j] = s.inside[j], s.inside[i]
		if now := math.Abs(s.fewer() - days); now <= off {
			off = now
			continue
		}
		s.inside[i], s.inside[j] = s.inside[j], s.inside[i]
	}
	return false
}

// fewer is by how many days the supported with a NEET day stand below the
// others with one.
func (s *split) fewer() float64 {
	var days, people [2]float64
	for i, l := range s.list {
		side := 0
		if s.inside[i] {
			side = 1
		}
		if l.days > 0 {
			days[side] += float64(l.days)
			people[side]++
		}
	}
	if people[0] == 0 || people[1] == 0 {
		return -math.MaxFloat32
	}
	return days[0]/people[0] - days[1]/people[1]
}

func (s *split) into(supported map[*person]bool) {
	for i, in := range s.inside {
		if in {
			supported[s.list[i].p] = true
		}
	}
}

// early returns the support of a month: in September and October of Year 11
// every supported pupil is seen once.
func (l *lists) early(m month) []event {
	if m.term() > 1 {
		return nil
	}
	var out []event
	for _, p := range l.people {
		if l.supported[p] && p.cohort == m.year()+1 {
			day := m.start() + pipeline.Date(mix(uint64(p.id), uint64(m))%28)
			out = append(out, event{day, p, "Advice"})
		}
	}
	return out
}
