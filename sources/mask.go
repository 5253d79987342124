package sources

import "unicode"

// Mask shows the form of a cell without what it says: the first letter of each
// text, the first two digits of the first number, and every mark that is
// neither letter nor digit. Amira becomes A•••, 31/08/2005 becomes 31/••/••••.
// The length of a word is not shown, because short names are rare ones.
func Mask(cell string) string {
	const longest = 40
	var out []rune
	letters, digits := false, 0
	begun := false // a letter or digit has been shown
	for _, r := range cell {
		if len(out) >= longest {
			return string(append(out, '…'))
		}
		switch {
		case unicode.IsLetter(r):
			switch {
			case letters:
				continue // of the same word
			case begun:
				out = append(out, '•', '•', '•')
			default:
				out = append(out, r, '•', '•', '•')
			}
			letters, begun = true, true
		case unicode.IsDigit(r):
			if digits < 2 && (!begun || digits > 0 && !letters && out[len(out)-1] != '•' && unicode.IsDigit(out[len(out)-1])) {
				out = append(out, r)
			} else {
				out = append(out, '•')
			}
			digits++
			letters, begun = false, true
		case unicode.IsSpace(r):
			out, letters = append(out, ' '), false
		default:
			out, letters = append(out, r), false
		}
	}
	return string(out)
}
