package openexport

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// span is a kind of period: how time_period is written with it, and with which
// others it may stand in one file.
type span struct{ family, form string }

// The forms of time_period: one year, two years that follow each other, or
// either.
const (
	oneYear  = "2021"
	twoYears = "202021"
)

// spans are the time identifiers that the service knows.
var spans = func() map[string]span {
	out := map[string]span{
		"Academic year": {"academic year", twoYears}, "Calendar year": {"calendar year", oneYear}, "Reporting year": {"reporting year", oneYear},
		"Financial year": {"financial year", twoYears}, "Tax year": {"tax year", twoYears},
		"Autumn term": {"terms", twoYears}, "Spring term": {"terms", twoYears}, "Summer term": {"terms", twoYears}, "Autumn and spring term": {"terms", twoYears},
		"Part 1 (April to September)": {"financial halves", twoYears}, "Part 2 (October to March)": {"financial halves", twoYears},
	}
	for _, month := range strings.Fields("January February March April May June July August September October November December") {
		out[month] = span{"months", oneYear}
	}
	for _, year := range []string{"Academic year", "Calendar year", "Financial year", "Tax year"} {
		for _, q := range []string{"Q1", "Q2", "Q3", "Q4"} {
			out[year+" "+q] = span{out[year].family + " quarters", out[year].form}
		}
	}
	for w := 1; w <= 52; w++ {
		out[fmt.Sprintf("Week %d", w)] = span{"weeks", oneYear}
	}
	return out
}()

// times screens time_period and time_identifier.
func (s *screen) times(t *sheet) {
	period, kind := t.column("time_period"), t.column("time_identifier")
	if period < 0 || kind < 0 {
		return
	}
	first := ""
	for i, row := range t.rows {
		known, ok := spans[row[kind]]
		if !ok {
			s.wrong(t.name, t.lines[i], "time_identifier", "time_identifier", "the cell is no time identifier", "write Academic year, Calendar year, a month's name or another of the standard's")
			continue
		}
		if first == "" {
			first = known.family
		}
		if known.family != first {
			s.wrong(t.name, t.lines[i], "time_identifier", "time_mixed", "kinds of period are mixed: "+first+" and "+known.family, "give each a file of its own")
		}
		if say := badPeriod(row[period], known.form); say != "" {
			s.wrong(t.name, t.lines[i], "time_period", "time_period", say, "write "+known.form+" for "+row[kind]) // one of the standard's words
		}
	}
}

var digits = regexp.MustCompile(`^[0-9]+$`)

func badPeriod(text, form string) string {
	if !digits.MatchString(text) || len(text) != 4 && len(text) != 6 {
		return "the period is not of 4 or 6 digits"
	}
	if len(text) != len(form) {
		return fmt.Sprintf("the period has %d digits where %d belong", len(text), len(form))
	}
	if len(text) == 6 {
		from, _ := strconv.Atoi(text[2:4])
		to, _ := strconv.Atoi(text[4:])
		if (from+1)%100 != to {
			return "the years of the period do not follow each other"
		}
	}
	return ""
}

// place is a geographic level: the columns that name it, code first, and the
// form of the code.
type place struct {
	columns []string
	code    *regexp.Regexp
}

var levels = map[string]place{
	"National":                   {nil, nil},
	"Regional":                   {[]string{"region_code", "region_name"}, regexp.MustCompile(`^E1[23][0-9]{6}$`)},
	"Local authority":            {[]string{"new_la_code", "la_name", "old_la_code"}, regexp.MustCompile(`^(E0[6-9]|E10|E09)[0-9]{6}$`)},
	"Ward":                       {[]string{"ward_code", "ward_name"}, regexp.MustCompile(`^[EW]05[0-9]{6}$`)},
	"English devolved area":      {[]string{"english_devolved_area_code", "english_devolved_area_name"}, regexp.MustCompile(`^E47[0-9]{6}$`)},
	"Local authority district":   {[]string{"lad_code", "lad_name"}, regexp.MustCompile(`^E0[6-9][0-9]{6}$`)},
	"Parliamentary constituency": {[]string{"pcon_code", "pcon_name"}, regexp.MustCompile(`^E14[0-9]{6}$`)},
	"Institution":                {[]string{"institution_id", "institution_name"}, nil},
	"Provider":                   {[]string{"provider_ukprn", "provider_name"}, regexp.MustCompile(`^[0-9]{8}$`)},
	"School":                     {[]string{"school_urn", "school_name"}, regexp.MustCompile(`^[0-9]{6}$`)},
}

// above names the levels whose columns a row of a level fills besides its own.
var above = map[string][]string{
	"Local authority": {"Regional"}, "Ward": {"Local authority", "Regional"},
}

var oldLA = regexp.MustCompile(`^[0-9]{3}$`)

// fixedColumn reports whether the standard gives a column its name.
func fixedColumn(name string) bool {
	if slices.Contains(mandatory, name) {
		return true
	}
	for _, p := range levels {
		if slices.Contains(p.columns, name) {
			return true
		}
	}
	return false
}

// places screens geographic_level and the codes and names that belong to it.
func (s *screen) places(t *sheet) {
	level, code, country := t.column("geographic_level"), t.column("country_code"), t.column("country_name")
	if level < 0 || code < 0 || country < 0 {
		return
	}
	names := map[string]string{}
	for i, row := range t.rows {
		if row[code] != "E92000001" || row[country] != "England" {
			s.wrong(t.name, t.lines[i], "country_code", "country", "the country is not E92000001, England", "fill both in every row, below national level too")
		}
		l, ok := levels[row[level]]
		if !ok {
			s.wrong(t.name, t.lines[i], "geographic_level", "geographic_level", "the cell is no geographic level", "write National, Regional, Local authority, Ward or another of the standard's")
			continue
		}
		s.placeOf(t, i, l, row[level], names)
		for _, higher := range above[row[level]] {
			s.placeOf(t, i, levels[higher], row[level], names)
		}
	}
}

// placeOf screens the columns of one level in a row. x stands for an unknown
// code, z for a place that is not of the standard's.
func (s *screen) placeOf(t *sheet, i int, l place, level string, names map[string]string) {
	for n, column := range l.columns {
		at := t.column(column)
		if at < 0 {
			s.wrong(t.name, 1, column, "place_column", "rows of level "+level+" need this column", "add it")
			continue
		}
		v := t.rows[i][at]
		switch {
		case v == "":
			s.wrong(t.name, t.lines[i], column, "place_empty", "the cell is empty in a row of level "+level, "fill it; x where the place is not known")
		case v == "x" || v == "z":
		case n == 0 && l.code != nil && !l.code.MatchString(v), column == "old_la_code" && !oldLA.MatchString(v):
			s.wrong(t.name, t.lines[i], column, "place_code", "the cell is no code of this kind of place", "write the official code; x where it is not known")
		}
	}
	if len(l.columns) < 2 || t.column(l.columns[0]) < 0 || t.column(l.columns[1]) < 0 {
		return
	}
	id, name := t.rows[i][t.column(l.columns[0])], t.rows[i][t.column(l.columns[1])]
	if before, ok := names[l.columns[0]+id]; ok && before != name && len(id) > 1 {
		s.wrong(t.name, t.lines[i], l.columns[1], "place_names", "another row has another name for the same code", "use one name for each code")
	}
	names[l.columns[0]+id] = name
}
