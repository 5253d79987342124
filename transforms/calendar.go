package transforms

import (
	"fmt"
	"time"

	"nightjar/pipeline"
)

// generatedRefs are the ref tables that Go makes: the build's dates, the
// settings (a shipped file with the configuration's values laid over it) and
// the calendar.
var generatedRefs = []string{"build", "settings", "months"}

// The first and last month of the calendar: wide enough for every list the
// council keeps and for every plan's end date.
const (
	firstCalendarYear = 2010
	lastCalendarYear  = 2040
)

var buildColumns = []typedColumn{{"as_at", "DATE"}, {"known_until", "DATE"}}

var settingColumns = []typedColumn{{"name", "VARCHAR"}, {"value", "VARCHAR"}, {"doc", "VARCHAR"}, {"source", "VARCHAR"}}

var monthColumns = []typedColumn{
	{"month_end", "DATE"}, {"month_start", "DATE"}, {"month_no", "BIGINT"}, {"period", "VARCHAR"},
	{"calendar_year", "BIGINT"}, {"month_of_year", "BIGINT"}, {"academic_year", "VARCHAR"},
	{"academic_year_start", "DATE"}, {"academic_year_end", "DATE"}, {"quarter", "VARCHAR"},
}

// monthsTable returns ref.months, September 2010 to August 2040.
func monthsTable() RefTable {
	t := RefTable{Name: "months", Columns: monthColumns}
	for y := firstCalendarYear; y <= lastCalendarYear; y++ {
		for m := time.January; m <= time.December; m++ {
			if y == firstCalendarYear && m < time.September || y == lastCalendarYear && m > time.August {
				continue
			}
			t.Rows = append(t.Rows, monthRow(y, m))
		}
	}
	return t
}

func monthRow(y int, m time.Month) []any {
	start := pipeline.NewDate(y, m, 1)
	year := pipeline.AcademicYearOf(start)
	quarter := (int(m)+3)%12/3 + 1 // September–November is Q1
	return []any{
		start.MonthEnd().Time(), start.Time(), int64(y*12 + int(m)), start.Month(),
		int64(y), int64(m), year.String(),
		year.Start().Time(), year.End().Time(), fmt.Sprintf("%s-Q%d", year, quarter),
	}
}

// buildTable returns ref.build: the days a build speaks of.
func buildTable(asAt, knownUntil pipeline.Date) RefTable {
	return RefTable{Name: "build", Columns: buildColumns, Rows: [][]any{{asAt.Time(), knownUntil.Time()}}}
}

// settingsTable lays the configuration's values over the shipped settings. A
// setting that the shipped file does not know is an error: it would do nothing.
func settingsTable(shipped RefTable, own map[string]string) (RefTable, error) {
	out := RefTable{Name: "settings", File: shipped.File, Columns: settingColumns}
	left := map[string]string{}
	for k, v := range own {
		left[k] = v
	}
	at := map[string]int{}
	for i, c := range shipped.Columns {
		at[c.Name] = i
	}
	for _, row := range shipped.Rows {
		cells := make([]any, len(settingColumns))
		for i, c := range settingColumns {
			if j, ok := at[c.Name]; ok {
				cells[i] = row[j]
			}
		}
		name, _ := cells[0].(string)
		if v, ok := left[name]; ok {
			cells[1], cells[3] = v, "configuration"
			delete(left, name)
		}
		out.Rows = append(out.Rows, cells)
	}
	if len(left) > 0 {
		return out, fmt.Errorf("setting %q is not known; sql/ref/settings.csv lists the settings there are", sortedKeys(left)[0])
	}
	return out, nil
}
