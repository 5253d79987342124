package matching

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// entry is an identity as a list gives it. Rows that say the same are one
// entry: a list delivered every week is compared once.
type entry struct {
	row      *Listed // the first of its rows
	from, to int     // its rows in match.order
	subject  [16]byte
	nameKey  uint64 // hash of folded names and birth date; 0 when one of them is missing
	upn, uln uint64 // 0 when there is none
	current  bool   // one of its rows is current
	link     verdict
	found    []candidate
	decision *decided // never nil
	side     *side    // while it is searched
}

// verdict is what becomes of an entry.
type verdict struct {
	outcome       Outcome
	rule          Rule
	reason        string
	score, margin float64
	person        uint32 // when linked
}

// candidate is somebody whom an entry may be about.
type candidate struct {
	score  float64
	person uint32
	levels Levels
}

// compareContent orders rows by everything that matching reads.
func compareContent(a, b *Listed) int {
	return cmp.Or(
		strings.Compare(a.Family, b.Family), strings.Compare(a.Given, b.Given), cmp.Compare(a.Born, b.Born), compareBool(a.HasBorn, b.HasBorn),
		strings.Compare(a.Dataset, b.Dataset), strings.Compare(a.Provider, b.Provider), strings.Compare(a.ListKey, b.ListKey),
		strings.Compare(a.UPN, b.UPN), strings.Compare(a.ULN, b.ULN), strings.Compare(a.ClientID, b.ClientID),
		strings.Compare(a.PreferredFamily, b.PreferredFamily), strings.Compare(a.FormerFamily, b.FormerFamily),
		strings.Compare(a.Postcode, b.Postcode), strings.Compare(a.Year, b.Year),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// hashed is a row with its birthday and the hash of its content.
type hashed struct {
	hash uint64
	born pipeline.Date
	at   uint32
}

// contentHash is equal for rows of equal content.
func contentHash(r *Listed) uint64 {
	h := uint64(uint32(r.Born))
	for i, part := range [...]string{
		r.Family, r.Given, r.Dataset, r.Provider, r.ListKey, r.UPN, r.ULN, r.ClientID, r.PreferredFamily, r.FormerFamily, r.Postcode, r.Year,
	} {
		if part != "" {
			h = mix(uint64(i), h, textHash(part))
		}
	}
	return h
}

// gather makes entries of rows, in an order that depends on their content
// only: by birthday, so that the entries of one day meet the people of that day
// one after the other.
func gather(book *nameBook, rows []Listed) (order []hashed, entries []entry) {
	order = make([]hashed, len(rows))
	for i := range rows {
		order[i] = hashed{contentHash(&rows[i]), rows[i].Born, uint32(i)}
	}
	slices.SortFunc(order, func(a, b hashed) int {
		if a.born != b.born {
			return cmp.Compare(a.born, b.born)
		}
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		return compareContent(&rows[a.at], &rows[b.at])
	})
	entries = make([]entry, 0, len(rows))
	for i, h := range order {
		row := &rows[h.at]
		if i == 0 || order[i-1].hash != h.hash || compareContent(entries[len(entries)-1].row, row) != 0 {
			entries = append(entries, newEntry(book, row, i))
		}
		e := &entries[len(entries)-1]
		e.to = i + 1
		e.current = e.current || row.Current
	}
	return order, entries
}

func newEntry(book *nameBook, row *Listed, from int) entry {
	e := entry{row: row, from: from, upn: numeric(upnKey(row.UPN)), uln: numeric(ulnKey(row.ULN)), decision: &undecided}
	family, given := book.of(row.Family), book.of(row.Given)
	if family != nil && given != nil && row.HasBorn {
		e.nameKey = mix(keyName, uint64(family.id)<<32|uint64(given.id), uint64(uint32(row.Born)))
	}
	e.subject = subjectOf(row, family.letters(), given.letters())
	return e
}

// prepare makes the entry's side, to be dropped when it is judged.
func (e *entry) prepare(book *nameBook, m *makes) *side {
	var births []pipeline.Date
	if e.row.HasBorn {
		births = []pipeline.Date{e.row.Born}
	}
	s := m.side(book, []string{e.row.Family, e.row.PreferredFamily, e.row.FormerFamily}, []string{e.row.Given}, births, []string{e.row.Postcode})
	s.upn, s.uln = e.upn, e.uln
	return &s
}

// Subject names the identity that a list gives, for decisions about it: a hash
// of the list (dataset and provider), its own number, the person's numbers,
// names in folded form and birth date. The same identity in another delivery
// of the list has the same subject, whatever the postcode. A hash of an
// identity is still personal data and stays in the restricted tables.
func Subject(row Listed) string {
	subject := subjectOf(&row, strings.Join(foldName(row.Family), ""), strings.Join(foldName(row.Given), ""))
	return hex.EncodeToString(subject[:])
}

func subjectOf(row *Listed, family, given string) (out [16]byte) {
	var day [4]byte // zeros where the list holds no birth date
	if row.HasBorn {
		binary.BigEndian.PutUint32(day[:], uint32(row.Born))
	}
	text := make([]byte, 0, 256)
	for _, part := range [...]string{
		row.Dataset, row.Provider, row.ListKey, row.ClientID, upnKey(row.UPN), ulnKey(row.ULN), family, given,
	} {
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	text = append(binary.AppendUvarint(text, uint64(len(day))), day[:]...)
	sum := sha256.Sum256(text)
	copy(out[:], sum[:])
	return out
}
