package pipeline

import "time"

// MarkKind says what a mark was made of.
type MarkKind string

// The kinds of mark: an identifier of the person, or the name, the date of
// birth and, where a list has none, the postcode as a list wrote them.
const (
	MarkClient MarkKind = "client"
	MarkUPN    MarkKind = "upn"
	MarkULN    MarkKind = "uln"
	MarkName   MarkKind = "name"
)

// ErasedMark is a keyed hash by which an erased person is known again when an
// old list is delivered once more. Without the key it tells nothing.
type ErasedMark struct {
	Mark    string
	Kind    MarkKind
	Erasure int64
}

// Erasure is a person who was removed from everything, as the ledger remembers
// it: that it happened, and not to whom.
type Erasure struct {
	ID       int64
	Token    string // of its journal: an erasure taken up again is written once
	By       string
	Reason   string // never personal data
	ErasedAt time.Time
	ErasedOn Date // the local day of ErasedAt
}

// ErasedLine is where a row about an erased person stood in a delivered file.
type ErasedLine struct {
	FileKey string // Delivery.Key
	Sheet   string // empty for CSV and XML
	Line    int64  // as the provider sees it
}

// RemovedPeople is the removal of people who had reached an age; its Until is
// their last day of birth.
const RemovedPeople = "people"

// Removal is what was taken away because it had reached its age.
type Removal struct {
	What  string    `json:"what"`
	Until Date      `json:"-"` // the last day that is gone
	At    time.Time `json:"at"`
	Files int64     `json:"files"`
	Rows  int64     `json:"rows"`
	Bytes int64     `json:"bytes"`
}
