package matching

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Why an entry is not linked although somebody fits. The texts go into tables,
// so they speak of no person.
const (
	whyNobody     = "nobody in the caseload fits"
	whyNotOurs    = "a reviewer decided that the person is not in our area"
	whyGone       = "a reviewer linked it to somebody whom the caseload no longer holds"
	whyNoClient   = "the caseload id is not known, or two people claim it"
	whyTwoNumbers = "pupil number and learner number name two people"
	whyNumberName = "the number names one person and the names another"
	whyNumberOdd  = "the number fits, names and birth date do not"
	whyNumberMany = "the number stands for several people"
	whyConflict   = "the numbers of the list and of the caseload differ"
	whyNoBirth    = "the birth dates do not fit or one is missing"
	whySlip       = "the birth dates differ by a slip, and the address does not bear it out"
	whyAlias      = "the first names are two forms of one, and the address is another"
	whyGiven      = "the first names do not fit or one is missing"
	whyFamily     = "the family names differ and nothing else makes up for it"
	whyTwin       = "a twin stands beside, and no number tells which of the two is meant"
	whyShared     = "the lists hold this name and birth date under several numbers"
	whySecond     = "somebody else fits nearly as well"
	whyScore      = "the fields agree too little"
	whyClaimed    = "two lines of one file claim this person"
)

// noSecond is the margin where there is only one candidate.
const noSecond = 99

// judge decides about an entry by itself. found is sorted, best first.
func (m *match) judge(e *entry) {
	e.link = verdict{outcome: Unmatched, reason: whyNobody, margin: noSecond}
	switch {
	case e.decision.accepted != "":
		if p, ok := m.people.byID[e.decision.accepted]; ok {
			e.linkTo(p, ByDecision)
		} else {
			e.toReview(whyGone)
		}
		return
	case e.decision.notOurs:
		e.link.reason = whyNotOurs
		return
	}
	if e.row.ClientID != "" && m.byClient(e) || len(e.found) == 0 {
		return
	}
	best := e.found[0]
	e.link.score = best.score
	if len(e.found) > 1 {
		e.link.margin = best.score - e.found[1].score
	}
	if p, rule, why := m.byNumber(e); rule != "" || why != "" {
		e.settle(p, rule, why)
		return
	}
	why := m.objection(e, best)
	if why == "" && best.score < m.options.accept(best.levels.rule()) {
		why = whyScore
	}
	e.settle(best.person, best.levels.rule(), why)
	switch {
	case why != "" && best.score < m.options.Review && !e.knownByNumber():
		e.link.outcome, e.link.reason = Unmatched, whyNobody
	case why == whyTwin:
		m.showTwins(e)
	}
}

// knownByNumber tells whether a candidate has the entry's pupil or learner
// number: then somebody is meant, whatever the names say.
func (e *entry) knownByNumber() bool {
	return slices.ContainsFunc(e.found, func(c candidate) bool { return c.levels.UPN == Exact || c.levels.ULN == Exact })
}

func (e *entry) settle(p uint32, rule Rule, why string) {
	if why == "" {
		e.linkTo(p, rule)
		return
	}
	e.toReview(why)
}

func (e *entry) linkTo(p uint32, rule Rule) {
	e.link.outcome, e.link.person, e.link.rule, e.link.reason = Linked, p, rule, ""
}

func (e *entry) toReview(why string) {
	e.link.outcome, e.link.rule, e.link.reason = ToReview, "", why
}

// byClient links by the caseload's own id. It reports false where the id is
// nobody's and the names have to tell.
func (m *match) byClient(e *entry) bool {
	p, ok := m.people.byID[e.row.ClientID]
	if !ok || e.decision.rejects(m.people.ids[p]) {
		e.link.reason = whyNoClient
		return false
	}
	if levels, _, _ := m.people.compare(e.side, p, math.Inf(-1)); !levels.plausible() && e.nameKey != 0 {
		e.toReview(whyNumberOdd)
		return true
	}
	e.linkTo(p, ByClientID)
	return true
}

// byNumber tries the pupil number and the learner number. It returns the
// person and the rule, or why a number that the caseload knows does not link,
// or neither when the caseload knows none.
func (m *match) byNumber(e *entry) (uint32, Rule, string) {
	upn := m.holders(e, e.upn, m.people.byUPN)
	uln := m.holders(e, e.uln, m.people.byULN)
	switch {
	case len(upn) > 1 || len(uln) > 1:
		return 0, "", m.severalHolders(e)
	case len(upn) == 1 && len(uln) == 1 && upn[0] != uln[0]:
		return 0, "", whyTwoNumbers
	case len(upn) == 1:
		return m.consider(e, upn[0], ByUPN)
	case len(uln) == 1:
		return m.consider(e, uln[0], ByULN)
	default:
		return 0, "", ""
	}
}

// holders returns who has a number, nobody when the file gives it to several
// names.
func (m *match) holders(e *entry, number uint64, by holders) []uint32 {
	if number == 0 || m.shared(e, number) {
		return nil
	}
	return slices.DeleteFunc(by.of(nil, number), func(p uint32) bool { return e.decision.rejects(m.people.ids[p]) })
}

// severalHolders says why a number of several people does not link, unless
// the names and the birth date pick one of them clearly.
func (m *match) severalHolders(e *entry) string {
	if best := e.found[0]; best.levels.rule() == ByNameBirthDate && m.objection(e, best) == "" && best.score >= m.options.AcceptExact {
		return ""
	}
	return whyNumberMany
}

// consider looks whether names and birth date bear a number out. A mistyped
// number that is somebody else's must not link.
func (m *match) consider(e *entry, p uint32, rule Rule) (uint32, Rule, string) {
	for i, c := range e.found {
		if c.person != p {
			continue
		}
		switch {
		case !c.levels.plausible():
			return p, rule, whyNumberOdd
		case i > 0, c.levels.Given > Close && slices.ContainsFunc(e.found, func(o candidate) bool { return o.person != p && o.levels.namesFit() }):
			return p, rule, whyNumberName
		case c.levels.UPN == Different || c.levels.ULN == Different:
			if c.levels.Birth != Exact || c.levels.Given > Close {
				return p, rule, whyConflict
			}
		}
		return p, rule, ""
	}
	return p, rule, whyNumberOdd
}

// plausible tells whether a number may be believed: the birth date fits, or
// both names do.
func (l Levels) plausible() bool {
	names := l.Family < Different && l.Given < Different
	return l.Birth == Exact || l.birthFits() && (l.Family < Different || l.Given < Different) || names
}

// namesFit tells whether both names and the birth date are the same, be it by
// a diminutive.
func (l Levels) namesFit() bool {
	return l.Family == Exact && l.Given <= Alias && l.Given != Missing && l.Birth == Exact
}

func (l Levels) birthFits() bool {
	return l.Birth == Missing || l.Birth == Exact || l.Birth == Swapped || l.Birth == Digit
}

// rule names the best reason that a pair's agreement gives without numbers.
func (l Levels) rule() Rule {
	exactNames := l.Family == Exact && l.Given == Exact && !l.SwappedNames
	closeNames := l.Family >= Exact && l.Family <= Close && l.Given >= Exact && l.Given <= Close
	samePlace := l.Postcode == Exact || l.Postcode == Close
	switch {
	case exactNames && l.Birth == Exact:
		return ByNameBirthDate
	case l.Birth == Exact && closeNames && samePlace:
		return ByCloseNames
	case (l.Birth == Swapped || l.Birth == Digit) && exactNames && samePlace:
		return ByDateSlip
	default:
		return ByScore
	}
}

// objection says what speaks against linking an entry to its best candidate
// without a number, whatever the score; empty when nothing does.
func (m *match) objection(e *entry, best candidate) string {
	l := best.levels
	switch {
	case l.UPN == Different || l.ULN == Different:
		return whyConflict
	case l.Birth == Missing || !l.birthFits():
		return whyNoBirth
	case l.Birth != Exact && l.Postcode != Exact && l.Postcode != Close:
		return whySlip
	case l.Given == Missing || l.Given == NearName || l.Given == Different:
		return whyGiven
	case l.Given == Alias && l.Postcode >= Sector:
		return whyAlias
	case l.Family == Missing || l.Family == Different && (l.Given > Alias || l.Birth != Exact || l.Postcode != Exact):
		return whyFamily
	case m.sharedNames[e.nameKey]:
		return whyShared
	case len(m.people.twins(best.person)) > 0:
		return whyTwin
	case len(e.found) > 1 && best.score-e.found[1].score < m.options.margin(best.levels.rule(), e.found[1].levels.rule()):
		return whySecond
	default:
		return ""
	}
}

// better orders candidates: the higher score, then the lower id.
func (m *match) better(a, b candidate) int {
	return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(m.people.ids[a.person], m.people.ids[b.person]))
}

// round takes away what the order of additions may leave in the last bits.
func round(bits float64) float64 { return math.Round(bits*1e6) / 1e6 }
