package transforms

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Somebody tells which rows of a database file are about a person.
type Somebody struct {
	Words    []string                  // at least one of them, in whatever case, stands in every such row
	About    func(cells []string) bool // decides about a row that holds one; days are written 2021-10-31
	Subjects []string                  // identities on lists that are the person
}

// tableRows are rows of one table by their numbers in it.
type tableRows struct {
	schema, name, comment string
	rows                  []string
}

func (t tableRows) relation() string { return identifier(t.schema) + "." + identifier(t.name) }

// CountPerson counts the rows of a file that are about a person, in whatever
// table.
func CountPerson(ctx context.Context, path string, who Somebody) (int64, error) {
	s, err := openPublished(ctx, path)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	found, err := s.findPerson(ctx, freshCatalog, who)
	return countOf(found), err
}

func countOf(found []tableRows) (n int64) {
	for _, t := range found {
		n += int64(len(t.rows))
	}
	return n
}

// ErasePerson writes a file of restricted models anew without the rows about a
// person, and puts it in the place of the old one in one step. It returns how
// many rows went; with none the file is left alone. Rows are never merely
// deleted: the engine would keep what they held in free blocks of the file.
func ErasePerson(ctx context.Context, path string, who Somebody) (gone int64, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return 0, err
	}
	folder := filepath.Dir(path)
	temp := filepath.Join(folder, "."+filepath.Base(path)+tempSuffix)
	if err := os.RemoveAll(temp); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }() // renamed, if all went well
	s, err := openSession(ctx, sessionOptions{memoryLimit: publishMemory, threads: publishThreads, allow: []string{folder}, ordered: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.exec(ctx, fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(path), workCatalog)); err != nil {
		return 0, fmt.Errorf("restricted file: %s", duckWords(err))
	}
	found, err := s.findPerson(ctx, workCatalog, who)
	if err != nil || countOf(found) == 0 {
		return 0, err
	}
	if err := s.copyWithout(ctx, temp, found); err != nil {
		return 0, fmt.Errorf("restricted file: %s", duckWords(err))
	}
	if err := settle(temp, 0o600, -1); err != nil {
		return 0, err
	}
	if err := os.Rename(temp, path); err != nil {
		return 0, err
	}
	return countOf(found), syncDir(folder)
}

// findPerson looks through every table of a catalog.
func (s *session) findPerson(ctx context.Context, catalog string, who Somebody) ([]tableRows, error) {
	tables, err := s.query(ctx, "SELECT schema_name, table_name, coalesce(comment, '') FROM duckdb_tables() WHERE database_name = "+quote(catalog)+" ORDER BY ALL")
	if err != nil {
		return nil, fmt.Errorf("tables of the file: %s", duckWords(err))
	}
	var out []tableRows
	for _, r := range tables.Rows {
		t := tableRows{schema: text(r[0]), name: text(r[1]), comment: text(r[2])}
		if t.rows, err = s.personRows(ctx, catalog, t, who); err != nil {
			return nil, fmt.Errorf("%s: %s", t.relation(), duckWords(err))
		}
		out = append(out, t)
	}
	return out, nil
}

func (s *session) personRows(ctx context.Context, catalog string, t tableRows, who Somebody) ([]string, error) {
	var words []string
	for _, w := range append(append([]string{}, who.Words...), who.Subjects...) {
		words = append(words, "contains(lower(CAST(t AS VARCHAR)), lower("+quote(w)+"))")
	}
	if len(words) == 0 {
		return nil, nil
	}
	res, err := s.query(ctx, fmt.Sprintf("SELECT CAST(t.rowid AS VARCHAR), CAST(COLUMNS(t.*) AS VARCHAR) FROM %s.%s AS t WHERE %s", catalog, t.relation(), strings.Join(words, " OR ")))
	if err != nil {
		return nil, err
	}
	subjects := map[string]bool{}
	for _, w := range who.Subjects {
		subjects[w] = true
	}
	var out []string
	for _, row := range res.Rows {
		cells, named := make([]string, len(row)-1), false
		for i, v := range row[1:] {
			cells[i] = text(v)
			named = named || subjects[cells[i]]
		}
		if named || who.About(cells) {
			out = append(out, text(row[0]))
		}
	}
	return out, nil
}

// copyWithout copies every table with its comments to a new file, without the
// rows.
func (s *session) copyWithout(ctx context.Context, temp string, tables []tableRows) error {
	if err := s.exec(ctx, fmt.Sprintf("ATTACH %s AS %s (STORAGE_VERSION %s, %s)", quote(temp), freshCatalog, quote(storageVersion), noLog)); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o600); err != nil { // before the first person is in it
		return err
	}
	for _, t := range tables {
		where := ""
		if len(t.rows) > 0 {
			where = " WHERE rowid NOT IN (" + strings.Join(t.rows, ", ") + ")"
		}
		fresh := freshCatalog + "." + t.relation()
		queries := []string{
			"CREATE SCHEMA IF NOT EXISTS " + freshCatalog + "." + identifier(t.schema),
			fmt.Sprintf("CREATE TABLE %s AS SELECT * FROM %s.%s%s ORDER BY rowid", fresh, workCatalog, t.relation(), where),
			"COMMENT ON TABLE " + fresh + " IS " + quote(t.comment),
		}
		columns, err := s.query(ctx, fmt.Sprintf("SELECT column_name, coalesce(comment, '') FROM duckdb_columns() WHERE database_name = %s AND schema_name = %s AND table_name = %s ORDER BY column_index",
			quote(workCatalog), quote(t.schema), quote(t.name)))
		if err != nil {
			return err
		}
		for _, c := range columns.Rows {
			queries = append(queries, fmt.Sprintf("COMMENT ON COLUMN %s.%s IS %s", fresh, identifier(text(c[0])), quote(text(c[1]))))
		}
		if err := s.all(ctx, queries...); err != nil {
			return err
		}
		if err := s.sameButFor(ctx, fresh, t); err != nil {
			return err
		}
	}
	return s.all(ctx, "CHECKPOINT "+freshCatalog, "DETACH "+freshCatalog, "DETACH "+workCatalog)
}

// sameButFor compares the counts of a table and its copy.
func (s *session) sameButFor(ctx context.Context, fresh string, t tableRows) error {
	before, err := s.count(ctx, "SELECT count(*) FROM "+workCatalog+"."+t.relation())
	if err != nil {
		return err
	}
	after, err := s.count(ctx, "SELECT count(*) FROM "+fresh)
	if err == nil && after != before-int64(len(t.rows)) {
		return fmt.Errorf("%s has %d rows where %d should be left; please report this", t.relation(), after, before-int64(len(t.rows)))
	}
	return err
}
