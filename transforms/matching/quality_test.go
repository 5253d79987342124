package matching

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

// thorough asks for several seeds, larger caseloads and the curve; make
// bench-match sets it.
func thorough() bool { return os.Getenv("NIGHTJAR_BENCH_MATCH") != "" }

func measured(t testing.TB, w *world, o Options) (Quality, Result) {
	t.Helper()
	m := matcher(t, o)
	r, err := m.Match(t.Context(), w.people, w.rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Measure(r, w.truth), r
}

// The promise: agreed faults, 30,000 people, several seeds.
func TestAgreedFaults(t *testing.T) {
	t.Parallel()
	seeds, size := []uint64{1}, 12000
	if thorough() {
		seeds, size = []uint64{1, 2, 3, 4}, 30000
	}
	for _, seed := range seeds {
		w := newWorld(t, seed, size, size, agreedFaults)
		begin := time.Now()
		q, r := measured(t, w, DefaultOptions())
		t.Logf("seed %d, %v: %s", seed, time.Since(begin).Round(time.Millisecond), q)
		if q.Precision() < 0.999 || q.Recall() < 0.97 || q.ReviewShare() > 0.02 || q.Reached() < 0.995 {
			t.Errorf("seed %d: below the promise", seed)
		}
		if os.Getenv("NIGHTJAR_DUMP") != "" {
			dumpKinds(w, r)
		}
	}
}

// Lists that are much worse than agreed keep the precision; the rest goes to
// review.
func TestHardFaults(t *testing.T) {
	t.Parallel()
	seeds := []uint64{9}
	if thorough() {
		seeds = []uint64{9, 10, 11, 12}
	}
	for _, seed := range seeds {
		w := newWorld(t, seed, 12000, 12000, hardFaults)
		q, r := measured(t, w, DefaultOptions())
		t.Logf("seed %d: %s", seed, q)
		if q.Precision() < 0.999 || q.Recall() < 0.95 || q.Reached() < 0.99 {
			t.Errorf("seed %d: a hard list is matched too badly", seed)
		}
		if os.Getenv("NIGHTJAR_DUMP") != "" {
			dumpKinds(w, r)
		}
	}
}

// The curve says what another accept threshold would cost.
func TestCurve(t *testing.T) {
	if !thorough() {
		t.Skip("part of make bench-match")
	}
	const size = 30000
	seeds := []uint64{5, 6, 7, 8}
	for _, c := range []struct {
		name string
		f    faults
	}{{"agreed faults", agreedFaults}, {"hard faults", hardFaults}} {
		var worlds []*world
		for _, seed := range seeds {
			worlds = append(worlds, newWorld(t, seed, size, size, c.f))
		}
		fmt.Printf("%s, seeds %v, %d lines each\naccept  exact  precision    recall  review  linked or in review   wrong\n", c.name, seeds, size)
		for _, accept := range []float64{0, 2, 4, 6, 8, 10, 12} {
			o := DefaultOptions()
			o.Accept, o.AcceptExact = accept, max(0, accept-3)
			var all Quality
			for _, w := range worlds {
				q, _ := measured(t, w, o)
				all = all.with(q)
			}
			fmt.Printf("%6.0f %6.0f  %8.4f %%  %6.2f %%  %4.2f %%  %6.2f %%  %18d\n", o.Accept, o.AcceptExact,
				100*all.Precision(), 100*all.Recall(), 100*all.ReviewShare(), 100*all.Reached(), all.Linked-all.Right)
		}
	}
}

// with adds up two measurements.
func (q Quality) with(o Quality) Quality {
	return Quality{
		Rows: q.Rows + o.Rows, True: q.True + o.True, Linked: q.Linked + o.Linked, Right: q.Right + o.Right,
		Review: q.Review + o.Review, Caught: q.Caught + o.Caught,
	}
}

func dumpKinds(w *world, r Result) {
	count := map[string]int{}
	for i, l := range r.Links {
		kind := "right " + string(l.Rule)
		switch {
		case l.Outcome == Linked && l.PersonID != w.truth[i]:
			kind = "WRONG " + string(l.Rule)
		case l.Outcome == ToReview && w.truth[i] == "":
			kind = "review stranger: " + l.Reason
		case l.Outcome == ToReview:
			kind = "review: " + l.Reason
		case l.Outcome == Unmatched && w.truth[i] != "":
			kind = "LOST"
		case l.Outcome == Unmatched:
			kind = "right unmatched"
		}
		count[kind]++
	}
	for k, n := range count {
		fmt.Println(n, k)
	}
}

// BenchmarkMatch shows that the cost of a row stays the same as the caseload
// grows.
func BenchmarkMatch(b *testing.B) {
	sizes := []int{30000, 120000}
	if thorough() {
		sizes = append(sizes, 300000, 1200000)
	}
	for _, size := range sizes {
		b.Run(fmt.Sprintf("people=%d", size), func(b *testing.B) {
			w := newWorld(b, 6, size, size, agreedFaults)
			m := matcher(b, DefaultOptions())
			begin := processorTime(b)
			for b.Loop() {
				if _, err := m.Match(b.Context(), w.people, w.rows, nil); err != nil {
					b.Fatal(err)
				}
			}
			rows := float64(b.N) * float64(size)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/rows, "ns/row")
			b.ReportMetric(float64((processorTime(b)-begin).Nanoseconds())/rows, "cpu-ns/row")
		})
	}
}

// processorTime is what this process has used of all processors, which other
// work on the machine does not change.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
