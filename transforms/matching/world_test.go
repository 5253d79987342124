package matching

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sql"
)

// reference reads the shipped reference data.
func reference(t testing.TB) Reference {
	t.Helper()
	var ref Reference
	for _, r := range shipped(t, "diminutives") {
		ref.Diminutives = append(ref.Diminutives, [2]string{r[0], r[1]})
	}
	for _, r := range shipped(t, "match_weights") {
		m, errM := strconv.ParseFloat(r[2], 64)
		u, errU := strconv.ParseFloat(r[3], 64)
		if errM != nil || errU != nil {
			t.Fatal("weights are no numbers")
		}
		ref.Weights = append(ref.Weights, Weight{Field(r[0]), r[1], m, u})
	}
	return ref
}

func shipped(t testing.TB, name string) [][]string {
	t.Helper()
	body, err := fs.ReadFile(sql.Files, "ref/"+name+".csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func matcher(t testing.TB, o Options) *Matcher {
	t.Helper()
	m, err := New(reference(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// faults are shares of rows that a fault strikes, and of people.
type faults struct {
	typo, dateSlip, moved, surname, nickname, strangers, twins, number float64
	scan, cut, swapped                                                 float64 // of hard lists
	hardStrangers                                                      float64 // share of the strangers who resemble somebody
}

// agreedFaults are the rates that matching is promised to stand.
var agreedFaults = faults{
	typo: 0.02, dateSlip: 0.005, moved: 0.06, surname: 0.01, nickname: 0.03, strangers: 0.10, twins: 0.015, number: 0.5,
}

// hardFaults are rates nobody promised anything for.
var hardFaults = faults{
	typo: 0.03, dateSlip: 0.01, moved: 0.10, surname: 0.015, nickname: 0.04, strangers: 0.15, twins: 0.03, number: 0.2,
	scan: 0.03, cut: 0.02, swapped: 0.01, hardStrangers: 0.2,
}

// world is an invented caseload, a list of it and the truth. Frequencies of
// names follow a power law, as those of real names do.
type world struct {
	r         *rand.Rand
	givens    []string
	families  []string
	givenCDF  []float64
	familyCDF []float64
	nicks     map[string][]string
	posts     int
	people    []Person
	rows      []Listed
	truth     []string
}

func newWorld(t testing.TB, seed uint64, people, rows int, f faults) *world {
	t.Helper()
	w := &world{r: rand.New(rand.NewPCG(seed, 77)), nicks: map[string][]string{}, posts: max(people/15, 50)}
	for _, d := range shipped(t, "diminutives") {
		if len(w.nicks[d[0]]) == 0 {
			w.givens = append(w.givens, d[0])
		}
		w.nicks[d[0]] = append(w.nicks[d[0]], d[1])
	}
	w.r.Shuffle(len(w.givens), func(i, j int) { w.givens[i], w.givens[j] = w.givens[j], w.givens[i] })
	w.makeFamilies()
	w.givenCDF, w.familyCDF = powerLaw(len(w.givens), 0.9), powerLaw(len(w.families), 0.8)
	for len(w.people) < people {
		w.household(people, f)
	}
	for i := range rows {
		w.row(i, f)
	}
	return w
}

var firstHalves = strings.Fields("ash bar birk black brad brom burn cald carl cart chad clay crof dal den ding dray eas eld fair fen fol gar gil glen had hal har hay hes hol hor hux ing kel ken kir lam lang law lin low mar mel mid mor nor oak old pem pres rad rams red rick rock rush sal sand sed shaw sher stan stock sut tar thor tor tun under wal war wat wes whit wil win wood york")
var lastHalves = strings.Fields("well ton ley by croft field ford ham hurst land low man more ridge sall shaw side son stead stone thorpe wick wood worth bridge burn dale den ett ing kin mead moor row ster tree")

func (w *world) makeFamilies() {
	w.families = strings.Fields("smith jones taylor brown williams wilson johnson davies patel robinson wright thompson evans walker white roberts green hall wood jackson clarke khan ali hussain o'brien o'neill mcdonald begum ahmed singh kaur nguyen")
	for _, a := range firstHalves {
		for _, b := range lastHalves {
			w.families = append(w.families, a+b)
		}
	}
}

func powerLaw(n int, s float64) []float64 {
	out := make([]float64, n)
	sum := 0.0
	for i := range out {
		sum += 1 / math.Pow(float64(i+3), s)
		out[i] = sum
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

func (w *world) pick(list []string, cdf []float64) string {
	return list[sort.SearchFloat64s(cdf, w.r.Float64())]
}

func (w *world) chance(share float64) bool { return w.r.Float64() < share }

func (w *world) post() string {
	n := w.r.IntN(w.posts)
	return fmt.Sprintf("L%d %d%c%c", 1+n/3610%60, n/361%10, "ABDEFGHJLNPQRSTUWXY"[n%19], "ABDEFGHJLNPQRSTUWXY"[n/19%19])
}

func (w *world) born() pipeline.Date {
	return pipeline.NewDate(2000, time.September, 1) + pipeline.Date(w.r.IntN(8*365))
}

// household adds a person, sometimes with a twin or a brother or sister.
func (w *world) household(most int, f faults) {
	p := w.person()
	w.add(p)
	if len(w.people) < most && w.chance(f.twins/2) {
		w.add(w.sibling(p, p.Births[0]))
	}
	if len(w.people) < most && w.chance(0.3) {
		w.add(w.sibling(p, w.born()))
	}
}

func (w *world) person() Person {
	return Person{Families: []string{title(w.pick(w.families, w.familyCDF))}, Givens: []string{title(w.pick(w.givens, w.givenCDF))}, Births: []pipeline.Date{w.born()}, Postcodes: []string{w.post()}}
}

func (w *world) sibling(p Person, born pipeline.Date) Person {
	s := w.person()
	for s.Givens[0] == p.Givens[0] {
		s.Givens[0] = title(w.pick(w.givens, w.givenCDF))
	}
	s.Families, s.Births, s.Postcodes = p.Families, []pipeline.Date{born}, p.Postcodes
	return s
}

func (w *world) add(p Person) {
	n := len(w.people)
	p.ID, p.ULN = fmt.Sprintf("p%08d", n), fmt.Sprintf("%010d", 1000000000+n)
	w.people = append(w.people, p)
}

func title(s string) string { return strings.ToUpper(s[:1]) + strings.ToLower(s[1:]) }

// row adds a line about somebody, with faults.
func (w *world) row(i int, f faults) {
	p, truth := w.people[w.r.IntN(len(w.people))], ""
	switch {
	case w.chance(f.strangers) && w.chance(f.hardStrangers):
		p = w.lookalike(p)
		p.ULN = fmt.Sprintf("%010d", 3000000000+i)
	case w.chance(f.strangers):
		p = w.person()
		p.ULN = fmt.Sprintf("%010d", 2000000000+i)
	default:
		truth = p.ID
	}
	row := Listed{
		Dataset: "college_starters", Provider: "college", Files: []uint64{uint64(i % 7)}, Year: "2020/21", Current: true,
		Family: p.Families[0], Given: p.Givens[0], Postcode: p.Postcodes[0], Born: p.Births[0], HasBorn: true,
		ListKey: "L" + p.ID + p.ULN,
	}
	if w.chance(f.number) {
		row.ULN = p.ULN
	}
	w.spoil(&row, f)
	w.rows, w.truth = append(w.rows, row), append(w.truth, truth)
}

// lookalike is somebody who is not the person but much like them.
func (w *world) lookalike(p Person) Person {
	switch w.r.IntN(4) {
	case 0: // a twin whom the caseload does not hold
		return w.sibling(p, p.Births[0])
	case 1: // a brother or sister
		return w.sibling(p, w.born())
	case 2: // the same name elsewhere, born on another day
		p.Births, p.Postcodes = []pipeline.Date{w.born()}, []string{w.post()}
	default: // the same forename and birthday next door
		p.Families, p.Postcodes = []string{title(w.pick(w.families, w.familyCDF))}, []string{w.post()}
	}
	return p
}

func (w *world) spoil(r *Listed, f faults) {
	if nicks := w.nicks[strings.ToUpper(r.Given)]; len(nicks) > 0 && w.chance(f.nickname) {
		r.Given = title(nicks[w.r.IntN(len(nicks))])
	}
	if w.chance(f.surname) {
		r.Family = title(w.pick(w.families, w.familyCDF))
	}
	if w.chance(f.typo) {
		if w.chance(0.5) {
			r.Given = w.misspell(r.Given)
		} else {
			r.Family = w.misspell(r.Family)
		}
	}
	if w.chance(f.dateSlip) {
		r.Born = w.slip(r.Born)
	}
	if w.chance(f.moved) {
		r.Postcode = w.post()
	}
	w.spoilHard(r, f)
}

func (w *world) spoilHard(r *Listed, f faults) {
	if w.chance(f.scan) {
		r.Family = scanFault.Replace(strings.ToLower(r.Family))
		r.Postcode = strings.Replace(r.Postcode, "0", "O", 1)
	}
	if w.chance(f.cut) {
		r.Family = r.Family[:min(len(r.Family), 6)]
		r.Given = r.Given[:min(len(r.Given), 4)]
	}
	if w.chance(f.swapped) {
		r.Family, r.Given = r.Given, r.Family
	}
}

var scanFault = strings.NewReplacer("rn", "m", "m", "rn", "l", "1", "o", "0", "cl", "d", "s", "5")

func (w *world) misspell(s string) string {
	if len(s) < 3 {
		return s
	}
	i := w.r.IntN(len(s) - 1)
	switch w.r.IntN(4) {
	case 0:
		return s[:i] + s[i+1:]
	case 1:
		return s[:i] + string(s[i+1]) + string(s[i]) + s[i+2:]
	case 2:
		return s[:i] + string(rune('a'+w.r.IntN(26))) + s[i+1:]
	default:
		return s[:i] + string(s[i]) + s[i:]
	}
}

func (w *world) slip(d pipeline.Date) pipeline.Date {
	y, m, day := d.YMD()
	if swapped, ok := pipeline.ValidDate(y, day, int(m)); ok && w.chance(0.5) {
		return swapped
	}
	if other, ok := pipeline.ValidDate(y, int(m), day/10*10+w.r.IntN(10)); ok && w.chance(0.5) {
		return other
	}
	return d + 1
}
