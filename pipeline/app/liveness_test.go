package app

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/calendar"
	"nightjar/schedules"
)

// hook is a webhook or a heartbeat's address that remembers who called.
type hook struct {
	*httptest.Server
	mu    sync.Mutex
	heard []string
	fail  bool
}

func newHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct{ Subject, Text string }
		_ = json.NewDecoder(r.Body).Decode(&m) // a heartbeat has no body
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.fail {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		h.heard = append(h.heard, m.Text)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) broken(yes bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = yes
}

// take returns what was heard since the last call.
func (h *hook) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.heard
	h.heard = nil
	return out
}

// secretFile keeps a text where the configuration may name it.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOneAlertPerFailureAndOneOnRecovery lets slots end as nights do, with a
// look of the watch after each.
func TestOneAlertPerFailureAndOneOnRecovery(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	p := newStation(t, oneJob+fmt.Sprintf("alerts: {webhook: {url: {file: %q}}}\n", secretFile(t, h.URL+"/tok3n")))
	for i, step := range []struct {
		state  pipeline.RunState
		reason string
		down   bool // the webhook is
		heard  string
	}{
		{pipeline.RunDone, "", false, ""},
		{pipeline.RunFailed, "disk is full", false, "Wrong: job night. slot 2026-01-11T12:00 failed: disk is full"},
		{pipeline.RunFailed, "disk is full", false, ""},
		{schedules.SlotMissed, "the daemon was not running", false, ""},
		{pipeline.RunDone, "", false, "Mended: job night."},
		{pipeline.RunDone, "", false, ""},
		{pipeline.RunHeld, "figures moved", true, ""},
		{pipeline.RunHeld, "figures moved", false, "figures moved"}, // what could not be sent is sent later
		{pipeline.RunInterrupted, "", false, ""},
		{pipeline.RunDone, "", false, "Mended"},
		{pipeline.RunFailed, "short", true, ""},
		{pipeline.RunDone, "", false, ""}, // nobody was told of it, so its end is no news
	} {
		p.clock.move(24 * time.Hour)
		h.broken(step.down)
		p.end(t, step.state, step.reason)
		p.tick(t.Context())
		p.tick(t.Context())
		got := h.take()
		if step.heard == "" && len(got) > 0 || step.heard != "" && (len(got) != 1 || !strings.Contains(got[0], step.heard)) {
			t.Errorf("step %d, %s: heard %q, want %q", i, step.state, got, step.heard)
		}
	}
	if log := p.log.String(); strings.Contains(log, "tok3n") || !strings.Contains(log, "people could not be told") {
		t.Errorf("the log holds a secret, or does not say that the webhook failed:\n%s", log)
	}
}

// TestABrokenMailServerDoesNotDoubleTheWebhook has two channels, one of which
// never works.
func TestABrokenMailServerDoesNotDoubleTheWebhook(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // a port that nobody serves
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	ln.Close()
	h := newHook(t)
	p := newStation(t, oneJob+fmt.Sprintf(`alerts:
  webhook: {url: {file: %q}}
  mail: {host: 127.0.0.1, port: %d, tls: none, from: n@example.org, to: [o@example.org], username: "", morning: "07:30"}
`, secretFile(t, h.URL), port))
	p.end(t, pipeline.RunFailed, "disk is full")
	for range 3 {
		p.tick(t.Context())
	}
	if got := h.take(); len(got) != 2 || !strings.Contains(got[0], "disk is full") || !strings.Contains(got[1], "Wrong: telling people by mail.") {
		t.Errorf("the webhook heard %q", got)
	}
	s, err := p.current().Status(t.Context())
	if err != nil || len(s.Wrong) != 2 || s.Wrong[0].Told || !strings.Contains(s.Wrong[1].Say, "messages wait") {
		t.Errorf("the mail is not waiting: %+v, %v", s.Wrong, err)
	}
	if err := p.current().sendMorning(t.Context()); !worth(err) {
		t.Errorf("a mail server that does not answer is not worth another attempt: %v", err)
	}
}

// TestTheHeartBeatsOnlyWhileAllIsWell spoils one thing after the other.
func TestTheHeartBeatsOnlyWhileAllIsWell(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	p := newStation(t, oneJob+fmt.Sprintf("liveness: {required: [{dataset: caseload, max_age: 40d}], heartbeat: {url: {file: %q}, every: 1h}}\n", secretFile(t, h.URL)))
	beats := func(want int, why string) {
		t.Helper()
		p.tick(t.Context())
		if got := len(h.take()); got != want {
			t.Errorf("%s: %d beats, want %d", why, got, want)
		}
	}
	a := p.current()
	beats(0, "nothing is published")
	publish(t, p, friday)
	p.run(t, pipeline.RunDone, "")
	beats(0, "no caseload was ever loaded")
	p.deliver(t, "caseload", "connect", friday.Add(-time.Hour), pipeline.Counts{Read: 1, Accepted: 1})
	beats(1, "all is well")
	beats(0, "an hour is not over")
	p.clock.move(time.Hour)
	h.broken(true)
	beats(0, "the other side is down")
	h.broken(false)
	beats(1, "it is up again")
	p.clock.move(36 * time.Hour)
	beats(0, "the last good night is too old")
	p.run(t, pipeline.RunDone, "")
	beats(1, "a night was done")
	p.clock.move(time.Hour)
	p.run(t, pipeline.RunHeld, "figures moved")
	beats(0, "a night is held")
	p.clock.move(time.Hour)
	p.run(t, pipeline.RunDone, "")
	beats(1, "released")
	p.clock.move(time.Hour)
	p.deliver(t, "caseload", "connect", p.clock.Now().Add(24*time.Hour), pipeline.Counts{Read: 1, Accepted: 1})
	beats(0, "a list is loaded and not published")
	v, err := a.vitals(t.Context(), p.book)
	if err != nil {
		t.Fatal(err)
	}
	v.At = v.At.Add(60 * 24 * time.Hour)
	if why := strings.Join(a.stale(v), "; "); !strings.Contains(why, "the newest list of caseload came") {
		t.Errorf("a list of two months ago is fresh: %s", why)
	}
}

// publish puts a publication in place that has a manifest and nothing else.
func publish(t *testing.T, p *station, at time.Time) {
	t.Helper()
	id := pipeline.NewRunID(at)
	folder := filepath.Join(p.dir, "published", id)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"run_id": %q, "fingerprint": "f", "as_at": %q, "published": %q, "version": "test", "files": []}`, id, at.Format(time.DateOnly), at.Format(time.RFC3339))
	if err := os.WriteFile(filepath.Join(folder, "build.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(id, filepath.Join(p.dir, "published", "current")); err != nil {
		t.Fatal(err)
	}
}

// TestLateListsAlarmInSeasonOnly looks on days around a window.
func TestLateListsAlarmInSeasonOnly(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	p := newStation(t, oneJob+fmt.Sprintf("alerts: {webhook: {url: {file: %q}}}\n", secretFile(t, h.URL)))
	p.deliver(t, "college_starters", "hugh-baird", time.Date(2025, 9, 20, 9, 0, 0, 0, time.UTC), pipeline.Counts{Read: 1, Accepted: 1})
	on := func(day string, want string) {
		t.Helper()
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		p.clock.move(at.Add(12 * time.Hour).Sub(p.clock.Now()))
		p.tick(t.Context())
		got := strings.Join(h.take(), "\n")
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("on %s heard %q, want %q", day, got, want)
		}
	}
	on("2026-06-15", "")
	on("2026-09-30", "")
	on("2026-10-01", "Wrong: list college_starters from hugh-baird, due 2026-09-30")
	on("2026-10-02", "")
	on("2026-11-01", "Mended: list college_starters from hugh-baird, due 2026-09-30. did not come in its season")
	on("2026-12-01", "")
	v, err := p.current().vitals(t.Context(), p.book)
	if err != nil || v.WaitingFor[calendar.Late] != 0 {
		t.Errorf("late out of season: %v, %v", v.WaitingFor, err)
	}
}

// TestMetricsAreReadable checks the whole text against the form: every sample
// belongs to the family above it, every family stands once.
func TestMetricsAreReadable(t *testing.T) {
	t.Parallel()
	p := newStation(t, oneJob)
	publish(t, p, friday)
	p.deliver(t, "ucas", "kgv", friday.Add(-48*time.Hour), pipeline.Counts{Read: 10, Accepted: 7, Quarantined: 2, Blank: 1})
	p.run(t, pipeline.RunDone, "")
	p.end(t, schedules.SlotMissed, "the daemon was not running")
	p.clock.move(90 * time.Second)
	v, err := p.current().vitals(t.Context(), p.book)
	if err != nil {
		t.Fatal(err)
	}
	text := metricsText(v)
	family, seen := "", map[string]bool{}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			family = strings.Fields(rest)[0]
			if seen[family] {
				t.Errorf("family %s stands twice", family)
			}
			seen[family] = true
			continue
		}
		if name, _, _ := strings.Cut(strings.Fields(line)[0], "{"); !strings.HasPrefix(line, "# TYPE "+family) && name != family {
			t.Errorf("%q stands under %s", line, family)
		}
	}
	for _, want := range []string{
		"nightjar_rows_accepted_total{dataset=\"ucas\"} 7\n", "nightjar_rows_quarantined_total{dataset=\"ucas\"} 2\n", "nightjar_runs_total{state=\"done\"} 1\n",
		"nightjar_last_good_run_seconds 90\n", "nightjar_last_run_duration_seconds 60\n", "nightjar_slots_missed_total{job=\"night\"} 1\n",
		"nightjar_alerts_open 1\n", "nightjar_newest_delivery_seconds{dataset=\"ucas\"} 172890\n", "nightjar_published_age_seconds 90\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %q:\n%s", want, text)
		}
	}
}

// TestTheMorningMailSaysWhatChanged reads the mail of a day after a night.
func TestTheMorningMailSaysWhatChanged(t *testing.T) {
	t.Parallel()
	p := newStation(t, oneJob)
	p.deliver(t, "college_starters", "hugh-baird", friday.Add(-30*24*time.Hour), pipeline.Counts{Read: 9, Accepted: 9})
	p.deliver(t, "ucas", "kgv", friday.Add(-time.Hour), pipeline.Counts{Read: 10, Accepted: 7, Quarantined: 3})
	p.run(t, pipeline.RunHeld, "figures moved")
	p.end(t, pipeline.RunHeld, "figures moved")
	m, err := p.current().morning(t.Context(), p.book)
	if err != nil {
		t.Fatal(err)
	}
	text := m.Subject + "\n" + strings.Join(m.Lines, "\n")
	for _, want := range []string{"Nightjar: Friday 9 January 2026", "Nothing is published yet.", "held, started by job night: figures moved",
		"ucas from kgv: 7 rows, 3 in quarantine", "job night since 2026-01-09 12:00Z"} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "hugh-baird: 9") {
		t.Errorf("a list of last month is news:\n%s", text)
	}
}
