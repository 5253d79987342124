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
