package app

import (
	"context"
	"fmt"
	"os"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
)

// Explanation walks rows of a published mart back to the lists. It holds
// nobody.
type Explanation struct {
	Mart       string                   `json:"mart"`
	RunID      string                   `json:"run_id"`
	AsAt       string                   `json:"as_at"`
	Definition string                   `json:"definition"`
	Columns    []transforms.ColumnInfo  `json:"columns"` // with their definitions
	Rows       []Values                 `json:"rows"`
	Models     []transforms.TracedModel `json:"models"`
	Files      []transforms.TracedFile  `json:"files"`
	ByCaseload int64                    `json:"decided_by_caseload"` // people whose status the caseload decides
	Decisions  int                      `json:"decisions"`           // reviewers' decisions in force
	Rules      string                   `json:"rules_of"`            // day since which models, reference data and settings are in use
	Notices    []string                 `json:"notices,omitempty"`
}

// mostExplained bounds the rows of one explanation: it is about a number.
const mostExplained = 10

// Explain says of rows of a published mart what they mean, how many rows of
// each model stand behind them, and which lists they rest on. It rebuilds the
// mart aside, from what the publication was made of.
func (a *App) Explain(ctx context.Context, mart, where string) (Explanation, error) {
	if !strings.Contains(mart, ".") {
		mart = "marts." + mart
	}
	path, err := a.warehouseFile(ctx)
	if err != nil {
		return Explanation{}, err
	}
	res, err := transforms.Query(ctx, path, mart, where, mostExplained+1)
	if err != nil {
		return Explanation{}, err
	}
	switch {
	case !strings.HasPrefix(mart, "marts."):
		return Explanation{}, fmt.Errorf("%w: only marts are explained; nightjar show lists them", pipeline.ErrUsage)
	case len(res.Rows) == 0:
		return Explanation{}, fmt.Errorf("%w: no row of %s meets the condition; nightjar show %s shows them", pipeline.ErrUsage, mart, mart)
	case len(res.Rows) > mostExplained:
		return Explanation{}, fmt.Errorf("%w: more than %d rows meet the condition; narrow it to the number that is meant, such as --where \"month_end = '2021-10-31' and age_band = '16-17' and basis = 'recorded'\"", pipeline.ErrUsage, mostExplained)
	}
	out := Explanation{Mart: mart, Rows: rowsOf(res)}
	if err := out.define(ctx, path); err != nil {
		return out, err
	}
	lock, err := ledger.Lock(a.lockFile(), a.Clock.Now())
	if err != nil {
		return out, err
	}
	defer func() { _ = lock.Unlock() }()
	return out, a.trace(ctx, &out)
}

// define fills in what the published file says of the mart.
func (e *Explanation) define(ctx context.Context, path string) error {
	tables, err := transforms.Tables(ctx, path)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.Name == e.Mart {
			e.Definition, e.Columns = t.Comment, t.Columns
		}
	}
	return nil
}

// trace builds the mart once more and counts on the way.
func (a *App) trace(ctx context.Context, out *Explanation) error {
	if _, err := os.Stat(a.ledgerFile()); err != nil {
		return fmt.Errorf("the ledger of %s is gone; put it back from a backup", a.cfg.Folders.Data)
	}
	d := &differ{App: a, o: DiffOptions{Mart: out.Mart}}
	defer d.clean()
	if err := d.noteRules(); err != nil {
		return err
	}
	ends, err := d.readEnds(ctx)
	if err != nil {
		return err
	}
	defer ends.close()
	state, end, err := d.end(ctx, ends, "current")
	if err != nil {
		return err
	}
	out.RunID, out.AsAt, out.Decisions, out.Rules = end.RunID, end.AsAt, end.Decisions, end.RulesOf
	asked, err := d.askedRows(ctx, state.file, out)
	if err != nil {
		return err
	}
	part, err := d.part(ctx, state, transforms.PartOptions{
		Name: "walking back from " + strings.TrimPrefix(out.Mart, "marts."), Marts: []string{out.Mart}, Changed: map[string]transforms.ChangedRows{out.Mart: asked}, Trace: true,
	})
	out.Models, out.Files, out.ByCaseload, out.Notices = part.Trace.Models, part.Trace.Files, part.Trace.ByCaseload, d.out.Notices
	return err
}

// askedRows returns the keys of the rows that are explained.
func (d *differ) askedRows(ctx context.Context, file string, out *Explanation) (transforms.ChangedRows, error) {
	c, err := d.compare(ctx, file)
	if err != nil {
		return transforms.ChangedRows{}, err
	}
	defer c.Close()
	m, err := c.Mart(ctx, out.Mart)
	if err != nil {
		return transforms.ChangedRows{}, err
	}
	rows := make([]transforms.RowStates, len(out.Rows))
	for i, v := range out.Rows {
		for _, g := range m.Grain {
			rows[i].Key = append(rows[i].Key, v[g])
		}
	}
	return c.Keys(ctx, m, rows)
}
