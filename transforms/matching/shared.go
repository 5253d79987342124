package matching

import (
	"cmp"
	"slices"
)

// What lists say against each other is found before anything is linked, over
// all lines at once. Long sorted lists do it: they need a fraction of the
// memory of maps.

// saying is something that a list says under some key.
type saying struct{ key, value, what uint64 }

// contradicted returns what is said in two ways under one key.
func contradicted(said []saying) map[uint64]bool {
	slices.SortFunc(said, func(a, b saying) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.value, b.value)) })
	out := map[uint64]bool{}
	for from := 0; from < len(said); {
		to := from
		for to < len(said) && said[to].key == said[from].key {
			to++
		}
		if said[from].value != said[to-1].value {
			for _, s := range said[from:to] {
				out[s.what] = true
			}
		}
		from = to
	}
	return out
}

// findShared finds numbers that one file gives to two names, and names with a
// birth date that stand under two numbers. It keeps hashes: should two ever be
// the same by chance, a line goes to review that need not.
func (m *match) findShared() {
	var said []saying
	for i := range m.entries {
		e := &m.entries[i]
		for _, number := range [...]uint64{e.upn, e.uln} {
			if number == 0 || e.nameKey == 0 {
				continue
			}
			for _, f := range m.files(e) {
				at := inFile(f, number)
				said = append(said, saying{at, e.nameKey, at})
			}
		}
	}
	m.sharedNumbers = contradicted(said)
	m.findSharedNames(said[:0])
}

// files calls back for every file that holds the entry.
func (m *match) files(e *entry) []uint64 {
	if e.to-e.from == 1 {
		return e.row.Files
	}
	var out []uint64
	for _, h := range m.order[e.from:e.to] {
		out = append(out, m.rows[h.at].Files...)
	}
	return distinct(out)
}

// inFile names a number in a file.
func inFile(file, number uint64) uint64 { return mix(1, file, number) }

// shared tells whether one of the entry's files gives the number to somebody
// else too.
func (m *match) shared(e *entry, number uint64) bool {
	return len(m.sharedNumbers) > 0 && slices.ContainsFunc(m.files(e), func(f uint64) bool { return m.sharedNumbers[inFile(f, number)] })
}

// findSharedNames finds names with a birth date that are two people on the
// lists: they carry two pupil numbers, two learner numbers, or two of one
// list's own numbers within a year.
func (m *match) findSharedNames(said []saying) {
	for i := range m.entries {
		e := &m.entries[i]
		if e.nameKey == 0 || !e.current {
			continue
		}
		say := func(kind, number uint64) {
			said = append(said, saying{mix(3, kind, e.nameKey), number, e.nameKey})
		}
		if e.upn != 0 {
			say(keyUPN, e.upn)
		}
		if e.uln != 0 {
			say(keyULN, e.uln)
		}
		if e.row.ListKey != "" {
			say(mix(2, textHash(e.row.Dataset)^textHash(e.row.Provider)<<1, textHash(e.row.Year)), textHash(e.row.ListKey))
		}
	}
	m.sharedNames = contradicted(said)
}

// claim is an entry's link to a person in one file.
type claim struct {
	file   uint64
	person uint32
	entry  int
}

// undoClaims sends to review what links two identities of one file to one
// person. Decisions stand.
func (m *match) undoClaims() {
	var claims []claim
	for i := range m.entries {
		e := &m.entries[i]
		if e.link.outcome != Linked || e.link.rule == ByClientID {
			continue
		}
		for _, f := range m.files(e) {
			claims = append(claims, claim{f, e.link.person, i})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.person, b.person), cmp.Compare(a.entry, b.entry))
	})
	var clash []*entry
	first := 0
	for i, c := range claims {
		if c.file != claims[first].file || c.person != claims[first].person {
			first = i
		}
		if a, b := &m.entries[claims[first].entry], &m.entries[c.entry]; !onePerson(a, b) {
			clash = append(clash, a, b)
		}
	}
	for _, e := range clash {
		if e.link.rule != ByDecision {
			e.toReview(whyClaimed)
		}
	}
}

// onePerson tells whether two entries of one file may be lines of one person:
// the list gives them one number, or one name and birth date and no two
// numbers.
func onePerson(a, b *entry) bool {
	if a == b {
		return true
	}
	differ := func(x, y uint64) bool { return x != 0 && y != 0 && x != y }
	if differ(a.upn, b.upn) || differ(a.uln, b.uln) || a.row.ListKey != "" && b.row.ListKey != "" && a.row.ListKey != b.row.ListKey {
		return false
	}
	if a.row.ListKey != "" && a.row.ListKey == b.row.ListKey || a.upn != 0 && a.upn == b.upn || a.uln != 0 && a.uln == b.uln {
		return true
	}
	return a.nameKey != 0 && a.nameKey == b.nameKey
}

// remember links what a list's own number makes clear: another line with the
// number is linked surely, and this one's names or birth date bear it out.
func (m *match) remember() {
	type number struct{ dataset, provider, key string }
	confirmed := map[number]uint32{}
	doubtful := map[number]bool{}
	for i := range m.entries {
		e := &m.entries[i]
		n := number{e.row.Dataset, e.row.Provider, e.row.ListKey}
		if n.key == "" || !e.confirms() {
			continue
		}
		if p, ok := confirmed[n]; ok && p != e.link.person {
			doubtful[n] = true
		}
		confirmed[n] = e.link.person
	}
	for i := range m.entries {
		e := &m.entries[i]
		n := number{e.row.Dataset, e.row.Provider, e.row.ListKey}
		p, ok := confirmed[n]
		if !ok || doubtful[n] || e.link.outcome == Linked || e.decision.notOurs || e.decision.accepted != "" || len(e.found) == 0 {
			continue
		}
		if best := e.found[0]; best.person == p && best.levels.bearsOut() {
			e.linkTo(p, ByRemembered)
		}
	}
}

// confirms tells whether the entry's link is sure enough to learn from.
func (e *entry) confirms() bool {
	switch e.link.rule {
	case ByDecision, ByUPN, ByULN, ByNameBirthDate:
		return e.link.outcome == Linked
	default:
		return false
	}
}

func (l Levels) bearsOut() bool {
	return l.birthFits() && l.UPN != Different && l.ULN != Different && (l.Family < NearName || l.Given < NearName) && l.Given < NearName
}
