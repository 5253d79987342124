package transforms

import (
	flags "flag" // the package has a function flag
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// realModels are the models of sql/ with the columns they bind to.
type realModels struct {
	cat   *Catalogue
	types map[string][]typedColumn
}

func loadRealModels(t *testing.T) *realModels {
	t.Helper()
	cat, err := LoadCatalogue(t.Context(), os.DirFS(sqlFolder), shippedRaw())
	if err != nil {
		t.Fatal(err)
	}
	b, err := bind(t.Context(), cat, shippedRaw())
	if err != nil {
		t.Fatal(err)
	}
	return &realModels{cat, b.columns}
}

// build makes the named models, and all that they read, over given relations.
func (m *realModels) build(t *testing.T, given map[string]csvRows, targets ...string) *session {
	t.Helper()
	s, err := openSession(t.Context(), sessionOptions{memoryLimit: "500MB", threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.prepare(t.Context(), m.cat); err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{}
	for relation, rows := range given {
		fill(t, s, relation, m.types[relation], rows)
		made[relation] = true
	}
	for _, name := range targets {
		target, ok := m.cat.Model(name)
		if !ok {
			t.Fatalf("there is no model %s", name)
		}
		for _, relation := range closure(m.cat, target, given) {
			if !made[relation] {
				modelCase{}.makeRelation(t, s, m.cat, m.types, relation)
				made[relation] = true
			}
		}
	}
	return s
}

// draws sets how many populations rapid draws: each is a warehouse of its own.
// The same are drawn each time, so that a change is judged by the same cases as
// the one before it; with NIGHTJAR_LONG=1 others are drawn, and more of them.
// It may not be used beside t.Parallel, because the number is a flag.
func draws(t *testing.T, n int) {
	t.Helper()
	seed := "20211031"
	switch {
	case os.Getenv("NIGHTJAR_LONG") != "":
		n, seed = 10*n, "0"
	case testing.Short():
		n = 3
	}
	for name, value := range map[string]string{"rapid.checks": fmt.Sprint(n), "rapid.seed": seed} {
		f := flags.Lookup(name)
		before := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(before) })
	}
}

// none wants a query to find nothing.
func none(t *testing.T, rt *rapid.T, s *session, claim, query string) {
	t.Helper()
	res, err := s.query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range res.Rows {
		rt.Errorf("%s: %v", claim, row)
	}
}

// Claims that hold for any population, as queries that find the exceptions.
var claims = map[string]string{
	"exactly one status": `SELECT person_id, month_end, basis, count(*) FROM intermediate.int_statuses
		GROUP BY ALL HAVING count(*) <> 1`,
	"parts sum to the cohort": `SELECT * FROM marts.neet_rates
		WHERE eet_count + neet_count + not_known_count + other_count <> cohort_count OR lapsed_count > not_known_count OR participating_count > eet_count + neet_count`,
	"wards, unknown and outside sum to the borough": `SELECT month_end, age_band, basis, boundary_version FROM marts.ward_rates AS w JOIN marts.neet_rates AS r USING (month_end, age_band, basis)
		GROUP BY ALL HAVING ` + sumsDiffer("cohort_count", "eet_count", "neet_count", "not_known_count", "lapsed_count", "other_count", "excluded_count", "participating_count"),
	"spells of one person never overlap": `SELECT a.person_id, a.started_on, b.started_on FROM intermediate.int_neet_spells AS a JOIN intermediate.int_neet_spells AS b
		ON a.person_id = b.person_id AND a.spell_no < b.spell_no WHERE coalesce(a.ended_on, DATE '9999-01-01') > b.started_on`,
	"a spell ends no earlier than it begins": `SELECT * FROM intermediate.int_neet_spells WHERE ended_on < started_on OR last_month_end < first_month_end`,
	"every NEET month lies in one spell": `SELECT s.person_id, s.month_end, count(p.spell_no) FROM intermediate.int_statuses AS s LEFT JOIN intermediate.int_neet_spells AS p
		ON s.person_id = p.person_id AND s.month_end BETWEEN p.first_month_end AND p.last_month_end
		WHERE s.basis = 'recorded' AND s.headline_group = 'NEET' GROUP BY ALL HAVING count(p.spell_no) <> 1`,
	"flows explain the change": `SELECT * FROM marts.neet_flows
		WHERE previous_neet_count IS NOT NULL AND previous_neet_count + joiners_count + entered_cohort_neet - leavers_count - left_cohort_neet <> neet_count`,
}

func sumsDiffer(columns ...string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = fmt.Sprintf("sum(w.%s) <> any_value(r.%s)", c, c)
	}
	return strings.Join(parts, " OR ")
}

// TestEverybodyHasOneStatus draws populations and holds the models to what
// must be true of every one of them.
func TestEverybodyHasOneStatus(t *testing.T) {
	m := loadRealModels(t)
	draws(t, 30)
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPopulation(rt)
		s := m.build(t, p.given, "marts.neet_rates", "marts.ward_rates", "marts.neet_flows", "intermediate.int_neet_spells", "intermediate.int_statuses")
		defer s.Close()
		for claim, query := range claims {
			none(t, rt, s, claim, query)
		}
		p.wantCohort(t, rt, s)
	})
}

// wantCohort compares who has a status, at which age, with who counts.
func (p *population) wantCohort(t *testing.T, rt *rapid.T, s *session) {
	t.Helper()
	res, err := s.query(t.Context(), "SELECT person_id, month_end, basis, academic_age FROM intermediate.int_statuses")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, r := range res.Rows {
		key := statusKey{text(r[0]), text(r[1])}
		age, counts := p.cohort[key]
		if !counts || int64(age) != r[3] {
			rt.Errorf("%v on %v: age %v, want %d, counted %t", key, r[2], r[3], age, counts)
		}
		found[text(r[2])]++
	}
	if found["recorded"] != len(p.cohort) || found["resolved"] != len(p.cohort) {
		rt.Errorf("%v statuses, want %d on each basis", found, len(p.cohort))
	}
}

// allMarts names every mart.
func (m *realModels) allMarts() []string {
	var out []string
	for _, model := range m.cat.Models {
		if model.Layer == layerMarts {
			out = append(out, model.Relation())
		}
	}
	return out
}

// wantSame compares a relation of two warehouses over the rows that a
// condition leaves.
func (m *realModels) wantSame(t *testing.T, rt *rapid.T, a, b *session, relation, where string) {
	t.Helper()
	rows := "(SELECT * FROM " + relation + " WHERE " + where + ") AS r"
	missing, extra := difference(readRows(t, a, rows, m.types[relation]), readRows(t, b, rows, m.types[relation]))
	if len(missing)+len(extra) > 0 {
		rt.Errorf("%s differs:\n%s%s", relation, show("first only", nil, missing), show("second only", nil, extra))
	}
}

// TestOrderOfRowsChangesNothing wants the same marts from the same deliveries
// whatever the order in which files and rows come.
func TestOrderOfRowsChangesNothing(t *testing.T) {
	m := loadRealModels(t)
	draws(t, 10)
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPopulation(rt)
		shuffled := map[string]csvRows{}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 0))
		for relation, data := range p.given {
			data.rows = slices.Clone(data.rows)
			r.Shuffle(len(data.rows), func(i, j int) { data.rows[i], data.rows[j] = data.rows[j], data.rows[i] })
			shuffled[relation] = data
		}
		marts := m.allMarts()
		a, b := m.build(t, p.given, marts...), m.build(t, shuffled, marts...)
		defer a.Close()
		defer b.Close()
		for _, mart := range marts {
			m.wantSame(t, rt, a, b, mart, "true")
		}
	})
}

// TestListsNeverChangeRecorded wants what the statutory return says to be the
// same with and without any list of a school, college or UCAS centre.
func TestListsNeverChangeRecorded(t *testing.T) {
	m := loadRealModels(t)
	var marts []string
	for _, name := range m.allMarts() {
		if slices.ContainsFunc(m.types[name], func(c typedColumn) bool { return c.Name == "basis" }) {
			marts = append(marts, name)
		}
	}
	if len(marts) < 6 {
		t.Fatalf("only %v have a basis", marts)
	}
	draws(t, 10)
	changed := false
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPopulation(rt)
		alone := p.without("college_starters", "cohort_checks", "ucas")
		a, b := m.build(t, p.given, marts...), m.build(t, alone.given, marts...)
		defer a.Close()
		defer b.Close()
		for _, mart := range marts {
			m.wantSame(t, rt, a, b, mart, "basis = 'recorded'")
		}
		const statuses = "intermediate.int_statuses"
		missing, _ := difference(readRows(t, a, statuses, m.types[statuses]), readRows(t, b, statuses, m.types[statuses]))
		changed = changed || len(missing) > 0
	})
	if !changed && !testing.Short() {
		t.Error("the lists never changed resolved either, so nothing was shown")
	}
}
