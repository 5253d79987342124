package sources

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"nightjar/pipeline"
	"nightjar/pipeline/pipelinetest"
)

// archiveOne puts a list into the inbox and archives it.
func archiveOne(t *testing.T, p *place, name, body string) pipeline.Arrival {
	t.Helper()
	p.old(t, name, body)
	list, _ := p.look(t)
	for _, a := range list {
		if a.Name == name {
			if err := p.Archive(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			return a
		}
	}
	t.Fatalf("%s did not arrive", name)
	return pipeline.Arrival{}
}

func TestArchiveNamesAndModes(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	a := archiveOne(t, p, "ucas/carmel/2021/list one.csv", "body")
	want := "ucas/carmel/20211030T233000Z-" + a.Hash[:12] + "-list one.csv.zst"
	if got := sortedKeys(p.kept(t)); len(got) != 1 || got[0] != want {
		t.Fatalf("archive holds %q, want %q", got, want)
	}
	for path, mode := range map[string]os.FileMode{"": 0o700, "ucas": 0o700, "ucas/carmel": 0o700, tempFolder: 0o700, want: 0o600} {
		info, err := os.Stat(filepath.Join(p.opt.Archive, path))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q has mode %v, %v", path, info.Mode(), err)
		}
	}
}

func TestSameBytesUnderAnotherNameAreKeptOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	archiveOne(t, p, "ucas/carmel/one.csv", "body")
	p.clock.Advance(48 * time.Hour)
	archiveOne(t, p, "ucas/carmel/two.csv", "body")
	archiveOne(t, p, "ucas/other/two.csv", "body") // another provider's delivery is another delivery
	if got := sortedKeys(p.kept(t)); len(got) != 2 || p.stands("ucas/carmel/two.csv") {
		t.Errorf("archive holds %q", got)
	}
}

// TestDamagedArchiveIsReplaced spoils the archived copy; the same bytes handed
// in again are then kept anew and not taken for kept.
func TestDamagedArchiveIsReplaced(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func([]byte) []byte{
		"cut":     func(b []byte) []byte { return b[:len(b)/2] },
		"empty":   func([]byte) []byte { return nil },
		"flipped": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			body := strings.Repeat("some body ", 500)
			archiveOne(t, p, "ucas/carmel/list.csv", body)
			file := filepath.Join(p.opt.Archive, sortedKeys(p.kept(t))[0])
			packed, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, spoil(packed), 0o600); err != nil {
				t.Fatal(err)
			}
			archiveOne(t, p, "ucas/carmel/list.csv", body)
			kept := p.kept(t)
			if len(kept) != 1 || string(kept[sortedKeys(kept)[0]]) != body {
				t.Errorf("archive holds %q", sortedKeys(kept))
			}
		})
	}
}

// TestReplacedDuringArchive puts a new list in the place of the one that is
// being compressed.
func TestReplacedDuringArchive(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	name := "ucas/carmel/list.csv"
	p.old(t, name, "old")
	list, _ := p.look(t)
	inner := p.open
	p.open = func(path string) (*os.File, error) {
		f, err := inner(path)
		return f, errors.Join(err, os.Remove(path), os.WriteFile(path, []byte("new"), 0o600))
	}
	if err := p.Archive(t.Context(), list[0]); err != nil {
		t.Fatal(err)
	}
	if body, err := os.ReadFile(p.path(name)); err != nil || string(body) != "new" {
		t.Errorf("the new list is %q, %v", body, err)
	}
	if got := p.kept(t); len(got) != 1 {
		t.Errorf("archive holds %q", sortedKeys(got))
	}
}

func TestLinkInThePlaceOfAListIsLeftAlone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.old(t, "ucas/carmel/list.csv", "a")
	list, _ := p.look(t)
	target := filepath.Join(t.TempDir(), "elsewhere")
	err := errors.Join(os.WriteFile(target, []byte("a"), 0o600), os.Remove(list[0].Path), os.Symlink(target, list[0].Path))
	if err := errors.Join(err, p.Archive(t.Context(), list[0])); err != nil {
		t.Fatal(err)
	}
	if !p.stands("ucas/carmel/list.csv") || len(p.kept(t)) != 0 {
		t.Error("a link was followed out of the inbox")
	}
}

func TestArchiveFailureKeepsTheList(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.old(t, "ucas/carmel/list.csv", "a")
	list, _ := p.look(t)
	if err := os.WriteFile(p.opt.Archive, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	if err := p.Archive(t.Context(), list[0]); err == nil || !strings.Contains(err.Error(), "ucas/carmel/list.csv") {
		t.Errorf("error %v", err)
	}
	if !p.stands("ucas/carmel/list.csv") {
		t.Error("the list is gone and nowhere kept")
	}
}

func TestSweepArchive(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if n, err := p.SweepArchive(t.Context()); n != 0 || err != nil {
		t.Errorf("before there is an archive: %d, %v", n, err)
	}
	archiveOne(t, p, "ucas/carmel/list.csv", "a")
	for _, n := range []string{"1", "2"} {
		if err := os.WriteFile(filepath.Join(p.opt.Archive, tempFolder, n), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := p.SweepArchive(t.Context()); n != 2 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if got := p.kept(t); len(got) != 1 {
		t.Errorf("archive holds %q", sortedKeys(got))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := os.WriteFile(filepath.Join(p.opt.Archive, tempFolder, "3"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.SweepArchive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, want string }{
		{"list.csv", "list.csv"},
		{strings.Repeat("x", 250) + ".csv", strings.Repeat("x", nameLimit-4) + ".csv"},
		{strings.Repeat("ŵ", 125) + ".csv", strings.Repeat("ŵ", nameLimit/2-2) + ".csv"},
		{"x" + strings.Repeat("ŵ", 125) + ".csv", "x" + strings.Repeat("ŵ", nameLimit/2-3) + ".csv"},
		{"a." + strings.Repeat("x", 250), "a." + strings.Repeat("x", nameLimit-2)},
	} {
		if got := shorten(c.name); got != c.want {
			t.Errorf("shorten(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

// TestArchiveSurvivesKill kills a process that archives, after each of some
// files and in the middle of the next, and lets another one finish.
func TestArchiveSurvivesKill(t *testing.T) {
	t.Parallel()
	for _, after := range []int{0, 1, 3, 7} {
		t.Run(fmt.Sprint("after ", after), func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			want := map[string]bool{}
			for i := range 10 {
				body := string(listBody(200<<10, uint64(i)))
				p.old(t, fmt.Sprintf("ucas/carmel/%d.csv", i), body)
				want[body] = true
			}
			killArchiver(t, p, after)
			if _, err := p.SweepArchive(t.Context()); err != nil {
				t.Fatal(err)
			}
			list, issues := p.look(t)
			if len(issues) > 0 || len(list) > 10-after {
				t.Errorf("%d lists stand in the inbox, issues %v", len(list), issues)
			}
			for _, a := range list {
				if err := p.Archive(t.Context(), a); err != nil {
					t.Fatal(err)
				}
			}
			kept := p.kept(t) // a torn file would not decompress
			for name, body := range kept {
				if !want[string(body)] {
					t.Errorf("%s holds what nobody handed in", name)
				}
			}
			if len(kept) != len(want) {
				t.Errorf("archive holds %d of %d lists", len(kept), len(want))
			}
		})
	}
}

// killArchiver runs this test program over the place and kills it when it has
// archived that many files.
func killArchiver(t *testing.T, p *place, after int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestArchiveUntilKilled$")
	child.Env = append(os.Environ(), "SOURCES_TEST_INBOX="+p.opt.Inbox, "SOURCES_TEST_ARCHIVE="+p.opt.Archive)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for range after + 1 { // "ready", then one line for each file
		if line, err := lines.ReadString('\n'); err != nil {
			t.Fatalf("the child said %q, %v", line, err)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed; that is no news
}

// TestArchiveUntilKilled is the process that killArchiver kills.
func TestArchiveUntilKilled(t *testing.T) {
	inbox := os.Getenv("SOURCES_TEST_INBOX")
	if inbox == "" {
		t.Skip("only as the child of TestArchiveSurvivesKill")
	}
	d, err := NewDropFolder(DropFolderOptions{
		Inbox: inbox, Archive: os.Getenv("SOURCES_TEST_ARCHIVE"), Datasets: []string{"ucas"},
		Location: time.UTC, Ledger: pipelinetest.NewLedger(),
	})
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := d.Arrivals(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	for _, a := range list {
		if err := d.Archive(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		fmt.Println(a.Name)
	}
}

// listBody makes about n bytes in the manner of a caseload list: repeated
// words and codes, and identifiers that do not compress.
func listBody(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	var b bytes.Buffer
	b.WriteString("ClientID,UPN,ULN,Surname,Forename,DOB,Gender,Ethnicity,Postcode,Ward,Activity,Start,Verified,LAD,Provider\n")
	for b.Len() < n {
		fmt.Fprintf(&b, "%d,A%012d,%010d,Surname%d,Forename%d,%02d/%02d/200%d,%c,WBRI,L%d %dQQ,E0500%04d,%d,01/09/2021,%02d/10/2021,E08000014,Provider number %d\n",
			1000000+b.Len()/150, r.Int64N(1e12), r.Int64N(1e10), r.IntN(3000), r.IntN(600), 1+r.IntN(28), 1+r.IntN(12), 3+r.IntN(3),
			"MF"[r.IntN(2)], 20+r.IntN(18), r.IntN(10), 930+r.IntN(22), 110+10*r.IntN(60), 1+r.IntN(30), r.IntN(25))
	}
	return b.Bytes()
}

// BenchmarkArchiveLevels is what archiveLevel was chosen by. Compressing,
// hashing, syncing and reading back gave, on one core of a shared machine
// (MB/s, ratio): fastest 146, 4.30; default 106, 4.06; better 81, 4.41; each
// with a window of 1 MiB, and a little slower with 4 MiB.
func BenchmarkArchiveLevels(b *testing.B) {
	body := listBody(8<<20, 1)
	for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault, zstd.SpeedBetterCompression} {
		for _, window := range []int{1 << 20, 4 << 20} {
			b.Run(fmt.Sprintf("%v-%dMiB", level, window>>20), func(b *testing.B) {
				s, err := newSqueezer(level, window)
				if err != nil {
					b.Fatal(err)
				}
				f, err := os.Create(filepath.Join(b.TempDir(), "f"))
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(body)))
				for b.Loop() {
					_, err1 := f.Seek(0, io.SeekStart)
					_, err2 := s.compress(b.Context(), f, bytes.NewReader(body))
					size, err3 := f.Seek(0, io.SeekCurrent)
					_, err4 := s.content(b.Context(), io.NewSectionReader(f, 0, size))
					if err := errors.Join(err1, err2, err3, err4); err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(len(body))/float64(size), "ratio")
				}
				_ = f.Close()
			})
		}
	}
}

// BenchmarkNight hashes and archives 208 lists of 250 MB in total: 8 large
// ones and 200 small ones, two at a time.
func BenchmarkNight(b *testing.B) {
	large, small := listBody(26<<20, 1), listBody(200<<10, 2)
	p := newPlace(b)
	total := 0
	for b.Loop() {
		b.StopTimer()
		total = 0
		for i := range 208 {
			body := small
			if i < 8 {
				body = large
			}
			body = append([]byte(fmt.Sprint(i, b.Elapsed())), body...)
			total += len(body)
			p.old(b, fmt.Sprintf("ucas/carmel/%d.csv", i), string(body))
		}
		b.StartTimer()
		start := time.Now()
		list, _ := p.look(b)
		b.ReportMetric(time.Since(start).Seconds(), "look-s")
		archivePairs(b, p, list)
	}
	b.SetBytes(int64(total))
}

func archivePairs(b *testing.B, p *place, list []pipeline.Arrival) {
	b.Helper()
	next, done := make(chan pipeline.Arrival), make(chan error)
	for range 2 {
		go func() {
			var err error
			for a := range next {
				err = errors.Join(err, p.Archive(b.Context(), a))
			}
			done <- err
		}()
	}
	for _, a := range list {
		next <- a
	}
	close(next)
	if err := errors.Join(<-done, <-done); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkEmptyInbox(b *testing.B) {
	p := newPlace(b)
	for b.Loop() {
		p.look(b)
	}
}
