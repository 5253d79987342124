package pipeline

import "time"

// StepState is how a step of a run ended.
type StepState string

// A step that was not reached is not attempted, and the report says so.
const (
	StepDone         StepState = "done"
	StepFailed       StepState = "failed"
	StepNotAttempted StepState = "not attempted"
)

// StepResult is one step of a run: what it was, how it ended, how long it took.
type StepResult struct {
	Step  string        `json:"step"`
	State StepState     `json:"state"`
	Took  time.Duration `json:"took_ns"`
	// Attempts is how often the step was tried; more than one where its source
	// said that another attempt was worth it.
	Attempts int    `json:"attempts,omitempty"`
	Say      string `json:"say,omitempty"`
}

// FileResult is one delivered file in the report of a run.
type FileResult struct {
	Dataset  string  `json:"dataset"`
	Provider string  `json:"provider"`
	File     string  `json:"file"`
	Outcome  string  `json:"outcome"` // loaded, refused, seen before, not ready, held
	Counts   Counts  `json:"counts"`
	Reason   string  `json:"reason,omitempty"`
	Notices  []Issue `json:"notices,omitempty"`
}

// RunReport is what a run did, in parts: what was done, what failed and what
// was not attempted.
type RunReport struct {
	RunID     string        `json:"run_id"`
	State     RunState      `json:"state"`
	ExitCode  int           `json:"exit_code"`
	DryRun    bool          `json:"dry_run,omitempty"`
	Attempt   int           `json:"attempt,omitempty"` // of the runs for the same slot; 0 for a run without one
	Resumed   string        `json:"resumed,omitempty"` // run whose finished build this one published
	News      bool          `json:"news"`              // false when nothing new arrived and nothing changed
	Started   time.Time     `json:"started"`
	Took      time.Duration `json:"took_ns"`
	AsAt      string        `json:"as_at,omitempty"`
	Steps     []StepResult  `json:"steps"`
	Files     []FileResult  `json:"files"`
	Waiting   []Issue       `json:"waiting,omitempty"` // what stands in the inbox and could not be taken
	Checks    []CheckResult `json:"checks,omitempty"`  // failed ones only
	Checked   int           `json:"checked"`           // how many checks ran
	Models    int           `json:"models"`            // how many models were built
	Published string        `json:"published,omitempty"`
	Notices   []Issue       `json:"notices,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	// Fingerprint identifies what this run built or would have built; a
	// release names it.
	Fingerprint string    `json:"fingerprint,omitempty"`
	Concerns    []Concern `json:"concerns,omitempty"` // figures that held the night, or would have
}

// Totals sums the rows of the files loaded in this run.
func (r RunReport) Totals() Counts {
	var sum Counts
	for _, f := range r.Files {
		if f.Outcome == OutcomeLoaded {
			sum = sum.Add(f.Counts)
		}
	}
	return sum
}

// The outcomes of a file in a run.
const (
	OutcomeLoaded   = "loaded"
	OutcomeRefused  = "refused"
	OutcomeSeen     = "seen before"
	OutcomeNotReady = "not ready"
	OutcomeHeld     = "held" // sound, but its size or its keys hold the night; it stays in the inbox
)
