package sources

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"nightjar/pipeline"
)

func TestNewDropFolderRefusesOptions(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*DropFolderOptions){
		"inbox":                func(o *DropFolderOptions) { o.Inbox = "" },
		"archive":              func(o *DropFolderOptions) { o.Archive = "" },
		"lies in the inbox":    func(o *DropFolderOptions) { o.Archive = filepath.Join(o.Inbox, "..", "in box", "done") },
		"same folder is in it": func(o *DropFolderOptions) { o.Archive = o.Inbox },
		"lies in the archive":  func(o *DropFolderOptions) { o.Inbox = filepath.Join(o.Archive, "in") },
		"datasets":             func(o *DropFolderOptions) { o.Datasets = nil },
		"settling time":        func(o *DropFolderOptions) { o.Settle = -1 },
		"zone":                 func(o *DropFolderOptions) { o.Location = nil },
		"ledger":               func(o *DropFolderOptions) { o.Ledger = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newPlace(t).opt
			spoil(&o)
			if _, err := NewDropFolder(o); !errors.Is(err, pipeline.ErrUsage) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestInboxBesideArchiveIsFine(t *testing.T) {
	t.Parallel()
	o := newPlace(t).opt
	o.Archive = o.Inbox + "-archive" // shares the beginning of its name only
	if _, err := NewDropFolder(o); err != nil {
		t.Error(err)
	}
}

func TestMissingInboxIsNoQuietNight(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if err := os.Remove(p.opt.Inbox); err != nil {
		t.Fatal(err)
	}
	_, _, err := p.Arrivals(t.Context(), nil)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "mount") {
		t.Errorf("error %v", err)
	}
}

// TestWhatIsNotTaken puts one thing into the inbox and says which issue, if
// any, it must raise.
func TestWhatIsNotTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, rule string }{
		{"hidden file", "ucas/carmel/.list.csv", ""},
		{"hidden folder", "ucas/.trash/list.csv", ""},
		{"hidden dataset", ".snapshots/carmel/list.csv", ""},
		{"lock file", "ucas/carmel/~$list.xlsx", ""},
		{"temporary", "ucas/carmel/list.csv.TMP", ""},
		{"part", "ucas/carmel/list.csv.part", ""},
		{"download", "ucas/carmel/list.crdownload", ""},
		{"thumbnails", "ucas/carmel/Thumbs.db", ""},
		{"desktop", "ucas/carmel/Desktop.ini", ""},
		{"marker alone", "ucas/carmel/list.csv.done", ""},
		{"unknown dataset", "ukas/carmel/list.csv", ruleDataset},
		{"other capitals", "UCAS/carmel/list.csv", ruleDataset},
		{"no provider", "ucas/list.csv", ruleProvider},
		{"no dataset", "list.csv", ruleDataset},
		{"manifest by another name", "Manifest.csv", ruleDataset},
		{"line break", "ucas/carmel/li\nst.csv", ruleBadName},
		{"not text", "ucas/carmel/li\xffst.csv", ruleBadName},
		{"not text, no dataset", "li\xffst.csv", ruleDataset},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.old(t, c.file, "a")
			list, issues := p.look(t)
			if len(list) != 0 {
				t.Errorf("taken: %+v", list)
			}
			wantRule(t, issues, c.rule)
			if !p.stands(c.file) {
				t.Error("it is gone")
			}
		})
	}
}

// wantRule fails unless there is exactly one issue of that rule, or none for
// an empty rule.
func wantRule(t *testing.T, issues []pipeline.Issue, rule string) {
	t.Helper()
	if rule == "" {
		if len(issues) > 0 {
			t.Errorf("issues %v", issues)
		}
		return
	}
	if len(issues) != 1 || issues[0].Rule != rule || issues[0].Hint == "" {
		t.Errorf("issues %+v, want one of rule %s", issues, rule)
	}
}

func TestUnknownDatasetSaysWhichExist(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.old(t, "ukas/carmel/a.csv", "a")
	p.old(t, "ukas/carmel/b.csv", "b")
	if err := os.MkdirAll(p.path("empty/folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, issues := p.look(t)
	if len(issues) != 1 || !strings.Contains(issues[0].Say, "2 file") || !strings.Contains(issues[0].Hint, "ucas, caseload") {
		t.Errorf("issues %v", issues)
	}
}

func TestLinksAndPipesAreReported(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.old(t, "ucas/carmel/real.csv", "a")
	for _, link := range []string{"ucas/carmel/link.csv", "ucas/linked", "caseload", "loose"} {
		if err := os.Symlink(p.path("ucas/carmel"), p.path(link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(p.path("ucas/carmel/pipe.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, issues := p.look(t)
	if len(list) != 1 || len(issues) != 5 {
		t.Fatalf("arrivals %v, issues %v", list, issues)
	}
	for _, i := range issues {
		if i.Rule != ruleNotAFile {
			t.Errorf("issue %+v", i)
		}
	}
}

// TestOpenRegular opens what a scan took for a file and what was put in its
// place since.
func TestOpenRegular(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, link, pipe := filepath.Join(folder, "f"), filepath.Join(folder, "l"), filepath.Join(folder, "p")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(file, link), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		file: nil, link: errNotRegular, pipe: errNotRegular, folder: errNotRegular,
		filepath.Join(folder, "none"): fs.ErrNotExist,
	} {
		f, err := openRegular(path)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
		if err == nil {
			_ = f.Close()
		}
	}
}

func TestDoneMarkerSkipsTheWait(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.onWait = func() { t.Error("waited in spite of the marker") }
	p.young(t, "ucas/carmel/list.csv", "a")
	p.young(t, "ucas/carmel/list.csv.done", "")
	list, issues := p.look(t)
	if len(list) != 1 || len(issues) != 0 {
		t.Fatalf("arrivals %v, issues %v", list, issues)
	}
	if err := p.Archive(t.Context(), list[0]); err != nil {
		t.Fatal(err)
	}
	if p.stands("ucas/carmel/list.csv") || p.stands("ucas/carmel/list.csv.done") {
		t.Error("file or marker is still there")
	}
}

func TestMarkerLeftBehindIsRemoved(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.old(t, "ucas/carmel/list.csv", "a")
	list, _ := p.look(t)
	if err := os.Rename(p.path("ucas/carmel/list.csv"), p.path("ucas/carmel/list.csv.done")); err != nil {
		t.Fatal(err)
	}
	if err := p.Archive(t.Context(), list[0]); err != nil {
		t.Fatal(err)
	}
	if p.stands("ucas/carmel/list.csv.done") {
		t.Error("the marker would vouch for the next file of that name")
	}
}

func TestSettling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		age   time.Duration
		waits bool
	}{
		{"just written", 0, true},
		{"a moment before settled", settleTime - time.Millisecond, true},
		{"settled", settleTime + time.Millisecond, false},
		{"from the future", -time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			waited := false
			p.onWait = func() { waited = true }
			p.put(t, "ucas/carmel/list.csv", "a", c.age)
			if list, issues := p.look(t); len(list) != 1 || len(issues) != 0 {
				t.Errorf("arrivals %v, issues %v", list, issues)
			}
			if waited != c.waits {
				t.Errorf("waited: %v", waited)
			}
		})
	}
}

func TestNoSettlingTrustsEveryFile(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.opt.Settle = 0
	p.put(t, "ucas/carmel/list.csv", "a", -time.Hour)
	if list, issues := p.look(t); len(list) != 1 || len(issues) != 0 {
		t.Errorf("arrivals %v, issues %v", list, issues)
	}
}

// TestChangedAfterTheLastLook changes a file between the scan and the hash.
func TestChangedAfterTheLastLook(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.old(t, "ucas/carmel/list.csv", "a")
	inner := p.open
	p.open = func(path string) (*os.File, error) {
		p.old(t, "ucas/carmel/list.csv", "b")
		return inner(path)
	}
	list, issues := p.look(t)
	if len(list) != 0 {
		t.Errorf("taken: %v", list)
	}
	wantRule(t, issues, ruleGrowing)
}

func TestDeepFoldersBelongToTheProvider(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.old(t, "ucas/carmel/2021/autumn/list.csv", "a")
	list, issues := p.look(t)
	if len(list) != 1 || len(issues) != 0 || list[0].Provider != "carmel" || list[0].Name != "ucas/carmel/2021/autumn/list.csv" {
		t.Errorf("arrivals %+v, issues %v", list, issues)
	}
}

func TestDeliveredOnIsTheLondonDay(t *testing.T) {
	t.Parallel()
	p := newPlace(t) // 23:30 UTC on 30 October is half past midnight in London
	p.old(t, "ucas/carmel/list.csv", "a")
	list, _ := p.look(t)
	if got := list[0].DeliveredOn.String(); got != "2021-10-31" {
		t.Errorf("delivered on %s", got)
	}
	if want := evening.Truncate(time.Microsecond); !list[0].DeliveredAt.Equal(want) {
		t.Errorf("delivered at %v, want %v", list[0].DeliveredAt, want)
	}
}

// TestUnreadableFolder needs the system to refuse a folder, which it does not
// do for root; the error itself is tested beside it for everybody.
func TestUnreadableFolder(t *testing.T) {
	t.Parallel()
	i := unreadable("ucas/carmel", &fs.PathError{Op: "open", Path: "/x/y", Err: fs.ErrPermission})
	if i.Rule != ruleUnreadable || strings.Contains(i.String(), "/x/y") {
		t.Errorf("issue %v", i)
	}
	if i := unreadable("a", &fs.PathError{Op: "read", Path: "/x/y", Err: syscall.EIO}); !strings.Contains(i.Say, "input/output") {
		t.Errorf("issue %v", i)
	}
	if os.Geteuid() == 0 {
		t.Skip("root reads every folder")
	}
	p := newPlace(t)
	p.old(t, "ucas/carmel/list.csv", "a")
	p.old(t, "ucas/other/list.csv", "b")
	if err := os.Chmod(p.path("ucas/carmel"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(p.path("ucas/carmel"), 0o700) }) // so that it can be removed
	list, issues := p.look(t)
	wantRule(t, issues, ruleUnreadable)
	if len(list) != 1 {
		t.Errorf("arrivals %v", list)
	}
}

func TestLedgerErrorEndsTheLook(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.opt.Ledger = brokenLedger{p.opt.Ledger}
	p.old(t, "ucas/carmel/list.csv", "a")
	if _, _, err := p.Arrivals(t.Context(), nil); !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
}

var errBroken = errors.New("the disk is full")

type brokenLedger struct{ pipeline.FileLedger }

func (brokenLedger) FirstSeen(context.Context, string, string, time.Time) (time.Time, error) {
	return time.Time{}, errBroken
}

// TestNothingKeepsRunning is not parallel, so that only its own goroutines
// count.
func TestNothingKeepsRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	p := newPlace(t)
	names := []string{"a.csv", "b.csv", "c.csv"}
	for _, n := range names {
		p.young(t, "ucas/carmel/"+n, n)
	}
	list, _ := p.look(t)
	for _, a := range list {
		if err := p.Archive(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	p.old(t, "ucas/carmel/d.csv", "d")
	p.onWait = cancel
	p.young(t, "ucas/carmel/e.csv", "e")
	if _, _, err := p.Arrivals(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	goleak.VerifyNone(t, before)
}

func TestPause(t *testing.T) {
	t.Parallel()
	if err := pause(t.Context(), 0); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pause(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
