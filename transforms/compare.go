package transforms

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// MartChange is how much of a mart differs between two files.
type MartChange struct {
	Mart    string   `json:"mart"`
	Added   int64    `json:"rows_added"`
	Removed int64    `json:"rows_removed"`
	Changed int64    `json:"rows_changed"`
	Note    string   `json:"note,omitempty"` // why it cannot be compared cell by cell
	Grain   []string `json:"grain"`
	Columns []string `json:"-"` // compared: all but the grain and as_at, which tells what was known and is no figure
}

// Rows returns how many rows differ.
func (m MartChange) Rows() int64 { return m.Added + m.Removed + m.Changed }

// Comparison is several files with marts side by side: the states of a change,
// the first and the last of which are compared, the others lie between them.
type Comparison struct {
	s      *session
	states int
	grains map[string][]string
}

// OpenComparison opens files with marts, read-only. Close it after use.
func (w *Warehouse) OpenComparison(ctx context.Context, files []string) (*Comparison, error) {
	cat, err := LoadCatalogue(ctx, w.o.SQL, RawRelations(w.o.Layouts))
	if err != nil {
		return nil, err
	}
	c := &Comparison{grains: map[string][]string{}}
	for _, m := range cat.Models {
		if m.Layer == layerMarts {
			c.grains[m.Relation()] = m.Grain
		}
	}
	var allow, attach []string
	for i, file := range files {
		real, err := filepath.EvalSymlinks(file)
		if err == nil {
			real, err = filepath.Abs(real)
		}
		if err != nil {
			return nil, fmt.Errorf("file to compare: %w", err)
		}
		if _, err := os.Lstat(real + ".wal"); err == nil {
			return nil, fmt.Errorf("somebody opened %s for writing, so it cannot be trusted; the next night moves %s.wal away", real, filepath.Base(real))
		}
		if !slices.Contains(allow, real) {
			allow = append(allow, real, real+".wal")
			attach = append(attach, fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(real), stateName(i)))
			continue
		}
		return nil, fmt.Errorf("%w: %s is compared with itself; name two different ones", pipeline.ErrUsage, filepath.Base(filepath.Dir(real)))
	}
	if c.s, err = openSession(ctx, sessionOptions{memoryLimit: queryMemory, threads: queryThreads, allowFiles: allow}); err != nil {
		return nil, err
	}
	c.states = len(files)
	if err := c.s.all(ctx, attach...); err != nil {
		return nil, fmt.Errorf("file to compare: %w", closing(c, err))
	}
	return c, nil
}

func closing(c *Comparison, err error) error {
	_ = c.Close()
	return err
}

// Close releases the files.
func (c *Comparison) Close() error { return c.s.Close() }

func stateName(i int) string { return fmt.Sprintf("state_%d", i) }

// columnsOf returns the columns of a mart in a state; none where it is not there.
func (c *Comparison) columnsOf(ctx context.Context, i int, mart string) ([]typedColumn, error) {
	res, err := c.s.query(ctx, fmt.Sprintf(`SELECT column_name, data_type FROM duckdb_columns()
		WHERE database_name = %s AND schema_name || '.' || table_name = %s ORDER BY column_index`, quote(stateName(i)), quote(mart)))
	if err != nil {
		return nil, err
	}
	out := make([]typedColumn, len(res.Rows))
	for i, r := range res.Rows {
		out[i] = typedColumn{text(r[0]), text(r[1])}
	}
	return out, nil
}

// Marts compares every mart of the first and the last state, by name.
func (c *Comparison) Marts(ctx context.Context) ([]MartChange, error) {
	var out []MartChange
	for _, mart := range sortedKeys(c.grains) {
		m, err := c.Mart(ctx, mart)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// Mart compares one mart of the first and the last state.
func (c *Comparison) Mart(ctx context.Context, mart string) (MartChange, error) {
	m := MartChange{Mart: mart, Grain: c.grains[mart]}
	if m.Grain == nil {
		return m, fmt.Errorf("%w: there is no mart %s; nightjar show lists them", pipeline.ErrUsage, mart)
	}
	shared, err := c.columnsOf(ctx, 0, mart)
	if err != nil {
		return m, err
	}
	last, err := c.columnsOf(ctx, c.states-1, mart)
	if err != nil {
		return m, err
	}
	shared = slices.DeleteFunc(shared, func(x typedColumn) bool { return !slices.Contains(last, x) })
	for _, x := range shared {
		if !slices.Contains(m.Grain, x.Name) && x.Name != "as_at" {
			m.Columns = append(m.Columns, x.Name)
		}
	}
	if len(shared) < len(m.Grain)+1 || len(m.Columns) == 0 {
		m.Note = "one of the two does not have it in this shape"
		return m, nil
	}
	res, err := c.s.query(ctx, `SELECT coalesce(count(*) FILTER (WHERE was IS NULL), 0), coalesce(count(*) FILTER (WHERE is_now IS NULL), 0), count(*) FROM (`+c.changedRows(m)+`)`)
	if err != nil {
		m.Note = "its rows cannot be compared: " + duckWords(err)
		return m, ctx.Err()
	}
	r := res.Rows[0]
	m.Added, m.Removed = whole(r[0]), whole(r[1])
	m.Changed = whole(r[2]) - m.Added - m.Removed
	return m, nil
}

// changedRows selects the grain of the rows that differ between first and last
// state, and in which of both they are.
func (c *Comparison) changedRows(m MartChange) string {
	var differ []string
	for _, col := range m.Columns {
		differ = append(differ, fmt.Sprintf("a.%[1]s IS DISTINCT FROM b.%[1]s", identifier(col)))
	}
	side := func(i int, mark string) string {
		return fmt.Sprintf("(SELECT *, TRUE AS %s FROM %s.%s)", mark, stateName(i), m.Mart)
	}
	return fmt.Sprintf(`SELECT %s, a.was, b.is_now FROM %s AS a FULL JOIN %s AS b USING (%s) WHERE a.was IS NULL OR b.is_now IS NULL OR %s`,
		identifiers(m.Grain), side(0, "was"), side(c.states-1, "is_now"), identifiers(m.Grain), strings.Join(differ, " OR "))
}

// wanted narrows changed rows to those that meet a condition before or after.
func (c *Comparison) wanted(ctx context.Context, m MartChange, where string) (string, error) {
	rows := c.changedRows(m)
	if where == "" {
		return rows, nil
	}
	if err := c.s.onlyFilters(ctx, where); err != nil {
		return "", err
	}
	meets := func(i int) string {
		return fmt.Sprintf("SELECT %s FROM %s.%s WHERE (%s\n)", identifiers(m.Grain), stateName(i), m.Mart, where)
	}
	return fmt.Sprintf("SELECT c.* FROM (%s) AS c SEMI JOIN (%s UNION %s) AS w USING (%s)", rows, meets(0), meets(c.states-1), identifiers(m.Grain)), nil
}

// RowStates is a row of a mart in every state: cells by column, nil where the
// row is not there.
type RowStates struct {
	Key   []any   // by MartChange.Grain
	Cells [][]any // one for each state, by MartChange.Columns; nil: no such row
}

// Rows returns the rows that differ between the first and the last state, in
// the order of the grain, as they are in every state. where is a condition on
// the row before or after; empty for all.
func (c *Comparison) Rows(ctx context.Context, m MartChange, where string) ([]RowStates, error) {
	wanted, err := c.wanted(ctx, m, where)
	if err != nil {
		return nil, err
	}
	grain := identifiers(m.Grain)
	var cols []string
	join := ""
	for i := range c.states {
		have, err := c.columnsOf(ctx, i, m.Mart)
		if err != nil {
			return nil, err
		}
		cols = append(cols, fmt.Sprintf("t%d.here", i))
		for _, col := range m.Columns {
			if slices.ContainsFunc(have, func(h typedColumn) bool { return h.Name == col }) {
				cols = append(cols, fmt.Sprintf("t%d.%s", i, identifier(col)))
			} else {
				cols = append(cols, "NULL")
			}
		}
		join += fmt.Sprintf("\nLEFT JOIN (SELECT *, TRUE AS here FROM %s.%s) AS t%d USING (%s)", stateName(i), m.Mart, i, grain)
	}
	res, err := c.s.query(ctx, fmt.Sprintf("SELECT %s, %s FROM (SELECT %s FROM (%s)) AS k %s ORDER BY %s", grain, strings.Join(cols, ", "), grain, wanted, join, grain))
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %s; nightjar show %s shows its columns", pipeline.ErrUsage, duckWords(err), m.Mart)
	}
	return cut(res.Rows, len(m.Grain), len(m.Columns), c.states), nil
}

// cut divides result rows into key and states.
func cut(rows [][]any, grain, columns, states int) []RowStates {
	out := make([]RowStates, len(rows))
	for i, r := range rows {
		out[i] = RowStates{Key: r[:grain], Cells: make([][]any, states)}
		for s := range states {
			at := grain + s*(columns+1)
			if here, _ := r[at].(bool); here {
				out[i].Cells[s] = r[at+1 : at+1+columns]
			}
		}
	}
	return out
}

// Keys returns the keys of rows, with their types, for PartOptions.Changed.
func (c *Comparison) Keys(ctx context.Context, m MartChange, rows []RowStates) (ChangedRows, error) {
	var out ChangedRows
	all, err := c.columnsOf(ctx, 0, m.Mart)
	if err != nil {
		return out, err
	}
	for _, g := range m.Grain {
		at := slices.IndexFunc(all, func(x typedColumn) bool { return x.Name == g })
		out.Columns = append(out.Columns, all[at])
	}
	for _, r := range rows {
		out.Rows = append(out.Rows, r.Key)
	}
	return out, nil
}
