package app

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"nightjar/pipeline"
	"nightjar/pipeline/config"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
)

// maxConcerns is how many figures a held night reports; a restated year would
// bring hundreds.
const maxConcerns = 20

// gate compares the rates of a build with the published ones. It implements
// pipeline.Gate.
type gate struct {
	hold config.Hold
	book *ledger.Ledger
}

// Look implements pipeline.Gate.
func (g gate) Look(ctx context.Context, b pipeline.Build, seen pipeline.Publication) ([]pipeline.Concern, error) {
	if _, ok, err := g.book.Released(ctx, b.Fingerprint); ok || err != nil {
		return nil, err
	}
	var out []pipeline.Concern
	if g.hold.EmptyList {
		out = emptyLists(b.Input.Files, seen.RunID)
	}
	before, err := monthRates(ctx, seen.Warehouse)
	if err != nil {
		return nil, fmt.Errorf("published rates: %w", err)
	}
	after, err := monthRates(ctx, b.Path)
	if err != nil {
		return nil, fmt.Errorf("rates of the build: %w", err)
	}
	out = append(out, moved(g.hold, before, after)...)
	slices.SortStableFunc(out, func(a, b pipeline.Concern) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Change), math.Abs(a.Change)), cmp.Compare(a.Rule, b.Rule), cmp.Compare(b.Subject, a.Subject))
	})
	return out[:min(len(out), maxConcerns)], nil
}

// emptyLists finds lists without a single accepted row that readers have not
// seen the effect of. Run ids sort by time.
func emptyLists(files []pipeline.FileRecord, seen string) []pipeline.Concern {
	var out []pipeline.Concern
	for _, f := range files {
		if f.Counts.Accepted > 0 || f.RunID <= seen {
			continue
		}
		out = append(out, pipeline.Concern{Rule: "empty_list", Subject: f.Dataset + "/" + f.Provider, After: 0, Before: float64(f.Counts.Read), Change: -100,
			Say: fmt.Sprintf("the new list of %s from %s has no usable row (%d read)", f.Dataset, f.Provider, f.Counts.Read)})
	}
	return out
}

// rateKey is one row of the rates.
type rateKey struct{ band, basis, month string }

// monthRate is what is compared of it.
type monthRate struct{ cohort, notKnown float64 }

func (r monthRate) unknown() float64 {
	if r.cohort == 0 {
		return 0
	}
	return 100 * r.notKnown / r.cohort
}

// gateBands are the bands that are compared: the statutory one and everybody.
const gateBands = "age_band IN ('16-17', '16-18')"

// monthRates reads the rates of a published file or of a build.
func monthRates(ctx context.Context, path string) (map[rateKey]monthRate, error) {
	res, err := transforms.Query(ctx, path, "neet_rates", gateBands, 0)
	if err != nil {
		return nil, err
	}
	out := map[rateKey]monthRate{}
	for _, row := range res.Rows {
		v := Values{}
		for i, c := range res.Columns {
			v[c.Name] = row[i]
		}
		r := monthRate{}
		r.cohort, _ = v.Number("cohort_count")
		r.notKnown, _ = v.Number("not_known_count")
		out[rateKey{v.Text("age_band"), v.Text("basis"), v.Text("month_end")}] = r
	}
	return out, nil
}

// moved compares each month with itself, and a month that is new with the
// newest published one.
func moved(hold config.Hold, before, after map[rateKey]monthRate) []pipeline.Concern {
	newest := map[rateKey]string{} // by band and basis
	for k := range before {
		line := rateKey{band: k.band, basis: k.basis}
		newest[line] = max(newest[line], k.month)
	}
	var out []pipeline.Concern
	for k, b := range before {
		if a, ok := after[k]; ok {
			out = append(out, shrinks(hold, k, k.month, b, a)...)
			out = append(out, unknowns(hold, k, k.month, b, a)...)
		} else {
			out = append(out, shrinks(hold, k, k.month, b, monthRate{})...)
		}
	}
	for k, a := range after {
		last := newest[rateKey{band: k.band, basis: k.basis}]
		if last == "" || k.month <= last {
			continue
		}
		out = append(out, shrinks(hold, k, last, before[rateKey{k.band, k.basis, last}], a)...)
		if month := lapseMonth(last, k.month); month != "" {
			last = month
		}
		if b, ok := before[rateKey{k.band, k.basis, last}]; ok {
			out = append(out, unknowns(hold, k, last, b, a)...)
		}
	}
	return out
}

// lapseMonth returns the same month a year before where education evidence
// lapsed (31 August) between two month ends: thousands turn to not known then
// by rule, and only last year's lapse is a measure for this one. Else it is
// empty.
func lapseMonth(last, month string) string {
	a, err := pipeline.ParseDate(last)
	if err != nil {
		return ""
	}
	b, err := pipeline.ParseDate(month)
	if err != nil || pipeline.AcademicYearOf(a) == pipeline.AcademicYearOf(b) {
		return ""
	}
	y, m, _ := b.YMD()
	return pipeline.NewDate(y-1, m+1, 0).String() // day 0: the last of the month before
}

// shrinks finds a cohort that lost more than its share of people.
func shrinks(hold config.Hold, k rateKey, since string, before, after monthRate) []pipeline.Concern {
	if hold.CohortShrinksPercent == 0 || before.cohort == 0 || before.cohort < float64(hold.MinimumCohort) {
		return nil
	}
	change := 100 * (after.cohort - before.cohort) / before.cohort
	if -change <= hold.CohortShrinksPercent {
		return nil
	}
	return []pipeline.Concern{{Rule: "cohort_shrinks", Subject: subject(k), Before: before.cohort, After: after.cohort, Change: change,
		Limit: hold.CohortShrinksPercent, Say: fmt.Sprintf("the cohort of %s fell from %.0f (%s) to %.0f, by %.1f per cent where %g are allowed",
			subject(k), before.cohort, since, after.cohort, -change, hold.CohortShrinksPercent)}}
}

// unknowns finds a cohort of which more than its share turned to not known.
func unknowns(hold config.Hold, k rateKey, since string, before, after monthRate) []pipeline.Concern {
	if hold.NotKnownRisesPercent == 0 || before.cohort == 0 || after.cohort < float64(hold.MinimumCohort) {
		return nil
	}
	change := after.unknown() - before.unknown()
	if change <= hold.NotKnownRisesPercent {
		return nil
	}
	return []pipeline.Concern{{Rule: "not_known_rises", Subject: subject(k), Before: before.unknown(), After: after.unknown(), Change: change,
		Limit: hold.NotKnownRisesPercent, Say: fmt.Sprintf("not known of %s rose from %.1f (%s) to %.1f per cent of the cohort, by %.1f points where %g are allowed",
			subject(k), before.unknown(), since, after.unknown(), change, hold.NotKnownRisesPercent)}}
}

func subject(k rateKey) string { return k.band + " " + k.basis + " " + k.month }
