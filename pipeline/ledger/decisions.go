package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"nightjar/pipeline"
)

// RecordDecisions writes verdicts in one transaction and returns how many were
// new. Reading the same list in twice changes nothing.
func (l *Ledger) RecordDecisions(ctx context.Context, list []pipeline.Decision) (int, error) {
	added := 0
	err := l.inTx(ctx, func(tx *sql.Tx) error {
		added = 0
		for _, d := range list {
			res, err := tx.ExecContext(ctx, `INSERT INTO decisions (subject, person_id, verdict, decided_by, reason, decided_at, decided_on)
				VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
				d.Subject, d.PersonID, string(d.Verdict), d.By, d.Reason, timeText(d.DecidedAt), d.DecidedOn.String())
			if err != nil {
				return fmt.Errorf("record a decision: %w", err)
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	return added, err
}

// Decisions returns every verdict in the order in which they were written.
func (l *Ledger) Decisions(ctx context.Context) ([]pipeline.Decision, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT id, subject, person_id, verdict, decided_by, reason, decided_at, decided_on
		FROM decisions ORDER BY id`)
	if err != nil {
		return nil, wrap(l.path, err)
	}
	list, err := collect(rows, func(row scanner) (d pipeline.Decision, err error) {
		var on string
		if err = row.Scan(&d.ID, &d.Subject, &d.PersonID, &d.Verdict, &d.By, &d.Reason, stamp{&d.DecidedAt}, &on); err != nil {
			return d, err
		}
		d.DecidedOn, err = pipeline.ParseDate(on)
		return d, err
	})
	return list, wrap(l.path, err)
}
