package sources

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// published is where the published files of the test data lie, seen from this
// package. They are not part of the repository.
const published = "../../shared/data"

func TestPublishedFilesLoadWhole(t *testing.T) {
	t.Parallel()
	cases := []struct {
		dataset, file, layout       string
		read, accepted, quarantined int64
		least, greatest             string
	}{
		{"comparators", "dfe_scorecard/2021.csv", "scorecard", 161, 161, 0, "2021/22", "2021/22"},
		{"comparators", "dfe_scorecard/2022.csv", "scorecard", 160, 160, 0, "2021/22", "2021/22"},
		{"comparators", "dfe_scorecard/2023.csv", "scorecard", 160, 160, 0, "2021/22", "2021/22"},
		{"comparators", "lait_neet_to_2023.csv", "lait", 7990, 7990, 0, "2021/22", "2021/22"},
		{"statistical_neighbours", "statistical_neighbours_2021.csv", "long", 1580, 1580, 0, "2021-01", "2021-01"},
		{"postcodes", "geo/sefton_postcodes_sample.csv", "directory", 600, 600, 0, "2021/22", "2021/22"},
	}
	for _, c := range cases {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(published, c.file)
			if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
				t.Skip("the published file is not on this machine")
			}
			l := testLoader(t)
			rec, err := l.Load(context.Background(), arrivalOf(t, c.dataset, "dfe", path), pipeline.NoProgress{})
			if err != nil {
				t.Fatal(err)
			}
			want := pipeline.Counts{Read: c.read, Accepted: c.accepted, Quarantined: c.quarantined}
			if rec.Counts != want || rec.Layout != c.layout || rec.MinPeriod != c.least || rec.MaxPeriod != c.greatest {
				t.Errorf("layout %s, counts %+v, periods %s to %s", rec.Layout, rec.Counts, rec.MinPeriod, rec.MaxPeriod)
			}
			table, err := snapshot.Read(filepath.Join(l.opts.Lake, rec.Path))
			if err != nil || int64(len(table.Rows)) != c.accepted {
				t.Errorf("the snapshot holds %d rows: %v", len(table.Rows), err)
			}
		})
	}
}

func TestScorecardKeepsWhyAValueIsMissing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(published, "dfe_scorecard/2023.csv")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Skip("the published file is not on this machine")
	}
	l := testLoader(t)
	rec, err := l.Load(context.Background(), arrivalOf(t, "comparators", "dfe", path), pipeline.NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	england := texts(t, filepath.Join(l.opts.Lake, rec.Path))[0]
	for column, want := range map[string]string{
		"combined_percent": "5.2", "combined_percent_missing": "", "combined_quintile": "", "combined_quintile_missing": "z",
		"cohort_djf_average": "1236365", "time_period": "2023", "geographic_level": "National", "old_la_code": "", "line": "2",
	} {
		if england[column] != want {
			t.Errorf("%s is %q, want %q", column, england[column], want)
		}
	}
}

// texts reads a file into one map per row; nulls are empty.
func texts(t testing.TB, path string) []map[string]string {
	t.Helper()
	table, err := snapshot.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]map[string]string, len(table.Rows))
	for i, row := range table.Rows {
		out[i] = make(map[string]string, len(row))
		for k, c := range row {
			out[i][table.Columns[k].Name] = c.Text
		}
	}
	return out
}
