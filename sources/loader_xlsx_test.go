package sources

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/tabular/xlsxtest"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// roll is a school's sheet: titles, a spacer column, dated cells, numbers that
// lost their zeros, a total.
func roll(name string) xlsxtest.Sheet {
	return xlsxtest.Sheet{Name: name, Rows: [][]any{
		{"Cohort check, please return by the end of January"}, nil,
		{"Estab", nil, "UPN", "Surname", "Forename", "DoB", "NC Year", "Unique Learner No"},
		{3434100, nil, "B801200005001", "O\u2019Brien", "Zoë", day(2005, 2, 14), 11, 9276308686},
		nil,
		{"3434100", nil, nil, "Walsh", "Ben", "14/02/2005", "Leaver", nil},
		{"3434100", nil, nil, "Walsh", "Cara", "31/02/2005", 12, nil},
		{"Total", 3},
	}, Merge: [][2]string{{"A1", "H1"}}}
}

func TestWorkbooksLoad(t *testing.T) {
	t.Parallel()
	notes := xlsxtest.Sheet{Name: "Notes", Rows: [][]any{{"How to fill in the form"}, {"Surname", "as registered"}}}
	hidden := roll("Last year")
	hidden.Hidden = true
	cases := []struct {
		name    string
		options xlsxtest.Options
		sheets  []xlsxtest.Sheet
		sheet   string
	}{
		{"one sheet", xlsxtest.Options{}, []xlsxtest.Sheet{roll(" Y11 202122 Jan Cens")}, " Y11 202122 Jan Cens"},
		{"days from 1904", xlsxtest.Options{Date1904: true}, []xlsxtest.Sheet{roll("Roll")}, "Roll"},
		{"notes beside", xlsxtest.Options{}, []xlsxtest.Sheet{notes, roll("Roll")}, "Roll"},
		{"hidden twin", xlsxtest.Options{}, []xlsxtest.Sheet{roll("Roll"), hidden}, "Roll"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := testLoader(t, func(o *LoaderOptions) { o.Limits = map[string]float64{"cohort_checks": 0.5} })
			path := filepath.Join(t.TempDir(), "roll.xlsx")
			xlsxtest.Write(t, path, c.options, c.sheets...)
			rec, err := l.Load(context.Background(), arrivalOf(t, "cohort_checks", "school", path), pipeline.NoProgress{})
			if err != nil {
				t.Fatal(err)
			}
			if want := (pipeline.Counts{Read: 5, Accepted: 2, Quarantined: 2, Blank: 1}); rec.Counts != want {
				t.Errorf("counts %+v", rec.Counts)
			}
			rows := texts(t, filepath.Join(l.opts.Lake, rec.Path))
			for column, want := range map[string]string{
				"establishment_number": "3434100", "surname": "O’Brien", "birth_date": "2005-02-14", "nc_year": "11",
				"uln": "9276308686", "sheet": c.sheet, "line": "4",
			} {
				if rows[0][column] != want {
					t.Errorf("%s is %q, want %q", column, rows[0][column], want)
				}
			}
			refused := texts(t, filepath.Join(l.opts.Lake, rec.Quarantine))
			if refused[0]["line"] != "7" || refused[0]["rule"] != "date_impossible" || refused[0]["sheet"] != c.sheet || refused[1]["rule"] != "not_a_record" {
				t.Errorf("quarantine %v", refused)
			}
		})
	}
}

func TestWorkbooksRefused(t *testing.T) {
	t.Parallel()
	gone := roll("Roll")
	gone.Rows[2][5] = "Birthday"
	cases := []struct {
		name    string
		options xlsxtest.Options
		sheets  []xlsxtest.Sheet
		rule    string
		says    string
	}{
		{"two candidates", xlsxtest.Options{}, []xlsxtest.Sheet{roll("Year 11"), roll("Year 12")}, "one_sheet", `"Year 11", "Year 12"`},
		{"password", xlsxtest.Options{Password: "x"}, []xlsxtest.Sheet{roll("Roll")}, "encrypted", "password"},
		{"column missing", xlsxtest.Options{}, []xlsxtest.Sheet{gone}, "column_missing", `sheet "Roll" line 3 column birth_date: the list has no column for birth_date; found: Estab, UPN, Surname, Forename, Birthday, NC Year`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "roll.xlsx")
			xlsxtest.Write(t, path, c.options, c.sheets...)
			rec, err := testLoader(t).Load(context.Background(), arrivalOf(t, "cohort_checks", "school", path), pipeline.NoProgress{})
			var r *pipeline.RefusedError
			if !errors.As(err, &r) || r.Issues[0].Rule != c.rule || !strings.Contains(err.Error(), c.says) || rec.Status != pipeline.FileRefused {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestVintages(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, period, want string }{
		{"statistical_neighbours_2021.csv", "", "2021-01"},
		{"SN 2025-03.xlsx", "", "2025-03"},
		{"sn_202503.csv", "", "2025-03"},
		{"sn_20250314.csv", "", "2025-03"},
		{"Neighbours April 2021.csv", "", "2021-04"},
		{"2021 apr.csv", "", "2021-04"},
		{"sn2024.csv", "", "2024-01"},
		{"sn2024 (2024).csv", "", "2024-01"},
		{"2021/list.csv", "", ""}, // the folder is the provider's
		{"sn_2021_2025.csv", "", ""},
		{"sn_2021-04_and_2025-03.csv", "", ""},
		{"sn_20213.csv", "", ""},
		{"list.csv", "2021-04", "2021-04"},
		{"list.csv", "2021", "2021-01"},
		{"sn_2025-03.csv", "2021-04", "2021-04"},
		{"sn_2025-03.csv", "spring", ""},
		{"sn_2025-03.csv", "2021-13", ""},
	}
	for _, c := range cases {
		got, err := vintageOf(pipeline.Arrival{Delivery: pipeline.Delivery{Name: "statistical_neighbours/dfe/" + c.name, Period: c.period}})
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s with %q: got %q, %v", c.name, c.period, got, err)
		}
	}
}
