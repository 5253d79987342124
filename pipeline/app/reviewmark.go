package app

import (
	"slices"
	"strings"
)

// Marked is a field of a case as list and caseload hold it. What only one of
// them holds stands in brackets: L[cu]y and L[uc]y.
type Marked struct {
	Field            string
	Listed, Recorded string
	Differs          bool // the field is held by both and not the same
}

// SideBySide sets a candidate beside the listed identity, field by field. Of
// several spellings the one that is most like the list's is marked.
func (c ReviewCandidate) SideBySide(listed Identity) []Marked {
	out := make([]Marked, len(identityFields))
	for i, f := range identityFields {
		level := c.Levels[f.Name]
		m := Marked{Field: f.Name, Listed: *f.of(&listed), Recorded: *f.of(&c.Person)}
		if m.Differs = level != "exact" && level != "missing" && level != ""; m.Differs {
			m.Listed, m.Recorded = markSpellings(m.Listed, m.Recorded)
		}
		out[i] = m
	}
	return out
}

// markSpellings marks the two spellings that are most alike and leaves the
// others as they are.
func markSpellings(listed, recorded string) (string, string) {
	as, bs := strings.Split(listed, spellings), strings.Split(recorded, spellings)
	bestA, bestB, most := 0, 0, -1
	for i, a := range as {
		for j, b := range bs {
			if from, to, _ := apart(a, b); from+to > most {
				bestA, bestB, most = i, j, from+to
			}
		}
	}
	as[bestA], bs[bestB] = markApart(as[bestA], bs[bestB])
	return strings.Join(as, spellings), strings.Join(bs, spellings)
}

// markApart puts brackets around what lies between the common beginning and the
// common end of two texts.
func markApart(a, b string) (string, string) {
	from, to, same := apart(a, b)
	if same { // but for capitals
		return a, b
	}
	return bracket(a, from, to), bracket(b, from, to)
}

func bracket(s string, from, to int) string {
	letters := []rune(s)
	return string(letters[:from]) + "[" + string(letters[from:len(letters)-to]) + "]" + string(letters[len(letters)-to:])
}

// apart returns how many letters two texts have in common at the beginning and
// at the end, whatever their case, and whether that is all.
func apart(a, b string) (from, to int, same bool) {
	x, y := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if slices.Equal(x, y) || len(x) != len([]rune(a)) || len(y) != len([]rune(b)) {
		return 0, 0, slices.Equal(x, y)
	}
	short := min(len(x), len(y))
	for from < short && x[from] == y[from] {
		from++
	}
	for to < short-from && x[len(x)-1-to] == y[len(y)-1-to] {
		to++
	}
	return from, to, false
}
