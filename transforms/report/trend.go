package report

import (
	"fmt"
	"slices"
	"strings"
)

// headline draws the published kind of figure, year by year.
func headline(in Input) []Section {
	measures := []struct{ name, measure string }{
		{"NEET or not known", "combined_percent"}, {"NEET", "neet_percent"}, {"Not known", "not_known_percent"},
	}
	rows := pick(in.Trends, "period_kind", "three_month", "age_band", "16-17")
	rows = slices.DeleteFunc(rows, func(r Row) bool {
		return !slices.ContainsFunc(measures, func(m struct{ name, measure string }) bool { return m.measure == r.Text("measure") })
	})
	years := distinct(rows, "period")
	if len(years) < 2 {
		return nil
	}
	lines := make([]Series, len(measures))
	table := &Table{Caption: "December to February, age 16-17, per cent", Head: []string{"Academic year"}}
	for i, m := range measures {
		lines[i].Name = m.name
		table.Head = append(table.Head, m.name+" %", "Change, points")
	}
	for _, y := range years {
		cells := []string{y}
		for i, m := range measures {
			v, diff := trendCell(pick(rows, "period", y, "measure", m.measure))
			lines[i].Values = append(lines[i].Values, v)
			cells = append(cells, numberOr(v, 1), changeOr(diff, 1))
		}
		table.Rows = append(table.Rows, TableRow{Cells: cells})
	}
	say := trendSentence("NEET or not known at age 16-17, December to February,", years, lines[0].Values)
	return []Section{{
		ID: "trend", Title: "Trend: December to February, age 16-17", Sentences: []string{say},
		Chart: lineChart("trend", "Line chart by academic year of NEET or not known, NEET, and not known.", say, "per cent", years, lines...), Table: table,
		Definition: "Sum of the counts of December, January and February over the sum of their cohorts; residents of academic age 16 and 17, as recorded in the monthly return. This is our own count in the form of the national headline.",
	}}
}

func trendCell(rows []Row) (value, diff *float64) {
	if len(rows) == 0 {
		return nil, nil
	}
	if v, ok := rows[0].Number("value"); ok {
		value = &v
	}
	if d, ok := rows[0].Number("change"); ok {
		diff = &d
	}
	return value, diff
}

// trendSentence compares the last period with the first, and names the lowest.
func trendSentence(what string, periods []string, values []*float64) string {
	first, last, low := -1, -1, -1
	for i, v := range values {
		if v == nil {
			continue
		}
		if first < 0 {
			first = i
		}
		if low < 0 || *v < *values[low] {
			low = i
		}
		last = i
	}
	if first == last {
		return what + " has one period only."
	}
	s := fmt.Sprintf("%s was %s %% in %s, %s in %s (%s %%)", what, number(*values[last], 1), periods[last],
		compared(*values[last]-*values[first], 1, "per cent"), periods[first], number(*values[first], 1))
	if round(*values[low], 1) == round(*values[last], 1) {
		return s + "; no period before was lower, to one decimal."
	}
	return s + fmt.Sprintf("; the lowest was %s %% in %s.", number(*values[low], 1), periods[low])
}

// yearOnYear draws the months of the current academic year over those of the
// year before.
func yearOnYear(in Input) []Section {
	rates := pick(in.Rates, "age_band", "16-18")
	last := latest(rates, "month_end")
	if last == "" {
		return nil
	}
	year := schoolYear(last)
	now, before := Series{Name: yearName(year)}, Series{Name: yearName(year - 1)}
	table := &Table{Caption: "NEET, age 16-18, by month", Head: []string{"Month", yearName(year-1) + " %", yearName(year) + " %", "Change, points", "People " + yearName(year-1), "People " + yearName(year)}}
	var labels []string
	for i := range 12 {
		y, m := year+(i+8)/12, (i+8)%12+1
		a, b := monthRow(rates, "16-18", fmt.Sprintf("%04d-%02d", y-1, m)), monthRow(rates, "16-18", fmt.Sprintf("%04d-%02d", y, m))
		name, _, _ := strings.Cut(periodWords(fmt.Sprintf("%04d-%02d", y, m)), " ")
		labels = append(labels, name[:3])
		before.Values, now.Values = append(before.Values, rate(a)), append(now.Values, rate(b))
		table.Rows = append(table.Rows, TableRow{Cells: []string{name, numberOr(rate(a), 1), numberOr(rate(b), 1), difference(rate(a), rate(b)), people(a), people(b)}})
	}
	lower, of := 0, 0
	for i := range 12 {
		if now.Values[i] != nil && before.Values[i] != nil {
			of++
			if round(*now.Values[i]-*before.Values[i], 1) < 0 {
				lower++
			}
		}
	}
	if of == 0 {
		return nil
	}
	say := fmt.Sprintf("NEET at age 16-18 was lower in %d of %s of %s than in the same month of %s.", lower, plural(int64(of), "month"), yearName(year), yearName(year-1))
	return []Section{{
		ID: "months", Title: "Year on year: NEET, age 16-18, by month", Sentences: []string{say},
		Chart: lineChart("months", "Line chart of the months September to August, one line for each of two years.", say, "per cent", labels, now, before), Table: table,
		Definition: "NEET ÷ cohort at each month end; residents of academic age 16 to 18, as recorded in the monthly return. September is the first month in which last year's activities no longer count, so not known rises and NEET is less sure then.",
	}}
}

// schoolYear returns the year in which the academic year of a day begins.
func schoolYear(day string) int {
	var y, m int
	if _, err := fmt.Sscanf(day, "%d-%d", &y, &m); err == nil && m < 9 {
		return y - 1
	}
	return y
}

func yearName(y int) string { return fmt.Sprintf("%04d/%02d", y, (y+1)%100) }

func rate(r Row) *float64 {
	if v, ok := r.Number("neet_percent"); ok {
		return &v
	}
	return nil
}

func people(r Row) string {
	if v, ok := r.Number("neet_count"); ok {
		return number(v, 0)
	}
	return "–"
}

func difference(before, now *float64) string {
	if before == nil || now == nil {
		return "–"
	}
	return change(*now-*before, 1)
}

func numberOr(v *float64, decimals int) string {
	if v == nil {
		return "–"
	}
	return number(*v, decimals)
}

func changeOr(v *float64, decimals int) string {
	if v == nil {
		return "–"
	}
	return change(*v, decimals)
}

// distinct returns the texts of a column, sorted, each once.
func distinct(rows []Row, column string) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Text(column))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
