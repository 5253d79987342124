package contract

import "bytes"

var (
	upnForm  = &fault{"upn_form", "is not a UPN: a letter, twelve digits, of which the last may be a letter"}
	upnCheck = &fault{"upn_check", "is a UPN whose check letter does not fit"}
	ulnForm  = &fault{"uln_form", "is not a ULN: ten digits, the first not zero"}
	ulnCheck = &fault{"uln_check", "is a ULN whose check digit does not fit"}
	postForm = &fault{"postcode_form", "is not a postcode"}
)

// upnLetters gives each check letter its value: I, O
// and S are left out because they look like digits.
const upnLetters = "ABCDEFGHJKLMNPQRTUVWXYZ"

const upnLength = 13

// readUPN returns the UPN in upper case, written into out. The check letter is
// the weighted sum of the other twelve places, weights 2 to 13, modulo 23; the
// letter that ends a temporary UPN counts by its place in the alphabet of
// check letters. A temporary UPN is valid; that it links nobody is for the
// models to know.
func readUPN(cell, out []byte) ([]byte, *fault) {
	out = upperWithoutSpaces(cell, out)
	if len(out) != upnLength {
		return nil, upnForm
	}
	sum := 0
	for i := 1; i < upnLength; i++ {
		value := int(out[i] - '0')
		if !isDigit(out[i]) {
			value = bytes.IndexByte([]byte(upnLetters), out[i])
			if i != upnLength-1 || value < 0 {
				return nil, upnForm
			}
		}
		sum += value * (i + 1)
	}
	if out[0] < 'A' || out[0] > 'Z' {
		return nil, upnForm
	}
	if upnLetters[sum%len(upnLetters)] != out[0] {
		return nil, upnCheck
	}
	return out, nil
}

// ulnPlaceholder stands in learner records for "not assigned yet".
const ulnPlaceholder = "9999999999"

// readULN returns the ULN, or nothing for the placeholder. The last digit
// makes the sum of digits times 10 to 1 leave 10 modulo 11.
func readULN(cell, out []byte) ([]byte, *fault) {
	out = upperWithoutSpaces(cell, out)
	if len(out) != len(ulnPlaceholder) || out[0] == '0' {
		return nil, ulnForm
	}
	sum := 0
	for i, c := range out {
		if !isDigit(c) {
			return nil, ulnForm
		}
		sum += int(c-'0') * (10 - i)
	}
	if string(out) == ulnPlaceholder {
		return nil, nil
	}
	if sum%11 != 10 {
		return nil, ulnCheck
	}
	return out, nil
}

// readPostcode returns the postcode in upper case with one space before the
// inward part. The patterns are the six of the national rules and GIR 0AA. ZZ99 9ZZ, which
// the national systems write where there is none, is one of them, and ZZ999ZZ
// is the same word.
func readPostcode(cell, out []byte) ([]byte, *fault) {
	out = upperWithoutSpaces(cell, out)
	n := len(out)
	if n < 5 || n > 7 {
		return nil, postForm
	}
	inward := out[n-3:]
	if !isDigit(inward[0]) || !isLetter(inward[1]) || !isLetter(inward[2]) || !outwardFits(out[:n-3]) {
		return nil, postForm
	}
	out = append(out, 0)
	copy(out[n-2:], out[n-3:n])
	out[n-3] = ' '
	return out, nil
}

// outwardFits tests A9, A99, A9A, AA9, AA99, AA9A.
func outwardFits(b []byte) bool {
	if string(b) == "GIR" {
		return true
	}
	letters := 1
	if isLetter(b[1]) {
		letters = 2
	}
	rest := b[letters:]
	if !isLetter(b[0]) || len(rest) == 0 || len(rest) > 2 || !isDigit(rest[0]) {
		return false
	}
	return len(rest) == 1 || isDigit(rest[1]) || isLetter(rest[1])
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' }

// upperWithoutSpaces writes the cell into out.
func upperWithoutSpaces(cell, out []byte) []byte {
	out = out[:0]
	for _, c := range cell {
		switch {
		case c == ' ':
		case c >= 'a' && c <= 'z':
			out = append(out, c-'a'+'A')
		default:
			out = append(out, c)
		}
	}
	return out
}
