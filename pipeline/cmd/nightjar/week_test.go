package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
	"nightjar/pipeline/ledger"
	"nightjar/schedules"
)

// asWeek makes TestWeekOfADaemon the daemon of the folder that it names.
const asWeek = "NIGHTJAR_AS_WEEK"

// The simulated week: it holds the change to summer time.
var (
	weekBegin = time.Date(2026, 3, 25, 12, 0, 10, 0, time.UTC)
	weekEnd   = weekBegin.Add(7 * 24 * time.Hour)
)

const weekJob = "30 1,7,13,19 * * *"

// weekConfig drives the tiny installation: four slots a day.
const weekConfig = tinyConfig + `liveness: {listen: ""}
jobs:
  - {name: night, cron: "` + weekJob + `", catch_up: all, max_age: 10d, cap: 100}
`

// bubbleClock shows the time of the week, which passes while nothing is at
// work and stands still while something is.
type bubbleClock struct{ ahead time.Duration }

func (b bubbleClock) Now() time.Time { return time.Now().Add(b.ahead) }

// TestWeekOfADaemon is no test of its own: it is the daemon that
// TestCrashKilledWeek kills. Daemon, scheduler, ledger, helper processes and
// published folder are the real ones; only the wall clock is a bubble's.
func TestWeekOfADaemon(t *testing.T) {
	dir := os.Getenv(asWeek)
	if dir == "" {
		t.Skip("is run by TestCrashKilledWeek")
	}
	// The signal package keeps a goroutine for ever; it must not be the bubble's.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGUSR1)
	synctest.Test(t, func(t *testing.T) {
		now := readClock(dir)
		clock := bubbleClock{time.Until(now)}
		a, err := app.Open(app.Options{ConfigPath: filepath.Join(dir, "nightjar.yaml"), Clock: clock, Version: "test",
			Progress: pipeline.NoProgress{}, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			for clock.Now().Before(weekEnd) {
				writeClock(t, dir, clock.Now())
				dropOfTheWeek(t, dir, clock.Now())
				time.Sleep(10 * time.Minute)
			}
			writeClock(t, dir, clock.Now())
		}()
		if err := a.Daemon(ctx, app.DaemonOptions{Helper: testHelper}); err != nil {
			t.Error(err)
		}
	})
}

// testHelper starts the test binary as the daemon's helper.
func testHelper(ctx context.Context) *exec.Cmd {
	cmd := process(ctx, "errand")
	cmd.Stderr = os.Stderr
	return cmd
}

func clockFile(dir string) string { return filepath.Join(dir, "..", "clock") }

// readClock returns what the week's clock showed last.
func readClock(dir string) time.Time {
	text, err := os.ReadFile(clockFile(dir))
	if err != nil {
		return weekBegin
	}
	at, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return weekBegin
	}
	return at
}

func writeClock(t *testing.T, dir string, at time.Time) {
	temp := clockFile(dir) + ".tmp"
	if err := errors.Join(os.WriteFile(temp, []byte(at.Format(time.RFC3339Nano)), 0o600), os.Rename(temp, clockFile(dir))); err != nil {
		t.Error(err)
	}
}

// dropOfTheWeek hands in the lists that are due by now: one every twelve
// hours, each with one person more than the last. One that was handed in
// before is not handed in again.
func dropOfTheWeek(t *testing.T, dir string, now time.Time) {
	given := filepath.Join(dir, "..", "given")
	text, _ := os.ReadFile(given) // none yet
	done := len(text)
	for due := int(now.Sub(weekBegin)/(12*time.Hour)) + 1; done < due; done++ {
		drop(t, filepath.Join(dir, "nightjar.yaml"), fmt.Sprintf("list%02d.csv", done), done+1)
		if err := os.WriteFile(given, make([]byte, done+1), 0o600); err != nil {
			t.Error(err)
		}
	}
}

// TestCrashKilledWeek kills the daemon of a simulated week at random points,
// with and without the night it has at work, and starts it again after a
// while. No slot is lost or done twice to effect, the ledger stays readable,
// and what readers see is whole after every kill. NIGHTJAR_WEEK_KILLS says how
// often; make crash sets it.
func TestCrashKilledWeek(t *testing.T) {
	kills, _ := strconv.Atoi(os.Getenv("NIGHTJAR_WEEK_KILLS"))
	if kills == 0 {
		t.Skip("runs under make crash, which sets NIGHTJAR_WEEK_KILLS")
	}
	config := tiny(t)
	if err := os.WriteFile(config, []byte(weekConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &week{t: t, dir: filepath.Dir(config), config: config}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	w.rng = rand.New(rand.NewPCG(seed, 1))
	for w.killed < kills && readClock(w.dir).Before(weekEnd) {
		if !w.live(true) {
			break
		}
		w.checkReaders()
	}
	w.live(false)
	w.checkReaders()
	w.checkSlots()
	checkLedger(t, w.dir)
	checkNothingStray(t, w.dir)
	t.Logf("%d kills, %d of them during a night; %d slots", w.killed, w.atWork, w.slots)
	if w.killed < kills {
		t.Errorf("the week was over after %d of %d kills", w.killed, kills)
	}
}

// week is the week as its killer sees it.
type week struct {
	t              *testing.T
	rng            *rand.Rand
	dir, config    string
	killed, atWork int
	slots          int
	done, spared   int // slots done at the last kill, kills since one was
}

// live starts the daemon and, when it is to be killed, kills it at a random
// point: some time after its start, or some time into a night. It reports
// whether it was killed before the week was over.
func (w *week) live(kill bool) bool {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), os.Args[0], "-test.run", "^TestWeekOfADaemon$", "-test.timeout", "20m")
	cmd.Env = append(os.Environ(), asWeek+"="+w.dir)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	if kill {
		select {
		case err := <-gone:
			w.over(err, out.String())
			return false
		case <-w.moment():
		}
		w.kill(cmd.Process)
		if <-gone == nil {
			return false // it was over just before
		}
		w.later()
		return true
	}
	w.over(<-gone, out.String())
	return false
}

func (w *week) over(err error, out string) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("the daemon ended by itself: %v\n%s", err, out)
	}
}

// moment returns a channel that says when to kill. Every other time it waits
// for a night to be at work. A slot is given up after a few deaths in a row, so
// that one that was begun often is let through.
func (w *week) moment() <-chan struct{} {
	into := time.Duration(w.rng.Float64() * float64(2*time.Second))
	night := w.rng.IntN(3) > 0
	spare := w.count() == w.done && w.spared >= 3
	before := w.done
	if !spare && w.count() == w.done {
		w.spared++
	} else {
		w.spared, w.done = 0, w.count()
	}
	say := make(chan struct{})
	go func() {
		defer close(say)
		for !w.known() && w.t.Context().Err() == nil {
			time.Sleep(2 * time.Millisecond)
		}
		for spare && w.count() == before && w.t.Context().Err() == nil {
			time.Sleep(20 * time.Millisecond)
		}
		for night && w.holder() == 0 && w.t.Context().Err() == nil {
			time.Sleep(2 * time.Millisecond)
		}
		time.Sleep(into)
	}()
	return say
}

// known tells whether the daemon has noted its job. A daemon that dies before
// that is as if it had not been there: slots of that time are not made up for.
func (w *week) known() bool {
	_, err := os.Stat(filepath.Join(w.dir, "jobs.json"))
	return err == nil
}

// holder is the process that runs a night, 0 when none does.
func (w *week) holder() int {
	var h struct{ PID int }
	text, err := os.ReadFile(filepath.Join(w.dir, "run.lock"))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return 0
	}
	return h.PID
}

// kill ends the daemon, and half of the time its night with it, as a machine
// that goes off would.
func (w *week) kill(daemon *os.Process) {
	night := w.holder()
	_ = daemon.Kill()
	w.killed++
	if night != 0 {
		w.atWork++
		if w.rng.IntN(2) == 0 {
			_ = syscall.Kill(night, syscall.SIGKILL)
		}
	}
}

// later lets up to four hours pass until the next start.
func (w *week) later() {
	writeClock(w.t, w.dir, readClock(w.dir).Add(10*time.Minute+time.Duration(w.rng.Float64()*w.rng.Float64()*float64(4*time.Hour))))
}

// count is how many slots are done.
func (w *week) count() int {
	n := 0
	for _, s := range w.records() {
		if s.State == pipeline.RunDone {
			n++
		}
	}
	return n
}

func (w *week) records() []pipeline.SlotRecord {
	book, err := ledger.OpenReadOnly(filepath.Join(w.dir, "ledger.sqlite"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		w.t.Errorf("the ledger cannot be read after a kill: %v", err)
		return nil
	}
	defer book.Close()
	list, err := book.Slots(w.t.Context(), 0)
	if err != nil {
		w.t.Errorf("the ledger cannot be read after a kill: %v", err)
	}
	return list
}

// checkReaders looks at what readers see.
func (w *week) checkReaders() {
	w.t.Helper()
	_, err := os.Stat(filepath.Join(w.dir, "published", "current"))
	if errors.Is(err, fs.ErrNotExist) {
		return // nothing was published yet
	}
	if err := errors.Join(err, lookOnce(w.dir)); err != nil {
		w.t.Errorf("after kill %d: %v", w.killed, err)
	}
}

// checkSlots holds the ledger against the schedule: every slot of the week is
// done, and no build was shown to readers twice.
func (w *week) checkSlots() {
	w.t.Helper()
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		w.t.Fatal(err)
	}
	job, err := schedules.Parse("night", weekJob, loc, schedules.Window{})
	if err != nil {
		w.t.Fatal(err)
	}
	states := map[string]string{}
	for _, s := range w.records() {
		states[s.Nominal] = string(s.State) + " " + s.Reason
	}
	for _, s := range job.Between(weekBegin, weekEnd.Add(-time.Minute)) {
		w.slots++
		if got := states[s.Nominal.String()]; !strings.HasPrefix(got, "done") {
			w.t.Errorf("slot %s is %q", s.Nominal, got)
		}
	}
	book, err := ledger.OpenReadOnly(filepath.Join(w.dir, "ledger.sqlite"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer book.Close()
	runs, err := book.Runs(w.t.Context(), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	shown, news, resumed := map[string]int{}, 0, 0
	for _, r := range runs {
		if r.Report.Resumed != "" {
			resumed++
		}
		if r.Report.News {
			news++
			if shown[r.Report.Fingerprint]++; shown[r.Report.Fingerprint] > 1 {
				w.t.Errorf("run %s published what was published before", r.RunID)
			}
		}
	}
	files, err := book.Files(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if want := 14; len(files) != want {
		w.t.Errorf("%d lists were loaded, %d handed in", len(files), want)
	}
	w.t.Logf("%d runs, %d with news, %d went on with the build of a run before", len(runs), news, resumed)
}
