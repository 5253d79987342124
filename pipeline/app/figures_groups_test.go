package app

import (
	"fmt"
	"math"
	"testing"
)

// October 2021, groups in their own age spans: cohort, EET, NEET, other and not
// known, and the three percentages that the paper prints beside them.
func TestFigure4VulnerableGroups(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	columns := []string{"cohort_count", "eet_count", "neet_count", "other_count", "not_known_count", "combined_percent", "neet_percent", "not_known_percent"}
	for group, want := range map[string]struct {
		band  string
		cells [8]string
	}{
		"send":                  {"16-24", [8]string{"650", "522", "64", "2", "62", "19.4", "9.8", "9.5"}},
		"care_leavers":          {"16-18", [8]string{"34", "23", "11", "0", "0", "32.4", "32.4", "0.0"}},
		"young_carers":          {"16-17", [8]string{"58", "52", "6", "0", "0", "10.3", "10.3", "0.0"}},
		"alternative_provision": {"16-17", [8]string{"70", "50", "17", "0", "3", "28.6", "24.3", "4.3"}},
		"young_parents":         {"16-18", [8]string{"31", "9", "21", "0", "1", "71.0", "67.7", "3.2"}},
		"pregnant_or_mothers":   {"16-18", [8]string{"41", "13", "26", "0", "2", "68.3", "63.4", "4.9"}},
		"yos":                   {"16-17", [8]string{"26", "19", "7", "0", "0", "26.9", "26.9", "0.0"}},
		"ehe":                   {"16-17", [8]string{"47", "37", "7", "0", "3", "21.3", "14.9", "6.4"}},
	} {
		t.Run(group, func(t *testing.T) {
			r := p.one(t, "vulnerable_groups", "basis = 'recorded' and month_end = '2021-10-31' and group_name = '%s'", group)
			if r.Text("age_band") != want.band {
				t.Errorf("ages %s, the paper has %s", r.Text("age_band"), want.band)
			}
			for i, column := range columns {
				r.wants(t, column, want.cells[i])
			}
		})
	}
}

// The September Guarantee of four years, and Year 12 of one. 38 of 3,075 were
// without an offer in 2022.
func TestFigure5SeptemberGuarantee(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	cell := func(year int, group string) Values {
		return p.one(t, "september_guarantee", "institution = 'all' and guarantee_year = %d and year_group = '%s'", year, group)
	}
	for year, want := range map[int]string{2017: "98.3", 2018: "98.4", 2021: "98.7", 2022: "98.8"} {
		cell(year, "Y11").wants(t, "offer_made_percent", want)
		p.one(t, "yearly_trends", "measure = 'guarantee_y11_percent' and period = '%d'", year).wants(t, "value", want)
	}
	last := cell(2022, "Y11")
	last.wants(t, "cohort_count", "3075")
	same(t, "without an offer", last.cell(t, "cohort_count")-last.cell(t, "offer_made_count"), "38")
	cell(2021, "Y12").wants(t, "offer_made_percent", "95")
}

// The Activity Survey; the paper does not say of which leavers, those of 2017
// are read. The not known are outside the base.
func TestFigure6ActivitySurvey(t *testing.T) {
	t.Parallel()
	r := sampled(t).one(t, "activity_survey", "institution = 'all' and leaving_year = 2017")
	r.wants(t, "meeting_percent", "96.3")
	r.wants(t, "working_towards_percent", "1.3")
	r.wants(t, "temporary_break_percent", "0.2")
	r.wants(t, "not_meeting_percent", "2.2")
}

// Teenage mothers in EET; the stock at 31 July is read.
func TestFigure10TeenageMothers(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	r := p.one(t, "yearly_trends", "basis = 'recorded' and period_kind = 'same_month' and measure = 'group_teenage_mothers_eet_count' and period = '2018-07'")
	r.wants(t, "change_percent", "90.5")
}

// Mean days of those NEET in July: the open spell of 16-18 is read.
func TestFigure11DaysOfTheOpenSpell(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	p.trend(t, "mean_days_open_spell", "16-18", "2018-07").wants(t, "change", "-22")
	row := func(month string) Values {
		return p.one(t, "days_neet", "population = 'neet_now' and spell_window = 'open_spell' and age_band = '16-18' and period = '%s'", month)
	}
	same(t, "July 2018 less July 2017", row("2018-07").cell(t, "mean_days")-row("2017-07").cell(t, "mean_days"), "-22")
}

// At-risk leavers supported early, four leaving cohorts; 2019 to 2022 are
// read, and days NEET are those of the first six months.
func TestFigure17EarlyIntervention(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	points, days := [2]float64{math.Inf(1), math.Inf(-1)}, [2]float64{math.Inf(1), math.Inf(-1)}
	for year := 2019; year <= 2022; year++ {
		r := p.one(t, "early_intervention", "risk_group = 'all' and leaving_year = %d", year)
		points = widen(points, -r.cell(t, "difference_points"))
		days = widen(days, -r.cell(t, "difference_days"))
	}
	same(t, "least difference in points", points[0], "1")
	same(t, "greatest difference in points", points[1], "16.8")
	same(t, "least difference in days", days[0], "53")
	same(t, "greatest difference in days", days[1], "78")
}

func widen(span [2]float64, x float64) [2]float64 {
	return [2]float64{min(span[0], x), max(span[1], x)}
}

// total adds a column of engagement over months.
func (p published) total(t *testing.T, column string, months ...string) (sum float64) {
	t.Helper()
	for _, m := range months {
		sum += p.one(t, "engagement", "month = '%s'", m).cell(t, column)
	}
	return sum
}

// Engagement of the year to October 2022; the paper does not name the year,
// and 16-18 are read for the destinations.
func TestFigure18Engagement(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	if n := p.total(t, "destinations_confirmed", "2022-09", "2022-10"); n <= 8000 {
		t.Errorf("%v destinations were confirmed, the paper has over 8,000", n)
	}
	year := []string{"2021-11", "2021-12"}
	for m := 1; m <= 10; m++ {
		year = append(year, fmt.Sprintf("2022-%02d", m))
	}
	same(t, "home visits", p.total(t, "home_visits", year...), "1800")
	same(t, "people engaged a month", p.total(t, "people_engaged", year...)/12, "454")
	same(t, "interventions a month", p.total(t, "interventions", year...)/12, "1100")
}

// Two quarters together: April to June 2020, January to March 2021.
func TestFigure19FollowUps(t *testing.T) {
	t.Parallel()
	p := sampled(t)
	months := []string{"2020-04", "2020-05", "2020-06", "2021-01", "2021-02", "2021-03"}
	same(t, "followed up", p.total(t, "people_followed_up", months...), "953")
	same(t, "early leavers supported", p.total(t, "early_leavers_supported", months...), "89")
}
