package matching

import "strings"

// Lists and caseload come here through their contracts, which have checked the
// check letter and the check digit; a number of the wrong form is left out.

// upnKey returns a permanent unique pupil number, empty for anything else: one
// letter and twelve digits. Temporary numbers end in a letter and identify
// nobody.
func upnKey(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 13 || s[0] < 'A' || s[0] > 'Z' || !digits(s[1:]) {
		return ""
	}
	return s
}

// noULN is what the learner record writes where none is assigned.
const noULN = "9999999999"

// ulnKey returns a unique learner number, empty for anything else: ten digits,
// the first not zero.
func ulnKey(s string) string {
	if s = strings.TrimSpace(s); len(s) != 10 || s == noULN || s[0] == '0' || !digits(s) {
		return ""
	}
	return s
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// numeric returns a pupil or learner number as one number, 0 for none. The two
// differ in length, so that no pupil number is a learner number.
func numeric(key string) uint64 {
	n := uint64(0)
	for i := range len(key) {
		if c := key[i]; c >= '0' && c <= '9' {
			n = n*10 + uint64(c-'0')
		} else {
			n = n*100 + uint64(c)
		}
	}
	return n
}

// holders says who has a number. Hardly any is held by two people.
type holders struct {
	first  map[uint64]uint32
	others map[uint64][]uint32
}

func newHolders() holders { return holders{map[uint64]uint32{}, map[uint64][]uint32{}} }

func (h holders) add(number uint64, person uint32) {
	if _, taken := h.first[number]; taken {
		h.others[number] = append(h.others[number], person)
		return
	}
	h.first[number] = person
}

// of appends everybody with a number.
func (h holders) of(out []uint32, number uint64) []uint32 {
	if number == 0 {
		return out
	}
	p, ok := h.first[number]
	if !ok {
		return out
	}
	return append(append(out, p), h.others[number]...)
}
