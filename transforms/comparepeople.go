package transforms

import (
	"fmt"
	"strings"
)

// peopleView says who stands behind the rows of a mart: a SELECT of the mart's
// keys, as far as a person has them, of the person and of where the person
// stands. A person may stand behind a row several times, each with another
// detail.
type peopleView struct {
	mart  string
	keys  []string // columns of the mart's grain that the SELECT has
	reads []string // models
	query string
}

// standing words what counts of a status.
const standing = `s.headline_group || CASE WHEN s.is_lapsed THEN ', lapsed' ELSE '' END || CASE WHEN s.is_participating THEN ', participating' ELSE '' END`

const (
	statusesModel = "intermediate.int_statuses"
	wardsModel    = "intermediate.int_postcode_wards"
	leaversModel  = "intermediate.int_school_leavers"
	pupilsModel   = "intermediate.int_guarantee_pupils"
	linkedModel   = "intermediate.int_people_linked"
)

// unlinked names a pupil whom no record of the caseload is known for, without
// saying who it is.
const unlinked = `coalesce(person_id, 'not linked ' || substr(md5(pupil_key), 1, 12)) AS person_id`

var byBand = fmt.Sprintf(`SELECT s.month_end, b.age_band, s.basis, s.person_id, '' AS detail, %s AS standing
	FROM intermediate.int_statuses AS s JOIN ref.age_bands AS b ON s.academic_age BETWEEN b.min_age AND b.max_age`, standing)

var byWard = fmt.Sprintf(`SELECT s.month_end, b.age_band, s.basis, w.boundary_version, w.ward_code, m.academic_year, s.person_id,
		strftime(s.month_end, '%%Y-%%m') AS detail, %s AS standing
	FROM intermediate.int_statuses AS s
	JOIN ref.age_bands AS b ON s.academic_age BETWEEN b.min_age AND b.max_age
	JOIN intermediate.int_postcode_wards AS w ON s.postcode = w.postcode
	JOIN ref.months AS m ON s.month_end = m.month_end`, standing)

// peopleViews are the marts that count people of the caseload or of a roll.
// Ranks, targets and other authorities' figures have nobody behind them.
var peopleViews = []peopleView{
	{"marts.neet_rates", []string{"month_end", "age_band", "basis"}, []string{statusesModel}, byBand},
	{"marts.neet_flows", []string{"month_end", "age_band", "basis"}, []string{statusesModel}, byBand},
	{"marts.neet_headlines", []string{"academic_year", "age_band", "basis"}, []string{statusesModel},
		`SELECT m.academic_year, p.* REPLACE (m.period AS detail) FROM (` + byBand + `) AS p JOIN ref.months AS m ON p.month_end = m.month_end`},
	{"marts.yearly_trends", []string{"age_band", "basis", "period"}, []string{statusesModel},
		`SELECT m.period, p.* FROM (` + byBand + `) AS p JOIN ref.months AS m ON p.month_end = m.month_end`},
	{"marts.ward_rates", []string{"month_end", "age_band", "basis", "boundary_version", "ward_code"}, []string{statusesModel, wardsModel}, byWard},
	{"marts.ward_gaps", []string{"month_end", "age_band", "basis", "boundary_version"}, []string{statusesModel, wardsModel},
		`SELECT * REPLACE (ward_code AS detail) FROM (` + byWard + `)`},
	{"marts.ward_hotspots", []string{"academic_year", "ward_code"}, []string{statusesModel, wardsModel},
		`SELECT * FROM (` + byWard + `) WHERE age_band = '16-18' AND basis = 'recorded'`},
	{"marts.vulnerable_groups", []string{"month_end", "group_name", "basis"}, []string{statusesModel, "intermediate.int_group_members"},
		`SELECT s.month_end, g.group_name, s.basis, s.person_id, '' AS detail, ` + standing + ` AS standing
		FROM intermediate.int_statuses AS s JOIN intermediate.int_group_members AS g ON s.person_id = g.person_id AND s.month_end = g.month_end`},
	{"marts.september_guarantee", []string{"guarantee_year", "institution"}, []string{pupilsModel},
		`SELECT guarantee_year, institution, ` + unlinked + `, 'Y' || year_group AS detail,
			offer_category || CASE WHEN is_in_cohort THEN '' ELSE ', joined later' END AS standing FROM intermediate.int_guarantee_pupils`},
	{"marts.activity_survey", []string{"leaving_year", "institution"}, []string{leaversModel},
		`SELECT leaving_year, institution, ` + unlinked + `, 'roll ' || roll_rank AS detail,
			coalesce(survey_duty, 'not known') || coalesce(', activity ' || survey_activity_code, '') AS standing FROM intermediate.int_school_leavers`},
	{"marts.early_intervention", []string{"leaving_year"}, []string{leaversModel},
		`SELECT leaving_year, ` + unlinked + `, institution AS detail, CASE WHEN is_at_risk THEN 'at risk by ' || risk_basis ELSE 'not at risk' END
			|| CASE WHEN is_supported THEN ', supported' ELSE '' END || coalesce(', in October ' || october_group, '') || coalesce(', days NEET ' || neet_days, '') AS standing
		FROM intermediate.int_school_leavers WHERE roll_rank = 1`},
	{"marts.destinations", []string{"academic_year", "provider", "route"}, []string{"intermediate.int_destination_facts"},
		`SELECT academic_year, provider, route, person_id, fact AS detail, coalesce('on ' || happened_on, 'yes') AS standing FROM intermediate.int_destination_facts`},
	{"marts.days_neet", []string{"period", "spell_window"}, []string{"intermediate.int_neet_windows"},
		`SELECT period, spell_window, person_id, '' AS detail, days_neet || ' days' || CASE WHEN is_neet_now THEN ', NEET now' ELSE '' END AS standing FROM intermediate.int_neet_windows`},
	{"marts.list_effects", []string{"file_hash"}, []string{linkedModel},
		`SELECT file_hash, coalesce(person_id, 'nobody') AS person_id, coalesce(sheet, '') || ' line ' || line AS detail,
			link_outcome || coalesce(', ' || link_rule, '') || CASE WHEN is_current THEN '' ELSE ', replaced' END AS standing FROM intermediate.int_people_linked`},
	{"marts.provider_quality", []string{"provider", "dataset"}, []string{linkedModel},
		`SELECT provider, dataset, coalesce(person_id, 'nobody') AS person_id, substr(file_hash, 1, 12) || ' ' || coalesce(sheet, '') || ' line ' || line AS detail,
			link_outcome || coalesce(', ' || link_rule, '') AS standing FROM intermediate.int_people_linked`},
	{"marts.engagement", []string{"month"}, []string{"staging.stg_interventions__events"},
		`SELECT strftime(intervention_date, '%Y-%m') AS month, client_id AS person_id, substr(file_hash, 1, 12) || ' line ' || line AS detail,
			intervention_kind || CASE WHEN is_current THEN '' ELSE ', replaced' END AS standing FROM staging.stg_interventions__events`},
	{"marts.institution_returns", []string{"institution"}, []string{leaversModel, pupilsModel},
		`SELECT institution, ` + unlinked + `, 'leaver ' || leaving_year || ' roll ' || roll_rank AS detail, coalesce(survey_duty, 'not known') AS standing FROM intermediate.int_school_leavers
		UNION ALL SELECT institution, ` + unlinked + `, 'guarantee ' || guarantee_year, offer_category FROM intermediate.int_guarantee_pupils`},
}

// fits tells whether the models of a catalogue are those that a view reads.
func (v peopleView) fits(cat *Catalogue) bool {
	for _, r := range v.reads {
		if _, ok := cat.Model(r); !ok {
			return false
		}
	}
	return true
}

// create writes the people behind the wanted rows to an attached file.
func (v peopleView) create(catalog string) string {
	name := strings.TrimPrefix(v.mart, layerMarts+".")
	keys := identifiers(v.keys)
	return fmt.Sprintf(`CREATE TABLE %s.%s.%s AS
		SELECT %s, person_id, detail, string_agg(DISTINCT standing, '; ' ORDER BY standing) AS standing
		FROM (%s) AS p SEMI JOIN changed.%s AS c USING (%s)
		WHERE person_id IS NOT NULL GROUP BY ALL`, catalog, peopleSchema, name, keys, v.query, name, keys)
}

// linesRead are the models that say what was delivered about people.
var linesRead = []string{linkedModel, wardsModel, "staging.stg_caseload__people", "staging.stg_caseload__deliveries"}

// createLines writes every delivered line about a person of the caseload: where
// it stands, and what it says as far as it decides a figure.
func createLines(catalog string, views []peopleView) string {
	var about []string
	for _, v := range views {
		about = append(about, fmt.Sprintf("SELECT person_id FROM %s.%s.%s", catalog, peopleSchema, strings.TrimPrefix(v.mart, layerMarts+".")))
	}
	people := strings.Join(about, " UNION ")
	return fmt.Sprintf(`CREATE TABLE %[1]s.%[2]s.%[3]s AS
		SELECT person_id, dataset, provider, file_hash, coalesce(sheet, '') AS sheet, line,
			link_rule || CASE WHEN is_current THEN '' ELSE ', replaced by a newer delivery' END AS says
		FROM intermediate.int_people_linked WHERE person_id IN (%[4]s)
		UNION ALL
		SELECT p.client_id, 'caseload', p.provider, d.file_hash, strftime(p.month_end, '%%Y-%%m'), NULL,
			concat_ws(', ', 'activity ' || p.activity_code, 'confirmed ' || p.verified_date, 'home in ' || w.ward_code, 'status ' || p.cohort_status)
		FROM staging.stg_caseload__people AS p
		JOIN staging.stg_caseload__deliveries AS d ON p.provider = d.provider AND p.month_end = d.month_end
		LEFT JOIN (SELECT postcode, min(ward_code) AS ward_code FROM intermediate.int_postcode_wards GROUP BY postcode) AS w ON p.postcode = w.postcode
		WHERE p.client_id IN (%[4]s)`,
		catalog, peopleSchema, linesTable, people)
}
