package matching

import (
	"slices"

	"nightjar/pipeline"
)

// hasTwin tells whether the caseload holds somebody else with the person's
// birth date, family name and address; an address that one of them lacks may
// be the other's. Names must not tell two such people apart: a list that
// mistakes one for the other has both names right. Only a number, the
// caseload's own id or a reviewer can.
func (c *caseload) hasTwin(person uint32) bool {
	s := &c.sides[person]
	return slices.ContainsFunc(s.births, func(d pipeline.Date) bool {
		return slices.ContainsFunc(s.families, func(f *name) bool {
			return slices.ContainsFunc(c.blocks.behind(d, f), func(it item) bool {
				return it.person != person && c.sides[it.person].isTwinOf(s, d, f)
			})
		})
	})
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
