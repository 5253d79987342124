package matching

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters that do not come apart into a letter and a mark.
var wholeLetters = map[rune]string{
	'ß': "SS", 'ẞ': "SS", 'Æ': "AE", 'æ': "AE", 'Œ': "OE", 'œ': "OE", 'Ø': "O", 'ø': "O", 'Ł': "L", 'ł': "L",
	'Đ': "D", 'đ': "D", 'Ð': "D", 'ð': "D", 'Þ': "TH", 'þ': "TH", 'ı': "I", 'Ħ': "H", 'ħ': "H", 'Ŋ': "N", 'ŋ': "N",
	// No name holds a digit: these are what a scanner or a hasty hand makes of letters.
	'0': "O", '1': "I", '5': "S", '8': "B",
}

// foldName returns the parts of a name in capitals without accents. Spaces and
// hyphens of any kind separate parts; apostrophes and dots vanish, so that
// O'Brien, O’Brien and OBRIEN are one name and St. John is ST JOHN.
func foldName(s string) []string {
	if !plainName(s) {
		// A byte that is no text keeps what follows it from coming apart.
		s = norm.NFKD.String(strings.ToValidUTF8(s, ""))
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		foldRune(&b, r)
	}
	return strings.Fields(b.String())
}

func plainName(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func foldRune(b *strings.Builder, r rune) {
	switch {
	case r >= 'A' && r <= 'Z':
		b.WriteByte(byte(r))
	case r >= 'a' && r <= 'z':
		b.WriteByte(byte(r - 'a' + 'A'))
	case wholeLetters[r] != "":
		b.WriteString(wholeLetters[r])
	case r == '-' || unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '/' || r == ',' || r == '−' || r == '\u00ad':
		b.WriteByte(' ')
	case unicode.IsLetter(r) && !unicode.Is(unicode.Lm, r):
		b.WriteRune(unicode.ToUpper(r))
	}
}

// scanned undoes what scanning and narrow type do to letters: shapes that are
// taken for each other become one.
var scanned = strings.NewReplacer("RN", "M", "NN", "M", "VV", "W", "CL", "D", "L", "I", "J", "I", "Q", "O", "U", "V", "F", "E", "H", "N")

// scanForm returns the form in which two names are the same if a scanner could
// have read one for the other.
func scanForm(full string) string { return scanned.Replace(full) }
