package app

import (
	"fmt"
	"testing"
)

// The tests of this file are named after the figures that the papers print.
// Each runs over the same night of the real pipeline and compares published
// cells with the printed values, rounded once, half away from zero. All figures
// are on the recorded basis. Where a paper does not say which ages it counts,
// the test says which are read.

// October 2021, 16-17: combined 3.36 %, and five changes on October 2020.
func TestFigure1October2021(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	p.rate(t, "2021-10-31", "16-17").wants(t, "combined_percent", "3.36")
	p.trend(t, "combined_count", "16-17", "2021-10").wants(t, "change", "-15")
	p.trend(t, "combined_percent", "16-17", "2021-10").wants(t, "change_points", "-0.31")
	p.trend(t, "eet_count", "16-17", "2021-10").wants(t, "change", "73")
	p.trend(t, "cohort_count", "16-17", "2021-10").wants(t, "change", "58")
	p.trend(t, "participating_percent", "16-17", "2021-10").wants(t, "change_points", "-0.03")
}

// Not Known of October 2021, 16-17 as in figure 1.
func TestFigure2NotKnownOctober2021(t *testing.T) {
	t.Parallel()
	sampled(t).rate(t, "2021-10-31", "16-17").wants(t, "not_known_percent", "0.5")
}

// October 2021: 52 fewer NEET at 18 than a year before, and fewer at every age.
func TestFigure3NEETDownAtEveryAge(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	p.trend(t, "neet_count", "18", "2021-10").wants(t, "change", "-52")
	for _, age := range []string{"16", "17", "18"} {
		if change := p.trend(t, "neet_count", age, "2021-10").cell(t, "change"); change >= 0 {
			t.Errorf("NEET at %s changed by %v, the paper has it down", age, change)
		}
	}
}

// December 2017, 16-17.
func TestFigure7December2017(t *testing.T) {
	t.Parallel()
	r := sampled(t).rate(t, "2017-12-31", "16-17")
	r.wants(t, "neet_percent", "3.5")
	r.wants(t, "not_known_percent", "1.3")
	r.wants(t, "combined_percent", "4.8")
}

// ranking returns our authority's row among the areas of a month.
func (p published) ranking(t *testing.T, measure, month, group string) Values {
	t.Helper()
	return p.one(t, "area_comparisons", "is_own_area and period_kind = 'month' and measure = '%s' and period = '%s' and comparison_group = '%s'", measure, month, group)
}

// Ranks of December 2017, which the paper counts from the worst: 30, 120 and
// 107 of 152; 5 of 6 in the city region. The portal table is synthetic.
func TestFigure8RanksOfDecember2017(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	for measure, rank := range map[string]string{"neet_percent": "30", "not_known_percent": "120", "combined_percent": "107"} {
		r := p.ranking(t, measure, "2017-12", "england")
		r.wants(t, "rank_worst", rank)
		r.wants(t, "areas_ranked", "152")
	}
	r := p.ranking(t, "combined_percent", "2017-12", "lcr")
	r.wants(t, "rank_worst", "5")
	r.wants(t, "areas_ranked", "6")
	if kind := r.Text("source_kind"); kind != "synthetic" {
		t.Errorf("the invented portal table counts as %s", kind)
	}
}

// July 2018. The paper leaves the ages of participation open; 16-17 are read.
func TestFigure9July2018(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	p.rate(t, "2018-07-31", "16-17").wants(t, "participating_percent", "90.7")
	p.rate(t, "2018-07-31", "16-18").wants(t, "not_known_percent", "2.8")
	neet := p.trend(t, "neet_count", "16-18", "2018-07")
	neet.wants(t, "change", "-64")
	neet.wants(t, "change_percent", "-9.6")
	r := p.ranking(t, "participating_percent", "2018-07", "lcr")
	r.wants(t, "rank_best", "2")
	r.wants(t, "areas_ranked", "6")
	r = p.ranking(t, "participating_percent", "2018-07", "region")
	if ours, region := r.cell(t, "value_percent"), r.cell(t, "group_pooled_percent"); ours <= region {
		t.Errorf("participation is %v and the North West's %v, the paper has us above it", ours, region)
	}
}

// gap returns the row of ward_gaps under the boundaries in force; the paper
// leaves the ages open, 16-18 are read.
func (p published) gap(t *testing.T, monthEnd string) Values {
	t.Helper()
	return p.one(t, "ward_gaps", "basis = 'recorded' and age_band = '16-18' and measure = 'neet' and is_in_force and month_end = '%s'", monthEnd)
}

func TestFigure12WardGap(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	p.gap(t, "2018-07-31").wants(t, "gap_points", "9.5")
	p.gap(t, "2017-07-31").wants(t, "gap_points", "13.0")
	p.gap(t, "2018-07-31").wants(t, "change_points", "-3.5")
}

// headline returns a cell of neet_headlines, combined, 16-17.
func (p published) headline(t *testing.T, year, kind string) Values {
	t.Helper()
	return p.one(t, "neet_headlines", "basis = 'recorded' and age_band = '16-17' and measure = 'combined' and academic_year = '%s' and period_kind = '%s'", year, kind)
}

// Annual means of the combined rate. The paper writes its changes in per cent;
// they are points. The ages are left open, 16-17 are read.
func TestFigure13AnnualMeans(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	first, later, last := p.headline(t, "2016/17", "annual_mean"), p.headline(t, "2020/21", "annual_mean"), p.headline(t, "2021/22", "quarters_2_to_4")
	first.wants(t, "value_percent", "8")
	later.wants(t, "value_percent", "4.2")
	last.wants(t, "value_percent", "3.4")
	same(t, "2020/21 less 2016/17", later.cell(t, "value_percent")-first.cell(t, "value_percent"), "-3.8")
	same(t, "three quarters of 2021/22 less 2016/17", last.cell(t, "value_percent")-first.cell(t, "value_percent"), "-4.6")
}

// NEET of two Aprils; the ages are left open, 16-18 are read. The paper prints
// the difference as 153; from 465 to 313 it is 152, which is expected here.
func TestFigure14NEETOfApril(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	before, after := p.trend(t, "neet_count", "16-18", "2018-04"), p.trend(t, "neet_count", "16-18", "2022-04")
	before.wants(t, "value", "465")
	after.wants(t, "value", "313")
	same(t, "difference", before.cell(t, "value")-after.cell(t, "value"), "152")
}

// Ranks of the combined rate, here 1 is best. The portal table is synthetic.
func TestFigure15RanksOfTheCombinedRate(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	for month, want := range map[string][2]string{"2019-10": {"9", ""}, "2020-10": {"4", "151"}, "2022-10": {"3", "152"}} {
		r := p.ranking(t, "combined_percent", month, "england")
		r.wants(t, "rank_best", want[0])
		if want[1] != "" {
			r.wants(t, "areas_ranked", want[1])
		}
	}
	for month := 1; month <= 12; month++ {
		r := p.ranking(t, "combined_percent", fmt.Sprintf("2022-%02d", month), "lcr")
		r.wants(t, "rank_best", "1")
		r.wants(t, "tie_count", "0")
		r.wants(t, "areas_ranked", "6")
	}
}

// Not Known of October 2022 beside the North West and England.
func TestFigure16NotKnownOctober2022(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	r := p.ranking(t, "not_known_percent", "2022-10", "region")
	r.wants(t, "value_percent", "0.1")
	r.wants(t, "own_value_percent", "0.1")
	r.wants(t, "group_pooled_percent", "1.2")
	p.ranking(t, "not_known_percent", "2022-10", "england").wants(t, "group_pooled_percent", "2.8")
	p.rate(t, "2022-10-31", "16-17").wants(t, "not_known_percent", "0.1")
}
