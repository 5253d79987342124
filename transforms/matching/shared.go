package matching

// What lists say against each other is found before anything is linked, over
// all lines at once.

// findShared finds numbers that one file gives to two names, and names with a
// birth date that stand under two numbers. It keeps hashes: should two ever be
// the same by chance, a line goes to review that need not.
func (m *match) findShared() {
	m.files = make([]uint64, len(m.rows))
	for i := range m.rows {
		m.files[i] = mix(0, textHash(m.rows[i].Provider), textHash(m.rows[i].FileHash))
	}
	m.sharedNumbers = map[uint64]bool{}
	first := map[uint64]uint64{}
	for _, e := range m.entries {
		for _, number := range []string{e.upn, e.uln} {
			if number == "" || e.nameKey == 0 {
				continue
			}
			for _, at := range e.rows {
				note(first, m.sharedNumbers, m.inFile(at, number), e.nameKey, m.inFile(at, number))
			}
		}
	}
	m.findSharedNames()
}

// inFile names a number in the file of a row. Pupil numbers and learner
// numbers differ in length, so one key serves both.
func (m *match) inFile(row int, number string) uint64 { return mix(1, m.files[row], textHash(number)) }

// note remembers the first value of a key, and marks what when another comes.
func note(first map[uint64]uint64, marked map[uint64]bool, key, value, what uint64) {
	known, ok := first[key]
	switch {
	case !ok:
		first[key] = value
	case known != value:
		marked[what] = true
	}
}

// shared tells whether one of the entry's files gives the number to somebody
// else too.
func (m *match) shared(e *entry, number string) bool {
	if len(m.sharedNumbers) == 0 {
		return false
	}
	for _, at := range e.rows {
		if m.sharedNumbers[m.inFile(at, number)] {
			return true
		}
	}
	return false
}

// findSharedNames finds names with a birth date that are two people on the
// lists: they carry two pupil numbers, two learner numbers, or two of one
// list's own numbers within a year.
func (m *match) findSharedNames() {
	m.sharedNames = map[uint64]bool{}
	first := map[uint64]uint64{}
	for _, e := range m.entries {
		if e.nameKey == 0 || !e.current {
			continue
		}
		list := mix(2, textHash(e.row.Dataset+"\x00"+e.row.Provider), textHash(e.row.Year))
		for _, n := range []struct {
			kind   uint64
			number string
		}{{keyUPN, e.upn}, {keyULN, e.uln}, {list, e.row.ListKey}} {
			if n.number != "" {
				note(first, m.sharedNames, mix(3, n.kind, e.nameKey), textHash(n.number), e.nameKey)
			}
		}
	}
}

// undoClaims sends to review what links two identities of one file to one
// person. Decisions stand.
func (m *match) undoClaims() {
	type claim struct {
		file   uint64
		person uint32
	}
	first := map[claim]*entry{}
	var clash []*entry
	for _, e := range m.entries {
		if e.link.Outcome != Linked || e.link.Rule == ByClientID {
			continue
		}
		for _, at := range e.rows {
			c := claim{m.files[at], e.person}
			other := first[c]
			switch {
			case other == nil:
				first[c] = e
			case !onePerson(other, e):
				clash = append(clash, other, e)
			}
		}
	}
	for _, e := range clash {
		if e.link.Rule != ByDecision {
			m.toReview(e, whyClaimed)
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
	differ := func(x, y string) bool { return x != "" && y != "" && x != y }
	if differ(a.upn, b.upn) || differ(a.uln, b.uln) || differ(a.row.ListKey, b.row.ListKey) {
		return false
	}
	if a.row.ListKey != "" && a.row.ListKey == b.row.ListKey || a.upn != "" && a.upn == b.upn || a.uln != "" && a.uln == b.uln {
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
	for _, e := range m.entries {
		n := number{e.row.Dataset, e.row.Provider, e.row.ListKey}
		if n.key == "" || !e.confirms() {
			continue
		}
		if p, ok := confirmed[n]; ok && p != e.person {
			doubtful[n] = true
		}
		confirmed[n] = e.person
	}
	for _, e := range m.entries {
		n := number{e.row.Dataset, e.row.Provider, e.row.ListKey}
		p, ok := confirmed[n]
		if !ok || doubtful[n] || e.link.Outcome == Linked || e.decision.notOurs || e.decision.accepted != "" || len(e.found) == 0 {
			continue
		}
		if best := e.found[0]; best.person == p && best.levels.bearsOut() {
			m.linkTo(e, p, ByRemembered)
		}
	}
}

// confirms tells whether the entry's link is sure enough to learn from.
func (e *entry) confirms() bool {
	switch e.link.Rule {
	case ByDecision, ByUPN, ByULN, ByNameBirthDate:
		return e.link.Outcome == Linked
	default:
		return false
	}
}

func (l Levels) bearsOut() bool {
	return l.birthFits() && l.UPN != Different && l.ULN != Different && (l.Family < NearName || l.Given < NearName) && l.Given < NearName
}
