package report

import (
	"fmt"
	"slices"
	"strings"
)

// rankings ranks the newest year of the published figures within each group.
func (c Controlled) rankings() []Row {
	years := c.Tables["comparison_years"]
	last := ""
	for _, r := range years {
		if _, ok := r.Number("combined_percent"); ok && r.Text("area_code") == c.Own {
			last = max(last, r.Text("academic_year"))
		}
	}
	var out []Row
	for _, group := range []string{"lcr", "statistical_neighbours", "england"} {
		var rows []Row
		for _, r := range pick(years, "academic_year", last) {
			if _, ok := r.Number("combined_percent"); ok && slices.Contains(c.Groups[group], r.Text("area_code")) {
				rows = append(rows, r)
			}
		}
		out = append(out, c.ranked(group, last, rows)...)
	}
	return out
}

// ranked gives competition ranks, 1 the lowest rate, with ties and n, and the
// mean of the others for our authority.
func (c Controlled) ranked(group, period string, rows []Row) []Row {
	var out []Row
	for _, r := range rows {
		v := r.value("combined_percent")
		best, worst, ties, others := int64(1), int64(1), int64(0), 0.0
		for _, o := range rows {
			w := o.value("combined_percent")
			switch {
			case w < v:
				best++
			case w > v:
				worst++
			case o.Text("area_code") != r.Text("area_code"):
				ties++
			}
			if o.Text("area_code") != r.Text("area_code") {
				others += w
			}
		}
		one := Row{
			"comparison_group": group, "period_kind": "three_month", "period": period, "area_name": r.Text("area_name"),
			"is_own_area": r.Text("area_code") == c.Own, "value_percent": v, "rank_best": best, "rank_worst": worst, "tie_count": ties,
			"areas_ranked": int64(len(rows)), "areas_total": int64(len(c.Groups[group])), "source_kind": "published", "rounding_basis": "1dp", "list_vintage": "none",
			"source": "Department for Education, NEET scorecard, as published", "difference_from": "mean",
		}
		if len(rows) > 1 {
			mean := others / float64(len(rows)-1)
			one["group_mean_percent"], one["difference_points"] = mean, v-mean
		}
		out = append(out, one)
	}
	return out
}

// wardYears shows the wards under disclosure control: means of December to
// February, with hidden figures as c.
func wardYears(in Input) []Section {
	last := ""
	for _, r := range in.WardYears {
		if _, ok := r.Number("cohort_count"); ok {
			last = max(last, r.Text("academic_year"))
		}
	}
	rows := pick(in.WardYears, "academic_year", last)
	if last == "" || len(rows) == 0 {
		return nil
	}
	shown := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r["neet_percent"] == nil })
	hidden := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r["neet_percent"] != nil })
	sortBy(shown, "neet_percent", "ward_name", true)
	sortBy(hidden, "none", "ward_name", false)
	before := yearName(schoolYear(last+"-09") - 1)
	table := &Table{Caption: "NEET by ward, age 16-17, mean of December to February " + last,
		Head: []string{"Ward", "NEET %", before + " %", "Change, points", "Change is", "NEET, people", "Cohort", "NEET or not known %"}}
	var bars []Bar
	for _, r := range slices.Concat(shown, hidden) {
		old := wardBefore(in.WardYears, before, r)
		diff, say := wardChange(r, old)
		table.Rows = append(table.Rows, TableRow{Cells: []string{r.Text("ward_name"), r.cell("neet_percent", 1), old.cell("neet_percent", 1), diff, say,
			r.cell("neet_count", 1), r.cell("cohort_count", 1), r.cell("combined_percent", 1)}})
		bar := Bar{Label: r.Text("ward_name"), Text: r.cell("neet_percent", 1)}
		if v, ok := r.Number("neet_percent"); ok {
			bar.Value, bar.Text, bar.Mark = &v, bar.Text+" %", v == shown[0].value("neet_percent") || v == shown[len(shown)-1].value("neet_percent")
		}
		bars = append(bars, bar)
	}
	say := shownGap(last, shown, len(hidden))
	return []Section{{
		ID: "wards", Title: "Gap between wards: NEET, age 16-17", Sentences: say,
		Chart: barChart("wards", "Bar chart of wards from the highest to the lowest rate that is shown.", say[0], "NEET %", "highest and lowest rate shown", bars), Table: table,
		Definition: "NEET ÷ cohort by ward of residence, means of December, January and February, as recorded in the monthly return. Unknown addresses and addresses outside are no wards. c: confidential. " + noiseMethod,
	}}
}

func wardBefore(all []Row, year string, r Row) Row {
	for _, o := range pick(all, "academic_year", year, "ward_code", r.Text("ward_code"), "boundary_version", r.Text("boundary_version")) {
		return o
	}
	return nil
}

// wardChange says a ward's change where both years are shown.
func wardChange(now, before Row) (diff, say string) {
	a, ok1 := now.Number("neet_percent")
	b, ok2 := before.Number("neet_percent")
	if !ok1 || !ok2 {
		return "–", "–"
	}
	n1, ok1 := now.Number("neet_count")
	n0, ok2 := before.Number("neet_count")
	switch {
	case round(a-b, 1) == 0:
		return change(a-b, 1), "unchanged"
	case ok1 && ok2 && noise(n1, now.value("cohort_count"), n0, before.value("cohort_count")):
		return change(a-b, 1), "noise"
	case a > b:
		return change(a-b, 1), "worse"
	default:
		return change(a-b, 1), "better"
	}
}

func shownGap(year string, shown []Row, hidden int) []string {
	if len(shown) < 2 {
		return []string{fmt.Sprintf("Of December to February %s fewer than two wards have a rate that can be shown.", year)}
	}
	top, bottom := shown[0], shown[len(shown)-1]
	share := func(r Row, which string) string {
		return sharedBy(float64(len(slices.DeleteFunc(slices.Clone(shown), func(o Row) bool { return o.value("neet_percent") != r.value("neet_percent") }))), which)
	}
	gap := top.value("neet_percent") - bottom.value("neet_percent")
	out := []string{fmt.Sprintf("In December to February %s, among the %d wards whose rate is shown, the gap was %s: %s had %s %%%s and %s %s %%%s.", year, len(shown), withUnit(gap, 1, "points"),
		top.Text("ward_name"), number(top.value("neet_percent"), 1), share(top, "highest"), bottom.Text("ward_name"), number(bottom.value("neet_percent"), 1), share(bottom, "lowest"))}
	if hidden > 0 {
		word := "wards stand"
		if hidden == 1 {
			word = "ward stands"
		}
		out = append(out, fmt.Sprintf("%d more %s as c, mostly those with few young people NEET, so the gap over all wards is wider than can be said here.", hidden, word))
	}
	return out
}

// findingsOnly says in words what controlled pages may say of early
// intervention, of which no count is on the profile's list.
func findingsOnly(in Input) []Section {
	rows := slices.DeleteFunc(slices.Clone(in.Early), func(r Row) bool {
		return r.Text("neet_finding") == "too_few_to_say" && r.Text("days_finding") == "too_few_to_say"
	})
	sortBy(rows, "leaving_year", "neet_finding", true)
	if len(rows) == 0 {
		return nil
	}
	table := &Table{Caption: "At-risk leavers supported early, against those not supported", Head: []string{"Leavers of", "NEET on leaving", "Days NEET in the first six months"}}
	for _, r := range rows[:min(len(rows), 4)] {
		table.Rows = append(table.Rows, TableRow{Cells: []string{fmt.Sprintf("%.0f", r.value("leaving_year")), findings[r.Text("neet_finding")], findings[r.Text("days_finding")]}})
	}
	return []Section{{
		ID: "early", Title: "Early intervention", Table: table,
		Sentences:  []string{fmt.Sprintf("Among the at-risk leavers of %.0f, NEET on leaving: %s with early support than without.", rows[0].value("leaving_year"), strings.Replace(findings[rows[0].Text("neet_finding")], "no clear difference", "not clearly different", 1))},
		Definition: "In words only: the groups are small, and no count of them is on this profile's list. Lower and higher by the 95 % interval of the difference. Supported: an intervention before 31 August of Year 11. NEET on leaving: NEET at 31 October. Who is supported is not drawn by lot, so a difference is not an effect.",
	}}
}
