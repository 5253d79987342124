package compat

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"

	_ "github.com/marcboeker/go-duckdb" // DuckDB 1.1
)

// open opens the published warehouse as an analyst's old client does.
func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", filepath.Join(published(t), "nightjar.duckdb")+"?access_mode=read_only")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// texts returns the one column of a query.
func texts(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

const everyTable = "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"

// TestAnOldClientReadsEveryTable reads all there is, cell by cell, with the
// comments that explain it.
func TestAnOldClientReadsEveryTable(t *testing.T) {
	db := open(t)
	if got := texts(t, db, "SELECT version()"); len(got) != 1 || got[0] >= "v1.2" {
		t.Fatalf("%v is no old client", got)
	}
	tables := texts(t, db, everyTable)
	if len(tables) < 10 {
		t.Fatalf("only %v", tables)
	}
	for _, table := range tables {
		want := count(t, db, table)
		if got := readAll(t, db, table); got != want || (want == 0 && table == "marts.neet_rates") {
			t.Errorf("%s: read %d rows of %d", table, got, want)
		}
	}
	for what, query := range map[string]string{
		"table":  "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND coalesce(comment, '') = ''",
		"column": "SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal AND coalesce(comment, '') = ''",
	} {
		if bare := texts(t, db, query); len(bare) > 0 {
			t.Errorf("no comment on %s %v", what, bare)
		}
	}
}

func count(t *testing.T, db *sql.DB, table string) (n int64) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	return n
}

// readAll scans every cell of a table and counts its rows.
func readAll(t *testing.T, db *sql.DB, table string) (n int64) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	cells := make([]any, len(columns))
	for i := range cells {
		cells[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		n++
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	return n
}

// TestAnOldClientReadsEveryExport reads the Parquet files beside it: as many
// rows as the mart has.
func TestAnOldClientReadsEveryExport(t *testing.T) {
	db := open(t)
	files, err := filepath.Glob(filepath.Join(published(t), "exports", "*.parquet"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		mart := "marts." + name[:len(name)-len(".parquet")]
		if got, want := readAll(t, db, "read_parquet('"+file+"')"), count(t, db, mart); got != want {
			t.Errorf("%s has %d rows, %s has %d", name, got, mart, want)
		}
	}
}

// TestOldArrowReadsEveryExport reads every cell with a Parquet reader that
// shares nothing with the engine, controlled exports included.
func TestOldArrowReadsEveryExport(t *testing.T) {
	db := open(t)
	var files []string
	for _, pattern := range []string{"exports/*.parquet", "exports/*/*.parquet"} {
		found, err := filepath.Glob(filepath.Join(published(t), filepath.FromSlash(pattern)))
		if err != nil || len(found) < 5 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	for _, path := range files {
		r, err := file.OpenParquetFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		a, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		table, err := a.ReadTable(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if want := count(t, db, "read_parquet('"+path+"')"); table.NumRows() != want {
			t.Errorf("%s: %d rows, want %d", path, table.NumRows(), want)
		}
		for _, f := range table.Schema().Fields() {
			if kind := f.Type.String(); !slices.Contains(alike, kind) {
				t.Errorf("%s: column %s is %s", path, f.Name, kind)
			}
		}
		if run := r.MetaData().KeyValueMetadata().FindValue("run_id"); run == nil || *run == "" {
			t.Errorf("%s does not say its run", path)
		}
		table.Release()
		_ = r.Close()
	}
}

// alike are the types that tools read alike.
var alike = []string{"utf8", "int64", "int32", "float64", "bool", "date32", "timestamp[us]"}

// TestOldArrowReadsTheStreamOfEveryMart asks the program for the stream of each
// mart and reads it with a library two names ago.
func TestOldArrowReadsTheStreamOfEveryMart(t *testing.T) {
	db := open(t)
	for _, table := range texts(t, db, everyTable) {
		t.Run(table, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "stream.arrow")
			nightjar(t, "export", table, "--format", "arrow", "--out", file)
			rows, schema, err := readStream(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			if want := count(t, db, table); rows != want {
				t.Errorf("%d rows of %d", rows, want)
			}
			run, ok := schema.Metadata().GetValue("run_id")
			if !ok || run != texts(t, db, "SELECT run_id FROM meta.build")[0] {
				t.Errorf("run %q", run)
			}
			for _, f := range schema.Fields() {
				if says, _ := f.Metadata.GetValue("description"); says == "" {
					t.Errorf("nothing says what %s is", f.Name)
				}
			}
		})
	}
}

func readStream(ctx context.Context, file string) (rows int64, schema *arrow.Schema, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	r, err := ipc.NewReader(f)
	if err != nil {
		return 0, nil, fmt.Errorf("schema: %w", err)
	}
	defer r.Release()
	for r.Next() && ctx.Err() == nil {
		rows += r.Record().NumRows()
	}
	return rows, r.Schema(), r.Err()
}
