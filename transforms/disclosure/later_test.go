package disclosure

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// drawnTable is a table of wards by groups with all its margins.
func drawnTable(vals [][]int64) *Family {
	rows, cols := len(vals), len(vals[0])
	f := &Family{Name: "drawn"}
	at := func(i, j int) int { return i*(cols+1) + j }
	for i := range rows + 1 {
		for j := range cols + 1 {
			sum := int64(0)
			for a := range vals {
				for b := range vals[a] {
					if (i == rows || i == a) && (j == cols || j == b) {
						sum += vals[a][b]
					}
				}
			}
			f.Figures = append(f.Figures, Figure{Key: fmt.Sprint(i, " ", j), Value: sum, Per: 1})
		}
	}
	for i := range rows + 1 {
		e := Equation{{at(i, cols), 1}}
		for j := range cols {
			e = append(e, Term{at(i, j), -1})
		}
		f.Equations = append(f.Equations, e)
	}
	for j := range cols + 1 {
		e := Equation{{at(rows, j), 1}}
		for i := range rows {
			e = append(e, Term{at(i, j), -1})
		}
		f.Equations = append(f.Equations, e)
	}
	return f
}

// A few figures change between editions. That must not cost the whole table:
// where a small count cannot be greater by all of the width, because what is
// out already holds it, it may be less and greater.
func TestALaterEditionIsProtectedWithoutHidingAll(t *testing.T) {
	t.Parallel()
	draw := rand.New(rand.NewPCG(1, 2))
	vals := make([][]int64, 22)
	for i := range vals {
		vals[i] = make([]int64, 6)
		for j := range vals[i] {
			vals[i][j] = int64(draw.IntN(14))
		}
	}
	rule := Rule{Threshold: 5, Width: 5}
	var older []*Family
	for edition := range 4 {
		f := drawnTable(vals)
		if err := f.Protect(rule, older); err != nil {
			t.Fatalf("edition %d: %v", edition, err)
		}
		if leaks := Audit(f, older, rule); len(leaks) > 0 {
			t.Fatalf("edition %d: %v", edition, leaks)
		}
		hidden := 0
		for _, one := range f.Figures {
			if one.Hidden {
				hidden++
			}
		}
		if 2*hidden > len(f.Figures) {
			t.Errorf("edition %d hides %d of %d figures", edition, hidden, len(f.Figures))
		}
		older = append(older, f)
		for range 3 {
			i, j := draw.IntN(len(vals)), draw.IntN(len(vals[0]))
			vals[i][j] = max(0, vals[i][j]+int64(draw.IntN(3)-1))
		}
	}
}

// What shows nothing tells nothing; what everybody knows anyway is told.
func TestTells(t *testing.T) {
	t.Parallel()
	f := &Family{Figures: []Figure{{Key: "a", Value: 3, Per: 1}, {Key: "b", Value: 0, Per: 1}, {Key: "c", Value: 2, Per: 1, Unshown: true}}}
	if !f.Tells() {
		t.Error("a table that shows counts tells nothing")
	}
	if f.HideAll(); f.Tells() {
		t.Error("a table that shows nothing tells something")
	}
	f.Figures[2].Known = true
	if f.HideAll(); !f.Tells() {
		t.Error("what is known is not told")
	}
}

// A family that costs too much is given up, so that the night ends. The test
// changes what is too much, so it runs before those beside it.
func TestWhatCostsTooMuchIsGivenUp(t *testing.T) {
	old := mostWork
	defer func() { mostWork = old }()
	rule, vals := Rule{Threshold: 5, Width: 5}, [][]int64{{3, 20, 40, 9}, {30, 2, 8, 17}, {11, 12, 4, 33}}
	if err := drawnTable(vals).Protect(rule, nil); err != nil {
		t.Fatal(err)
	}
	mostWork = 1
	if err := drawnTable(vals).Protect(rule, nil); err == nil {
		t.Error("it was gone on with")
	}
}
