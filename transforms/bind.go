package transforms

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// prepare makes the schemas and the helper macros that models call.
func (s *session) prepare(ctx context.Context, cat *Catalogue) error {
	for _, schema := range append([]string{layerRaw, layerRef, layerMatched}, modelLayers...) {
		if err := s.exec(ctx, "CREATE SCHEMA "+schema); err != nil {
			return fmt.Errorf("create schema %s: %w", schema, err)
		}
	}
	for _, m := range cat.Macros {
		if err := s.exec(ctx, m.SQL); err != nil {
			return fmt.Errorf("macro %s: %w", m.File, err)
		}
	}
	return nil
}

// refSchema returns the columns of every table of schema ref.
func (c *Catalogue) refSchema() map[string][]typedColumn {
	out := map[string][]typedColumn{"build": buildColumns, "settings": settingColumns, "months": monthColumns}
	for name, t := range c.Refs {
		if _, generated := out[name]; !generated {
			out[name] = t.Columns
		}
	}
	return out
}

// portableTypes are the types that may leave the engine.
var portableTypes = []string{"BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "VARCHAR", "DATE", "TIMESTAMP"}

// bound is the result of binding every model against empty relations.
type bound struct {
	columns map[string][]typedColumn // by relation; absent where binding failed
	issues  []pipeline.Issue
}

// bind makes every relation empty, in graph order, and asks DuckDB for the
// columns of each model: every misspelt column and every wrong type shows, and
// no data is needed.
func bind(ctx context.Context, cat *Catalogue, raw []RawRelation) (*bound, error) {
	s, err := openSession(ctx, sessionOptions{memoryLimit: "300MB", threads: 1})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	b := &bound{columns: map[string][]typedColumn{}}
	if err := s.prepare(ctx, cat); err != nil {
		return nil, err
	}
	for _, r := range raw {
		b.columns[layerRaw+"."+r.Name] = r.columns()
	}
	for name, cols := range cat.refSchema() {
		b.columns[layerRef+"."+name] = cols
	}
	for name, cols := range matchedRelations {
		b.columns[name] = cols
	}
	for _, relation := range sortedKeys(b.columns) {
		if err := s.createTable(ctx, relation, b.columns[relation]); err != nil {
			return nil, fmt.Errorf("empty relation %s: %w", relation, err)
		}
	}
	for _, m := range cat.Models {
		if err := b.bindModel(ctx, s, m); err != nil {
			return nil, err
		}
	}
	for _, c := range cat.Checks {
		b.bindCheck(ctx, s, c)
	}
	return b, ctx.Err()
}

func (b *bound) complain(file, rule, say, hint string) {
	b.issues = append(b.issues, pipeline.Issue{File: file, Rule: rule, Say: say, Hint: hint})
}

func (b *bound) bindModel(ctx context.Context, s *session, m Model) error {
	if !b.reachable(m.Reads) {
		return nil // the model it reads is reported
	}
	cols, err := s.describe(ctx, m.SQL)
	if err != nil {
		b.complain(m.File, "bind", duckWords(err), "")
		return ctx.Err()
	}
	for _, c := range cols {
		if say := typeObjection(m.Layer, c.Type); say != "" {
			b.complain(m.File, "type", "column "+c.Name+" "+say, "cast it to "+strings.Join(portableTypes, ", "))
		}
	}
	b.compareColumns(m, cols)
	if err := s.createTable(ctx, m.Relation(), cols); err != nil {
		b.complain(m.File, "bind", duckWords(err), "")
		return ctx.Err()
	}
	b.columns[m.Relation()] = cols
	return nil
}

func (b *bound) reachable(reads []string) bool {
	for _, r := range reads {
		if b.columns[r] == nil {
			return false
		}
	}
	return true
}

// typeObjection is strict for the layers that leave the engine; between
// models only the types that differ from engine to engine are refused.
func typeObjection(layer, kind string) string {
	inner := layer == layerStaging || layer == layerIntermediate
	switch {
	case kind == "HUGEINT":
		return "is HUGEINT, which other engines do not have"
	case !inner && !slices.Contains(portableTypes, kind):
		return "is " + kind + ", which the lake and the marts do not hold"
	}
	return ""
}

// compareColumns wants exactly one description for every output column.
func (b *bound) compareColumns(m Model, cols []typedColumn) {
	for _, c := range cols {
		if !slices.ContainsFunc(m.Columns, func(d ColumnDoc) bool { return d.Name == c.Name }) {
			b.complain(m.File, "column", "output column "+c.Name+" has no description", "add \"-- column "+c.Name+": …\"")
		}
	}
	for _, d := range m.Columns {
		if !slices.ContainsFunc(cols, func(c typedColumn) bool { return c.Name == d.Name }) {
			b.complain(m.File, "column", "the header describes column "+d.Name+", which the model does not return", "remove the line or return the column")
		}
	}
}

func (b *bound) bindCheck(ctx context.Context, s *session, c CheckFile) {
	if !b.reachable(c.Reads) {
		return
	}
	if _, err := s.describe(ctx, c.SQL); err != nil {
		b.complain(c.File, "bind", duckWords(err), "")
	}
}

// duckWords returns DuckDB's message on one line, with its candidates and line
// but without the picture of the query. Errors about values quote the value,
// which may be a person's; those quotes are withheld.
func duckWords(err error) string {
	var keep []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.Trim(line, "^ ") == "" {
			continue
		}
		keep = append(keep, line)
	}
	if len(keep) > 0 && !aboutSQL.MatchString(keep[0]) {
		for i := range keep {
			if !strings.HasPrefix(keep[i], "LINE ") { // our own SQL
				keep[i] = quoted.ReplaceAllString(keep[i], "(withheld)")
			}
		}
	}
	return strings.Join(keep, "; ")
}

var (
	aboutSQL = regexp.MustCompile(`^(Binder|Catalog|Parser|Permission|IO|Out of Memory|Not implemented) Error`)
	quoted   = regexp.MustCompile(`'.*'|".*"`)
)
