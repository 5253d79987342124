package pipelinetest

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"nightjar/pipeline"
)

// AnyLedger is a ledger in all its parts.
type AnyLedger interface {
	pipeline.FileLedger
	pipeline.RunLedger
	pipeline.SlotLedger
}

var _ AnyLedger = (*Ledger)(nil)

// LedgerSuite runs the behaviours every ledger must show. open returns an
// empty ledger.
func LedgerSuite(t *testing.T, open func(t *testing.T) AnyLedger) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, AnyLedger)
	}{
		{"empty", ledgerEmpty},
		{"first seen stays", ledgerFirstSeen},
		{"first seen by many at once", ledgerFirstSeenRace},
		{"files come back as recorded", ledgerFiles},
		{"a refused file is not known", ledgerRefused},
		{"runs come back as recorded", ledgerRuns},
		{"a killed run is marked", ledgerKilled},
		{"a slot is claimed once", ledgerSlots},
		{"a slot is claimed by one of many", ledgerSlotRace},
		{"ends need a beginning", ledgerEnds},
		{"cancelled", ledgerCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

// noon is a moment with nanoseconds, which must survive.
var noon = time.Date(2021, 10, 31, 12, 0, 0, 123456789, time.UTC)

// SampleFile returns a file record with every field filled, the n-th of its
// kind; records with greater n were delivered later.
func SampleFile(n int) pipeline.FileRecord {
	at := noon.Add(time.Duration(n) * time.Minute)
	return pipeline.FileRecord{
		Snapshot: pipeline.Snapshot{
			Delivery: pipeline.Delivery{
				Dataset: "ucas", Provider: "carmel", Name: fmt.Sprintf("ucas/carmel/list %d.csv", n),
				Hash: fmt.Sprintf("%064x", n), Size: int64(1000 + n),
				DeliveredAt: at, DeliveredOn: pipeline.DateOf(at, time.UTC), Period: "2021/22",
			},
			Layout: "ucas", Relation: "ucas",
			Path: fmt.Sprintf("ucas/%d.parquet", n), Quarantine: fmt.Sprintf("ucas/q%d.parquet", n),
			Counts:    pipeline.Counts{Read: 10, Accepted: 7, Quarantined: 2, Blank: 1},
			MinPeriod: "2021/22", MaxPeriod: "2022/23",
		},
		Status: pipeline.FileLoaded, RunID: "r1", LoadedAt: at.Add(time.Second),
		Notices: []pipeline.Issue{{File: "list.csv", Line: 3, Column: "upn", Rule: "padded", Say: "Padded."}},
	}
}

func ledgerEmpty(t *testing.T, l AnyLedger) {
	ctx := t.Context()
	files, err := l.Files(ctx)
	check(t, err == nil && len(files) == 0, "Files = %v, %v", files, err)
	runs, err := l.Runs(ctx, 0)
	check(t, err == nil && len(runs) == 0, "Runs = %v, %v", runs, err)
	slots, err := l.Slots(ctx, 0)
	check(t, err == nil && len(slots) == 0, "Slots = %v, %v", slots, err)
	_, ok, err := l.Known(ctx, "a/b/c")
	check(t, err == nil && !ok, "Known = %v, %v", ok, err)
}

func ledgerFirstSeen(t *testing.T, l AnyLedger) {
	ctx := t.Context()
	for _, c := range []struct {
		name, hash string
		now, want  time.Time
	}{
		{"a.csv", "h1", noon, noon},
		{"a.csv", "h1", noon.Add(time.Hour), noon},  // later: the first stays
		{"a.csv", "h1", noon.Add(-time.Hour), noon}, // a clock set back: the first stays
		{"a.csv", "h2", noon.Add(time.Hour), noon.Add(time.Hour)},
		{"b.csv", "h1", noon.Add(2 * time.Hour).In(time.FixedZone("x", 3600)), noon.Add(2 * time.Hour)},
	} {
		got, err := l.FirstSeen(ctx, c.name, c.hash, c.now)
		check(t, err == nil && got.Equal(c.want), "FirstSeen(%s, %s) = %v, %v; want %v", c.name, c.hash, got, err, c.want)
		check(t, got.Location() == time.UTC, "FirstSeen is not in UTC: %v", got)
	}
}

func ledgerFirstSeenRace(t *testing.T, l AnyLedger) {
	got := make([]time.Time, 16)
	inParallel(len(got), func(i int) {
		var err error
		got[i], err = l.FirstSeen(t.Context(), "a.csv", "h", noon.Add(time.Duration(i)*time.Second))
		if err != nil {
			t.Errorf("FirstSeen: %v", err)
		}
	})
	for _, g := range got {
		check(t, g.Equal(got[0]), "two callers got two first sightings: %v and %v", got[0], g)
	}
}

func ledgerFiles(t *testing.T, l AnyLedger) {
	ctx := t.Context()
	bare := SampleFile(2)
	bare.Notices, bare.Period, bare.Quarantine = nil, "", ""
	want := []pipeline.FileRecord{SampleFile(1), bare, SampleFile(3)}
	for _, i := range []int{2, 0, 1, 1} { // out of order, one twice
		err := l.RecordFile(ctx, want[i])
		check(t, err == nil, "RecordFile: %v", err)
	}
	got, err := l.Files(ctx)
	check(t, err == nil && reflect.DeepEqual(got, want), "Files = %+v, %v\nwant %+v", got, err, want)
	one, ok, err := l.Known(ctx, bare.Key())
	check(t, ok && err == nil && reflect.DeepEqual(one, bare), "Known = %+v, %v, %v", one, ok, err)
}

func ledgerRefused(t *testing.T, l AnyLedger) {
	ctx := t.Context()
	f := SampleFile(1)
	f.Status, f.Reason = pipeline.FileRefused, "no header"
	check(t, l.RecordFile(ctx, f) == nil, "RecordFile failed")
	_, ok, err := l.Known(ctx, f.Key())
	check(t, !ok && err == nil, "a refused file is known: %v, %v", ok, err)
	f.Status, f.Reason = pipeline.FileLoaded, ""
	check(t, l.RecordFile(ctx, f) == nil, "RecordFile failed")
	_, ok, err = l.Known(ctx, f.Key())
	check(t, ok && err == nil, "a file loaded at last is not known: %v, %v", ok, err)
	files, err := l.Files(ctx)
	check(t, err == nil && len(files) == 1, "the refusal stands beside the load: %v, %v", files, err)
}

func ledgerRuns(t *testing.T, l AnyLedger) {
	ctx := t.Context()
	var want []pipeline.RunRecord
	for i := range 3 {
		r := pipeline.RunRecord{
			RunID: fmt.Sprintf("r%d", i), Trigger: "command", Started: noon.Add(time.Duration(i) * time.Hour),
			Report: pipeline.RunReport{RunID: fmt.Sprintf("r%d", i)},
		}
		check(t, l.BeginRun(ctx, r) == nil, "BeginRun failed")
		r.State, r.Ended, r.ExitCode, r.Reason = pipeline.RunFailed, r.Started.Add(time.Minute), 1, "disk full"
		r.Report = pipeline.RunReport{
			RunID: r.RunID, State: r.State, Took: time.Minute,
			Steps: []pipeline.StepResult{{Step: "build", State: pipeline.StepFailed, Say: "disk full"}},
		}
		check(t, l.EndRun(ctx, r) == nil, "EndRun failed")
		want = append([]pipeline.RunRecord{r}, want...) // newest first
	}
	for _, limit := range []int{0, 2, 9} {
		got, err := l.Runs(ctx, limit)
		n := len(want)
		if limit == 2 {
			n = 2
		}
		check(t, err == nil && reflect.DeepEqual(got, want[:n]), "Runs(%d) = %+v, %v\nwant %+v", limit, got, err, want[:n])
	}
}

func ledgerKilled(t *testing.T, l AnyLedger) {
	ctx := t.Context()
	slot := pipeline.SlotRecord{Job: "nightly", Nominal: "2021-10-31T01:30", Instant: noon, RunID: "dead"}
	other := pipeline.SlotRecord{Job: "nightly", Nominal: "2021-11-01T01:30", Instant: noon.AddDate(0, 0, 1), RunID: "next"}
	for _, s := range []pipeline.SlotRecord{slot, other} {
		ok, err := l.ClaimSlot(ctx, s)
		check(t, ok && err == nil, "ClaimSlot = %v, %v", ok, err)
	}
	for i, id := range []string{"dead", "next"} {
		err := l.BeginRun(ctx, pipeline.RunRecord{RunID: id, Started: noon.Add(time.Duration(i) * time.Hour)})
		check(t, err == nil, "BeginRun: %v", err)
	}
	runs, err := l.Runs(ctx, 0)
	check(t, err == nil && len(runs) == 2, "Runs = %v, %v", runs, err)
	check(t, runs[0].State == pipeline.RunStarted && runs[0].Ended.IsZero(), "the new run is %+v", runs[0])
	dead := runs[1]
	check(t, dead.State == pipeline.RunInterrupted && dead.ExitCode == pipeline.ExitInterrupted && dead.Reason != "" &&
		dead.Ended.Equal(noon.Add(time.Hour)), "the killed run is %+v", dead)
	slots, err := l.Slots(ctx, 0)
	check(t, err == nil && len(slots) == 2, "Slots = %v, %v", slots, err)
	check(t, slots[0].State == pipeline.RunStarted && slots[1].State == pipeline.RunInterrupted, "the slots are %+v", slots)
}

func ledgerSlots(t *testing.T, l AnyLedger) {
	ctx := t.Context()
	s := pipeline.SlotRecord{Job: "nightly", Nominal: "2026-10-25T01:30", Instant: noon}
	for i, want := range []bool{true, false, false} {
		s.Instant = noon.Add(time.Duration(i) * time.Hour) // the second 01:30 of an autumn night
		ok, err := l.ClaimSlot(ctx, s)
		check(t, err == nil && ok == want, "claim %d = %v, %v", i, ok, err)
	}
	s.State, s.RunID, s.Reason = pipeline.RunDone, "r1", "all well"
	check(t, l.EndSlot(ctx, s) == nil, "EndSlot failed")
	ok, err := l.ClaimSlot(ctx, s)
	check(t, err == nil && !ok, "an ended slot was claimed again: %v, %v", ok, err)
	later := pipeline.SlotRecord{Job: "weekly", Nominal: "2026-10-26T01:30", Instant: noon.AddDate(0, 0, 1), State: pipeline.RunStarted}
	ok, err = l.ClaimSlot(ctx, later)
	check(t, err == nil && ok, "another job's slot = %v, %v", ok, err)
	s.Instant = noon
	for limit, want := range map[int][]pipeline.SlotRecord{0: {later, s}, 1: {later}} {
		got, err := l.Slots(ctx, limit)
		check(t, err == nil && reflect.DeepEqual(got, want), "Slots(%d) = %+v, %v\nwant %+v", limit, got, err, want)
	}
}

func ledgerSlotRace(t *testing.T, l AnyLedger) {
	var mu sync.Mutex
	won := 0
	inParallel(16, func(int) {
		ok, err := l.ClaimSlot(t.Context(), pipeline.SlotRecord{Job: "nightly", Nominal: "2021-10-31T01:30", Instant: noon})
		if err != nil {
			t.Errorf("ClaimSlot: %v", err)
		}
		if ok {
			mu.Lock()
			won++
			mu.Unlock()
		}
	})
	check(t, won == 1, "%d callers claimed one slot", won)
}

func ledgerEnds(t *testing.T, l AnyLedger) {
	ctx := t.Context()
	r := pipeline.RunRecord{RunID: "r1", State: pipeline.RunDone, Started: noon, Ended: noon}
	check(t, l.EndRun(ctx, r) != nil, "a run that never began has ended")
	check(t, l.EndSlot(ctx, pipeline.SlotRecord{Job: "j", Nominal: "n"}) != nil, "a slot that was never claimed has ended")
	check(t, l.BeginRun(ctx, r) == nil, "BeginRun failed")
	check(t, l.BeginRun(ctx, r) != nil, "a run began twice")
}

func ledgerCancelled(t *testing.T, l AnyLedger) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.FirstSeen(ctx, "a", "h", noon)
	check(t, err != nil, "FirstSeen went on after the cancel")
	check(t, l.RecordFile(ctx, SampleFile(1)) != nil, "RecordFile went on after the cancel")
	check(t, l.BeginRun(ctx, pipeline.RunRecord{RunID: "r"}) != nil, "BeginRun went on after the cancel")
	files, err := l.Files(t.Context())
	check(t, err == nil && len(files) == 0, "a cancelled record was kept: %v, %v", files, err)
}

// check ends the test when ok is false.
func check(t *testing.T, ok bool, format string, args ...any) {
	t.Helper()
	if !ok {
		t.Fatalf(format, args...)
	}
}

// inParallel calls f(0) … f(n-1), each in its own goroutine, and waits.
func inParallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}
