package sample

import (
	"strconv"
	"time"

	"nightjar/pipeline"
)

// registerTarget is how many people who were on a register are what.
type registerTarget struct {
	month          month
	minAge, maxAge int
	count          [4]int // by class: EET, NEET, other, not known
}

func (t *targets) readRegister(row map[string]string) error {
	m, err := monthOf(row["month"])
	if err != nil {
		return err
	}
	r := registerTarget{month: m}
	err = numbers(row, "min_age max_age eet neet other not_known", &r.minAge, &r.maxAge, &r.count[0], &r.count[1], &r.count[2], &r.count[3])
	t.registers = append(t.registers, r)
	return err
}

// entry of a register: who, from when to when; a zero day is still to come.
type registered struct {
	p        *person
	from, to pipeline.Date
}

// homeEducated draws up the register of home education: for the published
// ages as many as published, one in ninety of every other year group. It ends
// with school.
func (pop *population) homeEducated(seed uint64) []registered {
	chosen := map[*person]bool{}
	settled := map[int]bool{}
	for _, t := range pop.goal.registers {
		for age := t.minAge; age <= t.maxAge; age++ {
			settled[t.month.year()-age+16] = true
		}
		pop.chooseRegistered(newChance(seed, "registers"), t, chosen)
	}
	var out []registered
	for _, p := range pop.people {
		if !p.caseload || p.lea != home343 || !chosen[p] && (settled[p.cohort] || mix(uint64(p.id), 13)%90 > 0) {
			continue
		}
		year := p.cohort - 1 - int(mix(uint64(p.id), 14)%4) // Years 8 to 11
		from := pipeline.NewDate(year, time.September, 5) + pipeline.Date(mix(uint64(p.id), 15)%200)
		out = append(out, registered{p, from, pipeline.NewDate(p.cohort, time.June, 25)})
	}
	return out
}

// chooseRegistered takes people of each class, those first who are on no roll
// of ours.
func (pop *population) chooseRegistered(ch chance, t registerTarget, chosen map[*person]bool) {
	var onRoll, onNone []*person
	for _, p := range pop.people {
		age := p.ageIn(t.month.year())
		if p.lea != home343 || !p.counted(t.month) || age < t.minAge || age > t.maxAge || p.was[t.month].class() < 0 || len(p.marks) > 0 || flagged(p) {
			continue
		}
		if p.school < 0 {
			onNone = append(onNone, p)
		} else {
			onRoll = append(onRoll, p)
		}
	}
	for _, list := range [][]*person{onNone, onRoll} {
		ch.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, p := range list {
			if c := p.was[t.month].class(); t.count[c] > 0 {
				t.count[c]--
				chosen[p] = true
			}
		}
	}
}

// supportedFamilies draws up the register of Supporting Families: one in sixty,
// for a year or two from academic age 15 on.
func (pop *population) supportedFamilies() []registered {
	var out []registered
	for _, p := range pop.people {
		if !p.caseload || p.lea != home343 || mix(uint64(p.id), 16)%60 > 0 {
			continue
		}
		from := pipeline.NewDate(p.cohort-1, time.October, 1) + pipeline.Date(mix(uint64(p.id), 17)%500)
		out = append(out, registered{p, from, from + 365 + pipeline.Date(mix(uint64(p.id), 18)%365)})
	}
	return out
}

// registers hands in both registers every October: what the services know by
// then. Home education knows the caseload's id of two in three.
func (l *lists) registers(m month) error {
	home := &sheet{header: []string{"Register", "Client ID", "Surname", "Forename", "Date of Birth", "Date On", "Date Off"}}
	families := &sheet{header: []string{"Programme", "Client", "Start", "End"}}
	day := m.start() + 8
	for _, e := range l.homeEd {
		if e.listed(day, m) {
			id := clientID(e.p.id)
			if mix(uint64(e.p.id), 19)%3 == 0 {
				id = ""
			}
			home.add(e.p, []cell{text("EHE"), text(id), text(e.p.surname), text(e.p.forename), dayCell(e.p.born), dayCell(e.from), dayCell(e.known(day))})
		}
	}
	for _, e := range l.families {
		if e.listed(day, m) {
			families.add(e.p, []cell{text("Supporting Families"), text(clientID(e.p.id)), dayCell(e.from), dayCell(e.known(day))})
		}
	}
	year := strconv.Itoa(m.year())
	if err := l.handIn(home, form{ext: "xlsx"}, "registers", "education-welfare", "home_education_"+year, m.yearName(), at(day, 9, 12)); err != nil {
		return err
	}
	return l.handIn(families, form{ext: "csv"}, "registers", "early-help", "supporting_families_"+year, m.yearName(), at(day, 10, 40))
}

// listed tells whether an entry stands on a list: it has begun, and it did not
// end more than a year ago; the first list looks back to its beginnings.
func (e registered) listed(day pipeline.Date, m month) bool {
	return e.from <= day && (m.year() == firstYear || e.to >= day-366)
}

// known is the last day of an entry, once it has come.
func (e registered) known(day pipeline.Date) pipeline.Date {
	if e.to <= day {
		return e.to
	}
	return 0
}
