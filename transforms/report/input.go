package report

import (
	"context"
	"fmt"
)

// Row is one row of a mart by column name.
type Row map[string]any

// Text returns a column as text, empty when null.
func (r Row) Text(column string) string {
	s, _ := r[column].(string)
	return s
}

// Number returns a column as a number; false when null.
func (r Row) Number(column string) (float64, bool) {
	switch x := r[column].(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	default:
		return 0, false
	}
}

// value returns a number, 0 when null; for counts, which are never null.
func (r Row) value(column string) float64 {
	v, _ := r.Number(column)
	return v
}

// is returns a column that is true or false.
func (r Row) is(column string) bool {
	b, _ := r[column].(bool)
	return b
}

// Read returns the rows of a table that meet a condition in SQL, and none
// where the file has no such table.
type Read func(ctx context.Context, table, where string) ([]Row, error)

// Profile says how a page treats small counts.
type Profile struct {
	Name      string // internal, or a controlled profile such as committee
	Label     string // who may see the page
	Rule      string // what was done to small counts, as a sentence
	Threshold int64  // least count that may be shown; 0: no control
	Decimals  int    // most decimals of a rate; 0: no limit
}

// Internal is the profile of the marts as they are.
var Internal = Profile{Name: "internal", Label: "internal, unsuppressed",
	Rule: "Small counts are shown as they are: disclosure control has not been applied. Not for publication."}

func (p Profile) controlled() bool { return p.Threshold > 0 }

// Input is everything a page is made of, already narrowed to what it shows.
type Input struct {
	Profile   Profile
	Synthetic bool  // our own lists are invented, so all our figures are
	Targets   []Row // reference file targets
	Build     []Row // meta.build
	Files     []Row // meta.files
	Late      []Row // meta.arrivals that are late
	Failed    []Row // meta.checks that did not hold
	Rates     []Row // neet_rates, recorded, 16-17 and 16-18
	Trends    []Row // yearly_trends of the key indicators
	Gaps      []Row // ward_gaps, NEET, 16-18, boundaries in force
	Wards     []Row // ward_rates of the latest month, 16-18
	Areas     []Row // area_comparisons of the combined rate
	Groups    []Row // vulnerable_groups, recorded, latest month
	Guarantee []Row // september_guarantee of the borough
	Survey    []Row // activity_survey of the borough
	Early     []Row // early_intervention, all at-risk leavers
	WardYears []Row // controlled ward_years
}

// rateDecimals returns how many decimals a figure may show: public counts are
// rounded, so that two decimals of their rates would say nothing.
func (in Input) rateDecimals(k indicator) int {
	if in.Profile.Decimals > 0 {
		return in.Profile.Decimals
	}
	return k.decimals
}

// Gather reads what a page needs.
func Gather(ctx context.Context, read Read) (Input, error) {
	in := Input{Profile: Internal}
	for _, q := range []struct {
		into         *[]Row
		table, where string
	}{
		{&in.Build, "meta.build", ""},
		{&in.Files, "meta.files", ""},
		{&in.Late, "meta.arrivals", "state = 'late'"},
		{&in.Failed, "meta.checks", "failures > 0"},
		{&in.Rates, "marts.neet_rates", "basis = 'recorded' and age_band in ('16-17', '16-18') and cohort_count > 0"},
		{&in.Trends, "marts.yearly_trends", "basis in ('recorded', 'none') and value is not null and measure not like 'rank%' and measure not like 'group%' and age_band in ('16-17', '16-18', 'none')"},
		{&in.Gaps, "marts.ward_gaps", "basis = 'recorded' and measure = 'neet' and age_band = '16-18' and is_in_force and gap_points is not null"},
		{&in.Wards, "marts.ward_rates", "basis = 'recorded' and age_band = '16-18' and is_in_force and month_end = (select max(month_end) from marts.ward_gaps where gap_points is not null)"},
		{&in.Areas, "marts.area_comparisons", "measure = 'combined_percent' and comparison_group in ('lcr', 'statistical_neighbours', 'england') and rank_best is not null and list_basis <> 'newest' and period_kind in ('three_month', 'month')"},
		{&in.Groups, "marts.vulnerable_groups", "basis = 'recorded' and month_end = (select max(month_end) from marts.vulnerable_groups)"},
		{&in.Guarantee, "marts.september_guarantee", "institution = 'all' and cohort_count > 0"},
		{&in.Survey, "marts.activity_survey", "institution = 'all' and known_count > 0"},
		{&in.Early, "marts.early_intervention", "risk_group = 'all'"},
	} {
		rows, err := read(ctx, q.table, q.where)
		if err != nil {
			return in, fmt.Errorf("%s: %w", q.table, err)
		}
		*q.into = rows
	}
	return in, nil
}
