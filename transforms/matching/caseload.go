package matching

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// fewestPeople is the least number of people that a line could be mistaken
// for: outside a small caseload there are others.
const fewestPeople = 5000

// caseload is the people made ready: sides to compare with, counts of values,
// and the index that finds candidates. People stand in the order of their
// birthdays, see blocks.
type caseload struct {
	ids          []string // by person
	sides        []side
	byID         map[string]uint32 // ids and former ids, where they name one person
	byUPN, byULN holders           // everybody with a number
	births       map[pipeline.Date]float64
	givens       []int // people by id of the first part of a first name
	worths       worths
	priorBits    float64
	// The most that names can be worth that are not exact.
	notExactFamily, notExactGiven float64
	blocks                        *blocks
}

// newCaseload makes the people ready.
func newCaseload(book *nameBook, people []Person, w table, maxBlock int) *caseload {
	order := orderOfPeople(people)
	c := &caseload{
		ids: make([]string, len(people)), sides: make([]side, len(people)), byID: make(map[string]uint32, len(people)),
		byUPN: newHolders(), byULN: newHolders(), births: map[pipeline.Date]float64{}, worths: w.worths(),
		priorBits: math.Log2(float64(max(len(people), fewestPeople))),
	}
	var made makes
	for i, at := range order {
		p := &people[at]
		c.ids[i] = p.ID
		c.sides[i] = made.side(book, p.Families, p.Givens, p.Births, p.Postcodes)
		c.sides[i].upn, c.sides[i].uln = numeric(upnKey(p.UPN)), numeric(ulnKey(p.ULN))
	}
	c.weigh(book, w)
	c.nameIDs(people, order)
	c.blocks = newBlocks(c.sides, maxBlock)
	return c
}

// orderOfPeople sorts by birthday, then id.
func orderOfPeople(people []Person) []int {
	type key struct {
		born pipeline.Date
		at   int
	}
	keys := make([]key, len(people))
	for i := range people {
		keys[i] = key{at: i}
		if days := people[i].Births; len(days) > 0 {
			keys[i].born = slices.Min(days)
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.born, b.born), strings.Compare(people[a.at].ID, people[b.at].ID))
	})
	order := make([]int, len(keys))
	for i, k := range keys {
		order[i] = k.at
	}
	return order
}

// makes makes sides whose lists stand one behind the other, so that the people
// of one day are read from memory together.
type makes struct {
	names  shelf[*name]
	births shelf[pipeline.Date]
	posts  shelf[*post]

	someNames []*name
	somePosts []*post
}

func (m *makes) side(book *nameBook, families, givens []string, births []pipeline.Date, postcodes []string) side {
	var s side
	m.someNames = book.all(m.someNames[:0], families...)
	s.families = m.names.keep(m.someNames)
	m.someNames = book.all(m.someNames[:0], givens...)
	s.givens = m.names.keep(m.someNames)
	s.births = m.births.keep(births)
	slices.Sort(s.births)
	s.births = slices.Compact(s.births)
	m.somePosts = book.allPosts(m.somePosts[:0], postcodes...)
	s.posts = m.posts.keep(m.somePosts)
	return s
}

// shelf keeps copies of short lists in long ones.
type shelf[T any] struct{ room []T }

func (s *shelf[T]) keep(list []T) []T {
	if len(list) == 0 {
		return nil
	}
	const atOnce = 4096
	if len(s.room)+len(list) > cap(s.room) {
		s.room = make([]T, 0, max(atOnce, len(list)))
	}
	from := len(s.room)
	s.room = append(s.room, list...)
	return s.room[from:len(s.room):len(s.room)]
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
func (c *caseload) isName(n *name) bool { return int(n.head) < len(c.givens) && c.givens[n.head] >= 3 }

// weigh counts values and turns the counts into what exact agreement on them
// is worth.
func (c *caseload) weigh(book *nameBook, w table) {
	families := make([]int, len(book.ids)+1)
	c.givens = make([]int, len(book.ids)+1)
	posts := make(map[*post]int, len(book.posts))
	for i := range c.sides {
		c.count(uint32(i), families, posts)
	}
	worth := func(f Field, count int) float64 { return w[f][Exact].rarity(float64(count), len(c.sides)) }
	for i := range c.sides {
		for _, n := range c.sides[i].families {
			n.familyBits = worth(FieldFamily, families[n.id])
		}
		for _, n := range c.sides[i].givens {
			n.givenBits = worth(FieldGiven, c.givens[n.head])
		}
	}
	for d, count := range c.births {
		c.births[d] = worth(FieldBirth, int(count))
	}
	for p, count := range posts {
		p.bits = worth(FieldPostcode, count)
	}
	c.notExactFamily = max(c.worths.family[Part], c.worths.family[Close])
	c.notExactGiven = max(c.worths.given[Alias], c.worths.given[Part], c.worths.given[Close])
}

// count adds a person's values to the frequencies and to the numbers.
func (c *caseload) count(i uint32, families []int, posts map[*post]int) {
	s := &c.sides[i]
	for _, n := range s.families {
		families[n.id]++
	}
	for _, n := range s.givens {
		c.givens[n.head]++
	}
	for _, d := range s.births {
		c.births[d]++
	}
	for _, p := range s.posts {
		posts[p]++
	}
	if s.upn != 0 {
		c.byUPN.add(s.upn, i)
	}
	if s.uln != 0 {
		c.byULN.add(s.uln, i)
	}
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
		c.worths.upn[lv.UPN] + c.worths.uln[lv.ULN] - c.priorBits
	if bits+c.mostFromNames(l, p) < least {
		return lv, 0, false
	}
	lv.Family, lv.Given = compareFamilies(l.families, p.families), c.compareGivens(l.givens, p.givens)
	names := c.nameBits(l.families, l.givens, p, lv)
	if lv.Family > Close || lv.Given > Close {
		swapped := Levels{Family: compareFamilies(l.givens, p.families), Given: c.compareGivens(l.families, p.givens)}
		if swapped.Family <= Close && swapped.Given <= Close && swapped.Family != Missing && swapped.Given != Missing {
			other := c.nameBits(l.givens, l.families, p, swapped) + c.worths.order[Swapped]
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
		blurred := l == Close || l == Part && !initial(a, b) && !meetAnywhere(a.ids, b.ids) // PAUL is not a PAULA cut off
		if blurred && c.isName(a) && c.isName(b) {
			return NearName
		}
		return l
	})
}

func (c *caseload) nameBits(families, givens []*name, p *side, lv Levels) float64 {
	bits := c.worths.family[lv.Family]
	if lv.Family == Exact {
		bits = bestRarity(families, p.families, func(a, b *name) bool { return a.id == b.id }, (*name).familyWorth)
	}
	if lv.Given == Exact {
		return bits + bestRarity(givens, p.givens, func(a, b *name) bool { return a.head == b.head }, (*name).givenWorth)
	}
	return bits + c.worths.given[lv.Given]
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
		return c.worths.birth[level]
	}
	return bestRarity(l.births, p.births, same, func(d pipeline.Date) float64 { return c.births[d] })
}

func (c *caseload) postBits(l, p *side, level Level) float64 {
	if level != Exact {
		return c.worths.post[level]
	}
	return bestRarity(l.posts, p.posts, same, func(p *post) float64 { return p.bits })
}
