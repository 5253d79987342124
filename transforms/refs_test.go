package transforms

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

func TestParseRef(t *testing.T) {
	t.Parallel()
	got, err := parseRef("ref/wards.csv", []byte("\ufeffcode,valid_from:date,rank_no:bigint,weight:double,is_open:boolean,source\nE05,2004-06-10,3,0.5,true,\"ONS, 2004\"\nE06,,,,,us\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := RefTable{
		Name: "wards", File: "ref/wards.csv",
		Columns: []typedColumn{{"code", "VARCHAR"}, {"valid_from", "DATE"}, {"rank_no", "BIGINT"}, {"weight", "DOUBLE"}, {"is_open", "BOOLEAN"}, {"source", "VARCHAR"}},
		Rows: [][]any{
			{"E05", time.Date(2004, 6, 10, 0, 0, 0, 0, time.UTC), int64(3), 0.5, true, "ONS, 2004"},
			{"E06", nil, nil, nil, nil, "us"},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestParseRefComplains(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                 "no header",
		"code\nx\n":                        "no column source",
		"code,code,source\n":               "stands twice",
		"Code,source\n":                    "not lower snake_case",
		"code:text,source\n":               "unknown type",
		"d:date,source\n1.2.2020,x\n":      "line 2: column d",
		"n:bigint,source\n\n1,x\n1.5,x\n":  "line 4: column n",
		"x:double,source\nmany,x\n":        "column x",
		"b:boolean,source\nperhaps,x\n":    "column b",
		"code,source\na,b\nc\n":            "wrong number of fields",
		"code,source\n\"unclosed,b\nc,d\n": "quote",
	} {
		if _, err := parseRef("ref/x.csv", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := parseRef("ref/Bad Name.csv", []byte("source\n")); err == nil {
		t.Error("a bad name passes")
	}
}

// TestMonths looks at the months where a year turns.
func TestMonths(t *testing.T) {
	t.Parallel()
	rows := map[string][]any{}
	for _, row := range monthsTable().Rows {
		rows[row[3].(string)] = row
	}
	day := func(y int, m time.Month, d int) time.Time { return pipeline.NewDate(y, m, d).Time() }
	for period, want := range map[string][]any{
		"2020-08": {day(2020, 8, 31), day(2020, 8, 1), int64(24248), "2020-08", int64(2020), int64(8), "2019/20", day(2019, 9, 1), day(2020, 8, 31), "2019/20-Q4"},
		"2020-09": {day(2020, 9, 30), day(2020, 9, 1), int64(24249), "2020-09", int64(2020), int64(9), "2020/21", day(2020, 9, 1), day(2021, 8, 31), "2020/21-Q1"},
		"2020-12": {day(2020, 12, 31), day(2020, 12, 1), int64(24252), "2020-12", int64(2020), int64(12), "2020/21", day(2020, 9, 1), day(2021, 8, 31), "2020/21-Q2"},
		"2024-02": {day(2024, 2, 29), day(2024, 2, 1), int64(24290), "2024-02", int64(2024), int64(2), "2023/24", day(2023, 9, 1), day(2024, 8, 31), "2023/24-Q2"},
		"2021-03": {day(2021, 3, 31), day(2021, 3, 1), int64(24255), "2021-03", int64(2021), int64(3), "2020/21", day(2020, 9, 1), day(2021, 8, 31), "2020/21-Q3"},
	} {
		if !reflect.DeepEqual(rows[period], want) {
			t.Errorf("%s: got %v\nwant %v", period, rows[period], want)
		}
	}
	if rows["2010-08"] != nil || rows["2010-09"] == nil || rows["2040-08"] == nil || rows["2040-09"] != nil {
		t.Error("the calendar does not run from September 2010 to August 2040")
	}
}

// TestHelpers asks the shipped macros, at their edges.
func TestHelpers(t *testing.T) {
	t.Parallel()
	s := openTestSession(t)
	cat, err := LoadCatalogue(t.Context(), treeOf(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	cat.Macros = shippedMacros(t)
	if err := s.prepare(t.Context(), cat); err != nil {
		t.Fatal(err)
	}
	for expr, want := range map[string]any{
		"days_between(date '2020-02-28', date '2020-03-01')":         int64(2),
		"days_between(date '2020-03-01', date '2020-02-28')":         int64(-2),
		"days_between(null, date '2020-02-28')":                      nil,
		"month_no(date '2020-12-31')":                                int64(24252),
		"month_start(date '2020-12-31')":                             "2020-12-01",
		"percent_of(1, 3) - 100.0::double / 3":                       0.0,
		"percent_of(0, 3)":                                           0.0,
		"percent_of(1, 0)":                                           nil,
		"percent_of(1, null)":                                        nil,
		"q9(0.1::double + 0.2::double) = q9(0.3::double)":            true,
		"djf_year(date '2020-12-01')":                                int64(2021),
		"djf_year(date '2021-02-28')":                                int64(2021),
		"djf_year(date '2021-03-01')":                                nil,
		"djf_year(date '2021-11-30')":                                nil,
		"typeof(month_no(date '2020-12-31'))":                        "BIGINT",
		"typeof(days_between(date '2020-12-31', date '2020-12-31'))": "BIGINT",
		"typeof(month_start(date '2020-12-31'))":                     "DATE",
		"typeof(percent_of(1, 2))":                                   "DOUBLE",
		"typeof(djf_year(date '2020-12-01'))":                        "BIGINT",
	} {
		got, err := s.query(t.Context(), "SELECT "+expr)
		if err != nil || got.Rows[0][0] != want {
			t.Errorf("%s: got %v, %v; want %v", expr, got.Rows, err, want)
		}
	}
}
