package sample

// settlePlans brings people of one age with a plan to a published split. It
// gives or ends plans until the number is right, then lets two people of the
// age trade places until the split is.
func (s *simulation) settlePlans(g groupTarget) {
	members := s.members[g.minAge-16]
	want := g.count[0] + g.count[1] + g.count[2] + g.count[3]
	have := 0
	for _, p := range members {
		if p.hasPlan(s.m) && p.was[s.m].class() >= 0 {
			have++
		}
	}
	for _, k := range s.ch.Perm(len(members)) {
		p := members[k]
		switch {
		case p.was[s.m].class() != 0 || have == want:
		case have < want && !p.hasPlan(s.m):
			p.planFrom, p.planTo, p.support = s.m, never, false
			have++
		case have > want && p.hasPlan(s.m):
			p.planTo = s.m
			have--
		}
	}
	s.trade(members, g.count)
}

// trade swaps what people with and without a plan are, until those with one
// stand as wanted.
func (s *simulation) trade(members []*person, want [4]int) {
	var with, without [4][]*person
	var have [4]int
	for _, p := range members {
		c := p.was[s.m].class()
		if c < 0 {
			continue
		}
		if p.hasPlan(s.m) {
			have[c]++
		}
		if p.was[s.m] == lapsed { // a record cannot lapse, or come back, in another's place
			continue
		}
		if p.hasPlan(s.m) {
			with[c] = append(with[c], p)
		} else {
			without[c] = append(without[c], p)
		}
	}
	for over := range want {
		for under := range want {
			for have[over] > want[over] && have[under] < want[under] && len(with[over]) > 0 && len(without[under]) > 0 {
				i, j := s.ch.IntN(len(with[over])), s.ch.IntN(len(without[under]))
				p, q := with[over][i], without[under][j]
				p.was[s.m], q.was[s.m] = q.was[s.m], p.was[s.m]
				with[over] = append(with[over][:i], with[over][i+1:]...)
				without[under] = append(without[under][:j], without[under][j+1:]...)
				have[over]--
				have[under]++
			}
		}
	}
}
