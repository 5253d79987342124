package matching

import (
	"math"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// fewestPeople is the least number of people that a line could be mistaken
// for: outside a small caseload there are others.
const fewestPeople = 5000

// caseload is the people made ready: sides to compare with, counts of values,
// and the index that finds candidates.
type caseload struct {
	ids       []string // by person, sorted
	sides     []side
	byID      map[string]uint32   // ids and former ids, where they name one person
	byUPN     map[string][]uint32 // everybody with the number
	byULN     map[string][]uint32
	families  map[uint32]int            // people by id of family name
	givens    map[uint32]int            // by id of the first part of a first name
	births    map[pipeline.Date]float64 // people born on a day, then what agreement on it is worth
	posts     map[postcode]float64
	weights   table
	priorBits float64
	// The most that names can be worth that are not exact.
	notExactFamily, notExactGiven float64
	blocks                        *blocks
}

// newCaseload makes the people ready, in the order of their ids.
func newCaseload(book *nameBook, people []Person, w table, maxBlock int) *caseload {
	order := make([]int, len(people))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(people[a].ID, people[b].ID) })
	c := &caseload{
		ids: make([]string, len(people)), sides: make([]side, len(people)), byID: map[string]uint32{},
		byUPN: map[string][]uint32{}, byULN: map[string][]uint32{}, families: map[uint32]int{}, givens: map[uint32]int{},
		births: map[pipeline.Date]float64{}, posts: map[postcode]float64{}, weights: w,
		priorBits: math.Log2(float64(max(len(people), fewestPeople))),
	}
	for i, at := range order {
		c.ids[i] = people[at].ID
		c.sides[i] = personSide(book, people[at])
		c.count(uint32(i))
	}
	c.weigh()
	c.nameIDs(people, order)
	c.blocks = newBlocks(c.sides, maxBlock)
	return c
}

func personSide(book *nameBook, p Person) side {
	s := side{upn: upnKey(p.UPN), uln: ulnKey(p.ULN), births: unique(p.Births)}
	s.families, s.givens = book.all(p.Families...), book.all(p.Givens...)
	for _, text := range p.Postcodes {
		if pc := foldPostcode(text); pc != "" && !slices.Contains(s.posts, pc) {
			s.posts = append(s.posts, pc)
		}
	}
	return s
}

func unique(days []pipeline.Date) []pipeline.Date {
	out := slices.Clone(days)
	slices.Sort(out)
	return slices.Compact(out)
}

// count adds a person's values to the frequencies.
func (c *caseload) count(i uint32) {
	s := &c.sides[i]
	for _, n := range s.families {
		c.families[n.id]++
	}
	for _, n := range s.givens {
		c.givens[n.head]++
	}
	for _, d := range s.births {
		c.births[d]++
	}
	for _, p := range s.posts {
		c.posts[p]++
	}
	if s.upn != "" {
		c.byUPN[s.upn] = append(c.byUPN[s.upn], i)
	}
	if s.uln != "" {
		c.byULN[s.uln] = append(c.byULN[s.uln], i)
	}
}

// nameIDs lets ids of before a merge lead to the person they were merged into,
// unless somebody still has them or two people claim them.
func (c *caseload) nameIDs(people []Person, order []int) {
	claims := map[string]int{}
	former := map[string]uint32{}
	for i, at := range order {
		for _, id := range people[at].PreviousIDs {
			claims[id]++
			former[id] = uint32(i)
		}
	}
	for id, i := range former {
		if claims[id] == 1 {
			c.byID[id] = i
		}
	}
	for i, id := range c.ids {
		c.byID[id] = uint32(i)
	}
}

// isName tells whether a spelling is a forename in its own right: several
// people of the caseload bear it.
func (c *caseload) isName(n *name) bool { return c.givens[n.head] >= 3 }

// weigh turns counts of values into what exact agreement on them is worth.
func (c *caseload) weigh() {
	for i := range c.sides {
		for _, n := range c.sides[i].families {
			n.familyBits = c.weights[FieldFamily][Exact].rarity(float64(c.families[n.id]), len(c.sides))
		}
		for _, n := range c.sides[i].givens {
			n.givenBits = c.weights[FieldGiven][Exact].rarity(float64(c.givens[n.head]), len(c.sides))
		}
	}
	for d, count := range c.births {
		c.births[d] = c.weights[FieldBirth][Exact].rarity(count, len(c.sides))
	}
	for p, count := range c.posts {
		c.posts[p] = c.weights[FieldPostcode][Exact].rarity(count, len(c.sides))
	}
	c.notExactFamily = max(c.weights.bits(FieldFamily, Part), c.weights.bits(FieldFamily, Close))
	c.notExactGiven = max(c.weights.bits(FieldGiven, Alias), c.weights.bits(FieldGiven, Part), c.weights.bits(FieldGiven, Close))
}

// compare returns how far a line and a person agree, and what that is worth in
// bits. It reports false, early, where that must stay below least.
func (c *caseload) compare(l *side, person uint32, least float64) (Levels, float64, bool) {
	p := &c.sides[person]
	lv := Levels{
		Birth: compareBirths(l.births, p.births), Postcode: comparePosts(l.posts, p.posts),
		UPN: compareNumbers(l.upn, p.upn), ULN: compareNumbers(l.uln, p.uln),
	}
	bits := c.birthBits(l, p, lv.Birth) + c.postBits(l, p, lv.Postcode) +
		c.weights.bits(FieldUPN, lv.UPN) + c.weights.bits(FieldULN, lv.ULN) - c.priorBits
	if bits+c.mostFromNames(l, p) < least {
		return lv, 0, false
	}
	lv.Family, lv.Given = compareFamilies(l.families, p.families), c.compareGivens(l.givens, p.givens)
	names := c.nameBits(l.families, l.givens, p, lv)
	if lv.Family > Close || lv.Given > Close {
		swapped := Levels{Family: compareFamilies(l.givens, p.families), Given: c.compareGivens(l.families, p.givens)}
		if swapped.Family <= Close && swapped.Given <= Close && swapped.Family != Missing && swapped.Given != Missing {
			other := c.nameBits(l.givens, l.families, p, swapped) + c.weights.bits(FieldNameOrder, Swapped)
			if other > names {
				names, lv.Family, lv.Given, lv.SwappedNames = other, swapped.Family, swapped.Given, true
			}
		}
	}
	return lv, bits + names, bits+names >= least
}

// mostFromNames is an upper bound of what names can add, reckoned without
// looking at their letters. Exchanged names are worth less than the same names
// in order.
func (c *caseload) mostFromNames(l, p *side) float64 {
	return max(
		mostOf(l.families, p.families, c.notExactFamily, (*name).familyWorth)+mostOf(l.givens, p.givens, c.notExactGiven, (*name).givenWorth),
		mostOf(l.givens, p.families, c.notExactFamily, (*name).familyWorth)+mostOf(l.families, p.givens, c.notExactGiven, (*name).givenWorth),
	)
}

func mostOf(as, bs []*name, otherwise float64, worth func(*name) float64) float64 {
	most := max(otherwise, 0)
	for _, a := range as {
		for _, b := range bs {
			if a.id == b.id || a.head == b.head {
				most = max(most, worth(b))
			}
		}
	}
	return most
}

func (n *name) familyWorth() float64 { return n.familyBits }
func (n *name) givenWorth() float64  { return n.givenBits }

func (c *caseload) compareGivens(as, bs []*name) Level {
	return bestOf(as, bs, func(a, b *name) Level {
		l := givenLevel(a, b)
		if l == Close && c.isName(a) && c.isName(b) {
			return NearName
		}
		return l
	})
}

func (c *caseload) nameBits(families, givens []*name, p *side, lv Levels) float64 {
	bits := c.weights.bits(FieldFamily, lv.Family)
	if lv.Family == Exact {
		bits = bestRarity(families, p.families, func(a, b *name) bool { return a.id == b.id }, (*name).familyWorth)
	}
	if lv.Given == Exact {
		return bits + bestRarity(givens, p.givens, func(a, b *name) bool { return a.head == b.head }, (*name).givenWorth)
	}
	return bits + c.weights.bits(FieldGiven, lv.Given)
}

// bestRarity returns the weight of the rarest value that both sides hold.
func bestRarity[T any](as, bs []T, same func(a, b T) bool, bits func(T) float64) float64 {
	best := math.Inf(-1)
	for _, a := range as {
		for _, b := range bs {
			if same(a, b) {
				best = max(best, bits(b))
			}
		}
	}
	if !math.IsInf(best, -1) {
		return best
	}
	least := bits(bs[0]) // exact in another way, such as ANNEMARIE and ANNE-MARIE
	for _, b := range bs[1:] {
		least = min(least, bits(b))
	}
	return least
}

func same[T comparable](a, b T) bool { return a == b }

func (c *caseload) birthBits(l, p *side, level Level) float64 {
	if level != Exact {
		return c.weights.bits(FieldBirth, level)
	}
	return bestRarity(l.births, p.births, same, func(d pipeline.Date) float64 { return c.births[d] })
}

func (c *caseload) postBits(l, p *side, level Level) float64 {
	if level != Exact {
		return c.weights.bits(FieldPostcode, level)
	}
	return bestRarity(l.posts, p.posts, same, func(pc postcode) float64 { return c.posts[pc] })
}
