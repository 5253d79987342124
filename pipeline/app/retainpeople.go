package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/erase"
)

// people removes everybody who has reached the age from every list: rows of
// snapshots and of originals. Killed in the middle, the next call goes on: a
// file is rewritten in one step, and the counts of all files are compared with
// what they hold.
func (r *retention) people(ctx context.Context, _ time.Time) (out pipeline.Removal, err error) {
	year, month, day := pipeline.DateOf(r.now, r.cfg.Location()).YMD()
	out.Until = pipeline.NewDate(year-r.cfg.Retain.PeopleAge, month, day)
	personal, records := map[string]bool{}, map[string]pipeline.FileRecord{}
	for _, d := range r.datasets {
		personal[d.Name] = d.Personal
	}
	for _, f := range r.files {
		records[f.Key()] = f
	}
	files, err := erase.Aged(ctx, erase.Request{
		Data: r.lake(), Files: r.files, Progress: r.Progress, Personal: func(d string) bool { return personal[d] },
	}, out.Until)
	if err != nil {
		return out, err
	}
	r.Progress.Start("removing people of age", "files", int64(len(files)))
	defer r.Progress.Done()
	for _, file := range files {
		r.Progress.Add(1)
		if len(file.Drop) == 0 && records[file.Key].Counts.Accepted == file.Rows {
			continue
		}
		before := r.sizeOf(file)
		if !r.dryRun {
			if err := r.removeAged(ctx, file, records[file.Key]); err != nil {
				return out, err
			}
			out.Bytes += before - r.sizeOf(file)
		}
		if len(file.Drop) > 0 {
			out.Files++
			out.Rows += int64(len(file.Drop))
		}
	}
	if r.dryRun || out.Rows == 0 {
		return out, nil
	}
	return out, errors.Join(dropFinished(r.work()), r.book.Scrub(ctx)) // a build that waits to be published holds people too
}

func (r *retention) sizeOf(f erase.File) int64 {
	info, err := os.Stat(filepath.Join(r.lake(), filepath.FromSlash(f.Snapshot)))
	if err != nil {
		return 0
	}
	return info.Size()
}

// removeAged takes the rows out of one delivery. The ledger knows the lines
// first, so that the archive keeps nobody whom the snapshot has lost.
func (r *retention) removeAged(ctx context.Context, file erase.File, record pipeline.FileRecord) error {
	var lines []pipeline.ErasedLine
	for sheet, list := range file.Lines {
		for _, l := range list {
			lines = append(lines, pipeline.ErasedLine{FileKey: file.Key, Sheet: sheet, Line: l})
		}
	}
	if err := r.book.EraseLines(ctx, lines); err != nil {
		return err
	}
	if len(lines) > 0 {
		if _, err := erase.Originals(ctx, r.archive(), r.work(), file, &erase.Person{}); err != nil {
			return err
		}
	}
	left, err := erase.Rewrite(r.lake(), file)
	if err != nil {
		return err
	}
	left.Quarantined, left.Quarantine = record.Counts.Quarantined, record.Quarantine != ""
	return r.book.Recount(ctx, []pipeline.FileRecord{counted(record, file, left)})
}
