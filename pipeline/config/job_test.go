package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

const head = "authority: {la_code: \"343\"}\n"

func TestJobsAndLivenessAreReadWithTheirDefaults(t *testing.T) {
	t.Parallel()
	c, err := Load(write(t, head+`
jobs:
  - name: starters
    cron: "30 2 * * *"
    season: {from: 09-01, to: 10-31}
    catch_up: all
    max_age: 3d
    cap: 4
    overlap: skip
    retries: 0
    backoff: 30s
    max_backoff: 5m
    deadline: 2h
  - {name: night, cron: "0 3 * * *"}
hold: {cohort_shrinks_percent: 5}
liveness:
  required: [{dataset: caseload, max_age: 40d}]
  heartbeat: {url: {env: BEAT}}
alerts:
  mail: {host: mail.example, from: nightjar@example.org, to: [officer@example.org], username: nightjar, password: {file: mail.secret}, morning: "07:30"}
`), testDatasets())
	if err != nil {
		t.Fatal(err)
	}
	j := c.Jobs[0]
	if j.Season != (Season{"09-01", "10-31"}) || j.CatchUp != "all" || j.MaxAge.Span() != 72*time.Hour || *j.Cap != 4 || j.Overlap != "skip" ||
		*j.Retries != 0 || j.Backoff.Span() != 30*time.Second || j.MaxBackoff.Span() != 5*time.Minute || j.Deadline.Span() != 2*time.Hour {
		t.Errorf("job = %+v", j)
	}
	if n := c.Jobs[1]; n.MaxAge != nil || n.Cap != nil || n.Retries != nil || n.CatchUp != "" {
		t.Errorf("a job that says nothing has %+v", n)
	}
	if c.Hold != (Hold{5, 10, 30, true}) {
		t.Errorf("hold = %+v", c.Hold)
	}
	if l := c.Liveness; l.Listen != "127.0.0.1:9637" || l.MaxAge.Span() != 36*time.Hour || l.Heartbeat.Every.Span() != 15*time.Minute || l.Required[0].MaxAge.Span() != 960*time.Hour {
		t.Errorf("liveness = %+v", l)
	}
	if m := c.Alerts.Mail; m.Port != 587 || m.TLS != "starttls" || m.MorningCron() != "30 7 * * *" || m.Password.File != filepath.Join(filepath.Dir(c.Path), "mail.secret") {
		t.Errorf("mail = %+v", m)
	}
}

func TestJobsAndLivenessNameFieldAndLine(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, text, want string }{
		{"catch-up", "jobs:\n  - name: a\n    cron: x\n    catch_up: some\n", "line 5, jobs[0].catch_up: \"some\" is not known; write one of: none, last, all"},
		{"overlap", "jobs:\n  - {name: a, cron: x, overlap: run}\n", "line 3, jobs[0].overlap:"},
		{"cap", "jobs:\n  - {name: a, cron: x, cap: 0}\n", "jobs[0].cap: must be 1 or more"},
		{"retries", "jobs:\n  - {name: a, cron: x, retries: -1}\n", "jobs[0].retries: must lie between"},
		{"deadline", "jobs:\n  - {name: a, cron: x, deadline: 0s}\n", "jobs[0].deadline: must be more than nothing"},
		{"season", "jobs:\n  - {name: a, cron: x, season: {from: 09-01}}\n", "jobs[0].season: needs both ends"},
		{"reserved", "jobs:\n  - {name: morning-mail, cron: x}\n", "jobs[0].name: \"morning-mail\" is the job of"},
		{"span", "jobs:\n  - {name: a, cron: x, max_age: 3w}\n", "is not a time span"},
		{"unknown", "jobs:\n  - {name: a, cron: x, window: {}}\n", "jobs[0].window: no such field; expected one of: backoff,"},
		{"hold", "hold:\n  cohort_shrinks_percent: 200\n", "line 3, hold.cohort_shrinks_percent: must lie between"},
		{"listen", "liveness:\n  listen: here\n", "line 3, liveness.listen: \"here\" is not an address"},
		{"required", "liveness:\n  required: [{dataset: nope, max_age: 1d}]\n", "liveness.required[0].dataset: no such dataset"},
		{"required age", "liveness:\n  required: [{dataset: caseload}]\n", "liveness.required[0].max_age: says how old"},
		{"two places", "alerts:\n  webhook: {url: {env: A, file: b}}\n", "alerts.webhook.url: names two places"},
		{"secret in the clear", "alerts:\n  webhook: {url: https://hooks.example/token}\n", ""},
		{"mail", "alerts:\n  mail: {host: m, from: nobody, to: []}\n", "alerts.mail.from: \"nobody\" is not an address"},
		{"password in the clear", "alerts:\n  mail: {host: m, from: a@b.c, to: [a@b.c], username: u, password: {env: P}, tls: none}\n", "alerts.mail.tls: none would send the password in the clear"},
		{"morning", "alerts:\n  mail: {host: m, from: a@b.c, to: [a@b.c], morning: \"7:30\"}\n", "alerts.mail.morning: \"7:30\" is not a time of day"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(write(t, head+tc.text), testDatasets())
			if !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("message lacks %q:\n%v", tc.want, err)
			}
		})
	}
}

func TestAFurtherCheckReportsWithItsLine(t *testing.T) {
	t.Parallel()
	_, err := Load(write(t, head+"jobs:\n  - name: a\n    cron: nonsense\n"), testDatasets(), func(c *Config, problem func(field, say string)) {
		problem("jobs[0].cron", fmt.Sprintf("%q is refused", c.Jobs[0].Cron))
	})
	if err == nil || !strings.Contains(err.Error(), `line 4, jobs[0].cron: "nonsense" is refused`) {
		t.Errorf("got %v", err)
	}
}

func TestSecretsComeFromTheirPlaceAndNowhereElse(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "token")
	if err := os.WriteFile(file, []byte("  s3cret \nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NIGHTJAR_TEST_SECRET", "from-env")
	for _, tc := range []struct {
		ref  SecretRef
		want string
	}{{SecretRef{File: file}, "s3cret"}, {SecretRef{Env: "NIGHTJAR_TEST_SECRET"}, "from-env"}} {
		if s, err := tc.ref.Read(); err != nil || s.Reveal() != tc.want {
			t.Errorf("%+v: %v, %v", tc.ref, s.Reveal(), err)
		}
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []SecretRef{{File: file}, {Env: "NIGHTJAR_TEST_NOT_SET"}, {File: filepath.Join(dir, "none")}} {
		if _, err := ref.Read(); !errors.Is(err, pipeline.ErrUsage) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%+v: %v", ref, err)
		}
	}
	if err := CheckURL(pipeline.NewSecret("hooks.example/tok3n")); err == nil || strings.Contains(err.Error(), "tok3n") {
		t.Errorf("got %v", err)
	}
}
