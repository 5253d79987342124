package sample

import "fmt"

// churn is how many in a thousand of a status leave it in a month without a
// target's asking.
var churn = [statuses]int{workBased: 15, reengaging: 120, other: 45, neet: 90, notKnown: 180}

// settler moves the people of one age to the month's target.
type settler struct {
	*simulation
	want  target
	areas []int // NEET by area; nil where areas do not matter
	lists [statuses][]*person
	freed []*person // left their status this month and now stand in education
}

// settle decides what the people of one age are at the month end.
func (s *simulation) settle(slot int, areas []int) error {
	t := &settler{simulation: s, want: s.goal.ages[s.m][slot], areas: areas}
	for _, p := range s.members[slot] {
		st := education
		if s.m > 0 && p.was[s.m-1] != absent {
			st = p.was[s.m-1]
		}
		t.put(p, st)
	}
	if s.m.term() == 0 {
		t.expire()
	}
	goals := t.goals()
	for _, st := range []status{lapsed, neet, notKnown, custody, reengaging, other, workBased} {
		t.leave(st, goals[st])
	}
	for _, st := range []status{lapsed, neet, notKnown, custody, reengaging, other, workBased} {
		t.enterStatus(st, goals[st])
	}
	for st, n := range goals {
		if status(st) != education && len(t.lists[st]) != n {
			return fmt.Errorf("%d people are of status %d, the target is %d", len(t.lists[st]), st, n)
		}
	}
	return nil
}

func (t *settler) goals() [statuses]int {
	w := t.want
	return [statuses]int{
		workBased: w.workBased, reengaging: w.reengaging, other: w.other, neet: w.neet,
		notKnown: w.notKnown - w.lapsed, lapsed: w.lapsed, custody: w.excluded,
	}
}

func (t *settler) put(p *person, st status) {
	p.was[t.m] = st
	t.lists[st] = append(t.lists[st], p)
}

// free moves the i-th person of a status to education for now.
func (t *settler) free(st status, i int) {
	list := t.lists[st]
	p := list[i]
	list[i] = list[len(list)-1]
	t.lists[st] = list[:len(list)-1]
	t.put(p, education)
	t.freed = append(t.freed, p)
}

// expire is the September of an age: last year's lapsed records are a year
// old and settled one way or the other; this year's lapse out of education.
func (t *settler) expire() {
	for len(t.lists[lapsed]) > 0 {
		t.free(lapsed, len(t.lists[lapsed])-1)
	}
}

// leave takes people out of a status: what is over the target, or the usual
// churn. NEET is counted by area.
func (t *settler) leave(st status, goal int) {
	if st == neet && t.areas != nil {
		for a, n := range t.areas {
			t.leaveArea(a, n)
		}
		return
	}
	have := len(t.lists[st])
	for range max(have-goal, have*churn[st]/1000) {
		t.free(st, t.ch.IntN(len(t.lists[st])))
	}
}

func (t *settler) leaveArea(a, goal int) {
	var here []int
	for i, p := range t.lists[neet] {
		if t.areaOf(p) == a {
			here = append(here, i)
		}
	}
	out := max(len(here)-goal, 0)
	for range len(here) - out {
		if t.ch.in(churn[neet], 1000) {
			out++
		}
	}
	for _, k := range t.ch.Perm(len(here))[:out] {
		here[k] = -here[k] - 1 // marked to leave
	}
	for k := len(here) - 1; k >= 0; k-- { // from the end, so that places before stay valid
		if here[k] < 0 {
			t.free(neet, -here[k]-1)
		}
	}
}

func (t *settler) enterStatus(st status, goal int) {
	if st != neet || t.areas == nil {
		for len(t.lists[st]) < goal && t.take(st, -1) {
			continue
		}
		return
	}
	have := make([]int, len(t.areas))
	for _, p := range t.lists[neet] {
		have[t.areaOf(p)]++
	}
	for a, n := range t.areas {
		for have[a] < n && t.take(st, a) {
			have[a]++
		}
	}
	// A small area may have nobody left; a ward without a published rate helps.
	gap, published := t.goal.gaps[t.m]
	for a := range t.areas {
		if published && (a == gap.highest || a == gap.lowest) {
			continue
		}
		for len(t.lists[st]) < goal && t.take(st, a) {
			continue
		}
	}
}

// take moves one person from education into a status: now and then somebody
// who was just freed, else the one most at risk of a few drawn by chance.
func (t *settler) take(st status, a int) bool {
	list := t.lists[education]
	if st != lapsed && len(t.freed) > 0 && t.ch.in(1, 2) {
		p := t.freed[t.ch.IntN(len(t.freed))]
		if p.was[t.m] == education && t.fits(p, st, a) {
			for i, q := range list {
				if q == p {
					t.claim(st, i)
					return true
				}
			}
		}
	}
	best := -1
	draws := 4
	if st == workBased || st == lapsed || st == reengaging {
		draws = 1
	}
	for tries := 0; draws > 0 && tries < 400; tries++ {
		i := t.ch.IntN(len(list))
		if !t.fits(list[i], st, a) {
			continue
		}
		draws--
		if best < 0 || list[i].risk > list[best].risk {
			best = i
		}
	}
	for i := 0; best < 0 && i < len(list); i++ {
		if t.fits(list[i], st, a) {
			best = i
		}
	}
	if best < 0 {
		return false
	}
	t.claim(st, best)
	return true
}

// fits tells whether a person may enter a status this month: from the right
// area, not back into what they just left, and a record can only lapse where
// there was education before 1 September.
func (t *settler) fits(p *person, st status, a int) bool {
	if a >= 0 && t.areaOf(p) != a {
		return false
	}
	if t.m == 0 || p.was[t.m-1] == absent {
		return st != lapsed || t.m == 0
	}
	last := p.was[t.m-1]
	if st == lapsed {
		return last == education && t.m.term() == 0
	}
	return last != st
}

func (t *settler) claim(st status, i int) {
	list := t.lists[education]
	p := list[i]
	list[i] = list[len(list)-1]
	t.lists[education] = list[:len(list)-1]
	t.put(p, st)
}
