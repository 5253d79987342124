package matching

import (
	"context"
	"maps"
	"math"
)

// emRounds is how often the estimate is improved; it settles long before.
const emRounds = 40

// leastShare keeps a level that was not seen from being impossible.
const leastShare = 1e-4

// comparison counts the pairs that agree alike.
type comparison map[Levels]float64

// Estimate returns weights for lists like these. u comes from pairs of a line
// and a person picked without regard to each other, of which hardly one is a
// match. m comes from expectation maximisation over pairs that share a key of
// the index: names and postcode from those with the same birth date, the birth
// date from those with the same names, because a field cannot be judged among
// pairs that were chosen by it. Numbers and the order of names keep the
// weights that the matcher has: nearly every list has them right or not at all.
func (mr *Matcher) Estimate(ctx context.Context, people []Person, rows []Listed) ([]Weight, error) {
	m := mr.newMatch(people, rows)
	var made makes
	for i := range m.entries {
		m.entries[i].side = m.entries[i].prepare(m.book, &made)
	}
	byBirth, byNames := comparison{}, comparison{}
	meet := newMeeting(m.people.blocks, len(m.people.sides))
	count := func(e *entry, people []uint32) {
		for _, p := range people {
			l, _, _ := m.people.compare(e.side, p, math.Inf(-1))
			l.UPN, l.ULN = Missing, Missing
			if l.SwappedNames {
				continue
			}
			if l.Birth == Exact {
				byBirth[l]++
			}
			if l.Family == Exact && l.Given == Exact {
				byNames[l]++
			}
		}
	}
	for i := range m.entries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		e := &m.entries[i]
		meet.begin()
		count(e, meet.sameDay(e.side))
		count(e, meet.otherwise(e.side))
	}
	u := m.chancePairs()
	ms := shares{}
	expect(byBirth, u, ms, FieldFamily, FieldGiven, FieldPostcode)
	expect(byNames, u, ms, FieldBirth, FieldPostcode)
	return mr.weightsOf(ms, u), nil
}

// shares is how often each level of a field occurs.
type shares map[Field]*[levelCount]float64

func (l Levels) of(f Field) Level {
	switch f {
	case FieldFamily:
		return l.Family
	case FieldGiven:
		return l.Given
	case FieldBirth:
		return l.Birth
	default:
		return l.Postcode
	}
}

var estimated = []Field{FieldFamily, FieldGiven, FieldBirth, FieldPostcode}

// chancePairs counts the levels of pairs that only chance brought together:
// entries and people in their own orders, at steps without a common divisor.
func (m *match) chancePairs() shares {
	const wanted = 400000
	seen := comparison{}
	n, k := len(m.entries), len(m.people.sides)
	for i := 0; n > 0 && k > 0 && i < wanted; i++ {
		l, _, _ := m.people.compare(m.entries[i%n].side, uint32((i*7919+i/n)%k), math.Inf(-1))
		if !l.SwappedNames {
			seen[l]++
		}
	}
	out := shares{}
	for _, f := range estimated {
		out[f] = countLevels(seen, f, func(Levels) float64 { return 1 })
	}
	return out
}

// countLevels returns the shares of a field's levels among weighted pairs that
// hold the field.
func countLevels(pairs comparison, f Field, weight func(Levels) float64) *[levelCount]float64 {
	var out [levelCount]float64
	sum := 0.0
	for _, l := range sortedLevels(pairs) {
		if level := l.of(f); level != Missing {
			w := pairs[l] * weight(l)
			out[level] += w
			sum += w
		}
	}
	for i := range out {
		out[i] = max(out[i]/math.Max(sum, 1), leastShare)
	}
	return &out
}

// expect estimates m of these fields. Among the pairs that the index brings
// together even strangers agree in something, so how strangers agree here is
// estimated along with m and then forgotten; u is where it begins.
func expect(pairs comparison, u, m shares, fields ...Field) {
	for _, f := range fields {
		if m[f] == nil {
			m[f] = &[levelCount]float64{}
			for i := range m[f] {
				m[f][i] = 0.02
			}
			m[f][Exact] = 0.9
		}
	}
	lambda, strange := 0.5, shares{}
	for _, f := range fields {
		strange[f] = u[f]
	}
	for range emRounds {
		belief := func(l Levels) float64 {
			odds := lambda / (1 - lambda)
			for _, f := range fields {
				if level := l.of(f); level != Missing {
					odds *= m[f][level] / strange[f][level]
				}
			}
			return odds / (1 + odds)
		}
		sum, all := 0.0, 0.0
		for _, l := range sortedLevels(pairs) {
			sum += pairs[l] * belief(l)
			all += pairs[l]
		}
		next := shares{}
		for _, f := range fields {
			next[f] = countLevels(pairs, f, belief)
		}
		for _, f := range fields {
			strange[f] = countLevels(pairs, f, func(l Levels) float64 { return 1 - belief(l) })
		}
		maps.Copy(m, next)
		lambda = min(max(sum/max(all, 1), leastShare), 1-leastShare)
	}
}

// weightsOf lists the weights in the order of fields and levels.
func (mr *Matcher) weightsOf(m, u shares) []Weight {
	var out []Weight
	for _, f := range fields {
		for _, level := range shippedLevels[f] {
			w := mr.weights[f][level]
			if m[f] != nil {
				w.M, w.U = m[f][level], u[f][level]
			}
			out = append(out, w)
		}
	}
	return out
}
