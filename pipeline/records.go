package pipeline

import "time"

// RunState is where a run stands.
type RunState string

// A run is started, then one of the others. Interrupted covers a run that was
// killed: the next run finds it started and marks it.
const (
	RunStarted     RunState = "started"
	RunDone        RunState = "done"
	RunFailed      RunState = "failed"
	RunHeld        RunState = "held"
	RunInterrupted RunState = "interrupted"
)

// RunRecord is a run as the ledger remembers it.
type RunRecord struct {
	RunID    string
	State    RunState
	Trigger  string // command or the slot's job
	Started  time.Time
	Ended    time.Time // zero while it runs
	ExitCode int
	Reason   string    // why it failed or was held; never personal data
	Report   RunReport // what it did, in parts
}

// SlotRecord is one planned time of one job. Its identity is the job and the
// nominal local time: 2026-10-25T01:30 happens once, though the clock shows
// it twice.
type SlotRecord struct {
	Job     string
	Nominal string // local wall time, 2026-10-25T01:30
	Instant time.Time
	State   RunState
	RunID   string
	Reason  string
}

// BuildInput is everything a build is made of.
type BuildInput struct {
	RunID      string
	Started    time.Time
	Files      []FileRecord // every loaded delivery known to the build
	Refused    []FileRecord // refused ones, for meta.files
	Runs       []RunRecord  // for meta.runs
	Decisions  []Decision   // reviewers' verdicts in force on the day asked for; a night knows all
	Erasures   []Erasure    // people erased up to now, whose rows are in no file any more
	Removals   []Removal    // what retention took away up to now
	KnownUntil Date         // the day asked for; deliveries after it are not in Files
	AsAt       Date         // the greatest DeliveredOn among Files
}

// CheckResult is one check on one model.
type CheckResult struct {
	Model    string `json:"model"`
	Check    string `json:"check"`
	Blocking bool   `json:"blocking"`
	Failures int64  `json:"failures"`
	Sample   string `json:"sample,omitempty"` // keys of the first offending rows; never a person
	Why      string `json:"why,omitempty"`
}

// Build is a finished work file that waits to be published.
type Build struct {
	Input       BuildInput
	Fingerprint string
	ModelsHash  string
	RefHash     string
	Path        string // work file
	MadeBy      string // run that made it, where this one goes on with its work; empty else
	Finished    time.Time
	Models      []ModelResult
	Checks      []CheckResult
}

// Blocked returns the blocking checks that failed.
func (b Build) Blocked() []CheckResult {
	var out []CheckResult
	for _, c := range b.Checks {
		if c.Blocking && c.Failures > 0 {
			out = append(out, c)
		}
	}
	return out
}

// ModelResult is one model as built.
type ModelResult struct {
	Model string        `json:"model"`
	Rows  int64         `json:"rows"`
	Took  time.Duration `json:"took_ns"`
}

// Publication is what readers see.
type Publication struct {
	RunID       string
	Fingerprint string
	AsAt        Date
	Folder      string // absolute path of published/<run>
	Warehouse   string // absolute path of nightjar.duckdb in it
	Exports     []string
	Published   time.Time
	Notices     []Issue // such as a stray .wal that was moved away
	// PassedOver are fingerprints of the publications that a person took
	// readers back from to this one.
	PassedOver []string
}

// NoNews says why a build of this fingerprint would bring readers nothing, or
// is empty: they see it already, or a person took them back from it, which a
// night without news must not undo.
func (p Publication) NoNews(fingerprint string) string {
	if p.Fingerprint == fingerprint {
		return "nothing new since run " + p.RunID
	}
	for _, f := range p.PassedOver {
		if f == fingerprint {
			return "nothing new since readers were taken back to run " + p.RunID + "; nightjar versions lists what they were taken back from"
		}
	}
	return ""
}
