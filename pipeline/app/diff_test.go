package app

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nightjar/pipeline"
	"nightjar/sql"
	"nightjar/transforms"
)

// change is a small authority before and after something changed in it.
type changeCase struct {
	name   string
	before []list
	after  []list                               // come before the second night
	does   func(t *testing.T, p *place, a *App) // between the nights
	first  func(t *testing.T, p *place)         // before the first
	kind   string                               // of the one cause
	says   string                               // in its evidence
	mart   string                               // that must have changed
	people func(t *testing.T, out Difference)   // what must be told of people
}

const anyPostcodes = "pcds,oslaua,osward,ward_name\nL20 1AA,E08000014,E05000932,Ainsdale\nL20 1AB,E08000014,E05000933,Birkdale\n"

// twins are two who fit a line on a roll alike, so that a person has to decide.
func twins() []list {
	return []list{
		{"caseload/career-service/october.csv", "", "2021-11-05T08:00:00Z", "PeriodEnd,YoungPersonsID,CohortStatus,GivenName,FamilyName,DateOfBirth,Postcode,LeadLEA,ActivityCode,StartDate,DateVerified\n" +
			"31/10/2021,3430000000001,P,Lucy,Wren,14/02/2005,L20 9PP,343,810,06/09/2021,30/09/2021\n31/10/2021,3430000000002,P,George,Wren,14/02/2005,L20 9PP,343,210,06/09/2021,30/09/2021\n"},
		{"cohort_checks/school/roll.csv", "2021/22", "2021-10-06T08:00:00Z", "Estab,Surname,Forename,DoB,NCyearActual,Postcode\n3434001,Wren,Lcuy,2005-02-14,12,L20 9PP\n"},
	}
}

func ruleOn(t *testing.T, a *App, verdict pipeline.Verdict) {
	t.Helper()
	night, _, err := a.peopleNights(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := night.people(t.Context(), "match_pairs", "person_id = '3430000000001'")
	if err != nil || len(pairs) == 0 {
		t.Fatalf("%d pairs of the person: %v", len(pairs), err)
	}
	n, err := a.Decide(t.Context(), []Ruling{{Subject: pairs[0].Text("subject"), PersonID: "3430000000001", Verdict: verdict, By: "officer"}})
	if err != nil || n != 1 {
		t.Fatalf("%d decisions: %v", n, err)
	}
}

// hamlet is the caseload of two months, of people whom nobody mixes up; of the
// second month as it was after one of them moved.
func hamlet(mover string) []list {
	var out []list
	for _, m := range []struct{ end, sent string }{{"2020-09-30", "2020-10-05"}, {"2020-10-31", "2020-11-05"}, {"2020-10-31", "2020-11-20"}} {
		var clients []client
		for k, name := range []string{"Ash", "Birch", "Cedar", "Damson", "Elder", "Fir"} {
			c := client{"client_id": fmt.Sprintf("343000000000%d", k), "given_name": "Robin", "family_name": name, "birth_date": fmt.Sprintf("2004-0%d-1%d", k+1, k), "verified_date": "2020-09-10"}
			if k < 2 {
				c["activity_code"] = "810"
			}
			if m.sent == "2020-11-20" && c["client_id"] == mover {
				c["postcode"] = "L20 1AB"
			}
			clients = append(clients, c)
		}
		out = append(out, list{"caseload/career-service/" + m.sent + ".csv", "", m.sent + "T08:00:00Z", extract(m.end, clients)})
	}
	if mover == "" {
		return out[:2]
	}
	return out
}

// collegeList is what a college sends of the hamlet; the corrected list says that
// the first has left and knows one more.
func collegeList(day, rows string) list {
	return list{"college_starters/hugh-baird-college/" + day + ".csv", "2020/21", day + "T09:00:00Z", "forename,surname,birth_date,start_date,end_date\n" + rows}
}

func changeCases() []changeCase {
	return []changeCase{
		{
			name: "corrected college list", before: append(hamlet(""), collegeList("2020-09-25", "Robin,Ash,10/01/2004,07/09/2020,\n")),
			after: []list{collegeList("2020-11-18", "Robin,Ash,10/01/2004,07/09/2020,02/10/2020\nRobin,Birch,11/02/2004,07/09/2020,\n")},
			kind:  causeDelivery, says: "2020-11-18.csv", mart: "marts.neet_rates",
			people: func(t *testing.T, out Difference) {
				wantMove(t, out, "marts.destinations", "3430000000000", "2020-11-18.csv line 2") // in the rates the two change places
				wantMove(t, out, "marts.neet_rates", "3430000000001", "2020-11-18.csv line 3")
			},
		},
		{
			name: "moved postcode", before: append(hamlet(""), list{"postcodes/lookup/wards.csv", "2020/21", "2020-09-01T08:00:00Z", anyPostcodes}),
			after: hamlet("3430000000003")[2:], kind: causeDelivery, says: "2020-11-20.csv", mart: "marts.ward_rates",
			people: func(t *testing.T, out Difference) {
				wantMove(t, out, "marts.ward_rates", "3430000000003", "2020-11-20.csv")
				for _, p := range out.People {
					if id := p.Text("person_id"); id != "3430000000003" && p.Text("mart") == "marts.ward_rates" {
						t.Errorf("%s did not move and is told of: %v", id, p)
					}
				}
			},
		},
		{
			name: "changed currency rule", before: hamlet(""), kind: causeReference, says: "currency_rules: 210, months, 1", mart: "marts.neet_rates",
			does: func(t *testing.T, p *place, _ *App) {
				text, err := sql.Files.ReadFile("ref/currency_rules.csv")
				if err != nil {
					t.Fatal(err)
				}
				short := bytes.ReplaceAll(text, []byte("\n210,academic_year_end,,,"), []byte("\n210,months,1,,"))
				if bytes.Equal(short, text) {
					t.Fatal("the shipped rule of code 210 is another one")
				}
				p.reference(t, "currency_rules.csv", short)
			},
			people: func(t *testing.T, out Difference) {
				wantMove(t, out, "marts.neet_rates", "3430000000002", "currency_rules")
			},
		},
		{
			name: "reversed match decision", before: twins(), kind: causeDecision, says: "none, before that accept", mart: "marts.list_effects",
			first: func(t *testing.T, p *place) { ruleOn(t, p.night(t).app, pipeline.VerdictAccept) },
			does:  func(t *testing.T, _ *place, a *App) { ruleOn(t, a, pipeline.VerdictUndone) },
			people: func(t *testing.T, out Difference) {
				wantMove(t, out, "marts.neet_rates", "3430000000001", "roll.csv line 2")
			},
		},
	}
}

// reference lays down an own reference file.
func (p *place) reference(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "reference", name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantMove(t *testing.T, out Difference, mart, person, evidence string) {
	t.Helper()
	for _, p := range out.People {
		if p.Text("mart") == mart && p.Text("person_id") == person && strings.Contains(p.Text("evidence"), evidence) {
			return
		}
	}
	t.Errorf("person %s behind %s with %s is not told of: %v", person, mart, evidence, out.People)
}

// Every cell that differs between two nights is explained by what was done
// between them, and by nothing else: the steps lead from the one value to the
// other, and the changes add up.
func TestDiffExplainsEveryCell(t *testing.T) {
	t.Parallel()
	for _, c := range changeCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := mustPlace(t)
			if err := os.Mkdir(filepath.Join(p.dir, "reference"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p.config(), []byte(placeConfig+"reference: reference\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, l := range c.before {
				p.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
			}
			if c.first != nil {
				c.first(t, p)
			}
			was := p.night(t)
			if c.does != nil {
				c.does(t, p, was.app)
			}
			for _, l := range c.after {
				p.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
			}
			is := p.night(t)
			out, err := is.app.Diff(t.Context(), DiffOptions{Before: "previous", After: "current"})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d cells, %d rebuilds, causes %+v", len(out.Cells), out.Rebuilds, out.Causes)
			if len(out.Causes) != 1 || out.Causes[0].Kind != c.kind || !strings.Contains(strings.Join(out.Causes[0].Evidence, "\n"), c.says) {
				t.Errorf("causes are %+v", out.Causes)
			}
			if len(out.Notices) > 0 {
				t.Errorf("notices: %s", out.Notices)
			}
			sameCells(t, was, is, out)
			addsUp(t, out)
			c.people(t, out)
			keepsPeopleIn(t, is.app, out)
			if !martNames(out)[c.mart] {
				t.Errorf("%s did not change", c.mart)
			}
		})
	}
}

func martNames(out Difference) map[string]bool {
	names := map[string]bool{}
	for _, m := range out.Marts {
		names[m.Mart] = true
	}
	return names
}

// addsUp wants each cell's steps to lead from one end to the other.
func addsUp(t *testing.T, out Difference) {
	t.Helper()
	if len(out.Cells) == 0 {
		t.Error("no cell changed")
	}
	for _, c := range out.Cells {
		at, sum := c.Before, 0.0
		for _, s := range c.Steps {
			if s.From != at || s.Cause >= len(out.Causes) {
				t.Fatalf("%s %s %s: a step begins at %v, the one before ended at %v", c.Mart, c.where, c.Column, s.From, at)
			}
			at = s.To
			if s.Change != nil {
				sum += *s.Change
			}
		}
		if at != c.After || len(c.Steps) == 0 {
			t.Errorf("%s %s %s: the steps end at %v, the cell at %v", c.Mart, c.where, c.Column, at, c.After)
		}
		if c.Change != nil && math.Abs(sum-*c.Change) > 1e-9 {
			t.Errorf("%s %s %s: the causes sum up to %v, the change is %v", c.Mart, c.where, c.Column, sum, *c.Change)
		}
	}
}

// sameCells counts the changed cells once more, in Go, from whole marts.
func sameCells(t *testing.T, was, is published, out Difference) {
	t.Helper()
	told := map[string]int{}
	for _, c := range out.Cells {
		told[c.Mart]++
	}
	versions, err := is.app.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wasFile := filepath.Join(was.app.published(), versions[1].RunID, "nightjar.duckdb")
	for _, m := range out.Marts {
		old := map[string]Values{}
		for _, v := range fileRows(t, wasFile, m.Mart) {
			old[v.rowText(m.Grain...)] = v
		}
		n := 0
		for _, v := range is.rows(t, m.Mart, "true") {
			key := v.rowText(m.Grain...)
			for _, col := range m.Columns {
				if v[col] != old[key][col] {
					n++
				}
			}
			delete(old, key)
		}
		for _, v := range old {
			for _, col := range m.Columns {
				if v[col] != nil {
					n++
				}
			}
		}
		if n != told[m.Mart] {
			t.Errorf("%s: %d cells changed, %d are told of", m.Mart, n, told[m.Mart])
		}
	}
}

func fileRows(t *testing.T, file, mart string) []Values {
	t.Helper()
	res, err := transforms.Query(t.Context(), file, mart, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	return rowsOf(res)
}

// keepsPeopleIn wants the people in a file for their keeper only.
func keepsPeopleIn(t *testing.T, a *App, out Difference) {
	t.Helper()
	info, err := os.Stat(out.PeopleFile)
	if err != nil || info.Mode().Perm() != 0o600 || filepath.Dir(out.PeopleFile) != a.restricted() {
		t.Errorf("people are kept in %s (%v)", out.PeopleFile, err)
	}
	if left, _ := filepath.Glob(filepath.Join(a.work(), "*")); len(left) > 0 {
		t.Errorf("work files with people in them were left behind: %s", left)
	}
	for _, c := range out.Causes {
		for _, e := range append(c.Evidence, c.Say) {
			if strings.Contains(e, "34300000") || strings.Contains(e, "Wren") {
				t.Errorf("a cause names a person: %s", e)
			}
		}
	}
}

func TestDiffRefusals(t *testing.T) {
	t.Parallel()
	p := mustPlace(t)
	for _, l := range twins() {
		p.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
	}
	a := p.night(t).app
	for _, c := range []struct {
		o    DiffOptions
		says string
	}{
		{DiffOptions{Before: "previous", After: "current"}, "no publication that is kept"},
		{DiffOptions{Before: "current", After: "current"}, "compared with itself"},
		{DiffOptions{Before: "2019-01-01", After: "current"}, "nothing had been delivered"},
		{DiffOptions{Before: "2021-10-07", After: "current", Mart: "no_such_mart"}, "no mart"},
		{DiffOptions{Before: "2021-10-07", After: "current", Where: "1=1"}, "--where needs a mart"},
	} {
		if _, err := a.Diff(t.Context(), c.o); !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: got %v, want %q", c.o, err, c.says)
		}
	}
}
