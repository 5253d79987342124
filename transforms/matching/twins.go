package matching

import (
	"math"
	"slices"

	"nightjar/pipeline"
)

// twins returns everybody else with the person's birth date, family name and
// address; an address that one of them lacks may be the other's. Names must
// not tell two such people apart: a list that mistakes one for the other has
// both names right. Only a number, the caseload's own id or a reviewer can.
func (c *caseload) twins(person uint32) []uint32 {
	var out []uint32
	s := &c.sides[person]
	for _, d := range s.births {
		for _, f := range s.families {
			for _, it := range c.blocks.behind(d, f) {
				if it.person != person && !slices.Contains(out, it.person) && c.sides[it.person].isTwinOf(s, d, f) {
					out = append(out, it.person)
				}
			}
		}
	}
	return out
}

// showTwins makes candidates of the best one's twins, however little they
// agree: whoever decides has to see them.
func (m *match) showTwins(e *entry) {
	found := e.found
	e.found = slices.Clone(found[:min(len(found), keptCandidates)])
	for _, p := range m.people.twins(e.found[0].person) {
		if !slices.ContainsFunc(e.found, func(c candidate) bool { return c.person == p }) {
			e.found = e.found[:min(len(e.found), keptCandidates-1)]
			m.weighUp(e, p, math.Inf(-1))
		}
	}
	slices.SortFunc(e.found, m.better)
}

// isTwinOf tells whether a side has this birth date and family name too and
// shares an address with another.
func (s *side) isTwinOf(other *side, born pipeline.Date, family *name) bool {
	if !slices.Contains(s.births, born) || !slices.ContainsFunc(s.families, func(n *name) bool { return n.id == family.id }) {
		return false
	}
	l := comparePosts(s.posts, other.posts)
	return l == Exact || l == Close || l == Missing
}

// behind returns a stretch of the index that holds everybody with a birth date
// and a family name, and perhaps others.
func (b *blocks) behind(born pipeline.Date, family *name) []item {
	at, ok := b.days[born]
	if !ok {
		return nil
	}
	slot := b.slot(at, familyKey(family.id))
	return b.items[b.starts[slot]:b.starts[slot+1]]
}
