package transforms

import (
	"context"
	"fmt"
	"time"

	"nightjar/pipeline"
)

// metaTable is one table of schema meta: its columns with their meaning, and
// where the rows come from, which is either Go or a SELECT over the work file.
type metaTable struct {
	name    string
	doc     string
	columns []metaColumn
	rows    func(r *publishing, engine string) [][]any
	query   string
}

type metaColumn struct{ name, kind, doc string }

// metaTables are what ran, came, was refused and why, was checked, is overdue
// . None holds a person: the raw text of refused rows stays
// in the lake.
var metaTables = []metaTable{
	{
		name: "build", doc: "What this file was made of and when. One row.",
		columns: []metaColumn{
			{"run_id", "VARCHAR", "Run that made the file."},
			{"as_at", "DATE", "Knowledge date: the greatest day of delivery known to the build."},
			{"known_until", "DATE", "Day asked for; later deliveries were left out."},
			{"fingerprint", "VARCHAR", "Hash of everything the build was made of; equal fingerprints give equal marts."},
			{"models_hash", "VARCHAR", "Hash of the SQL models."},
			{"reference_hash", "VARCHAR", "Hash of reference data and settings."},
			{"nightjar_version", "VARCHAR", "Version of the program."},
			{"duckdb_version", "VARCHAR", "Version of the engine."},
			{"started", "TIMESTAMP", "When the run began, UTC."},
			{"finished", "TIMESTAMP", "When the models were built and checked, UTC."},
			{"erasures_since", "BIGINT", "How many times somebody was erased after known_until: the build does without them, though they were known on that day."},
			{"removed_born_until", "DATE", "Day of birth up to which people were removed from all lists because of their age; null where none were. Older months count without them."},
		},
		rows: buildRows,
	},
	{
		name: "runs", doc: "One row per run in the ledger when the file was written. The run that wrote it still counts as started.",
		columns: []metaColumn{
			{"run_id", "VARCHAR", "Run."},
			{"state", "VARCHAR", "started, done, failed, held or interrupted."},
			{"trigger_name", "VARCHAR", "What started the run: a command or a job."},
			{"started", "TIMESTAMP", "UTC."},
			{"ended", "TIMESTAMP", "UTC; null while the run is on."},
			{"exit_code", "BIGINT", "Exit code; null while the run is on."},
			{"reason", "VARCHAR", "Why it failed or was held."},
			{"files_loaded", "BIGINT", "Lists taken in."},
			{"rows_read", "BIGINT", "Rows of those lists."},
			{"rows_accepted", "BIGINT", "Rows that kept their contract."},
			{"rows_quarantined", "BIGINT", "Rows that did not."},
			{"rows_blank", "BIGINT", "Empty rows."},
		},
		rows: runRows,
	},
	{
		name: "files", doc: "One row per delivered file. Rows read = accepted + quarantined + blank + erased.",
		columns: []metaColumn{
			{"file_hash", "VARCHAR", "SHA-256 of the file."},
			{"dataset", "VARCHAR", "Kind of list."},
			{"layout", "VARCHAR", "Form in which it came."},
			{"provider", "VARCHAR", "Who delivered it."},
			{"file_name", "VARCHAR", "Path under the inbox."},
			{"status", "VARCHAR", "loaded or refused."},
			{"delivered_at", "TIMESTAMP", "UTC; from the manifest, else when it was first seen."},
			{"delivered_on", "DATE", "Day of delivery in Europe/London."},
			{"academic_year", "VARCHAR", "Academic year of the day of delivery."},
			{"min_period", "VARCHAR", "First period among its accepted rows."},
			{"max_period", "VARCHAR", "Last period among its accepted rows."},
			{"rows_read", "BIGINT", "Rows under the header."},
			{"rows_accepted", "BIGINT", "Rows that kept the contract."},
			{"rows_quarantined", "BIGINT", "Rows that did not; see meta.quarantine."},
			{"rows_blank", "BIGINT", "Empty rows."},
			{"rows_erased", "BIGINT", "Rows about people who were erased; they are kept nowhere."},
			{"reason", "VARCHAR", "Why the file was refused; null for loaded ones."},
			{"run_id", "VARCHAR", "Run that took the file."},
		},
		rows: metaFileRows,
	},
	{
		name: "quarantine", doc: "One row per refused row of a list: where it stands and which rule it broke. What the row held is not published.",
		columns: []metaColumn{
			{"file_hash", "VARCHAR", "File; see meta.files."},
			{"dataset", "VARCHAR", "Kind of list."},
			{"provider", "VARCHAR", "Who delivered it."},
			{"file_name", "VARCHAR", "Path under the inbox."},
			{"sheet", "VARCHAR", "Sheet of a workbook; empty for CSV."},
			{"line", "BIGINT", "Line in the file, or row in the sheet, as the provider sees it."},
			{"column_name", "VARCHAR", "Contract column; empty where the whole row is meant."},
			{"rule", "VARCHAR", "Short name of the rule."},
			{"reason", "VARCHAR", "The rule in words."},
			{"delivered_on", "DATE", "Day of delivery."},
		},
		query: `SELECT file_hash, dataset, provider, file_name, sheet, line, column_name, rule, reason, delivered_on
			FROM ` + workCatalog + `.raw.quarantine ORDER BY delivered_on, file_hash, sheet, line, column_name, rule`,
	},
	{
		name: "checks", doc: "One row per check on this build.",
		columns: []metaColumn{
			{"model", "VARCHAR", "Model checked."},
			{"check_name", "VARCHAR", "What must hold."},
			{"is_blocking", "BOOLEAN", "Whether a failure keeps the night from being published."},
			{"failures", "BIGINT", "Offending rows; 0 when it holds."},
			{"sample", "VARCHAR", "Keys of the first offending rows, persons withheld."},
			{"why", "VARCHAR", "Why it must hold."},
		},
		rows: checkRows,
	},
	{
		name: "arrivals", doc: "One row per dataset, provider and day a list was due: what came for it, and what is late. Lists outside every window have a row per academic year without a due day.",
		columns: []metaColumn{
			{"dataset", "VARCHAR", "Kind of list."},
			{"provider", "VARCHAR", "Who delivers it."},
			{"academic_year", "VARCHAR", "Academic year of the due day; of the delivery where nothing was due."},
			{"season", "VARCHAR", "What the window is called; null where nothing was due."},
			{"opens_on", "DATE", "Day from which a list counts for this window."},
			{"due_on", "DATE", "Day by which it is expected; null where nothing is agreed."},
			{"files", "BIGINT", "Files loaded that count for it."},
			{"rows_accepted", "BIGINT", "Their rows that kept the contract."},
			{"first_delivered_on", "DATE", "Day of the first of them."},
			{"last_delivered_on", "DATE", "Day of the last of them."},
			{"state", "VARCHAR", "arrived, late (nothing has come though due_on is over) or due."},
		},
		query: `WITH files AS (SELECT * FROM ` + workCatalog + `.raw.files WHERE status = 'loaded'),
			windows AS (SELECT e.dataset, e.provider, e.academic_year, e.season, e.opens_on, e.due_on,
					count(f.file_hash) AS files, coalesce(sum(f.rows_accepted), 0) AS accepted, min(f.delivered_on) AS first_on, max(f.delivered_on) AS last_on
				FROM ` + workCatalog + `.raw.expected AS e LEFT JOIN files AS f
					ON f.dataset = e.dataset AND f.provider = e.provider AND f.delivered_on >= e.opens_on AND f.delivered_on < e.until_on GROUP BY ALL),
			others AS (SELECT f.dataset, f.provider, f.academic_year, NULL AS season, NULL AS opens_on, NULL AS due_on,
					count(*) AS files, sum(f.rows_accepted) AS accepted, min(f.delivered_on) AS first_on, max(f.delivered_on) AS last_on
				FROM files AS f ANTI JOIN ` + workCatalog + `.raw.expected AS e
					ON f.dataset = e.dataset AND f.provider = e.provider AND f.delivered_on >= e.opens_on AND f.delivered_on < e.until_on GROUP BY ALL)
			SELECT a.dataset, a.provider, a.academic_year, a.season, a.opens_on, a.due_on, a.files, CAST(a.accepted AS BIGINT), a.first_on, a.last_on,
				CASE WHEN a.files > 0 THEN 'arrived' WHEN a.due_on < b.known_until THEN 'late' ELSE 'due' END
			FROM (FROM windows UNION ALL FROM others) AS a CROSS JOIN ` + workCatalog + `.ref.build AS b
			ORDER BY 1, 2, 3, 6`,
	},
}

// metaTable makes one table of schema meta and describes it.
func (r *publishing) metaTable(ctx context.Context, s *session, t metaTable) error {
	cols := make([]typedColumn, len(t.columns))
	docs := make([]ColumnDoc, len(t.columns))
	for i, c := range t.columns {
		cols[i], docs[i] = typedColumn{c.name, c.kind}, ColumnDoc{c.name, c.doc}
	}
	relation := schemaMeta + "." + t.name
	if err := s.createTable(ctx, relation, cols); err != nil {
		return err
	}
	if t.query != "" {
		if err := s.exec(ctx, "INSERT INTO "+relation+" "+t.query); err != nil {
			return err
		}
		return r.describe(ctx, s, relation, t.doc, docs)
	}
	engine, err := s.query(ctx, "SELECT version()")
	if err != nil {
		return err
	}
	if err := s.appendRows(ctx, schemaMeta, t.name, t.rows(r, text(engine.Rows[0][0]))); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	return r.describe(ctx, s, relation, t.doc, docs)
}

func buildRows(r *publishing, engine string) [][]any {
	b := r.build
	return [][]any{{
		b.Input.RunID, b.Input.AsAt.Time(), b.Input.KnownUntil.Time(), b.Fingerprint, b.ModelsHash, b.RefHash,
		r.o.Version, engine, b.Input.Started.UTC(), b.Finished.UTC(), erasuresSince(b.Input), removedUntil(b.Input),
	}}
}

// erasuresSince counts the erasures after the day that the build is about.
func erasuresSince(in pipeline.BuildInput) (n int64) {
	for _, e := range in.Erasures {
		if e.ErasedOn > in.KnownUntil {
			n++
		}
	}
	return n
}

// removedUntil is the last birthday of people whom retention removed; nil where
// it removed none.
func removedUntil(in pipeline.BuildInput) any {
	var last any
	until := pipeline.Date(0)
	for _, r := range in.Removals {
		if r.What == pipeline.RemovedPeople && (last == nil || r.Until > until) {
			until, last = r.Until, r.Until.Time()
		}
	}
	return last
}

func runRows(r *publishing, _ string) [][]any {
	var out [][]any
	for _, run := range r.build.Input.Runs {
		var exit any
		if run.State != pipeline.RunStarted {
			exit = int64(run.ExitCode)
		}
		var loaded int64
		for _, f := range run.Report.Files {
			if f.Outcome == pipeline.OutcomeLoaded {
				loaded++
			}
		}
		sum := run.Report.Totals()
		out = append(out, []any{
			run.RunID, string(run.State), run.Trigger, run.Started.UTC(), timeOrNull(run.Ended), exit, textOrNull(run.Reason),
			loaded, sum.Read, sum.Accepted, sum.Quarantined, sum.Blank,
		})
	}
	return out
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

func metaFileRows(r *publishing, _ string) [][]any {
	var out [][]any
	for _, list := range [][]pipeline.FileRecord{r.build.Input.Files, r.build.Input.Refused} {
		for _, f := range list {
			out = append(out, []any{
				f.Hash, f.Dataset, f.Layout, f.Provider, f.Name, string(f.Status),
				f.DeliveredAt.UTC(), f.DeliveredOn.Time(), pipeline.AcademicYearOf(f.DeliveredOn).String(),
				textOrNull(f.MinPeriod), textOrNull(f.MaxPeriod),
				f.Counts.Read, f.Counts.Accepted, f.Counts.Quarantined, f.Counts.Blank, f.Counts.Erased, textOrNull(f.Reason), f.RunID,
			})
		}
	}
	return out
}

func checkRows(r *publishing, _ string) [][]any {
	var out [][]any
	for _, c := range r.build.Checks {
		out = append(out, []any{c.Model, c.Check, c.Blocking, c.Failures, textOrNull(c.Sample), textOrNull(c.Why)})
	}
	return out
}
