package placetest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources"
	"nightjar/sources/datasets"
	"nightjar/sources/remote"
)

func nothing(t *testing.T, r *Rig) { r.clean(t) }

func oneList(t *testing.T, r *Rig) {
	l := starters(20, "Engineering\nLevel 3, \"evening\"")
	r.Put(t, file("list.csv"), l)
	a := r.clean(t, file("list.csv"))[0]
	holds(t, a, l)
	if a.Dataset != Datasets[0] || a.Provider != "carmel" || a.DeliveredAt.After(r.Clock.Now()) {
		t.Errorf("delivery %+v", a.Delivery)
	}
}

func twoLists(t *testing.T, r *Rig) {
	one, two := starters(3, "one"), starters(4, "two")
	r.Put(t, file("one.csv"), one)
	r.Put(t, Datasets[1]+"/other/two.csv", two)
	for _, a := range r.clean(t, file("one.csv"), Datasets[1]+"/other/two.csv") {
		if a.Dataset == Datasets[0] {
			holds(t, a, one)
		} else {
			holds(t, a, two)
		}
	}
}

func filter(t *testing.T, r *Rig) {
	r.Put(t, file("one.csv"), starters(1, "one"))
	r.Put(t, Datasets[1]+"/other/two.csv", starters(1, "two"))
	list, issues := r.look(t, Datasets[1])
	if len(issues) > 0 {
		t.Errorf("issues %v", issues)
	}
	want(t, list, Datasets[1]+"/other/two.csv")
	if _, _, err := r.Source(t).Arrivals(t.Context(), []string{"no such dataset"}); !errors.Is(err, pipeline.ErrUsage) {
		t.Errorf("an unknown dataset gives %v", err)
	}
}

func sameBytes(t *testing.T, r *Rig) {
	r.Put(t, file("list.csv"), starters(5, "one"))
	if fresh := r.night(t); len(fresh) != 1 {
		t.Fatalf("the first night takes %v", fresh)
	}
	r.Clock.Advance(24 * time.Hour)
	if list, _ := r.look(t); len(list) != 0 && !r.Again {
		t.Errorf("a quiet night shows %v", list)
	}
	if fresh := r.night(t); len(fresh) != 0 {
		t.Errorf("a quiet night takes %v", fresh)
	}
	r.Put(t, file("list.csv"), starters(5, "one"))
	list, _ := r.look(t)
	want(t, list, file("list.csv")) // shown, so that the run can say that it is skipped
	if fresh := r.night(t); len(fresh) != 0 {
		t.Errorf("the same bytes are taken again: %v", fresh)
	}
	if kept := r.Kept(t); len(kept) != 1 {
		t.Errorf("the same bytes are kept %d times", len(kept))
	}
}

func changed(t *testing.T, r *Rig) {
	r.Put(t, file("list.csv"), starters(5, "one"))
	first := r.night(t)
	r.Clock.Advance(24 * time.Hour)
	l := starters(6, "one")
	r.Put(t, file("list.csv"), l)
	second := r.clean(t, file("list.csv"))
	holds(t, second[0], l)
	if second[0].Key() == first[0].Key() || !second[0].DeliveredAt.After(first[0].DeliveredAt) {
		t.Errorf("the corrected list is %+v", second[0])
	}
	r.night(t)
	if kept := r.Kept(t); len(kept) != 2 {
		t.Errorf("%d lists are kept", len(kept))
	}
}

func names(t *testing.T, r *Rig) {
	var all []string
	for i, n := range []string{"Liste für Oktober (2).csv", "名簿 #1 100%.csv", "list,with;marks&'s.csv", "-rf.csv"} {
		name := Datasets[0] + "/Ysgol Tŷ & co/" + n
		r.Put(t, name, starters(2+i, n))
		all = append(all, name)
	}
	r.clean(t, all...)
	if fresh := r.night(t); len(fresh) != len(all) {
		t.Errorf("%d lists were taken", len(fresh))
	}
}

func growing(t *testing.T, r *Rig) {
	if r.Grow == nil {
		return
	}
	whole := starters(9, "one")
	r.Grow(t, file("list.csv"), whole[:4])
	r.OnWait(func() { r.Grow(t, file("list.csv"), whole) })
	list, issues := r.look(t)
	want(t, list)
	said(t, issues, file("list.csv"), remote.RuleGrowing)
	r.OnWait(func() {})
	r.Clock.Advance(time.Minute)
	holds(t, r.clean(t, file("list.csv"))[0], whole)
}

func vanished(t *testing.T, r *Rig) {
	r.Put(t, file("one.csv"), starters(1, "one"))
	r.Put(t, file("two.csv"), starters(2, "two"))
	gone := func() {
		r.AfterList(func() {})
		r.OnWait(func() {})
		r.Remove(t, file("one.csv"))
	}
	if r.Line == nil {
		r.Grow(t, file("one.csv"), starters(1, "one"))
		r.OnWait(gone)
	} else {
		r.AfterList(gone)
	}
	list, issues := r.look(t)
	want(t, list, file("two.csv"))
	said(t, issues, file("one.csv"), remote.RuleVanished)
}

func deniedList(t *testing.T, r *Rig) {
	r.Put(t, file("one.csv"), starters(1, "one"))
	r.Put(t, file("two.csv"), starters(2, "two"))
	r.Deny(t, file("one.csv"))
	list, issues := r.look(t)
	want(t, list, file("two.csv"))
	said(t, issues, file("one.csv"), remote.RuleDenied)
	r.Allow(t, file("one.csv"))
	r.clean(t, file("one.csv"), file("two.csv"))
}

func restarted(t *testing.T, r *Rig) {
	r.Put(t, file("list.csv"), starters(5, "one"))
	first := r.clean(t, file("list.csv"))[0]
	r.Clock.Advance(time.Hour)
	again := r.clean(t, file("list.csv"))[0]
	if again != first {
		t.Errorf("after a restart the delivery is %+v, before it was %+v", again, first)
	}
	// Killed between the name in the landing folder and the memory of it.
	if err := os.RemoveAll(filepath.Join(r.Landing(), ".memory.json")); err != nil {
		t.Fatal(err)
	}
	if again := r.clean(t, file("list.csv"))[0]; again != first {
		t.Errorf("without memory the delivery is %+v, before it was %+v", again, first)
	}
	if fresh := r.night(t); len(fresh) != 1 {
		t.Errorf("the night takes %v", fresh)
	}
}

func leftovers(t *testing.T, r *Rig) {
	l := starters(5, "one")
	r.Put(t, file("list.csv"), l)
	part := filepath.Join(r.Landing(), ".part")
	if err := os.MkdirAll(part, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{filepath.Join(part, "left"): "half a li", filepath.Join(r.Landing(), ".memory.json"): "{\"lists"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, r.clean(t, file("list.csv"))[0], l)
	if _, err := os.Stat(filepath.Join(part, "left")); err == nil && r.Line != nil {
		t.Error("what a killed run left is still there")
	}
}

func rows(t *testing.T, r *Rig) {
	l := starters(400, "Engineering")
	l[17][2], l[18][2] = "yesterday", "31/02/2005" // no dates of birth
	l = append(l, make([]string, len(l[0])))
	r.Put(t, file("list.csv"), l)
	a := r.clean(t, file("list.csv"))[0]
	loader := sources.NewLoader(sources.LoaderOptions{Datasets: []pipeline.Dataset{onlyTemplate()}, Lake: r.Root, Location: time.UTC})
	rec, err := loader.Load(t.Context(), a, pipeline.NoProgress{})
	if err != nil {
		t.Fatal(err)
	}
	want := pipeline.Counts{Read: 401, Accepted: 398, Quarantined: 2, Blank: 1}
	if rec.Counts != want || !rec.Counts.Balanced() {
		t.Errorf("counts %+v, want %+v", rec.Counts, want)
	}
}

// onlyTemplate is the starters' dataset without the layouts that need
// reference lists.
func onlyTemplate() pipeline.Dataset {
	d := datasets.CollegeStarters()
	d.Layouts = d.Layouts[:1]
	return d
}

func cancelled(t *testing.T, r *Rig) {
	r.Put(t, file("list.csv"), starters(1, "one"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if list, _, err := r.Source(t).Arrivals(ctx, nil); !errors.Is(err, context.Canceled) || len(list) > 0 {
		t.Errorf("Arrivals = %v, %v", list, err)
	}
	r.clean(t, file("list.csv"))
}

// long is a list of more than a megabyte.
func long() List { return starters(12_000, string(bytes.Repeat([]byte("x"), 60))) }

// half is a number of bytes that is reached in the middle of long.
const half = 600 << 10

func brokenOnce(t *testing.T, r *Rig) {
	l := long()
	r.Put(t, file("list.csv"), l)
	r.Line.Cut(half, 1)
	holds(t, r.clean(t, file("list.csv"))[0], l)
}

func brokenForGood(t *testing.T, r *Rig) {
	l := long()
	r.Put(t, file("list.csv"), l)
	r.Line.Cut(half/2, 1000)
	source := r.Source(t)
	list, issues, err := source.Arrivals(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want(t, list)
	said(t, issues, file("list.csv"), remote.RuleDropped)
	if err := missed(t, source); !errors.Is(err, pipeline.ErrNotReady) {
		t.Errorf("worth another attempt: %v", err)
	}
	if left := r.files(t, "landing"); len(left) > 0 {
		t.Errorf("half a list is shown: %v", left)
	}
	r.Line.Cut(0, 0)
	holds(t, r.clean(t, file("list.csv"))[0], l)
}

func unreachable(t *testing.T, r *Rig) {
	l := starters(5, "one")
	r.Put(t, file("list.csv"), l)
	r.clean(t, file("list.csv"))
	r.Line.Down(true)
	source := r.Source(t)
	list, issues, err := source.Arrivals(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want(t, list, file("list.csv")) // it had landed
	holds(t, list[0], l)
	if len(issues) != 1 || issues[0].Hint == "" || !errors.Is(missed(t, source), pipeline.ErrNotReady) {
		t.Errorf("issues %v, missed %v", issues, missed(t, source))
	}
	r.Line.Down(false)
	r.night(t)
	if err := missed(t, r.Source(t)); err != nil {
		t.Errorf("missed %v before any look", err)
	}
}

func tooLarge(t *testing.T, r *Rig) {
	r.Put(t, file("large.csv"), starters(60_000, string(bytes.Repeat([]byte("x"), 60))))
	r.Put(t, file("small.csv"), starters(1, "one"))
	list, issues := r.look(t)
	want(t, list, file("small.csv"))
	said(t, issues, file("large.csv"), remote.RuleTooLarge)
	if sent := r.Line.Sent(); sent > 3*MaxBytes {
		t.Errorf("%d bytes came over the line", sent)
	}
}

func untouched(t *testing.T, r *Rig) {
	l := starters(5, "one")
	r.Put(t, file("list.csv"), l)
	if fresh := r.night(t); len(fresh) != 1 {
		t.Fatalf("the night takes %v", fresh)
	}
	// An installation that knows nothing finds it all there still.
	if err := os.RemoveAll(r.Landing()); err != nil {
		t.Fatal(err)
	}
	holds(t, r.clean(t, file("list.csv"))[0], l)
}

// forgotten is a kill between the archive and the memory of it: the list is
// gone from the landing folder and not noted as taken.
func forgotten(t *testing.T, r *Rig) {
	l := starters(5, "one")
	r.Put(t, file("list.csv"), l)
	a := r.clean(t, file("list.csv"))[0]
	if err := os.Remove(a.Path); err != nil {
		t.Fatal(err)
	}
	holds(t, r.clean(t, file("list.csv"))[0], l)
	if fresh := r.night(t); len(fresh) != 1 {
		t.Errorf("the night takes %v", fresh)
	}
}
