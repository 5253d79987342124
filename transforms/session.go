package transforms

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // registers the driver; no other package may
)

// session is a connection to a DuckDB instance of its own. Settings and the
// chosen catalogue belong to a connection; lane opens another that shares
// them. The instance lives in memory and attaches the files it needs, which
// keeps paths out of the driver's data source name and away from its cache of
// instances by path.
type session struct {
	db      *sql.DB
	conn    *sql.Conn
	catalog string // attached file that names without a catalogue mean; empty: memory
}

// sessionOptions are the limits every DuckDB instance gets. Left to itself it
// would take 80 % of the memory and spill into the working folder.
type sessionOptions struct {
	memoryLimit string   // such as 300MB
	threads     int      // 0: DuckDB's choice
	tempDir     string   // empty: no spilling, and no temp folder
	tempLimit   string   // most that may be spilled
	allow       []string // folders that SQL may read and write; none: no file at all
	allowFiles  []string // files that SQL may open
	ordered     bool     // keep the order of rows, at the price of memory
	plain       bool     // write files uncompressed, because they are read once and removed
}

func openSession(ctx context.Context, o sessionOptions) (*session, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, fmt.Errorf("start DuckDB: %w", err)
	}
	db.SetMaxOpenConns(laneCount)
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("start DuckDB: %w", err)
	}
	s := &session{db: db, conn: conn}
	if err := s.configure(ctx, o); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *session) configure(ctx context.Context, o sessionOptions) error {
	settings := []string{
		"SET autoinstall_known_extensions = false",
		"SET GLOBAL TimeZone = 'UTC'",
		"SET parquet_metadata_cache = true", // snapshots never change, and every model opens hundreds of them
		fmt.Sprintf("SET preserve_insertion_order = %t", o.ordered),
		"SET temp_directory = " + quote(o.tempDir),
	}
	if o.plain {
		settings = append(settings, "SET force_compression = 'uncompressed'")
	}
	if o.memoryLimit != "" {
		settings = append(settings, "SET memory_limit = "+quote(o.memoryLimit))
	}
	if o.threads > 0 {
		settings = append(settings, fmt.Sprintf("SET threads = %d", o.threads))
	}
	if o.tempDir != "" && o.tempLimit != "" {
		settings = append(settings, "SET max_temp_directory_size = "+quote(o.tempLimit))
	}
	if len(o.allow) > 0 {
		settings = append(settings, "SET allowed_directories = "+quoteList(o.allow))
	}
	if len(o.allowFiles) > 0 {
		settings = append(settings, "SET allowed_paths = "+quoteList(o.allowFiles))
	}
	settings = append(settings, "SET enable_external_access = false", "SET lock_configuration = true")
	for _, q := range settings {
		if err := s.exec(ctx, q); err != nil {
			return fmt.Errorf("configure DuckDB (%s): %w; check warehouse.memory_limit, threads and temp_limit", q, err)
		}
	}
	return nil
}

// Close ends the connection and the instance, which frees every file.
func (s *session) Close() error {
	errConn := s.conn.Close()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close DuckDB: %w", err)
	}
	return errConn
}

func (s *session) exec(ctx context.Context, query string) error {
	_, err := s.conn.ExecContext(ctx, query)
	return err
}

func (s *session) count(ctx context.Context, query string) (int64, error) {
	var n int64
	err := s.conn.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

// typedColumn is a column as DuckDB describes it.
type typedColumn struct{ Name, Type string }

// describe returns the columns of a SELECT without running it.
func (s *session) describe(ctx context.Context, query string) ([]typedColumn, error) {
	rows, err := s.conn.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE "+query+"\n)")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []typedColumn
	for rows.Next() {
		var c typedColumn
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// createTable makes an empty table of these columns.
func (s *session) createTable(ctx context.Context, relation string, cols []typedColumn) error {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = identifier(c.Name) + " " + c.Type
	}
	return s.exec(ctx, "CREATE TABLE "+relation+" ("+strings.Join(parts, ", ")+")")
}

// quote writes a text as an SQL literal.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// identifier writes a name as an SQL identifier.
func identifier(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

func identifiers(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = identifier(n)
	}
	return strings.Join(out, ", ")
}

func quoteList(items []string) string {
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = quote(s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}
