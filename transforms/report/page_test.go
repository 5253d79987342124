package report

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// fixed is a small borough: two years of two months, three wards, three
// authorities of which two tie.
func fixed() Input {
	rate := func(day, band string, cohort, neet, unknown int64) Row {
		return Row{"month_end": day, "age_band": band, "cohort_count": cohort, "neet_count": neet, "not_known_count": unknown,
			"participating_count": cohort - neet - unknown, "neet_percent": 100 * float64(neet) / float64(cohort)}
	}
	trend := func(measure, unit, band, kind, period string, value, before float64) Row {
		return Row{"measure": measure, "unit": unit, "age_band": band, "period_kind": kind, "period": period, "value": value, "previous_value": before, "change": value - before}
	}
	ward := func(name string, cohort, neet int64) Row {
		return Row{"month_end": "2021-10-31", "ward_name": name, "is_ward": true, "cohort_count": cohort, "neet_count": neet, "neet_percent": 100 * float64(neet) / float64(cohort)}
	}
	area := func(name string, rank, ties int64, value float64, own bool) Row {
		return Row{"comparison_group": "lcr", "period_kind": "month", "period": "2021-10", "area_name": name, "value_percent": value, "rank_best": rank, "rank_worst": int64(2), "tie_count": ties, "areas_ranked": int64(3),
			"is_own_area": own, "source_kind": "synthetic", "source_file": "p.csv", "list_vintage": "none", "group_pooled_percent": 4.25, "difference_points": -0.35, "difference_from": "pooled", "rounding_basis": "counts", "source": "portal"}
	}
	return Input{
		Profile: Internal,
		Build:   []Row{{"as_at": "2021-11-05", "known_until": "2021-11-30"}},
		Rates:   []Row{rate("2020-10-31", "16-17", 5478, 201, 0), rate("2021-10-31", "16-17", 5536, 158, 28), rate("2020-10-31", "16-18", 8400, 380, 90), rate("2021-10-31", "16-18", 8500, 300, 90)},
		Trends: []Row{
			trend("combined_percent", "per cent", "16-17", "same_month", "2021-10", 3.359826589595376, 3.669222343921139),
			trend("neet_count", "people", "16-18", "same_month", "2021-10", 300, 380),
			trend("not_known_percent", "per cent", "16-17", "same_month", "2021-10", 0.51, 0.549),
			trend("combined_percent", "per cent", "16-17", "three_month", "2019/20", 4.04, 5),
			trend("combined_percent", "per cent", "16-17", "three_month", "2020/21", 4.02, 4.04),
		},
		Gaps: []Row{{"month_end": "2021-10-31", "gap_points": 9.5, "change_points": -3.5, "highest_ward": "Linacre <b>", "highest_percent": 10.0, "highest_ties": int64(1),
			"lowest_ward": "Ford", "lowest_percent": 0.5, "lowest_ties": int64(2), "wards_counted": int64(3), "minimum_cohort": int64(30), "boundary_version": "2004"}},
		Wards:     []Row{ward("Ford", 200, 1), ward("Linacre <b>", 100, 10), ward("Manor", 200, 1), ward("Tiny", 10, 5)},
		Areas:     []Row{area("Wirral", 2, 0, 4.4, false), area("Sefton", 1, 1, 3.9, true), area("Halton", 1, 1, 3.9, false)},
		Groups:    []Row{{"month_end": "2021-10-31", "group_name": "care_leavers", "age_band": "16-18", "cohort_count": int64(34), "eet_count": int64(23), "neet_count": int64(11), "other_count": int64(0), "not_known_count": int64(0), "combined_percent": 32.352941176470587, "neet_percent": 32.352941176470587, "not_known_percent": 0.0}},
		Guarantee: []Row{{"guarantee_year": int64(2021), "year_group": "Y11", "cohort_count": int64(2800), "offer_made_count": int64(2764), "offer_made_percent": 98.714285714285708, "is_final": true}},
		Files:     []Row{{"dataset": "ucas", "status": "loaded", "rows_read": int64(40000), "rows_accepted": int64(39999), "rows_quarantined": int64(1), "rows_blank": int64(0)}},
	}
}

func rendered(t *testing.T, in Input) string {
	t.Helper()
	var b strings.Builder
	if err := Render(&b, Build(in)); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), "\u00a0", " ")
}

func TestPageSaysWhatTheFiguresSay(t *testing.T) {
	t.Parallel()
	page := rendered(t, fixed())
	for _, want := range []string{
		"internal, unsuppressed",
		"<h1>Young people not in education, employment or training: Sefton, October 2021 (contains synthetic figures)</h1>",
		"As at 5 November 2021", "Made of what was known by 30 November 2021.",
		"NEET or not known at age 16-17 stood at 3.36 % in October 2021, 0.31 points lower than a year before (3.67 %); the change is within the noise of small counts.",
		"NEET at age 16-18 stood at 300 people in October 2021, 80 people fewer than a year before (380 people).",
		"<td class=\"n\">0.51 %</td><td class=\"n\">0.55 %</td><td class=\"n\">−0.04</td>",
		"was 4.0 % in 2020/21, the same, to one decimal, as in 2019/20 (4.0 %); no period before was lower, to one decimal.",
		"In October 2021 the gap was 9.5 points: Linacre &lt;b&gt; had 10.0 % and Ford 0.5 % (the lowest, shared by 2 wards).",
		"The gap is 3.5 points lower than in the same month a year before (13.0 points); the change is within the noise of small counts.",
		"Sefton ranks 1st of 3 among the Liverpool City Region (1 = best, the lowest rate; 2nd counted from the worst) with 3.9 % in October 2021, a rank it shares with 1 other authority.",
		"This is 0.4 points lower than the group as one place (4.3 %).",
		"“Care leavers” (32.4 % of 34)",
		"In September 2021, 98.7 % of Year 11 had an offer (2,764 of 2,800).",
		"rest on 1 file with 40,000 rows; in quarantine: 1 row (under 0.01 %)",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say: %s", want)
		}
	}
	for _, never := range []string{"-0.0<", "−0.0<", "+0.0<", "0.00<", "up 0.0 ", "NaN", "%!", "Tiny", "http://", "https://", "src=", "url(", "<b>"} {
		if strings.Contains(page, never) {
			t.Errorf("the page says %q", never)
		}
	}
}

// A page without other people's invented figures does not say synthetic, and a
// subject without rows is left out.
func TestPageLeavesOutWhatIsNotThere(t *testing.T) {
	t.Parallel()
	in := fixed()
	in.Areas, in.Groups = nil, nil
	page := rendered(t, in)
	for _, never := range []string{"synthetic", "Vulnerable groups", "Liverpool City Region"} {
		if strings.Contains(page, never) {
			t.Errorf("the page says %q, of which there are no rows", never)
		}
	}
	if !strings.Contains(page, "training: the borough, October 2021</h1>") {
		t.Error("a page without a comparison does not say whose it is")
	}
	if empty := rendered(t, Input{}); !strings.Contains(empty, "Definitions") {
		t.Error("a page without any row has no definitions")
	}
}

// Every chart has its table, a sentence and a text that stands for it; every
// section says what it counts and as at which day.
func TestEveryChartHasItsTable(t *testing.T) {
	t.Parallel()
	p, charts := Build(fixed()), 0
	for _, s := range p.Sections {
		if s.Table == nil || len(s.Table.Rows) == 0 || s.Definition == "" || len(s.Sentences) == 0 {
			t.Errorf("%s lacks table, definition or sentence", s.ID)
			continue
		}
		for _, r := range s.Table.Rows {
			if len(r.Cells) != len(s.Table.Head) {
				t.Errorf("%s: a row has %d cells under %d headings", s.ID, len(r.Cells), len(s.Table.Head))
			}
		}
		if s.Chart == nil {
			continue
		}
		charts++
		if !strings.Contains(s.Chart.Alt(), s.Sentences[0]) {
			t.Errorf("%s: the text for the chart does not tell what it shows", s.ID)
		}
		wellFormed(t, s.ID, drawn(t, s.Chart))
	}
	if charts != 5 {
		t.Errorf("%d charts, want those of months, trend, wards, ranking and groups", charts)
	}
	if page := rendered(t, fixed()); strings.Count(page, "<strong>As at</strong>") != len(p.Sections) {
		t.Error("a section does not say as at which day")
	}
}

func wellFormed(t *testing.T, id, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("%s: the drawing is not well formed: %v", id, err)
			return
		}
	}
}

func drawn(t *testing.T, c *Chart) string {
	t.Helper()
	svg, err := c.svg()
	if err != nil {
		t.Fatal(err)
	}
	return string(svg)
}

func TestBarsAreAsLongAsTheirFigures(t *testing.T) {
	t.Parallel()
	v := func(x float64) *float64 { return &x }
	svg := drawn(t, barChart("x", "title", "say", "%", "", []Bar{{Label: "a", Value: v(8)}, {Label: "b", Value: v(4)}, {Label: "c"}}))
	bars := regexp.MustCompile(`d="M([0-9.]+),[0-9.]+L[0-9.]+,[0-9.]+L([0-9.]+),`).FindAllStringSubmatch(svg, -1)
	if len(bars) != 2 {
		t.Fatalf("bars of 8, 4 and nothing are drawn as %v in %s", bars, svg)
	}
	length := func(m []string) float64 {
		from, _ := strconv.ParseFloat(m[1], 64)
		to, _ := strconv.ParseFloat(m[2], 64)
		return to - from
	}
	if a, b := length(bars[0]), length(bars[1]); a < 100 || math.Abs(a-2*b) > 0.1 {
		t.Errorf("bars of 8 and 4 are %.1f and %.1f long", a, b)
	}
}

// A month that was not delivered breaks the line instead of touching zero.
func TestLinesBreakWhereAValueIsMissing(t *testing.T) {
	t.Parallel()
	v := func(x float64) *float64 { return &x }
	svg := drawn(t, lineChart("x", "title", "say", "per cent", []string{"a", "b", "c", "d"}, Series{"one", []*float64{v(1), v(2), nil, v(1)}}))
	lines := regexp.MustCompile(`<path d="([^"]+)"\s+style="fill:none;stroke:#12436D`).FindAllStringSubmatch(svg, -1)
	points := strings.Count(svg, "fill:#12436D")
	if len(lines) != 1 || strings.Count(lines[0][1], "L") != 1 || points != 4 { // three points and the name
		t.Errorf("the lines are %v with %d points: %s", lines, points, svg)
	}
}

func TestGatherReadsEveryTableAndNamesTheOneThatFails(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	_, err := Gather(t.Context(), func(_ context.Context, table, _ string) ([]Row, error) {
		asked[table] = true
		return nil, nil
	})
	if err != nil || len(asked) != 13 {
		t.Errorf("asked %d tables: %v", len(asked), err)
	}
	_, err = Gather(t.Context(), func(_ context.Context, table, _ string) ([]Row, error) {
		if table == "marts.ward_gaps" {
			return nil, io.ErrUnexpectedEOF
		}
		return nil, nil
	})
	if err == nil || !strings.Contains(err.Error(), "marts.ward_gaps") {
		t.Errorf("a table that cannot be read: %v", err)
	}
}

func TestFiguresStandToTheRight(t *testing.T) {
	t.Parallel()
	table := &Table{Rows: []TableRow{
		{Cells: []string{"1", "4.2\u00a0%", "2021/22", "16-17", "−0.3", "1st of 6", "none"}},
		{Cells: []string{"2", "1,300\u00a0people", "–", "18", "no change", "2nd of 6", "1"}},
	}}
	for i, want := range []bool{false, true, false, false, true, false, true} {
		if got := right(table, i); got != want {
			t.Errorf("column %d stands to the right: %t", i, got)
		}
	}
}

func TestTrendSentenceNamesTheLowest(t *testing.T) {
	t.Parallel()
	v := func(x float64) *float64 { return &x }
	got := trendSentence("It", []string{"a", "b", "c", "d"}, []*float64{nil, v(7.66), v(3.09), v(3.26)})
	if want := "It was 3.3 % in d, 4.4 points lower than in b (7.7 %); the lowest was 3.1 % in c."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := trendSentence("It", []string{"a", "b"}, []*float64{nil, v(1)}); got != "It has one period only." {
		t.Errorf("of one period: %q", got)
	}
}
