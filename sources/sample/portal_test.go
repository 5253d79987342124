package sample

import (
	"fmt"
	"math"
	"testing"
)

// ranked returns Sefton's place among the rows, 1 = lowest, and how many there are.
func ranked(rows []count, keep func(count) bool, rate func(count) float64) (place, among int) {
	own := 0.0
	for _, c := range rows {
		if c.area.code == home343 {
			own = rate(c)
		}
	}
	place = 1
	for _, c := range rows {
		if keep != nil && !keep(c) {
			continue
		}
		among++
		if rate(c) < own {
			place++
		}
	}
	return place, among
}

func combinedRate(c count) float64 { return percent(c.neet+c.notKnown, c.cohort) }
func inRegion(c count) bool        { return c.area.lcr }

func pooledRate(rows []count, keep func(count) bool, of func(count) int) float64 {
	n, d := 0, 0
	for _, c := range rows {
		if keep(c) {
			n, d = n+of(c), d+c.cohort
		}
	}
	return percent(n, d)
}

// Figures 8, 9, 15 and 16: the ranks of the papers hold in the invented table,
// for any seed.
func TestPortalHoldsPublishedRanks(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p, err := readPortal(mustTargets(t), seed)
			if err != nil {
				t.Fatal(err)
			}
			checkDecember2017(t, p.month(mustMonth(t, "2017-12")))
			for m, want := range map[string][2]int{"2019-10": {9, 151}, "2020-10": {4, 151}, "2022-10": {3, 152}} {
				place, among := ranked(p.month(mustMonth(t, m)), nil, combinedRate)
				if place != want[0] || among != want[1] {
					t.Errorf("%s: %d of %d, the paper has %d of %d", m, place, among, want[0], want[1])
				}
			}
			for m := mustMonth(t, "2022-01"); m <= mustMonth(t, "2022-12"); m++ {
				if place, among := ranked(p.month(m), inRegion, combinedRate); place != 1 || among != 6 {
					t.Errorf("%s: %d of %d in the city region", m, place, among)
				}
			}
			checkRegion(t, p)
		})
	}
}

func checkDecember2017(t *testing.T, rows []count) {
	t.Helper()
	for what, c := range map[string]struct {
		rate func(count) float64
		want int // 1 = worst
	}{
		"NEET":      {func(c count) float64 { return -percent(c.neet, c.cohort) }, 30},
		"not known": {func(c count) float64 { return -percent(c.notKnown, c.cohort) }, 120},
		"combined":  {func(c count) float64 { return -combinedRate(c) }, 107},
	} {
		if place, among := ranked(rows, nil, c.rate); place != c.want || among != 152 {
			t.Errorf("December 2017, %s: %d of %d from the worst, the paper has %d of 152", what, place, among, c.want)
		}
	}
	if place, _ := ranked(rows, inRegion, func(c count) float64 { return -combinedRate(c) }); place != 5 {
		t.Errorf("December 2017: %d of 6 in the city region from the worst, the paper has 5", place)
	}
}

func checkRegion(t *testing.T, p *portal) {
	t.Helper()
	northWest := func(c count) bool { return c.area.region == "E12000002" }
	taking := func(c count) int { return c.participating }
	july := p.month(mustMonth(t, "2018-07"))
	place, _ := ranked(july, inRegion, func(c count) float64 { return -percent(c.participating, c.cohort) })
	if nw := pooledRate(july, northWest, taking); place != 2 || nw >= 90.7 {
		t.Errorf("July 2018: %d in the city region by participation, North West %.1f", place, nw)
	}
	october := p.month(mustMonth(t, "2022-10"))
	unknown := func(c count) int { return c.notKnown }
	everybody := func(count) bool { return true }
	if nw, england := pooledRate(october, northWest, unknown), pooledRate(october, everybody, unknown); math.Abs(nw-1.2) >= 0.05 || math.Abs(england-2.8) >= 0.05 {
		t.Errorf("October 2022 not known: North West %.3f, England %.3f", nw, england)
	}
}

// No row may count more people than there are, or fewer than none.
func TestPortalRowsAddUp(t *testing.T) {
	t.Parallel()
	p, err := readPortal(mustTargets(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	for m := range month(allMonths) {
		for _, c := range p.month(m) {
			if c.neet < 0 || c.notKnown < 0 || c.participating < 0 || c.neet+c.notKnown+c.participating > c.cohort {
				t.Fatalf("%s, authority %s: %+v", m, c.area.code, c)
			}
		}
	}
}
