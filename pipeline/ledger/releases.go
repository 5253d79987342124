package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"nightjar/pipeline"
)

// RecordRelease writes that a held build may be published. A later release of
// the same build replaces the earlier.
func (l *Ledger) RecordRelease(ctx context.Context, r pipeline.Release) error {
	return l.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO releases (fingerprint, run_id, released_by, reason, released_at) VALUES (?,?,?,?,?)
			ON CONFLICT (fingerprint) DO UPDATE SET run_id = excluded.run_id, released_by = excluded.released_by,
				reason = excluded.reason, released_at = excluded.released_at`,
			r.Fingerprint, r.RunID, r.By, r.Reason, timeText(r.At))
		if err != nil {
			return fmt.Errorf("release run %s: %w", r.RunID, err)
		}
		return nil
	})
}

// Released returns the release of a build by its fingerprint; false when no
// person released it.
func (l *Ledger) Released(ctx context.Context, fingerprint string) (pipeline.Release, bool, error) {
	r := pipeline.Release{}
	err := l.read.QueryRowContext(ctx, "SELECT fingerprint, run_id, released_by, reason, released_at FROM releases WHERE fingerprint = ?",
		fingerprint).Scan(&r.Fingerprint, &r.RunID, &r.By, &r.Reason, stamp{&r.At})
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, wrap(l.path, err)
}

// RaiseAlert opens the alert of a subject, or closes it where State is over.
// An alert that is open already stays as it is, and so does one that is over;
// one that is over without ever having been told leaves no message behind. It
// reports whether there is something new to tell.
func (l *Ledger) RaiseAlert(ctx context.Context, a pipeline.Alert) (bool, error) {
	var news bool
	err := l.inTx(ctx, func(tx *sql.Tx) error {
		var old pipeline.Alert
		err := tx.QueryRowContext(ctx, "SELECT state, told_at FROM alerts WHERE subject = ?", a.Subject).Scan(&old.State, stamp{&old.Told})
		none := errors.Is(err, sql.ErrNoRows)
		switch {
		case err != nil && !none:
			return err
		case none && a.State == pipeline.AlertOver, old.State == a.State:
			return nil
		case old.State == pipeline.AlertOpen && old.Told.IsZero():
			_, err = tx.ExecContext(ctx, "DELETE FROM alerts WHERE subject = ?", a.Subject)
			return err
		}
		news = true
		_, err = tx.ExecContext(ctx, `INSERT INTO alerts (subject, state, say, since, told_at) VALUES (?,?,?,?,'')
			ON CONFLICT (subject) DO UPDATE SET state = excluded.state, say = excluded.say, since = excluded.since, told_at = ''`,
			a.Subject, string(a.State), a.Say, timeText(a.Since))
		return err
	})
	return news && err == nil, err
}

// AlertTold writes that people have been told of an alert as it stood.
func (l *Ledger) AlertTold(ctx context.Context, a pipeline.Alert, at time.Time) error {
	return l.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE alerts SET told_at = ? WHERE subject = ? AND state = ? AND since = ?",
			timeText(at), a.Subject, string(a.State), timeText(a.Since))
		return err
	})
}

// Alerts returns every alert by subject, the ones that are over included.
func (l *Ledger) Alerts(ctx context.Context) ([]pipeline.Alert, error) {
	rows, err := l.read.QueryContext(ctx, "SELECT subject, state, say, since, told_at FROM alerts ORDER BY subject")
	if err != nil {
		return nil, wrap(l.path, err)
	}
	list, err := collect(rows, func(row scanner) (a pipeline.Alert, err error) {
		err = row.Scan(&a.Subject, &a.State, &a.Say, stamp{&a.Since}, stamp{&a.Told})
		return a, err
	})
	return list, wrap(l.path, err)
}
