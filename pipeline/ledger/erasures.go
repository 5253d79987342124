package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"nightjar/pipeline"
)

// Forgetting is all that one erasure changes in the ledger.
type Forgetting struct {
	Erasure  pipeline.Erasure
	Marks    []pipeline.ErasedMark // their Erasure is given by the ledger
	Lines    []pipeline.ErasedLine
	Files    []pipeline.FileRecord // with their new counts
	Subjects []string              // subjects of decisions that go
	People   []string              // ids of people whose decisions go
}

// Forget writes an erasure in one transaction: marks, lines, counts, and the
// decisions go. Done a second time with the same token, it adds what is new
// and counts as the same erasure. It returns how many decisions went.
func (l *Ledger) Forget(ctx context.Context, f Forgetting) (decisions int64, err error) {
	err = l.inTx(ctx, func(tx *sql.Tx) error {
		decisions = 0
		e := f.Erasure
		if _, err := tx.ExecContext(ctx, `INSERT INTO erasures (token, erased_by, reason, erased_at, erased_on) VALUES (?,?,?,?,?)
			ON CONFLICT (token) DO NOTHING`, e.Token, e.By, e.Reason, timeText(e.ErasedAt), e.ErasedOn.String()); err != nil {
			return fmt.Errorf("record the erasure: %w", err)
		}
		if err := tx.QueryRowContext(ctx, "SELECT id FROM erasures WHERE token = ?", e.Token).Scan(&e.ID); err != nil {
			return err
		}
		for _, m := range f.Marks {
			if _, err := tx.ExecContext(ctx, "INSERT INTO erased_marks (mark, kind, erasure) VALUES (?,?,?) ON CONFLICT DO NOTHING", m.Mark, string(m.Kind), e.ID); err != nil {
				return fmt.Errorf("record a mark: %w", err)
			}
		}
		if err := eraseLines(ctx, tx, f.Lines); err != nil {
			return err
		}
		if err := recount(ctx, tx, f.Files); err != nil {
			return err
		}
		for column, list := range map[string][]string{"subject": f.Subjects, "person_id": f.People} {
			for _, v := range list {
				res, err := tx.ExecContext(ctx, "DELETE FROM decisions WHERE "+column+" = ?", v)
				if err != nil {
					return fmt.Errorf("remove decisions: %w", err)
				}
				n, err := res.RowsAffected()
				if err != nil {
					return err
				}
				decisions += n
			}
		}
		return nil
	})
	return decisions, err
}

// Recount replaces the counts and places of deliveries out of which rows went.
func (l *Ledger) Recount(ctx context.Context, files []pipeline.FileRecord) error {
	return l.inTx(ctx, func(tx *sql.Tx) error { return recount(ctx, tx, files) })
}

func recount(ctx context.Context, tx *sql.Tx, files []pipeline.FileRecord) error {
	for _, f := range files {
		if _, err := tx.ExecContext(ctx, "UPDATE files SET path = ?, quarantine = ?, rows_accepted = ?, rows_quarantined = ?, rows_erased = ? WHERE key = ?",
			f.Path, f.Quarantine, f.Counts.Accepted, f.Counts.Quarantined, f.Counts.Erased, f.Key()); err != nil {
			return fmt.Errorf("count what is left of %s: %w", f.Name, err)
		}
	}
	return nil
}

// EraseLines remembers rows about erased people that a loader left out of a
// list that came again.
func (l *Ledger) EraseLines(ctx context.Context, lines []pipeline.ErasedLine) error {
	return l.inTx(ctx, func(tx *sql.Tx) error { return eraseLines(ctx, tx, lines) })
}

func eraseLines(ctx context.Context, tx *sql.Tx, lines []pipeline.ErasedLine) error {
	for _, r := range lines {
		if _, err := tx.ExecContext(ctx, "INSERT INTO erased_lines (file_key, sheet, line) VALUES (?,?,?) ON CONFLICT DO NOTHING", r.FileKey, r.Sheet, r.Line); err != nil {
			return fmt.Errorf("record an erased line: %w", err)
		}
	}
	return nil
}

// ErasedLines returns where in a delivered file erased people stood.
func (l *Ledger) ErasedLines(ctx context.Context, fileKey string) ([]pipeline.ErasedLine, error) {
	rows, err := l.read.QueryContext(ctx, "SELECT file_key, sheet, line FROM erased_lines WHERE file_key = ? ORDER BY sheet, line", fileKey)
	if err != nil {
		return nil, wrap(l.path, err)
	}
	list, err := collect(rows, func(row scanner) (r pipeline.ErasedLine, err error) {
		return r, row.Scan(&r.FileKey, &r.Sheet, &r.Line)
	})
	return list, wrap(l.path, err)
}

// ErasedMarks returns the marks of everybody erased.
func (l *Ledger) ErasedMarks(ctx context.Context) ([]pipeline.ErasedMark, error) {
	rows, err := l.read.QueryContext(ctx, "SELECT mark, kind, erasure FROM erased_marks ORDER BY erasure, mark")
	if err != nil {
		return nil, wrap(l.path, err)
	}
	list, err := collect(rows, func(row scanner) (m pipeline.ErasedMark, err error) {
		return m, row.Scan(&m.Mark, &m.Kind, &m.Erasure)
	})
	return list, wrap(l.path, err)
}

// Erasures returns every erasure in the order in which they were made.
func (l *Ledger) Erasures(ctx context.Context) ([]pipeline.Erasure, error) {
	rows, err := l.read.QueryContext(ctx, "SELECT id, token, erased_by, reason, erased_at, erased_on FROM erasures ORDER BY id")
	if err != nil {
		return nil, wrap(l.path, err)
	}
	list, err := collect(rows, func(row scanner) (e pipeline.Erasure, err error) {
		var on string
		if err = row.Scan(&e.ID, &e.Token, &e.By, &e.Reason, stamp{&e.ErasedAt}, &on); err != nil {
			return e, err
		}
		e.ErasedOn, err = pipeline.ParseDate(on)
		return e, err
	})
	return list, wrap(l.path, err)
}

// RecordRemoval remembers what retention took away.
func (l *Ledger) RecordRemoval(ctx context.Context, r pipeline.Removal) error {
	return l.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO removals (what, until_on, removed_at, files, rows, bytes) VALUES (?,?,?,?,?,?)",
			r.What, r.Until.String(), timeText(r.At), r.Files, r.Rows, r.Bytes)
		return err
	})
}

// Removals returns what retention took away, oldest first.
func (l *Ledger) Removals(ctx context.Context) ([]pipeline.Removal, error) {
	rows, err := l.read.QueryContext(ctx, "SELECT what, until_on, removed_at, files, rows, bytes FROM removals ORDER BY removed_at, what")
	if err != nil {
		return nil, wrap(l.path, err)
	}
	list, err := collect(rows, func(row scanner) (r pipeline.Removal, err error) {
		var until string
		if err = row.Scan(&r.What, &until, stamp{&r.At}, &r.Files, &r.Rows, &r.Bytes); err != nil {
			return r, err
		}
		r.Until, err = pipeline.ParseDate(until)
		return r, err
	})
	return list, wrap(l.path, err)
}

// Scrub rewrites the ledger file so that nothing of removed rows stays in its
// free pages or its log, and reports how many bytes it holds then.
func (l *Ledger) Scrub(ctx context.Context) error {
	if l.write == nil {
		return wrap(l.path, errReadOnly)
	}
	for _, q := range []string{"PRAGMA secure_delete = ON", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := l.write.ExecContext(ctx, q); err != nil {
			return wrap(l.path, fmt.Errorf("rewrite the ledger: %w", err))
		}
	}
	return nil
}

// History counts what the ledger remembers of runs, slots, sightings and closed
// alerts from before a moment, but for the newest run, and removes it when told
// to.
func (l *Ledger) History(ctx context.Context, before time.Time, remove bool) (n int64, err error) {
	err = l.inTx(ctx, func(tx *sql.Tx) error {
		n = 0
		for _, from := range []string{
			"runs WHERE started < ? AND run_id <> (SELECT max(run_id) FROM runs)",
			"slots WHERE instant < ?",
			"sightings WHERE seen_at < ? AND hash IN (SELECT hash FROM files WHERE status = 'loaded')",
			"alerts WHERE state = 'over' AND since < ?",
		} {
			var k int64
			if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+from, timeText(before)).Scan(&k); err != nil {
				return fmt.Errorf("count history: %w", err)
			}
			n += k
			if !remove || k == 0 {
				continue
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+from, timeText(before)); err != nil {
				return fmt.Errorf("remove history: %w", err)
			}
		}
		return nil
	})
	return n, err
}
