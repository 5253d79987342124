package app

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"nightjar/pipeline"
	"nightjar/transforms"
)

// A rate is walked back: the people of the month and band in every model that
// has them, and the lists that were read, of the caseload only the month's.
func TestExplainWalksOneNumberBack(t *testing.T) {
	t.Parallel()
	p := mustPlace(t)
	for _, l := range append(hamlet(""), collegeList("2020-09-25", "Robin,Ash,10/01/2004,07/09/2020,\n")) {
		p.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
	}
	a := p.night(t).app
	out, err := a.Explain(t.Context(), "neet_rates", "month_end = '2020-10-31' and age_band = '16-17' and basis = 'resolved'")
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Rows) != 1 || !strings.Contains(out.Definition, "counts and rates of the borough") || len(out.Columns) < 10 || len(out.Notices) > 0 {
		t.Errorf("%d rows, defined as %q with %d columns, notices %s", len(out.Rows), out.Definition, len(out.Columns), out.Notices)
	}
	cohort, _ := out.Rows[0].Number("cohort_count")
	want := map[string]int64{"marts.neet_rates": 1, "intermediate.int_statuses": int64(cohort), "staging.stg_caseload__people": 6}
	for _, m := range out.Models {
		if n, ok := want[m.Model]; ok && m.Rows != n {
			t.Errorf("%s has %d rows behind the number, want %d", m.Model, m.Rows, n)
		}
		delete(want, m.Model)
	}
	if len(want) > 0 {
		t.Errorf("not on the way: %v", want)
	}
	if last := out.Models[len(out.Models)-1].Model; last != "marts.neet_rates" {
		t.Errorf("the way ends at %s", last)
	}
	var files []string
	for _, f := range out.Files {
		files = append(files, f.File)
	}
	if !slices.Contains(files, "caseload/career-service/2020-11-05.csv") || !slices.Contains(files, "college_starters/hugh-baird-college/2020-09-25.csv") {
		t.Errorf("it rests on %s", files)
	}
	if i := slices.IndexFunc(out.Files, func(f transforms.TracedFile) bool { return f.File == "caseload/career-service/2020-11-05.csv" }); i >= 0 && (out.Files[i].Rows != 6 || out.Files[i].DeliveredOn != "2020-11-05") {
		t.Errorf("the extract is told as %+v", out.Files[i])
	}
	for _, c := range []struct{ mart, where, says string }{
		{"neet_rates", "age_band = 'x'", "no row"},
		{"neet_rates", "true", "narrow it"},
		{"meta.files", "true", "only marts"},
		{"nothing", "true", "no table"},
	} {
		if _, err := a.Explain(t.Context(), c.mart, c.where); !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s where %s: %v, want %q", c.mart, c.where, err, c.says)
		}
	}
}
