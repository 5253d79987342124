package app

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
	"nightjar/pipeline/ledger"
)

func (a *App) auditFile() string { return filepath.Join(a.cfg.Folders.Data, "audit.jsonl") }

// operator is the machine's user in whose name a command runs.
func operator() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// audited writes an event to the audit log. What it is about has been done, so
// it is written even when the command was interrupted meanwhile.
func (a *App) audited(ctx context.Context, e audit.Event) error {
	ctx = context.WithoutCancel(ctx)
	book, err := a.openLedger()
	if err != nil {
		return err
	}
	defer book.Close()
	e.At = a.Clock.Now()
	if e.By == "" {
		e.By = operator()
	}
	return (&audit.Log{Path: a.auditFile(), Heads: book}).Append(ctx, e)
}

// auditRun writes down how a run ended.
func (a *App) auditRun(ctx context.Context, rep pipeline.RunReport, trigger string) error {
	if rep.RunID == "" || rep.DryRun {
		return nil
	}
	t := rep.Totals()
	facts := map[string]int64{"exit_code": int64(rep.ExitCode), "files": int64(len(rep.Files)), "rows_read": t.Read, "rows_accepted": t.Accepted, "rows_quarantined": t.Quarantined}
	if t.Erased > 0 {
		facts["rows_erased"] = t.Erased
	}
	say := string(rep.State)
	if rep.Published != "" && rep.News {
		say += ", published"
	}
	return a.audited(ctx, audit.Event{Kind: audit.Run, About: rep.RunID, Say: say + "; started by " + trigger, Facts: facts})
}

// exported writes down that figures or people were written to a file at
// somebody's wish. The file's place is the reader's own business.
func (a *App) exported(ctx context.Context, what, form string, rows int64) error {
	return a.audited(ctx, audit.Event{Kind: audit.Export, About: what, Say: form, Facts: map[string]int64{"rows": rows}})
}

// AuditQuestion asks for events.
type AuditQuestion struct {
	Since time.Time // zero: all
	Kind  string    // empty: all
}

// Audit returns the events of the audit log, oldest first.
func (a *App) Audit(ctx context.Context, q AuditQuestion) ([]audit.Event, error) {
	var out []audit.Event
	err := (&audit.Log{Path: a.auditFile()}).Read(ctx, func(e audit.Event) {
		if !e.At.Before(q.Since) && (q.Kind == "" || string(e.Kind) == q.Kind) {
			out = append(out, e)
		}
	})
	return out, err
}

// AuditVerify looks for the first place where the audit log is not what was
// written, and compares its end with what the ledger remembers.
func (a *App) AuditVerify(ctx context.Context) (audit.Verdict, error) {
	log := &audit.Log{Path: a.auditFile()}
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, os.ErrNotExist) {
		return log.Verify(ctx)
	}
	book, err := ledger.OpenReadOnly(a.ledgerFile())
	if err != nil {
		return audit.Verdict{}, err
	}
	defer book.Close()
	log.Heads = book
	return log.Verify(ctx)
}
