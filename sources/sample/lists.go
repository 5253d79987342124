package sample

import (
	"fmt"

	"nightjar/pipeline"
)

// lists writes what schools, colleges, centres and advisers hand in.
type lists struct {
	*recorder
	ch        chance
	in        *inbox
	truth     *truth
	strangers int32 // people of lists who are nowhere else

	supported        map[*person]bool // at-risk pupils whom advisers saw in Year 11
	homeEd, families []registered
}

func newLists(rc *recorder, in *inbox, t *truth, seed uint64) (*lists, error) {
	supported, err := rc.planSupport(seed)
	if err != nil {
		return nil, err
	}
	return &lists{
		recorder: rc, ch: newChance(seed, "lists"), in: in, truth: t,
		supported: supported, homeEd: rc.homeEducated(seed), families: rc.supportedFamilies(),
	}, nil
}

// stranger makes somebody of an age whom only a list knows.
func (l *lists) stranger(cohort int) *person {
	l.strangers++
	p := l.invent(500000+l.strangers, cohort)
	p.lea = neighbours[l.ch.IntN(len(neighbours))]
	p.homes = []home{{0, l.geo.within(l.ch, l.geo.outside)}}
	return p
}

// write hands in the lists that are drawn up after a month end.
func (l *lists) write(m month) error {
	var steps []func(month) error
	switch m.term() {
	case 1:
		steps = append(steps, l.ucas, l.starters, l.registers)
	case 2:
		steps = append(steps, l.leavers)
	case 4:
		steps = append(steps, l.januaryRolls)
	case 6:
		steps = append(steps, l.marchRolls)
	case 8:
		steps = append(steps, l.mayRolls)
	case 11:
		steps = append(steps, l.interventions)
	}
	for _, step := range steps {
		if err := step(m); err != nil {
			return fmt.Errorf("sample lists of %s: %w", m, err)
		}
	}
	return nil
}

// yearName returns the month's academic year as 2020/21.
func (m month) yearName() string { return pipeline.AcademicYear(m.year()).String() }

// learnsAt tells which institution a person learns at in a month; -1 none of
// ours.
func (l *lists) learnsAt(p *person, m month) int {
	if !p.counted(m) || p.was[m] != education || len(p.plans) <= p.ageIn(m.year())-16 {
		return -1
	}
	return l.land.places[p.placeIn(m)].inst
}
