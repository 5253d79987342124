package app

import (
	"slices"
	"testing"

	"nightjar/pipeline"
	"nightjar/pipeline/config"
)

func TestWhatMovesTooFar(t *testing.T) {
	t.Parallel()
	hold := config.Hold{CohortShrinksPercent: 10, NotKnownRisesPercent: 5, MinimumCohort: 30}
	month := func(month string, cohort, notKnown float64) map[rateKey]monthRate {
		return map[rateKey]monthRate{{"16-17", "recorded", month}: {cohort, notKnown}}
	}
	both := func(a, b map[rateKey]monthRate) map[rateKey]monthRate {
		out := map[rateKey]monthRate{}
		for _, m := range []map[rateKey]monthRate{a, b} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	july, lastSeptember := month("2021-07-31", 100, 4), month("2020-09-30", 100, 40)
	for name, tc := range map[string]struct {
		before, after map[rateKey]monthRate
		want          []string
	}{
		"nothing moved":            {july, july, nil},
		"as far as is allowed":     {july, month("2021-07-31", 90, 3.6), nil},
		"the month shrank":         {july, month("2021-07-31", 89, 3.5), []string{"cohort_shrinks"}},
		"the month is gone":        {july, nil, []string{"cohort_shrinks"}},
		"it grew":                  {july, month("2021-07-31", 300, 12), nil},
		"not known rose":           {july, month("2021-07-31", 100, 10), []string{"not_known_rises"}},
		"both":                     {july, month("2021-07-31", 50, 25), []string{"cohort_shrinks", "not_known_rises"}},
		"a new month is half":      {july, both(july, month("2021-08-31", 50, 2)), []string{"cohort_shrinks"}},
		"a new month is unknown":   {july, both(july, month("2021-08-31", 100, 60)), []string{"not_known_rises"}},
		"an older month is added":  {july, both(july, month("2019-08-31", 10, 10)), nil},
		"evidence lapsed":          {july, both(july, month("2021-09-30", 100, 60)), nil},
		"as much as a year before": {both(july, lastSeptember), both(both(july, lastSeptember), month("2021-09-30", 100, 44)), nil},
		"more than a year before":  {both(july, lastSeptember), both(both(july, lastSeptember), month("2021-09-30", 100, 60)), []string{"not_known_rises"}},
		"too few to say":           {month("2021-07-31", 20, 0), month("2021-07-31", 2, 2), nil},
		"first figures":            {nil, july, nil},
	} {
		var got []string
		for _, c := range moved(hold, tc.before, tc.after) {
			got = append(got, c.Rule)
		}
		slices.Sort(got)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
		if c := moved(config.Hold{}, tc.before, tc.after); len(c) > 0 {
			t.Errorf("%s: switched off and still %v", name, c)
		}
	}
}

func TestAnEmptyListIsANewOneWithoutAUsableRow(t *testing.T) {
	t.Parallel()
	file := func(run string, accepted int64) pipeline.FileRecord {
		f := pipeline.FileRecord{RunID: run}
		f.Dataset, f.Provider, f.Counts = "ucas", "kgv", pipeline.Counts{Read: 3, Accepted: accepted, Quarantined: 3 - accepted}
		return f
	}
	for name, tc := range map[string]struct {
		file pipeline.FileRecord
		want int
	}{"empty and new": {file("20260102", 0), 1}, "empty and shown before": {file("20260101", 0), 0}, "one row": {file("20260102", 1), 0}} {
		if got := emptyLists([]pipeline.FileRecord{tc.file}, "20260101"); len(got) != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestWhatIsDueIsNoNewsByItself asks for the fingerprint of the same
// deliveries on many days: only a delivery may change it.
func TestWhatIsDueIsNoNewsByItself(t *testing.T) {
	t.Parallel()
	a, clock, _ := openStation(t, oneJob)
	f := pipeline.FileRecord{Status: pipeline.FileLoaded}
	f.Delivery = pipeline.Delivery{Dataset: "ucas", Provider: "kgv", Hash: "h", DeliveredOn: pipeline.NewDate(2025, 10, 1)}
	in := pipeline.BuildInput{Files: []pipeline.FileRecord{f}, AsAt: f.DeliveredOn, KnownUntil: f.DeliveredOn}
	w := expecting{a, t.TempDir()}
	first := w.Fingerprint(in)
	for range 30 {
		clock.move(17 * 24 * 3600 * 1e9)
		if w.Fingerprint(in) != first {
			t.Fatal("a day went by and the night has news")
		}
	}
	warehouse, err := w.at(in)
	if err != nil || warehouse.Fingerprint(in) != first {
		t.Fatalf("%v", err)
	}
	plain, err := a.warehouse(w.work, nil)
	if err != nil || plain.Fingerprint(in) == first {
		t.Errorf("what is due is no part of the build: %v", err)
	}
}
