package transforms

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// freshCatalog is the name under which the file to be published is attached.
const freshCatalog = "nightjar_published"

// DuckDB's limits while a build is copied: marts are small, and one thread
// keeps the bytes of exports alike from run to run.
const (
	publishMemory  = "512MB"
	publishThreads = 1
	publishTemp    = "4GB"
)

// schemaMeta holds what ran, came, was refused and was checked.
const schemaMeta = "meta"

// write copies marts and meta into the new file and the exports beside it.
func (r *publishing) write(ctx context.Context) (err error) {
	work := filepath.Dir(r.build.Path)
	s, err := openSession(ctx, sessionOptions{
		memoryLimit: publishMemory, threads: publishThreads, tempDir: filepath.Join(work, "temp"), tempLimit: publishTemp,
		allow: []string{work, r.temp}, ordered: true,
	})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := s.Close(); err == nil {
			err = cerr
		}
	}()
	r.rows = map[string]int64{}
	if err := r.open(ctx, s); err != nil {
		return err
	}
	marts, err := s.marts(ctx, workCatalog)
	if err != nil {
		return err
	}
	r.progress.Start("publishing", "tables", int64(len(marts)+len(metaTables)))
	defer r.progress.Done()
	for _, m := range marts {
		if err := r.mart(ctx, s, m); err != nil {
			return fmt.Errorf("mart %s: %w", m.name, err)
		}
		r.progress.Add(1)
	}
	for _, t := range metaTables {
		if err := r.metaTable(ctx, s, t); err != nil {
			return fmt.Errorf("meta.%s: %w", t.name, err)
		}
		r.progress.Add(1)
	}
	if err := r.dataPackage(ctx, s, marts); err != nil {
		return fmt.Errorf("data package: %w", err)
	}
	for _, q := range []string{"CHECKPOINT " + freshCatalog, "USE memory", "DETACH " + freshCatalog, "DETACH " + workCatalog} {
		if err := s.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (r *publishing) open(ctx context.Context, s *session) error {
	if err := os.Mkdir(filepath.Join(r.temp, exportsFolder), 0o750); err != nil {
		return err
	}
	for _, q := range []string{
		fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(r.build.Path), workCatalog),
		fmt.Sprintf("ATTACH %s AS %s (STORAGE_VERSION %s, %s)", quote(filepath.Join(r.temp, publishedFile)), freshCatalog, quote(storageVersion), noLog),
		"USE " + freshCatalog,
		"CREATE SCHEMA " + layerMarts,
		"CREATE SCHEMA " + schemaMeta,
	} {
		if err := s.exec(ctx, q); err != nil {
			return fmt.Errorf("open published file: %w", err)
		}
	}
	s.catalog = freshCatalog
	return nil
}

// mart copies one mart in the order of its grain, describes it, and exports it
// if its header says so.
func (r *publishing) mart(ctx context.Context, s *session, m martDoc) error {
	source := workCatalog + "." + m.relation
	cols, err := s.describe(ctx, "SELECT * FROM "+source)
	if err != nil {
		return err
	}
	if err := refusePersonal(m.relation, cols); err != nil {
		return err
	}
	if err := s.exec(ctx, fmt.Sprintf("CREATE TABLE %s AS SELECT * FROM %s ORDER BY %s", m.relation, source, grainOrder(m.grain))); err != nil {
		return err
	}
	if err := r.describe(ctx, s, m.relation, m.doc, m.columns); err != nil {
		return err
	}
	if m.export == "" {
		return nil
	}
	return r.export(ctx, s, m)
}

// grainOrder orders by the grain. It is unique, or a blocking check would have
// kept the build from being published; so the order hangs on nothing else.
func grainOrder(grain []string) string {
	names := slices.Clone(grain)
	for i, n := range names {
		names[i] = identifier(n) + " NULLS LAST"
	}
	return strings.Join(names, ", ")
}

// describe writes the comments that analysts see in any client, and notes the
// number of rows. It comes after the table: making a table anew drops them.
func (r *publishing) describe(ctx context.Context, s *session, relation, doc string, columns []ColumnDoc) error {
	if err := s.exec(ctx, "COMMENT ON TABLE "+relation+" IS "+quote(doc)); err != nil {
		return err
	}
	for _, c := range columns {
		if err := s.exec(ctx, fmt.Sprintf("COMMENT ON COLUMN %s.%s IS %s", relation, identifier(c.Name), quote(c.Doc))); err != nil {
			return err
		}
	}
	n, err := s.count(ctx, "SELECT count(*) FROM "+relation)
	r.rows[relation] = n
	return err
}

// export writes exports/<mart>.parquet in the order of the published table,
// which one thread keeps. The same rows give the same bytes, but for the run in
// the key-values.
func (r *publishing) export(ctx context.Context, s *session, m martDoc) error {
	if err := s.refuseOddTypes(ctx, m.relation); err != nil {
		return err
	}
	name := exportsFolder + "/" + m.name + ".parquet"
	path := filepath.Join(r.temp, filepath.FromSlash(name))
	in := r.build.Input
	q := fmt.Sprintf(`COPY (SELECT * FROM %s) TO %s (FORMAT parquet, COMPRESSION zstd, KV_METADATA {run_id: %s, model: %s, label: %s, as_at: %s})`,
		m.relation, quote(path), quote(in.RunID), quote(m.relation), quote(m.export), quote(in.AsAt.String()))
	if err := s.exec(ctx, q); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	r.rows[name] = r.rows[m.relation]
	return nil
}

// verify opens the new file read-only, under its own name and in an instance
// of its own, and compares every count with what was written. It also looks
// for anything that must not be there.
func (r *publishing) verify(ctx context.Context) (err error) {
	s, err := openSession(ctx, sessionOptions{memoryLimit: publishMemory, threads: publishThreads, allow: []string{r.temp}})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := s.Close(); err == nil {
			err = cerr
		}
	}()
	path := filepath.Join(r.temp, publishedFile)
	if err := s.exec(ctx, fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(path), freshCatalog)); err != nil {
		return err
	}
	for _, name := range sortedKeys(r.rows) {
		source := freshCatalog + "." + name
		if strings.HasPrefix(name, exportsFolder+"/") {
			source = "read_parquet(" + quote(filepath.Join(r.temp, filepath.FromSlash(name))) + ")"
		}
		n, err := s.count(ctx, "SELECT count(*) FROM "+source)
		if err != nil {
			return err
		}
		if n != r.rows[name] {
			return fmt.Errorf("%s has %d rows, %d were written", name, n, r.rows[name])
		}
	}
	return r.onlyKnown(ctx, s)
}

// onlyKnown wants nothing in the file but the tables that were written, and no
// person in any of them.
func (r *publishing) onlyKnown(ctx context.Context, s *session) error {
	res, err := s.query(ctx, "SELECT DISTINCT schema_name || '.' || table_name FROM duckdb_columns() WHERE database_name = "+quote(freshCatalog))
	if err != nil {
		return err
	}
	for _, row := range res.Rows {
		if _, known := r.rows[text(row[0])]; !known {
			return fmt.Errorf("the file holds %s, which nobody put there", text(row[0]))
		}
	}
	return s.noPersons(ctx, r.temp)
}
