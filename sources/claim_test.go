package sources

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSameState changes one thing at a time about a file that was looked at.
func TestSameState(t *testing.T) {
	t.Parallel()
	at := time.Date(2021, 10, 31, 1, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		body string
		at   time.Time
		anew bool // another file under the same name
		same bool
	}{
		{"nothing", "body", at, false, true},
		{"size", "longer body", at, false, false},
		{"time", "body", at.Add(time.Microsecond), false, false},
		{"another file of the same size and time", "body", at, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "list.csv")
			before := writeAt(t, path, "body", at)
			if c.anew { // moved away and not removed, so that its number is not given out again
				if err := os.Rename(path, path+".old"); err != nil {
					t.Fatal(err)
				}
			}
			if after := writeAt(t, path, c.body, c.at); sameState(before, after) != c.same {
				t.Errorf("same state: %v, want %v", !c.same, c.same)
			}
		})
	}
}

func writeAt(t *testing.T, path, body string, at time.Time) os.FileInfo {
	t.Helper()
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}
