package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// wards draws the wards of the latest month and says the gap between them.
func wards(in Input) []Section {
	last := latest(in.Gaps, "month_end")
	gaps := pick(in.Gaps, "month_end", last)
	if len(gaps) == 0 {
		return nil
	}
	gap := gaps[0]
	minimum := gap.value("minimum_cohort")
	rows := slices.DeleteFunc(pick(in.Wards, "month_end", last), func(r Row) bool {
		return !r.is("is_ward") || r.value("cohort_count") < minimum
	})
	sortBy(rows, "neet_percent", "ward_name", true)
	table := &Table{Caption: "NEET by ward, age 16-18, " + periodWords(last), Head: []string{"Ward", "NEET %", "NEET, people", "Cohort"}}
	var bars []Bar
	for _, r := range rows {
		name, v := r.Text("ward_name"), r.value("neet_percent")
		mark := name == gap.Text("highest_ward") || name == gap.Text("lowest_ward")
		bars = append(bars, Bar{name, &v, number(v, 1) + " %", mark})
		table.Rows = append(table.Rows, TableRow{Cells: []string{name, number(v, 1), number(r.value("neet_count"), 0), number(r.value("cohort_count"), 0)}, Mark: mark})
	}
	say := gapSentence(gap)
	return []Section{{
		ID: "wards", Title: "Gap between wards: NEET, age 16-18", Sentences: []string{say, gapChange(in, gap)},
		Chart: barChart("wards", "Bar chart of wards from the highest to the lowest rate.", say, "NEET %", "highest and lowest ward", bars), Table: table,
		Definition: fmt.Sprintf("NEET ÷ cohort by ward of residence at the month end, as recorded in the monthly return. The gap is the highest less the lowest rate among the %s with a cohort of at least %s; ward boundaries of %s. Unknown addresses and addresses outside are no wards.",
			plural(int64(gap.value("wards_counted")), "ward"), number(minimum, 0)+" people", gap.Text("boundary_version")),
	}}
}

func gapSentence(g Row) string {
	return fmt.Sprintf("In %s the gap was %s: %s had %s %%%s and %s %s %%%s.", periodWords(g.Text("month_end")), withUnit(g.value("gap_points"), 1, "points"),
		g.Text("highest_ward"), number(g.value("highest_percent"), 1), sharedBy(g.value("highest_ties"), "highest"),
		g.Text("lowest_ward"), number(g.value("lowest_percent"), 1), sharedBy(g.value("lowest_ties"), "lowest"))
}

// sharedBy names ties; ties counts the named ward too.
func sharedBy(ties float64, which string) string {
	if ties < 2 {
		return ""
	}
	return fmt.Sprintf(" (the %s, shared by %.0f wards)", which, ties)
}

func gapChange(in Input, g Row) string {
	diff, ok := g.Number("change_points")
	if !ok {
		return "There is no gap of a year before, on the same boundaries, to compare with."
	}
	s := fmt.Sprintf("The gap is %s in the same month a year before (%s)", compared(diff, 1, "points"), withUnit(g.value("gap_points")-diff, 1, "points"))
	if round(diff, 1) != 0 && gapNoise(in) {
		s += "; the change is within the noise of small counts"
	}
	return s + "."
}

// ranking shows our authority among the city region and its neighbours, by
// the newest national publication and by the newest month.
func ranking(in Input) []Section {
	var out []Section
	for _, group := range []struct{ id, key, name string }{
		{"lcr", "lcr", "the Liverpool City Region"}, {"neighbours", "statistical_neighbours", "its statistical neighbours"},
	} {
		for _, kind := range rankKinds {
			rows := oneRanking(pick(in.Areas, "comparison_group", group.key, "period_kind", kind.key))
			if s, ok := rankSection(rows, group.id+"-"+kind.id, group.name, kind.when); ok {
				out = append(out, s)
			}
		}
	}
	return append(out, national(in)...)
}

var rankKinds = []struct{ id, key, when string }{{"year", "three_month", "December to February "}, {"month", "month", ""}}

// national says our rank among all authorities, of which no chart has room: the
// best, we and our neighbours in rank, and the last.
func national(in Input) []Section {
	t := &Table{Caption: "Rank among all authorities of England: NEET or not known, age 16-17",
		Head: []string{"Period", "Rank (1 = best)", "Counted from the worst", "NEET or not known %", "Others with the same figure", "Authorities"}}
	s := Section{ID: "national", Title: "Rank among all authorities of England: NEET or not known, age 16-17", Table: t}
	for _, kind := range rankKinds {
		rows := oneRanking(pick(in.Areas, "comparison_group", "england", "period_kind", kind.key))
		at := slices.IndexFunc(rows, func(r Row) bool { return r.is("is_own_area") })
		if at < 0 {
			continue
		}
		own, period := rows[at], kind.when+periodWords(rows[at].Text("period"))
		if own.Text("source_kind") == "synthetic" {
			s.Synthetic, period = true, period+" (synthetic)"
		}
		t.Rows = append(t.Rows, TableRow{Cells: []string{period, rankText(own), ordinal(int64(own.value("rank_worst"))), number(own.value("value_percent"), 1), tieText(own),
			fmt.Sprintf("%.0f ranked of %.0f", own.value("areas_ranked"), max(own.value("areas_total"), own.value("areas_ranked")))}})
		s.Sentences = append(s.Sentences, rankSentence(own, "all authorities of England", period))
		s.Definition = rankDefinition(own)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	s.Published = !s.Synthetic
	return []Section{s}
}

// oneRanking keeps the newest period in which our authority has a rank, of one
// list and one file: all areas of a ranking come from one file.
func oneRanking(rows []Row) []Row {
	var best Row
	key := func(r Row) string {
		return strings.Join([]string{r.Text("period"), r.Text("list_vintage"), r.Text("source_file")}, "\x00")
	}
	for _, r := range rows {
		if r.is("is_own_area") && (best == nil || key(r) > key(best)) {
			best = r
		}
	}
	if best == nil {
		return nil
	}
	out := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return key(r) != key(best) })
	sortBy(out, "rank_best", "area_name", false)
	return out
}

func rankSection(rows []Row, id, group, when string) (Section, bool) {
	at := slices.IndexFunc(rows, func(r Row) bool { return r.is("is_own_area") })
	if at < 0 {
		return Section{}, false
	}
	own := rows[at]
	period := when + periodWords(own.Text("period"))
	synthetic := slices.ContainsFunc(rows, func(r Row) bool { return r.Text("source_kind") == "synthetic" })
	title := fmt.Sprintf("%s among %s: NEET or not known, age 16-17, %s", own.Text("area_name"), group, period)
	if synthetic {
		title += " (synthetic)"
	}
	table := &Table{Caption: title, Head: []string{"Authority", "Rank (1 = best)", "NEET or not known %", "Others with the same figure"}}
	var bars []Bar
	for _, r := range rows {
		v, mark := r.value("value_percent"), r.is("is_own_area")
		bars = append(bars, Bar{r.Text("area_name"), &v, number(v, 1) + " %", mark})
		table.Rows = append(table.Rows, TableRow{Cells: []string{r.Text("area_name"), rankText(r), number(v, 1), tieText(r)}, Mark: mark})
	}
	say := rankSentence(own, group, period)
	return Section{
		ID: id, Title: title, Sentences: []string{say, groupSentence(own)}, Synthetic: synthetic, Published: !synthetic, Table: table,
		Chart:      barChart(id, "Bar chart, the best first: "+title+".", say, "NEET or not known %", own.Text("area_name"), bars),
		Definition: rankDefinition(own),
	}, true
}

func rankText(r Row) string {
	return ordinal(int64(r.value("rank_best"))) + fmt.Sprintf(" of %.0f", r.value("areas_ranked"))
}

func tieText(r Row) string {
	if r.value("tie_count") == 0 {
		return "none"
	}
	return number(r.value("tie_count"), 0)
}

func rankSentence(own Row, group, period string) string {
	s := fmt.Sprintf("%s ranks %s among %s (1 = best, the lowest rate; %s counted from the worst) with %s %% in %s",
		own.Text("area_name"), rankText(own), group, ordinal(int64(own.value("rank_worst"))), number(own.value("value_percent"), 1), period)
	if ties := own.value("tie_count"); ties > 0 {
		if ties == 1 {
			return s + ", a rank it shares with 1 other authority."
		}
		return s + ", a rank it shares with " + number(ties, 0) + " other authorities."
	}
	return s + "; no other authority of these has the same figure."
}

// groupSentence sets our figure beside the group's.
func groupSentence(own Row) string {
	name, column := "the group as one place", "group_pooled_percent"
	if own.Text("difference_from") == "mean" {
		name, column = "the mean of the others", "group_mean_percent"
		if own.Text("comparison_group") == "lcr" {
			name = "the mean of the group"
		}
	}
	v, ok := own.Number(column)
	diff, known := own.Number("difference_points")
	if !ok || !known {
		return "The group has no figure of its own to compare with."
	}
	return fmt.Sprintf("This is %s %s (%s %%).", compared(diff, 1, "points"), name, number(v, 1))
}

func rankDefinition(own Row) string {
	s := "NEET or not known ÷ cohort, academic age 16 and 17. Rank 1 is the lowest rate; authorities with the same figure share the better rank; all figures of the ranking come from one file. Source: " + own.Text("source")
	if strings.HasSuffix(own.Text("rounding_basis"), "dp") {
		s += ", figures ranked as they are printed there, so ties are frequent"
	} else {
		s += ", ranked on unrounded figures, so two that print alike may differ in rank"
	}
	if v := own.Text("list_vintage"); v != "none" && v != "" {
		s += "; list of neighbours of " + periodWords(v)
	}
	return s + "."
}

// sortBy sorts by a number, then by a name.
func sortBy(rows []Row, column, name string, down bool) {
	slices.SortFunc(rows, func(a, b Row) int {
		order := cmp.Compare(a.value(column), b.value(column))
		if down {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.Text(name), b.Text(name)))
	})
}
