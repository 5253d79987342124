package matching

// What lists say against each other is found before anything is linked, over
// all lines at once.

// findShared finds numbers that one file gives to two names, and names with a
// birth date that stand under two numbers.
func (m *match) findShared() {
	m.sharedNumbers = map[string]bool{}
	first := map[string]string{}
	for _, e := range m.entries {
		for _, at := range e.rows {
			m.noteShared(e, m.numberInFile(at, e.upn), e.upn, first)
			m.noteShared(e, m.numberInFile(at, e.uln), e.uln, first)
		}
	}
	m.findSharedNames()
}

// numberInFile names a number in the file of a row. Pupil numbers and learner
// numbers differ in length, so one key serves both.
func (m *match) numberInFile(row int, number string) string {
	return m.rows[row].Provider + "\x00" + m.rows[row].FileHash + "\x00" + number
}

// noteShared remembers the first name that a file gives a number to, and that
// the number is shared when another comes.
func (m *match) noteShared(e *entry, key, number string, first map[string]string) {
	if number == "" || e.nameKey == "" {
		return
	}
	known, ok := first[key]
	switch {
	case !ok:
		first[key] = e.nameKey
	case known != e.nameKey:
		m.sharedNumbers[key] = true
	}
}

// shared tells whether one of the entry's files gives the number to somebody
// else too.
func (m *match) shared(e *entry, number string) bool {
	if len(m.sharedNumbers) == 0 {
		return false
	}
	for _, at := range e.rows {
		if m.sharedNumbers[m.numberInFile(at, number)] {
			return true
		}
	}
	return false
}

// findSharedNames finds names with a birth date that are two people on the
// lists: they carry two pupil numbers, two learner numbers, or two of one
// list's own numbers within a year.
func (m *match) findSharedNames() {
	m.sharedNames = map[string]bool{}
	first := map[string]string{}
	note := func(e *entry, kind, value string) {
		if value == "" {
			return
		}
		key := kind + "\x00" + e.nameKey
		if known, ok := first[key]; ok && known != value {
			m.sharedNames[e.nameKey] = true
			return
		}
		first[key] = value
	}
	for _, e := range m.entries {
		if e.nameKey == "" || !e.current {
			continue
		}
		note(e, "upn", e.upn)
		note(e, "uln", e.uln)
		note(e, e.row.Dataset+"\x00"+e.row.Provider+"\x00"+e.row.Year, e.row.ListKey)
	}
}

// undoClaims sends to review what links two identities of one file to one
// person. Decisions stand.
func (m *match) undoClaims() {
	type claim struct {
		file   string
		person uint32
	}
	first := map[claim]*entry{}
	var clash []*entry
	for _, e := range m.entries {
		if e.link.Outcome != Linked || e.link.Rule == ByClientID {
			continue
		}
		for _, at := range e.rows {
			c := claim{m.rows[at].FileHash, e.person}
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
	return a.nameKey != "" && a.nameKey == b.nameKey
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
		if !ok || doubtful[n] || e.link.Outcome == Linked || e.decision.notOurs || len(e.found) == 0 {
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
