package disclosure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Two ways of auditing one table agree: linear programs, and greatest flows,
// which know nothing of them.
func TestAuditAgreesWithFlows(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for range 400 {
		table := random(r, 2+r.IntN(3), 2+r.IntN(3), 9)
		last := len(table.Counts) - 1
		for i, row := range table.Suppressed {
			for j := range row {
				row[j] = r.IntN(2) == 0 && (i < last || j < len(row)-1)
			}
		}
		f := table.family()
		for i := range f.Figures {
			f.Figures[i].Unshown = f.Figures[i].Hidden // so that noughts are allowed for, as in the flows
		}
		s := join(f, nil)
		for _, want := range table.Audit() {
			p := want.Row*len(table.Counts[0]) + want.Column
			low, high := s.component(p).interval(p, math.Inf(1), nil)
			if math.Abs(low-float64(want.Low)) > 1e-6 || math.Abs(high-float64(want.High)) > 1e-6 {
				t.Fatalf("%v hidden %v: the programs say %g to %g, the flows %+v", table.Counts, table.Suppressed, low, high, want)
			}
			compared++
		}
	}
	if compared < 1000 {
		t.Errorf("only %d intervals were compared", compared)
	}
}

func TestNothingSmallIsToldAndNoSecondaryIsSpare(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	rule := Rule{Threshold: 6, Width: 6}
	protected, removed := 0, 0
	for range 150 {
		f := random(r, 2+r.IntN(5), 2+r.IntN(4), 25).family()
		if err := f.Protect(rule, nil); err != nil {
			continue // too little in the table to hide behind; the error is the promise
		}
		if leaks := Audit(f, nil, rule); len(leaks) > 0 {
			t.Fatalf("%v: %v", f.Figures, leaks)
		}
		for i := range f.Figures {
			one := &f.Figures[i]
			switch {
			case one.Hidden && one.Value == 0:
				t.Fatalf("%v: a nought is hidden", f.Figures)
			case one.small(rule) && !one.Hidden:
				t.Fatalf("%v: %d is shown", f.Figures, one.Value)
			case one.small(rule):
				protected++
			case one.Hidden:
				one.Hidden = false
				if len(Audit(f, nil, rule)) == 0 {
					t.Fatalf("%v: %s need not be hidden", f.Figures, one.Key)
				}
				one.Hidden = true
				removed++
			}
		}
	}
	if protected < 100 || removed < 100 {
		t.Errorf("only %d small counts and %d secondary ones were tried", protected, removed)
	}
}

// line makes a family of rows: the first figure of each is the total.
func line(name string, rows ...[]int64) *Family {
	f := &Family{Name: name}
	for i, row := range rows {
		var e Equation
		for j, v := range row {
			f.Figures = append(f.Figures, Figure{Key: fmt.Sprintf("%d.%d", i, j), Value: v, Per: 1})
			sign := int64(-1)
			if j == 0 {
				sign = 1
			}
			e = append(e, Term{len(f.Figures) - 1, sign})
		}
		f.Equations = append(f.Equations, e)
	}
	return f
}

func hiddenKeys(f *Family) string {
	var out []string
	for _, one := range f.Figures {
		if one.Hidden {
			out = append(out, one.Key)
		}
	}
	return strings.Join(out, " ")
}

// The attack every reader knows: the total less what is shown.
func TestOneSecondaryRemovedIsCaught(t *testing.T) {
	t.Parallel()
	f, rule := line("one row", []int64{63, 3, 20, 40}), Rule{5, 5}
	if err := f.Protect(rule, nil); err != nil || hiddenKeys(f) != "0.1 0.2" {
		t.Fatalf("hidden %s: %v", hiddenKeys(f), err)
	}
	f.Figures[2].Hidden = false
	leaks := Audit(f, nil, rule)
	if len(leaks) != 1 || leaks[0].Key != "0.1" || leaks[0].Low != 3 || leaks[0].High != 3 || strings.Contains(leaks[0].String(), "3") {
		t.Errorf("the audit says %+v of a count that its row tells", leaks)
	}
}

// Last month's edition shows what hides the small count now.
func TestEditionsAreHeldAgainstEachOther(t *testing.T) {
	t.Parallel()
	rule := Rule{5, 5}
	old := line("month", []int64{68, 8, 20, 40}) // nothing small
	if err := old.Protect(rule, nil); err != nil || hiddenKeys(old) != "" {
		t.Fatalf("hidden %s: %v", hiddenKeys(old), err)
	}
	f := line("month", []int64{63, 3, 20, 40}) // 8 became 3, the total with it
	alone := line("month", []int64{63, 3, 20, 40})
	if err := alone.Protect(rule, nil); err != nil {
		t.Fatal(err)
	}
	if len(Audit(alone, []*Family{old}, rule)) == 0 {
		t.Fatal("20 and 40 are known from the old edition, and the audit does not notice")
	}
	if err := f.Protect(rule, []*Family{old}); err != nil || hiddenKeys(f) != "0.0 0.1" {
		t.Errorf("hidden %s: %v; only the total can hide it", hiddenKeys(f), err)
	}
	if leaks := Audit(f, []*Family{old}, rule); len(leaks) > 0 {
		t.Error(leaks)
	}

	// The other way round: what is shown now must not tell what was hidden then.
	hid := line("month", []int64{63, 3, 20, 40})
	hid.Figures[1].Hidden, hid.Figures[2].Hidden = true, true
	now := line("month", []int64{68, 8, 20, 40})
	if err := now.Protect(rule, []*Family{hid}); err != nil || !now.Figures[2].Hidden || !now.Figures[1].Hidden && !now.Figures[0].Hidden {
		t.Errorf("hidden %s: %v; 20 would tell the 3 of the old edition", hiddenKeys(now), err)
	}
}

func TestWhatIsOutAlreadyIsNoReasonToHold(t *testing.T) {
	t.Parallel()
	careless := line("month", []int64{63, 3, 20, 40}) // published under no rule
	f, rule := line("month", []int64{63, 3, 20, 40}), Rule{5, 5}
	if err := f.Protect(rule, []*Family{careless}); err != nil {
		t.Fatal(err)
	}
	leaks := Audit(f, []*Family{careless}, rule)
	if len(leaks) != 1 || !leaks[0].Before {
		t.Errorf("%+v; the older edition alone tells it", leaks)
	}
}

func TestWhatNothingCanHideIsAnError(t *testing.T) {
	t.Parallel()
	f := line("month", []int64{63, 3, 60})
	f.Figures[0].Known, f.Figures[2].Known = true, true
	if err := f.Protect(Rule{5, 5}, nil); err == nil || strings.Contains(err.Error(), "63") {
		t.Errorf("63 and 60 are known whatever is hidden: %v", err)
	}
}

// 16, 17 and both together, by what the young people do: the subtotal and the
// total of every column, and wards that sum to three months of it.
func TestLinkedTables(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	rule := Rule{6, 6}
	hidden := 0
	for range 40 {
		f := linked(r, 6)
		if err := f.Check(); err != nil {
			t.Fatal(err)
		}
		if err := f.Protect(rule, nil); err != nil {
			t.Fatal(err)
		}
		if leaks := Audit(f, nil, rule); len(leaks) > 0 {
			t.Fatal(leaks)
		}
		for i := range f.Figures { // a known subtotal, or ward, or month, each tells something somewhere
			one := &f.Figures[i]
			if one.Hidden && !one.small(rule) {
				hidden++
				one.Hidden = false
				if len(Audit(f, nil, rule)) == 0 {
					t.Fatalf("%s need not be hidden", one.Key)
				}
				one.Hidden = true
			}
		}
	}
	if hidden < 50 {
		t.Errorf("only %d secondary figures", hidden)
	}
}

// linked makes three months of two ages and both, and wards that sum to them.
func linked(r *rand.Rand, wards int) *Family {
	f := &Family{Name: "linked"}
	add := func(key string, v, per int64) int {
		f.Figures = append(f.Figures, Figure{Key: key, Value: v, Per: per})
		return len(f.Figures) - 1
	}
	sum := func(total int, parts ...int) {
		e := Equation{{total, 1}}
		for _, p := range parts {
			e = append(e, Term{p, -1})
		}
		f.Equations = append(f.Equations, e)
	}
	most := []int64{400, 14, 9}
	var both [3][4]int // month, measure
	for m := range 3 {
		var ages [2][4]int
		for a := range 2 {
			total := int64(0)
			for k := range 3 {
				v := most[k]*int64(wards)/8 + r.Int64N(most[k])
				total += v
				ages[a][k] = add(fmt.Sprint("month", m, "age", a, "measure", k), v, 1)
			}
			ages[a][3] = add(fmt.Sprint("month", m, "age", a, "all"), total, 1)
			sum(ages[a][3], ages[a][:3]...)
		}
		for k := range 4 {
			both[m][k] = add(fmt.Sprint("month", m, "both", k), f.Figures[ages[0][k]].Value+f.Figures[ages[1][k]].Value, 1)
			sum(both[m][k], ages[0][k], ages[1][k])
		}
	}
	var rest [3]int64
	for k := range 3 {
		for m := range 3 {
			rest[k] += f.Figures[both[m][k]].Value
		}
	}
	columns := make([]Equation, 4)
	for k := range 4 {
		for m := range 3 {
			columns[k] = append(columns[k], Term{both[m][k], 1})
		}
	}
	for w := range wards {
		var row []int
		total := int64(0)
		for k := range 3 {
			v := rest[k]
			if w < wards-1 {
				v = min(rest[k], rest[k]/int64(wards-w)+r.Int64N(5)-2)
				v = max(v, 0)
			}
			rest[k] -= v
			total += v
			row = append(row, add(fmt.Sprint("ward", w, "measure", k), v, 3))
		}
		row = append(row, add(fmt.Sprint("ward", w, "all"), total, 3))
		sum(row[3], row[:3]...)
		for k, at := range row {
			columns[k] = append(columns[k], Term{at, -1})
		}
	}
	f.Equations = append(f.Equations, columns...)
	return f
}

// A figure that no table shows is protected too: who is in a group and not in
// the group inside it.
func TestDifferenceOfNestedGroups(t *testing.T) {
	t.Parallel()
	f := line("groups", []int64{26, 20, 6}, []int64{23, 17, 6})
	f.Figures = append(f.Figures, Figure{Key: "rest", Value: 3, Per: 1, Unshown: true})
	f.Equations = append(f.Equations, Equation{{0, 1}, {3, -1}, {6, -1}})
	if err := f.Protect(Rule{5, 5}, nil); err != nil {
		t.Fatal(err)
	}
	if !f.Figures[0].Hidden && !f.Figures[3].Hidden {
		t.Errorf("hidden %s: 26 less 23 tells the three in between", hiddenKeys(f))
	}
}

// Whoever has both profiles has no more than the one with the lower threshold,
// because the other hides all that it hides.
func TestTheStricterProfileHidesAllThatTheOtherDoes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	for range 40 {
		committee := random(r, 4, 3, 30).family()
		if committee.Protect(Rule{5, 5}, nil) != nil {
			continue
		}
		public := &Family{Name: "table", Figures: slices.Clone(committee.Figures), Equations: committee.Equations}
		if public.Protect(Rule{6, 6}, nil) != nil {
			continue
		}
		for i, one := range committee.Figures {
			if one.Hidden && !public.Figures[i].Hidden {
				t.Fatalf("%s is hidden from the committee and not from the public", one.Key)
			}
		}
	}
}

func TestFamiliesThatProveNothingAreRefused(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*Family{
		"sums":     line("x", []int64{10, 3, 6}),
		"negative": line("x", []int64{2, 3, -1}),
		"twice":    {Figures: []Figure{{Key: "a"}, {Key: "a"}}},
	} {
		if f.Check() == nil {
			t.Errorf("%s: nothing is said", name)
		}
	}
}

func TestCells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{RoundCount(0, 1, 5).String(), "0"}, {RoundCount(2, 1, 5).String(), "low"}, {RoundCount(3, 1, 5).String(), "5"},
		{RoundCount(12, 1, 5).String(), "10"}, {RoundCount(13, 1, 5).String(), "15"}, {RoundCount(5, 1, 10).String(), "10"}, {RoundCount(7, 1, 1).String(), "7"},
		{RoundCount(22, 3, 5).String(), "5"}, {RoundCount(23, 3, 5).String(), "10"}, {RoundCount(23, 3, 1).String(), "7.7"},
		{Percent(Cell{Value: 10}, Cell{Value: 30}, 20, 1).String(), "33.3"},
		{Percent(Cell{Value: 10}, Cell{Value: 15}, 20, 1).String(), "c"},
		{Percent(Cell{Value: 0}, Cell{Value: 0}, 20, 1).String(), "z"},
		{Percent(Cell{Value: 5}, Cell{Value: 20000}, 20, 1).String(), "low"},
		{Percent(Cell{Value: 0}, Cell{Value: 20000}, 20, 1).String(), "0"},
		{Percent(Cell{Symbol: Low}, Cell{Value: 30}, 20, 1).String(), "c"},
		{Percent(Cell{Value: 1}, Cell{Symbol: Unavailable}, 20, 1).String(), "x"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func BenchmarkYear(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 9))
	for b.Loop() {
		f := linked(r, 23)
		if err := f.Protect(Rule{6, 6}, nil); err != nil {
			b.Fatal(err)
		}
		if len(Audit(f, nil, Rule{6, 6})) > 0 {
			b.Fatal("leak")
		}
	}
}
