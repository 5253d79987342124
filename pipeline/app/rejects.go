package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"nightjar/pipeline"
	"nightjar/sources"
)

// RejectsQuestion asks for rows in quarantine. Empty fields ask for all.
type RejectsQuestion struct {
	Dataset  string
	Provider string
	File     string // part of the file's name
	Rule     string
	Workbook string // where to write the rows, with what they hold; empty: nowhere
}

// Rejects counts the rows in quarantine by file, rule and column, and writes
// them into a workbook where one is asked for.
func (a *App) Rejects(ctx context.Context, q RejectsQuestion) ([]sources.RejectGroup, error) {
	if q.Dataset != "" && !a.knows(q.Dataset) {
		return nil, fmt.Errorf("%w: no dataset %q; there are: %s", pipeline.ErrUsage, q.Dataset, a.datasetNames())
	}
	if q.Workbook != "" && !strings.EqualFold(filepath.Ext(q.Workbook), ".xlsx") {
		return nil, fmt.Errorf("%w: %s is no name of a workbook; end it in .xlsx", pipeline.ErrUsage, q.Workbook)
	}
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nothing was ever loaded
	}
	book, err := a.openLedger()
	if err != nil {
		return nil, err
	}
	defer book.Close()
	files, err := book.Files(ctx)
	if err != nil {
		return nil, fmt.Errorf("deliveries cannot be read from the ledger: %w", err)
	}
	asked := files[:0]
	for _, f := range files {
		if f.Quarantine != "" && (q.Dataset == "" || f.Dataset == q.Dataset) && (q.Provider == "" || f.Provider == q.Provider) && strings.Contains(f.Name, q.File) {
			asked = append(asked, f)
		}
	}
	if q.Workbook != "" {
		if err := a.exported(ctx, "refused rows", "workbook of people", int64(len(asked))); err != nil {
			return nil, err
		}
	}
	return sources.Rejects(ctx, sources.RejectsRequest{
		Files: asked, Rule: q.Rule, Workbook: q.Workbook, Loader: a.loaderOptions(a.lake()), Inbox: a.cfg.Folders.Inbox, Landing: a.landing(), Archive: a.archive(),
	})
}
