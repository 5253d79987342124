package matching

import (
	"context"
	"encoding/hex"
	"math"
	"slices"
	"sync"

	"nightjar/pipeline"
)

const (
	// keptCandidates is how many candidates of a line are kept for the reviewer.
	keptCandidates = 5
	// keptBelow is how many bits below the review threshold a candidate is kept.
	keptBelow = 3
)

// Reference is the reference data of matching.
type Reference struct {
	Diminutives [][2]string // a forename and a diminutive or other spelling of it
	Weights     []Weight
}

// Matcher links lines to people. It may be used by several goroutines.
type Matcher struct {
	diminutives [][2]string
	weights     table
	options     Options
}

// New returns a matcher. The error names what is missing from the weights or
// wrong with the options.
func New(ref Reference, o Options) (*Matcher, error) {
	weights, err := newTable(ref.Weights)
	if err != nil {
		return nil, err
	}
	if o, err = o.checked(); err != nil {
		return nil, err
	}
	return &Matcher{ref.Diminutives, weights, o}, nil
}

// match is one run of a matcher.
type match struct {
	*Matcher
	book          *nameBook
	rows          []Listed
	order         []hashed // rows in the order of the entries
	people        *caseload
	entries       []entry
	sharedNumbers map[uint64]bool // file and number that the file gives to two names
	sharedNames   map[uint64]bool // names with a birth date that are two people on the lists
}

func (mr *Matcher) newMatch(people []Person, rows []Listed) *match {
	m := &match{Matcher: mr, book: newNameBook(mr.diminutives), rows: rows}
	m.people = newCaseload(m.book, people, mr.weights, mr.options.MaxBlock)
	m.order, m.entries = gather(m.book, rows)
	return m
}

// Match links every row to the person it is about. People whose records were
// merged into another's are left out by the caller. decisions are those in
// force (pipeline.DecisionsInForce). The only error is the context's.
func (mr *Matcher) Match(ctx context.Context, people []Person, rows []Listed, decisions []pipeline.Decision) (Result, error) {
	m := mr.newMatch(people, rows)
	bySubject := decideBySubject(decisions)
	for i := range m.entries {
		if d := bySubject[m.entries[i].subject]; d != nil {
			m.entries[i].decision = d
		}
	}
	m.findShared()
	if err := m.each(ctx, func(meet *meeting, e *entry) { m.search(meet, e); m.judge(e); e.keepFew() }); err != nil {
		return Result{}, err
	}
	m.undoClaims()
	m.remember()
	m.undoClaims()
	return m.result(), ctx.Err()
}

// each does something with every entry, on all workers. Sides are made on the
// way and dropped behind: nobody needs those of all entries at once.
func (m *match) each(ctx context.Context, do func(*meeting, *entry)) error {
	const portion = 512
	next := make(chan []entry)
	var wg sync.WaitGroup
	for range m.options.Workers {
		wg.Go(func() {
			meet := newMeeting(m.people.blocks, len(m.people.sides))
			for part := range next {
				for i := range part {
					do(meet, &part[i])
					part[i].side = nil
				}
			}
		})
	}
	for part := range slices.Chunk(m.entries, portion) {
		if ctx.Err() != nil {
			break
		}
		var made makes
		for i := range part {
			part[i].side = part[i].prepare(m.book, &made)
		}
		next <- part
	}
	close(next)
	wg.Wait()
	return ctx.Err()
}

// search finds and compares the candidates of an entry, best first. Once
// somebody agrees in everything, only those born on the same day could fit as
// well, and the others are not looked for; an entry that names its person by
// the caseload's own id is not searched at all.
func (m *match) search(meet *meeting, e *entry) {
	meet.begin()
	e.found = meet.found[:0]
	if e.row.ClientID != "" {
		if p, ok := m.people.byID[e.row.ClientID]; ok && !e.decision.rejects(m.people.ids[p]) {
			if e.nameKey != 0 { // else there is nothing to compare
				m.weighUp(e, p, math.Inf(-1))
				meet.found = e.found
			}
			return
		}
	}
	meet.people = m.people.byULN.of(m.people.byUPN.of(meet.people[:0], e.upn), e.uln)
	for _, p := range meet.people {
		if meet.meet(p) {
			m.weighUp(e, p, math.Inf(-1))
		}
	}
	least := m.options.Review - keptBelow
	for _, p := range meet.sameDay(e.side) {
		m.weighUp(e, p, least)
	}
	if !slices.ContainsFunc(e.found, func(c candidate) bool { return c.levels.alike() }) {
		for _, p := range meet.otherwise(e.side) {
			m.weighUp(e, p, least)
		}
	}
	meet.found = e.found
	slices.SortFunc(e.found, m.better)
}

// weighUp compares an entry with somebody and makes them a candidate.
func (m *match) weighUp(e *entry, p uint32, least float64) {
	if e.decision.rejects(m.people.ids[p]) {
		return
	}
	if levels, score, ok := m.people.compare(e.side, p, least); ok {
		e.found = append(e.found, candidate{person: p, score: round(score), levels: levels})
	}
}

// alike tells whether names, birth date and postcode are the same.
func (l Levels) alike() bool {
	return l.Family == Exact && l.Given == Exact && l.Birth == Exact && l.Postcode == Exact && !l.SwappedNames
}

// keepFew keeps what the reviewer is shown: the list was the worker's own.
func (e *entry) keepFew() { e.found = slices.Clone(e.found[:min(len(e.found), keptCandidates)]) }

// result spreads the answers of the entries over their rows.
func (m *match) result() Result {
	pairs := 0
	for i := range m.entries {
		pairs += len(m.entries[i].found)
	}
	out := Result{Links: make([]Link, len(m.rows)), Pairs: make([]Pair, 0, pairs)}
	for i := range m.entries {
		e := &m.entries[i]
		link := Link{
			Match: i + 1, Subject: hex.EncodeToString(e.subject[:]), Outcome: e.link.outcome, Rule: e.link.rule,
			Score: e.link.score, Margin: e.link.margin, Reason: e.link.reason,
		}
		if link.Outcome == Linked {
			link.PersonID = m.people.ids[e.link.person]
		}
		for _, h := range m.order[e.from:e.to] {
			out.Links[h.at] = link
		}
		for rank, c := range e.found {
			rule := c.levels.rule()
			if e.link.outcome == Linked && e.link.person == c.person {
				rule = e.link.rule
			}
			out.Pairs = append(out.Pairs, Pair{
				Match: i + 1, Subject: link.Subject, PersonID: m.people.ids[c.person], Rank: rank + 1, Rule: rule, Score: c.score, Levels: c.levels,
			})
		}
		e.found = nil
	}
	return out
}
