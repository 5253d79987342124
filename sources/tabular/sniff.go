package tabular

import (
	"errors"
	"io"
)

const (
	sniffSize  = 64 << 10
	sniffLines = 200
)

// sniffDelimiter finds the delimiter from the beginning of a file, given as
// UTF-8. The delimiter of a table cuts most of its lines into the same number
// of cells; a character that only occurs inside texts does not. Ties go to the
// earlier one of comma, tab, semicolon and pipe. A file of one column has no
// delimiter and is read as if it had commas.
func sniffDelimiter(head []byte) byte {
	best, bestScore := byte(','), 0
	for _, comma := range []byte{',', '\t', ';', '|'} {
		if score := sniffScore(head, comma); score > bestScore {
			best, bestScore = comma, score
		}
	}
	return best
}

// sniffScore is the greatest number of delimiters that lines of equal width
// hold together.
func sniffScore(head []byte, comma byte) int {
	rows := textRows(head, comma)
	linesOf := make(map[int]int)
	for range sniffLines {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if rec.Fault == "" {
			linesOf[len(rec.Cells)-1]++
		}
	}
	best := 0
	for delimiters, lines := range linesOf {
		best = max(best, delimiters*lines)
	}
	return best
}

// lineEnd names how the lines of a text end. Where CR alone is more frequent
// than LF, as old Macs and some exports write it, CR ends the lines; a CR or
// two inside cells do not make a file one of them.
func lineEnd(text []byte) string {
	feeds, pairs, returns := 0, 0, 0
	for i, c := range text {
		switch {
		case c == '\n' && i > 0 && text[i-1] == '\r':
			pairs++
		case c == '\n':
			feeds++
		case c == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			returns++
		}
	}
	switch {
	case returns > feeds+pairs:
		return "CR"
	case pairs > feeds:
		return "CR LF"
	default:
		return "LF"
	}
}
