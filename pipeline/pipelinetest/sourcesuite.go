package pipelinetest

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"nightjar/pipeline"
)

// SourceRig is a source with hands on the place it looks at. Names are
// <dataset>/<provider>/<file>, as in Delivery.Name.
type SourceRig struct {
	Source   pipeline.Source
	Clock    *Clock    // the source's clock
	Datasets [2]string // two datasets that the source knows
	// Put hands in a file that has been whole for long.
	Put func(t *testing.T, name string, body []byte)
	// PutFresh hands in a file of which only waiting can tell whether it is
	// whole. Over a file that is there it writes more, or replaces it.
	PutFresh func(t *testing.T, name string, body []byte)
	// Remove takes a file away behind the source's back.
	Remove func(t *testing.T, name string)
	// Block makes a file that stands there unreadable.
	Block func(t *testing.T, name string)
	// Stands reports whether a file is still handed in.
	Stands func(t *testing.T, name string) bool
	// OnWait has f called whenever the source waits for files to settle. The
	// source must not really wait.
	OnWait func(f func())
	// Kept returns the bodies of all archived files, decompressed.
	Kept func(t *testing.T) [][]byte
}

// SourceSuite runs the behaviours every kind of source must show. rig returns
// a source over an empty place.
func SourceSuite(t *testing.T, rig func(t *testing.T) SourceRig) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, SourceRig)
	}{
		{"empty place", sourceEmpty},
		{"a file becomes an arrival", sourceOne},
		{"looking twice gives the same", sourceTwice},
		{"only the datasets asked for", sourceFilter},
		{"half-written file", sourceHalf},
		{"file replaced while waiting", sourceReplaced},
		{"file vanishes while waiting", sourceVanished},
		{"one wait for all", sourceOneWait},
		{"unreadable file", sourceUnreadable},
		{"same bytes twice", sourceSameBytes},
		{"same name, new bytes", sourceNewBytes},
		{"strange names", sourceNames},
		{"huge count", sourceMany},
		{"large file", sourceLarge},
		{"cancelled", sourceCancelled},
		{"cancelled while waiting", sourceCancelledWaiting},
		{"archive keeps the bytes", sourceArchive},
		{"archive twice", sourceArchiveTwice},
		{"archive what is gone", sourceArchiveGone},
		{"archive what changed", sourceArchiveChanged},
		{"archive all at once", sourceArchiveParallel},
		{"archive cancelled", sourceArchiveCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, rig(t))
		})
	}
}

// file is the name of a file of the first dataset.
func (r SourceRig) file(name string) string { return r.Datasets[0] + "/carmel/" + name }

// look calls Arrivals, which must succeed.
func (r SourceRig) look(t *testing.T, datasets ...string) ([]pipeline.Arrival, []pipeline.Issue) {
	t.Helper()
	list, issues, err := r.Source.Arrivals(t.Context(), datasets)
	check(t, err == nil, "Arrivals: %v", err)
	return list, issues
}

// lookClean calls Arrivals, which must find exactly the named files, in that
// order, and nothing to complain about.
func (r SourceRig) lookClean(t *testing.T, names ...string) []pipeline.Arrival {
	t.Helper()
	list, issues := r.look(t)
	check(t, len(issues) == 0, "issues %v", issues)
	wantNames(t, list, names...)
	return list
}

func wantNames(t *testing.T, list []pipeline.Arrival, names ...string) {
	t.Helper()
	var got []string
	for _, a := range list {
		got = append(got, a.Name)
	}
	ok := len(got) == len(names)
	for i := 0; ok && i < len(names); i++ {
		ok = got[i] == names[i]
	}
	check(t, ok, "arrivals %q, want %q", got, names)
}

// wantIssue fails unless exactly one issue was raised, about that file and
// with a next step.
func wantIssue(t *testing.T, issues []pipeline.Issue, file string) {
	t.Helper()
	check(t, len(issues) == 1, "issues %v, want one about %q", issues, file)
	i := issues[0]
	check(t, i.File == file && i.Rule != "" && i.Say != "" && i.Hint != "", "issue %+v, want one about %q", i, file)
}

// archive archives an arrival, which must succeed.
func (r SourceRig) archive(t *testing.T, list ...pipeline.Arrival) {
	t.Helper()
	for _, a := range list {
		err := r.Source.Archive(t.Context(), a)
		check(t, err == nil, "Archive %s: %v", a.Name, err)
	}
}

// wantKept fails unless the archive holds these bodies, each at least once,
// and no others.
func (r SourceRig) wantKept(t *testing.T, bodies ...string) {
	t.Helper()
	want, got := map[string]bool{}, map[string]bool{}
	for _, b := range bodies {
		want[HashOf([]byte(b))] = true
	}
	for _, b := range r.Kept(t) {
		got[HashOf(b)] = true
		check(t, want[HashOf(b)], "the archive holds %d bytes that nobody handed in", len(b))
	}
	check(t, len(got) == len(want), "the archive holds %d of %d files", len(got), len(want))
}

// HashOf returns the hash that a delivery of body carries.
func HashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
