package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/notify"
)

// errand is what a daemon asks of a helper process. It carries the
// configuration in force, whatever stands in the file by now.
type errand struct {
	Do        string    `json:"do"` // prove, night, matches, morning or stream
	Config    string    `json:"config"`
	Text      []byte    `json:"text"`
	Night     slotNight `json:"night"`
	Warehouse string    `json:"warehouse,omitempty"`
	Stream    Stream    `json:"stream"`
}

// answer is what the helper says.
type answer struct {
	RunID   string              `json:"run_id,omitempty"`
	Matches map[string][2]int64 `json:"matches,omitempty"`
	Message notify.Message      `json:"message"`
	Error   string              `json:"error,omitempty"`
	Kinds   []string            `json:"kinds,omitempty"` // what the error is, by the names of kinds
}

// kinds are the errors that a caller tells apart, by their names between the
// processes.
var kinds = map[string]error{
	"usage": pipeline.ErrUsage, "quarantine": pipeline.ErrQuarantine, "held": pipeline.ErrHeld, "moved": pipeline.ErrMoved,
	"locked": pipeline.ErrLocked, "not ready": pipeline.ErrNotReady, "cancelled": context.Canceled,
}

// said is an error that came from another process, in its words.
type said struct {
	text  string
	kinds []string
}

// Error returns the words.
func (s said) Error() string { return s.text }

// Is makes it what it was over there.
func (s said) Is(target error) bool {
	for _, k := range s.kinds {
		if kinds[k] == target {
			return true
		}
	}
	return false
}

func (a answer) err() error {
	if a.Error == "" {
		return nil
	}
	return said{a.Error, a.Kinds}
}

// fail puts an error into an answer.
func (a *answer) fail(err error) {
	if err == nil {
		return
	}
	a.Error = err.Error()
	for name, kind := range kinds {
		if errors.Is(err, kind) {
			a.Kinds = append(a.Kinds, name)
		}
	}
}

// Helper returns a command that runs Errand in a process of its own.
type Helper func(ctx context.Context) *exec.Cmd

// helper does heavy work in processes that end with it.
type helper struct{ command Helper }

// patience is how long a helper that was told to stop may take to record it.
const patience = 30 * time.Second

// ask runs one errand. A helper that dies without an answer is that errand's
// failure and nobody else's.
func (h helper) ask(ctx context.Context, e errand, a *App) (answer, error) {
	var out bytes.Buffer
	cmd, werr, err := h.start(ctx, e, a, &out)
	if err != nil {
		return answer{}, err
	}
	err = cmd.Wait()
	var ans answer
	if jerr := json.Unmarshal(out.Bytes(), &ans); jerr != nil {
		if ctx.Err() != nil {
			return ans, ctx.Err()
		}
		return ans, fmt.Errorf("the helper process ended without an answer: %w; the log has its last words, and killed by the machine means that warehouse.memory_limit is too high for it",
			errors.Join(err, werr))
	}
	return ans, ans.err()
}

// start begins an errand, whose words go to out. sent is what went wrong with
// telling it what to do.
func (h helper) start(ctx context.Context, e errand, a *App, out io.Writer) (cmd *exec.Cmd, sent, err error) {
	e.Config, e.Text = a.cfg.Path, a.cfg.Text
	text, err := json.Marshal(e)
	if err != nil {
		return nil, nil, err
	}
	cmd = h.command(ctx)
	cmd.Stdout = out
	// The pipe stays open as long as this process lives: its end tells the
	// helper that nobody waits any more, however this process ended.
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	// A signal from a terminal is for the daemon; what the helper is to do about
	// it, the daemon says.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("helper process cannot be started: %w; see that the program may be executed and the machine has memory left", err)
	}
	_, sent = in.Write(append(text, '\n'))
	return cmd, sent, nil
}

func (h helper) prove(ctx context.Context, a *App) error {
	_, err := h.ask(ctx, errand{Do: "prove"}, a)
	return err
}

func (h helper) night(ctx context.Context, a *App, n slotNight) (string, error) {
	ans, err := h.ask(ctx, errand{Do: "night", Night: n}, a)
	return ans.RunID, err
}

func (h helper) matches(ctx context.Context, a *App, warehouse string) (map[string][2]int64, error) {
	ans, err := h.ask(ctx, errand{Do: "matches", Warehouse: warehouse}, a)
	return ans.Matches, err
}

func (h helper) morning(ctx context.Context, a *App) (notify.Message, error) {
	ans, err := h.ask(ctx, errand{Do: "morning"}, a)
	return ans.Message, err
}

// Errand does what a daemon asks on in and answers on out. It is cancelled
// when in ends, because then the daemon is gone. Its error is one of talking;
// what goes wrong with the work is part of the answer.
func Errand(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var e errand
	requests := json.NewDecoder(in)
	if err := requests.Decode(&e); err != nil {
		return fmt.Errorf("%w: errand cannot be read: %w; the daemon starts errands, nobody else", pipeline.ErrUsage, err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, in) // until the daemon closes it or is gone
		cancel()
	}()
	var ans answer
	o.ConfigPath, o.ConfigText = e.Config, e.Text
	a, err := Open(o)
	if err == nil && e.Do == "stream" {
		return here{}.answerStream(ctx, a, e.Stream, out)
	}
	if err == nil {
		err = a.errand(ctx, e, &ans)
	}
	ans.fail(err)
	return json.NewEncoder(out).Encode(ans)
}

func (a *App) errand(ctx context.Context, e errand, ans *answer) (err error) {
	switch e.Do {
	case "prove":
		return here{}.prove(ctx, a)
	case "night":
		ans.RunID, err = here{}.night(ctx, a, e.Night)
	case "matches":
		ans.Matches, err = here{}.matches(ctx, a, e.Warehouse)
	case "morning":
		ans.Message, err = here{}.morning(ctx, a)
	default:
		err = fmt.Errorf("%w: no errand %q; daemon and helper are of two versions, restart the daemon", pipeline.ErrUsage, strings.TrimSpace(e.Do))
	}
	return err
}
