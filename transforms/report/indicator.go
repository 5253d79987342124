package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// indicator is a key figure: where it comes from and which way is good.
type indicator struct {
	name, measure, band, kind string
	decimals                  int
	good                      polarity
	count                     string // what is counted behind the figure, for the test on noise; empty: no such test
	means                     string // what is counted, said beside the figure
}

// polarity is the end of a measure that is good.
type polarity int

const (
	neither polarity = iota // a size, neither good nor bad
	low
	high
)

var keyFigures = []indicator{
	{"NEET or not known", "combined_percent", "16-17", "same_month", 2, low, "combined", "NEET and not known together ÷ cohort"},
	{"NEET or not known, number of people", "combined_count", "16-17", "same_month", 0, low, "combined", "residents who are NEET or not known"},
	{"NEET", "neet_percent", "16-17", "same_month", 2, low, "neet_count", "not in education, employment or training ÷ cohort"},
	{"Not known", "not_known_percent", "16-17", "same_month", 2, low, "not_known_count", "activity not known or no longer current ÷ cohort"},
	{"Participating", "participating_percent", "16-17", "same_month", 2, high, "participating_count", "meeting the duty to participate ÷ cohort"},
	{"EET, number of people", "eet_count", "16-17", "same_month", 0, high, "eet_count", "in education, employment with training, or training"},
	{"Cohort, number of people", "cohort_count", "16-17", "same_month", 0, neither, "", "residents who count"},
	{"NEET", "neet_percent", "16-18", "same_month", 1, low, "neet_count", "not in education, employment or training ÷ cohort"},
	{"NEET, number of people", "neet_count", "16-18", "same_month", 0, low, "neet_count", "residents not in education, employment or training"},
	{"NEET or not known, December to February", "combined_percent", "16-17", "three_month", 1, low, "combined", "three months' counts ÷ their cohorts, the national headline"},
	{"Gap between highest and lowest ward, NEET", "ward_gap_neet_points", "16-18", "same_month", 1, low, "gap", "highest less lowest rate of wards with enough residents"},
	{"Mean days NEET of those NEET now", "mean_days_open_spell", "16-18", "same_month", 0, low, "", "days since the spell began, mean of those NEET at the month end"},
	{"September Guarantee, Year 11", "guarantee_y11_percent", "none", "published", 1, high, "Y11", "pupils of our rolls with an offer ÷ pupils on 31 May"},
	{"September Guarantee, Year 12", "guarantee_y12_percent", "none", "published", 1, high, "Y12", "pupils of our rolls with an offer ÷ pupils on 31 May"},
}

// indicators is the table of key figures, each against the year before and its
// target.
func indicators(in Input) []Section {
	t := &Table{Caption: "Key indicators", Head: []string{"Indicator", "Period", "Figure", "Year before", "Change", "Target", "Direction"}}
	var sentences []string
	for _, k := range keyFigures {
		k.decimals = min(k.decimals, in.rateDecimals(k))
		r := k.row(in)
		if r == nil {
			continue
		}
		t.Rows = append(t.Rows, TableRow{Cells: k.cells(in, r), Note: k.means})
		if k.kind == "same_month" && (k.measure == "combined_percent" || k.measure == "eet_count" || k.measure == "neet_count") {
			sentences = append(sentences, k.sentence(in, r))
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return []Section{{
		ID: "key", Title: "Key indicators", Sentences: sentences, Table: t,
		Definition: "Residents, as the statutory monthly return recorded them; the Guarantee counts pupils on our schools' and colleges' rolls. The year before is the same month, or the same period, a year earlier. Changes of rates are in percentage points and computed from unrounded figures, so they may differ by one in the last digit from the difference of the two figures printed. Targets are those set for the academic year. " + noiseMethod,
	}}
}

// target returns the target set for the figure's academic year, in words, and
// whether the figure meets it.
func (k indicator) target(in Input, r Row) string {
	measure, isRate := strings.CutSuffix(k.measure, "_percent")
	if !isRate {
		return "–"
	}
	for _, t := range pick(in.Targets, "measure", measure, "age_band", k.band, "academic_year", r.Text("academic_year"), "ward_code", "all") {
		aim, ok := t.Number("target_percent")
		if !ok {
			continue
		}
		v := round(r.value("value"), k.decimals)
		met := "not met"
		if k.good == low && v <= aim || k.good == high && v >= aim {
			met = "met"
		}
		return withUnit(aim, 1, "per cent") + ", " + met
	}
	return "none set"
}

// row returns the newest row of the figure. A Guarantee whose September is not
// over is no figure yet.
func (k indicator) row(in Input) Row {
	rows := pick(in.Trends, "measure", k.measure, "age_band", k.band, "period_kind", k.kind)
	if k.kind == "published" {
		rows = slices.DeleteFunc(rows, func(r Row) bool {
			return !slices.ContainsFunc(in.Guarantee, func(g Row) bool { return yearText(g) == r.Text("period") && g.is("is_final") })
		})
	}
	last := latest(rows, "period")
	for _, r := range rows {
		if r.Text("period") == last {
			return r
		}
	}
	return nil
}

func (k indicator) cells(in Input, r Row) []string {
	name := k.name
	if k.band != "none" {
		name += ", age " + k.band
	}
	period := periodWords(r.Text("period"))
	if k.kind == "published" {
		period = "September " + period
	}
	out := []string{name, period, withUnit(r.value("value"), k.decimals, r.Text("unit"))}
	before, ok := r.Number("previous_value")
	if !ok {
		return append(out, "none", "–", k.target(in, r), "nothing to compare with")
	}
	diff, ok := r.Number("change")
	if !ok {
		return append(out, withUnit(before, k.decimals, r.Text("unit")), "–", k.target(in, r), "cannot be compared")
	}
	return append(out, withUnit(before, k.decimals, r.Text("unit")), change(diff, k.decimals), k.target(in, r), k.direction(in, r, diff))
}

// direction says which way the figure went and whether that is good; a change
// that chance could make is called that.
func (k indicator) direction(in Input, r Row, diff float64) string {
	d := round(diff, k.decimals)
	if d == 0 {
		return "→ unchanged"
	}
	arrow, good := "▲ up", k.good == high
	if d < 0 {
		arrow, good = "▼ down", k.good == low
	}
	switch {
	case k.good == neither:
		return arrow
	case k.isNoise(in, r):
		return arrow + ", within noise"
	case k.count == "":
		return arrow + ", noise not tested"
	case good:
		return arrow + ", better"
	default:
		return arrow + ", worse"
	}
}

func (k indicator) sentence(in Input, r Row) string {
	s := fmt.Sprintf("%s at age %s stood at %s in %s", strings.TrimSuffix(k.name, ", number of people"), k.band, withUnit(r.value("value"), k.decimals, r.Text("unit")), periodWords(r.Text("period")))
	before, known := r.Number("previous_value")
	diff, ok := r.Number("change")
	if !known || !ok {
		return s + "; there is no figure of a year before."
	}
	if small := math.Abs(diff); r.Text("unit") == "people" && small > 0 && small < float64(in.Profile.Threshold) { // no small count, of a change either
		return s + fmt.Sprintf(", within %d people of a year before (%s).", in.Profile.Threshold, withUnit(before, k.decimals, r.Text("unit")))
	}
	s += fmt.Sprintf(", %s a year before (%s)", compared(diff, k.decimals, r.Text("unit")), withUnit(before, k.decimals, r.Text("unit")))
	if round(diff, k.decimals) != 0 && k.isNoise(in, r) {
		s += "; the change is within the noise of small counts"
	}
	return s + "."
}

// yearText returns the year of a September Guarantee as yearly_trends write it.
func yearText(r Row) string {
	if s := r.Text("guarantee_year"); s != "" {
		return s
	}
	return fmt.Sprintf("%.0f", r.value("guarantee_year"))
}
