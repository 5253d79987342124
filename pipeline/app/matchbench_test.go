package app

import (
	"context"
	"encoding/csv"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources"
	"nightjar/sources/sample"
	"nightjar/transforms"
	"nightjar/transforms/matching"
)

// sampleMatches writes a sample, loads its lists and matches them, and returns
// the person behind every row by the generator's truth.
func sampleMatches(t testing.TB, seed uint64) (transforms.Matches, []string, *matching.Matcher) {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	made, err := sample.Write(ctx, sample.Options{Out: dir, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(Options{ConfigPath: made.Config, Version: "test", Clock: pipeline.SystemClock{}, Progress: pipeline.NoProgress{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.makeFolders(); err != nil {
		t.Fatal(err)
	}
	in := loadSample(t, a)
	w, err := a.warehouse(a.work(), nil)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	found, err := w.Match(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d: staging and matching of %d lines, %d identities, against %d people took %v", seed, len(found.Lines), len(found.Rows), len(found.People), time.Since(begin).Round(time.Millisecond))
	names := map[string]string{}
	for _, f := range in.Files {
		names[f.Hash] = f.Name
	}
	truth := truthOf(t, dir, names, found)
	held := map[string]bool{}
	for _, p := range found.People {
		held[p.ID] = true
	}
	for i := range truth {
		if !held[truth[i]] { // of another authority, or too young to be in the caseload yet
			truth[i] = ""
		}
	}
	return found, truth, found.Matcher
}

// loadSample takes the deliveries of the inbox that matching reads into the lake.
func loadSample(t testing.TB, a *App) pipeline.BuildInput {
	t.Helper()
	ctx := context.Background()
	book, err := a.openLedger()
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	source, err := a.source(book)
	if err != nil {
		t.Fatal(err)
	}
	arrivals, _, err := source.Arrivals(ctx, []string{"caseload", "college_starters", "cohort_checks", "ucas"})
	if err != nil {
		t.Fatal(err)
	}
	loader := sources.NewLoader(a.loaderOptions(a.lake()))
	in := pipeline.BuildInput{RunID: "bench"}
	for _, arrival := range arrivals {
		rec, err := loader.Load(ctx, arrival, pipeline.NoProgress{})
		if err != nil {
			continue // the sample holds files that are refused
		}
		rec.Status = pipeline.FileLoaded
		in.Files = append(in.Files, rec)
		in.AsAt = max(in.AsAt, rec.DeliveredOn)
	}
	in.KnownUntil = in.AsAt
	return in
}

// truthOf returns the caseload id behind every row; empty for people who are
// not in the caseload.
func truthOf(t testing.TB, dir string, names map[string]string, found transforms.Matches) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "truth", "list_rows.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	who := make(map[string]string, len(lines))
	for _, l := range lines[1:] {
		who[l[0]+":"+l[1]] = l[3]
	}
	out := make([]string, len(found.Rows))
	for _, l := range found.Lines {
		id, ok := who[names[l.FileHash]+":"+strconv.FormatInt(l.Line, 10)]
		if !ok {
			t.Fatalf("no truth for line %d of %s", l.Line, names[l.FileHash])
		}
		out[l.Row] = id
	}
	return out
}

// TestMatchingOfTheSample holds matching to what the product promises, on the
// lists of the sample authority: as they are, and without any number, so that
// only names, birth dates and postcodes are left.
func TestMatchingOfTheSample(t *testing.T) {
	if os.Getenv("NIGHTJAR_BENCH_MATCH") == "" {
		t.Skip("a minute and a half; make bench-match runs it")
	}
	for _, seed := range []uint64{1, 2, 3} {
		found, truth, matcher := sampleMatches(t, seed)
		holdPromise(t, fmt.Sprintf("seed %d", seed), found.Result, truth)
		for i := range found.Rows {
			r := &found.Rows[i]
			r.UPN, r.ULN, r.ListKey = "", "", ""
		}
		begin := time.Now()
		bare, err := matcher.Match(t.Context(), found.People, found.Rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("matching alone took %v", time.Since(begin).Round(time.Millisecond))
		holdPromise(t, fmt.Sprintf("seed %d without numbers", seed), bare, truth)
	}
}

func holdPromise(t *testing.T, name string, r matching.Result, truth []string) {
	t.Helper()
	q := matching.Measure(r, truth)
	t.Logf("%s: %s", name, q)
	if q.Precision() < 0.999 || q.Recall() < 0.97 || q.ReviewShare() > 0.02 || q.Reached() < 0.995 {
		t.Errorf("%s: below the promise", name)
	}
}
