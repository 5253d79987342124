package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nightjar/pipeline/app"
)

// printAnswers writes the headline figures of what is published and how to
// open it.
func (c *command) printAnswers(cmd *cobra.Command, a *app.App) {
	ans, err := a.Answers(cmd.Context())
	if err != nil {
		fmt.Fprintf(c.err, "nightjar: the night is published, but its headline figures cannot be read: %v\n", err)
		return
	}
	if len(ans.Rates) > 0 {
		ratesGrid(ans.Rates).print(c.out)
	}
	c.printGap(ans.Gap)
	for _, g := range ans.Groups {
		groupGrid(g).print(c.out)
	}
	if len(ans.Trend) > 0 {
		trendGrid(ans.Trend).print(c.out)
	}
	c.printPlaces(ans)
}

func ratesGrid(rows []app.Values) grid {
	g := grid{
		title:  fmt.Sprintf("Rates at %s (residents; recorded = the statutory return, resolved = with matched lists)", rows[0].Text("month_end")),
		header: []string{"age", "basis", "cohort", "EET", "NEET", "not known", "other", "NEET %", "not known %", "NEET + not known %", "participating %"},
	}
	for range 2 {
		g.right = append(g.right, false)
	}
	for len(g.right) < len(g.header) {
		g.right = append(g.right, true)
	}
	for _, r := range rows {
		g.rows = append(g.rows, []string{
			r.Text("age_band"), r.Text("basis"), count(r, "cohort_count"), count(r, "eet_count"), count(r, "neet_count"),
			count(r, "not_known_count"), count(r, "other_count"), percent(r, "neet_percent"), percent(r, "not_known_percent"),
			percent(r, "combined_percent"), percent(r, "participating_percent"),
		})
	}
	return g
}

func count(r app.Values, column string) string {
	if v, ok := r.Number(column); ok {
		return grouped(int64(v))
	}
	return ""
}

func percent(r app.Values, column string) string {
	if v, ok := r.Number(column); ok {
		return rounded(v, 2)
	}
	return ""
}

func (c *command) printGap(gap app.Values) {
	if gap == nil {
		return
	}
	high, _ := gap.Number("highest_percent")
	low, _ := gap.Number("lowest_percent")
	points, _ := gap.Number("gap_points")
	fmt.Fprintf(c.out, "Ward gap at %s, NEET, age 16-18, recorded\n", gap.Text("month_end"))
	fmt.Fprintf(c.out, "  %s points: from %s %% in %s to %s %% in %s (%s wards of at least %s people, %s boundaries)\n\n",
		rounded(points, 1), rounded(low, 1), gap.Text("lowest_ward"), rounded(high, 1), gap.Text("highest_ward"),
		count(gap, "wards_counted"), count(gap, "minimum_cohort"), gap.Text("boundary_version"))
}

var groupTitles = map[string]string{
	"lcr": "the Liverpool City Region", "statistical_neighbours": "its statistical neighbours",
}

func groupGrid(g app.Group) grid {
	own, synthetic := "", ""
	for _, r := range g.Areas {
		if is, _ := r["is_own_area"].(bool); is {
			own = r.Text("area_name")
		}
		if r.Text("source_kind") == "synthetic" {
			synthetic = ", synthetic"
		}
	}
	title := fmt.Sprintf("%s among %s: NEET or not known, age 16-17, December to February %s (published%s)", own, groupTitles[g.Name], g.Period, synthetic)
	if g.Vintage != "" && g.Vintage != "none" {
		title += ", list of " + g.Vintage
	}
	out := grid{title: title, header: []string{"", "rank (1 = best)", "authority", "%", "tied with"}, right: []bool{false, true, false, true, true}}
	for _, r := range g.Areas {
		mark := ""
		if is, _ := r["is_own_area"].(bool); is {
			mark = "→"
		}
		rank, _ := r.Number("rank_best")
		ties := count(r, "tie_count")
		if ties == "0" {
			ties = ""
		}
		value, _ := r.Number("value_percent")
		out.rows = append(out.rows, []string{mark, fmt.Sprintf("%s of %s", ordinal(int64(rank)), count(r, "areas_ranked")), r.Text("area_name"), rounded(value, 1), ties})
	}
	return out
}

// trendGrid lays the measures side by side, one academic year per row.
func trendGrid(rows []app.Values) grid {
	measures := []string{"combined_percent", "neet_percent", "not_known_percent"}
	by := map[string]map[string]app.Values{}
	var years []string
	for _, r := range rows {
		y := r.Text("academic_year")
		if by[y] == nil {
			by[y] = map[string]app.Values{}
			years = append(years, y)
		}
		by[y][r.Text("measure")] = r
	}
	slices.Sort(years)
	g := grid{title: "Yearly trend: age 16-17, December to February, recorded (change on the year before in percentage points)",
		header: []string{"academic year", "NEET + not known %", "change", "NEET %", "change", "not known %", "change"},
		right:  []bool{false, true, true, true, true, true, true}}
	for _, y := range years {
		line := []string{y}
		for _, m := range measures {
			change := ""
			if v, ok := by[y][m].Number("change_points"); ok {
				change = signed(v, 2)
			}
			line = append(line, percent(by[y][m], "value"), change)
		}
		g.rows = append(g.rows, line)
	}
	return g
}

func (c *command) printPlaces(ans app.Answers) {
	folder := filepath.Join(filepath.Dir(filepath.Dir(ans.Warehouse)), "current")
	file := shortPath(filepath.Join(folder, "nightjar.duckdb"))
	exports := shortPath(filepath.Join(folder, "exports"))
	fmt.Fprintf(c.out, "For analysts  %s\n  duckdb -readonly %s \"select * from marts.ward_gaps\"\n", file, quoted(file))
	fmt.Fprintf(c.out, "For BI tools  %s (%s, internal)\n  duckdb -c \"select * from '%s/neet_rates.parquet'\"\n", exports, plural(len(ans.Exports), "Parquet file"), exports)
}

func quoted(path string) string {
	if strings.ContainsAny(path, " '\"$") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
