package report

import (
	"fmt"
	"slices"
	"strings"
)

// Controlled are the tables of a controlled profile, by name, with what says
// where they come from. A page of one is made of nothing else but the words of
// findings: no mart is at hand from which a small count could come.
type Controlled struct {
	Profile  Profile
	Tables   map[string][]Row    // borough_months, ward_years, group_years, guarantee_years, survey_years, comparison_years
	Build    []Row               // meta.build
	Files    []Row               // meta.files
	Late     []Row               // meta.arrivals that are late
	Failed   []Row               // meta.checks that did not hold
	Groups   map[string][]string // codes of the areas of a comparison group
	Own      string              // code of our authority
	Findings []Row               // early_intervention, its words only
}

// Findings keeps of early_intervention what a controlled page may say: the
// years and the words.
func Findings(early []Row) []Row {
	var out []Row
	for _, r := range early {
		out = append(out, Row{"leaving_year": r["leaving_year"], "neet_finding": r["neet_finding"], "days_finding": r["days_finding"]})
	}
	return out
}

// Input turns controlled tables into what a page is made of.
func (c Controlled) Input() Input {
	in := Input{
		Profile: c.Profile, Build: c.Build, Files: c.Files, Late: c.Late, Failed: c.Failed,
		Survey: c.Tables["survey_years"], Early: c.Findings, WardYears: c.Tables["ward_years"],
	}
	for _, r := range c.Tables["borough_months"] {
		in.Rates = append(in.Rates, withRates(c.Profile, r))
	}
	for _, r := range c.Tables["guarantee_years"] {
		g := clone(r)
		g["is_final"] = true // only those are on the list
		offers, ok1 := r.Number("offer_made_count")
		pupils, ok2 := r.Number("cohort_count")
		if _, shown := r.Number("offer_made_percent"); shown && ok1 && ok2 && pupils > 0 && c.Profile.Decimals != 1 {
			g["offer_made_percent"] = 100 * offers / pupils // as exact as the counts: a change of rounded rates would be off
		}
		in.Guarantee = append(in.Guarantee, g)
	}
	in.Trends = slices.Concat(monthTrends(in.Rates), winterTrends(in.Rates), guaranteeTrends(in.Guarantee))
	last := latest(c.Tables["group_years"], "academic_year")
	in.Groups = pick(c.Tables["group_years"], "academic_year", last)
	in.Areas = c.rankings()
	return in
}

func clone(r Row) Row {
	out := Row{}
	for k, v := range r {
		out[k] = v
	}
	return out
}

// withRates adds the combined count, and, where counts are not rounded, rates
// that are as exact as the counts. What rests on a hidden count stays hidden.
func withRates(p Profile, r Row) Row {
	out := clone(r)
	neet, ok1 := r.Number("neet_count")
	unknown, ok2 := r.Number("not_known_count")
	if ok1 && ok2 {
		out["combined_count"] = neet + unknown
	}
	cohort, ok := r.Number("cohort_count")
	if !ok || cohort == 0 || p.Decimals == 1 {
		return out
	}
	for _, m := range []string{"eet", "neet", "not_known", "combined"} {
		if n, ok := out.Number(m + "_count"); ok {
			out[m+"_percent"] = 100 * n / cohort
		}
	}
	return out
}

var monthMeasures = []struct{ name, unit string }{
	{"combined_percent", "per cent"}, {"combined_count", "people"}, {"neet_percent", "per cent"}, {"neet_count", "people"},
	{"not_known_percent", "per cent"}, {"eet_count", "people"}, {"cohort_count", "people"},
}

// monthTrends sets every month beside the same month a year before.
func monthTrends(rates []Row) []Row {
	var out []Row
	for _, r := range rates {
		month := r.Text("month_end")[:7]
		before := monthRow(rates, r.Text("age_band"), yearEarlier(month))
		for _, m := range monthMeasures {
			if t, ok := trend(m.name, m.unit, r.Text("age_band"), "same_month", month, r, before, m.name); ok {
				out = append(out, t)
			}
		}
	}
	return out
}

// trend is a figure beside the one before; false where it is hidden.
func trend(measure, unit, band, kind, period string, now, before Row, column string) (Row, bool) {
	v, ok := now.Number(column)
	if !ok {
		return nil, false
	}
	year := period
	if kind == "same_month" {
		year = yearName(schoolYear(period))
	}
	t := Row{"measure": measure, "unit": unit, "age_band": band, "period_kind": kind, "period": period, "academic_year": year, "value": v}
	if b, ok := before.Number(column); ok {
		t["previous_value"], t["change"] = b, v-b
	}
	return t, true
}

// winterTrends adds December to February up, from the counts that are shown.
func winterTrends(rates []Row) []Row {
	winters := map[string]Row{}
	for _, r := range pick(rates, "age_band", "16-17") {
		if m := r.Text("month_end"); m[5:7] == "12" {
			if w := winterOf(rates, schoolYear(m)); w != nil {
				winters[yearName(schoolYear(m))] = w
			}
		}
	}
	var out []Row
	for y, w := range winters {
		before := winters[yearName(schoolYear(y+"-09")-1)]
		for _, m := range []string{"combined_percent", "neet_percent", "not_known_percent"} {
			if t, ok := trend(m, "per cent", "16-17", "three_month", y, w, before, m); ok {
				out = append(out, t)
			}
		}
	}
	slices.SortFunc(out, func(a, b Row) int {
		return strings.Compare(a.Text("period")+a.Text("measure"), b.Text("period")+b.Text("measure"))
	})
	return out
}

func winterOf(rates []Row, year int) Row {
	sums := map[string]float64{}
	for _, m := range []string{fmt.Sprintf("%04d-12", year), fmt.Sprintf("%04d-01", year+1), fmt.Sprintf("%04d-02", year+1)} {
		r := monthRow(rates, "16-17", m)
		for _, c := range []string{"cohort_count", "neet_count", "not_known_count"} {
			v, ok := r.Number(c)
			if !ok {
				return nil
			}
			sums[c] += v
		}
	}
	if sums["cohort_count"] == 0 {
		return nil
	}
	return Row{
		"neet_percent":      100 * sums["neet_count"] / sums["cohort_count"],
		"not_known_percent": 100 * sums["not_known_count"] / sums["cohort_count"],
		"combined_percent":  100 * (sums["neet_count"] + sums["not_known_count"]) / sums["cohort_count"],
	}
}

func guaranteeTrends(rows []Row) []Row {
	var out []Row
	for _, r := range rows {
		measure := "guarantee_" + strings.ToLower(r.Text("year_group")) + "_percent"
		var before Row
		for _, b := range pick(rows, "year_group", r.Text("year_group")) {
			if b.value("guarantee_year") == r.value("guarantee_year")-1 {
				before = b
			}
		}
		if t, ok := trend(measure, "per cent", "none", "published", yearText(r), r, before, "offer_made_percent"); ok {
			t["academic_year"] = r.Text("academic_year")
			out = append(out, t)
		}
	}
	return out
}
