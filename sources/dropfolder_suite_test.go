package sources_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/remote/placetest"
)

// TestDropFolderIsAPlace runs the suite of servers and databases over the
// folder that they all end in.
func TestDropFolderIsAPlace(t *testing.T) {
	t.Parallel()
	placetest.Suite(t, func(t *testing.T) *placetest.Rig {
		b := placetest.NewBench(t)
		inbox, blocked := filepath.Join(b.Root, "inbox"), map[string]bool{}
		path := func(name string) string { return filepath.Join(inbox, filepath.FromSlash(name)) }
		put := func(age time.Duration) func(t *testing.T, name string, l placetest.List) {
			return func(t *testing.T, name string, l placetest.List) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(path(name)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path(name), l.CSV(), 0o600); err != nil {
					t.Fatal(err)
				}
				at := b.Clock.Now().Add(-age)
				if err := os.Chtimes(path(name), at, at); err != nil {
					t.Fatal(err)
				}
			}
		}
		return &placetest.Rig{
			Bench: b,
			Source: func(t *testing.T) pipeline.Source {
				d := b.DropFolder(t, inbox, placetest.Settle)
				d.Block(func(path string) bool { return blocked[path] })
				return d
			},
			Put: put(time.Hour), Grow: put(time.Second),
			Remove: func(t *testing.T, name string) {
				if err := os.Remove(path(name)); err != nil {
					t.Fatal(err)
				}
			},
			Deny:  func(_ *testing.T, name string) { blocked[path(name)] = true },
			Allow: func(_ *testing.T, name string) { delete(blocked, path(name)) },
		}
	})
}
