package app

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// rewrite replaces the configuration of an installation.
func rewrite(t *testing.T, path, jobs string) {
	t.Helper()
	head := "authority: {la_code: \"343\"}\nfolders: {inbox: inbox, data: .}\ninbox: {settle: 0s}\nliveness: {listen: \"\"}\n"
	if err := os.WriteFile(path, []byte(head+jobs), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAnEditedJobDoesNotMakeUpForThePast edits the jobs while nobody looks and
// then asks what is due: slots that the new form would have had are nobody's.
func TestAnEditedJobDoesNotMakeUpForThePast(t *testing.T) {
	t.Parallel()
	const all = ", catch_up: all, max_age: 30d, cap: 100}\n"
	for name, tc := range map[string]struct {
		before, after string
		want          int // slots of the night afterwards
	}{
		"nothing edited":  {`{name: night, cron: "30 2 * * *"`, `{name: night, cron: "30 2 * * *"`, 1},
		"another hour":    {`{name: night, cron: "30 2 * * *"`, `{name: night, cron: "30 1 * * *"`, 0},
		"a job is added":  {`{name: other, cron: "0 0 1 1 *"`, `{name: night, cron: "30 2 * * *"`, 0},
		"another zone":    {`{name: night, cron: "30 2 * * *"`, `{name: night, cron: "30 2 * * *", time_zone: Europe/Paris`, 0},
		"a season begins": {`{name: night, cron: "30 2 * * *", season: {from: 09-01, to: 10-31}`, `{name: night, cron: "30 2 * * *", season: {from: 01-01, to: 02-28}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, clock, _ := openStation(t, oneJob)
			once := func(jobs string) {
				t.Helper()
				rewrite(t, a.ConfigPath, jobs)
				now, err := Open(a.Options)
				if err == nil {
					err = now.Daemon(t.Context(), DaemonOptions{Once: true})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			once("jobs:\n  - " + tc.before + all)
			clock.move(24 * time.Hour)
			once("jobs:\n  - " + tc.after + all)
			lines, err := a.History(t.Context(), "night", 0)
			if err != nil || len(lines) != tc.want {
				t.Errorf("%d slots, want %d: %+v, %v", len(lines), tc.want, lines, err)
			}
		})
	}
}

// TestTheConfigurationChangesBetweenRuns asks for a reload while a slot is at
// work: it waits for the end of the slot, and takes over then.
func TestTheConfigurationChangesBetweenRuns(t *testing.T) {
	t.Parallel()
	p := newStation(t, oneJob)
	before := p.current()
	p.turn <- struct{}{} // a slot is at work
	rewrite(t, before.ConfigPath, "jobs:\n  - {name: evening, cron: \"0 18 * * *\"}\n")
	short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := p.reload(short); err == nil || p.current() != before {
		t.Errorf("the configuration changed under a slot: %v", err)
	}
	<-p.turn
	if err := p.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.scheduler.Stop(t.Context()) }()
	if jobs := p.current().jobs(); len(jobs) != 1 || jobs[0].Name != "evening" {
		t.Errorf("in force: %+v", jobs)
	}
}

// TestABrokenConfigurationStandsInTheStatusUntilItIsMended also lets the
// helper work by the configuration in force and not by the broken file.
func TestABrokenConfigurationStandsInTheStatusUntilItIsMended(t *testing.T) {
	t.Parallel()
	p := newStation(t, oneJob)
	old := p.current()
	rewrite(t, old.ConfigPath, "jobs: nonsense\n")
	p.tellReload(t.Context(), p.reload(t.Context()))
	if got := wrongNow(t, old); !strings.Contains(got, "configuration: it was not taken over, and the one before goes on") {
		t.Errorf("the status says %q", got)
	}
	if _, err := Open(Options{ConfigPath: old.ConfigPath, ConfigText: old.cfg.Text, Clock: p.clock}); err != nil {
		t.Errorf("the text in force cannot be used once the file is broken: %v", err)
	}
	rewrite(t, old.ConfigPath, oneJob)
	err := p.reload(t.Context())
	p.tellReload(t.Context(), err)
	defer func() { _ = p.scheduler.Stop(t.Context()) }()
	if got := wrongNow(t, old); err != nil || got != "" {
		t.Errorf("mended, the status says %q, %v", got, err)
	}
}

// wrongNow is what the status shows as wrong.
func wrongNow(t *testing.T, a *App) string {
	t.Helper()
	s, err := a.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, w := range s.Wrong {
		out = append(out, w.Subject+": "+w.Say)
	}
	return strings.Join(out, "\n")
}
