package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/schedules"
)

// still is a clock that moves only when told.
type still struct {
	mu  sync.Mutex
	now time.Time
}

func (s *still) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *still) move(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// journal is a log that a test reads while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
	said map[string]chan struct{} // closed when the words were written
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Write(p)
	for words, c := range j.said {
		if strings.Contains(j.text.String(), words) {
			close(c)
			delete(j.said, words)
		}
	}
	return len(p), nil
}

// wait returns a channel that is closed once the words are in the log.
func (j *journal) wait(words string) <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := make(chan struct{})
	if strings.Contains(j.text.String(), words) {
		close(c)
		return c
	}
	if j.said == nil {
		j.said = map[string]chan struct{}{}
	}
	j.said[words] = c
	return c
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// station is an installation with a daemon that is not at work.
type station struct {
	dir   string
	clock *still
	log   *journal
	*daemon
}

var friday = time.Date(2026, 1, 9, 12, 0, 0, 0, time.UTC)

const oneJob = "jobs:\n  - {name: night, cron: \"30 2 * * *\"}\n"

// openStation writes a configuration and opens it with a clock that stands still.
func openStation(t *testing.T, text string) (*App, *still, *journal) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "nightjar.yaml")
	all := "authority: {la_code: \"343\"}\nfolders: {inbox: inbox, data: .}\ninbox: {settle: 0s}\n" + text
	if err := os.WriteFile(path, []byte(all), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "inbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	clock, log := &still{now: friday}, &journal{}
	a, err := Open(Options{ConfigPath: path, Clock: clock, Progress: pipeline.NoProgress{}, Version: "test",
		Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return a, clock, log
}

func newStation(t *testing.T, text string) *station {
	t.Helper()
	a, clock, log := openStation(t, text)
	book, err := a.openLedger()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	d, err := newDaemon(a, book)
	if err != nil {
		t.Fatal(err)
	}
	return &station{filepath.Dir(a.ConfigPath), clock, log, d}
}

// deliver records a list as loaded at the clock's time.
func (p *station) deliver(t *testing.T, dataset, provider string, at time.Time, c pipeline.Counts) {
	t.Helper()
	f := pipeline.FileRecord{Status: pipeline.FileLoaded, LoadedAt: at, RunID: pipeline.NewRunID(at)}
	f.Delivery = pipeline.Delivery{Dataset: dataset, Provider: provider, Name: dataset + "/" + provider + "/" + at.Format("20060102"), Hash: at.String(),
		DeliveredAt: at, DeliveredOn: pipeline.DateOf(at, time.UTC)}
	f.Counts = c
	if err := p.book.RecordFile(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// run records a run that ended at the clock's time.
func (p *station) run(t *testing.T, state pipeline.RunState, reason string) {
	t.Helper()
	now := p.clock.Now()
	r := pipeline.RunRecord{RunID: pipeline.NewRunID(now), Started: now.Add(-time.Minute), Trigger: "job night", State: pipeline.RunStarted}
	if err := p.book.BeginRun(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	r.State, r.Ended, r.Reason = state, now, reason
	if err := p.book.EndRun(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// end claims a slot and records how it ended, as the scheduler does.
func (p *station) end(t *testing.T, state pipeline.RunState, reason string) {
	t.Helper()
	s := pipeline.SlotRecord{Job: "night", Nominal: p.clock.Now().Format("2006-01-02T15:04"), Instant: p.clock.Now()}
	if _, err := p.book.ClaimSlot(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	s.State, s.Reason = state, reason
	if err := (telling{p.book, p.daemon}).EndSlot(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// TestTheDaemonServesReloadsAndStops starts a daemon, asks its page, sends it
// configurations that are broken, elsewhere and good, and stops it. It is not
// parallel, so that every goroutine that is left is its own.
func TestTheDaemonServesReloadsAndStops(t *testing.T) {
	before := goleak.IgnoreCurrent()
	a, _, log := openStation(t, oneJob+"liveness: {listen: \"127.0.0.1:0\"}\n")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reload, ended := make(chan os.Signal), make(chan error, 1)
	go func() { ended <- a.Daemon(ctx, DaemonOptions{Reload: reload}) }()
	await := func(words string) {
		t.Helper()
		select {
		case <-log.wait(words):
		case err := <-ended:
			t.Fatalf("the daemon ended before it said %q: %v\n%s", words, err, log)
		}
	}
	await("msg=planned")
	address := field(t, log.String(), "address=")
	if status, body := get(t, "http://"+address+"/healthz"); status != http.StatusOK || body != "ok\n" {
		t.Errorf("healthz: %d %s", status, body)
	}
	if status, body := get(t, "http://"+address+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "nothing is published yet") {
		t.Errorf("readyz: %d %s", status, body)
	}
	if status, body := get(t, "http://"+address+"/metrics"); status != http.StatusOK || !strings.Contains(body, "nightjar_runs_total{state=\"done\"} 0\n") {
		t.Errorf("metrics: %d %s", status, body)
	}
	if status, _ := get(t, "http://"+address+"/"); status != http.StatusNotFound {
		t.Errorf("/: %d", status)
	}

	again, _, _ := openStation(t, oneJob) // a second daemon on the same folder is turned away
	again.cfg.Folders = a.cfg.Folders
	if err := again.Daemon(t.Context(), DaemonOptions{}); !errors.Is(err, pipeline.ErrLocked) {
		t.Errorf("two daemons at once: %v", err)
	}

	head := "authority: {la_code: \"343\"}\ninbox: {settle: 0s}\nliveness: {listen: \"127.0.0.1:0\"}\n"
	for _, step := range []struct{ text, say string }{
		{head + "folders: {inbox: inbox, data: .}\njobs:\n  - {name: night, cron: nonsense}\n", "line 6, jobs[0].cron"},
		{head + "folders: {inbox: inbox, data: elsewhere}\n" + oneJob, "folders cannot change while the daemon runs"},
		{head + "folders: {inbox: inbox, data: .}\n", "no job is planned"},
		{head + "folders: {inbox: inbox, data: .}\njobs:\n  - {name: evening, cron: \"0 18 * * *\"}\n", "job=evening"},
	} {
		if err := os.WriteFile(a.ConfigPath, []byte(step.text), 0o600); err != nil {
			t.Fatal(err)
		}
		reload <- os.Interrupt
		await(step.say)
	}
	if n := strings.Count(log.String(), "the old one stays in force"); n != 3 {
		t.Errorf("%d of 3 broken configurations were refused:\n%s", n, log)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}

// field returns the word behind a key of a log.
func field(t *testing.T, log, key string) string {
	t.Helper()
	_, rest, ok := strings.Cut(log, key)
	if !ok {
		t.Fatalf("the log has no %s:\n%s", key, log)
	}
	return strings.Fields(rest)[0]
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestOnceRunsWhatIsDueAndEnds asks twice: the first call only begins to
// count, the second runs the slot that has come since.
func TestOnceRunsWhatIsDueAndEnds(t *testing.T) {
	t.Parallel()
	a, clock, _ := openStation(t, oneJob)
	if err := a.Daemon(t.Context(), DaemonOptions{Once: true}); err != nil {
		t.Fatal(err)
	}
	clock.move(24 * time.Hour)
	for range 2 { // the second of these finds the slot done
		if err := a.Daemon(t.Context(), DaemonOptions{Once: true}); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := a.History(t.Context(), "night", 0)
	if err != nil || len(lines) != 1 || lines[0].Nominal != "2026-01-10T02:30" || lines[0].State != pipeline.RunDone || lines[0].RunID == "" {
		t.Errorf("history %+v, %v", lines, err)
	}
}

func TestASlotThatWaitsForItsTurnEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := newStation(t, oneJob)
	p.turn <- struct{}{} // the configuration changes
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if id, err := p.runSlot(ctx, p.current().jobs()[0], schedules.Slot{}); id != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v", id, err)
	}
}

func TestASecretThatIsNotThereKeepsTheDaemonFromStarting(t *testing.T) {
	t.Parallel()
	a, _, _ := openStation(t, oneJob+"liveness: {heartbeat: {url: {env: NIGHTJAR_TEST_NO_SUCH}}}\n")
	if err := a.Daemon(t.Context(), DaemonOptions{}); !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), "NIGHTJAR_TEST_NO_SUCH is not set") {
		t.Errorf("got %v", err)
	}
}

var _ pipeline.SlotLedger = telling{(*ledger.Ledger)(nil), nil}
