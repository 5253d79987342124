package transforms

import (
	"context"
	"fmt"
	"strings"

	"nightjar/pipeline"
)

// sampleRows is how many offending rows a failed check shows.
const sampleRows = 5

// headerCheck is one claim of a model's header as SQL.
type headerCheck struct {
	name string
	why  string
	bad  string // expression that counts offending rows in one scan of the model
	rows string // SELECT of the offending rows' keys
}

// checkFile runs a check file. A claim that fails is a result, not an error.
func (s *session) checkFile(ctx context.Context, c CheckFile) ([]pipeline.CheckResult, error) {
	res := pipeline.CheckResult{Model: c.Model, Check: c.Claim, Blocking: !c.Warn, Why: c.Why}
	if err := s.explain(ctx, &res, c.SQL); err != nil {
		return nil, fmt.Errorf("check sql/%s: %s", c.File, duckWords(err))
	}
	return []pipeline.CheckResult{res}, nil
}

// headerChecks counts the rows of a model and those that break its header, in
// one scan. A claim that fails is a result, not an error.
func (s *session) headerChecks(ctx context.Context, m Model) (rows int64, _ []pipeline.CheckResult, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("checks of %s (sql/%s): %w", m.Relation(), m.File, err)
		}
	}()
	list := expandHeader(m)
	parts := []string{"count(*)"}
	for _, c := range list {
		parts = append(parts, c.bad)
	}
	counts := make([]int64, len(parts))
	into := make([]any, len(parts))
	for i := range counts {
		into[i] = &counts[i]
	}
	row := s.conn.QueryRowContext(ctx, "SELECT "+strings.Join(parts, ", ")+" FROM "+m.Relation())
	if err := row.Scan(into...); err != nil {
		return 0, nil, err
	}
	var out []pipeline.CheckResult
	for i, c := range list {
		res := pipeline.CheckResult{Model: m.Relation(), Check: c.name, Blocking: true, Why: c.why}
		if counts[i+1] > 0 {
			if err := s.explain(ctx, &res, c.rows); err != nil {
				return 0, nil, err
			}
		}
		out = append(out, res)
	}
	return counts[0], out, nil
}

// expandHeader turns grain, not_null and accepted into checks.
func expandHeader(m Model) []headerCheck {
	grain := identifiers(m.Grain)
	out := []headerCheck{{
		name: "unique(" + strings.Join(m.Grain, ", ") + ")", why: "The grain identifies a row.",
		// Distinct hashes need a quarter of the memory of distinct keys. Two keys
		// with one hash would be a false alarm, which the exact query then clears.
		bad:  "count(*) - count(DISTINCT hash(" + grain + "))",
		rows: fmt.Sprintf("SELECT %s FROM %s GROUP BY %s HAVING count(*) > 1", grain, m.Relation(), grain),
	}}
	done := map[string]bool{}
	for _, col := range append(append([]string{}, m.Grain...), m.NotNull...) {
		if done[col] {
			continue
		}
		done[col] = true
		out = append(out, headerCheck{
			name: "not_null(" + col + ")", why: "The model promises a value in every row.",
			bad:  "count(*) - count(" + identifier(col) + ")",
			rows: fmt.Sprintf("SELECT %s FROM %s WHERE %s IS NULL", grain, m.Relation(), identifier(col)),
		})
	}
	for _, a := range m.Accepted {
		wrong := fmt.Sprintf("CAST(%s AS VARCHAR) NOT IN (%s)", identifier(a.Column), strings.Trim(quoteList(a.Values), "[]"))
		out = append(out, headerCheck{
			name: "accepted(" + a.Column + ")", why: "The column holds " + strings.Join(a.Values, ", ") + " or nothing.",
			bad:  "count(*) FILTER (WHERE " + wrong + ")",
			rows: fmt.Sprintf("SELECT %s, %s AS %s FROM %s WHERE %s", grain, identifier(a.Column), identifier("value_of_"+a.Column), m.Relation(), wrong),
		})
	}
	return out
}

// explain counts the offending rows and keeps the keys of the first few.
func (s *session) explain(ctx context.Context, res *pipeline.CheckResult, offending string) (err error) {
	// The closing bracket stands on its own line: the text may end in a comment.
	if res.Failures, err = s.count(ctx, "SELECT count(*) FROM ("+offending+"\n)"); err != nil || res.Failures == 0 {
		return err
	}
	found, err := s.query(ctx, fmt.Sprintf("SELECT * FROM (%s\n) ORDER BY ALL LIMIT %d", offending, sampleRows))
	if err != nil {
		return err
	}
	res.Sample = found.keys()
	return nil
}

// keys writes rows as "a=1, b=2; a=…". Columns that hold a person are named,
// their values are withheld.
func (r Result) keys() string {
	var rows []string
	for _, row := range r.Rows {
		var cells []string
		for i, c := range r.Columns {
			value := fmt.Sprint(row[i])
			if isPersonal(c.Name) {
				value = "(withheld)"
			}
			cells = append(cells, c.Name+"="+value)
		}
		rows = append(rows, strings.Join(cells, ", "))
	}
	return strings.Join(rows, "; ")
}
