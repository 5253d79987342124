package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"nightjar/pipeline"
)

// killedReason stands beside a run that never wrote its end.
const killedReason = "the process ended before the run did; the run after it found it unfinished"

// BeginRun writes a run as started, before it does any work. The caller holds
// Lock, so any run that still stands as started was killed: it is marked
// interrupted, with the slot it ran for, in the same transaction.
func (l *Ledger) BeginRun(ctx context.Context, r pipeline.RunRecord) error {
	report, err := documentText(r.Report)
	if err != nil {
		return fmt.Errorf("run %s: %w", r.RunID, err)
	}
	return l.inTx(ctx, func(tx *sql.Tx) error {
		if err := markKilled(ctx, tx, r); err != nil {
			return fmt.Errorf("mark killed runs: %w", err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO runs
			(run_id, state, trigger_by, started, ended, exit_code, reason, report) VALUES (?,?,?,?,?,?,?,?)`,
			r.RunID, string(pipeline.RunStarted), r.Trigger, timeText(r.Started), "", r.ExitCode, r.Reason, report)
		if err != nil {
			return fmt.Errorf("begin run %s: %w", r.RunID, err)
		}
		return nil
	})
}

// markKilled marks every started run, and the slots they ran for. A slot that
// waits for the lock with the new run's id, or with none yet, is left alone.
func markKilled(ctx context.Context, tx *sql.Tx, next pipeline.RunRecord) error {
	_, err := tx.ExecContext(ctx, `UPDATE slots SET state = ?, reason = ?
		WHERE state = ? AND run_id IN (SELECT run_id FROM runs WHERE state = ?)`,
		string(pipeline.RunInterrupted), killedReason, string(pipeline.RunStarted), string(pipeline.RunStarted))
	if err != nil {
		return err
	}
	// Nobody knows when it died; the start of the run that found it is the
	// first moment at which it was certainly over.
	_, err = tx.ExecContext(ctx, `UPDATE runs SET state = ?, ended = ?, exit_code = ?, reason = ? WHERE state = ?`,
		string(pipeline.RunInterrupted), timeText(next.Started), pipeline.ExitInterrupted, killedReason,
		string(pipeline.RunStarted))
	return err
}

// EndRun writes how the run ended, with its report. The run must have begun.
func (l *Ledger) EndRun(ctx context.Context, r pipeline.RunRecord) error {
	report, err := documentText(r.Report)
	if err != nil {
		return fmt.Errorf("run %s: %w", r.RunID, err)
	}
	return l.inTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx,
			`UPDATE runs SET state = ?, ended = ?, exit_code = ?, reason = ?, report = ? WHERE run_id = ?`,
			string(r.State), timeText(r.Ended), r.ExitCode, r.Reason, report, r.RunID)
		return changedOne(res, err, "end run "+r.RunID)
	})
}

// Runs returns the newest runs first; limit 0 means all.
func (l *Ledger) Runs(ctx context.Context, limit int) ([]pipeline.RunRecord, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT run_id, state, trigger_by, started, ended, exit_code, reason, report
		FROM runs ORDER BY started DESC, run_id DESC LIMIT ?`, sqlLimit(limit))
	if err != nil {
		return nil, wrap(l.path, err)
	}
	list, err := collect(rows, func(row scanner) (r pipeline.RunRecord, err error) {
		err = row.Scan(&r.RunID, &r.State, &r.Trigger, stamp{&r.Started}, stamp{&r.Ended},
			&r.ExitCode, &r.Reason, document{&r.Report})
		return r, err
	})
	return list, wrap(l.path, err)
}

// RunStates counts the runs by state.
func (l *Ledger) RunStates(ctx context.Context) (map[pipeline.RunState]int, error) {
	rows, err := l.read.QueryContext(ctx, "SELECT state, count(*) FROM runs GROUP BY state")
	if err != nil {
		return nil, wrap(l.path, err)
	}
	out := map[pipeline.RunState]int{}
	_, err = collect(rows, func(row scanner) (n int, err error) {
		var state pipeline.RunState
		if err = row.Scan(&state, &n); err == nil {
			out[state] = n
		}
		return n, err
	})
	return out, wrap(l.path, err)
}

// changedOne turns an update that met no row into an error.
func changedOne(res sql.Result, err error, what string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("%s: it never began (%d rows)", what, n)
	}
	return nil
}
