package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/sources/erase"
	"nightjar/transforms"
)

// The places that an erasure counts.
const (
	placeSnapshots  = "snapshots"
	placeQuarantine = "quarantine"
	placeArchive    = "archive"
	placeDecisions  = "decisions"
	placePeople     = "people of publications"
	placeLists      = "written lists"
)

// somebody is the person as the warehouse's files are searched.
func (f *forgetting) somebody() transforms.Somebody {
	p := &f.journal.Found.Person
	who := transforms.Somebody{About: p.HoldsRow(), Subjects: f.journal.Subjects}
	for _, list := range [][]string{p.Clients, p.UPNs, p.ULNs} {
		who.Words = append(who.Words, list...)
	}
	for _, n := range p.Names {
		if !slices.Contains(who.Words, n.Family) {
			who.Words = append(who.Words, n.Family)
		}
	}
	return who
}

// count counts what each place holds, as it is before the erasure.
func (f *forgetting) count(ctx context.Context) ([]ErasedPlace, error) {
	out := f.lakePlaces()
	decisions, err := f.decisions(ctx)
	if err != nil {
		return nil, err
	}
	out = append(out, ErasedPlace{placeDecisions, min(1, int(decisions)), decisions})
	people, lists := ErasedPlace{Place: placePeople}, ErasedPlace{Place: placeLists}
	err = f.eachKept(func(path string, database bool) error {
		place, n := &lists, int64(0)
		var err error
		if database {
			place = &people
			n, err = transforms.CountPerson(ctx, path, f.somebody())
		} else {
			n, err = erase.CountLines(ctx, path, &f.journal.Found.Person)
		}
		if n > 0 {
			place.Files++
			place.Rows += n
		}
		return err
	})
	return append(out, people, lists), err
}

// lakePlaces counts what the journal names.
func (f *forgetting) lakePlaces() []ErasedPlace {
	snapshots, quarantine, archive := ErasedPlace{Place: placeSnapshots}, ErasedPlace{Place: placeQuarantine}, ErasedPlace{Place: placeArchive}
	for _, file := range f.journal.Found.Files {
		if n := len(file.Drop); n > 0 {
			snapshots.Files++
			snapshots.Rows += int64(n)
		}
		if n := len(file.QuarantineDrop); n > 0 {
			quarantine.Files++
			quarantine.Rows += int64(n)
		}
		if entries, err := os.ReadDir(filepath.Join(f.archive(), file.Dataset, file.Provider)); err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return erase.OfHash(e.Name(), file.Hash) }) {
			archive.Files++
			for _, lines := range file.Lines {
				archive.Rows += int64(len(lines))
			}
		}
	}
	return []ErasedPlace{snapshots, quarantine, archive}
}

// decisions counts verdicts about the person.
func (f *forgetting) decisions(ctx context.Context) (n int64, err error) {
	all, err := f.book.Decisions(ctx)
	for _, d := range all {
		if slices.Contains(f.journal.Subjects, d.Subject) || slices.Contains(f.journal.Found.Person.Clients, d.PersonID) {
			n++
		}
	}
	return n, err
}

// eachKept visits the database files and lists that Nightjar wrote for people:
// those of kept publications, lists for callers and institutions, and the
// answer key of the sample.
func (f *forgetting) eachKept(visit func(path string, database bool) error) error {
	for _, folder := range []string{f.restricted(), filepath.Join(f.cfg.Folders.Data, "truth")} {
		err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			switch strings.ToLower(filepath.Ext(path)) {
			case ".duckdb":
				return visit(path, true)
			case ".csv", ".xlsx":
				return visit(path, false)
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// finish carries the journal out, from wherever it stands.
func (f *forgetting) finish(ctx context.Context, out *Forgotten) error {
	out.Places, out.Shared = f.lakePlaces(), f.journal.Found.Shared
	if err := dropFinished(f.work()); err != nil { // a build that waits to be published holds people, and will be another one now
		return err
	}
	key, err := f.erasureKey(true)
	if err != nil {
		return err
	}
	gone, err := f.book.Forget(ctx, f.ledgerPart(key))
	if err != nil {
		return err
	}
	out.Places = append(out.Places, ErasedPlace{placeDecisions, min(1, int(gone)), gone})
	if out.Removed, err = f.rewrite(ctx); err != nil {
		return err
	}
	kept, err := f.rewriteKept(ctx)
	if err != nil {
		return err
	}
	out.Places = append(out.Places, kept...)
	if err := f.book.Scrub(ctx); err != nil {
		return err
	}
	if err := f.prove(ctx, out); err != nil {
		return err
	}
	all, err := f.book.Erasures(ctx)
	if err != nil {
		return err
	}
	out.Erasures = len(all)
	if err := f.auditForget(ctx, out); err != nil {
		return err
	}
	return erase.RemoveJournal(f.erasureJournal())
}

// ledgerPart is what the ledger is told first: from then on no list brings the
// person back.
func (f *forgetting) ledgerPart(key []byte) ledger.Forgetting {
	j := f.journal
	part := ledger.Forgetting{
		Erasure: pipeline.Erasure{Token: j.Token, By: j.By, Reason: j.Reason, ErasedAt: j.Began, ErasedOn: pipeline.DateOf(j.Began, f.cfg.Location())},
		Marks:   j.Found.Person.Marks(key), Subjects: j.Subjects, People: j.Found.Person.Clients,
	}
	for _, file := range j.Found.Files {
		for sheet, lines := range file.Lines {
			for _, l := range lines {
				part.Lines = append(part.Lines, pipeline.ErasedLine{FileKey: file.Key, Sheet: sheet, Line: l})
			}
		}
	}
	return part
}

// rewrite takes the person out of originals, snapshots and quarantine, and
// counts anew what is left. It returns the originals that were removed whole.
func (f *forgetting) rewrite(ctx context.Context) (removed []string, err error) {
	part := ledger.Forgetting{Erasure: f.ledgerPart(nil).Erasure}
	f.Progress.Start("erasing", "files", int64(len(f.journal.Found.Files)))
	defer f.Progress.Done()
	for _, file := range f.journal.Found.Files {
		originals, err := erase.Originals(ctx, f.archive(), f.work(), file, &f.journal.Found.Person)
		if err != nil {
			return removed, err
		}
		for _, o := range originals {
			if o.Removed {
				removed = append(removed, o.Path)
			}
		}
		left, err := erase.Rewrite(f.lake(), file)
		if err != nil {
			return removed, err
		}
		if r, ok := f.records[file.Key]; ok {
			part.Files = append(part.Files, counted(r, file, left))
		}
		f.Progress.Add(1)
	}
	_, err = f.book.Forget(ctx, part)
	return removed, err
}

// counted is the record of a delivery after rows of it are gone. What a refused
// list had accepted was never kept, so only its quarantine counts.
func counted(r pipeline.FileRecord, file erase.File, left erase.Left) pipeline.FileRecord {
	if r.Status == pipeline.FileLoaded {
		r.Counts = left.Counts(r.Counts)
	} else {
		r.Counts.Erased += r.Counts.Quarantined - left.Quarantined
		r.Counts.Quarantined = left.Quarantined
	}
	if !left.Snapshot {
		r.Path = ""
	}
	if file.Quarantine != "" && !left.Quarantine {
		r.Quarantine = ""
	}
	return r
}

// rewriteKept takes the person out of what was written for people.
func (f *forgetting) rewriteKept(ctx context.Context) ([]ErasedPlace, error) {
	people, lists := ErasedPlace{Place: placePeople}, ErasedPlace{Place: placeLists}
	err := f.eachKept(func(path string, database bool) error {
		place, n := &lists, int64(0)
		var err error
		if database {
			place = &people
			n, err = transforms.ErasePerson(ctx, path, f.somebody())
		} else {
			n, err = erase.List(ctx, path, f.work(), &f.journal.Found.Person)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		if n > 0 {
			place.Files++
			place.Rows += n
		}
		return nil
	})
	return []ErasedPlace{people, lists}, err
}

// prove searches the data folder, and for what waits: in the inbox, and in what
// was fetched from other places and not loaded yet.
func (f *forgetting) prove(ctx context.Context, out *Forgotten) error {
	p := &f.journal.Found.Person
	f.Progress.Start("searching for what is left", "files", 0)
	defer f.Progress.Done()
	inbox := f.cfg.Folders.Inbox
	proof, err := p.Search(ctx, erase.Search{
		Folder: f.cfg.Folders.Data, Temp: f.work(), Leave: map[string]bool{f.erasureJournal(): true, inbox: true, f.landing(): true},
		Database: func(ctx context.Context, path string, _ *erase.Person) (int64, error) {
			return transforms.CountPerson(ctx, path, f.somebody())
		},
	})
	if err != nil {
		return err
	}
	out.Proof = &proof
	for _, folder := range []string{inbox, f.landing()} {
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		waiting, err := p.Search(ctx, erase.Search{Folder: folder, Temp: f.work()})
		if err != nil {
			return err
		}
		out.Waiting = append(out.Waiting, waiting.Hits...)
	}
	switch {
	case len(proof.Hits) > 0:
		out.NextStep = "remove the person from the files named, which Nightjar does not rewrite, such as backups and copies; and from backups kept elsewhere"
	case len(out.Waiting) > 0:
		out.NextStep = "files that wait in the inbox, or were fetched and not loaded, name the person; their rows are left out when they are loaded, refused ones are yours to remove"
	default:
		out.NextStep = "run a night, so that the figures do without the person; and remove the person from backups and copies kept elsewhere"
	}
	return nil
}
