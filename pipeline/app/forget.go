package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
	"nightjar/pipeline/ledger"
	"nightjar/sources/erase"
)

// erasureKeyVariable may hold the key of the erasure marks, for who keeps
// secrets outside the data folder.
const erasureKeyVariable = "NIGHTJAR_ERASURE_KEY"

func (a *App) erasureKeyFile() string { return filepath.Join(a.cfg.Folders.Data, "erasure.key") }
func (a *App) erasureJournal() string { return filepath.Join(a.cfg.Folders.Data, "erasure.journal") }

// ForgetOptions says who goes.
type ForgetOptions struct {
	Numbers erase.Numbers // none: finish an erasure that was interrupted
	By      string
	Reason  string // never personal data
	DryRun  bool   // count, change nothing
	// Confirm is asked once everything is counted and nothing changed; nil
	// agrees. An erasure that is taken up again was agreed to before.
	Confirm func(Forgotten) bool
}

// Forgotten is what an erasure found and did, without saying about whom.
type Forgotten struct {
	DryRun   bool          `json:"dry_run,omitempty"`
	Resumed  bool          `json:"resumed,omitempty"` // an interrupted erasure was finished
	Places   []ErasedPlace `json:"places"`
	Shared   int           `json:"shared,omitempty"`    // numbers that somebody else has too; not used
	Removed  []string      `json:"removed,omitempty"`   // originals removed whole
	Erasures int           `json:"erasures"`            // ever made here, this one included
	Proof    *erase.Proof  `json:"proof,omitempty"`     // search through the data folder afterwards
	Waiting  []erase.Hit   `json:"waiting,omitempty"`   // files in the inbox that name the person
	NextStep string        `json:"next_step,omitempty"` // what is left to do
}

// ErasedPlace counts what one kind of place holds, or held, about the person.
type ErasedPlace struct {
	Place string `json:"place"`
	Files int    `json:"files"`
	Rows  int64  `json:"rows"`
}

// Forget removes a person from everything that Nightjar keeps: snapshots,
// quarantine, archived originals, decisions, the people of every kept
// publication, lists written for callers and institutions. It leaves keyed
// hashes, so that an old list does not bring the person back, and a line in the
// audit log that says nothing about whom; and it searches every file afterwards.
//
// Where everything stands is written to a journal before the first change. A
// process that is killed leaves it, no night runs then, and the next Forget
// finishes the work. The caller asked the user before; DryRun gives the counts.
func (a *App) Forget(ctx context.Context, o ForgetOptions) (out Forgotten, err error) {
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, fs.ErrNotExist) {
		return out, fmt.Errorf("no list was ever loaded into %s, so nobody is kept there", a.cfg.Folders.Data)
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
	source, err := a.source(book)
	if err != nil {
		return out, err
	}
	if err := errors.Join(a.sweep(ctx, source), erase.Sweep(a.work())); err != nil {
		return out, err
	}
	debug.SetMemoryLimit(a.cfg.Warehouse.MemoryBytes()) // as a night does
	f := &forgetting{App: a, book: book}
	if out.Resumed, err = f.begin(ctx, o); err != nil {
		return out, err
	}
	if o.DryRun || o.Confirm != nil && !out.Resumed {
		out.DryRun, out.Shared = true, f.journal.Found.Shared
		out.Places, err = f.count(ctx)
		if err != nil || o.DryRun || !o.Confirm(out) {
			return out, err
		}
		out.DryRun = false
	}
	if err := f.journal.Write(f.erasureJournal()); err != nil {
		return out, err
	}
	return out, f.finish(ctx, &out)
}

// forgetting is one erasure as it goes on.
type forgetting struct {
	*App
	book    *ledger.Ledger
	journal erase.Journal
	records map[string]pipeline.FileRecord // by key
}

// begin finds the person, or takes up the journal of an erasure that was
// interrupted.
func (f *forgetting) begin(ctx context.Context, o ForgetOptions) (resumed bool, err error) {
	files, err := f.book.Files(ctx)
	if err != nil {
		return false, err
	}
	f.records = map[string]pipeline.FileRecord{}
	for _, r := range files {
		f.records[r.Key()] = r
	}
	j, unfinished, err := erase.ReadJournal(f.erasureJournal())
	switch {
	case err != nil:
		return false, err
	case unfinished && !o.Numbers.Empty():
		return false, fmt.Errorf("%w: an erasure was interrupted; finish it first: nightjar forget --resume", pipeline.ErrUsage)
	case unfinished:
		f.journal = j
		return true, nil
	case o.Numbers.Empty():
		return false, fmt.Errorf("%w: no erasure was interrupted; say who is meant: nightjar forget reads it from its standard input", pipeline.ErrUsage)
	}
	f.journal, err = f.find(ctx, files, o)
	return false, err
}

// find looks for the person everywhere in the lake.
func (f *forgetting) find(ctx context.Context, files []pipeline.FileRecord, o ForgetOptions) (j erase.Journal, err error) {
	personal := map[string]bool{}
	for _, d := range f.datasets {
		personal[d.Name] = d.Personal
	}
	q := erase.Request{
		Data: f.lake(), Files: files, Progress: f.Progress, Personal: func(d string) bool { return personal[d] },
		Linked: func(pipeline.FileRecord, string, int64) erase.Link { return erase.NoLink },
	}
	person, shared, err := erase.Identify(ctx, q, o.Numbers)
	if err != nil {
		return j, err
	}
	links, err := f.links(ctx, person)
	if err != nil {
		return j, err
	}
	q.Linked = links.of
	debug.FreeOSMemory() // what matching needed
	found, err := erase.Find(ctx, q, person)
	if err != nil {
		return j, err
	}
	found.Shared = shared
	token := make([]byte, 16)
	if _, err := rand.Read(token); err != nil {
		return j, err
	}
	return erase.Journal{Token: hex.EncodeToString(token), Began: f.Clock.Now().UTC(), By: o.By, Reason: o.Reason, Found: found, Subjects: links.subjects}, nil
}

// linkedLines says whom matching takes the lines of lists for.
type linkedLines struct {
	mine, other map[lineOf]bool
	subjects    []string // identities on lists that are the person
}

type lineOf struct {
	hash string
	line int64
}

func (l linkedLines) of(f pipeline.FileRecord, _ string, line int64) erase.Link {
	switch at := (lineOf{f.Hash, line}); {
	case l.mine[at]:
		return erase.Mine
	case l.other[at]:
		return erase.Other
	default:
		return erase.NoLink
	}
}

// links runs matching aside over everything loaded and decided so far.
func (f *forgetting) links(ctx context.Context, p erase.Person) (out linkedLines, err error) {
	out = linkedLines{mine: map[lineOf]bool{}, other: map[lineOf]bool{}}
	in := pipeline.BuildInput{RunID: "forget"}
	for _, r := range f.records {
		if r.Status == pipeline.FileLoaded {
			in.Files = append(in.Files, r)
			in.AsAt = max(in.AsAt, r.DeliveredOn)
		}
	}
	in.KnownUntil = in.AsAt
	all, err := f.book.Decisions(ctx)
	if err != nil || len(in.Files) == 0 {
		return out, err
	}
	in.Decisions = pipeline.DecisionsInForce(all, pipeline.LastDate)
	dir, err := os.MkdirTemp(f.restricted(), "review-")
	if err != nil {
		return out, fmt.Errorf("matching: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	w, err := f.warehouse(dir, nil)
	if err != nil {
		return out, err
	}
	m, err := w.Match(ctx, in)
	if err != nil {
		return out, err
	}
	who := func(row int) (mine, linked bool) {
		id := m.Result.Links[row].PersonID
		return id != "" && slices.Contains(p.Clients, strings.ToUpper(strings.TrimSpace(id))), id != ""
	}
	for row, l := range m.Result.Links {
		if mine, _ := who(row); mine && !slices.Contains(out.subjects, l.Subject) {
			out.subjects = append(out.subjects, l.Subject)
		}
	}
	for _, l := range m.Lines {
		if mine, linked := who(l.Row); linked {
			to := out.other
			if mine {
				to = out.mine
			}
			to[lineOf{l.FileHash, l.Line}] = true
		}
	}
	return out, nil
}

// nothingHalfErased refuses to build on data out of which a person was only
// partly taken.
func (a *App) nothingHalfErased() error {
	if _, err := os.Stat(a.erasureJournal()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.New("the erasure of a person was interrupted and has to be finished first: nightjar forget --resume")
}

// erasureKey returns the key of the marks; make says whether it may be made.
func (a *App) erasureKey(make bool) ([]byte, error) {
	if text := os.Getenv(erasureKeyVariable); text != "" {
		return erase.ParseKey(text)
	}
	if make {
		return erase.MakeKey(a.erasureKeyFile())
	}
	return erase.ReadKey(a.erasureKeyFile())
}

// erasedFilter recognises erased people for the loader; nil where nobody was
// erased.
func (a *App) erasedFilter(book *ledger.Ledger) (*erase.Filter, error) {
	marks, err := book.ErasedMarks(context.Background())
	if err != nil || len(marks) == 0 {
		return nil, err
	}
	key, err := a.erasureKey(false)
	if err != nil {
		return nil, err
	}
	return erase.NewFilter(key, marks)
}

// auditForget writes down that somebody was erased, and not who.
func (f *forgetting) auditForget(ctx context.Context, out *Forgotten) error {
	facts := map[string]int64{"removed_whole": int64(len(out.Removed)), "searched_files": out.Proof.Files, "still_found": int64(len(out.Proof.Hits))}
	for _, p := range out.Places {
		facts[strings.ReplaceAll(p.Place, " ", "_")] = p.Rows
	}
	return f.audited(ctx, audit.Event{Kind: audit.Erasure, By: f.journal.By, Say: f.journal.Reason, Facts: facts})
}
