package matching

import "strings"

// postcode is a postcode in the form in which it is compared; empty when there
// is none. Letters and digits that look alike are one: L2O 1AB is L20 1AB.
type postcode string

// noPostcode is what lists write for no or an unknown address, ZZ99 9ZZ, as
// alike gives it.
const noPostcode = postcode("2299922")

// post is a postcode that somebody of the caseload or of the lists has, kept
// once.
type post struct {
	text postcode
	hash uint64
	bits float64 // what exact agreement on it is worth; set for those of the caseload
}

func alike(c byte) byte {
	switch c {
	case 'O', 'Q':
		return '0'
	case 'I', 'L':
		return '1'
	case 'S':
		return '5'
	case 'B':
		return '8'
	case 'Z':
		return '2'
	case 'G':
		return '6'
	default:
		return c
	}
}

func foldPostcode(s string) postcode {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			b.WriteByte(alike(c))
		}
	}
	p := postcode(b.String())
	if len(p) < 5 || len(p) > 7 || p == noPostcode {
		return ""
	}
	return p
}

// district is the part before the space: L20.
func (p postcode) district() string { return string(p[:len(p)-3]) }

// sector is the postcode without its last two letters: L20 1.
func (p postcode) sector() string { return string(p[:len(p)-2]) }
