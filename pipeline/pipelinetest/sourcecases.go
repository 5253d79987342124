package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

func sourceEmpty(t *testing.T, r SourceRig) {
	r.OnWait(func() { t.Error("the source waits for nothing") })
	r.lookClean(t)
}

func sourceOne(t *testing.T, r SourceRig) {
	name := r.file("list.csv")
	r.Put(t, name, []byte("a,b\n1,2\n"))
	a := r.lookClean(t, name)[0]
	now := r.Clock.Now().UTC()
	check(t, a.Dataset == r.Datasets[0] && a.Provider == "carmel", "delivery %+v", a.Delivery)
	check(t, a.Hash == HashOf([]byte("a,b\n1,2\n")) && a.Size == 8, "delivery %+v", a.Delivery)
	check(t, a.DeliveredAt.Sub(now).Abs() < time.Microsecond && a.DeliveredAt.Location() == time.UTC,
		"delivered at %v, first seen at %v", a.DeliveredAt, now)
	check(t, a.Path != "", "the arrival cannot be read anywhere")
}

func sourceTwice(t *testing.T, r SourceRig) {
	r.Put(t, r.file("b.csv"), []byte("b"))
	r.Put(t, r.file("a.csv"), []byte("a"))
	first := r.lookClean(t, r.file("a.csv"), r.file("b.csv"))
	r.Clock.Advance(26 * time.Hour)
	r.Put(t, r.file("0.csv"), []byte("0"))
	second := r.lookClean(t, r.file("a.csv"), r.file("b.csv"), r.file("0.csv"))
	check(t, reflect.DeepEqual(first, second[:2]), "the second look gives %+v, the first gave %+v", second[:2], first)
	check(t, second[2].DeliveredAt.After(first[0].DeliveredAt), "a later file came at %v", second[2].DeliveredAt)
}

func sourceFilter(t *testing.T, r SourceRig) {
	other := r.Datasets[1] + "/carmel/list.csv"
	r.Put(t, r.file("list.csv"), []byte("a"))
	r.Put(t, other, []byte("b"))
	list, issues := r.look(t, r.Datasets[1])
	check(t, len(issues) == 0, "issues %v", issues)
	wantNames(t, list, other)
	_, _, err := r.Source.Arrivals(t.Context(), []string{"no such dataset"})
	check(t, errors.Is(err, pipeline.ErrUsage), "an unknown dataset gives %v", err)
}

func sourceHalf(t *testing.T, r SourceRig) {
	name, whole := r.file("half.csv"), r.file("whole.csv")
	r.PutFresh(t, name, []byte("half of a"))
	r.Put(t, whole, []byte("whole"))
	r.OnWait(func() { r.PutFresh(t, name, []byte("half of a line")) })
	list, issues := r.look(t)
	wantNames(t, list, whole)
	wantIssue(t, issues, name)
	r.OnWait(func() {})
	r.Clock.Advance(time.Second)
	list = r.lookClean(t, whole, name) // first seen whole one second later
	check(t, list[1].Hash == HashOf([]byte("half of a line")), "half of the file was taken")
}

func sourceReplaced(t *testing.T, r SourceRig) {
	name := r.file("list.csv")
	r.PutFresh(t, name, []byte("old"))
	r.OnWait(func() { // the same size, so that size alone does not tell
		r.Remove(t, name)
		r.PutFresh(t, name, []byte("new"))
	})
	list, issues := r.look(t)
	wantNames(t, list)
	wantIssue(t, issues, name)
	r.OnWait(func() {})
	check(t, r.lookClean(t, name)[0].Hash == HashOf([]byte("new")), "the old file was taken")
}

func sourceVanished(t *testing.T, r SourceRig) {
	name := r.file("list.csv")
	r.PutFresh(t, name, []byte("a"))
	r.OnWait(func() { r.Remove(t, name) })
	list, issues := r.look(t)
	wantNames(t, list)
	wantIssue(t, issues, name)
	r.lookClean(t)
}

func sourceOneWait(t *testing.T, r SourceRig) {
	for i := range 20 {
		r.PutFresh(t, r.file(fmt.Sprint(i, ".csv")), []byte{byte(i)})
	}
	waits := 0
	r.OnWait(func() { waits++ })
	list, issues := r.look(t)
	check(t, len(list) == 20 && len(issues) == 0, "%d arrivals, issues %v", len(list), issues)
	check(t, waits == 1, "the source waited %d times", waits)
}

func sourceUnreadable(t *testing.T, r SourceRig) {
	bad, good := r.file("bad.csv"), r.file("good.csv")
	r.Put(t, bad, []byte("a"))
	r.Put(t, good, []byte("b"))
	r.Block(t, bad)
	list, issues := r.look(t)
	wantNames(t, list, good)
	wantIssue(t, issues, bad)
	check(t, r.Stands(t, bad), "the unreadable file is gone")
	err := r.Source.Archive(t.Context(), pipeline.Arrival{
		Delivery: pipeline.Delivery{Dataset: r.Datasets[0], Provider: "carmel", Name: bad, Hash: HashOf([]byte("a")), Size: 1},
		Path:     strings.TrimSuffix(list[0].Path, "good.csv") + "bad.csv",
	})
	check(t, errors.Is(err, pipeline.ErrNotReady), "archiving it gives %v", err)
	check(t, r.Stands(t, bad), "the unreadable file is gone")
}

func sourceSameBytes(t *testing.T, r SourceRig) {
	one, two := r.file("one.csv"), r.file("two.csv")
	r.Put(t, one, []byte("same"))
	r.Put(t, two, []byte("same"))
	list := r.lookClean(t, one, two)
	check(t, list[0].Key() == list[1].Key(), "keys %s and %s", list[0].Key(), list[1].Key())
	r.archive(t, list...)
	check(t, !r.Stands(t, one) && !r.Stands(t, two), "a copy is still handed in")
	check(t, len(r.Kept(t)) == 1, "the same bytes are kept %d times", len(r.Kept(t)))
	r.wantKept(t, "same")
}

func sourceNewBytes(t *testing.T, r SourceRig) {
	name := r.file("list.csv")
	r.Put(t, name, []byte("october"))
	first := r.lookClean(t, name)[0]
	r.archive(t, first)
	r.Clock.Advance(24 * time.Hour)
	r.Put(t, name, []byte("november"))
	second := r.lookClean(t, name)[0]
	check(t, second.Key() != first.Key() && second.DeliveredAt.After(first.DeliveredAt), "the corrected list is %+v", second)
	r.archive(t, second)
	r.wantKept(t, "october", "november")
}

// strangeNames are names as people and their programs make them.
var strangeNames = []string{
	"-rf.csv", "--help", "Liste für Oktober (2).xlsx", "Ysgol Tŷ.csv", "list,with;marks&100%'s.csv",
	"no extension", "trailing dot.", "名簿.csv", "a.csv.csv", "#1 [new] {x}.csv", "$HOME.csv", "a=b?c*d.csv",
	strings.Repeat("x", 240) + ".csv", strings.Repeat("ŵ", 120) + ".csv",
}

func sourceNames(t *testing.T, r SourceRig) {
	var want, bodies []string
	for i, n := range strangeNames {
		body := fmt.Sprint("body ", i)
		r.Put(t, r.file(n), []byte(body))
		want, bodies = append(want, r.file(n)), append(bodies, body)
	}
	slices.Sort(want)
	r.archive(t, r.lookClean(t, want...)...)
	for _, n := range want {
		check(t, !r.Stands(t, n), "%q is still handed in", n)
	}
	r.wantKept(t, bodies...)
}

func sourceMany(t *testing.T, r SourceRig) {
	const n = 1500
	var names []string
	for i := range n {
		name := fmt.Sprintf("%s/provider %d/list %04d.csv", r.Datasets[i%2], i%7, i)
		r.Put(t, name, []byte(name))
		names = append(names, name)
	}
	slices.Sort(names)
	for i, a := range r.lookClean(t, names...) {
		check(t, a.Hash == HashOf([]byte(names[i])), "%s carries the hash of another file", a.Name)
	}
}

func sourceLarge(t *testing.T, r SourceRig) {
	body := make([]byte, 5<<20+17) // more than any buffer, and not a multiple of one
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(body[:len(body)/2]) // never fails; the other half compresses
	r.Put(t, r.file("large.csv"), body)
	a := r.lookClean(t, r.file("large.csv"))[0]
	check(t, a.Hash == HashOf(body) && a.Size == int64(len(body)), "delivery %+v", a.Delivery)
	r.archive(t, a)
	r.wantKept(t, string(body))
}

func sourceCancelled(t *testing.T, r SourceRig) {
	r.Put(t, r.file("list.csv"), []byte("a"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	list, _, err := r.Source.Arrivals(ctx, nil)
	check(t, errors.Is(err, context.Canceled) && len(list) == 0, "Arrivals = %v, %v", list, err)
	r.lookClean(t, r.file("list.csv"))
}

func sourceCancelledWaiting(t *testing.T, r SourceRig) {
	r.PutFresh(t, r.file("list.csv"), []byte("a"))
	ctx, cancel := context.WithCancel(t.Context())
	r.OnWait(cancel)
	list, _, err := r.Source.Arrivals(ctx, nil)
	check(t, errors.Is(err, context.Canceled) && len(list) == 0, "Arrivals = %v, %v", list, err)
}
