package sources

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/tabular/xlsxtest"
)

// loadedBad loads a list with refused rows and returns what is needed to ask
// for them.
func loadedBad(t *testing.T, inbox string) RejectsRequest {
	t.Helper()
	content := "Forename,Surname,DOB,Postcode,StartDate\nAmira,Okafor,31/02/2005,L20,06/09/2021\nBen,=1+1,01/12/04,,06/09/2021\nCara,Walsh,01/12/2004,,06/09/2021\nDan,\"Walsh\"x,01/12/2004,,06/09/2021\n"
	folder := filepath.Join(inbox, "college_starters", "school")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "list.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	l := testLoader(t, func(o *LoaderOptions) { o.Limits = map[string]float64{"college_starters": 1} })
	rec, err := l.Load(context.Background(), arrivalOf(t, "college_starters", "school", path), pipeline.NoProgress{})
	if err != nil || rec.Counts.Quarantined != 3 {
		t.Fatal(rec.Counts, err)
	}
	return RejectsRequest{Files: []pipeline.FileRecord{rec}, Loader: l.opts, Inbox: inbox, Archive: filepath.Join(inbox, "archive")}
}

func TestRejectsAreCountedWithoutTheirText(t *testing.T) {
	t.Parallel()
	q := loadedBad(t, t.TempDir())
	groups, err := Rejects(context.Background(), q)
	if err != nil || len(groups) != 3 {
		t.Fatalf("%+v, %v", groups, err)
	}
	if g := groups[0]; g.Rule != "date_impossible" || g.Column != "birth_date" || g.Rows != 1 || g.Lines[0] != 2 {
		t.Errorf("first group %+v", g)
	}
	q.Rule = "stray_quote"
	if groups, err = Rejects(context.Background(), q); err != nil || len(groups) != 1 || groups[0].Lines[0] != 5 {
		t.Errorf("by rule: %+v, %v", groups, err)
	}
}

func TestWorkbookOfRejectsMarksTheCells(t *testing.T) {
	t.Parallel()
	q := loadedBad(t, t.TempDir())
	q.Workbook = filepath.Join(t.TempDir(), "back.xlsx")
	if _, err := Rejects(context.Background(), q); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(q.Workbook)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	rows, marked := xlsxtest.Read(t, q.Workbook, "list")
	if len(rows) != 4 {
		t.Fatalf("%q", rows)
	}
	if got := strings.Join(rows[0], "|"); got != "Line|What is wrong|Forename|Surname|DOB|Postcode|StartDate" {
		t.Errorf("header %s", got)
	}
	if rows[1][0] != "2" || rows[1][2] != "Amira" || rows[2][3] != "=1+1" {
		t.Errorf("rows %q", rows)
	}
	if got := strings.Join(marked, " "); got != "E2 F2 E3" {
		t.Errorf("marked are %s", got)
	}
}

func TestWorkbookOfRejectsWithoutTheOriginal(t *testing.T) {
	t.Parallel()
	inbox := t.TempDir()
	q := loadedBad(t, inbox)
	if err := os.RemoveAll(filepath.Join(inbox, "college_starters")); err != nil {
		t.Fatal(err)
	}
	q.Workbook = filepath.Join(t.TempDir(), "back.xlsx")
	if _, err := Rejects(context.Background(), q); err != nil {
		t.Fatal(err)
	}
	if rows, marked := xlsxtest.Read(t, q.Workbook, "list"); len(rows) != 4 || len(marked) > 0 || strings.Join(rows[0], "|") != "Line|What is wrong" || rows[1][2] != "Amira" {
		t.Errorf("%q", rows)
	}
}

func TestWorkbookOfRejectsOfAPlace(t *testing.T) {
	t.Parallel()
	landing := t.TempDir()
	q := loadedBad(t, filepath.Join(landing, "some-place"))
	q.Inbox, q.Landing, q.Workbook = t.TempDir(), landing, filepath.Join(t.TempDir(), "back.xlsx")
	if _, err := Rejects(context.Background(), q); err != nil {
		t.Fatal(err)
	}
	if rows, _ := xlsxtest.Read(t, q.Workbook, "list"); len(rows) != 4 || len(rows[0]) < 3 || rows[0][2] != "Forename" {
		t.Errorf("%q", rows)
	}
}

func TestOldUnpackedOriginalsAreSwept(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	for _, name := range []string{originalPrefix + "1", "kept"} {
		if err := os.Mkdir(filepath.Join(work, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	if err := sweepOriginals(work, now); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(work); len(entries) != 2 {
		t.Errorf("at once: %d left", len(entries))
	}
	if err := sweepOriginals(work, now.Add(2*originalAge)); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(work); len(entries) != 1 || entries[0].Name() != "kept" {
		t.Errorf("later: %v", entries)
	}
}
