package app

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sql"
)

// stoppedClock shows one moment.
type stoppedClock time.Time

func (c stoppedClock) Now() time.Time { return time.Time(c) }

// history lives through days of the sample one after the other, each with what
// had come by then: new lists, a reviewer's decisions, a changed currency rule,
// a changed setting, a night in the evening.
type history struct {
	dir, later string
	delivered  map[string]pipeline.Date // by path under the inbox
	decided    int
}

func newHistory(t *testing.T) *history {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sample")
	if _, err := WriteSample(t.Context(), SampleOptions{Out: dir, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	h := &history{dir: dir, later: filepath.Join(filepath.Dir(dir), "later"), delivered: map[string]pipeline.Date{}}
	h.edit(t, "settle: 200ms", "settle: 0s\nhold: {cohort_shrinks_percent: 0, not_known_rises_percent: 0, empty_list: false}")
	// A rule that changes to and fro restates what controlled exports let out, and
	// their audit would hold the nights: here nobody is shown any.
	h.reference(t, "disclosure_tables.csv", []byte("profile,table_name,file_name,title,valid_from:date,valid_to:date,source\n"))
	manifest, err := os.Open(filepath.Join(dir, "inbox", "manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer manifest.Close()
	rows, err := csv.NewReader(manifest).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		at, err := time.Parse(time.RFC3339, r[3])
		if err != nil {
			t.Fatal(err)
		}
		h.delivered[r[0]] = pipeline.DateOf(at, london)
		h.move(t, filepath.Join(dir, "inbox", r[0]), filepath.Join(h.later, r[0]))
	}
	return h
}

func (h *history) move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// reference lays down a file of reference data.
func (h *history) reference(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, "reference", name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// edit changes the configuration.
func (h *history) edit(t *testing.T, from, to string) {
	t.Helper()
	path := filepath.Join(h.dir, "nightjar.yaml")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), from) {
		t.Fatalf("the configuration does not say %q: %v", from, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// at opens the installation at an hour of a day.
func (h *history) at(t *testing.T, day pipeline.Date, hour int) *App {
	t.Helper()
	a, err := Open(Options{
		ConfigPath: filepath.Join(h.dir, "nightjar.yaml"), Version: "test", Progress: pipeline.NoProgress{},
		Clock: stoppedClock(day.Time().Add(time.Duration(hour) * time.Hour)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// live lets a day pass and keeps a copy of what readers see in the evening.
func (h *history) live(t *testing.T, day pipeline.Date, n int) string {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(h.delivered)) {
		if h.delivered[name] <= day {
			h.move(t, filepath.Join(h.later, name), filepath.Join(h.dir, "inbox", name))
			delete(h.delivered, name)
		}
	}
	if n > 0 {
		h.decide(t, h.at(t, day, 10), n)
	}
	evening := h.at(t, day, 21)
	rep, err := evening.Run(t.Context(), RunOptions{Trigger: "test"})
	if err != nil && rep.ExitCode != pipeline.ExitQuarantine {
		t.Fatalf("night of %s: %v", day, err)
	}
	kept := filepath.Join(h.later, day.String()+".duckdb")
	from, err := os.Open(publishedPath(t, evening))
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(kept)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	return kept
}

// decide rules on what is pending: it accepts, rejects, and takes back.
func (h *history) decide(t *testing.T, a *App, n int) {
	t.Helper()
	night, _, err := a.peopleNights(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := night.people(t.Context(), "match_pairs", "outcome = 'to_review' and rank_no = 1")
	if err != nil {
		t.Fatal(err)
	}
	var rulings []Ruling
	for i, p := range pairs[:min(len(pairs), 3)] {
		r := Ruling{Subject: p.Text("subject"), PersonID: p.Text("person_id"), Verdict: pipeline.VerdictAccept, By: "officer"}
		if i == 1 {
			r.Verdict = pipeline.VerdictReject
		}
		rulings = append(rulings, r)
	}
	if all, err := a.decisions(t.Context()); err != nil {
		t.Fatal(err)
	} else if force := pipeline.DecisionsInForce(all, pipeline.LastDate); n%3 == 2 && len(force) > 0 {
		rulings = append(rulings, Ruling{Subject: force[0].Subject, PersonID: force[0].PersonID, Verdict: pipeline.VerdictUndone, By: "officer"})
	}
	made, err := a.Decide(t.Context(), rulings)
	if err != nil {
		t.Fatal(err)
	}
	h.decided += made
}

// shortCurrency makes an own currency table in which everything that lapses at
// the end of the academic year lapses after two months.
func shortCurrency(t *testing.T) []byte {
	t.Helper()
	text, err := sql.Files.ReadFile("ref/currency_rules.csv")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(text, []byte(",academic_year_end,,,"), []byte(",months,2,,"))
}

// Every day built afterwards holds what was published in the evening of that
// day, whatever came since: lists, corrections, decisions and their reversal, a
// changed currency rule, a changed setting. NIGHTJAR_LONG=1 takes all days that
// the council was promised: 24 drawn by seed and every 31 August and 31 October
// of the sample; otherwise three early ones.
func TestEveryDayBuiltLaterIsWhatWasPublished(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through days of the sample")
	}
	t.Parallel()
	days := []pipeline.Date{mustDate(t, "2015-10-31"), mustDate(t, "2015-11-18"), mustDate(t, "2016-01-20")}
	if os.Getenv("NIGHTJAR_LONG") != "" {
		days = promisedDays(20211031)
	}
	h := newHistory(t)
	published := map[pipeline.Date]string{}
	for i, day := range days {
		if i == len(days)/3 {
			h.reference(t, "currency_rules.csv", shortCurrency(t))
		}
		if i == 2*len(days)/3 {
			h.edit(t, "warehouse:", "settings: {minimum_cohort: \"50\"}\nwarehouse:")
			if err := os.Remove(filepath.Join(h.dir, "reference", "currency_rules.csv")); err != nil {
				t.Fatal(err)
			}
		}
		published[day] = h.live(t, day, i)
		t.Logf("lived through %s, %d decisions so far", day, h.decided)
	}
	if h.decided == 0 {
		t.Error("no decision was taken, so none is tried")
	}
	today := h.at(t, days[len(days)-1]+400, 12)
	for i, day := range days {
		out := filepath.Join(h.later, fmt.Sprintf("as-at-%d.duckdb", i))
		built, err := today.BuildAsAt(t.Context(), day, out)
		if err != nil {
			t.Fatalf("build as at %s: %v", day, err)
		}
		sameFiles(t, day.String(), published[day], out)
		t.Logf("%s: %d files, %d decisions, rules of %s", day, built.Files, built.Decisions, built.RulesOf)
	}
}

// promisedDays are 24 days drawn by seed and every 31 August and 31 October of
// the sample, in order.
func promisedDays(seed uint64) []pipeline.Date {
	first, last := pipeline.NewDate(2015, time.September, 2), pipeline.NewDate(2023, time.September, 6)
	all := map[pipeline.Date]bool{}
	for y := 2015; y <= 2023; y++ {
		for _, d := range []pipeline.Date{pipeline.NewDate(y, time.August, 31), pipeline.NewDate(y, time.October, 31)} {
			if d >= first && d <= last {
				all[d] = true
			}
		}
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for n := len(all) + 24; len(all) < n; {
		all[first+pipeline.Date(r.Int64N(int64(last-first)))] = true
	}
	return slices.Sorted(maps.Keys(all))
}
