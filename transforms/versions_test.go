package transforms

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"nightjar/pipeline"
)

// states says of each kept run what it is: shown, taken back, damaged.
func states(t *testing.T, p *Publisher) string {
	t.Helper()
	list, err := p.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range list {
		s := v.RunID
		switch {
		case v.Damage != "":
			s += " damaged"
		case v.Current:
			s += " shown"
		case v.RolledBack != nil:
			s += " taken back by " + v.RolledBack.By
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestRollBackAndForth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := states(t, w.publisher()); got != "" {
		t.Errorf("nothing published, and there are %s", got)
	}
	prints := map[string]string{}
	for i, run := range []string{"r1", "r2", "r3"} {
		w.deliver("more", "x"+run, "client_id, ward, weight", "('q"+run+"', 'A', 1)")
		prints[run] = w.night(run).Fingerprint
		if i == 0 {
			if _, err := w.publisher().RollBack(t.Context(), "", "ann", ""); !errors.Is(err, pipeline.ErrUsage) {
				t.Errorf("rolled back from the first: %v", err)
			}
		}
	}
	steps := []struct {
		run, by, shown, states string
		passed                 []string // what the next night must not publish again
	}{
		{"", "ann", "r2", "r3 taken back by ann, r2 shown, r1", []string{"r3"}},
		{"", "ben", "r1", "r3 taken back by ann, r2 taken back by ben, r1 shown", []string{"r2", "r3"}},
		{"r2", "cai", "r2", "r3 taken back by ann, r2 shown, r1", []string{"r3"}},
		{"r3", "dee", "r3", "r3 shown, r2, r1", nil},
		{"", "eve", "r2", "r3 taken back by eve, r2 shown, r1", []string{"r3"}},
	}
	link := filepath.Join(w.dir, "published", "current", "nightjar.duckdb")
	for _, s := range steps {
		pub, err := w.publisher().RollBack(t.Context(), s.run, s.by, "the list was last year's")
		if err != nil {
			t.Fatalf("to %q: %v", s.run, err)
		}
		if got := w.ask(link, "select run_id from meta.build")[0][0]; got != s.shown || pub.RunID != s.shown {
			t.Errorf("to %q: readers see %v, reported %s, want %s", s.run, got, pub.RunID, s.shown)
		}
		if got := states(t, w.publisher()); got != s.states {
			t.Errorf("to %q: %s, want %s", s.run, got, s.states)
		}
		var want []string
		for _, run := range s.passed {
			want = append(want, prints[run])
			if pub.NoNews(prints[run]) == "" {
				t.Errorf("to %q: the next night would publish %s again", s.run, run)
			}
		}
		if !reflect.DeepEqual(pub.PassedOver, want) {
			t.Errorf("to %q: passed over %v, want %v", s.run, pub.PassedOver, want)
		}
	}
	// One more list is news; the rollback is over, and the rejected result is
	// not what the next rollback shows.
	w.deliver("more", "x4", "client_id, ward, weight", "('q4', 'B', 1)")
	pub := w.night("r4")
	if pub.PassedOver != nil || pub.NoNews(prints["r3"]) != "" {
		t.Errorf("after news the rollback goes on: %+v", pub)
	}
	if pub, err := w.publisher().RollBack(t.Context(), "", "fay", ""); err != nil || pub.RunID != "r2" {
		t.Errorf("rolled back to %s, %v, want r2", pub.RunID, err)
	}
}

func TestRollBackRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, run := range []string{"r1", "r2"} {
		w.night(run)
	}
	old := filepath.Join(w.dir, "published", "r1", "nightjar.duckdb")
	w.must(os.Chmod(old, 0o600))
	body, err := os.ReadFile(old)
	w.must(err)
	body[len(body)/2] ^= 1 // the size stays
	w.must(os.WriteFile(old, body, 0o600))
	for run, want := range map[string]string{
		"":   "r1 cannot be shown again: nightjar.duckdb is not what was published",
		"r2": "readers see run r2 already",
		"r9": "no publication of run r9",
		"..": "no publication of run ..",
	} {
		if _, err := w.publisher().RollBack(t.Context(), run, "ann", ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("to %q: %v, want %s", run, err, want)
		}
	}
	if got := states(t, w.publisher()); got != "r2 shown, r1" {
		t.Errorf("a refused rollback left %s", got)
	}
	w.must(os.Truncate(old, 10))
	if _, err := w.publisher().RollBack(t.Context(), "", "ann", ""); err == nil || !strings.Contains(err.Error(), "no earlier publication") {
		t.Errorf("a damaged publication was chosen: %v", err)
	}
}

// A rollback that is killed between its note and the switch leaves readers,
// and the next night, as they were.
func TestKilledRollBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, run := range []string{"r1", "r2"} {
		w.deliver("more", "x"+run, "client_id, ward, weight", "('q"+run+"', 'A', 1)")
		w.night(run)
	}
	_, err := w.publisher().RollBack(t.Context(), "", "ann", "")
	w.must(err)
	root := filepath.Join(w.dir, "published")
	w.must(switchTo(root, "r2", -1)) // as if it had not come to the switch
	pub, ok, err := w.publisher().Current(t.Context())
	if err != nil || !ok || pub.RunID != "r2" || pub.PassedOver != nil {
		t.Errorf("%+v %v %v", pub, ok, err)
	}
	w.must(os.WriteFile(filepath.Join(root, rollbackFile), []byte("{"), 0o600))
	if _, _, err := w.publisher().Current(t.Context()); err == nil || !strings.Contains(err.Error(), "roll back again") {
		t.Errorf("a damaged note is not reported: %v", err)
	}
	if pub, err := w.publisher().RollBack(t.Context(), "r1", "ann", ""); err != nil || pub.RunID != "r1" || len(pub.PassedOver) != 1 {
		t.Errorf("a damaged note is not replaced: %+v %v", pub, err)
	}
}
