package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/schedules"
)

// opened writes a configuration and opens it. text follows the head.
func opened(t *testing.T, text string) (*App, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nightjar.yaml")
	all := "authority: {la_code: \"343\"}\nfolders: {inbox: inbox, data: .}\n" + text
	if err := os.WriteFile(path, []byte(all), 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(Options{ConfigPath: path, Clock: pipeline.SystemClock{}, Progress: pipeline.NoProgress{}, Version: "test"})
}

func TestJobsTakeTheirPolicyFromTheConfiguration(t *testing.T) {
	t.Parallel()
	a, err := opened(t, `jobs:
  - {name: plain, cron: "30 2 * * *"}
  - {name: own, cron: "0 3 * * *", time_zone: America/New_York, season: {from: 09-01, to: 10-31}, catch_up: all, max_age: 2d, cap: 3, overlap: skip, retries: 1, backoff: 1h, deadline: 3h, datasets: [ucas]}
`)
	if err != nil {
		t.Fatal(err)
	}
	jobs := a.jobs()
	if jobs[0].Policy != schedules.DefaultPolicy() || !jobs[0].Window.All() {
		t.Errorf("a job that says nothing has %+v", jobs[0].Policy)
	}
	want := schedules.Policy{CatchUp: schedules.CatchUpAll, MaxAge: 48 * time.Hour, Cap: 3, Overlap: schedules.OverlapSkip, Retries: 1,
		Backoff: time.Hour, MaxBackoff: time.Hour, Deadline: 3 * time.Hour}
	if jobs[1].Policy != want || jobs[1].Window.String() != "09-01 to 10-31" || jobs[0].Zone.String() != "Europe/London" || jobs[1].Zone.String() != "America/New_York" || len(jobs[1].Datasets) != 1 {
		t.Errorf("got %+v, %s", jobs[1].Policy, jobs[1].Window)
	}
}

func TestWhatTheSchedulerRefusesIsNamedByFieldAndLine(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ job, want string }{
		{`{name: a, cron: "0 0 31 2 *"}`, "line 4, jobs[0].cron: cron \"0 0 31 2 *\": the day never comes"},
		{`{name: a, cron: "0 0 13 * 5"}`, "jobs[0].cron: cron \"0 0 13 * 5\": day of month and weekday are both restricted"},
		{`{name: a, cron: "0 2 * * *", season: {from: 31-12, to: 01-01}}`, "line 4, jobs[0].season: season from:"},
		{`{name: a, cron: "0 2 * * *", time_zone: Lodnon}`, "line 4, jobs[0].time_zone: \"Lodnon\" is not a time zone"},
		{`{name: a, cron: "0 2 * * *", backoff: 2m, max_backoff: 1m}`, "jobs[0]: usage: backoff is more than nothing and at most max_backoff"},
		{`{name: a, cron: "0 2 * * *", max_age: 500d}`, "max_age is at most 400 days"},
	} {
		_, err := opened(t, "jobs:\n  - "+tc.job+"\n")
		if !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: message lacks %q:\n%v", tc.job, tc.want, err)
		}
	}
}

func TestOnlyWhatMayPassIsTriedAgain(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		fmt.Errorf("inbox: %w", pipeline.ErrNotReady): true, fmt.Errorf("run: %w", pipeline.ErrLocked): true,
		pipeline.ErrRefused: false, pipeline.ErrHeld: false, pipeline.ErrUsage: false, errors.New("disk"): false,
	} {
		if worth(err) != want {
			t.Errorf("%v: worth another attempt is %v", err, !want)
		}
	}
}
