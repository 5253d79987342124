package transforms

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"nightjar/pipeline"
	"nightjar/sql"
	"nightjar/transforms/matching"
)

// matchSession is an instance that holds what matching reads: one person and
// one line about them whose forename was mistyped.
func matchSession(t *testing.T) *session {
	t.Helper()
	cat, err := LoadCatalogue(t.Context(), sql.Files, RawRelations(shippedLayouts()))
	if err != nil {
		t.Fatal(err)
	}
	s := openTestSession(t)
	if err := s.prepare(t.Context(), cat); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"diminutives", "match_weights", "settings"} {
		if err := shippedRef(t.Context(), s, cat, name); err != nil {
			t.Fatal(err)
		}
	}
	const people = "SELECT 'p' AS person_id, 'Secretfamily' AS family_name, 'Lucy' AS given_name, DATE '2005-02-14' AS birth_date, " +
		"CAST(NULL AS VARCHAR) AS upn, CAST(NULL AS VARCHAR) AS uln, CAST(NULL AS VARCHAR) AS previous_client_id, false AS is_merged"
	const lines = "SELECT 'ucas' AS dataset, 'school' AS provider, 'f' AS file_hash, '' AS sheet, CAST(2 AS BIGINT) AS line, DATE '2021-11-06' AS delivered_on, '2021/22' AS list_year, true AS is_current, " +
		"CAST(NULL AS VARCHAR) AS list_person_key, CAST(NULL AS VARCHAR) AS client_id, CAST(NULL AS VARCHAR) AS upn, CAST(NULL AS VARCHAR) AS uln, " +
		"'Secretfamily' AS family_name, CAST(NULL AS VARCHAR) AS preferred_family_name, CAST(NULL AS VARCHAR) AS former_family_name, " +
		"'Lcuy' AS given_name, 'L20 9PP' AS postcode, DATE '2005-02-14' AS birth_date"
	for _, q := range []string{
		"CREATE TABLE intermediate.int_people AS " + people, "CREATE TABLE intermediate.int_list_people AS " + lines,
		"CREATE TABLE intermediate.int_person_identities AS SELECT 'p' AS person_id, 'Secretfamily' AS family_name, 'Lucy' AS given_name, DATE '2005-02-14' AS birth_date, 'L20 9PP' AS postcode",
	} {
		if err := s.exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestMatchStageFollowsDecisions(t *testing.T) {
	t.Parallel()
	row := matching.Listed{Dataset: "ucas", Provider: "school", Family: "Secretfamily", Given: "Lcuy", Born: pipeline.NewDate(2005, 2, 14), HasBorn: true}
	for _, c := range []struct {
		name      string
		decisions []pipeline.Decision
		want      string
	}{
		{"left alone", nil, "linked close_name_postcode p"},
		{"rejected", []pipeline.Decision{{Subject: matching.Subject(row), PersonID: "p", Verdict: pipeline.VerdictReject}}, "unmatched  "},
		{"accepted", []pipeline.Decision{{Subject: matching.Subject(row), PersonID: "p", Verdict: pipeline.VerdictAccept}}, "linked decision p"},
	} {
		s := matchSession(t)
		if err := s.runMatching(t.Context(), c.decisions); err != nil {
			t.Fatal(err)
		}
		res, err := s.query(t.Context(), "SELECT outcome, rule, person_id FROM matched.links")
		if err != nil {
			t.Fatal(err)
		}
		got := text(res.Rows[0][0]) + " " + text(res.Rows[0][1]) + " " + text(res.Rows[0][2])
		if len(res.Rows) != 1 || got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// What matching makes does not hang on the order in which rows of tables stand,
// and a line's text cannot break out of the row it is read in.
func TestMatchStageTakesRowsInAnyOrder(t *testing.T) {
	t.Parallel()
	var want []string
	for _, order := range []string{"line", "line DESC", "hash(line)"} {
		s := matchSession(t)
		for _, q := range []string{
			"INSERT INTO intermediate.int_people BY NAME SELECT 'q' || i AS person_id, 'Fox' || i AS family_name, 'Ben' AS given_name, DATE '2004-01-01' + CAST(i AS INTEGER) AS birth_date, false AS is_merged FROM range(20) AS r(i)",
			"INSERT INTO intermediate.int_person_identities BY NAME SELECT person_id, family_name, given_name, birth_date FROM intermediate.int_people",
			"INSERT INTO intermediate.int_list_people BY NAME SELECT 'ucas' AS dataset, 'school' AS provider, 'g' || (i % 3) AS file_hash, i AS line, true AS is_current, " +
				"'Fox' || (i % 20) || chr(31) AS family_name, 'Ben' AS given_name, DATE '2004-01-01' + CAST(i % 20 AS INTEGER) AS birth_date FROM range(10, 60) AS r(i)",
			"CREATE OR REPLACE TABLE intermediate.int_list_people AS SELECT * FROM intermediate.int_list_people ORDER BY " + order,
		} {
			if err := s.exec(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.runMatching(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		res, err := s.query(t.Context(), "SELECT CAST(line AS VARCHAR) || ' ' || match_no || ' ' || outcome || ' ' || coalesce(person_id, '') || ' ' || coalesce(rule, reason) FROM matched.links ORDER BY line")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range res.Rows {
			got = append(got, text(r[0]))
		}
		if len(got) != 51 || !strings.Contains(got[1], "linked") {
			t.Fatalf("%d lines, the second is %q", len(got), got[1])
		}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %s the links are others", order)
		}
	}
}

func TestMatchSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value string
		wrong       bool
	}{
		{"match_accept_bits", "9.5", false}, {"match_accept_bits", "high", true}, {"match_review_bits", "40", true}, {"match_margin_bits", "-1", true},
	} {
		s := matchSession(t)
		if err := s.exec(t.Context(), "UPDATE ref.settings SET value = "+quote(c.value)+" WHERE name = "+quote(c.name)); err != nil {
			t.Fatal(err)
		}
		err := s.runMatching(t.Context(), nil)
		if (err != nil) != c.wrong || err != nil && strings.Contains(err.Error(), "Secret") {
			t.Errorf("%s = %s: %v", c.name, c.value, err)
		}
		if c.value == "high" && !errors.Is(err, pipeline.ErrUsage) {
			t.Errorf("a setting that is no number is no usage error: %v", err)
		}
	}
}

// A decision makes another build, whatever else stays.
func TestFingerprintHoldsDecisions(t *testing.T) {
	t.Parallel()
	w := &Warehouse{Options{SQL: sql.Files}}
	in := pipeline.BuildInput{}
	before := w.Fingerprint(in)
	in.Decisions = []pipeline.Decision{{Subject: "s", PersonID: "p", Verdict: pipeline.VerdictAccept}}
	if w.Fingerprint(in) == before {
		t.Error("a decision is not part of the fingerprint")
	}
}
