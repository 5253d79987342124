//go:build mutate

package transforms

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mutation is one rule made wrong: a text of a file under sql/ that stands
// there once, and what stands in its place.
type mutation struct{ rule, file, old, new string }

var mutations = []mutation{
	{"31 August is not yet lapsed", "intermediate/int_caseload_months.sql", "rule_lapse < month_end", "rule_lapse <= month_end"},
	{"a planned end caps the currency of education", "intermediate/int_caseload_months.sql", "predicted_end_date < uncapped_lapse", "predicted_end_date > uncapped_lapse"},
	{"the record counts before our rule", "intermediate/int_caseload_months.sql", "coalesce(is_lapsed_by_record, is_lapsed_by_rule)", "is_lapsed_by_rule"},
	{"births of September are in the younger year", "intermediate/int_caseload_months.sql", "birth_date) >= 9", "birth_date) > 9"},
	{"the cohort lives with us", "intermediate/int_caseload_months.sql", "statuses.in_cohort and records.lead_la_code = authority.la_code as", "statuses.in_cohort as"},
	{"a school code at 16 is not known", "intermediate/int_caseload_months.sql", "academic_age >= 16 then", "academic_age >= 99 then"},
	{"juvenile custody is EET", "ref/activity_codes.csv", `juvenile offender",education,EET`, `juvenile offender",education,EXCLUDED`},
	{"custody of young adults is outside the cohort", "marts/neet_rates.sql", "count(*) filter (where headline_group <> 'EXCLUDED') as cohort_count", "count(*) as cohort_count"},
	{"the later delivery replaces the earlier", "staging/stg_caseload__deliveries.sql", "order by delivered_at desc", "order by delivered_at asc"},
	{"a NEETStartDate on the month end before goes on", "intermediate/int_neet_spells.sql", "neet_since <= previous_month_end", "neet_since < previous_month_end"},
	{"spells of one person never overlap", "intermediate/int_neet_spells.sql", "when earlier_end > started_on then earlier_end else started_on end", "when earlier_end > started_on then started_on else started_on end"},
	{"a gap of a month ends a spell", "intermediate/int_neet_spells.sql", "month_no - previous_month_no = 1", "month_no - previous_month_no <= 2"},
	{"evidence within 14 days is weighed by rank", "intermediate/int_statuses_resolved.sql", "<= tolerance.tolerance_days", "< tolerance.tolerance_days"},
	{"nothing current is not known", "intermediate/int_statuses_resolved.sql", "evidence.ends_on >= cohort.month_end", "evidence.ends_on > cohort.month_end"},
	{"a carried-over list row dates from 1 September", "intermediate/int_list_evidence.sql", "when aims.start_date < aims.list_year_start then aims.list_year_start", "when aims.start_date < aims.list_year_start then aims.start_date"},
	{"a UCAS place lapses on 31 January", "intermediate/int_list_evidence.sql", "(applications.entry_year + 1) * 12 + 1", "(applications.entry_year + 1) * 12 + 2"},
	{"joiners were in the cohort before", "marts/neet_flows.sql", "where was_in_band and other_group <> 'NEET'", "where other_group <> 'NEET' or other_group is null"},
	{"the headline is null until its months are there", "marts/neet_headlines.sql", "when summed.months_counted = summed.months_wanted", "when summed.months_counted > 0"},
	{"the headline is December to February", "marts/neet_headlines.sql", "where month_of_year in (12, 1, 2)", "where month_of_year in (11, 12, 1)"},
	{"a ward of 30 takes part", "marts/ward_gaps.sql", "measured.cohort_count >= minimum.minimum_cohort", "measured.cohort_count > minimum.minimum_cohort"},
	{"unknown and outside are no wards", "marts/ward_gaps.sql", "'combined' as measure, boundary_version,\n        is_in_force, ward_name, cohort_count, combined_percent as rate\n    from marts.ward_rates\n    where is_ward", "'combined' as measure, boundary_version,\n        is_in_force, ward_name, cohort_count, combined_percent as rate\n    from marts.ward_rates"},
	{"1 is best by polarity", "marts/area_comparisons.sql", "when 'low' then compared_value\n                        else -compared_value", "when 'low' then compared_value\n                        else compared_value"},
	{"a tie counts the others", "marts/area_comparisons.sql", ") - 1 as tie_count", ") as tie_count"},
	{"the neighbours' figure is made without us", "intermediate/comparisons/int_comparison_rows.sql", "members.is_own\n        and members.comparison_group = 'statistical_neighbours'", "false"},
	{"quintiles follow the value", "intermediate/comparisons/int_comparator_quintiles.sql", "q9(vals.value_percent) nulls last,", "-q9(vals.value_percent) nulls last,"},
	{"an area that no longer existed is in no rank", "intermediate/comparisons/int_comparison_rows.sql", "and members.area_existed\n    and (tiny", "and (tiny"},
	{"the list in force is the last one before", "intermediate/comparisons/int_comparison_members.sql", "when own_lists.list_vintage <= own_area.month", "when own_lists.list_vintage < own_area.month"},
	{"the guarantee's cohort is frozen on 31 May", "intermediate/int_guarantee_pupils.sql", "where delivered_on <= frozen_on", "where delivered_on < frozen_on"},
	{"a group counts within its own ages", "intermediate/int_group_members.sql", "and marked.academic_age between criteria.min_age and criteria.max_age", "and marked.academic_age >= criteria.min_age"},
	{"the last offer by 30 September counts", "intermediate/int_guarantee_pupils.sql", "and delivered_on <= offers_until", "and delivered_on <= frozen_on"},
	{"the caseload's offer is of April to September", "intermediate/int_guarantee_pupils.sql", "between 4 and 9", "between 1 and 12"},
	{"offers of later joiners count among the offers", "marts/september_guarantee.sql", "count(*) filter (where pupils.offer_category = 'offer_made') as offer_made_count", "count(*) filter (where pupils.is_in_cohort and pupils.offer_category = 'offer_made') as offer_made_count"},
	{"custody is outside the survey's base", "marts/activity_survey.sql", "survey_duty in ('P', 'W', 'T', 'N')) as known_count", "survey_duty in ('P', 'W', 'T', 'N', 'X')) as known_count"},
	{"the survey asks for the activity of 1 November", "intermediate/int_school_leavers.sql", "where months_after = 1 or start_date <= survey_day", "where months_after = 1 or start_date < survey_day"},
	{"support comes before 31 August", "intermediate/int_school_leavers.sql", "events.intervention_date < cast(", "events.intervention_date <= cast("},
	{"days of a window count from its first day", "intermediate/int_neet_windows.sql", "case when spells.started_on > windows.window_start then spells.started_on", "case when spells.started_on > windows.window_start then windows.window_start"},
	{"an open spell counts the month end", "intermediate/int_neet_windows.sql", "days_between(cohort.neet_since, cohort.month_end) + 1 as days_neet", "days_between(cohort.neet_since, cohort.month_end) as days_neet"},
	{"a spell of 182 days is core", "intermediate/int_neet_windows.sql", "days_between(measured.started_on, measured.counted_until) >= core_days.core_days", "days_between(measured.started_on, measured.counted_until) > core_days.core_days"},
	{"a group below the minimum is too few to say", "marts/early_intervention.sql", "bounds.s_count < parameters.minimum_group\n            or bounds.c_count < parameters.minimum_group", "bounds.s_count < parameters.minimum_group\n            and bounds.c_count < parameters.minimum_group"},
	{"who left by 31 October left early", "intermediate/int_destination_facts.sql", "where left_on <= october_end", "where left_on < october_end"},
	{"who is on any list is no no-show", "intermediate/int_destination_facts.sql", "where on_a_list.person_id is null", "where true"},
	{"each is followed up once a campaign year", "marts/engagement.sql", "count(*) filter (where intervention_kind = 'follow_up') as people_followed_up", "count(*) filter (where intervention_kind is not null) as people_followed_up"},
	{"what was learned after a leaver row wins", "restricted/follow_ups.sql", "latest.recorded_on > leavers.left_on", "latest.recorded_on >= leavers.left_on"},
	{"a list that says more than the caseload is called about", "restricted/follow_ups.sql", "when recorded_group = 'NEET' and resolved_group not in ('NEET', 'NOT_KNOWN')", "when recorded_group = 'NEET' and resolved_group not in ('NEET')"},
}

// TestMutations makes each rule wrong in a copy of sql/ and runs the tests of
// the models that rest on the changed file. A mutation that no test notices
// fails. The figures run too when NIGHTJAR_MUTATE_FIGURES is set; each then
// takes a night.
func TestMutations(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "models.test")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cat, err := LoadCatalogue(t.Context(), os.DirFS(sqlFolder), shippedRaw())
	if err != nil {
		t.Fatal(err)
	}
	if already := (mutation{rule: "nothing changed"}).models(t, binary, ".", everything); len(already) > 0 {
		t.Fatalf("before any change these fail: %s", strings.Join(already, ", "))
	}
	only, err := regexp.Compile(os.Getenv("NIGHTJAR_MUTATE_ONLY")) // of the rule's words
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range mutations {
		if !only.MatchString(m.rule) {
			continue
		}
		place := filepath.Join(dir, fmt.Sprint(i))
		if err := m.apply(place); err != nil {
			t.Errorf("%s: %v", m.rule, err)
			continue
		}
		caught := m.models(t, binary, filepath.Join(place, "transforms"), m.tests(cat))
		if os.Getenv("NIGHTJAR_MUTATE_FIGURES") != "" {
			caught = append(caught, m.figures(t, place)...)
		}
		if len(caught) == 0 {
			t.Errorf("SURVIVED  %s (%s)", m.rule, m.file)
			continue
		}
		t.Logf("caught  %s (%s): %d by %s", m.rule, m.file, len(caught), strings.Join(caught, ", "))
	}
}

// apply copies sql/ beside a folder to run in, and changes the one file.
func (m mutation) apply(place string) error {
	if err := os.MkdirAll(filepath.Join(place, "transforms"), 0o700); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(place, "sql"), os.DirFS(sqlFolder)); err != nil {
		return err
	}
	path := filepath.Join(place, "sql", filepath.FromSlash(m.file))
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		return fmt.Errorf("the text to change stands %d times in %s, not once; follow the rule to where it stands now", n, m.file)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o600)
}

var failLine = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

const everything = "^(TestModels|TestEverybodyHasOneStatus)$"

// tests names the fixtures of the models that rest on the changed file, and
// the properties where they hold what it makes.
func (m mutation) tests(cat *Catalogue) string {
	layer, file, _ := strings.Cut(m.file, "/")
	changed := map[string]bool{layer + "." + strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)): true}
	var names []string
	for _, model := range cat.Models { // in build order, so that readers come later
		if changed[model.Relation()] || slices.ContainsFunc(model.Reads, func(r string) bool { return changed[r] }) {
			changed[model.Relation()] = true
			names = append(names, model.Name)
		}
	}
	run := "^TestModels$"
	for _, relation := range []string{"marts.neet_rates", "marts.ward_rates", "marts.neet_flows", "intermediate.int_neet_spells"} {
		if changed[relation] {
			run = everything
		}
	}
	if run != everything && (changed["marts.days_neet"] || changed["marts.engagement"] || changed["marts.september_guarantee"] || changed["marts.vulnerable_groups"]) {
		run = "^(TestModels|TestMeasuresHoldForAnyPopulation)$"
	}
	return run + "/^(" + strings.Join(names, "|") + ")$"
}

// models runs fixtures and properties over the copy.
func (m mutation) models(t *testing.T, binary, place, run string) []string {
	cmd := exec.CommandContext(t.Context(), binary, "-test.run", run, "-test.timeout", "20m")
	cmd.Dir = place // the tests read ../sql
	return m.failures(t, cmd)
}

// figures runs the published figures with the changed file laid over the real
// one in the build.
func (m mutation) figures(t *testing.T, place string) []string {
	real, err := filepath.Abs(filepath.Join(sqlFolder, m.file))
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {real: filepath.Join(place, "sql", m.file)}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(place, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	return m.failures(t, exec.CommandContext(t.Context(), "go", "test", "-overlay", path, "-run", "^TestFigure", "../pipeline/app"))
}

// failures runs tests and returns the innermost ones that failed.
func (m mutation) failures(t *testing.T, cmd *exec.Cmd) []string {
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var names []string
	for _, found := range failLine.FindAllStringSubmatch(string(out), -1) {
		names = append(names, found[1])
	}
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool {
		return slices.ContainsFunc(names, func(o string) bool { return strings.HasPrefix(o, n+"/") })
	})
	if err != nil && len(names) == 0 {
		t.Errorf("%s: the tests did not run: %v\n%s", m.rule, err, out)
	}
	slices.Sort(names)
	for i, n := range names {
		names[i] = strings.TrimPrefix(n, "TestModels/")
	}
	return names
}
