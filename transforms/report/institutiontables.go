package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

func ownGuarantee(in Institution) []Section {
	var out []Section
	for i, group := range []string{"Y11", "Y12"} {
		f := in.figures()[i]
		rows := slices.DeleteFunc(pick(in.Guarantee, "year_group", group), func(r Row) bool { return r.value("cohort_count") == 0 })
		if len(rows) == 0 {
			continue
		}
		sortBy(rows, "guarantee_year", "year_group", true)
		t := &Table{Caption: f.name, Head: []string{"September", "Pupils", "Offer made", "Not appropriate", "No offer", "Not recorded", "Offer made %", "State"}}
		for _, r := range rows {
			state := "provisional"
			if r.is("is_final") {
				state = "final"
			}
			t.Rows = append(t.Rows, TableRow{Cells: append(append([]string{yearText(r)}, cells(r, 0, "cohort_count", "offer_made_count", "offer_not_appropriate_count", "no_offer_count", "not_recorded_count")...), r.cell("offer_made_percent", 1), state)})
		}
		id := "guarantee-" + strings.ToLower(group)
		chart, say := f.trendOf(id, in.Name)
		out = append(out, Section{ID: id, Title: f.name, Sentences: said(say), Chart: chart, Table: t,
			Definition: "Pupils on your roll on 31 May with an offer of a place by 30 September. An offer to a later joiner counts among the offers only, so the rate may exceed 100. Provisional until all deliveries up to 30 September are known."})
	}
	return out
}

func said(sentences ...string) []string {
	return slices.DeleteFunc(sentences, func(s string) bool { return s == "" })
}

func cells(r Row, decimals int, columns ...string) []string {
	var out []string
	for _, c := range columns {
		out = append(out, r.cell(c, decimals))
	}
	return out
}

func ownSurvey(in Institution) []Section {
	rows := slices.Clone(in.Survey)
	if len(rows) == 0 {
		return nil
	}
	sortBy(rows, "leaving_year", "academic_year", true)
	t := &Table{Caption: "Your Year 11 leavers on 1 November", Head: []string{"Leavers of", "Leavers", "Known", "Meeting the duty", "Working towards", "Temporary break", "Not meeting", "Not known", "Meeting %"}}
	for _, r := range rows {
		t.Rows = append(t.Rows, TableRow{Cells: append(append([]string{fmt.Sprintf("%.0f", r.value("leaving_year"))},
			cells(r, 0, "leaver_count", "known_count", "meeting_count", "working_towards_count", "temporary_break_count", "not_meeting_count", "not_known_count")...), r.cell("meeting_percent", 1))})
	}
	chart, say := in.figures()[2].trendOf("survey", in.Name)
	return []Section{{ID: "survey", Title: "Annual Activity Survey", Sentences: said(say), Chart: chart, Table: t,
		Definition: "Pupils on your roll of Year 11 on 31 May, wherever they live, by the activity in force on 1 November. The rate leaves out those not known. Young adults in custody are outside it."}}
}

func ownStarters(in Institution) []Section {
	rows := slices.DeleteFunc(slices.Clone(in.Destinations), func(r Row) bool {
		return r.Text("route") == "higher_education" || r["starter_count"] == nil && r.value("offer_count") == 0
	})
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(strings.Compare(b.Text("academic_year"), a.Text("academic_year")), strings.Compare(a.Text("route"), b.Text("route")))
	})
	t := &Table{Caption: "Offers and starters", Head: []string{"Autumn of", "Route", "Offers", "Starters", "No-shows", "Of these in learning", "Left by 31 October", "Left by 31 March", "NEET in the caseload", "Not on your list"}}
	for _, r := range rows {
		t.Rows = append(t.Rows, TableRow{Cells: append([]string{r.Text("academic_year"), strings.ReplaceAll(r.Text("route"), "_", " ")},
			cells(r, 0, "offer_count", "starter_count", "no_show_count", "no_show_in_learning_count", "early_leaver_count", "left_by_march_count", "listed_neet_count", "caseload_not_listed_count")...)})
	}
	say := ""
	if at := slices.IndexFunc(rows, func(r Row) bool { return r["starter_count"] != nil }); at >= 0 {
		r := rows[at]
		say = fmt.Sprintf("Of %s on your starters list of %s, %s had left by 31 October.", peopleWords(r.value("starter_count")), r.Text("academic_year"), r.cell("early_leaver_count", 0))
	}
	return []Section{{ID: "starters", Title: "Offers, starters and early leavers", Sentences: said(say), Table: t,
		Definition: "People of your lists who are in the caseload, wherever they live. A no-show has an offer of yours and stands on no starters list and no roll of Years 12 to 14; it is concluded only where your list has arrived. NEET in the caseload: on your list, not left, and NEET at 31 October. Not on your list: in the caseload as yours at 31 October. Absence from a list never is a drop-out. –: no list has arrived, or the month is not over."}}
}

func ownPlaces(in Institution) []Section {
	rows := slices.DeleteFunc(pick(in.Destinations, "route", "higher_education"), func(r Row) bool { return r.value("place_count") == 0 })
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(b.Text("academic_year"), a.Text("academic_year")) })
	t := &Table{Caption: "Places in higher education", Head: []string{"Autumn of", "People with a place"}}
	for _, r := range rows {
		t.Rows = append(t.Rows, TableRow{Cells: []string{r.Text("academic_year"), r.cell("place_count", 0)}})
	}
	return []Section{{ID: "places", Title: "Places in higher education", Table: t,
		Sentences:  []string{fmt.Sprintf("For the autumn of %s, %s had a place in higher education.", rows[0].Text("academic_year"), peopleWords(rows[0].value("place_count")))},
		Definition: "People of your centre, by the admissions service's list, who are in the caseload and have a place for that autumn."}}
}

func peopleWords(n float64) string { return number(n, 0) + " " + unitWords("people", n) }

func ownRolls(in Institution) []Section {
	rows := slices.DeleteFunc(slices.Clone(in.Returns), func(r Row) bool { return r["roll_count"] == nil })
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(b.Text("academic_year"), a.Text("academic_year")) })
	t := &Table{Caption: "Your roll in the last return of the year", Head: []string{"Academic year", "On the roll", "Year 9", "Year 10", "Year 11", "Year 12", "Years 13 and 14", "Named at risk of NEET"}}
	for _, r := range rows {
		t.Rows = append(t.Rows, TableRow{Cells: append([]string{r.Text("academic_year")}, cells(r, 0, "roll_count", "year_9_count", "year_10_count", "year_11_count", "year_12_count", "year_13_count", "flagged_at_risk_count")...)})
	}
	return []Section{{ID: "roll", Title: "Your rolls", Table: t,
		Sentences:  []string{fmt.Sprintf("The last return of %s names %s.", rows[0].Text("academic_year"), peopleWords(rows[0].value("roll_count")))},
		Definition: "People on the roll you returned, wherever they live. Named at risk: those of Years 9 to 11 whom you flag as at risk of NEET."}}
}

func ownQuality(in Institution) []Section {
	rows := slices.Clone(in.Quality)
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(strings.Compare(b.Text("academic_year"), a.Text("academic_year")), strings.Compare(a.Text("dataset"), b.Text("dataset")))
	})
	t := &Table{Caption: "Your lists", Head: []string{"Academic year, list", "Files", "Refused", "Rows read", "Rows refused", "Refused %", "Due", "On time"}}
	for _, r := range rows {
		t.Rows = append(t.Rows, TableRow{Cells: append([]string{r.Text("academic_year") + ", " + strings.ReplaceAll(r.Text("dataset"), "_", " ")},
			append(cells(r, 0, "files_loaded", "files_refused", "rows_read", "rows_quarantined"), r.cell("quarantined_percent", 2), r.cell("due_count", 0), r.cell("on_time_count", 0))...)})
	}
	late := sum(rows, "overdue_count")
	say := "No list of yours is overdue."
	if late > 0 {
		say = "Overdue: " + plural(int64(late), "list") + " of yours."
	}
	return []Section{{ID: "quality", Title: "Your lists", Sentences: []string{say}, Table: t,
		Definition: "Files and rows you sent. A refused row broke a rule of its list and is in no figure; the list of refused rows says which. Due and on time: lists expected by the calendar agreed for the year."}}
}

var ownTerms = []Term{
	{"Meeting the duty", "In full-time education or training, an apprenticeship, or work with training, as the duty to participate asks."},
	{"Not known", "Activity not known, no longer confirmed, or not in the caseload."},
	{"Points", "Percentage points: the difference of two rates."},
	{"Within the noise of small counts", noiseMethod},
	{"Rounding", "Every figure is rounded once, half away from zero, from the unrounded one."},
	{"As at", "The day of the last delivery that the figures know. Later corrections are not in them."},
}
