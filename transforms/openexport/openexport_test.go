package openexport

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nightjar/pipeline"
)

// good is a folder in which nothing is wrong.
var good = map[string]string{
	"neet_by_ward.csv": `time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,new_la_code,la_name,ward_code,ward_name,sex,neet_count,neet_percent
202021,Academic year,Ward,E92000001,England,E12000002,North West,343,E08000014,Sefton,E05000932,Ainsdale,Total,10,4
202021,Academic year,Ward,E92000001,England,E12000002,North West,343,E08000014,Sefton,E05000932,Ainsdale,Female,c,c
202122,Academic year,Ward,E92000001,England,E12000002,North West,343,E08000014,Sefton,E05000932,Ainsdale,Total,15,5.9
202122,Academic year,Ward,E92000001,England,E12000002,North West,343,E08000014,Sefton,E05000932,Ainsdale,Female,low,z
`,
	"neet_by_ward.meta.csv": `col_name,col_type,label,indicator_grouping,indicator_unit,indicator_dp,filter_hint,filter_grouping_column
sex,Filter,Sex,,,,,
neet_count,Indicator,NEET,Numbers,,0,,
neet_percent,Indicator,NEET rate,Rates,%,1,,
`,
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAGoodFolderPasses(t *testing.T) {
	t.Parallel()
	got, err := Check(folder(t, good))
	if err != nil || len(got.Errors)+len(got.Advice) > 0 || got.Files != 1 || got.Rows != 4 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Each folder breaks one rule, and exactly that one is named, with its line.
func TestOneRuleEach(t *testing.T) {
	t.Parallel()
	const data, meta = "neet_by_ward.csv", "neet_by_ward.meta.csv"
	row := "202122,Academic year,Ward,E92000001,England,E12000002,North West,343,E08000014,Sefton,E05000932,Ainsdale,Female,low,z\n"
	for _, c := range []struct {
		rule, file, from, to string
		line                 int64
	}{
		{"csv", data, "Female,c,c", "Female,c", 3},
		{"csv", data, "Ainsdale,Total,10", "\"Ains\"dale,Total,10", 2},
		{"encoding", data, "Female,c", "Female\xff,c", 3},
		{"no_rows", meta, strings.SplitAfterN(good[meta], "\n", 2)[1], "", 0},
		{"column_name", data, "neet_count", "NEET count", 1},
		{"column_name", data, "neet_count", "2neet", 1},
		{"column_name", data, "neet_count", "neet" + strings.Repeat("_count", 8), 1},
		{"column_twice", data, "neet_count", "neet_percent", 1},
		{"mandatory_column", data, "country_name", "land", 1},
		{"time_identifier", data, "202122,Academic year,Ward,E92000001,England,E12000002,North West,343,E08000014,Sefton,E05000932,Ainsdale,Female", "202122,Schoolyear,Ward,E92000001,England,E12000002,North West,343,E08000014,Sefton,E05000932,Ainsdale,Female", 5},
		{"time_mixed", data, row, strings.Replace(row, "202122,Academic year", "202122,Tax year", 1), 5},
		{"time_period", data, "202021,Academic year", "2020,Academic year", 2},
		{"time_period", data, "202021,Academic year", "202022,Academic year", 2},
		{"time_period", data, "202021,Academic year", "20/21,Academic year", 2},
		{"country", data, "E92000001,England", "E92000001,Britain", 2},
		{"geographic_level", data, "Ward,E92000001", "Parish,E92000001", 2},
		{"place_code", data, "E05000932,Ainsdale", "5000932,Ainsdale", 2},
		{"place_code", data, ",343,", ",43,", 2},
		{"place_code", data, "E12000002", "E02000002", 2},
		{"place_empty", data, "E05000932,Ainsdale", "E05000932,", 2},
		{"place_names", data, row, strings.Replace(row, "Ainsdale", "Birkdale", 1), 5},
		{"place_column", data, "old_la_code", "la_number", 1},
		{"meta_columns", meta, "filter_hint", "hint", 1},
		{"meta_unknown", meta, "neet_count,Indicator", "gone_count,Indicator", 3},
		{"not_in_meta", meta, "neet_count,Indicator,NEET,Numbers,,0,,\n", "", 1},
		{"meta_twice", meta, "neet_count,Indicator,NEET,Numbers,,0,,\n", "neet_count,Indicator,NEET,Numbers,,0,,\nneet_count,Indicator,Again,Numbers,,0,,\n", 4},
		{"meta_fixed", meta, "sex,Filter,Sex,,,,,\n", "sex,Filter,Sex,,,,,\nward_name,Filter,Ward,,,,,\n", 3},
		{"meta_label", meta, "Sex", "", 2},
		{"meta_label", meta, "NEET rate", "NEET", 4},
		{"meta_type", meta, "sex,Filter", "sex,filter", 2},
		{"meta_unit", meta, "Rates,%", "Rates,percent", 4},
		{"meta_dp", meta, "Rates,%,1", "Rates,%,one", 4},
		{"meta_filter", meta, "Sex,,,,,", "Sex,Numbers,,,,", 2},
		{"meta_indicator", meta, "%,1,,", "%,1,look,", 4},
		{"meta_grouping", meta, "sex,Filter,Sex,,,,,", "sex,Filter,Sex,,,,,sex_group", 2},
		{"filter_empty", data, "Ainsdale,Total,10", "Ainsdale,,10", 2},
		{"filter_spaces", data, "Ainsdale,Total,10", "Ainsdale, Total,10", 2},
		{"filter_total", data, "Total", "total", 2},
		{"filter_level", data, "Female", "Girls", 3},
		{"indicator_empty", data, "Total,10", "Total,", 2},
		{"indicator_number", data, "Total,10", "Total,10%", 2},
		{"indicator_number", data, "Total,10", "Total,\"1,010\"", 2},
		{"symbol_old", data, "Female,c,c", "Female,:,c", 3},
		{"symbol_old", data, "Female,c,c", "Female,c,~", 3},
		{"percent_share", data, "10,4\n", "10,0.4\n", 0},
		{"row_twice", data, row, row + row, 6},
		{"matrix", data, row, "", 4},
	} {
		files := map[string]string{}
		for name, body := range good {
			files[name] = body
			if name == c.file {
				files[name] = strings.Replace(body, c.from, c.to, 1)
				if c.rule == "percent_share" || c.from == "Female" || c.from == "Total" || c.from == "sex,Filter" {
					files[name] = strings.ReplaceAll(strings.ReplaceAll(body, c.from, c.to), "5.9", "0.59")
				}
				if files[name] == body {
					t.Fatalf("%s: nothing was broken", c.rule)
				}
			}
		}
		got, err := Check(folder(t, files))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, issue := range append(got.Errors, got.Advice...) {
			found = found || issue.Rule == c.rule && issue.Line == c.line
			if issue.Say == "" || issue.Hint == "" {
				t.Errorf("%s says nothing, or not what to do", issue.Rule)
			}
		}
		if !found || len(got.Errors) == 0 {
			t.Errorf("%s on line %d is not found after %q → %q: %v", c.rule, c.line, c.from, c.to, got.Errors)
		}
	}
}

func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]string{
		"NEET by ward": "file_name", "neet_2021": "file_name_date", "neet_october_wards": "file_name_date", strings.Repeat("neet_", 11): "file_name",
	} {
		got, err := Check(folder(t, map[string]string{name + ".csv": good["neet_by_ward.csv"], name + ".meta.csv": good["neet_by_ward.meta.csv"]}))
		if err != nil || len(got.Errors) != 1 || got.Errors[0].Rule != rule {
			t.Errorf("%s: %v, %v", name, got.Errors, err)
		}
	}
	got, err := Check(folder(t, map[string]string{"a.csv": good["neet_by_ward.csv"], "b.meta.csv": good["neet_by_ward.meta.csv"]}))
	if err != nil || len(got.Errors) != 2 || got.Errors[0].Rule != "no_meta" || got.Errors[1].Rule != "meta_without_data" {
		t.Errorf("%v, %v", got.Errors, err)
	}
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "gone")} {
		if _, err := Check(dir); !errors.Is(err, pipeline.ErrUsage) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// The folder may be the wrong one: nothing of it is repeated.
func TestNoCellIsRepeated(t *testing.T) {
	t.Parallel()
	got, err := Check(folder(t, map[string]string{"people.csv": "name,born,upn\nAda Secretname,2004-01-01,H801200001001\n"}))
	if err != nil || len(got.Errors) == 0 {
		t.Fatalf("%v %v", got, err)
	}
	for _, issue := range got.Errors {
		if strings.Contains(issue.String(), "Secretname") || strings.Contains(issue.String(), "H8012") {
			t.Error(issue)
		}
	}
}

// Whatever stands in the files, the screening ends and says something.
func FuzzCheck(f *testing.F) {
	f.Add(good["neet_by_ward.csv"], good["neet_by_ward.meta.csv"])
	f.Add("a,b\n1,2\n", "col_name\n")
	f.Add("\ufeff\"", "")
	f.Fuzz(func(t *testing.T, data, meta string) {
		if _, err := Check(folder(t, map[string]string{"a.csv": data, "a.meta.csv": meta})); err != nil {
			t.Fatal(err)
		}
	})
}
