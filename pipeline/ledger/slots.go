package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"nightjar/pipeline"
)

// ClaimSlot writes the slot as started and reports true, or false when it was
// claimed before, by whomever and however it ended. The claim is on the disk
// when the call returns: a slot is never run twice, at the price that a
// process killed right after the claim leaves a slot without a run.
func (l *Ledger) ClaimSlot(ctx context.Context, s pipeline.SlotRecord) (bool, error) {
	var claimed bool
	err := l.inTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO slots (job, nominal, instant, state, run_id, reason)
			VALUES (?,?,?,?,?,?) ON CONFLICT (job, nominal) DO NOTHING`,
			s.Job, s.Nominal, timeText(s.Instant), string(pipeline.RunStarted), s.RunID, s.Reason)
		if err != nil {
			return fmt.Errorf("claim slot %s %s: %w", s.Job, s.Nominal, err)
		}
		n, err := res.RowsAffected()
		claimed = n == 1
		return err
	})
	return claimed && err == nil, err
}

// EndSlot writes how the slot's run ended. The slot must have been claimed.
func (l *Ledger) EndSlot(ctx context.Context, s pipeline.SlotRecord) error {
	return l.inTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx,
			"UPDATE slots SET state = ?, run_id = ?, reason = ? WHERE job = ? AND nominal = ?",
			string(s.State), s.RunID, s.Reason, s.Job, s.Nominal)
		return changedOne(res, err, "end slot "+s.Job+" "+s.Nominal)
	})
}

// Slots returns the newest slots first; limit 0 means all.
func (l *Ledger) Slots(ctx context.Context, limit int) ([]pipeline.SlotRecord, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT job, nominal, instant, state, run_id, reason
		FROM slots ORDER BY instant DESC, job DESC LIMIT ?`, sqlLimit(limit))
	if err != nil {
		return nil, wrap(l.path, err)
	}
	list, err := collect(rows, func(row scanner) (s pipeline.SlotRecord, err error) {
		err = row.Scan(&s.Job, &s.Nominal, stamp{&s.Instant}, &s.State, &s.RunID, &s.Reason)
		return s, err
	})
	return list, wrap(l.path, err)
}
