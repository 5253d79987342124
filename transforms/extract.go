package transforms

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"nightjar/pipeline"
)

// TableHead is what a file made of a published table says of itself.
type TableHead struct {
	Name, Comment string // such as marts.neet_rates
	RunID, AsAt   string // publication it is taken from
	Where         string // condition that its rows meet; empty: all rows
	Columns       []ColumnInfo
}

// RowSink writes a table in some format: Begin once, then every row in order,
// then End, which is left out after an error, and Close in any case. Cells are
// as in Result.
type RowSink interface {
	Begin(head TableHead) error
	Row(cells []any) error
	End() error
	Close() error
}

// Limits of an extract. One thread reads page after page, and what the engine
// keeps of the file is small: a mart may be larger than the memory.
const (
	extractMemory  = "128MB"
	extractThreads = 1
	extractPage    = 8 * 2048 // rows asked for at a time; the driver holds a whole answer in memory
)

// Extract sends the rows of a published table that meet a condition to a sink,
// one at a time, in the order of the table's grain, and returns how many there
// were. It asks for one page of the table after the other, so memory does not
// grow with the table. A wrong table or condition is ErrUsage.
func Extract(ctx context.Context, path, table, where string, to RowSink) (n int64, err error) {
	defer func() { err = errors.Join(err, to.Close()) }()
	s, head, query, err := openExtract(ctx, path, table, where, extractMemory, extractThreads)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	end, err := s.count(ctx, "SELECT coalesce(max(rowid) + 1, 0) FROM "+head.Name) // the file was written at once: row ids have no gaps
	if err != nil {
		return 0, err
	}
	if err := s.sees(ctx, query, head); err != nil {
		return 0, err
	}
	if err := to.Begin(head); err != nil {
		return 0, err
	}
	and := " WHERE "
	if where != "" {
		and = " AND "
	}
	for at := int64(0); at < end; at += extractPage {
		page := fmt.Sprintf("%s%srowid >= %d AND rowid < %d", query, and, at, at+extractPage)
		rows, err := s.sendRows(ctx, page, head, to)
		if n += rows; err != nil {
			return n, err
		}
	}
	return n, to.End()
}

// sees finds out whether a question can be answered at all, before anything is
// written.
func (s *session) sees(ctx context.Context, query string, head TableHead) error {
	if _, err := s.describe(ctx, query); err != nil {
		return badQuestion(ctx, err, head.Name)
	}
	return nil
}

// send sends what a query of an opened file returns to a sink.
func send(ctx context.Context, to RowSink, open func() (*session, TableHead, string, error)) (n int64, err error) {
	defer func() { err = errors.Join(err, to.Close()) }()
	s, head, query, err := open()
	if err != nil {
		return 0, err
	}
	defer s.Close()
	if err := s.sees(ctx, query, head); err != nil {
		return 0, err
	}
	if err := to.Begin(head); err != nil {
		return 0, err
	}
	if n, err = s.sendRows(ctx, query, head, to); err != nil {
		return n, err
	}
	return n, to.End()
}

// sendRows sends one answer, row by row.
func (s *session) sendRows(ctx context.Context, query string, head TableHead, to RowSink) (n int64, err error) {
	rows, err := s.conn.QueryContext(ctx, query)
	if err != nil {
		return 0, badQuestion(ctx, err, head.Name)
	}
	defer rows.Close()
	cols := make([]ResultColumn, len(head.Columns))
	for i, c := range head.Columns {
		cols[i] = ResultColumn{c.Name, c.Type}
	}
	for rows.Next() {
		cells, err := scanRow(rows, cols)
		if err != nil {
			return n, err
		}
		if err := to.Row(cells); err != nil {
			return n, err
		}
		n++
	}
	if err := rows.Err(); err != nil { // the engine may meet a bad cast in the last row only
		return n, badQuestion(ctx, err, head.Name)
	}
	return n, nil
}

// ExtractParquet writes those rows to a Parquet file, which must not be there
// yet, stamped like the exports of a night.
func ExtractParquet(ctx context.Context, path, table, where, file string) (int64, error) {
	return copyOut(ctx, path, table, where, file, func(head TableHead) string {
		return fmt.Sprintf("FORMAT parquet, COMPRESSION zstd, KV_METADATA {run_id: %s, model: %s, as_at: %s, condition: %s}",
			quote(head.RunID), quote(head.Name), quote(head.AsAt), quote(where))
	})
}

// ExtractCSV writes those rows to a CSV file, which must not be there yet:
// UTF-8, comma, one header row, null as an empty cell and an empty text as "".
func ExtractCSV(ctx context.Context, path, table, where, file string) (int64, error) {
	return copyOut(ctx, path, table, where, file, func(TableHead) string { return "FORMAT csv, HEADER, DELIMITER ','" })
}

// copyOut lets the engine write the file.
func copyOut(ctx context.Context, path, table, where, file string, form func(TableHead) string) (int64, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return 0, err
	}
	s, head, query, err := openExtract(ctx, path, table, where, queryMemory, queryThreads, file)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	res, err := s.conn.ExecContext(ctx, fmt.Sprintf("COPY (%s) TO %s (%s, USE_TMP_FILE false)", query, quote(file), form(head)))
	if err != nil {
		return 0, badQuestion(ctx, err, head.Name)
	}
	return res.RowsAffected()
}

// openExtract opens a published file, with files it may write besides, and
// returns what is asked of it.
func openExtract(ctx context.Context, path, table, where, memory string, threads int, files ...string) (*session, TableHead, string, error) {
	s, err := openPublishedWithin(ctx, path, memory, threads, files...)
	if err != nil {
		return nil, TableHead{}, "", err
	}
	head, err := s.tableHead(ctx, table)
	query := "SELECT * FROM " + head.Name
	if err == nil && where != "" {
		err = s.onlyFilters(ctx, where)
		query += " WHERE (" + where + "\n)"
	}
	if err != nil {
		_ = s.Close()
		return nil, TableHead{}, "", err
	}
	head.Where = where
	return s, head, query, nil
}

func (s *session) tableHead(ctx context.Context, table string) (TableHead, error) {
	name, err := s.published(ctx, table)
	if err != nil {
		return TableHead{}, err
	}
	head := TableHead{Name: name}
	res, err := s.query(ctx, `SELECT c.column_name, c.data_type, c.comment, t.comment
		FROM duckdb_columns() AS c JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name)
		WHERE database_name = `+quote(freshCatalog)+` AND schema_name || '.' || table_name = `+quote(name)+` ORDER BY c.column_index`)
	if err != nil {
		return head, err
	}
	for _, r := range res.Rows {
		head.Columns = append(head.Columns, ColumnInfo{text(r[0]), text(r[1]), text(r[2])})
		head.Comment = text(r[3])
	}
	if res, err = s.query(ctx, "SELECT run_id, as_at FROM "+schemaMeta+".build"); err != nil {
		return head, err
	}
	for _, r := range res.Rows {
		head.RunID, head.AsAt = text(r[0]), text(r[1])
	}
	return head, nil
}

// badQuestion words what DuckDB says of a condition. A full disk is no fault
// of the condition.
func badQuestion(ctx context.Context, err error, relation string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case strings.HasPrefix(err.Error(), "IO Error"):
		return fmt.Errorf("%s cannot be written out: %s; is there room, and may you write there?", relation, duckWords(err))
	}
	return fmt.Errorf("%w: %s; columns are listed by DESCRIBE %s", pipeline.ErrUsage, duckWords(err), relation)
}
