package ledger

import (
	"context"
	"database/sql"
	"errors"

	"nightjar/pipeline/audit"
)

var _ audit.Heads = (*Ledger)(nil)

// AuditHead returns the last line of the audit log as it was remembered; a
// zero head when there is none yet.
func (l *Ledger) AuditHead(ctx context.Context) (audit.Head, error) {
	var h audit.Head
	err := l.read.QueryRowContext(ctx, "SELECT n, hash FROM audit_head WHERE id = 1").Scan(&h.N, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return audit.Head{}, nil
	}
	return h, wrap(l.path, err)
}

// SetAuditHead remembers the last line of the audit log. A head behind the one
// remembered is not taken.
func (l *Ledger) SetAuditHead(ctx context.Context, h audit.Head) error {
	return l.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO audit_head (id, n, hash) VALUES (1, ?, ?)
			ON CONFLICT (id) DO UPDATE SET n = excluded.n, hash = excluded.hash WHERE excluded.n > audit_head.n`, h.N, h.Hash)
		return err
	})
}
