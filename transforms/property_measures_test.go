package transforms

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// rollHead are the columns of a school's roll that the measures read.
var rollHead = []string{"forename", "surname", "birth_date", "upn", "establishment_number", "enrol_status", "nc_year", "roni_flag", "offer_status", "check_round"}

// drawMeasured draws a population with rolls before and after the guarantee's
// freeze, and an advisers' log.
func drawMeasured(rt *rapid.T) *population {
	p := drawPopulation(rt)
	births := p.births()
	p.roll(rt, births, "january", "2020-02-10")
	p.roll(rt, births, "may", "2020-05-20")
	p.roll(rt, births, "may", "2020-07-02") // corrected after the freeze
	var events [][]string
	for n := range rapid.IntRange(0, 30).Draw(rt, "events") {
		day := date("2020-07-01").AddDate(0, 0, rapid.IntRange(0, 130).Draw(rt, "event day"))
		kind := rapid.SampledFrom([]string{"contact", "home_visit", "follow_up", "intervention", "referral", "early_leaver_support"}).Draw(rt, "kind")
		events = append(events, []string{day.Format(time.DateOnly), clientID(rapid.IntRange(0, len(births)-1).Draw(rt, fmt.Sprint("who ", n))), kind})
	}
	p.add("raw.interventions", []string{"intervention_date", "client_id", "kind"}, delivery{"interventions", "council", "log", "2020/21", date("2020-11-10")}, dedupe(events))
	return p
}

// dedupe leaves one of equal rows: the log's key is day, person and kind.
func dedupe(rows [][]string) [][]string {
	slices.SortFunc(rows, slices.Compare)
	return slices.CompactFunc(rows, slices.Equal)
}

// births lists the birth dates that the caseload drew, by person number.
func (p *population) births() []string {
	named := map[string]string{}
	for _, relation := range []string{"raw.caseload", "raw.college_starters_template", "raw.cohort_checks", "raw.ucas"} {
		t := table{p.given[relation]}
		for _, row := range t.rows {
			forename := t.cell(row, "forename") + t.cell(row, "given_name")
			named[strings.TrimPrefix(forename, "Given")] = t.cell(row, "birth_date")
		}
	}
	out := make([]string, 10)
	for i := range out {
		if out[i] = named[strconv.Itoa(i)]; out[i] == "" {
			out[i] = birthDays[i%len(birthDays)]
		}
	}
	return out
}

// table reads drawn rows by column.
type table struct{ csvRows }

func (t table) cell(row []string, column string) string {
	if at := slices.Index(t.head, column); at >= 0 {
		return row[at]
	}
	return ""
}

// roll adds what the school returned on a day: pupils of Years 11 and 12.
func (p *population) roll(rt *rapid.T, births []string, round, day string) {
	var rows [][]string
	for i, born := range births {
		year := academicAge(born, date("2020-05-31")) - 4
		if year < 11 || year > 12 || rapid.IntRange(0, 3).Draw(rt, "off the roll") == 0 {
			continue
		}
		rows = append(rows, []string{fmt.Sprint("Given", i), fmt.Sprint("Family", i), born, permanentUPN(i), "3434100", "C", strconv.Itoa(year),
			rapid.SampledFrom([]string{"true", "false", ""}).Draw(rt, "at risk"),
			rapid.SampledFrom([]string{"offer_made", "no_offer", "not_appropriate", "not_recorded", ""}).Draw(rt, "offer"), round})
	}
	if len(rows) > 0 {
		p.addColumns("raw.cohort_checks", rollHead, delivery{"cohort_checks", "test-school", "roll-" + day, "2019/20", date(day)}, rows)
	}
}

// addColumns appends a delivery whose columns are not those of the relation so
// far; what either lacks is empty.
func (p *population) addColumns(relation string, head []string, from delivery, rows [][]string) {
	before := table{p.given[relation]}
	var merged []string
	for _, c := range append(slices.Clone(before.head), head...) {
		if !slices.Contains(merged, c) && !slices.Contains(provenance, c) {
			merged = append(merged, c)
		}
	}
	var kept [][]string
	for _, row := range before.rows {
		var cells []string
		for _, c := range slices.Concat(merged, provenance) {
			cells = append(cells, before.cell(row, c))
		}
		kept = append(kept, cells)
	}
	added := table{csvRows{head: head}}
	var fresh [][]string
	for _, row := range rows {
		var cells []string
		for _, c := range merged {
			cells = append(cells, added.cell(row, c))
		}
		fresh = append(fresh, cells)
	}
	p.given[relation] = csvRows{file: before.file, rows: kept}
	p.add(relation, merged, from, fresh)
}

// TestMeasuresHoldForAnyPopulation draws populations and holds every mart, and
// whom to call, to its header's claims and to its check files; and three of
// them to what counting by hand says.
func TestMeasuresHoldForAnyPopulation(t *testing.T) {
	m := loadRealModels(t)
	draws(t, 10)
	marts := append(m.allMarts(), "restricted.follow_ups")
	rapid.Check(t, func(rt *rapid.T) {
		p := drawMeasured(rt)
		s := m.build(t, p.given, marts...)
		defer s.Close()
		for _, name := range marts {
			m.wantChecks(t, rt, s, name)
		}
		p.wantCarers(t, rt, s)
		p.wantEngagement(t, rt, s)
		p.wantGuarantee(t, rt, s)
		for claim, query := range measureClaims {
			none(t, rt, s, claim, query)
		}
	})
}

// measureClaims are claims that tie a measure to another, as queries that find
// the exceptions.
var measureClaims = map[string]string{
	"those NEET now have one open spell each": `SELECT d.period, d.age_band FROM marts.days_neet AS d JOIN marts.neet_rates AS r
		ON strftime(r.month_end, '%Y-%m') = d.period AND r.age_band = d.age_band AND r.basis = 'recorded'
		WHERE d.population = 'neet_now' AND d.spell_window = 'open_spell' AND d.population_count <> r.neet_count`,
	"a group is no larger than the borough of its ages": `SELECT g.month_end, g.group_name FROM marts.vulnerable_groups AS g JOIN marts.neet_rates AS r USING (month_end, age_band, basis)
		WHERE g.cohort_count > r.cohort_count OR g.neet_count > r.neet_count OR g.not_known_count > r.not_known_count`,
	"teenage mothers are among pregnant or mothers": `SELECT a.month_end FROM marts.vulnerable_groups AS a JOIN marts.vulnerable_groups AS b USING (month_end, basis)
		WHERE a.group_name = 'teenage_mothers' AND b.group_name = 'pregnant_or_mothers' AND a.cohort_count > b.cohort_count`,
	"a spell's days fit its window":    `SELECT * FROM marts.days_neet WHERE spell_window <> 'open_spell' AND mean_days > 366 OR mean_days_all > mean_days OR people_count > population_count`,
	"kinds of spell sum to the people": `SELECT * FROM marts.days_neet WHERE transition_count + churn_count + core_count + other_spell_count <> people_count`,
	"the survey's leavers are the guarantee's Year 11": `SELECT s.leaving_year FROM marts.activity_survey AS s JOIN marts.september_guarantee AS g
		ON g.guarantee_year = s.leaving_year AND g.year_group = 'Y11' AND g.institution = s.institution WHERE g.is_cohort_frozen AND g.cohort_count <> s.leaver_count`,
	"nobody is to be called twice for one reason": `SELECT person_key, reason FROM restricted.follow_ups GROUP BY ALL HAVING count(*) > 1`,
	"only residents and pupils are to be called":  `SELECT reason FROM restricted.follow_ups WHERE person_id IS NULL AND reason <> 'no_offer'`,
}

// wantChecks runs what a build would run over a model.
func (m *realModels) wantChecks(t *testing.T, rt *rapid.T, s *session, relation string) {
	t.Helper()
	model, _ := m.cat.Model(relation)
	_, results, err := s.headerChecks(t.Context(), model)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.cat.Checks {
		if c.Model != relation || c.Warn {
			continue
		}
		more, err := s.checkFile(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, more...)
	}
	for _, r := range results {
		if r.Failures > 0 {
			rt.Errorf("%s, %s: %d rows: %s", relation, r.Check, r.Failures, r.Sample)
		}
	}
}

// wantCarers counts young carers of 16 and 17 in each month's last extract.
func (p *population) wantCarers(t *testing.T, rt *rapid.T, s *session) {
	t.Helper()
	c := table{p.given["raw.caseload"]}
	last := map[string]string{} // hash of the last extract by month
	for _, row := range c.rows {
		if month := c.cell(row, "period"); last[month] < c.cell(row, "file_hash") {
			last[month] = c.cell(row, "file_hash")
		}
	}
	want := map[string]map[string]bool{}
	for _, row := range c.rows {
		month, end := c.cell(row, "period"), date(c.cell(row, "period_end"))
		age := academicAge(c.cell(row, "birth_date"), end)
		if want[month] == nil {
			want[month] = map[string]bool{}
		}
		if c.cell(row, "file_hash") == last[month] && c.cell(row, "characteristic_code") == "140" && c.cell(row, "cohort_status") == "P" &&
			c.cell(row, "lead_la_code") == "343" && (age == 16 || age == 17) && c.cell(row, "activity_code") != "710" {
			want[month][c.cell(row, "client_id")] = true
		}
	}
	got := counted(t, s, "SELECT strftime(month_end, '%Y-%m'), cohort_count FROM marts.vulnerable_groups WHERE group_name = 'young_carers' AND basis = 'recorded'")
	wanted := map[string]int64{}
	for month, people := range want {
		// A month in which nobody counts has no row of any mart.
		if _, some := got[month]; some || len(people) > 0 {
			wanted[month] = int64(len(people))
		}
	}
	if !maps.Equal(got, wanted) {
		rt.Errorf("young carers: %v, want %v", got, wanted)
	}
}

// wantEngagement counts the log by hand: events, people engaged, and whose
// destination was followed up for the first time in the campaign year.
func (p *population) wantEngagement(t *testing.T, rt *rapid.T, s *session) {
	t.Helper()
	log := table{p.given["raw.interventions"]}
	events, engaged, followed := map[string]int64{}, map[string]map[string]bool{}, map[string]int64{}
	seen := map[string]bool{}
	for _, row := range log.rows { // in the order of days
		day, who, kind := log.cell(row, "intervention_date"), log.cell(row, "client_id"), log.cell(row, "kind")
		month, year := day[:7], schoolYear(date(day))
		events[month]++
		if kind == "intervention" || kind == "referral" || kind == "early_leaver_support" {
			if engaged[month] == nil {
				engaged[month] = map[string]bool{}
			}
			engaged[month][who] = true
		}
		if kind == "follow_up" && !seen[year+who] {
			seen[year+who] = true
			followed[month]++
		}
	}
	for month, n := range events {
		row := fmt.Sprintf("FROM marts.engagement WHERE month = '%s'", month)
		if got := counted(t, s, "SELECT 'n', events_total "+row)["n"]; got != n {
			rt.Errorf("%s: %d events, want %d", month, got, n)
		}
		if got := counted(t, s, "SELECT 'n', people_engaged "+row)["n"]; got != int64(len(engaged[month])) {
			rt.Errorf("%s: %d engaged, want %d", month, got, len(engaged[month]))
		}
		if got := counted(t, s, "SELECT 'n', people_followed_up "+row)["n"]; got != followed[month] {
			rt.Errorf("%s: %d followed up, want %d", month, got, followed[month])
		}
	}
}

// wantGuarantee counts the pupils of the last roll that came by 31 May: what
// came in July changes nothing.
func (p *population) wantGuarantee(t *testing.T, rt *rapid.T, s *session) {
	t.Helper()
	rolls := table{p.given["raw.cohort_checks"]}
	newest := ""
	for _, row := range rolls.rows {
		if day := rolls.cell(row, "delivered_on"); rolls.cell(row, "academic_year") == "2019/20" && day <= "2020-05-31" {
			newest = max(newest, day)
		}
	}
	if newest == "" {
		return
	}
	want := map[string]int64{"Y11": 0, "Y12": 0}
	for _, row := range rolls.rows {
		if rolls.cell(row, "delivered_on") == newest {
			want["Y"+rolls.cell(row, "nc_year")]++
		}
	}
	got := counted(t, s, "SELECT year_group, cohort_count FROM marts.september_guarantee WHERE guarantee_year = 2020 AND institution = 'all' AND year_group <> 'Y11-12'")
	for year, n := range want {
		if got[year] != n {
			rt.Errorf("guarantee of %s: %d pupils, want %d", year, got[year], n)
		}
	}
}

// counted reads a query of a name and a number.
func counted(t *testing.T, s *session, query string) map[string]int64 {
	t.Helper()
	res, err := s.query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, r := range res.Rows {
		out[text(r[0])], _ = r[1].(int64)
	}
	return out
}
