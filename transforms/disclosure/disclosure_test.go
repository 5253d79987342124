package disclosure

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func random(r *rand.Rand, rows, columns int, most int64) *Table {
	counts := make([][]int64, rows)
	for i := range counts {
		for range columns {
			counts[i] = append(counts[i], r.Int64N(most+1))
		}
	}
	t, err := New(counts)
	if err != nil {
		panic(err)
	}
	return t
}

// Every table of whole counts that agrees with what is shown is tried: the
// audit's ends are the least and the greatest of them.
func TestAuditIsExact(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		table := random(r, 2, 2+r.IntN(2), 3)
		for i, row := range table.Suppressed {
			for j := range row {
				row[j] = r.IntN(2) == 0 && (i < 2 || j < len(row)-1) // the total of all is shown, so there is an end
			}
		}
		seen := map[[2]int][2]int64{}
		every(table, func(counts [][]int64) {
			for i, row := range counts {
				for j, v := range row {
					ends, ok := seen[[2]int{i, j}]
					if !ok {
						ends = [2]int64{v, v}
					}
					seen[[2]int{i, j}] = [2]int64{min(ends[0], v), max(ends[1], v)}
				}
			}
		})
		for _, got := range table.Audit() {
			if want := seen[[2]int{got.Row, got.Column}]; want != [2]int64{got.Low, got.High} {
				t.Fatalf("%v hidden %v: audit says %+v, the tables %v", table.Counts, table.Suppressed, got, want)
			}
		}
	}
}

// every calls do with each table that agrees with the shown cells.
func every(t *Table, do func([][]int64)) {
	rows, columns := len(t.Counts)-1, len(t.Counts[0])-1
	inner := make([][]int64, rows)
	for i := range inner {
		inner[i] = make([]int64, columns)
	}
	var fill func(at int, left int64)
	fill = func(at int, left int64) {
		if at == rows*columns {
			full, _ := New(inner)
			for i, row := range t.Suppressed {
				for j, hidden := range row {
					if !hidden && full.Counts[i][j] != t.Counts[i][j] {
						return
					}
				}
			}
			do(full.Counts)
			return
		}
		i, j := at/columns, at%columns
		low, high := int64(0), left
		if !t.Suppressed[i][j] {
			low, high = t.Counts[i][j], min(left, t.Counts[i][j])
		}
		for v := low; v <= high; v++ {
			inner[i][j] = v
			fill(at+1, left-v)
		}
	}
	fill(0, t.Counts[rows][columns])
}

func TestNothingSmallIsToldAndNoSecondaryIsSpare(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	protected, removed := 0, 0
	for range 150 {
		table := random(r, 2+r.IntN(5), 2+r.IntN(4), 25)
		if err := table.Protect(6); err != nil {
			t.Fatalf("%v: %v", table.Counts, err)
		}
		if told := table.Told(6); len(told) > 0 {
			t.Fatalf("%v hidden %v: told %v", table.Counts, table.Suppressed, told)
		}
		for i, row := range table.Suppressed {
			for j, hidden := range row {
				v := table.Counts[i][j]
				small := v > 0 && v < 6
				if small && !hidden {
					t.Fatalf("%v: %d is shown", table.Counts, v)
				}
				if hidden && !small { // a secondary one: without it the audit must cry
					row[j] = false
					if len(table.Told(6)) == 0 {
						t.Fatalf("%v hidden %v: row %d column %d need not be", table.Counts, table.Suppressed, i, j)
					}
					row[j] = true
					removed++
				}
				if small {
					protected++
				}
			}
		}
	}
	if protected < 100 || removed < 100 {
		t.Errorf("only %d small counts and %d secondary ones were tried", protected, removed)
	}
}

// The attack every reader knows: the total less what is shown.
func TestOneSecondaryRemovedIsCaught(t *testing.T) {
	t.Parallel()
	table, err := New([][]int64{{3, 20, 40}, {12, 30, 50}, {25, 15, 60}})
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Protect(5); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(table.Published(1)); got != "[[c c 40 63] [12 30 50 92] [c c 60 100] [40 65 150 255]]" {
		t.Fatalf("published %v", got)
	}
	table.Suppressed[0][1] = false
	told := table.Told(5)
	if len(told) != 1 || told[0] != (Interval{0, 0, 3, 3}) {
		t.Errorf("the audit says %v of a count that its row tells", told)
	}
}

func TestNoughtsAreShownAndOddShapesRefused(t *testing.T) {
	t.Parallel()
	zero, _ := New([][]int64{{0, 0}, {0, 9}})
	if err := zero.Protect(5); err != nil || len(zero.Audit()) != 0 {
		t.Errorf("noughts are hidden: %v %v", err, zero.Audit())
	}
	for _, bad := range [][][]int64{nil, {{}}, {{1, 2}, {3}}, {{-1}}} {
		if _, err := New(bad); err == nil {
			t.Errorf("%v is taken for a table", bad)
		}
	}
}

func TestCells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{RoundCount(0, 5).String(), "0"}, {RoundCount(2, 5).String(), "low"}, {RoundCount(3, 5).String(), "5"},
		{RoundCount(12, 5).String(), "10"}, {RoundCount(13, 5).String(), "15"}, {RoundCount(5, 10).String(), "10"}, {RoundCount(7, 1).String(), "7"},
		{Percent(Cell{Value: 10}, Cell{Value: 30}, 20, 1).String(), "33.3"},
		{Percent(Cell{Value: 10}, Cell{Value: 15}, 20, 1).String(), "c"},
		{Percent(Cell{Value: 0}, Cell{Value: 0}, 20, 1).String(), "z"},
		{Percent(Cell{Symbol: Low}, Cell{Value: 30}, 20, 1).String(), "c"},
		{Percent(Cell{Value: 1}, Cell{Symbol: Unavailable}, 20, 1).String(), "x"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}
