package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

// agedPlace is a place whose configuration gives everything an age.
func agedPlace(t *testing.T) *place {
	t.Helper()
	p := mustPlace(t)
	text := placeConfig + "retain: {archive: 365d, quarantine: 365d, lists: 30d, versions: 30d, work: 2d, ledger: 365d, people_age: 25}\n"
	if err := os.WriteFile(p.config(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// gone writes what went for comparison: kind, files, rows.
func gone(r Retained) string {
	var parts []string
	for _, g := range r.Gone {
		if g.Files+g.Rows > 0 {
			parts = append(parts, fmt.Sprintf("%s %d %d", g.What, g.Files, g.Rows))
		}
	}
	return strings.Join(parts, ", ")
}

func TestRetainRemovesWhatHasItsAgeAndSaysSo(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("two nights")
	}
	p := agedPlace(t)
	old := time.Now().AddDate(-26, 0, 0).Format(time.DateOnly)
	p.mustPut(t, "caseload/connect/october.csv", "2021-10", "2021-11-05", extract("2021-10-31", []client{
		{"client_id": "3430000000001"}, {"client_id": "3430000000002", "birth_date": old, "family_name": "Grown"},
	}))
	p.mustPut(t, "cohort_checks/marram/check.csv", "", "2021-11-20", cohortHead+otherRow+refusedRow+
		"3439002,,Others,Cai,F,2004-05-01,C,12,N,,PR9 4EQ,N,,,january,\n3439002,,Fourth,Dee,F,2004-06-01,C,12,N,,PR9 4EQ,N,,,january,\n3439002,,Fifth,Eve,F,2004-07-01,C,12,N,,PR9 4EQ,N,,,january,\n")
	a := p.night(t).app
	list := filepath.Join(a.restricted(), "follow_ups-20200101T000000.000Z.csv")
	if err := os.WriteFile(list, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	past := time.Now().AddDate(0, 0, -31)
	if err := os.Chtimes(list, past, past); err != nil {
		t.Fatal(err)
	}
	const want = "archive 2 0, quarantine 1 1, written lists 1 0, people 1 1"
	before := tree(t, a.cfg.Folders.Data)
	dry, err := a.Retain(t.Context(), true)
	if err != nil || gone(dry) != want || len(dry.Notes) == 0 {
		t.Errorf("dry run: %s, %v", gone(dry), err)
	}
	if withoutLock(tree(t, a.cfg.Folders.Data)) != withoutLock(before) {
		t.Error("the dry run changed files")
	}
	done, err := a.Retain(t.Context(), false)
	if err != nil || gone(done) != want {
		t.Fatalf("%s, %v", gone(done), err)
	}
	for _, f := range a.mustFiles(t) {
		if !f.Counts.Balanced() || f.Quarantine != "" {
			t.Errorf("%s: %+v %s", f.Name, f.Counts, f.Quarantine)
		}
	}
	if again, err := a.Retain(t.Context(), false); err != nil || gone(again) != "" {
		t.Errorf("the second time %s went, %v", gone(again), err)
	}
	night := p.night(t) // the counts changed, so it builds
	year, month, day := pipeline.DateOf(time.Now(), a.cfg.Location()).YMD()
	if got, want := fmt.Sprint(night.one(t, "meta.build", "true")["removed_born_until"]), pipeline.NewDate(year-25, month, day).String(); !strings.HasPrefix(got, want) {
		t.Errorf("meta.build says %s, want %s", got, want)
	}
	if list, err := a.Audit(t.Context(), AuditQuestion{Kind: "retain"}); err != nil || len(list) != 1 || list[0].Facts["people_rows"] != 1 {
		t.Errorf("audit log: %v, %v", list, err)
	}
}

// withoutLock leaves out folders and the files that every command touches.
func withoutLock(tree string) string {
	var out []string
	for _, line := range strings.Split(tree, "\n") {
		if !strings.Contains(line, "run.lock") && !strings.Contains(line, "ledger.sqlite") && !strings.Contains(line, " drwx") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
