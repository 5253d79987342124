package transforms

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// node is one object of DuckDB's serialised syntax tree.
type node = map[string]any

// parseSelect returns the syntax tree of a text that is exactly one SELECT.
// The parser is DuckDB's own: names of tables found any other way are wrong
// as soon as a query begins with WITH.
func (s *session) parseSelect(ctx context.Context, text string) (node, error) {
	var raw string
	query := "SELECT CAST(json_serialize_sql(" + quote(text) + ") AS VARCHAR)"
	if err := s.conn.QueryRowContext(ctx, query).Scan(&raw); err != nil {
		return nil, err
	}
	var out struct {
		Error      bool   `json:"error"`
		Message    string `json:"error_message"`
		Position   string `json:"position"`
		Statements []node `json:"statements"`
	}
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.UseNumber() // locations that say "nowhere" are 2^64-1
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("read syntax tree: %w", err)
	}
	if out.Error {
		at, _ := strconv.Atoi(out.Position)
		return nil, &syntaxError{line: lineAt(text, at), say: out.Message}
	}
	if len(out.Statements) != 1 {
		return nil, &syntaxError{line: 1, say: fmt.Sprintf("the file holds %d statements, not one SELECT", len(out.Statements))}
	}
	return out.Statements[0], nil
}

// syntaxError is a text that DuckDB cannot read, with the line.
type syntaxError struct {
	line int64
	say  string
}

// Error returns DuckDB's words.
func (e *syntaxError) Error() string { return e.say }

// lineAt returns the line, from 1, of a byte offset.
func lineAt(text string, offset int) int64 {
	if offset < 0 || offset > len(text) {
		return 0
	}
	return int64(strings.Count(text[:offset], "\n") + 1)
}

// location returns the byte offset of a node, and -1 when the parser gave none.
func location(n node) int {
	num, ok := n["query_location"].(json.Number)
	if !ok {
		return -1
	}
	at, err := strconv.Atoi(num.String())
	if err != nil {
		return -1
	}
	return at
}

// walk visits every object of the tree, parents first. at is the offset of the
// nearest enclosing object that knows its own.
func walk(tree any, at int, visit func(n node, at int)) {
	switch v := tree.(type) {
	case node:
		if here := location(v); here >= 0 {
			at = here
		}
		visit(v, at)
		for _, key := range sortedKeys(v) {
			walk(v[key], at, visit)
		}
	case []any:
		for _, item := range v {
			walk(item, at, visit)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func str(n node, key string) string { s, _ := n[key].(string); return s }

func sub(n node, key string) node { m, _ := n[key].(node); return m }

func list(n node, key string) []any { l, _ := n[key].([]any); return l }

func flag(n node, key string) bool { b, _ := n[key].(bool); return b }

// tableRef is a table that a query reads.
type tableRef struct {
	schema, table string
	at            int
}

// name returns schema.table, or the bare table.
func (t tableRef) name() string {
	if t.schema == "" {
		return t.table
	}
	return t.schema + "." + t.table
}

// tables returns every table a query reads, but not its common table
// expressions: a bare name counts as one only where such an expression is in
// sight.
func tables(tree any) []tableRef {
	var out []tableRef
	collectTables(tree, nil, &out)
	return out
}

func collectTables(tree any, ctes []string, out *[]tableRef) {
	switch v := tree.(type) {
	case []any:
		for _, item := range v {
			collectTables(item, ctes, out)
		}
	case node:
		for _, entry := range list(sub(v, "cte_map"), "map") {
			if e, ok := entry.(node); ok {
				ctes = append(slices.Clip(ctes), str(e, "key"))
			}
		}
		if str(v, "type") == "BASE_TABLE" {
			ref := tableRef{str(v, "schema_name"), str(v, "table_name"), location(v)}
			if c := str(v, "catalog_name"); c != "" {
				ref.schema = c + "." + ref.schema
			}
			if ref.schema != "" || !slices.Contains(ctes, ref.table) {
				*out = append(*out, ref)
			}
		}
		for _, key := range sortedKeys(v) {
			collectTables(v[key], ctes, out)
		}
	}
}
