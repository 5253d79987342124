package transforms

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"pgregory.net/rapid"
)

// population is a small invented borough: its caseload month by month, what
// providers say about the same people, and who counts by the rules, worked out
// here and not by the models.
type population struct {
	given  map[string]csvRows
	cohort map[statusKey]int // academic age of everybody who counts, 16 and over
}

// statusKey is a person at a month end.
type statusKey struct{ person, monthEnd string }

// Birth dates around the year groups' edges, and one on a leap day.
var birthDays = []string{"2002-08-31", "2002-09-01", "2003-03-15", "2003-08-31", "2003-09-01", "2004-02-29", "2004-08-31", "2004-09-01", "2005-01-15"}

var (
	neetCodes  = []string{"540", "610", "619", "630", "640"}
	otherCodes = []string{"210", "230", "250", "260", "290", "310", "330", "450", "530", "550", "710", "810", "820"}
	homes      = []string{"L20 1AA", "L20 1AB", "PR8 1AA", "L1 1AA", "ZZ99 9ZZ", ""}
)

var caseloadHead = []string{
	"client_id", "period_end", "cohort_status", "given_name", "family_name", "birth_date", "upn", "lead_la_code", "postcode",
	"activity_code", "start_date", "verified_date", "lapse_date", "currency_lapsed", "neet_start_date", "characteristic_code",
}

// provenance are the columns that every raw relation ends in.
var provenance = []string{"dataset", "provider", "file_hash", "file_name", "sheet", "line", "delivered_at", "delivered_on", "academic_year", "period"}

// delivery is where a row came from.
type delivery struct {
	dataset, provider, hash, period string
	on                              time.Time
}

func (d delivery) cells(line int) []string {
	day := d.on.Format(time.DateOnly)
	return []string{d.dataset, d.provider, d.hash, d.dataset + "/" + d.provider + "/" + d.hash + ".csv", emptyText, strconv.Itoa(line), day + " 09:00:00", day, schoolYear(d.on), d.period}
}

// schoolYear writes the academic year of a day.
func schoolYear(day time.Time) string {
	first := day.Year()
	if day.Month() < time.September {
		first--
	}
	return fmt.Sprintf("%d/%02d", first, (first+1)%100)
}

// drawPopulation draws people, five months around 1 September, corrected
// extracts, and lists about the same people.
func drawPopulation(rt *rapid.T) *population {
	p := &population{given: map[string]csvRows{}, cohort: map[statusKey]int{}}
	p.add("raw.postcodes", []string{"postcode", "lad_code", "ward_code"}, delivery{"postcodes", "lookup", "codes", "2015/16", date("2015-09-01")}, [][]string{
		{"L20 1AA", "E08000014", "E05000942"}, {"L20 1AB", "E08000014", "E05000937"}, {"PR8 1AA", "E08000014", "E05000937"}, {"L1 1AA", "E08000012", "E05000001"},
	})
	people := rapid.IntRange(1, 10).Draw(rt, "people")
	births := rapid.SliceOfN(rapid.SampledFrom(birthDays), people, people).Draw(rt, "births")
	for i := range 5 {
		end := time.Date(2020, time.Month(7+i), 0, 0, 0, 0, 0, time.UTC) // 30 June to 31 October
		p.month(rt, end, births)
	}
	p.lists(rt, births)
	return p
}

// month adds the extract of a month; sometimes a corrected one follows, which
// alone counts. An extract without rows names no month and corrects nothing.
func (p *population) month(rt *rapid.T, end time.Time, births []string) {
	versions := rapid.IntRange(1, 2).Draw(rt, "versions")
	var cohort map[statusKey]int
	for v := range versions {
		rows, counted := records(rt, end, births)
		if len(rows) > 0 {
			cohort = counted
		}
		hash := fmt.Sprintf("c%s-%d", end.Format("200601"), v)
		p.add("raw.caseload", caseloadHead, delivery{"caseload", "council", hash, end.Format("2006-01"), end.AddDate(0, 0, 5+7*v)}, rows)
	}
	maps.Copy(p.cohort, cohort)
}

// records draws the rows of an extract, and who of them counts.
func records(rt *rapid.T, end time.Time, births []string) (rows [][]string, cohort map[statusKey]int) {
	cohort = map[statusKey]int{}
	for i, born := range births {
		if rapid.IntRange(0, 9).Draw(rt, "missing") == 0 {
			continue
		}
		status := rapid.SampledFrom([]string{"P", "P", "P", "P", "P", "P", "G", "T", "D"}).Draw(rt, "status")
		home := rapid.SampledFrom([]string{"343", "343", "343", "343", "344"}).Draw(rt, "authority")
		row := slices.Concat([]string{clientID(i), end.Format(time.DateOnly), status, fmt.Sprint("Given", i), fmt.Sprint("Family", i), born, permanentUPN(i), home,
			rapid.SampledFrom(homes).Draw(rt, "postcode")}, activity(rt, end))
		rows = append(rows, append(slices.Clone(row), ""))
		if rapid.IntRange(0, 4).Draw(rt, "characteristics") == 0 {
			rows = append(rows, append(slices.Clone(row), "140"))
		}
		if age := academicAge(born, end); status == "P" && home == "343" && age >= 16 {
			cohort[statusKey{clientID(i), end.Format(time.DateOnly)}] = age
		}
	}
	return rows, cohort
}

// activity draws code, start, verification, lapse and the beginning of a NEET
// spell, possible and a few impossible ones.
func activity(rt *rapid.T, end time.Time) []string {
	codes := otherCodes
	if rapid.Bool().Draw(rt, "neet") {
		codes = neetCodes
	}
	code := rapid.SampledFrom(codes).Draw(rt, "code")
	start := end.AddDate(0, 0, -rapid.IntRange(0, 400).Draw(rt, "began"))
	verified := earlier(rt, end, 300, "verified")
	lapse := ""
	if rapid.IntRange(0, 3).Draw(rt, "has lapse") == 0 {
		lapse = end.AddDate(0, 0, rapid.IntRange(-60, 200).Draw(rt, "lapse")).Format(time.DateOnly)
	}
	lapsed := rapid.SampledFrom([]string{"", "", "", "true", "false"}).Draw(rt, "lapsed")
	since := ""
	if slices.Contains(neetCodes, code) {
		since = earlier(rt, start.AddDate(0, 0, 20), 120, "neet since")
	}
	return []string{code, start.Format(time.DateOnly), verified, lapse, lapsed, since}
}

// earlier draws a day up to so many days before another, or none.
func earlier(rt *rapid.T, day time.Time, most int, label string) string {
	if rapid.IntRange(0, 4).Draw(rt, label+" unknown") == 0 {
		return ""
	}
	return day.AddDate(0, 0, -rapid.IntRange(0, most).Draw(rt, label)).Format(time.DateOnly)
}

// lists adds what a college, a school and a UCAS centre say about some of the
// people.
func (p *population) lists(rt *rapid.T, births []string) {
	var starters, pupils, places [][]string
	for i, born := range births {
		name := []string{fmt.Sprint("Given", i), fmt.Sprint("Family", i), born}
		start := date("2020-07-01").AddDate(0, 0, rapid.IntRange(0, 110).Draw(rt, "list start")).Format(time.DateOnly)
		switch rapid.IntRange(0, 4).Draw(rt, "list") {
		case 0:
			starters = append(starters, append(slices.Clone(name), start, "", permanentUPN(i)))
		case 1:
			starters = append(starters, append(slices.Clone(name), start, date("2020-10-20").Format(time.DateOnly), ""))
		case 2:
			pupils = append(pupils, append(slices.Clone(name), "3434100", "C", "12", "january"))
		case 3:
			places = append(places, append(slices.Clone(name), fmt.Sprint("10000000", i), "Edge Hill University", "L500", "2020", "placed"))
		}
	}
	p.add("raw.college_starters_template", []string{"forename", "surname", "birth_date", "start_date", "end_date", "upn"},
		delivery{"college_starters", "hugh-baird-college", "starters", "2020/21", date("2020-09-25")}, starters)
	p.add("raw.cohort_checks", []string{"forename", "surname", "birth_date", "establishment_number", "enrol_status", "nc_year", "check_round"},
		delivery{"cohort_checks", "test-school", "checks", "2020/21", date("2020-10-02")}, pupils)
	p.add("raw.ucas", []string{"forename", "surname", "birth_date", "ucas_personal_id", "provider_name", "course_code", "entry_year", "application_status"},
		delivery{"ucas", "test-school", "places", "2020/21", date("2020-09-05")}, places)
}

// add appends a delivery to a raw relation and lists it among the files.
func (p *population) add(relation string, head []string, from delivery, rows [][]string) {
	into := p.given[relation]
	into.file, into.head = "drawn "+relation, slices.Concat(head, provenance)
	for i, r := range rows {
		into.rows = append(into.rows, slices.Concat(r, from.cells(i+2)))
	}
	p.given[relation] = into
	files := p.given["raw.files"]
	files.file, files.head = "drawn raw.files", []string{"file_hash", "dataset", "relation", "provider", "file_name", "status", "delivered_at", "delivered_on", "academic_year", "min_period", "max_period", "rows_read", "rows_accepted", "rows_quarantined", "rows_blank", "run_id"}
	c, n := from.cells(0), strconv.Itoa(len(rows))
	files.rows = append(files.rows, []string{from.hash, from.dataset, relation[len("raw."):], from.provider, c[3], "loaded", c[6], c[7], c[8], from.period, from.period, n, n, "0", "0", "drawn"})
	p.given["raw.files"] = files
}

// without returns the population as it stands when nobody but the career
// service delivered anything.
func (p *population) without(datasets ...string) *population {
	out := &population{given: map[string]csvRows{}, cohort: p.cohort}
	for relation, data := range p.given {
		at := slices.Index(data.head, "dataset")
		data.rows = slices.DeleteFunc(slices.Clone(data.rows), func(r []string) bool { return slices.Contains(datasets, r[at]) })
		out.given[relation] = data
	}
	return out
}

// academicAge is the age on the 31 August before the month's academic year.
func academicAge(born string, end time.Time) int {
	first := end.Year()
	if end.Month() < time.September {
		first--
	}
	b, fixed := date(born), time.Date(first, time.August, 31, 0, 0, 0, 0, time.UTC)
	age := fixed.Year() - b.Year()
	if b.AddDate(age, 0, 0).After(fixed) {
		age--
	}
	return age
}

func clientID(i int) string     { return fmt.Sprintf("3430000%06d", i) }
func permanentUPN(i int) string { return fmt.Sprintf("B8012000%05d", i) }

// date reads a day that the test itself writes.
func date(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}
