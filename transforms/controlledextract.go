package transforms

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// Controlled names a table of a publication as a controlled profile shows it.
type Controlled struct {
	Folder  string // of the publication
	Profile string // such as public
	Table   string // such as ward_years
	RunID   string
	AsAt    string
}

// Profiles lists the controlled profiles of a publication with their tables.
func Profiles(folder string) (map[string][]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, exportsFolder, "*", "*.parquet"))
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, file := range files {
		profile := filepath.Base(filepath.Dir(file))
		out[profile] = append(out[profile], strings.TrimSuffix(filepath.Base(file), ".parquet"))
	}
	return out, nil
}

// ExtractControlled sends the rows of a controlled table that meet a condition
// to a sink, as Extract does.
func ExtractControlled(ctx context.Context, c Controlled, where string, to RowSink) (int64, error) {
	return send(ctx, to, func() (*session, TableHead, string, error) { return openControlled(ctx, c, where) })
}

// ExtractControlledParquet writes those rows to a Parquet file, which must not
// be there yet, stamped with the profile.
func ExtractControlledParquet(ctx context.Context, c Controlled, where, file string) (int64, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return 0, err
	}
	s, head, query, err := openControlled(ctx, c, where, file)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	res, err := s.conn.ExecContext(ctx, fmt.Sprintf(`COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false, KV_METADATA {run_id: %s, model: %s, profile: %s, as_at: %s, condition: %s})`,
		query, quote(file), quote(head.RunID), quote(head.Name), quote(c.Profile), quote(head.AsAt), quote(where)))
	if err != nil {
		return 0, badQuestion(ctx, err, c.Table)
	}
	return res.RowsAffected()
}

// openControlled reads the table into an instance that holds nothing else, so
// that no condition reaches another.
func openControlled(ctx context.Context, c Controlled, where string, files ...string) (s *session, head TableHead, query string, err error) {
	have, err := Profiles(c.Folder)
	if err != nil {
		return nil, head, "", err
	}
	tables, ok := have[c.Profile]
	switch {
	case !ok:
		return nil, head, "", fmt.Errorf("%w: the published result has no profile %q; there are: internal, %s", pipeline.ErrUsage, c.Profile, strings.Join(sortedKeys(have), ", "))
	case !slices.Contains(tables, c.Table):
		return nil, head, "", fmt.Errorf("%w: profile %s does not publish %q; its tables are: %s", pipeline.ErrUsage, c.Profile, c.Table, strings.Join(tables, ", "))
	}
	source, err := filepath.Abs(filepath.Join(c.Folder, exportsFolder, c.Profile, c.Table+".parquet"))
	if err != nil {
		return nil, head, "", err
	}
	if source, err = filepath.EvalSymlinks(source); err != nil {
		return nil, head, "", err
	}
	s, err = openSession(ctx, sessionOptions{memoryLimit: queryMemory, threads: queryThreads, allowFiles: append([]string{source}, files...), ordered: true})
	if err != nil {
		return nil, head, "", err
	}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if err = s.exec(ctx, "CREATE TABLE "+c.Table+" AS SELECT * FROM read_parquet("+quote(source)+")"); err != nil {
		return nil, head, "", fmt.Errorf("controlled export %s/%s: %w", c.Profile, c.Table, err)
	}
	cols, err := s.describe(ctx, "SELECT * FROM "+c.Table)
	if err != nil {
		return nil, head, "", err
	}
	head = TableHead{Name: layerExports + "." + c.Table, RunID: c.RunID, AsAt: c.AsAt, Where: where,
		Comment: "Profile " + c.Profile + ". A symbol stands in the column beside an empty figure: c confidential, z not applicable, x not available, low rounds to nought."}
	for _, col := range cols {
		head.Columns = append(head.Columns, ColumnInfo{Name: col.Name, Type: col.Type})
	}
	query = "SELECT * FROM " + c.Table
	if where != "" {
		if err = s.onlyFilters(ctx, where); err != nil {
			return nil, head, "", err
		}
		query += " WHERE (" + where + "\n)"
	}
	return s, head, query, nil
}
