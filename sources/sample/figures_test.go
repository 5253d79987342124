package sample

import (
	"math"
	"testing"
)

func mustTargets(t *testing.T) *targets {
	t.Helper()
	geo, err := readGeography(newChance(1, "postcodes"))
	if err != nil {
		t.Fatal(err)
	}
	goal, err := readTargets(geo.areas)
	if err != nil {
		t.Fatal(err)
	}
	return goal
}

func mustMonth(t *testing.T, s string) month {
	t.Helper()
	m, err := monthOf(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// band sums the targets of the ages 16 to oldest.
func (g *targets) band(m month, oldest int) target {
	var sum target
	for slot := range oldest - 15 {
		a := g.ages[m][slot]
		sum.cohort += a.cohort
		sum.neet += a.neet
		sum.notKnown += a.notKnown
		sum.other += a.other
		sum.reengaging += a.reengaging
		sum.lapsed += a.lapsed
	}
	return sum
}

func (t target) combined() int { return t.neet + t.notKnown }
func (t target) taking() int {
	return t.cohort - t.combined() - t.other - t.reengaging
}

func percent(n, d int) float64 { return 100 * float64(n) / float64(d) }

// Figure 1 to 3: October 2021 against October 2020.
func TestTargetsOfOctober2021(t *testing.T) {
	t.Parallel()
	g := mustTargets(t)
	then, now := g.band(mustMonth(t, "2020-10"), 17), g.band(mustMonth(t, "2021-10"), 17)
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"combined now", now.combined(), 186}, {"cohort now", now.cohort, 5536}, {"not known now", now.notKnown, 28},
		{"combined then", then.combined(), 201}, {"cohort then", then.cohort, 5478},
		{"change of other", now.other - then.other, 0},
		{"change of EET", (now.cohort - now.combined() - now.other) - (then.cohort - then.combined() - then.other), 73},
		{"18 NEET", g.ages[mustMonth(t, "2021-10")][2].neet - g.ages[mustMonth(t, "2020-10")][2].neet, -52},
	} {
		if c.got != c.want {
			t.Errorf("%s is %d, the paper has %d", c.what, c.got, c.want)
		}
	}
	change := percent(now.taking(), now.cohort) - percent(then.taking(), then.cohort)
	if math.Abs(change+0.03) >= 0.005 {
		t.Errorf("participation changes by %.4f points, the paper has -0.03", change)
	}
	for slot := range 3 {
		if g.ages[mustMonth(t, "2021-10")][slot].neet >= g.ages[mustMonth(t, "2020-10")][slot].neet {
			t.Errorf("NEET is not down at age %d", 16+slot)
		}
	}
}

// Figures 7, 9, 12 to 14 and 16, as rates to the decimals of the papers.
func TestTargetsOfSingleMonths(t *testing.T) {
	t.Parallel()
	g := mustTargets(t)
	rate := func(m string, oldest int, of func(target) int) float64 {
		b := g.band(mustMonth(t, m), oldest)
		return percent(of(b), b.cohort)
	}
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"NEET December 2017", rate("2017-12", 17, func(b target) int { return b.neet }), 3.5},
		{"not known December 2017", rate("2017-12", 17, func(b target) int { return b.notKnown }), 1.3},
		{"combined December 2017", rate("2017-12", 17, target.combined), 4.8},
		{"participation July 2018", rate("2018-07", 17, target.taking), 90.7},
		{"not known July 2018, 16-18", rate("2018-07", 18, func(b target) int { return b.notKnown }), 2.8},
		{"not known October 2022", rate("2022-10", 17, func(b target) int { return b.notKnown }), 0.1},
	} {
		if math.Abs(c.got-c.want) >= 0.05 {
			t.Errorf("%s is %.3f, the paper has %.1f", c.what, c.got, c.want)
		}
	}
	for m, want := range map[string]int{"2017-07": 667, "2018-07": 603, "2018-04": 465, "2022-04": 313} {
		if got := g.band(mustMonth(t, m), 18).neet; got != want {
			t.Errorf("NEET 16-18 in %s is %d, the paper has %d", m, got, want)
		}
	}
}

// ratio divides the sums of a run of months.
func ratio(g *targets, from, to month, of func(target) int) float64 {
	n, d := 0, 0
	for m := from; m <= to; m++ {
		b := g.band(m, 17)
		n, d = n+of(b), d+b.cohort
	}
	return percent(n, d)
}

// Figure 13, and DfE's own December to February values for Sefton.
func TestTargetsOfYears(t *testing.T) {
	t.Parallel()
	g := mustTargets(t)
	september := func(year int) month { return month((year - firstYear) * 12) }
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"annual mean 2016/17", ratio(g, september(2016), september(2017)-1, target.combined), 8.0},
		{"annual mean 2020/21", ratio(g, september(2020), september(2021)-1, target.combined), 4.2},
		{"three quarters of 2021/22", ratio(g, september(2021)+3, september(2022)-1, target.combined), 3.4},
	} {
		if math.Abs(c.got-c.want) >= 0.05 {
			t.Errorf("%s is %.3f, the paper has %.1f", c.what, c.got, c.want)
		}
	}
	for year, want := range map[int][3]float64{ // NEET, not known, combined
		2017: {3.67, 1.29, 4.96}, 2018: {3.0, 0.72, 3.8}, 2019: {3.0, 0.52, 3.5},
		2020: {3.0, 0.57, 3.5}, 2021: {2.5, 0.55, 3.1}, 2022: {2.9, 0.36, 3.3},
	} {
		for i, of := range []func(target) int{
			func(b target) int { return b.neet }, func(b target) int { return b.notKnown }, target.combined,
		} {
			if got := ratio(g, september(year)+3, september(year)+5, of); math.Abs(got-want[i]) >= 0.05 {
				t.Errorf("December to February of %d, measure %d: %.3f, DfE has %.2f", year, i, got, want[i])
			}
		}
	}
	for year := firstYear; year <= lastYear; year++ {
		if got := ratio(g, september(year), september(year), target.combined); got > 10.5 {
			t.Errorf("September %d stands at %.1f %%; it has to stay near 10", year, got)
		}
	}
}
