package transforms

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"nightjar/pipeline"
)

// DuckDB's limits while somebody looks at a published file.
const (
	queryMemory  = "512MB"
	queryThreads = 2
)

// TableInfo is a published table.
type TableInfo struct {
	Name    string       `json:"name"` // such as marts.neet_rates
	Rows    int64        `json:"rows"`
	Comment string       `json:"comment"`
	Columns []ColumnInfo `json:"columns"`
}

// ColumnInfo is a column of a published table.
type ColumnInfo struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Comment string `json:"comment"`
}

// Query returns the rows of a published table that meet a condition, in the
// order of its grain. table is a mart's name, or schema.table; where is a
// condition in SQL, empty for all; limit 0 means all. A wrong table or
// condition is ErrUsage. The file is opened read-only and the condition can
// reach no other file.
func Query(ctx context.Context, path, table, where string, limit int) (Result, error) {
	s, err := openPublished(ctx, path)
	if err != nil {
		return Result{}, err
	}
	defer s.Close()
	relation, err := s.published(ctx, table)
	if err != nil {
		return Result{}, err
	}
	query := "SELECT * FROM " + relation
	if where != "" {
		if err := s.onlyFilters(ctx, where); err != nil {
			return Result{}, err
		}
		query += " WHERE (" + where + "\n)"
	}
	if limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", limit)
	}
	res, err := s.query(ctx, query)
	if err != nil && ctx.Err() == nil {
		return Result{}, fmt.Errorf("%w: %s; columns are listed by DESCRIBE %s", pipeline.ErrUsage, duckWords(err), relation)
	}
	return res, err
}

// openPublished attaches a published file read-only, in an instance that may
// open nothing else. The link is followed first: a file has one name, however
// many links lead to it.
//
// files are others that it may write.
func openPublished(ctx context.Context, path string, files ...string) (*session, error) {
	return openPublishedWithin(ctx, path, queryMemory, queryThreads, files...)
}

func openPublishedWithin(ctx context.Context, path, memory string, threads int, files ...string) (*session, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("published file: %w; run nightjar first", err)
	}
	if real, err = filepath.Abs(real); err != nil {
		return nil, err
	}
	log := real + ".wal" // DuckDB looks for it and would replay it over the published figures
	if _, err := os.Lstat(log); err == nil {
		return nil, fmt.Errorf("published file: somebody opened it for writing and left %s, so it cannot be trusted; the next night moves it away, or remove it by hand", filepath.Base(log))
	}
	s, err := openSession(ctx, sessionOptions{memoryLimit: memory, threads: threads, allowFiles: append([]string{real, log}, files...), ordered: true})
	if err != nil {
		return nil, err
	}
	for _, q := range []string{fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(real), freshCatalog), "USE " + freshCatalog} {
		if err := s.exec(ctx, q); err != nil {
			_ = s.Close()
			return nil, fmt.Errorf("published file: %w", err)
		}
	}
	return s, nil
}

// published returns the full name of a published table.
func (s *session) published(ctx context.Context, table string) (string, error) {
	if !strings.Contains(table, ".") {
		table = layerMarts + "." + table
	}
	res, err := s.query(ctx, "SELECT schema_name || '.' || table_name AS name FROM duckdb_tables() WHERE database_name = "+quote(freshCatalog)+" ORDER BY name")
	if err != nil {
		return "", err
	}
	var names []string
	for _, row := range res.Rows {
		if name := text(row[0]); name == table {
			return name, nil
		}
		names = append(names, strings.TrimPrefix(text(row[0]), layerMarts+"."))
	}
	return "", fmt.Errorf("%w: no table %s is published; there are: %s", pipeline.ErrUsage, table, strings.Join(names, ", "))
}

// onlyFilters refuses a condition that is more than one: the text between the
// brackets must leave the SELECT around it as it was, and reads no function
// that returns a table.
func (s *session) onlyFilters(ctx context.Context, where string) error {
	tree, err := s.parseSelect(ctx, "SELECT 1 FROM t WHERE ("+where+"\n)")
	var bad *syntaxError
	switch {
	case errors.As(err, &bad):
		return fmt.Errorf("%w: the condition cannot be read: %s", pipeline.ErrUsage, bad.say)
	case err != nil:
		return err
	}
	n := sub(tree, "node")
	plain := str(n, "type") == "SELECT_NODE" && n["where_clause"] != nil && n["having"] == nil && n["qualify"] == nil &&
		len(list(n, "group_expressions")) == 0 && len(list(n, "modifiers")) == 0 && !strings.Contains(where, ";")
	walk(tree, 0, func(c node, _ int) {
		plain = plain && str(c, "type") != "TABLE_FUNCTION"
	})
	if !plain {
		return fmt.Errorf("%w: --where takes one condition, such as age_band = '16-17'", pipeline.ErrUsage)
	}
	return nil
}

// Tables lists the tables of a published file with their comments, by name.
func Tables(ctx context.Context, path string) ([]TableInfo, error) {
	s, err := openPublished(ctx, path)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	res, err := s.query(ctx, `SELECT t.schema_name || '.' || t.table_name AS name, t.comment, c.column_name, c.data_type, c.comment
		FROM duckdb_tables() AS t JOIN duckdb_columns() AS c USING (database_name, schema_name, table_name)
		WHERE database_name = `+quote(freshCatalog)+` ORDER BY name, c.column_index`)
	if err != nil {
		return nil, err
	}
	var out []TableInfo
	for _, r := range res.Rows {
		if name := text(r[0]); len(out) == 0 || out[len(out)-1].Name != name {
			n, err := s.count(ctx, "SELECT count(*) FROM "+name)
			if err != nil {
				return nil, err
			}
			out = append(out, TableInfo{Name: name, Rows: n, Comment: text(r[1])})
		}
		last := &out[len(out)-1]
		last.Columns = append(last.Columns, ColumnInfo{text(r[2]), text(r[3]), text(r[4])})
	}
	return out, nil
}
