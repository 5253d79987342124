package app

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nightjar/pipeline"
)

// laterScorecard turns the scorecard of 2023 into one of a year to come, as
// the publisher might print it: columns in another order and spelling, some
// gone, one new, Cumbria in two, two counties under new codes, and an authority
// that nobody knows yet.
func laterScorecard(t *testing.T, year int) string {
	t.Helper()
	rows := scorecardRows(t)
	rename := map[string]string{
		"NEET_percent": "Neet-Percent", "NEET_not_known_percent": "neet not known percent",
		"TOTAL_participating_in_education_and_training_percent": "Total participating in education and training percent",
	}
	dropped := []string{"Level_3", "avg_att8", "cohort_March", "NEET_quintile", "Sep_guarantee_quintile"}
	head := slices.Clone(rows[0])
	slices.Reverse(head)
	head = slices.DeleteFunc(head, func(h string) bool { return slices.Contains(dropped, h) })
	out := [][]string{{}}
	for _, h := range head {
		if to, ok := rename[h]; ok {
			h = to
		}
		out[0] = append(out[0], h)
	}
	out[0] = append(out[0], "Something_new_percent")
	add := func(cells map[string]string) {
		row := make([]string, len(head), len(head)+1)
		for i, h := range head {
			row[i] = cells[h]
		}
		out = append(out, append(row, "12.3"))
	}
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, h := range rows[0] {
			cells[h] = row[i]
		}
		cells["time_period"] = strconv.Itoa(year)
		switch cells["old_la_code"] {
		case "909":
			cells["old_la_code"], cells["new_la_code"], cells["la_name"] = "942", "E06000063", "Cumberland"
			add(cells)
			cells["old_la_code"], cells["new_la_code"], cells["la_name"] = "943", "E06000064", "Westmorland and Furness"
		case "815":
			cells["new_la_code"] = "E06000065"
		case "933":
			cells["new_la_code"] = "E06000066"
		case "343":
			cells["NEET_percent"] = "2.1"
		}
		add(cells)
	}
	add(map[string]string{
		"time_period": strconv.Itoa(year), "geographic_level": "Local authority", "old_la_code": "999", "new_la_code": "E06009999", "la_name": "Newshire",
		"NEET_percent": "0.1", "NEET_not_known_percent": "0.2", "Notknown_percent": "0.1", "TOTAL_participating_in_education_and_training_percent": "99.9",
	})
	return csvText(t, out)
}

func scorecardRows(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(publishedFolder, "dfe_scorecard", "2023.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func csvText(t *testing.T, rows [][]string) string {
	t.Helper()
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A list of May 2025 for our authority, under headers of another spelling.
const laterNeighbours = "LA Code,LA Name,SN rank,SN LA number,Neighbour Name,Closeness\n" +
	"343,Sefton,1,344,Wirral,Very Close\n343,Sefton,2,342,St. Helens,Close\n343,Sefton,3,359,Wigan,Close\n343,Sefton,4,888,Lancashire,Close\n" +
	"343,Sefton,5,876,Halton,Close\n343,Sefton,6,840,Durham,Close\n343,Sefton,7,808,Stockton-on-Tees,Close\n343,Sefton,8,340,Knowsley,Close\n" +
	"343,Sefton,9,841,Darlington,Close\n343,Sefton,10,351,Bury,Close\n"

// Years and lists that nobody has seen yet load without a word of code.
func TestPublishedYearsToCome(t *testing.T) {
	t.Parallel()
	needPublished(t)
	place := mustPlace(t)
	if err := layPublished(place); err != nil {
		t.Fatal(err)
	}
	place.mustPut(t, "comparators/scorecard/2024.csv", "", "2024-11-01T09:00:00Z", laterScorecard(t, 2024))
	place.mustPut(t, "comparators/scorecard/2026.csv", "", "2026-11-01T09:00:00Z", laterScorecard(t, 2026))
	place.mustPut(t, "statistical_neighbours/dfe/list_of_may_2025.csv", "2025-05", "2025-06-01T09:00:00Z", laterNeighbours)
	p := place.night(t)
	t.Run("values", func(t *testing.T) {
		r := p.comparison(t, ourRow+" and measure = 'neet_percent' and period = '2023/24' and comparison_group = 'england' and source_file like '%%2024.csv'")
		r.wants(t, "value_percent", "2.1")
		r.wants(t, "computed_change_points", "-0.8") // 2.9 the year before
		r.wants(t, "published_change_points", "0.4") // printed, and kept as printed
		r.wants(t, "areas_ranked", "151")            // 150 of 2023, less Cumbria, plus its two; nobody knows Newshire
	})
	t.Run("reorganisation", func(t *testing.T) { laterAreas(t, p) })
	t.Run("neighbours", func(t *testing.T) { laterLists(t, p) })
}

// laterAreas wants the abolished county and the unknown authority out of the
// ranking, and no change where there was nobody to compare with.
func laterAreas(t *testing.T, p published) {
	const ranking = "measure = 'combined_percent' and period = '2023/24' and comparison_group = 'england' and source_file like '%%2024.csv'"
	if rows := p.rows(t, "area_comparisons", ranking+" and area_code in ('909', '999')"); len(rows) != 0 {
		t.Errorf("an abolished or unknown authority is among the areas: %s", rows[0].rowText("area_code", "area_name"))
	}
	for _, code := range []string{"942", "943"} {
		r := p.comparison(t, ranking+" and area_code = '%s'", code)
		if r["rank_best"] == nil || r["computed_change_points"] != nil {
			t.Errorf("new authority: %s", r.rowText("area_name", "rank_best", "computed_change_points"))
		}
	}
	r := p.comparison(t, ranking+" and area_code = '815'")
	if r.Text("gss_code") != "E06000065" || r["computed_change_points"] == nil {
		t.Errorf("re-coded county: %s", r.rowText("area_name", "gss_code", "computed_change_points"))
	}
	if rows := p.rows(t, "meta.checks", "check_name = 'every_code_is_known' and failures > 0"); len(rows) != 1 {
		t.Errorf("the unknown authority is reported %d times, want once", len(rows))
	}
}

// laterLists wants the list of the time, and the newest one as rows beside it.
func laterLists(t *testing.T, p published) {
	const ours = ourRow + " and measure = 'combined_percent' and comparison_group = 'statistical_neighbours' and period = '%s' and source_file like '%%scorecard/%s'"
	for _, c := range []struct{ period, file, vintage, basis string }{
		{"2020/21", "2021.csv", "2021-04", "nearest_later"}, {"2020/21", "2021.csv", "2025-05", "newest"},
		{"2023/24", "2024.csv", "2021-04", "in_force"}, {"2023/24", "2024.csv", "2025-05", "newest"},
		{"2025/26", "2026.csv", "2025-05", "in_force"},
	} {
		r := p.comparison(t, ours+" and list_vintage = '%s'", c.period, c.file, c.vintage)
		if r.Text("list_basis") != c.basis {
			t.Errorf("%s: list %s counts as %s, want %s", c.period, c.vintage, r.Text("list_basis"), c.basis)
		}
		r.wants(t, "areas_averaged", "10")
		r.wants(t, "areas_ranked", "11")
	}
	if rows := p.rows(t, "area_comparisons", ours, "2025/26", "2026.csv"); len(rows) != 1 {
		t.Errorf("%d lists serve 2025/26, want the one in force", len(rows))
	}
}

// A cell that is no figure costs its line and is named; a file without a
// column that every reader needs is refused and the column is named.
func TestPublishedBrokenScorecards(t *testing.T) {
	t.Parallel()
	needPublished(t)
	place := mustPlace(t)
	rows := scorecardRows(t)
	column := slices.Index(rows[0], "NEET_percent")
	broken := slices.Clone(rows)
	broken[7] = slices.Clone(rows[7])
	broken[7][column] = "2.x9"
	place.mustPut(t, "comparators/scorecard/2023.csv", "", "2023-11-01T09:00:00Z", csvText(t, broken))
	var without [][]string
	for _, r := range rows {
		without = append(without, slices.Delete(slices.Clone(r), column, column+1))
	}
	place.mustPut(t, "comparators/other/2023.csv", "", "2023-11-02T09:00:00Z", csvText(t, without))
	a, err := nightOver(t.Context(), place.config())
	if !errors.Is(err, pipeline.ErrQuarantine) {
		t.Fatalf("a night with a refused file ends with %v", err)
	}
	p := published{a}
	cell := p.one(t, "meta.quarantine", "dataset = 'comparators'")
	if cell.Text("column_name") != "neet_percent" || cell["line"] != int64(8) || !strings.HasSuffix(cell.Text("file_name"), "scorecard/2023.csv") {
		t.Errorf("the broken cell is told as %s", cell.rowText("file_name", "line", "column_name", "rule", "reason"))
	}
	if strings.Contains(cell.Text("reason"), "2.x9") {
		t.Errorf("the reason quotes the cell: %s", cell.Text("reason"))
	}
	p.one(t, "meta.files", "file_name like '%%scorecard/2023.csv'").wants(t, "rows_quarantined", "1")
	refused := p.one(t, "meta.files", "file_name like '%%other/2023.csv'")
	if refused.Text("status") != "refused" || !strings.Contains(refused.Text("reason"), "neet_percent") {
		t.Errorf("the file without a column: %s", refused.rowText("status", "reason"))
	}
}
