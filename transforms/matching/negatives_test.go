package matching

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"nightjar/pipeline"
)

// nearNames are forenames that differ by a letter or two and are borne by two
// people, not by one and a typing slip.
var nearNames = [][2]string{
	{"Ella", "Elsa"}, {"Mia", "Maia"}, {"Harry", "Barry"}, {"Kyle", "Kylie"}, {"Joan", "Jean"},
	{"Erin", "Eric"}, {"Dean", "Sean"}, {"Carol", "Karol"}, {"Louis", "Louise"}, {"Paul", "Paula"}, {"Jayden", "Hayden"}, {"Lily", "Lila"},
}

// oneName are forenames that the reference data holds to be forms of one name.
// At one address, with one birthday, they are taken for one person: nobody
// could tell.
var oneName = [][2]string{{"Jon", "John"}, {"Anna", "Hannah"}}

// A negative is somebody who is not the person of the caseload they resemble.
type negative struct {
	name string
	make func(w *world, p Person) (Listed, bool)
}

func stranger(w *world, given, family string, day pipeline.Date, post string) Listed {
	return Listed{
		Dataset: "ucas", Provider: "school", Files: []uint64{w.r.Uint64()}, Year: "2020/21", Current: true,
		Given: given, Family: family, Born: day, HasBorn: true, Postcode: post, ListKey: fmt.Sprint(w.r.Uint64()),
	}
}

var negatives = []negative{
	{"father or son", func(w *world, p Person) (Listed, bool) {
		return stranger(w, p.Givens[0], p.Families[0], p.Births[0]-pipeline.Date(365*20+w.r.IntN(365*15)), p.Postcodes[0]), true
	}},
	{"son named after his father, born on his birthday", func(w *world, p Person) (Listed, bool) {
		y, m, d := p.Births[0].YMD()
		day, ok := pipeline.ValidDate(y-22-w.r.IntN(10), int(m), d)
		return stranger(w, p.Givens[0], p.Families[0], day, p.Postcodes[0]), ok
	}},
	{"cousin with the same birthday, next door", func(w *world, p Person) (Listed, bool) {
		return stranger(w, w.otherGiven(p), p.Families[0], p.Births[0], neighbour(p.Postcodes[0])), true
	}},
	{"cousin with the same birthday, elsewhere", func(w *world, p Person) (Listed, bool) {
		return stranger(w, w.otherGiven(p), p.Families[0], p.Births[0], elsewhere(w)), true
	}},
	{"twin whom the caseload does not hold", func(w *world, p Person) (Listed, bool) {
		return stranger(w, w.otherGiven(p), p.Families[0], p.Births[0], p.Postcodes[0]), true
	}},
	{"twin named nearly alike", func(w *world, p Person) (Listed, bool) {
		return stranger(w, near(nearNames, p.Givens[0]), p.Families[0], p.Births[0], p.Postcodes[0]), near(nearNames, p.Givens[0]) != ""
	}},
	{"namesake but for a letter, born on the same day, elsewhere", func(w *world, p Person) (Listed, bool) {
		given := near(slices.Concat(oneName, nearNames), p.Givens[0])
		return stranger(w, given, p.Families[0], p.Births[0], elsewhere(w)), given != ""
	}},
	{"namesake born a digit away, elsewhere", func(w *world, p Person) (Listed, bool) {
		return stranger(w, p.Givens[0], p.Families[0], w.slip(p.Births[0]), elsewhere(w)), true
	}},
	{"brother or sister born within the year", func(w *world, p Person) (Listed, bool) {
		return stranger(w, w.otherGiven(p), p.Families[0], p.Births[0]+330, p.Postcodes[0]), true
	}},
	{"same forename and birthday, another family at the address", func(w *world, p Person) (Listed, bool) {
		return stranger(w, w.otherGiven(p), title(w.pick(w.families, w.familyCDF)), p.Births[0], p.Postcodes[0]), true
	}},
}

func (w *world) otherGiven(p Person) string {
	for {
		if g := title(w.pick(w.givens, w.givenCDF)); g[0] != p.Givens[0][0] && w.unrelated(g, p.Givens[0]) {
			return g
		}
	}
}

// unrelated tells whether neither is a diminutive of the other.
func (w *world) unrelated(a, b string) bool {
	book := newNameBook(nil)
	for formal, nicks := range w.nicks {
		for _, n := range nicks {
			book.formals[strings.ToUpper(n)] = append(book.formals[strings.ToUpper(n)], formal)
		}
	}
	return !meet(book.of(a).roots, book.of(b).roots)
}

func near(pairs [][2]string, given string) string {
	for _, pair := range pairs {
		for i := range pair {
			if strings.EqualFold(pair[i], given) {
				return pair[1-i]
			}
		}
	}
	return ""
}

// elsewhere is a postcode of another town.
func elsewhere(w *world) string { return "NE" + w.post()[1:] }

// neighbour is the same postcode but for its last letter.
func neighbour(post string) string {
	last := byte('A')
	if post[len(post)-1] == last {
		last = 'B'
	}
	return post[:len(post)-1] + string(last)
}

// Nobody who merely resembles a person of the caseload is linked to them, in a
// caseload where near names are names that several people bear.
func TestHardNegatives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 11, 6000, 0, faults{})
	w.r = rand.New(rand.NewPCG(11, 12))
	for i := range w.people { // no twins here: they have a test of their own
		w.people[i].ULN = ""
		if i%10 == 0 {
			pair := slices.Concat(oneName, nearNames)[i/10%(len(oneName)+len(nearNames))]
			w.people[i].Givens = []string{pair[i/20%2]}
		}
	}
	const each = 400
	var rows []Listed
	var kinds []string
	held := map[string]bool{}
	for _, p := range w.people {
		held[fmt.Sprint(p.Givens, p.Families, p.Births)] = true
	}
	for _, n := range negatives {
		for made := 0; made < each; {
			if row, ok := n.make(w, w.people[w.r.IntN(len(w.people))]); ok && !held[fmt.Sprint([]string{row.Given}, []string{row.Family}, []pipeline.Date{row.Born})] {
				rows, kinds, made = append(rows, row), append(kinds, n.name), made+1
			}
		}
	}
	r, err := matcher(t, DefaultOptions()).Match(t.Context(), w.people, rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	linked, review := map[string]int{}, map[string]int{}
	for i, l := range r.Links {
		switch l.Outcome {
		case Linked:
			linked[kinds[i]]++
			if linked[kinds[i]] == 1 {
				t.Logf("%s: linked by %s with %.1f bits", kinds[i], l.Rule, l.Score)

			}
		case ToReview:
			review[kinds[i]]++
		}
	}
	for _, n := range negatives {
		t.Logf("%s: %d of %d linked, %d for review", n.name, linked[n.name], each, review[n.name])
		if linked[n.name] > 0 {
			t.Errorf("%s: %d of %d strangers are linked", n.name, linked[n.name], each)
		}
	}
}
