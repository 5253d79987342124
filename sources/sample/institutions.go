package sample

import "fmt"

// An institution of the sample; every one is invented.
type institution struct {
	provider string // folder under the inbox
	name     string
	kind     string // school, sixth (a school with a sixth form), special, sfc, fe, outside
	la       string
	number   string // seven digits, authority and establishment
	ukprn    string
	weight   int
}

// A place is somewhere to learn after Year 11: the activity code it gives and
// the institution, if it is one of ours.
type place struct {
	code int
	inst int // -1: none of ours
	la   string
}

// landscape is every institution and every place to learn.
type landscape struct {
	all     []institution
	schools []int // with Years 7 to 11
	places  []place
	byInst  map[int]int // institution to its main place
	higher  int         // place: higher education
	part    int         // place: part-time
	full    int         // place: full-time education of another kind
	special int         // place: special post-16 institution
}

// codes of the main place of an institution, by its kind.
var kindCode = map[string]int{"sixth": 210, "sfc": 220, "fe": 230, "special": 280}

func readLandscape() (*landscape, error) {
	rows, err := table("institutions.csv")
	if err != nil {
		return nil, err
	}
	l := &landscape{byInst: map[int]int{}}
	for i, row := range rows {
		in := institution{
			provider: row["provider"], name: row["name"], kind: row["kind"],
			la: row["la_code"], number: row["laestab"], ukprn: row["ukprn"],
		}
		if err := numbers(row, "weight", &in.weight); err != nil {
			return nil, fmt.Errorf("sample table institutions.csv: %w", err)
		}
		l.all = append(l.all, in)
		if in.kind == "school" || in.kind == "sixth" || in.kind == "special" {
			l.schools = append(l.schools, i)
		}
		if code, ok := kindCode[in.kind]; ok {
			l.byInst[i] = len(l.places)
			l.places = append(l.places, place{code, i, in.la})
			if in.kind == "special" {
				l.special = l.byInst[i]
			}
		}
	}
	l.addOutside()
	l.higher = len(l.places)
	l.places = append(l.places, place{240, -1, ""})
	l.part = len(l.places)
	l.places = append(l.places, place{250, l.first("fe"), home343})
	l.full = len(l.places)
	l.places = append(l.places, place{270, l.first("fe") + 1, home343})
	return l, nil
}

// addOutside adds colleges of other authorities; they are where residents go
// who are educated elsewhere.
func (l *landscape) addOutside() {
	for i, in := range l.all {
		if in.kind != "outside" {
			continue
		}
		l.byInst[i] = len(l.places)
		for _, code := range []int{230, 220} {
			l.places = append(l.places, place{code, i, in.la})
		}
	}
}

func (l *landscape) first(kind string) int {
	for i, in := range l.all {
		if in.kind == kind {
			return i
		}
	}
	return -1
}

// school draws a school for Years 7 to 11.
func (l *landscape) school(ch chance) int {
	weights := make([]int, len(l.schools))
	for i, s := range l.schools {
		weights[i] = l.all[s].weight
	}
	return l.schools[ch.weighted(weights)]
}

// choose draws where a person learns at an academic age.
func (l *landscape) choose(ch chance, p *person, age int, plan bool) int {
	switch {
	case p.educated != home343 && age < 18:
		return l.elsewhere(ch, p.educated)
	case age == 18 && !plan && ch.in(46, 100):
		return l.higher
	case age > 16 && ch.in(85, 100) && len(p.plans) > 0 && l.places[p.plans[len(p.plans)-1]].code != 240:
		return p.plans[len(p.plans)-1]
	case plan && ch.in(30, 100):
		return l.special
	case ch.in(1, 60):
		return l.part
	case ch.in(1, 50):
		return l.full
	case p.school >= 0 && l.all[p.school].kind == "sixth" && age < 18 && ch.in(55, 100):
		return l.byInst[p.school]
	}
	for {
		i := ch.IntN(len(l.all))
		in := l.all[i]
		if in.kind == "school" || in.kind == "special" || in.kind == "outside" || !ch.in(in.weight, 45) {
			continue
		}
		return l.byInst[i]
	}
}

func (l *landscape) elsewhere(ch chance, la string) int {
	start := ch.IntN(len(l.places))
	for k := range l.places {
		if i := (start + k) % len(l.places); l.places[i].la == la {
			return i
		}
	}
	return l.higher
}
