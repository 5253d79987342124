package sample

// circumstance is how often one is met in the background, in a thousand
// residents of the ages, and whom it prefers.
type circumstance struct {
	code, perThousand int
	sex               byte
	minAge            int
}

var background = []circumstance{
	{110, 9, 0, 16}, {120, 5, 'F', 17}, {120, 1, 'M', 17}, {130, 2, 0, 16}, {140, 9, 0, 16}, {150, 5, 0, 16},
	{160, 6, 0, 18}, {170, 6, 0, 16}, {180, 4, 'F', 17}, {190, 2, 0, 17}, {200, 13, 0, 16}, {210, 20, 0, 16},
}

// markPeople gives circumstances: first to the published groups, whose split
// is given, then in the background wherever no published group would change.
func (pop *population) markPeople(ch chance) {
	for _, g := range pop.goal.groups {
		if g.code == 0 {
			continue
		}
		after := month(0)
		for _, h := range pop.goal.groups {
			if h.code == g.code && h.month < g.month {
				after = max(after, h.month+1)
			}
		}
		pop.markGroup(ch, g, after)
	}
	for _, p := range pop.people {
		if !p.caseload || p.lea != home343 {
			continue
		}
		for _, c := range background {
			if c.sex != 0 && c.sex != p.sex || pop.published(c.code, p) || !ch.in(c.perThousand*(20+2*p.risk), 100000) {
				continue
			}
			from := max(p.in, pop.septemberOf(p.cohort+c.minAge-16)+month(ch.IntN(9)))
			p.marks = append(p.marks, mark{c.code, from, p.out})
		}
	}
}

// published tells whether a circumstance of a person would change a published
// group, because the person's cohort is counted in it.
func (pop *population) published(code int, p *person) bool {
	for _, g := range pop.goal.groups {
		age := p.ageIn(g.month.year())
		if g.code == code && age >= g.minAge && age <= g.maxAge {
			return true
		}
	}
	return false
}

// markGroup marks as many people of each class as the group still needs. A
// circumstance begins after the group's last published month.
func (pop *population) markGroup(ch chance, g groupTarget, after month) {
	need := g.count
	var open []*person
	for _, p := range pop.people {
		age := p.ageIn(g.month.year())
		if !p.counted(g.month) || p.lea != home343 || age < g.minAge || age > g.maxAge || g.sex != 0 && p.sex != g.sex {
			continue
		}
		c := p.was[g.month].class()
		switch {
		case c < 0:
		case p.marked(g.code, g.month):
			need[c]--
		case len(p.marks) == 0:
			open = append(open, p)
		}
	}
	ch.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	for _, p := range open {
		c := p.was[g.month].class()
		if need[c] <= 0 {
			continue
		}
		need[c]--
		earliest := max(p.in, after)
		from := earliest + month(ch.IntN(int(g.month-earliest)+1))
		p.marks = append(p.marks, mark{g.code, from, p.out})
	}
}
