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

// entry is an identity as a list gives it. Lines that say the same are one
// entry: a list delivered every week is compared once.
type entry struct {
	side
	row      *Listed // the first of its lines
	subject  string
	nameKey  uint64 // hash of folded names and birth date; 0 when one of them is missing
	rows     []int
	current  bool // one of its lines is current
	link     Link
	person   uint32 // of link, when linked
	found    []candidate
	decision decided
}

// candidate is somebody whom an entry may be about.
type candidate struct {
	person uint32
	score  float64
	levels Levels
	rule   Rule
}

// compareContent orders lines by everything that matching reads.
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

// hashed is a line with the hash of its content.
type hashed struct {
	hash uint64
	at   int
}

// contentHash is equal for lines of equal content.
func contentHash(r *Listed) uint64 {
	h := uint64(uint32(r.Born))
	for i, part := range [...]string{
		r.Family, r.Given, r.Dataset, r.Provider, r.ListKey, r.UPN, r.ULN, r.ClientID, r.PreferredFamily, r.FormerFamily, r.Postcode, r.Year,
	} {
		h = mix(uint64(i), h, textHash(part))
	}
	return h
}

// gather makes entries of lines, in an order that depends on their content
// only.
func gather(book *nameBook, rows []Listed) []*entry {
	order := make([]hashed, len(rows))
	for i := range rows {
		order[i] = hashed{contentHash(&rows[i]), i}
	}
	slices.SortFunc(order, func(a, b hashed) int {
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		return compareContent(&rows[a.at], &rows[b.at])
	})
	out := make([]*entry, 0, len(rows))
	for _, h := range order {
		row := &rows[h.at]
		if len(out) == 0 || compareContent(out[len(out)-1].row, row) != 0 {
			out = append(out, newEntry(book, row))
		}
		e := out[len(out)-1]
		e.rows = append(e.rows, h.at)
		e.current = e.current || row.Current
	}
	return out
}

func newEntry(book *nameBook, row *Listed) *entry {
	e := &entry{row: row, subject: Subject(*row)}
	e.families = book.all(row.Family, row.PreferredFamily, row.FormerFamily)
	e.givens = book.all(row.Given)
	if row.HasBorn {
		e.births = []pipeline.Date{row.Born}
	}
	if p := foldPostcode(row.Postcode); p != "" {
		e.posts = []postcode{p}
	}
	e.upn, e.uln = upnKey(row.UPN), ulnKey(row.ULN)
	family, given := book.of(row.Family), book.of(row.Given)
	if family != nil && given != nil && row.HasBorn {
		e.nameKey = mix(keyName, uint64(family.id)<<32|uint64(given.id), uint64(uint32(row.Born)))
	}
	return e
}

// Subject names the identity that a line gives, for decisions about it: a hash
// of the list (dataset and provider), its own number, the person's numbers,
// names in folded form and birth date. The same identity in another delivery
// of the list has the same subject, whatever the postcode. A hash of an
// identity is still personal data and stays in the restricted tables.
func Subject(row Listed) string {
	h := sha256.New()
	day := make([]byte, 4)
	if row.HasBorn {
		binary.BigEndian.PutUint32(day, uint32(row.Born))
	}
	for _, part := range []string{
		row.Dataset, row.Provider, row.ListKey, row.ClientID, upnKey(row.UPN), ulnKey(row.ULN),
		strings.Join(foldName(row.Family), ""), strings.Join(foldName(row.Given), ""), string(day),
	} {
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		_, _ = h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
