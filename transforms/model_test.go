package transforms

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"nightjar/pipeline"
)

func says(issues []pipeline.Issue) []string {
	out := make([]string, len(issues))
	for i, issue := range issues {
		out[i] = issue.String()
	}
	return out
}

func TestParseModel(t *testing.T) {
	t.Parallel()
	m, issues := parseModel("marts/people/ward_counts.sql", `-- People by ward,
-- counted at a month end, each once
-- apart: those without a ward.
--
-- grain: month_end, ward
-- column month_end: Month end.
-- column ward: Ward code;
--   null where the postcode is unknown.
-- column n: People.
-- not_null: n
-- accepted ward: A, B
-- materialized: view
-- export: internal
select 1 as n -- grain: not a header any more
`)
	if len(issues) > 0 {
		t.Fatal(says(issues))
	}
	want := Model{
		Layer: "marts", Name: "ward_counts", File: "marts/people/ward_counts.sql", Doc: "People by ward, counted at a month end, each once apart: those without a ward.",
		Grain:   []string{"month_end", "ward"},
		Columns: []ColumnDoc{{"month_end", "Month end."}, {"ward", "Ward code; null where the postcode is unknown."}, {"n", "People."}},
		NotNull: []string{"n"}, Accepted: []Accepted{{"ward", []string{"A", "B"}}}, View: true, Export: "internal", SQL: m.SQL,
	}
	if !reflect.DeepEqual(m, want) || m.Relation() != "marts.ward_counts" {
		t.Errorf("got %+v", m)
	}
}

func TestParseModelComplains(t *testing.T) {
	t.Parallel()
	const top = "-- A sentence.\n-- grain: a\n-- column a: A.\n"
	cases := []struct{ file, text, want string }{
		{"marts/m.sql", "select 1", "line 1: the file does not begin with a sentence"},
		{"marts/m.sql", "-- A sentence.\nselect 1", "line 1: the header names no grain"},
		{"marts/M.sql", top, "model name M is not lower snake_case"},
		{"marts/m.sql", top + "-- colum b: B.\n", `line 4: unknown header key "colum b"`},
		{"marts/m.sql", top + "-- owner: me\n", `line 4: unknown header key "owner"`},
		{"marts/m.sql", top + "-- column: B.\n", `line 4: unknown header key "column"`},
		{"marts/m.sql", top + "-- column b:\n", `line 4: header key "column" has no value`},
		{"marts/m.sql", top + "-- column a: again.\n", `line 4: header key "column a" stands twice`},
		{"marts/m.sql", top + "-- grain: a\n", `line 4: header key "grain" stands twice`},
		{"marts/m.sql", top + "-- not_null: a,, a\n", "empty or repeated item"},
		{"marts/m.sql", top + "-- not_null: b\n", "column b is named in the header and described nowhere"},
		{"marts/m.sql", top + "-- accepted b: x\n", "column b is named in the header and described nowhere"},
		{"marts/m.sql", top + "-- materialized: twice\n", `header key "materialized" cannot be "twice"`},
		{"marts/m.sql", top + "-- export: public\n", `header key "export" cannot be "public"`},
		{"staging/m.sql", top + "-- export: internal\n", "only marts are exported"},
		{"marts/m.sql", top + "-- what is this\n", "line 4: this line is neither a key nor the indented continuation"},
	}
	for _, c := range cases {
		_, issues := parseModel(c.file, c.text)
		all := strings.Join(says(issues), "\n")
		if !strings.Contains(all, c.want) || !strings.HasPrefix(all, c.file) {
			t.Errorf("%s\n got %s\nwant %s", c.text, all, c.want)
		}
	}
}

func TestParseCheck(t *testing.T) {
	t.Parallel()
	c, issues := parseCheck("staging/ucas/stg_ucas__offers__one_choice_test.sql", "-- One person,\n-- one choice.\n-- severity: warn\nselect 1")
	want := CheckFile{Model: "staging.stg_ucas__offers", Claim: "one_choice", File: c.File, Why: "One person, one choice.", Warn: true, SQL: c.SQL}
	if len(issues) > 0 || !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, %v", c, says(issues))
	}
	for text, want := range map[string]string{
		"select 1":                        "does not say why",
		"-- Why.\n-- severity: maybe\n":   "cannot be \"maybe\"",
		"-- Why.\n-- grain: a\nselect 1":  "unknown header key \"grain\"",
		"-- Why.\n-- severity x: block\n": "unknown header key",
	} {
		_, issues := parseCheck("marts/m__c_test.sql", text)
		if !strings.Contains(strings.Join(says(issues), "\n"), want) {
			t.Errorf("%q: got %v, want %s", text, says(issues), want)
		}
	}
	if _, issues := parseCheck("marts/m_test.sql", "-- Why.\nselect 1"); len(issues) != 1 {
		t.Errorf("a check without a claim: %v", says(issues))
	}
}

// loadIssues loads the small tree with changes and returns what is wrong.
func loadIssues(t *testing.T, changes map[string]string) (*Catalogue, string) {
	t.Helper()
	cat, err := LoadCatalogue(t.Context(), treeOf(changes), RawRelations([]pipeline.Layout{thingsLayout}))
	if err != nil {
		t.Fatal(err)
	}
	return cat, strings.Join(says(cat.Issues), "\n")
}

const anyHeader = "-- S.\n-- grain: n\n-- column n: N.\n"

func TestCatalogueOrder(t *testing.T) {
	t.Parallel()
	cat, issues := loadIssues(t, map[string]string{
		"marts/b_last.sql":         anyHeader + "with ward_counts as (select people_count as n from marts.ward_counts) select n from ward_counts",
		"intermediate/int_any.sql": anyHeader + "select n from (select line as n from staging.stg_things where line in (select line from raw_free))",
		"marts/z_alone.sql":        anyHeader + "select 1 as n",
	})
	if !strings.Contains(issues, "int_any.sql line 4: table raw_free has no schema") {
		t.Errorf("got %s", issues)
	}
	var names []string
	for _, m := range cat.Models {
		names = append(names, m.Relation())
	}
	want := []string{"marts.z_alone", "staging.stg_files", "marts.deliveries", "staging.stg_things", "intermediate.int_any", "marts.ward_counts", "marts.b_last"}
	if !slices.Equal(names, want) {
		t.Errorf("order %v", names)
	}
	if m, ok := cat.Model("marts.ward_counts"); !ok || !slices.Equal(m.Reads, []string{"ref.build", "staging.stg_things"}) {
		t.Errorf("reads %v", m.Reads)
	}
}

func TestCatalogueIssues(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		changes map[string]string
		want    []string
	}{
		{"unqualified name", map[string]string{"marts/a.sql": anyHeader + "select n\nfrom stg_things"},
			[]string{"marts/a.sql line 5", "table stg_things has no schema", "write staging.stg_things"}},
		{"name out of sight", map[string]string{"marts/a.sql": anyHeader + "select n from (with c as (select 1 as n) select n from c) as x cross join c"},
			[]string{"table c has no schema"}},
		{"unknown table", map[string]string{"marts/a.sql": anyHeader + "select n from staging.nosuch"}, []string{"table staging.nosuch does not exist"}},
		{"other catalogue", map[string]string{"marts/a.sql": anyHeader + "select n from memory.staging.stg_things"}, []string{"memory.staging.stg_things does not exist"}},
		{"mart reads raw", map[string]string{"marts/a.sql": anyHeader + "select line as n from raw.things"}, []string{"layer marts must not read raw.things"}},
		{"staging reads mart", map[string]string{"staging/a.sql": anyHeader + "select people_count as n from marts.ward_counts"},
			[]string{"layer staging must not read marts.ward_counts (marts/ward_counts.sql)", "raw, staging, ref"}},
		{"mart reads restricted", map[string]string{
			"restricted/r.sql": anyHeader + "select people_count as n from marts.ward_counts",
			"marts/a.sql":      anyHeader + "select n from restricted.r"}, []string{"layer marts must not read restricted.r (restricted/r.sql)"}},
		{"loop", map[string]string{
			"marts/a.sql": anyHeader + "select n from marts.b", "marts/b.sql": anyHeader + "select n from marts.c",
			"marts/c.sql": anyHeader + "select n from marts.a", "marts/d.sql": anyHeader + "select n from marts.a"},
			[]string{"marts.a → marts.b → marts.c → marts.a", "marts/a.sql, marts/b.sql, marts/c.sql"}},
		{"itself", map[string]string{"marts/a.sql": anyHeader + "select n from marts.a"}, []string{"marts.a → marts.a"}},
		{"two statements", map[string]string{"marts/a.sql": anyHeader + "select 1 as n; select 2 as n"}, []string{"2 statements"}},
		{"no select", map[string]string{"marts/a.sql": anyHeader + "create table x (n bigint)"}, []string{"Only SELECT"}},
		{"syntax", map[string]string{"marts/a.sql": anyHeader + "select 1 as n\nfrom from"}, []string{"marts/a.sql line 5: syntax error"}},
		{"two files, one model", map[string]string{"marts/x/ward_counts.sql": anyHeader + "select 1 as n"}, []string{"marts.ward_counts is made by"}},
		{"no layer", map[string]string{"mart/a.sql": anyHeader + "select 1 as n"}, []string{"mart/a.sql: the file stands in no layer"}},
		{"check of nothing", map[string]string{"marts/nosuch__claim_test.sql": "-- Why.\nselect 1 as n"}, []string{"there is no model marts.nosuch"}},
		{"check reads nothing", map[string]string{"marts/ward_counts__x_test.sql": "-- Why.\nselect n from marts.nosuch"}, []string{"table marts.nosuch does not exist"}},
		{"macro", map[string]string{"macros/mine.sql": "CREATE MACRO mine(x) AS x"}, []string{"macros/mine.sql", "percent_of"}},
		{"reference", map[string]string{"ref/x.csv": "a,b\n1,2\n"}, []string{"ref/x.csv", "no column source"}},
		{"lint in a check", map[string]string{"marts/ward_counts__x_test.sql": "-- Why.\nselect ward::varchar as w from marts.ward_counts"}, []string{"ward_counts__x_test.sql line 2"}},
		{"lint in a common table expression", map[string]string{"marts/a.sql": anyHeader + "with c as (\nselect max_by(line, ward) as n from staging.stg_things) select n from c"}, []string{"marts/a.sql line 5: function max_by"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, issues := loadIssues(t, c.changes)
			for _, want := range c.want {
				if !strings.Contains(issues, want) {
					t.Errorf("got %s\nwant %s", issues, want)
				}
			}
		})
	}
	if _, issues := loadIssues(t, nil); issues != "" {
		t.Errorf("the small tree itself is wrong: %s", issues)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add("-- A.\n-- grain: a\n-- column a: b\nselect 1")
	f.Add("--\n-- : \n--   x\n-- accepted a: ,")
	f.Fuzz(func(t *testing.T, text string) {
		m, issues := parseModel("marts/m.sql", text)
		if len(issues) == 0 && (m.Doc == "" || len(m.Grain) == 0) {
			t.Errorf("accepted %q without sentence or grain", text)
		}
		for _, issue := range issues {
			if issue.Line < 0 || issue.Line > int64(strings.Count(text, "\n")+1) {
				t.Errorf("line %d of a shorter text", issue.Line)
			}
		}
	})
}

func FuzzTokenize(f *testing.F) {
	f.Add("select 'it''s' as \"x\" -- c\n/* d */ from t")
	f.Add("'")
	f.Add("/*")
	f.Add("\xeb")
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, tok := range tokenize(text) {
			if tok.at < end || tok.text == "" || !strings.EqualFold(text[tok.at:tok.at+len(tok.text)], tok.text) {
				t.Fatalf("token %q at %d overlaps or is not in %q", tok.text, tok.at, text)
			}
			end = tok.at + len(tok.text)
		}
	})
}
