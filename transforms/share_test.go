package transforms

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pointed returns the run that a reader of the share opens, after comparing
// every file with its digest, as a careful reader would.
func pointed(t *testing.T, share string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(share, "current.txt"))
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	folder := filepath.Join(share, lines[0])
	d, err := digest(folder, "build.json")
	if err != nil || lines[1] != "sha256:"+d.SHA256 {
		t.Fatalf("pointer %q, manifest %v, %v", text, d, err)
	}
	if err := intact(folder); err != nil {
		t.Fatal(err)
	}
	return lines[0]
}

// TestAShareFollows publishes, breaks copies off at every place, rolls back and
// prunes. Readers of the share see a whole result at every moment.
func TestAShareFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	runs := []string{"20221102T010000.000Z", "20221103T010000.000Z", "20221104T010000.000Z"}
	o := ShareOptions{Published: filepath.Join(w.dir, "published"), Share: filepath.Join(w.dir, "share"), Keep: 2}
	follow := func(want bool) {
		t.Helper()
		if copied, err := CopyToShare(t.Context(), o); err != nil || copied != want {
			t.Fatalf("copied %v, %v, want %v", copied, err, want)
		}
	}
	follow(false) // nothing is published
	w.night(runs[0])
	if _, err := CopyToShare(t.Context(), o); err == nil || !strings.Contains(err.Error(), "publish.share") {
		t.Errorf("a share that is not mounted: %v", err)
	}
	w.must(os.Mkdir(o.Share, 0o750))
	follow(true)
	follow(false)
	if got := pointed(t, o.Share); got != runs[0] {
		t.Errorf("readers open %s", got)
	}

	// Broken off while it copies, by a full or failing disk, and between copy
	// and pointer.
	w.deliver("more", "x1", "client_id, ward, weight", "('q1', 'A', 1)")
	w.night(runs[1])
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := CopyToShare(gone, o); err == nil || pointed(t, o.Share) != runs[0] {
		t.Errorf("cancelled: %v, readers open %s", err, pointed(t, o.Share))
	}
	half := filepath.Join(o.Share, "."+runs[1]+".tmp")
	w.must(os.MkdirAll(half, 0o750))
	w.must(os.WriteFile(filepath.Join(half, "nightjar.duckdb"), []byte("half"), 0o600))
	block := filepath.Join(o.Share, ".current.txt.tmp", "x")
	w.must(os.MkdirAll(block, 0o750))
	if _, err := CopyToShare(t.Context(), o); err == nil || pointed(t, o.Share) != runs[0] {
		t.Errorf("no pointer can be written: %v, readers open %s", err, pointed(t, o.Share))
	}
	w.must(os.RemoveAll(filepath.Dir(block)))
	follow(true)
	if got := pointed(t, o.Share); got != runs[1] {
		t.Errorf("readers open %s", got)
	}

	// A copy that was spoilt is made anew.
	w.must(os.Truncate(filepath.Join(o.Share, runs[1], "nightjar.duckdb"), 5))
	follow(true)
	pointed(t, o.Share)

	w.deliver("more", "x2", "client_id, ward, weight", "('q2', 'B', 1)")
	w.night(runs[2])
	w.must(os.Mkdir(filepath.Join(o.Share, "."+runs[0]+".tmp"), 0o750))
	w.must(os.WriteFile(filepath.Join(o.Share, "notes.docx"), nil, 0o600))
	follow(true)
	_, err := w.publisher().RollBack(t.Context(), "", "ann", "")
	w.must(err)
	follow(true)
	if got := pointed(t, o.Share); got != runs[1] {
		t.Errorf("after a rollback readers open %s", got)
	}
	for name, want := range map[string]bool{runs[0]: false, "." + runs[0] + ".tmp": false, runs[1]: true, runs[2]: true, "notes.docx": true} {
		if _, err := os.Lstat(filepath.Join(o.Share, name)); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %v", name, err, want)
		}
	}
}
