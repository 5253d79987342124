package transforms

import "strings"

// token is a word, a number, a sign, a 'text' or a "name" of an SQL text;
// comments and blanks are gone.
type token struct {
	text string // words in lower case; texts and names with their quotes
	at   int
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// tokenize cuts an SQL text. It never fails: an unclosed quote runs to the end.
func tokenize(text string) []token {
	var out []token
	for i := 0; i < len(text); {
		n := 1
		switch c := text[i]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
			continue
		case strings.HasPrefix(text[i:], "--"):
			i += lengthUntil(text[i:], 2, "\n")
			continue
		case strings.HasPrefix(text[i:], "/*"):
			i += lengthUntil(text[i:], 2, "*/")
			continue
		case c == '\'' || c == '"':
			n = quotedLength(text[i:], c)
		case isWordByte(c):
			for i+n < len(text) && isWordByte(text[i+n]) {
				n++
			}
		case strings.HasPrefix(text[i:], "::") || strings.HasPrefix(text[i:], "//"):
			n = 2
		}
		piece := text[i : i+n]
		if isWordByte(piece[0]) {
			piece = lowerASCII(piece)
		}
		out = append(out, token{piece, i})
		i += n
	}
	return out
}

// lengthUntil returns the length of text up to and with the end mark, which is
// looked for from offset from.
func lengthUntil(text string, from int, end string) int {
	at := strings.Index(text[from:], end)
	if at < 0 {
		return len(text)
	}
	return from + at + len(end)
}

// quotedLength returns the length of a quoted piece; a doubled quote is part
// of it.
func quotedLength(text string, q byte) int {
	for i := 1; i < len(text); i++ {
		if text[i] != q {
			continue
		}
		if i+1 < len(text) && text[i+1] == q {
			i++
			continue
		}
		return i + 1
	}
	return len(text)
}

// lowerASCII lowers the letters of SQL's own words and leaves everything else
// as it is, so that a token keeps its length.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
