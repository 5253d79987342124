package matching

import (
	"fmt"
	"math"
)

// Field is a field of a pair that has a weight.
type Field string

// The fields that have weights.
const (
	FieldFamily    Field = "family_name"
	FieldGiven     Field = "given_name"
	FieldBirth     Field = "birth_date"
	FieldPostcode  Field = "postcode"
	FieldUPN       Field = "upn"
	FieldULN       Field = "uln"
	FieldNameOrder Field = "name_order"
)

var fields = []Field{FieldFamily, FieldGiven, FieldBirth, FieldPostcode, FieldUPN, FieldULN, FieldNameOrder}

// shippedLevels are the levels that each field has besides Missing, which says
// nothing.
var shippedLevels = map[Field][]Level{
	FieldFamily:    {Exact, Part, Close, Different},
	FieldGiven:     {Exact, Alias, Part, Close, NearName, Different},
	FieldBirth:     {Exact, Swapped, Digit, Near, Different},
	FieldPostcode:  {Exact, Close, Sector, District, Different},
	FieldUPN:       {Exact, Different},
	FieldULN:       {Exact, Different},
	FieldNameOrder: {Swapped},
}

// Weight is how often a level of agreement occurs: M among pairs that are one
// person, U among pairs that are two. For exact agreement of names, birth
// dates and postcodes U is that of an average value; the caseload's own counts
// take its place as it grows.
type Weight struct {
	Field Field
	Level string
	M, U  float64
}

// table is the weights by field and level.
type table map[Field]*[levelCount]Weight

func newTable(weights []Weight) (table, error) {
	t := table{}
	for _, f := range fields {
		t[f] = &[levelCount]Weight{}
	}
	for _, w := range weights {
		row := t[w.Field]
		level, ok := levelOf(w.Level)
		if row == nil || !ok {
			return nil, fmt.Errorf("matching weights: there is no level %q of field %q", w.Level, w.Field)
		}
		if w.M <= 0 || w.M > 1 || w.U <= 0 || w.U > 1 {
			return nil, fmt.Errorf("matching weights: m and u of %s %s must be above 0 and at most 1", w.Field, w.Level)
		}
		row[level] = w
	}
	for _, f := range fields {
		for _, level := range shippedLevels[f] {
			if t[f][level].M == 0 {
				return nil, fmt.Errorf("matching weights: level %s of field %s is missing", level, f)
			}
		}
	}
	return t, nil
}

func levelOf(name string) (Level, bool) {
	for i, n := range levelNames {
		if n == name {
			return Level(i), true
		}
	}
	return 0, false
}

// bits returns the weight of a level; 0 for Missing.
func (t table) bits(f Field, l Level) float64 {
	if l == Missing {
		return 0
	}
	w := t[f][l]
	return math.Log2(w.M / w.U)
}

// worths is the weights of all levels, reckoned once.
type worths struct{ family, given, birth, post, upn, uln, order [levelCount]float64 }

func (t table) worths() worths {
	var w worths
	for f, into := range map[Field]*[levelCount]float64{
		FieldFamily: &w.family, FieldGiven: &w.given, FieldBirth: &w.birth, FieldPostcode: &w.post,
		FieldUPN: &w.upn, FieldULN: &w.uln, FieldNameOrder: &w.order,
	} {
		for _, l := range shippedLevels[f] {
			into[l] = t.bits(f, l)
		}
	}
	return w
}

const (
	// priorCount is how many invented people of average names stand beside the
	// caseload's own when a value's frequency is reckoned: a name that occurs
	// once in a small caseload is not rarer for that.
	priorCount = 1000
	// rarest is the smallest frequency that counts: beyond one in ten thousand,
	// rarity is no longer evidence but chance.
	rarest = 1e-4
)

// rarity returns the weight of exact agreement on a value that count of total
// people hold.
func (w Weight) rarity(count float64, total int) float64 {
	f := (count + priorCount*w.U) / (float64(total) + priorCount)
	return math.Log2(w.M / max(f, rarest))
}
