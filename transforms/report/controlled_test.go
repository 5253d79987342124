package report

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var committee = Profile{Name: "committee", Label: "committee: small counts are hidden", Rule: "Counts of 1 to 4 are hidden.", Threshold: 5}

// hide puts a count into a row as an export shows it.
func hide(r Row, column string, n int64) {
	if n > 0 && n < committee.Threshold {
		r[column], r[column+"_symbol"] = nil, "c"
		return
	}
	r[column] = n
}

// controlledWorld invents the controlled tables of three years, in which many
// counts are small and hence hidden.
func controlledWorld(random *rand.Rand) Controlled {
	c := Controlled{Profile: committee, Tables: map[string][]Row{}, Own: "343", Groups: map[string][]string{"lcr": {"343", "344", "345"}},
		Build:    []Row{{"as_at": "2021-11-05", "known_until": "2021-11-30"}},
		Files:    []Row{{"dataset": "ucas", "status": "loaded", "rows_read": int64(4000), "rows_accepted": int64(3998), "rows_quarantined": int64(2), "rows_blank": int64(0)}},
		Findings: Findings([]Row{{"leaving_year": int64(2021), "neet_finding": "lower", "days_finding": "too_few_to_say", "supported_neet_count": int64(3)}}),
	}
	people := func(r Row, rate string, columns ...string) Row {
		r["cohort_count"] = int64(200 + random.IntN(100))
		for _, col := range columns {
			hide(r, col, int64(random.IntN(12)))
		}
		for _, m := range strings.Fields(rate) {
			if n, ok := r.Number(m + "_count"); ok {
				r[m+"_percent"] = round(100*n/r.value("cohort_count"), 1)
			} else {
				r[m+"_percent"], r[m+"_percent_symbol"] = nil, "c"
			}
		}
		return r
	}
	for year := 2018; year <= 2021; year++ {
		for m := 1; m <= 12; m++ {
			for _, band := range []string{"16-17", "16-18"} {
				c.Tables["borough_months"] = append(c.Tables["borough_months"], people(Row{"month_end": fmt.Sprintf("%d-%02d-28", year, m), "age_band": band}, "neet not_known", "neet_count", "not_known_count", "eet_count", "other_count"))
			}
		}
		name := yearName(year)
		for w := range 9 {
			c.Tables["ward_years"] = append(c.Tables["ward_years"], people(Row{"academic_year": name, "boundary_version": "2004", "ward_code": fmt.Sprint(w), "ward_name": fmt.Sprintf("Ward %c", 'A'+w)}, "neet not_known", "neet_count", "not_known_count"))
		}
		for _, g := range []string{"yos", "send", "ehe"} {
			c.Tables["group_years"] = append(c.Tables["group_years"], people(Row{"academic_year": name, "group_name": g, "age_band": "16-17"}, "neet not_known", "neet_count", "not_known_count", "eet_count", "other_count"))
		}
		c.Tables["guarantee_years"] = append(c.Tables["guarantee_years"], people(Row{"guarantee_year": int64(year), "academic_year": name, "year_group": "Y11"}, "offer_made", "offer_made_count", "no_offer_count", "not_recorded_count", "offer_not_appropriate_count"))
		survey := people(Row{"leaving_year": int64(year), "academic_year": name, "leaver_count": int64(300)}, "meeting", "not_known_count", "meeting_count")
		c.Tables["survey_years"] = append(c.Tables["survey_years"], survey)
	}
	for code, v := range map[string]float64{"343": 3.5, "344": 4.5, "345": 3.5} {
		c.Tables["comparison_years"] = append(c.Tables["comparison_years"], Row{"academic_year": "2020/21", "area_code": code, "area_name": "Area " + code, "combined_percent": v})
	}
	return c
}

// countHeads are headings of the page under which people are counted.
var countHeads = regexp.MustCompile(`^(EET|NEET|Other|Not known|Cohort|NEET, people|Pupils|Offer made|Not appropriate|No offer|Not recorded|Leavers|Not known, people|People .*)$`)

// No count under the threshold stands anywhere on a controlled page: in tables,
// sentences, drawings or the texts that stand for them.
func TestControlledPageShowsNoSmallCount(t *testing.T) {
	t.Parallel()
	if in := (Input{Profile: committee}); in.quarantined(2, 4000) != "c" || in.quarantined(0, 4000) != "0.00" || in.quarantined(5, 4000) != "0.13" {
		t.Error("two rows in quarantine are shown, or none and five are not")
	}
	for seed := range uint64(15) {
		in := controlledWorld(rand.New(rand.NewPCG(seed, 1))).Input()
		page := Build(in)
		counted := 0
		for _, s := range page.Sections {
			for i, h := range s.Table.Head {
				if !countHeads.MatchString(h) {
					continue
				}
				for _, r := range s.Table.Rows {
					counted++
					if n, err := strconv.ParseFloat(strings.ReplaceAll(r.Cells[i], ",", ""), 64); err == nil && n > 0 && n < float64(committee.Threshold) {
						t.Errorf("seed %d: %s shows %s under %s", seed, s.ID, r.Cells[i], h)
					}
				}
			}
		}
		if counted < 30 {
			t.Fatalf("only %d counts were looked at", counted)
		}
		var b strings.Builder
		if err := Render(&b, page); err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`(^|[^0-9.,])[1-4]\x{a0}?\s?(person|people|pupils?|leavers?|of Year)\b`).FindString(b.String()); m != "" {
			t.Errorf("seed %d: the page says %q", seed, m)
		}
		for _, never := range []string{"NaN", "%!", "−0.0<", "2 rows"} {
			if strings.Contains(b.String(), never) {
				t.Errorf("seed %d: the page says %q", seed, never)
			}
		}
	}
}

func TestControlledPageSaysWhatIsHidden(t *testing.T) {
	t.Parallel()
	c := controlledWorld(rand.New(rand.NewPCG(7, 1)))
	page := rendered(t, c.Input())
	for _, want := range []string{
		"committee: small counts are hidden", "Counts of 1 to 4 are hidden.", "<td class=\"n\">c</td>", "Confidential: a small count",
		"Area 343 ranks 1st of 3 among the Liverpool City Region (1 = best, the lowest rate; 2nd counted from the worst) with 3.5 % in December to February 2020/21, a rank it shares with 1 other authority.",
		"NEET on leaving: lower with early support than without", "stand as c, mostly those with few young people NEET",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say: %s", want)
		}
	}
}

// Of early intervention a controlled page gets words and no count.
func TestFindingsHoldNoFigure(t *testing.T) {
	t.Parallel()
	for _, r := range Findings([]Row{{"leaving_year": int64(2021), "neet_finding": "lower", "supported_neet_count": int64(3), "difference_points": -2.5}}) {
		for k := range r {
			if strings.HasSuffix(k, "_count") || strings.HasSuffix(k, "_points") {
				t.Errorf("%s came along", k)
			}
		}
	}
}
