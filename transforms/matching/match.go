package matching

import (
	"context"
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
	rows          []Listed
	people        *caseload
	entries       []*entry
	files         []uint64        // hash of provider and file, by row
	sharedNumbers map[uint64]bool // file and number that the file gives to two names
	sharedNames   map[uint64]bool // names with a birth date that are two people on the lists
}

// Match links every row to the person it is about. People whose records were
// merged into another's are left out by the caller. decisions are those in
// force (pipeline.DecisionsInForce). The only error is the context's.
func (mr *Matcher) Match(ctx context.Context, people []Person, rows []Listed, decisions []pipeline.Decision) (Result, error) {
	book := newNameBook(mr.diminutives)
	m := &match{Matcher: mr, rows: rows}
	m.people = newCaseload(book, people, mr.weights, mr.options.MaxBlock)
	m.entries = gather(book, rows)
	byPerson := decideBySubject(decisions)
	for _, e := range m.entries {
		e.decision = byPerson[e.subject]
	}
	m.findShared()
	if err := m.each(ctx, func(meet *meeting, e *entry) { m.search(meet, e); m.judge(e) }); err != nil {
		return Result{}, err
	}
	m.undoClaims()
	m.remember()
	m.undoClaims()
	return m.result(), ctx.Err()
}

// each does something with every entry, on all workers.
func (m *match) each(ctx context.Context, do func(*meeting, *entry)) error {
	const portion = 512
	next := make(chan []*entry)
	var wg sync.WaitGroup
	for range m.options.Workers {
		wg.Go(func() {
			meet := newMeeting(m.people.blocks, len(m.people.sides))
			for part := range next {
				for _, e := range part {
					do(meet, e)
				}
			}
		})
	}
	for part := range slices.Chunk(m.entries, portion) {
		if ctx.Err() != nil {
			break
		}
		next <- part
	}
	close(next)
	wg.Wait()
	return ctx.Err()
}

// search finds and compares the candidates of an entry, best first.
func (m *match) search(meet *meeting, e *entry) {
	for _, p := range meet.with(&e.side) {
		if e.decision.rejects(m.people.ids[p]) {
			continue
		}
		least := m.options.Review - keptBelow
		if m.sameNumber(e, p) {
			least = math.Inf(-1)
		}
		if levels, score, ok := m.people.compare(&e.side, p, least); ok {
			e.found = append(e.found, candidate{person: p, score: round(score), levels: levels, rule: levels.rule()})
		}
	}
	slices.SortFunc(e.found, better)
}

// sameNumber tells whether an entry and a person have a number in common:
// then the person is a candidate whatever else they have.
func (m *match) sameNumber(e *entry, p uint32) bool {
	s := &m.people.sides[p]
	return e.upn != "" && e.upn == s.upn || e.uln != "" && e.uln == s.uln
}

// result spreads the answers of the entries over their rows.
func (m *match) result() Result {
	out := Result{Links: make([]Link, len(m.rows))}
	for i, e := range m.entries {
		e.link.Match = i + 1
		for _, at := range e.rows {
			out.Links[at] = e.link
		}
		for rank, c := range e.found[:min(len(e.found), keptCandidates)] {
			rule := c.rule
			if e.link.Outcome == Linked && e.person == c.person {
				rule = e.link.Rule
			}
			out.Pairs = append(out.Pairs, Pair{
				Match: i + 1, Subject: e.subject, PersonID: m.people.ids[c.person], Rank: rank + 1, Rule: rule, Score: c.score, Levels: c.levels,
			})
		}
	}
	return out
}
