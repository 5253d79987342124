package matching

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// Level is how far a field of a line and of a person agree.
type Level uint8

// The levels. Not every field has each of them; see shippedLevels.
const (
	Missing   Level = iota // one side holds nothing
	Exact                  // the same once folded
	Alias                  // forename: a diminutive or another spelling
	Part                   // name: one part of several, an initial or a cut-off name
	Close                  // name: a slip of the pen or of a scanner; postcode: one character
	NearName               // forename: close by letters, but a name in its own right
	Swapped                // birth date: day and month exchanged
	Digit                  // birth date: one digit, two neighbouring digits or one day off
	Near                   // birth date: two of day, month and year agree
	Sector                 // postcode: the same but for the last two letters
	District               // postcode: the same part before the space
	Different              // none of these
	levelCount
)

var levelNames = [levelCount]string{
	"missing", "exact", "alias", "part", "close", "near_name", "swapped", "digit", "near", "sector", "district", "different",
}

// AllLevels returns every level, in the order of their values.
func AllLevels() []Level {
	out := make([]Level, levelCount)
	for i := range out {
		out[i] = Level(i)
	}
	return out
}

// String returns the level as reference data and pairs write it.
func (l Level) String() string { return levelNames[l] }

// Levels is the agreement of every field of a pair.
type Levels struct {
	Family, Given, Birth, Postcode, UPN, ULN Level
	SwappedNames                             bool // the list has family and first name the wrong way round
}

// closeEnough is the Jaro–Winkler similarity from which two names may be one.
const closeEnough = 0.93

// side is a line or a person made ready for comparing.
type side struct {
	families, givens []*name
	births           []pipeline.Date
	posts            []*post
	upn, uln         uint64 // 0 when there is none
}

// compareFamilies returns the best agreement of family names.
func compareFamilies(as, bs []*name) Level {
	return bestOf(as, bs, familyLevel)
}

func bestOf(as, bs []*name, level func(a, b *name) Level) Level {
	if len(as) == 0 || len(bs) == 0 {
		return Missing
	}
	best := Different
	for _, a := range as {
		for _, b := range bs {
			best = min(best, level(a, b))
		}
	}
	return best
}

func familyLevel(a, b *name) Level {
	switch {
	case a.id == b.id:
		return Exact
	case shareWholePart(a, b), cutOff(a.full, b.full, 5):
		return Part
	case closeNames(a, b):
		return Close
	default:
		return Different
	}
}

// shareWholePart tells whether one of two names is double-barrelled and the
// other is one of its parts, or both are and have a part in common. Parts of
// one or two letters, such as DE or O, say nothing.
func shareWholePart(a, b *name) bool {
	if len(a.parts) == 1 && len(b.parts) == 1 {
		return false
	}
	for i, id := range a.ids {
		if len(a.parts[i]) > 2 && slices.Contains(b.ids, id) {
			return true
		}
	}
	// JONES-SMITH and SMITHJONES: the same parts, the other way round.
	return len(a.parts) == 2 && a.parts[1]+a.parts[0] == b.full || len(b.parts) == 2 && b.parts[1]+b.parts[0] == a.full
}

// cutOff tells whether one text is the beginning of the other, of at least so
// many letters.
func cutOff(a, b string, least int) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= least && strings.HasPrefix(b, a)
}

func closeNames(a, b *name) bool {
	short := min(len(a.full), len(b.full))
	switch {
	case short < 3:
		return false
	case a.scan == b.scan:
		return true
	case within(a.full, b.full, 1+short/8):
		return true
	default:
		return short > 3 && jaroWinkler(a.full, b.full) >= closeEnough
	}
}

func givenLevel(a, b *name) Level {
	switch {
	case a.id == b.id || a.head == b.head:
		return Exact
	case meet(a.roots, b.roots):
		return Alias
	case meetAnywhere(a.ids, b.ids), initial(a, b), cutOff(a.full, b.full, 3):
		return Part
	case closeNames(a, b):
		return Close
	default:
		return Different
	}
}

// meetAnywhere tells whether the first name of one is a further name of the
// other.
func meetAnywhere(a, b []uint32) bool { return slices.Contains(b, a[0]) || slices.Contains(a, b[0]) }

// initial tells whether one name is only the first letter of the other.
func initial(a, b *name) bool {
	return a.full[0] == b.full[0] && (len(a.full) == 1 || len(b.full) == 1)
}

// compareBirths returns the best agreement of birth dates.
func compareBirths(as, bs []pipeline.Date) Level {
	if len(as) == 0 || len(bs) == 0 {
		return Missing
	}
	best := Different
	for _, a := range as {
		for _, b := range bs {
			if a == b {
				return Exact
			}
			best = min(best, birthLevel(a, b))
		}
	}
	return best
}

func birthLevel(a, b pipeline.Date) Level {
	if a == b {
		return Exact
	}
	ay, am, ad := a.YMD()
	by, bm, bd := b.YMD()
	sameYear, sameMonth, sameDay := ay == by, am == bm, ad == bd
	switch {
	case sameYear && int(am) == bd && int(bm) == ad:
		return Swapped
	case a-b == 1 || b-a == 1 || digitSlip(dateDigits(ay, int(am), ad), dateDigits(by, int(bm), bd)):
		return Digit
	case sameYear && sameMonth, sameYear && sameDay, sameMonth && sameDay:
		return Near
	default:
		return Different
	}
}

// dateDigits writes a day as its eight digits.
func dateDigits(y, m, d int) [8]byte {
	n := y*10000 + m*100 + d
	var out [8]byte
	for i := 7; i >= 0; i-- {
		out[i] = byte(n % 10)
		n /= 10
	}
	return out
}

// digitSlip tells whether one digit differs, or two neighbours are exchanged.
func digitSlip(a, b [8]byte) bool {
	first, count := -1, 0
	for i := range a {
		if a[i] != b[i] {
			count++
			if first < 0 {
				first = i
			}
		}
	}
	return count == 1 || count == 2 && first < 7 && a[first] == b[first+1] && a[first+1] == b[first]
}

// comparePosts returns the best agreement of postcodes.
func comparePosts(as, bs []*post) Level {
	if len(as) == 0 || len(bs) == 0 {
		return Missing
	}
	best := Different
	for _, a := range as {
		for _, b := range bs {
			if a == b {
				return Exact
			}
			best = min(best, postLevel(a.text, b.text))
		}
	}
	return best
}

func postLevel(a, b postcode) Level {
	switch {
	case a == b:
		return Exact
	case a.sector() == b.sector() && len(a) == len(b) && (a[len(a)-1] == b[len(b)-1] || a[len(a)-2] == b[len(b)-2]),
		a[len(a)-3:] == b[len(b)-3:] && within(string(a), string(b), 1):
		return Close
	case a.sector() == b.sector():
		return Sector
	case a.district() == b.district():
		return District
	default:
		return Different
	}
}

func compareNumbers(a, b uint64) Level {
	switch {
	case a == 0 || b == 0:
		return Missing
	case a == b:
		return Exact
	default:
		return Different
	}
}

// sortedLevels returns the keys of a count in an order of their own, so that
// sums come out the same every time.
func sortedLevels(c comparison) []Levels {
	return slices.SortedFunc(maps.Keys(c), func(a, b Levels) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Given, b.Given), cmp.Compare(a.Birth, b.Birth),
			cmp.Compare(a.Postcode, b.Postcode), cmp.Compare(a.UPN, b.UPN), cmp.Compare(a.ULN, b.ULN))
	})
}
