package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/transforms"
)

// corrected is the autumn with a starters list that a later delivery corrects.
func corrected() []list {
	return append(autumn(), list{"college_starters/hugh-baird-college/corrected.csv", "2020/21", "2020-11-20T08:00:00Z",
		"forename,surname,birth_date,start_date,end_date\nGiven1,Example,15/01/2004,07/09/2020,02/10/2020\nGiven6,Example,15/01/2004,14/09/2020,\n"})
}

// What is built later as at a day is what a night on that day published: the
// corrected lists and the late ones leave no trace in it.
func TestBuildAsAtEqualsTheNightOfThatDay(t *testing.T) {
	t.Parallel()
	whole := mustPlace(t)
	for _, l := range corrected() {
		whole.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
	}
	now := whole.night(t)
	before := tree(t, now.app.published())
	for _, day := range []string{"2020-10-07", "2020-11-08", "2020-11-12", "2020-12-01"} { // between, on and after deliveries
		out := filepath.Join(t.TempDir(), "as-at.duckdb")
		built, err := now.app.BuildAsAt(t.Context(), mustDate(t, day), out)
		if err != nil {
			t.Fatalf("%s: %v", day, err)
		}
		then := mustPlace(t)
		for _, l := range corrected() {
			if l.deliveredAt[:10] <= day {
				then.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
			}
		}
		night := then.night(t)
		sameFiles(t, day, publishedPath(t, night.app), out)
		if built.KnownUntil != day || built.AsAt > day || built.Files+built.LeftOut != len(corrected()) {
			t.Errorf("%s: the build says of itself %+v", day, built)
		}
	}
	if after := tree(t, now.app.published()); after != before {
		t.Errorf("the published folder changed from\n%s\nto\n%s", before, after)
	}
	if left, _ := filepath.Glob(filepath.Join(now.app.work(), "*")); len(left) > 0 {
		t.Errorf("work files with people in them were left behind: %s", left)
	}
}

func TestBuildAsAtRefusals(t *testing.T) {
	t.Parallel()
	place := mustPlace(t)
	a, err := Open(Options{ConfigPath: place.config(), Clock: pipeline.SystemClock{}, Progress: pipeline.NoProgress{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.makeFolders(); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(t.TempDir(), "taken.duckdb")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, out, says string }{
		{"there already", taken, "is there already"},
		{"inside the published folder", filepath.Join(a.published(), "x.duckdb"), "where only nights write"},
		{"no such folder", filepath.Join(t.TempDir(), "none", "x.duckdb"), "create it first"},
		{"nothing loaded", filepath.Join(t.TempDir(), "x.duckdb"), "no list was ever loaded"},
	} {
		if _, err := a.BuildAsAt(t.Context(), mustDate(t, "2020-11-08"), c.out); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		}
	}
	if body, _ := os.ReadFile(taken); string(body) != "mine" {
		t.Error("a file that was there was written over")
	}
	book, err := a.openLedger()
	if err != nil {
		t.Fatal(err)
	}
	_ = book.Close()
	_, err = a.BuildAsAt(t.Context(), mustDate(t, "2020-11-08"), filepath.Join(t.TempDir(), "x.duckdb"))
	if !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), "nothing had been delivered") {
		t.Errorf("before the first delivery: %v", err)
	}
}

// Of deliveries and decisions, the day itself still counts and the next one
// does not; a decision taken back later was in force that day.
func TestAsKnownKeepsTheDay(t *testing.T) {
	t.Parallel()
	day := pipeline.NewDate(2020, time.November, 8)
	file := func(on pipeline.Date, status pipeline.FileStatus) pipeline.FileRecord {
		f := pipeline.FileRecord{Status: status}
		f.DeliveredOn = on
		return f
	}
	decision := func(id int64, on pipeline.Date, v pipeline.Verdict) pipeline.Decision {
		return pipeline.Decision{ID: id, Subject: "s", PersonID: "p", Verdict: v, DecidedAt: on.Time(), DecidedOn: on}
	}
	in := asKnown(day,
		[]pipeline.FileRecord{
			file(day-3, pipeline.FileLoaded), file(day, pipeline.FileLoaded), file(day+1, pipeline.FileLoaded),
			file(day, pipeline.FileRefused), file(day+1, pipeline.FileRefused),
		},
		[]pipeline.Decision{decision(1, day, pipeline.VerdictAccept), decision(2, day+1, pipeline.VerdictUndone)})
	if len(in.Files) != 2 || len(in.Refused) != 1 || in.AsAt != day || in.KnownUntil != day {
		t.Errorf("files %d, refused %d, as at %s, known until %s", len(in.Files), len(in.Refused), in.AsAt, in.KnownUntil)
	}
	if len(in.Decisions) != 1 || in.Decisions[0].Verdict != pipeline.VerdictAccept {
		t.Errorf("decisions in force: %+v", in.Decisions)
	}
}

func mustDate(t *testing.T, s string) pipeline.Date {
	t.Helper()
	d, err := pipeline.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func publishedPath(t *testing.T, a *App) string {
	t.Helper()
	path, err := a.warehouseFile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// tree lists a folder with the size and time of every file.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			b.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sameFiles wants the same marts with the same cells in the same order.
func sameFiles(t *testing.T, day, want, got string) {
	t.Helper()
	tables, err := transforms.Tables(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	marts := 0
	for _, table := range tables {
		if !strings.HasPrefix(table.Name, "marts.") {
			continue
		}
		marts++
		a, err := transforms.Query(t.Context(), want, table.Name, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		b, err := transforms.Query(t.Context(), got, table.Name, "", 0)
		if err != nil {
			t.Fatalf("%s: the build has no %s: %v", day, table.Name, err)
		}
		if x, y := cells(a), cells(b); x != y {
			t.Errorf("%s: %s differs from what the night published (%d rows against %d)", day, table.Name, len(b.Rows), len(a.Rows))
		}
	}
	if marts < 9 {
		t.Errorf("only %d marts were compared", marts)
	}
}

func cells(res transforms.Result) string {
	var b strings.Builder
	for _, row := range res.Rows {
		for _, v := range row {
			b.WriteString(cellOf(v) + "\x00")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func cellOf(v any) string { return fmt.Sprintf("%T %v", v, v) }
