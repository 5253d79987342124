package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// groupNames are the vulnerable groups in the words of a committee's paper;
// others are shown by their own name.
var groupNames = map[string]string{
	"send": "SEND (with a plan)", "care_leavers": "Care leavers", "looked_after": "Looked after", "young_carers": "Young carers",
	"alternative_provision": "Alternative provision", "young_parents": "Young parents", "pregnant_or_mothers": "Pregnant or teenage mothers",
	"teenage_mothers": "Teenage mothers", "yos": "Youth offending service", "ehe": "Home educated at school age", "supporting_families": "Supporting Families",
}

func groupName(key string) string {
	if name, ok := groupNames[key]; ok {
		return name
	}
	return strings.ReplaceAll(key, "_", " ")
}

// groups is the table of vulnerable groups: of a month, or, under disclosure
// control, the mean of December to February.
func groups(in Input) []Section {
	when, decimals := periodWords(latest(in.Groups, "month_end")), 0
	rows := pick(in.Groups, "month_end", latest(in.Groups, "month_end"))
	if in.Profile.controlled() {
		when, decimals = "December to February "+latest(in.Groups, "academic_year"), 1
	}
	rows = slices.DeleteFunc(rows, func(r Row) bool { n, ok := r.Number("cohort_count"); return ok && n == 0 })
	if len(rows) == 0 {
		return nil
	}
	sortBy(rows, "combined_percent", "group_name", true)
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(hiddenLast(a), hiddenLast(b)) })
	table := &Table{Caption: "Vulnerable groups, " + when, Head: []string{"Group", "Age", "Cohort", "EET", "NEET", "Other", "Not known", "NEET or not known %", "NEET %", "Not known %"}}
	var bars []Bar
	for _, r := range rows {
		cells := []string{groupName(r.Text("group_name")), r.Text("age_band")}
		for _, c := range []string{"cohort_count", "eet_count", "neet_count", "other_count", "not_known_count"} {
			cells = append(cells, r.cell(c, decimals))
		}
		table.Rows = append(table.Rows, TableRow{Cells: append(cells, r.cell("combined_percent", 1), r.cell("neet_percent", 1), r.cell("not_known_percent", 1))})
		b := Bar{Label: cells[0], Text: r.cell("combined_percent", 1)}
		if v, ok := r.Number("combined_percent"); ok {
			b.Value, b.Text = &v, b.Text+" %"
		}
		bars = append(bars, b)
	}
	say := groupsSentence(rows, when, decimals)
	return []Section{{
		ID: "groups", Title: "Vulnerable groups", Sentences: []string{say, "Groups differ in age and size and overlap; in a small group one person moves the rate by several points."},
		Chart: barChart("groups", "Bar chart of NEET or not known by group.", say, "NEET or not known %", "", bars), Table: table,
		Definition: "Residents of the group's own academic ages, as recorded in the monthly return. EET leaves out jobs without regulated training, which are other. Rates are of the group's whole cohort. SEND: with an education, health and care plan.",
	}}
}

func hiddenLast(r Row) int {
	if _, ok := r.Number("combined_percent"); ok {
		return 0
	}
	return 1
}

// groupsSentence names the groups with the highest and the lowest rate shown.
func groupsSentence(rows []Row, when string, decimals int) string {
	shown := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return hiddenLast(r) == 1 || r["cohort_count"] == nil })
	if len(shown) == 0 {
		return "For " + when + " no group has a rate that can be shown."
	}
	top, bottom := shown[0], shown[len(shown)-1]
	share := func(r Row) string {
		return fmt.Sprintf("%s (%s %% of %s)", quotedGroup(r), number(r.value("combined_percent"), 1), number(r.value("cohort_count"), decimals))
	}
	of := ""
	if len(shown) < len(rows) {
		of = fmt.Sprintf(", of the %d of %d groups whose rate is shown,", len(shown), len(rows))
	}
	if len(shown) == 1 {
		return fmt.Sprintf("In %s only one of %d groups has a rate that can be shown, NEET or not known: %s.", when, len(rows), share(top))
	}
	return fmt.Sprintf("In %s%s NEET or not known was highest among %s and lowest among %s.", when, of, share(top), share(bottom))
}

func quotedGroup(r Row) string { return "“" + groupName(r.Text("group_name")) + "”" }

// guarantee is the September Guarantee of up to four years.
func guarantee(in Input) []Section {
	rows := slices.Clone(in.Guarantee)
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(strings.Compare(yearText(b), yearText(a)), cmp.Compare(len(yearGroup(a)), len(yearGroup(b))), strings.Compare(yearGroup(a), yearGroup(b)))
	})
	if len(rows) == 0 {
		return nil
	}
	table := &Table{Caption: "September Guarantee", Head: []string{"September, year group", "Pupils", "Offer made", "Not appropriate", "No offer", "Not recorded", "Offer made %", "State"}}
	var say []string
	newest := ""
	for _, r := range rows[:min(len(rows), 12)] {
		state := "provisional"
		if r.is("is_final") {
			state = "final"
			if newest == "" {
				newest = yearText(r)
			}
		}
		cells := []string{yearText(r) + ", " + yearGroup(r)}
		for _, c := range []string{"cohort_count", "offer_made_count", "offer_not_appropriate_count", "no_offer_count", "not_recorded_count"} {
			cells = append(cells, r.cell(c, 0))
		}
		table.Rows = append(table.Rows, TableRow{Cells: append(cells, r.cell("offer_made_percent", 1), state)})
		if state == "final" && yearText(r) == newest {
			say = append(say, fmt.Sprintf("In September %s, %s %% of %s had an offer (%s of %s).", newest, r.cell("offer_made_percent", 1), yearGroup(r),
				r.cell("offer_made_count", 0), r.cell("cohort_count", 0)))
		}
	}
	return []Section{{
		ID: "guarantee", Title: "September Guarantee", Sentences: say, Table: table,
		Definition: "Pupils on the rolls of our schools and colleges on 31 May with an offer of a place by 30 September, wherever they live. An offer to a later joiner counts among the offers only. Provisional until all deliveries up to 30 September are known. Years 11 and 12 together are what is published nationally.",
	}}
}

func yearGroup(r Row) string {
	switch g := r.Text("year_group"); g {
	case "Y11":
		return "Year 11"
	case "Y12":
		return "Year 12"
	case "Y11-12":
		return "Years 11 and 12"
	default:
		return g
	}
}

// survey is the Annual Activity Survey, newest leavers first.
func survey(in Input) []Section {
	rows := slices.Clone(in.Survey)
	sortBy(rows, "leaving_year", "academic_year", true)
	if len(rows) == 0 {
		return nil
	}
	table := &Table{Caption: "Year 11 leavers on 1 November", Head: []string{"Leavers of", "Leavers", "Meeting the duty %", "Working towards %", "Temporary break %", "Not meeting %", "Not known, people"}}
	for _, r := range rows[:min(len(rows), 4)] {
		cells := []string{fmt.Sprintf("%.0f", r.value("leaving_year")), r.cell("leaver_count", 0)}
		for _, c := range []string{"meeting_percent", "working_towards_percent", "temporary_break_percent", "not_meeting_percent"} {
			cells = append(cells, r.cell(c, 1))
		}
		table.Rows = append(table.Rows, TableRow{Cells: append(cells, r.cell("not_known_count", 0))})
	}
	r := rows[0]
	return []Section{{
		ID: "survey", Title: "Annual Activity Survey", Table: table,
		Sentences:  []string{fmt.Sprintf("Of the leavers of %.0f whose activity was known, %s %% were meeting the duty to participate on 1 November; %s were not known.", r.value("leaving_year"), r.cell("meeting_percent", 1), leavers(r))},
		Definition: "Pupils on the rolls of Year 11 of our schools on 31 May, wherever they live, by the activity in force on 1 November. The rates leave out those not known.",
	}}
}

func leavers(r Row) string {
	if n, ok := r.Number("not_known_count"); ok {
		return plural(int64(n), "leaver")
	}
	return "how many is confidential (c);"
}

var findings = map[string]string{
	"lower": "lower", "higher": "higher", "no_clear_difference": "no clear difference", "too_few_to_say": "too few to say",
}

// early compares at-risk leavers with and without support. The difference is
// never called an effect.
func early(in Input) []Section {
	if in.Profile.controlled() {
		return findingsOnly(in)
	}
	rows := slices.DeleteFunc(slices.Clone(in.Early), func(r Row) bool { return r["difference_points"] == nil })
	sortBy(rows, "leaving_year", "risk_group", true)
	if len(rows) == 0 {
		return nil
	}
	table := &Table{Caption: "At-risk leavers: NEET on leaving", Head: []string{"Leavers of", "Supported", "NEET %", "Not supported", "NEET %", "Difference, points", "95 % interval", "Finding"}}
	for _, r := range rows[:min(len(rows), 4)] {
		table.Rows = append(table.Rows, TableRow{Cells: []string{
			fmt.Sprintf("%.0f", r.value("leaving_year")), number(r.value("supported_count"), 0), number(r.value("supported_neet_percent"), 1),
			number(r.value("comparison_count"), 0), number(r.value("comparison_neet_percent"), 1), change(r.value("difference_points"), 1),
			number(r.value("difference_low_points"), 1) + " to " + number(r.value("difference_high_points"), 1), findings[r.Text("neet_finding")],
		}})
	}
	r := rows[0]
	return []Section{{
		ID: "early", Title: "Early intervention", Table: table,
		Sentences: []string{fmt.Sprintf("Among the at-risk leavers of %.0f, NEET on leaving among those supported early was %s that of those not supported (%s %% against %s %%).", r.value("leaving_year"),
			compared(r.value("difference_points"), 1, "points"), number(r.value("supported_neet_percent"), 1), number(r.value("comparison_neet_percent"), 1))},
		Definition: "Supported: an intervention before 31 August of Year 11. NEET on leaving: NEET at 31 October. Who is supported is not drawn by lot, so a difference is not an effect.",
	}}
}

// quality says how complete the lists behind the figures are. Rows are not
// people, but a controlled page shows no small count of them either, nor what
// could be subtracted from.
func quality(in Input) []Section {
	if len(in.Files) == 0 {
		return nil
	}
	table := &Table{Caption: "Lists by kind", Head: []string{"Kind of list", "Files", "Refused", "Rows read", "Accepted", "In quarantine", "Blank", "In quarantine %"}}
	if in.Profile.controlled() {
		table.Head = []string{"Kind of list", "Files", "Refused", "Rows read", "In quarantine %"}
	}
	var files, refused, read, held float64
	for _, d := range distinct(in.Files, "dataset") {
		rows := pick(in.Files, "dataset", d)
		bad := float64(len(pick(rows, "status", "refused")))
		r, q := sum(rows, "rows_read"), sum(rows, "rows_quarantined")
		cells := []string{strings.ReplaceAll(d, "_", " "), number(float64(len(rows)), 0), number(bad, 0), number(r, 0)}
		if !in.Profile.controlled() {
			cells = append(cells, number(sum(rows, "rows_accepted"), 0), number(q, 0), number(sum(rows, "rows_blank"), 0))
		}
		table.Rows = append(table.Rows, TableRow{Cells: append(cells, in.quarantined(q, r))})
		files, refused, read, held = files+float64(len(rows)), refused+bad, read+r, held+q
	}
	say := fmt.Sprintf("The figures rest on %s with %s; in quarantine: %s (%s); refused whole: %s.", plural(int64(files-refused), "file"), plural(int64(read), "row"), plural(int64(held), "row"), percentWords(held, read), plural(int64(refused), "file"))
	if in.Profile.controlled() {
		say = fmt.Sprintf("The figures rest on %s with %s; refused whole: %s.", plural(int64(files-refused), "file"), plural(int64(read), "row"), plural(int64(refused), "file"))
	}
	return []Section{{
		ID: "quality", Title: "Data quality", Sentences: []string{say, lateWords(len(in.Late)) + " " + checkWords(len(in.Failed))}, Table: table,
		Definition: "Rows read = accepted + in quarantine + blank. A row in quarantine broke a rule of its list and is in no figure; a refused file could not be read at all or lay above the limit for such rows.",
	}}
}

// quarantined writes the share in quarantine, or c where the count is small.
func (in Input) quarantined(part, whole float64) string {
	if part > 0 && part < float64(in.Profile.Threshold) {
		return "c"
	}
	return shareText(part, whole)
}

func sum(rows []Row, column string) float64 {
	var s float64
	for _, r := range rows {
		s += r.value(column)
	}
	return s
}

// shareText writes a share with two decimals: rows in quarantine are few.
func shareText(part, whole float64) string {
	if whole == 0 {
		return "–"
	}
	if share := 100 * part / whole; share == 0 || round(share, 2) > 0 {
		return number(share, 2)
	}
	return "under 0.01"
}

func percentWords(part, whole float64) string {
	if s := shareText(part, whole); s != "–" {
		return s + " %"
	}
	return "of none read"
}

func lateWords(n int) string {
	if n == 0 {
		return "No expected list is late."
	}
	return "Late: " + plural(int64(n), "expected list") + "."
}

func checkWords(n int) string {
	if n == 0 {
		return "Every check on the figures held."
	}
	return "Warnings of checks on the figures: " + number(float64(n), 0) + "; none of a kind that keeps figures from being published."
}
