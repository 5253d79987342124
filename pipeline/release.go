package pipeline

import (
	"context"
	"time"
)

// Gate looks at a finished build beside what readers see, before it is shown.
type Gate interface {
	// Look returns what a person should look at before the build is published;
	// none lets it pass. A build that a person released has none.
	Look(ctx context.Context, b Build, seen Publication) ([]Concern, error)
}

// Concern is one figure that moved more than it may on its own between the
// current publication and a build. It speaks of counts of the whole borough
// or of a list, never of a person.
type Concern struct {
	Rule    string  `json:"rule"`    // cohort_shrinks, not_known_rises or empty_list
	Subject string  `json:"subject"` // what was compared, such as 16-17 recorded 2021-10-31
	Before  float64 `json:"before"`
	After   float64 `json:"after"`
	Change  float64 `json:"change_percent"`
	Limit   float64 `json:"limit_percent"`
	Say     string  `json:"say"`
}

// Release is a person's word that a held build may be published.
type Release struct {
	Fingerprint string    `json:"fingerprint"` // of the build
	RunID       string    `json:"run_id"`      // run that was held
	By          string    `json:"released_by"`
	Reason      string    `json:"reason"`
	At          time.Time `json:"released_at"`
}

// AlertState says whether something is still wrong.
type AlertState string

// An alert is open until what it is about is mended.
const (
	AlertOpen AlertState = "open"
	AlertOver AlertState = "over"
)

// Alert is something that people are told of once when it goes wrong, and once
// when it is mended. The ledger keeps it, so that a restart tells nobody twice
// and a message that could not be sent is sent later.
type Alert struct {
	Subject string     `json:"subject"`
	State   AlertState `json:"state"`
	Say     string     `json:"say"` // never personal data
	Since   time.Time  `json:"since"`
	Told    time.Time  `json:"told_at"` // zero while the message waits
}
