package sample

import (
	"context"
	"fmt"
)

// simulation carries the caseload from month end to month end: every person
// keeps what they were unless a target, or a little chance, moves them.
type simulation struct {
	*population
	ch      chance
	m       month
	members [4][]*person // residents counted, by academic age 16, 17, 18, and 19 to 24 with a plan
	before  [][]*person  // made people by the month they enter
}

// simulate decides what everybody is in every month.
func (pop *population) simulate(ctx context.Context, seed uint64) error {
	s := &simulation{population: pop, ch: newChance(seed, "months"), before: make([][]*person, allMonths)}
	for _, p := range pop.people {
		switch {
		case p.caseload && p.lea == home343:
			s.before[p.in] = append(s.before[p.in], p)
		case p.caseload: // educated here, living elsewhere: always learning
			for len(p.plans) < 3 {
				p.plans = append(p.plans, s.land.choose(s.ch, p, 16, false))
			}
			for m := p.in; m < min(p.out, allMonths); m++ {
				p.was[m] = education
			}
		}
	}
	for s.m = range month(allMonths) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.step(); err != nil {
			return fmt.Errorf("sample month %s: %w", s.m, err)
		}
	}
	return nil
}

func (s *simulation) step() error {
	if s.m.term() == 0 {
		s.rollYear()
	}
	for _, p := range s.before[s.m] {
		slot := min(p.ageIn(s.m.year())-16, 3)
		s.members[slot] = append(s.members[slot], p)
	}
	for slot := range s.members {
		s.moveIn(slot)
		s.moveHouse(slot)
	}
	wards := s.wardTargets()
	for slot := range s.members {
		s.choosePlaces(slot)
		if err := s.settle(slot, wards[slot]); err != nil {
			return fmt.Errorf("academic age %d: %w", 16+slot, err)
		}
	}
	for _, g := range s.goal.groups {
		if g.month == s.m && g.code == 0 {
			s.settlePlans(g)
		}
	}
	for _, t := range s.goal.surveys {
		if surveyMonth(t.year) == s.m {
			return s.settleSurvey(t)
		}
	}
	return nil
}

// rollYear moves everybody up on 1 September. Those of 18 leave unless they
// have a plan; a plan carries to 24.
func (s *simulation) rollYear() {
	var older []*person
	for _, p := range s.members[3] {
		if p.ageIn(s.m.year()) > 24 {
			s.drop(p, 'A')
			continue
		}
		older = append(older, p)
	}
	for _, p := range s.members[2] {
		if !p.hasPlan(s.m) {
			s.drop(p, 'A')
			continue
		}
		older = append(older, p)
	}
	for want := s.goal.ages[s.m][3]; s.m > 0 && len(older) > want.cohort+want.excluded; {
		i := s.ch.IntN(len(older))
		s.drop(older[i], 'A')
		older = append(older[:i], older[i+1:]...)
	}
	s.members[3], s.members[2], s.members[1], s.members[0] = older, s.members[1], s.members[0], nil
}

// drop takes a person out of the count; the month's extract shows them once
// more with the status that says why.
func (s *simulation) drop(p *person, why byte) {
	p.out, p.leave = s.m, why
	if p.in == s.m { // never counted, so never seen to leave
		p.caseload = false
	}
}

// moveIn brings an age to its size: people move in and out of the borough,
// two each way beyond what the size asks for.
func (s *simulation) moveIn(slot int) {
	want := s.goal.ages[s.m][slot].cohort + s.goal.ages[s.m][slot].excluded
	leaving := max(0, len(s.members[slot])-want)
	if s.m.term() != 0 && slot < 3 {
		leaving += 2
	}
	for range leaving {
		s.moveOut(slot)
	}
	for len(s.members[slot]) < want {
		cohort := s.m.year() - slot
		p := s.make(cohort)
		if slot == 3 {
			s.givePlan(p)
			p.planTo = never
		}
		s.enter(p, s.m)
		s.members[slot] = append(s.members[slot], p)
	}
}

// moveOut removes one person. A lapsed record and a person in custody stay:
// their numbers are given.
func (s *simulation) moveOut(slot int) {
	list := s.members[slot]
	for {
		i := s.ch.IntN(len(list))
		p := list[i]
		if s.m > 0 && (p.was[s.m-1] == lapsed || p.was[s.m-1] == custody) {
			continue
		}
		s.drop(p, "TTTTTTTEED"[s.ch.IntN(10)])
		s.members[slot] = append(list[:i], list[i+1:]...)
		return
	}
}

// moveHouse gives one person in two hundred a new postcode.
func (s *simulation) moveHouse(slot int) {
	for _, p := range s.members[slot] {
		if p.in < s.m && s.ch.in(1, 200) {
			p.homes = append(p.homes, home{s.m, s.geo.home(s.ch)})
		}
	}
}

// choosePlaces decides in September, or on arrival, where each person would
// learn this year.
func (s *simulation) choosePlaces(slot int) {
	for _, p := range s.members[slot] {
		age := p.ageIn(s.m.year())
		for len(p.plans) <= age-16 {
			p.plans = append(p.plans, s.land.choose(s.ch, p, age, p.hasPlan(s.m)))
		}
	}
}

// areaOf returns the area a person lives in.
func (s *simulation) areaOf(p *person) int { return s.geo.postcodes[p.postcodeIn(s.m)].area }
