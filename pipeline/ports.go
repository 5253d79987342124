package pipeline

import (
	"context"
	"time"
)

// Clock tells the time. Every rule about time takes one, so that tests decide
// what time it is.
type Clock interface{ Now() time.Time }

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now returns the machine's time.
func (SystemClock) Now() time.Time { return time.Now() }

// Progress is told how a long step goes on. Calls may come from several
// goroutines.
type Progress interface {
	// Start begins a step. total is 0 where nobody knows how much there is.
	Start(step, unit string, total int64)
	// Add says that n more units are done.
	Add(n int64)
	// Done ends the step.
	Done()
}

// NoProgress tells nobody.
type NoProgress struct{}

// Start does nothing.
func (NoProgress) Start(string, string, int64) {}

// Add does nothing.
func (NoProgress) Add(int64) {}

// Done does nothing.
func (NoProgress) Done() {}

// Source is a place where lists are handed in.
type Source interface {
	// Arrivals returns the deliveries that wait, in the order of delivered-at,
	// then name, and what stands there that cannot be taken now. Calling it
	// changes nothing but the ledger's first sightings. datasets limits the
	// search; empty means all.
	Arrivals(ctx context.Context, datasets []string) ([]Arrival, []Issue, error)
	// Archive moves a taken file out of the way, compressed, keeping its bytes.
	// Archiving twice, or a file that is already gone, is no error.
	Archive(ctx context.Context, a Arrival) error
}

// Loader turns a delivery into a snapshot.
type Loader interface {
	// Load reads, casts and writes. The same arrival always gives the same
	// snapshot files, byte for byte. It returns an error that is ErrRefused for
	// a file that breaks its contract (not worth retrying) and ErrNotReady for
	// one that vanished or changed while it was read (worth retrying).
	Load(ctx context.Context, a Arrival, p Progress) (FileRecord, error)
}

// FileLedger remembers deliveries.
type FileLedger interface {
	// FirstSeen returns when this file, by path and content, was first seen: now, if never before.
	FirstSeen(ctx context.Context, name, hash string, now time.Time) (time.Time, error)
	// Known returns the record of a delivery by Delivery.Key; false when there is none or it was refused.
	Known(ctx context.Context, key string) (FileRecord, bool, error)
	// RecordFile writes or replaces the record of a delivery.
	RecordFile(ctx context.Context, f FileRecord) error
	// Files returns every delivery, in the order of delivered-at, then key.
	Files(ctx context.Context) ([]FileRecord, error)
}

// RunLedger remembers runs.
type RunLedger interface {
	// BeginRun writes a run as started, before it does any work.
	BeginRun(ctx context.Context, r RunRecord) error
	// EndRun writes how the run ended, with its report.
	EndRun(ctx context.Context, r RunRecord) error
	// Runs returns the newest runs first; limit 0 means all.
	Runs(ctx context.Context, limit int) ([]RunRecord, error)
}

// SlotLedger remembers which planned times have had their run.
type SlotLedger interface {
	// ClaimSlot writes the slot as started and reports true, or false when it
	// was claimed before. It commits before it returns.
	ClaimSlot(ctx context.Context, s SlotRecord) (bool, error)
	// EndSlot writes how the slot's run ended.
	EndSlot(ctx context.Context, s SlotRecord) error
	// Slots returns the newest slots first.
	Slots(ctx context.Context, limit int) ([]SlotRecord, error)
}

// DecisionLedger remembers what reviewers decided about who is on a list.
type DecisionLedger interface {
	// RecordDecisions writes verdicts and returns how many of them were new;
	// one that stands there already, by subject, person, verdict and moment, is
	// left alone. Nothing is ever changed or removed.
	RecordDecisions(ctx context.Context, list []Decision) (int, error)
	// Decisions returns every verdict in the order in which they were written.
	Decisions(ctx context.Context) ([]Decision, error)
}

// Warehouse builds the models over the snapshots, aside.
type Warehouse interface {
	// Fingerprint identifies what a build would be made of: snapshots, models,
	// reference data, settings. Equal fingerprints give equal marts.
	Fingerprint(in BuildInput) string
	// Build makes every model and runs every check in a work file of its own.
	Build(ctx context.Context, in BuildInput, p Progress) (Build, error)
}

// Publisher shows a build to the readers.
type Publisher interface {
	// Current returns what readers see now; ok is false when nothing is published.
	Current(ctx context.Context) (pub Publication, ok bool, err error)
	// Publish writes a build's marts and exports to a folder of their own and
	// switches readers to it in one step. An error leaves the old one in place.
	Publish(ctx context.Context, b Build, p Progress) (Publication, error)
}
