package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

// shell is a helper that runs a script instead of the program.
func shell(script string) helper {
	return helper{func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, "sh", "-c", script) }}
}

// TestAHelperThatDiesIsTheFailureOfItsErrand has helpers that are killed, say
// nothing, say nonsense and cannot be started.
func TestAHelperThatDiesIsTheFailureOfItsErrand(t *testing.T) {
	t.Parallel()
	a, err := opened(t, oneJob)
	if err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]string{
		"read x; kill -9 $$":    "signal: killed",
		"read x; kill -ABRT $$": "signal: aborted",
		"read x":                "ended without an answer",
		"read x; echo hello":    "ended without an answer",
		"exit 3":                "exit status 3",
	} {
		id, err := shell(script).night(t.Context(), a, slotNight{})
		if id != "" || err == nil || !strings.Contains(err.Error(), want) || worth(err) {
			t.Errorf("%s: %q, %v", script, id, err)
		}
	}
	nobody := helper{func(ctx context.Context) *exec.Cmd { return exec.CommandContext(ctx, "/nowhere/nightjar") }}
	if err := nobody.prove(t.Context(), a); err == nil || !strings.Contains(err.Error(), "cannot be started") {
		t.Errorf("got %v", err)
	}
}

// TestAHelperThatIsToldToStopMaySayGoodbye cancels while the helper works.
func TestAHelperThatIsToldToStopMaySayGoodbye(t *testing.T) {
	t.Parallel()
	a, err := opened(t, oneJob)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	id, err := shell(`trap 'echo "{\"run_id\": \"r1\", \"error\": \"stopped\", \"kinds\": [\"cancelled\"]}"; exit 0' TERM; read x; while :; do sleep 0.02; done`).
		night(ctx, a, slotNight{})
	if id != "r1" || !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", id, err)
	}
}

// TestAnErrandKeepsWhatItsErrorIs sends every kind of error over.
func TestAnErrandKeepsWhatItsErrorIs(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		var sent, got answer
		sent.fail(errors.Join(errors.New("words"), kind))
		text, err := json.Marshal(sent)
		if err == nil {
			err = json.Unmarshal(text, &got)
		}
		if err != nil || !errors.Is(got.err(), kind) || pipeline.ExitCode(got.err()) != pipeline.ExitCode(kind) || got.err().Error() != sent.Error {
			t.Errorf("%s became %v, %v", name, got.err(), err)
		}
	}
	if err := (answer{}).err(); err != nil {
		t.Errorf("no error became %v", err)
	}
}

// TestAnErrandIsDoneAndEndsWithItsDaemon speaks to the helper's side.
func TestAnErrandIsDoneAndEndsWithItsDaemon(t *testing.T) {
	t.Parallel()
	a, clock, _ := openStation(t, oneJob)
	say := func(e errand) answer {
		t.Helper()
		e.Config, e.Text = a.cfg.Path, a.cfg.Text
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		in, daemon := io.Pipe()
		defer daemon.Close()
		go func() { _, _ = daemon.Write(text) }()
		var out bytes.Buffer
		var ans answer
		if err := errors.Join(Errand(t.Context(), in, &out, Options{Clock: clock, Progress: pipeline.NoProgress{}}), json.Unmarshal(out.Bytes(), &ans)); err != nil {
			t.Fatal(err)
		}
		return ans
	}
	if ans := say(errand{Do: "prove"}); ans.err() != nil {
		t.Errorf("prove: %v", ans.err())
	}
	if ans := say(errand{Do: "night", Night: slotNight{Trigger: "job night x"}}); ans.err() != nil || ans.RunID == "" {
		t.Errorf("night: %+v", ans)
	}
	if ans := say(errand{Do: "morning"}); ans.err() != nil || !strings.Contains(ans.Message.Subject, "9 January 2026") {
		t.Errorf("morning: %+v", ans)
	}
	if ans := say(errand{Do: "dance"}); !errors.Is(ans.err(), pipeline.ErrUsage) {
		t.Errorf("dance: %+v", ans)
	}
	// A daemon that is gone cancels what it asked for.
	text, err := json.Marshal(errand{Do: "prove", Config: a.cfg.Path, Text: a.cfg.Text})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Errand(t.Context(), bytes.NewReader(text), &out, Options{Clock: clock, Progress: pipeline.NoProgress{}}); err != nil || !strings.Contains(out.String(), "cancel") {
		t.Errorf("%v, %s", err, out.String())
	}
	if err := Errand(t.Context(), strings.NewReader("{"), &out, Options{}); !errors.Is(err, pipeline.ErrUsage) {
		t.Errorf("half an errand: %v", err)
	}
}
