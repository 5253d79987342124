package app

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"nightjar/pipeline"
	"nightjar/sources/erase"
	"nightjar/sql"
)

// olderModels are the models of the program but for the participation of those
// who are 16.
func olderModels(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := eachRuleFile(sql.Files, func(name string, text []byte) error {
		if name == "marts/neet_rates.sql" {
			other := bytes.Replace(text, []byte("(where is_participating)"), []byte("(where is_participating and academic_age <> 16)"), 1)
			if bytes.Equal(other, text) {
				t.Fatal("the model is another one by now")
			}
			text = other
		}
		out[name] = &fstest.MapFile{Data: text}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Of several things that changed at once each gets its part: lists that change
// nothing are passed over, a list that does is named, and so are the rule and
// the model. The night before is also built as it was, by the models of then.
func TestDiffTellsCausesApart(t *testing.T) {
	t.Parallel()
	p := mustPlace(t)
	if err := os.Mkdir(filepath.Join(p.dir, "reference"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.config(), []byte(placeConfig+"reference: reference\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, l := range append(hamlet(""), collegeList("2020-09-25", "Robin,Ash,10/01/2004,07/09/2020,\n")) {
		p.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
	}
	night := func(day string, older bool) *App {
		a, err := Open(Options{ConfigPath: p.config(), Clock: stoppedClock(mustDate(t, day).Time()), Progress: pipeline.NoProgress{}, Version: day})
		if err != nil {
			t.Fatal(err)
		}
		if older {
			a.models = olderModels(t)
		}
		if _, err := a.Run(t.Context(), RunOptions{Trigger: "test"}); err != nil {
			t.Fatal(err)
		}
		return a
	}
	was := night("2020-11-10", true)
	first := publishedPath(t, was)
	for _, l := range []list{
		{"interventions/career-service/autumn.csv", "", "2020-11-11T08:00:00Z", "client_id,intervention_date,kind\n3430000000001,05/10/2020,contact\n"},
		{"interventions/career-service/more.csv", "", "2020-11-12T08:00:00Z", "client_id,intervention_date,kind\n3430000000002,06/10/2020,contact\n"},
		collegeList("2020-11-13", "Robin,Birch,11/02/2004,07/09/2020,\n"),
		{"interventions/career-service/last.csv", "", "2020-11-14T08:00:00Z", "client_id,intervention_date,kind\n3430000000003,07/10/2020,contact\n"},
	} {
		p.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
	}
	rules, err := sql.Files.ReadFile("ref/currency_rules.csv")
	if err != nil {
		t.Fatal(err)
	}
	p.reference(t, "currency_rules.csv", bytes.Replace(rules, []byte("\n210,academic_year_end,,,"), []byte("\n210,months,1,,"), 1))
	is := night("2020-11-20", false)
	out, err := is.Diff(t.Context(), DiffOptions{Before: "previous", After: "current", Mart: "neet_rates"})
	if err != nil {
		t.Fatal(err)
	}
	addsUp(t, out)
	var kinds, says []string
	for _, c := range out.Causes {
		kinds, says = append(kinds, c.Kind), append(says, c.Say+" "+strings.Join(c.Evidence, " "))
	}
	if strings.Join(kinds, " ") != "delivery reference models" || len(out.Notices) > 0 {
		t.Fatalf("causes are %v, notices %v", says, out.Notices)
	}
	for i, want := range []string{"list came: college_starters/hugh-baird-college/2020-11-13.csv", "+ currency_rules: 210, months, 1", "changed: marts/neet_rates.sql"} {
		if !strings.Contains(says[i], want) {
			t.Errorf("cause %d is %q, want %q", i+1, says[i], want)
		}
	}
	if out.Rebuilds > 7 {
		t.Errorf("%d rebuilds for three causes among six changes", out.Rebuilds)
	}
	few, err := is.Diff(t.Context(), DiffOptions{Before: "2020-11-10", After: "current", Mart: "neet_rates", Rebuilds: 1})
	if err != nil || len(few.Causes) != 3 || !strings.Contains(few.Causes[0].Say, "4 changes together") || len(few.Notices) != 1 {
		t.Errorf("with few rebuilds: %v, %+v, %v", err, few.Causes, few.Notices)
	}
	addsUp(t, few)
	then := filepath.Join(p.dir, "then.duckdb")
	if _, err := is.BuildAsAt(t.Context(), mustDate(t, "2020-11-10"), then); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, "2020-11-10", first, then)
	restated := filepath.Join(p.dir, "restated.duckdb")
	built, err := is.BuildKnown(t.Context(), AsAtOptions{Day: mustDate(t, "2020-11-10"), Out: restated, Restate: true})
	if err != nil || built.RulesOf != "2020-11-20" || !built.Restated {
		t.Fatalf("restated: %+v, %v", built, err)
	}
	old, now := fileRows(t, first, "marts.neet_rates"), fileRows(t, restated, "marts.neet_rates")
	differ := 0
	for i := range old {
		if old[i]["participating_count"] != now[i]["participating_count"] {
			differ++
		}
	}
	if len(old) != len(now) || differ == 0 {
		t.Errorf("restated by today's rules %d of %d rows differ", differ, len(old))
	}
}

// Who was erased between two nights is missing from every rebuild: that shows
// as a cause of its own, and the causes still add up.
func TestDiffAfterAnErasure(t *testing.T) {
	t.Parallel()
	p := mustPlace(t)
	for _, l := range hamlet("") {
		p.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
	}
	was := p.night(t).app
	if _, err := was.Forget(t.Context(), ForgetOptions{Numbers: erase.Numbers{Clients: []string{"3430000000002"}}, By: "officer", Reason: "asked"}); err != nil {
		t.Fatal(err)
	}
	l := collegeList("2020-11-18", "Robin,Birch,11/02/2004,07/09/2020,\n")
	p.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
	is := p.night(t).app
	out, err := is.Diff(t.Context(), DiffOptions{Before: "previous", After: "current", Mart: "neet_rates"})
	if err != nil {
		t.Fatal(err)
	}
	addsUp(t, out)
	var kinds []string
	for _, c := range out.Causes {
		kinds = append(kinds, c.Kind)
	}
	if !slices.Equal(kinds, []string{causeErasedSince, causeDelivery}) || len(out.Notices) == 0 {
		t.Errorf("causes are %v, notices %v", kinds, out.Notices)
	}
	for _, v := range out.People {
		if v.Text("person_id") == "3430000000002" {
			t.Error("who was erased is told of")
		}
	}
}
