package sample

import (
	"time"

	"nightjar/pipeline"
)

const (
	home343      = "343"
	crossing     = 85 // per year group: educated here and living elsewhere, and as many the other way round
	perPlan      = 100
	firstPupils  = 2016 // cohort that is in Year 11 when the model case begins
	lastTracked  = 2022 // youngest cohort that reaches the caseload
	lastPupils   = 2025 // cohort that is in Year 9 in the last year
	oldestWithAP = 2007 // academic age 24 in the first year
)

// population is everybody of the sample, and what making people needs.
type population struct {
	geo     *geography
	names   *names
	land    *landscape
	goal    *targets
	ch      chance
	people  []*person
	serials map[int]int // running UPN number by year
	ulns    int
	twin    *person // the person whose twin comes next
}

func newPopulation(seed uint64) (*population, error) {
	geo, err := readGeography(newChance(seed, "postcodes"))
	if err != nil {
		return nil, err
	}
	goal, err := readTargets(geo.areas)
	if err != nil {
		return nil, err
	}
	nm, err := readNames()
	if err != nil {
		return nil, err
	}
	land, err := readLandscape()
	if err != nil {
		return nil, err
	}
	pop := &population{geo: geo, names: nm, land: land, goal: goal, ch: newChance(seed, "people"), serials: map[int]int{}}
	return pop, nil
}

// make creates one person of a cohort who lives in the borough and belongs to
// no school yet.
func (pop *population) make(cohort int) *person {
	p := pop.invent(int32(len(pop.people)+1), cohort)
	pop.people = append(pop.people, p)
	return p
}

// invent makes a person without keeping it.
func (pop *population) invent(id int32, cohort int) *person {
	ch := pop.ch
	p := &person{
		id: id, cohort: cohort, lea: home343, educated: home343,
		school: -1, planFrom: never, planTo: never, in: never, out: never,
	}
	first := pipeline.NewDate(cohort-17, time.September, 1)
	p.born = first + pipeline.Date(ch.IntN(int(pipeline.NewDate(cohort-16, time.September, 1)-first)))
	p.surname = pop.names.family[ch.IntN(len(pop.names.family))]
	p.homes = []home{{0, pop.geo.home(ch)}}
	if t := pop.twin; t != nil && t.cohort == cohort {
		p.born, p.surname, p.homes, pop.twin = t.born, t.surname, t.homes[:1:1], nil
	} else if ch.in(15, 2000) {
		pop.twin = p
	}
	p.sex = "FM"[ch.IntN(2)]
	if p.sex == 'F' {
		p.forename = pop.names.female[ch.IntN(len(pop.names.female))]
	} else {
		p.forename = pop.names.male[ch.IntN(len(pop.names.male))]
	}
	pop.giveTraits(p)
	return p
}

var ethnicCodes = []string{"WBRI", "WOTH", "MWBC", "MWAS", "AIND", "CHNE", "BAFR", "AOTH", "NOBT"}

func (pop *population) giveTraits(p *person) {
	ch := pop.ch
	year := p.cohort - 12
	pop.serials[year]++
	switch {
	case ch.in(2, 100): // educated privately or abroad before
	case ch.in(1, 100):
		p.upn = temporaryUPN(year, pop.serials[year])
	default:
		p.upn = upnOf(year, pop.serials[year])
	}
	pop.ulns++
	if ch.in(96, 100) {
		p.uln = ulnOf(pop.ulns)
	}
	p.ethnic = ethnicCodes[ch.weighted([]int{920, 25, 12, 8, 8, 6, 8, 6, 7})]
	p.risk = min(99, ch.IntN(80)+pop.geo.areas[pop.geo.postcodes[p.homes[0].code].area].neetWeight/10)
	p.support = ch.in(11, 100)
}

// givePlan gives an education, health and care plan. Six in ten keep it past
// academic age 18.
func (pop *population) givePlan(p *person) {
	p.support = false
	p.planFrom, p.planTo = 0, never
	if pop.ch.in(38, 100) {
		p.planTo = pop.septemberOf(p.cohort + 3)
	}
	p.risk = min(99, p.risk+12)
}

func (pop *population) septemberOf(year int) month { return month((year - firstYear) * 12) }

// fill makes the school rolls and the residents of all cohorts, up to the
// month in which each one enters the caseload.
func (pop *population) fill() {
	for c := oldestWithAP; c < firstYear-2; c++ {
		pop.fillOlder(c)
	}
	for c := firstYear - 2; c <= lastPupils; c++ {
		pop.fillCohort(c)
	}
}

// fillOlder makes the people of 19 to 24 with a plan at the start.
func (pop *population) fillOlder(cohort int) {
	count := pop.goal.ages[0][3].cohort
	share := count / (firstYear - 2 - oldestWithAP)
	if cohort == oldestWithAP {
		share = count - share*(firstYear-3-oldestWithAP)
	}
	for range share {
		p := pop.make(cohort)
		pop.givePlan(p)
		p.planTo = never
		pop.enter(p, 0)
	}
}

// enter puts a person into the caseload from a month on.
func (pop *population) enter(p *person, m month) {
	p.caseload, p.in = true, m
}

// fillCohort makes one cohort: those who enter the caseload, those educated
// here who live elsewhere, and the rest of the school rolls.
func (pop *population) fillCohort(c int) {
	start := max(pop.septemberOf(c), 0)
	residents := 0
	if c <= lastTracked {
		first := pop.goal.ages[start][max(0, firstYear-c)]
		residents = first.cohort + first.excluded
	}
	for i := range residents {
		p := pop.make(c)
		if i < crossing {
			p.educated = []string{"341", "344"}[i%2]
		} else {
			p.school = pop.land.school(pop.ch)
		}
		if i%(residents/perPlan+1) == 3 {
			pop.givePlan(p)
		}
		pop.enter(p, start)
	}
	if c <= lastTracked {
		pop.fillCrossing(c, start)
	}
	if c >= firstPupils {
		pop.fillRolls(c)
	}
}

// neighbours are authorities where people live who are educated here.
var neighbours = []string{"341", "340", "888", "342"}

func (pop *population) fillCrossing(c int, start month) {
	for i := range crossing {
		p := pop.make(c)
		p.lea = neighbours[i%len(neighbours)]
		p.school = pop.land.school(pop.ch)
		p.homes = []home{{0, pop.geo.within(pop.ch, pop.geo.outside)}}
		pop.enter(p, start)
		p.out, p.leave = pop.septemberOf(c+3), 'A'
	}
}

// fillRolls tops the school rolls of a cohort up with pupils who never reach
// our caseload, to the number of Year 11 that the guarantee counts.
func (pop *population) fillRolls(c int) {
	want := 2833
	if g, ok := pop.goal.guarantee[c]; ok {
		want = g.y11
	}
	for _, p := range pop.people {
		if p.cohort == c && p.school >= 0 {
			want--
		}
	}
	for range want {
		p := pop.make(c)
		p.lea = neighbours[pop.ch.IntN(len(neighbours))]
		p.school = pop.land.school(pop.ch)
		p.homes = []home{{0, pop.geo.within(pop.ch, pop.geo.outside)}}
	}
}
