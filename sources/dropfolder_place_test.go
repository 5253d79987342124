package sources

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"nightjar/pipeline"
	"nightjar/pipeline/pipelinetest"
)

// place is a drop folder in a temporary folder, with a clock that stands still
// and waits that take no time.
type place struct {
	*DropFolder
	clock   *pipelinetest.Clock
	onWait  func()
	blocked map[string]bool // paths that may not be opened
	stamps  atomic.Int64    // makes every file time different, whatever the disk's clock ticks
}

const settleTime = 10 * time.Second

// evening is a moment whose Europe/London day is not its UTC day.
var evening = time.Date(2021, 10, 30, 23, 30, 0, 123456789, time.UTC)

func london(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func newPlace(t testing.TB) *place {
	t.Helper()
	root := t.TempDir()
	p := &place{clock: pipelinetest.NewClock(evening), onWait: func() {}, blocked: map[string]bool{}}
	var err error
	p.DropFolder, err = NewDropFolder(DropFolderOptions{
		Inbox: filepath.Join(root, "in box"), Archive: filepath.Join(root, "archive"),
		Datasets: []string{"ucas", "caseload"}, Settle: settleTime,
		Location: london(t), Clock: p.clock, Ledger: pipelinetest.NewLedger(),
		Wait: func(ctx context.Context, d time.Duration) error {
			if d != settleTime {
				t.Errorf("waits for %v", d)
			}
			p.onWait()
			return ctx.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.open = func(path string) (*os.File, error) {
		if p.blocked[path] {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
		}
		return openRegular(path)
	}
	if err := os.Mkdir(p.opt.Inbox, 0o700); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) path(name string) string { return filepath.Join(p.opt.Inbox, filepath.FromSlash(name)) }

// put writes a file that was last changed that long ago.
func (p *place) put(t testing.TB, name, body string, age time.Duration) {
	t.Helper()
	path := p.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	at := p.clock.Now().Add(-age + time.Duration(p.stamps.Add(1))*time.Microsecond)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// old writes a file that has settled, young one that may still grow.
func (p *place) old(t testing.TB, name, body string)   { t.Helper(); p.put(t, name, body, time.Hour) }
func (p *place) young(t testing.TB, name, body string) { t.Helper(); p.put(t, name, body, time.Second) }

func (p *place) stands(name string) bool {
	_, err := os.Lstat(p.path(name))
	return err == nil
}

func (p *place) look(t testing.TB) ([]pipeline.Arrival, []pipeline.Issue) {
	t.Helper()
	list, issues, err := p.Arrivals(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return list, issues
}

// kept decompresses everything in the archive, by its path there.
func (p *place) kept(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	dec, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Close()
	err = filepath.WalkDir(p.opt.Archive, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && e.IsDir() {
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(p.opt.Archive, path) // below it by construction
		out[filepath.ToSlash(rel)], err = dec.DecodeAll(body, []byte{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDropFolderIsASource(t *testing.T) {
	t.Parallel()
	pipelinetest.SourceSuite(t, func(t *testing.T) pipelinetest.SourceRig {
		p := newPlace(t)
		return pipelinetest.SourceRig{
			Source: p.DropFolder, Clock: p.clock, Datasets: [2]string{"caseload", "ucas"},
			Put:      func(t *testing.T, name string, body []byte) { p.old(t, name, string(body)) },
			PutFresh: func(t *testing.T, name string, body []byte) { p.young(t, name, string(body)) },
			Remove: func(t *testing.T, name string) {
				if err := os.Remove(p.path(name)); err != nil {
					t.Error(err)
				}
			},
			Block:  func(_ *testing.T, name string) { p.blocked[p.path(name)] = true },
			Stands: func(_ *testing.T, name string) bool { return p.stands(name) },
			OnWait: func(f func()) { p.onWait = f },
			Kept: func(t *testing.T) [][]byte {
				var list [][]byte
				for _, body := range p.kept(t) {
					list = append(list, body)
				}
				return list
			},
		}
	})
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
