package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
	"nightjar/pipeline/config"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
)

// Retained is what had reached its age, by kind. Kinds without an age in the
// configuration are not among them.
type Retained struct {
	DryRun bool         `json:"dry_run,omitempty"`
	Gone   []RemovedAge `json:"gone"`
	Kept   []string     `json:"kept_for_ever,omitempty"` // kinds without an age
	Notes  []string     `json:"notes,omitempty"`         // what cannot be done any more
}

// RemovedAge is one kind of thing with what of it had reached its age.
type RemovedAge struct {
	What  string `json:"what"`
	Until string `json:"until"` // what is from this day or before went; for people: born then
	Files int64  `json:"files"`
	Rows  int64  `json:"rows,omitempty"`
	Bytes int64  `json:"bytes"`
}

// retention is one application of the ages.
type retention struct {
	*App
	book   *ledger.Ledger
	files  []pipeline.FileRecord
	dryRun bool
	now    time.Time
}

// Retain removes what has reached its configured age, and says what went: files,
// rows, bytes, no names. The ledger remembers it, and so does the audit log.
// A dry run counts the same and changes nothing.
func (a *App) Retain(ctx context.Context, dryRun bool) (out Retained, err error) {
	out.DryRun = dryRun
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, fs.ErrNotExist) {
		return out, fmt.Errorf("no list was ever loaded into %s, so nothing has an age", a.cfg.Folders.Data)
	}
	if err := a.nothingHalfErased(); err != nil {
		return out, err
	}
	lock, err := ledger.Lock(a.lockFile(), a.Clock.Now())
	if err != nil {
		return out, err
	}
	defer func() { _ = lock.Unlock() }()
	book, err := a.openLedger()
	if err != nil {
		return out, err
	}
	defer book.Close()
	r := &retention{App: a, book: book, dryRun: dryRun, now: a.Clock.Now()}
	if r.files, err = book.Files(ctx); err != nil {
		return out, err
	}
	for _, k := range r.kinds() {
		if k.age == nil {
			out.Kept = append(out.Kept, k.what)
			continue
		}
		if err := r.apply(ctx, k, &out); err != nil {
			return out, fmt.Errorf("retention of %s: %w", k.what, err)
		}
	}
	if dryRun {
		return out, nil
	}
	return out, r.auditRetain(ctx, out)
}

// ageKind is a kind of thing with its age and how it goes.
type ageKind struct {
	what   string
	age    *config.Duration
	remove func(ctx context.Context, before time.Time) (pipeline.Removal, error)
	note   string // what cannot be done any more once something went
}

func (r *retention) kinds() []ageKind {
	c := r.cfg.Retain
	people := (*config.Duration)(nil)
	if c.PeopleAge > 0 {
		years := config.Duration(0) // reckoned by birthdays, not by hours
		people = &years
	}
	return []ageKind{
		{"archive", c.Archive, r.originals, "originals from before that day cannot be loaded again, and refused rows from then are shown without their headings"},
		{"quarantine", c.Quarantine, r.quarantined, "refused rows from before that day can only be counted"},
		{"written lists", c.Lists, r.lists, ""},
		{"versions", c.Versions, r.versions, "readers cannot be taken back to publications from before that day"},
		{"work", c.Work, r.workFiles, ""},
		{"history", c.Ledger, r.history, "runs from before that day are in the audit log only"},
		{pipeline.RemovedPeople, people, r.people, "builds as at an earlier day count without these people; meta.build says so in removed_born_until"},
	}
}

func (r *retention) apply(ctx context.Context, k ageKind, out *Retained) error {
	gone, err := k.remove(ctx, r.now.Add(-time.Duration(*k.age)))
	if err != nil {
		return err
	}
	gone.What, gone.At = k.what, r.now.UTC()
	if gone.Until == 0 {
		gone.Until = pipeline.DateOf(r.now.Add(-time.Duration(*k.age)), r.cfg.Location())
	}
	out.Gone = append(out.Gone, RemovedAge{gone.What, gone.Until.String(), gone.Files, gone.Rows, gone.Bytes})
	if gone.Files+gone.Rows == 0 {
		return nil
	}
	if k.note != "" {
		out.Notes = append(out.Notes, k.note)
	}
	if r.dryRun {
		return nil
	}
	return r.book.RecordRemoval(ctx, gone)
}

// auditRetain writes down what went; nothing, when nothing did.
func (r *retention) auditRetain(ctx context.Context, out Retained) error {
	facts := map[string]int64{}
	for _, g := range out.Gone {
		if g.Files+g.Rows > 0 {
			facts[strings.ReplaceAll(g.What, " ", "_")+"_files"], facts[strings.ReplaceAll(g.What, " ", "_")+"_rows"] = g.Files, g.Rows
		}
	}
	if len(facts) == 0 {
		return nil
	}
	return r.audited(ctx, audit.Event{Kind: audit.Retain, Say: "configured ages", Facts: facts})
}

// originals removes archived lists by the day of delivery in their names.
func (r *retention) originals(ctx context.Context, before time.Time) (pipeline.Removal, error) {
	const stamp = "20060102T150405Z"
	return r.sweepFiles(ctx, r.archive(), func(path string, _ fs.FileInfo) bool {
		name := filepath.Base(path)
		if len(name) < len(stamp) {
			return false
		}
		at, err := time.Parse(stamp, name[:len(stamp)])
		return err == nil && at.Before(before)
	})
}

// sweepFiles removes the files below a folder that are old.
func (r *retention) sweepFiles(ctx context.Context, folder string, old func(path string, info fs.FileInfo) bool) (out pipeline.Removal, err error) {
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err != nil || !old(path, info) {
			return err
		}
		out.Files++
		out.Bytes += info.Size()
		if r.dryRun {
			return nil
		}
		return os.Remove(path)
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return out, err
}

// quarantined removes quarantine files by the delivery of their lists. How many
// rows were refused stays in the ledger.
func (r *retention) quarantined(ctx context.Context, before time.Time) (out pipeline.Removal, err error) {
	for i, f := range r.files {
		if f.Quarantine == "" || !f.DeliveredAt.Before(before) {
			continue
		}
		path := filepath.Join(r.lake(), filepath.FromSlash(f.Quarantine))
		info, err := os.Stat(path)
		if err == nil {
			out.Files++
			out.Rows += f.Counts.Quarantined
			out.Bytes += info.Size()
		}
		if r.dryRun {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
		r.files[i].Quarantine = ""
		if err := r.book.RecordFile(ctx, r.files[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// lists removes lists that were written into the restricted folder.
func (r *retention) lists(ctx context.Context, before time.Time) (pipeline.Removal, error) {
	out, err := r.sweepFiles(ctx, r.restricted(), func(path string, info fs.FileInfo) bool {
		rel, err := filepath.Rel(r.restricted(), path)
		return err == nil && (strings.HasPrefix(rel, "follow_ups-") || strings.HasPrefix(rel, "returns-") || strings.HasPrefix(rel, "diff-")) && info.ModTime().Before(before)
	})
	if err != nil || r.dryRun {
		return out, err
	}
	folders, err := filepath.Glob(filepath.Join(r.restricted(), "returns-*"))
	for _, f := range folders {
		if left, rerr := os.ReadDir(f); rerr == nil && len(left) == 0 {
			err = errors.Join(err, os.Remove(f))
		}
	}
	return out, err
}

// workFiles removes what killed commands left.
func (r *retention) workFiles(ctx context.Context, before time.Time) (pipeline.Removal, error) {
	return r.sweepFiles(ctx, r.work(), func(_ string, info fs.FileInfo) bool { return info.ModTime().Before(before) })
}

// versions removes publications that readers do not see, with their people.
func (r *retention) versions(ctx context.Context, before time.Time) (out pipeline.Removal, err error) {
	kept, err := r.Versions(ctx)
	if err != nil {
		return out, err
	}
	for _, v := range kept {
		if v.Current || v.Published.IsZero() || !v.Published.Before(before) {
			continue
		}
		out.Files += int64(v.Files)
		out.Bytes += v.Bytes
		if info, err := os.Stat(transforms.RestrictedFile(r.restricted(), v.RunID)); err == nil {
			out.Files++
			out.Bytes += info.Size()
		}
		if r.dryRun {
			continue
		}
		if err := os.RemoveAll(filepath.Join(r.published(), v.RunID)); err != nil {
			return out, err
		}
	}
	if r.dryRun {
		return out, nil
	}
	return out, transforms.SweepRestricted(r.restricted(), r.published())
}

// history removes old runs and slots from the ledger.
func (r *retention) history(ctx context.Context, before time.Time) (out pipeline.Removal, err error) {
	out.Rows, err = r.book.History(ctx, before, !r.dryRun)
	if err == nil && out.Rows > 0 && !r.dryRun {
		err = r.book.Scrub(ctx)
	}
	return out, err
}
