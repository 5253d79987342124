package transforms

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// The work file describes itself, so that publishing needs nothing else: what
// the headers say about each model and each column.
const (
	docSchema  = "header"
	docModels  = "models"
	docColumns = "columns"
	docSources = "sources"
)

var docModelColumns = []typedColumn{
	{"model", "VARCHAR"}, {"layer", "VARCHAR"}, {"name", "VARCHAR"}, {"doc", "VARCHAR"}, {"grain", "VARCHAR"}, {"export", "VARCHAR"},
}

var docColumnColumns = []typedColumn{{"model", "VARCHAR"}, {"column_name", "VARCHAR"}, {"doc", "VARCHAR"}}

var docSourceColumns = []typedColumn{{"table_name", "VARCHAR"}, {"source", "VARCHAR"}}

// sourceRows names what the rows of each reference table say of their source,
// each once.
func sourceRows(refs map[string]RefTable) [][]any {
	var out [][]any
	for _, name := range sortedKeys(refs) {
		t := refs[name]
		at := slices.IndexFunc(t.Columns, func(c typedColumn) bool { return c.Name == "source" })
		said := map[string]bool{}
		for _, row := range t.Rows {
			if source := text(row[at]); source != "" && !said[source] {
				said[source] = true
				out = append(out, []any{layerRef + "." + name, source})
			}
		}
	}
	return out
}

// describeModels writes the headers into the work file.
func (b *builder) describeModels(ctx context.Context) error {
	var models, columns [][]any
	for _, m := range b.cat.Models {
		models = append(models, []any{m.Relation(), m.Layer, m.Name, m.Doc, strings.Join(m.Grain, ","), m.Export})
		for _, c := range m.Columns {
			columns = append(columns, []any{m.Relation(), c.Name, c.Doc})
		}
	}
	if err := b.exec(ctx, "CREATE SCHEMA "+docSchema); err != nil {
		return fmt.Errorf("describe models: %w", err)
	}
	for _, t := range []struct {
		name string
		cols []typedColumn
		rows [][]any
	}{{docModels, docModelColumns, models}, {docColumns, docColumnColumns, columns}, {docSources, docSourceColumns, sourceRows(b.cat.Refs)}} {
		if err := b.createTable(ctx, docSchema+"."+t.name, t.cols); err != nil {
			return fmt.Errorf("describe models: %w", err)
		}
		if err := b.appendRows(ctx, docSchema, t.name, t.rows); err != nil {
			return fmt.Errorf("describe models: %w", err)
		}
	}
	return nil
}

// martDoc is a mart as the work file describes it.
type martDoc struct {
	relation, name, doc, export string
	grain                       []string
	columns                     []ColumnDoc
}

// marts reads the marts' headers back from an attached work file.
func (s *session) marts(ctx context.Context, catalog string) ([]martDoc, error) {
	return s.headers(ctx, catalog, layerMarts)
}

// headers reads the headers of a layer's models, by name.
func (s *session) headers(ctx context.Context, catalog, layer string) ([]martDoc, error) {
	res, err := s.query(ctx, fmt.Sprintf("SELECT model, name, doc, grain, export FROM %s.%s.%s WHERE layer = %s ORDER BY name",
		catalog, docSchema, docModels, quote(layer)))
	if err != nil {
		return nil, fmt.Errorf("headers in the work file: %w", err)
	}
	cols, err := s.query(ctx, fmt.Sprintf("SELECT model, column_name, doc FROM %s.%s.%s", catalog, docSchema, docColumns))
	if err != nil {
		return nil, fmt.Errorf("headers in the work file: %w", err)
	}
	byModel := map[string][]ColumnDoc{}
	for _, r := range cols.Rows {
		byModel[text(r[0])] = append(byModel[text(r[0])], ColumnDoc{text(r[1]), text(r[2])})
	}
	var out []martDoc
	for _, r := range res.Rows {
		out = append(out, martDoc{
			relation: text(r[0]), name: text(r[1]), doc: text(r[2]), grain: strings.Split(text(r[3]), ","), export: text(r[4]),
			columns: byModel[text(r[0])],
		})
	}
	return out, nil
}

func text(v any) string { s, _ := v.(string); return s }
