package placetest

import (
	"bytes"
	"context"
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"nightjar/pipeline/pipelinetest"
	"nightjar/sources"
	"nightjar/sources/remote"
)

// Settle is the settling time of every place of the suite.
const Settle = 10 * time.Second

// MaxBytes is the largest list that a place of the suite takes.
const MaxBytes = 4 << 20

// Datasets are those that a place of the suite knows.
var Datasets = []string{"college_starters", "ucas"}

// List is a list before it has a form.
type List [][]string

// CSV writes the list as a file.
func (l List) CSV() []byte {
	var b bytes.Buffer
	_ = csv.NewWriter(&b).WriteAll(l) // a buffer takes everything
	return b.Bytes()
}

// Bench is an installation's side of a place: landing folder, archive, ledger
// and a clock. Its waits take no time.
type Bench struct {
	Root   string
	Clock  *pipelinetest.Clock
	Ledger *pipelinetest.Ledger

	mu        sync.Mutex
	onWait    func()
	afterList func()
}

// NewBench makes one in a temporary folder.
func NewBench(t *testing.T) *Bench {
	t.Helper()
	b := &Bench{
		Root: t.TempDir(), Clock: pipelinetest.NewClock(time.Date(2021, 10, 30, 23, 30, 0, 0, time.UTC)), Ledger: pipelinetest.NewLedger(),
		onWait: func() {}, afterList: func() {},
	}
	return b
}

// Landing is where lists land.
func (b *Bench) Landing() string { return filepath.Join(b.Root, "landing") }

// OnWait has f called when the place waits for lists to settle.
func (b *Bench) OnWait(f func()) { b.set(&b.onWait, f) }

// AfterList has f called when the place has seen what is on offer, before it
// reads any of it.
func (b *Bench) AfterList(f func()) { b.set(&b.afterList, f) }

func (b *Bench) set(hook *func(), f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*hook = f
}

func (b *Bench) call(hook *func()) {
	b.mu.Lock()
	f := *hook
	b.mu.Unlock()
	f()
}

// Wait is a pause that takes no time. Pauses between attempts call no hook.
func (b *Bench) Wait(ctx context.Context, d time.Duration) error {
	if d == Settle {
		b.call(&b.onWait)
	}
	return ctx.Err()
}

// DropFolder returns a drop folder over a folder of the bench.
func (b *Bench) DropFolder(t *testing.T, folder string, settle time.Duration) *sources.DropFolder {
	t.Helper()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := sources.NewDropFolder(sources.DropFolderOptions{
		Inbox: folder, Archive: filepath.Join(b.Root, "archive"), Datasets: Datasets, Settle: settle,
		Location: london, Clock: b.Clock, Ledger: b.Ledger, Wait: b.Wait,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Place returns a place over the bench's folders, as after a restart.
func (b *Bench) Place(t *testing.T, r remote.Remote) *remote.Place {
	t.Helper()
	p, err := remote.NewPlace(remote.Options{
		Remote: spy{r, b}, Folder: b.Landing(), Landed: b.DropFolder(t, b.Landing(), 0), Ledger: b.Ledger,
		Datasets: Datasets, MaxBytes: MaxBytes, Settle: Settle, Clock: b.Clock, Wait: b.Wait,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Kept returns what the archive holds, decompressed.
func (b *Bench) Kept(t *testing.T) [][]byte {
	t.Helper()
	dec, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Close()
	var out [][]byte
	for _, path := range b.files(t, "archive") {
		packed, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := dec.DecodeAll(packed, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, plain)
	}
	return out
}

// files returns every file below a folder of the bench, without those whose
// names begin with a dot.
func (b *Bench) files(t *testing.T, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(b.Root, folder), func(path string, e fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && !e.IsDir() && e.Name()[0] != '.' {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// spy calls the bench between looking and reading.
type spy struct {
	remote.Remote
	bench *Bench
}

// Open implements remote.Remote.
func (s spy) Open(ctx context.Context) (remote.Session, error) {
	session, err := s.Remote.Open(ctx)
	if err != nil {
		return nil, err
	}
	return spying{session, s.bench}, nil
}

type spying struct {
	remote.Session
	bench *Bench
}

// Fetch implements remote.Session.
func (s spying) Fetch(ctx context.Context, o remote.Offer, last string, dst *remote.Sink) (remote.Receipt, error) {
	s.bench.call(&s.bench.afterList)
	return s.Session.Fetch(ctx, o, last, dst)
}
