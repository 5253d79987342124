package transforms

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// raw makes schema raw: a view over the explicit list of snapshot files for
// each relation (never a pattern: a stray file is harmless, and only what the
// ledger knows is read), and the ledger's own relations.
func (b *builder) raw(ctx context.Context) error {
	paths := map[string][]string{rawQuarantine: b.quarantineFiles()}
	for _, f := range b.in.Files {
		if f.Path != "" {
			paths[f.Relation] = append(paths[f.Relation], filepath.Join(b.o.LakeDir, filepath.FromSlash(f.Path)))
		}
	}
	for _, r := range RawRelations(b.o.Layouts) {
		if err := b.rawRelation(ctx, r, paths[r.Name]); err != nil {
			return err
		}
		delete(paths, r.Name)
	}
	for _, name := range sortedKeys(paths) {
		if len(paths[name]) > 0 {
			return fmt.Errorf("the ledger holds snapshots of relation %s, which no dataset has; was a dataset renamed?", name)
		}
	}
	if err := b.appendRows(ctx, layerRaw, rawFiles, fileRows(b.in)); err != nil {
		return fmt.Errorf("relation raw.files: %w", err)
	}
	if err := b.appendRows(ctx, layerRaw, rawExpected, expectedRows(b.o.Expected)); err != nil {
		return fmt.Errorf("relation raw.expected: %w", err)
	}
	return nil
}

// quarantineFiles lists the quarantine of loaded files and, where the loader
// kept it, of refused ones.
func (b *builder) quarantineFiles() []string {
	var out []string
	for _, f := range b.in.Files {
		if f.Quarantine != "" {
			out = append(out, filepath.Join(b.o.LakeDir, filepath.FromSlash(f.Quarantine)))
		}
	}
	for _, f := range b.in.Refused {
		path := filepath.Join(b.o.LakeDir, filepath.FromSlash(f.Quarantine))
		if _, err := os.Stat(path); f.Quarantine != "" && !errors.Is(err, fs.ErrNotExist) {
			out = append(out, path)
		}
	}
	return out
}

func (b *builder) rawRelation(ctx context.Context, r RawRelation, paths []string) error {
	relation := layerRaw + "." + r.Name
	if len(paths) == 0 {
		return b.createTable(ctx, relation, r.columns())
	}
	slices.Sort(paths)
	byName, err := b.differ(ctx, paths)
	if err != nil {
		return fmt.Errorf("snapshots of %s cannot be read: %s", relation, duckWords(err))
	}
	source := fmt.Sprintf("read_parquet(%s, union_by_name = %t, hive_partitioning = false)", quoteList(paths), byName)
	found, err := b.describe(ctx, "SELECT * FROM "+source)
	if err != nil {
		return fmt.Errorf("snapshots of %s cannot be read: %s", relation, duckWords(err))
	}
	columns, err := snapshotColumns(r, found)
	if err != nil {
		return fmt.Errorf("snapshots of %s: %w", relation, err)
	}
	if err := b.exec(ctx, "CREATE VIEW "+relation+" AS SELECT "+columns+" FROM "+source); err != nil {
		return fmt.Errorf("snapshots of %s cannot be read: %s", relation, duckWords(err))
	}
	return nil
}

// differ reports whether the files do not all have the same columns: a
// snapshot written before its contract grew has fewer, and the missing ones are
// null. Reading by name keeps every file open at once, so it is done only then.
func (b *builder) differ(ctx context.Context, paths []string) (bool, error) {
	n, err := b.count(ctx, "SELECT count(DISTINCT columns) FROM (SELECT file_name, string_agg(name || ' ' || type, ',' ORDER BY name) AS columns FROM parquet_schema("+
		quoteList(paths)+") WHERE num_children IS NULL GROUP BY file_name)")
	return n > 1, err
}

// snapshotColumns writes the select list that turns what the files hold into
// exactly the contract's columns.
func snapshotColumns(r RawRelation, found []typedColumn) (string, error) {
	var out []string
	for _, c := range r.columns() {
		name := identifier(c.Name)
		at := slices.IndexFunc(found, func(f typedColumn) bool { return f.Name == c.Name })
		switch {
		case at < 0:
			out = append(out, "CAST(NULL AS "+c.Type+") AS "+name)
		case found[at].Type == c.Type:
			out = append(out, name)
		case c.Type == "TIMESTAMP" && found[at].Type == "TIMESTAMP WITH TIME ZONE": // the session's zone is UTC
			out = append(out, "CAST("+name+" AS TIMESTAMP) AS "+name)
		default:
			return "", fmt.Errorf("column %s is %s in the files and %s in the contract; load the lists again", c.Name, found[at].Type, c.Type)
		}
	}
	return strings.Join(out, ", "), nil
}

func fileRows(in pipeline.BuildInput) [][]any {
	var out [][]any
	for _, f := range slices.Concat(in.Files, in.Refused) {
		out = append(out, []any{
			f.Hash, f.Dataset, f.Layout, f.Relation, f.Provider, f.Name, string(f.Status),
			f.DeliveredAt.UTC(), f.DeliveredOn.Time(), pipeline.AcademicYearOf(f.DeliveredOn).String(),
			textOrNull(f.MinPeriod), textOrNull(f.MaxPeriod),
			f.Counts.Read, f.Counts.Accepted, f.Counts.Quarantined, f.Counts.Blank, f.RunID,
		})
	}
	return out
}

func expectedRows(list []Expected) [][]any {
	var out [][]any
	for _, e := range list {
		out = append(out, []any{e.Dataset, e.Provider, e.AcademicYear, e.Season, e.OpensOn.Time(), e.DueOn.Time(), e.UntilOn.Time()})
	}
	return out
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
