package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
)

// long leaves a test out that takes minutes of the real clock.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("NIGHTJAR_LONG") == "" {
		t.Skip("takes minutes of the real clock; NIGHTJAR_LONG=1 runs it")
	}
	t.Parallel()
}

// planned writes an installation with one job and returns its configuration.
func planned(t *testing.T, job string) string {
	t.Helper()
	config := tiny(t)
	if err := os.WriteFile(config, []byte(tinyConfig+"liveness: {listen: \"\"}\njobs:\n  - "+job+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

// daemonFor starts the daemon as a process with more environment, and ends it
// with the returned function.
func daemonFor(t *testing.T, config string, env ...string) (*exec.Cmd, func()) {
	t.Helper()
	cmd := process(t.Context(), "daemon", "--config", config)
	cmd.Env = append(cmd.Env, env...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, func() {
		t.Helper()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the daemon ended with %v\n%s", err, out.String())
		}
	}
}

// ended lists "nominal state" of the slots, oldest first, when there is a
// ledger.
func ended(t *testing.T, config string) []string {
	t.Helper()
	book, err := ledger.OpenReadOnly(filepath.Join(filepath.Dir(config), "ledger.sqlite"))
	if err != nil {
		return nil
	}
	defer book.Close()
	slots, err := book.Slots(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range slots {
		out = append(out, s.Nominal+" "+string(s.State))
	}
	slices.Reverse(out)
	return out
}

func runCount(t *testing.T, config string) int {
	t.Helper()
	book, err := ledger.OpenReadOnly(filepath.Join(filepath.Dir(config), "ledger.sqlite"))
	if err != nil {
		return 0
	}
	defer book.Close()
	runs, err := book.Runs(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return len(runs)
}

// TestLongFakedClock puts the program into the two nights of a year in which
// the clocks change, by a clock library that is loaded before the C library.
// A night in the gap runs at the first moment after it; one in the hour that
// comes twice runs in the first and not in the second, not even when the
// daemon is started anew in between.
func TestLongFakedClock(t *testing.T) {
	long(t)
	found, _ := filepath.Glob("/usr/lib/*/faketime/libfaketime.so.1")
	if len(found) == 0 {
		t.Skip("libfaketime is not installed; apt-get install faketime")
	}
	config := planned(t, `{name: night, cron: "30 1 * * *", catch_up: none}`)
	for _, step := range []struct {
		at   string // UTC, a few seconds before the moment
		want string // last slot afterwards
		runs int
	}{
		{"2026-03-29T00:59:45Z", "2026-03-29T01:30 done", 1}, // 01:30 does not exist
		{"2026-10-25T00:29:45Z", "2026-10-25T01:30 done", 2}, // 01:30 in summer time
		{"2026-10-25T01:29:45Z", "2026-10-25T01:30 done", 2}, // 01:30 in winter time
		{"2026-10-26T01:29:45Z", "2026-10-26T01:30 done", 3},
	} {
		at, err := time.Parse(time.RFC3339, step.at)
		if err != nil {
			t.Fatal(err)
		}
		_, stop := daemonFor(t, config, "LD_PRELOAD="+found[0], "FAKETIME_DONT_FAKE_MONOTONIC=1",
			fmt.Sprintf("FAKETIME=%+ds", int64(time.Until(at).Round(time.Second).Seconds())))
		time.Sleep(35 * time.Second)
		stop()
		got := ended(t, config)
		if len(got) == 0 || got[len(got)-1] != step.want || runCount(t, config) != step.runs {
			t.Fatalf("after %s: %d runs, slots %q, want %s", step.at, runCount(t, config), got[max(0, len(got)-2):], step.want)
		}
	}
}

// TestLongStoppedOverASlot stops the process, as a suspended machine does,
// over two slots of a job that has one each minute.
func TestLongStoppedOverASlot(t *testing.T) {
	long(t)
	config := planned(t, `{name: night, cron: "* * * * *", catch_up: all}`)
	begin := time.Now()
	cmd, stop := daemonFor(t, config)
	time.Sleep(70 * time.Second)
	_ = cmd.Process.Signal(syscall.SIGSTOP)
	time.Sleep(130 * time.Second)
	_ = cmd.Process.Signal(syscall.SIGCONT)
	time.Sleep(70 * time.Second)
	stop()
	got := ended(t, config)
	first := begin.Add(15 * time.Second).Truncate(time.Minute).Add(time.Minute) // the start takes a moment
	for at := first; at.Before(begin.Add(265 * time.Second).Truncate(time.Minute)); at = at.Add(time.Minute) {
		loc, err := time.LoadLocation("Europe/London")
		if err != nil {
			t.Fatal(err)
		}
		if want := at.In(loc).Format("2006-01-02T15:04") + " " + string(pipeline.RunDone); !slices.Contains(got, want) {
			t.Errorf("no %q among %q", want, got)
		}
	}
	if runs := runCount(t, config); runs != len(got) {
		t.Errorf("%d runs for %d slots", runs, len(got))
	}
}

// TestLongIdleDaemonIsSmall measures the daemon before its first night and
// after one: less than 80 MiB resident, and no processor time to speak of.
func TestLongIdleDaemonIsSmall(t *testing.T) {
	long(t)
	config := planned(t, `{name: night, cron: "* * * * *"}`)
	drop(t, config, "october.csv", 50)
	cmd, stop := daemonFor(t, config)
	defer stop()
	for _, wait := range []time.Duration{8 * time.Second, 80 * time.Second} {
		time.Sleep(wait)
		kib, ticks := usage(t, cmd.Process.Pid)
		t.Logf("%d slots done, %d KiB resident, %d ticks of processor time", len(ended(t, config)), kib, ticks)
		if kib > 80<<10 || ticks > 100 {
			t.Errorf("%d KiB resident, %d ticks", kib, ticks)
		}
	}
	if len(ended(t, config)) == 0 {
		t.Error("no night was run")
	}
}

// usage returns what a process has resident and how many hundredths of a
// second of the processor it took.
func usage(t *testing.T, pid int) (kib, ticks int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("there is no /proc here")
	}
	for line := range strings.Lines(string(status)) {
		_, _ = fmt.Sscanf(line, "VmRSS: %d kB", &kib) // every other line does not fit
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')'):]))
	var user, sys int
	if _, err := fmt.Sscan(f[12], &user); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(f[13], &sys); err != nil {
		t.Fatal(err)
	}
	return kib, user + sys
}
