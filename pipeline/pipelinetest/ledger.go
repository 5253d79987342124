package pipelinetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"nightjar/pipeline"
)

// Ledger is a ledger in memory. It passes LedgerSuite, so a test that uses it
// sees what the real one would do. The zero value is not usable; call
// NewLedger.
type Ledger struct {
	mu    sync.Mutex
	seen  map[[2]string]time.Time
	files map[string]pipeline.FileRecord
	runs  map[string]pipeline.RunRecord
	slots map[[2]string]pipeline.SlotRecord
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{
		seen:  map[[2]string]time.Time{},
		files: map[string]pipeline.FileRecord{},
		runs:  map[string]pipeline.RunRecord{},
		slots: map[[2]string]pipeline.SlotRecord{},
	}
}

// FirstSeen implements pipeline.FileLedger.
func (l *Ledger) FirstSeen(ctx context.Context, name, hash string, now time.Time) (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	key := [2]string{name, hash}
	if _, ok := l.seen[key]; !ok {
		l.seen[key] = now.UTC()
	}
	return l.seen[key], nil
}

// Known implements pipeline.FileLedger.
func (l *Ledger) Known(ctx context.Context, key string) (pipeline.FileRecord, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, ok := l.files[key]
	if !ok || f.Status != pipeline.FileLoaded {
		return pipeline.FileRecord{}, false, ctx.Err()
	}
	return f, true, ctx.Err()
}

// RecordFile implements pipeline.FileLedger.
func (l *Ledger) RecordFile(ctx context.Context, f pipeline.FileRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	l.files[f.Key()] = f
	return nil
}

// Files implements pipeline.FileLedger.
func (l *Ledger) Files(ctx context.Context) ([]pipeline.FileRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return sorted(l.files, func(a, b pipeline.FileRecord) int {
		return cmp.Or(a.DeliveredAt.Compare(b.DeliveredAt), cmp.Compare(a.Key(), b.Key()))
	}), ctx.Err()
}

// BeginRun implements pipeline.RunLedger.
func (l *Ledger) BeginRun(ctx context.Context, r pipeline.RunRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, ok := l.runs[r.RunID]; ok {
		return fmt.Errorf("run %s began before", r.RunID)
	}
	for id, old := range l.runs {
		if old.State == pipeline.RunStarted {
			l.interrupt(id, r.Started)
		}
	}
	r.State, r.Ended = pipeline.RunStarted, time.Time{}
	l.runs[r.RunID] = r
	return nil
}

// interrupt marks a killed run and the slot it ran for.
func (l *Ledger) interrupt(id string, found time.Time) {
	r := l.runs[id]
	r.State, r.Ended, r.ExitCode, r.Reason = pipeline.RunInterrupted, found, pipeline.ExitInterrupted, "killed"
	l.runs[id] = r
	for key, s := range l.slots {
		if s.State == pipeline.RunStarted && s.RunID == id {
			s.State, s.Reason = pipeline.RunInterrupted, "killed"
			l.slots[key] = s
		}
	}
}

// EndRun implements pipeline.RunLedger.
func (l *Ledger) EndRun(ctx context.Context, r pipeline.RunRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	old, ok := l.runs[r.RunID]
	if !ok {
		return fmt.Errorf("run %s never began", r.RunID)
	}
	r.Started, r.Trigger = old.Started, old.Trigger
	l.runs[r.RunID] = r
	return nil
}

// Runs implements pipeline.RunLedger.
func (l *Ledger) Runs(ctx context.Context, limit int) ([]pipeline.RunRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return first(limit, sorted(l.runs, func(a, b pipeline.RunRecord) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.RunID, a.RunID))
	})), ctx.Err()
}

// ClaimSlot implements pipeline.SlotLedger.
func (l *Ledger) ClaimSlot(ctx context.Context, s pipeline.SlotRecord) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{s.Job, s.Nominal}
	if _, ok := l.slots[key]; ok || ctx.Err() != nil {
		return false, ctx.Err()
	}
	s.State = pipeline.RunStarted
	l.slots[key] = s
	return true, nil
}

// EndSlot implements pipeline.SlotLedger.
func (l *Ledger) EndSlot(ctx context.Context, s pipeline.SlotRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{s.Job, s.Nominal}
	old, ok := l.slots[key]
	if !ok {
		return fmt.Errorf("slot %s %s was never claimed", s.Job, s.Nominal)
	}
	old.State, old.RunID, old.Reason = s.State, s.RunID, s.Reason
	l.slots[key] = old
	return ctx.Err()
}

// Slots implements pipeline.SlotLedger.
func (l *Ledger) Slots(ctx context.Context, limit int) ([]pipeline.SlotRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return first(limit, sorted(l.slots, func(a, b pipeline.SlotRecord) int {
		return cmp.Or(b.Instant.Compare(a.Instant), cmp.Compare(b.Job, a.Job))
	})), ctx.Err()
}

func sorted[K comparable, V any](m map[K]V, by func(a, b V) int) []V {
	var list []V
	for _, v := range m {
		list = append(list, v)
	}
	slices.SortFunc(list, by)
	return list
}

func first[V any](limit int, list []V) []V {
	if limit > 0 && len(list) > limit {
		return list[:limit]
	}
	return list
}
