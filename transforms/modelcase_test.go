package transforms

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

// emptyText is how a CSV of test data writes a text of no characters; an empty
// cell is null.
const emptyText = "''"

// caseDay is as_at and known_until of a case that gives no ref.build.
var caseDay = pipeline.NewDate(2030, time.December, 31)

// modelCase is one unit test of a model: given relations, expected rows.
type modelCase struct{ model, name, folder string }

// csvRows is a CSV file of test data.
type csvRows struct {
	file string
	head []string
	rows [][]string
}

func (c modelCase) run(t *testing.T, cat *Catalogue, raw []RawRelation, types map[string][]typedColumn) {
	given := c.given(t)
	at := slices.IndexFunc(cat.Models, func(m Model) bool { return m.Name == c.model })
	target := cat.Models[at]
	needed := closure(cat, target, given)
	s := openTestSession(t)
	if err := s.prepare(t.Context(), cat); err != nil {
		t.Fatal(err)
	}
	for relation, rows := range given {
		if types[relation] == nil {
			t.Fatalf("%s: there is no relation %s, or it does not bind", rows.file, relation)
		}
		fill(t, s, relation, types[relation], rows)
	}
	for _, relation := range needed {
		c.makeRelation(t, s, cat, types, relation)
	}
	c.compare(t, s, target.Relation())
}

func openTestSession(t *testing.T) *session {
	t.Helper()
	s, err := openSession(t.Context(), sessionOptions{memoryLimit: "500MB", threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// given reads given/<schema.table>.csv.
func (c modelCase) given(t *testing.T) map[string]csvRows {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.folder, "given", "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]csvRows{}
	for _, f := range files {
		out[strings.TrimSuffix(filepath.Base(f), ".csv")] = readCSV(t, f)
	}
	return out
}

func readCSV(t *testing.T, file string) csvRows {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, csvBOM)))
	r.TrimLeadingSpace = true
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%s: no header or not a CSV: %v", file, err)
	}
	return csvRows{file, all[0], all[1:]}
}

// closure returns what has to be made for target, in order: refs and raw
// relations first, then models; given relations end the search.
func closure(cat *Catalogue, target Model, given map[string]csvRows) []string {
	want := map[string]bool{target.Relation(): true}
	for _, m := range slices.Backward(cat.Models) {
		if !want[m.Relation()] {
			continue
		}
		for _, read := range m.Reads {
			if _, ok := given[read]; !ok {
				want[read] = true
			}
		}
	}
	var first, models []string
	for _, m := range cat.Models {
		if want[m.Relation()] {
			models = append(models, m.Relation())
			delete(want, m.Relation())
		}
	}
	first = slices.Sorted(maps.Keys(want))
	return append(first, models...)
}

// makeRelation builds a relation that the case does not give.
func (c modelCase) makeRelation(t *testing.T, s *session, cat *Catalogue, types map[string][]typedColumn, relation string) {
	t.Helper()
	ctx := t.Context()
	schema, name, _ := strings.Cut(relation, ".")
	var err error
	switch schema {
	case layerRaw:
		err = s.createTable(ctx, relation, types[relation])
	case layerRef:
		err = shippedRef(ctx, s, cat, name)
	case layerMatched: // made before the first model that reads it
	default:
		m, _ := cat.Model(relation)
		if slices.ContainsFunc(m.Reads, isMatched) {
			if err := matchOnce(ctx, s); err != nil {
				t.Fatalf("%s: %v", relation, err)
			}
		}
		err = s.exec(ctx, "CREATE TABLE "+relation+" AS "+m.SQL)
	}
	if err != nil {
		t.Fatalf("%s: %v", relation, err)
	}
}

// matchOnce makes both relations of matching, unless they are there.
func matchOnce(ctx context.Context, s *session) error {
	n, err := s.count(ctx, "SELECT count(*) FROM duckdb_tables() WHERE schema_name = "+quote(layerMatched))
	if err != nil || n > 0 {
		return err
	}
	err = s.runMatching(ctx, nil)
	return err
}

func shippedRef(ctx context.Context, s *session, cat *Catalogue, name string) error {
	switch name {
	case "build":
		return buildTable(caseDay, caseDay).load(ctx, s)
	case "months":
		return monthsTable().load(ctx, s)
	case "settings":
		table, err := settingsTable(cat.Refs[name], nil)
		if err != nil {
			return err
		}
		return table.load(ctx, s)
	default:
		return cat.Refs[name].load(ctx, s)
	}
}

// fill makes a table of its real types and adds the rows; columns that the CSV
// does not list are null.
func fill(t *testing.T, s *session, relation string, cols []typedColumn, data csvRows) {
	t.Helper()
	ctx := t.Context()
	if err := s.createTable(ctx, relation, cols); err != nil {
		t.Fatal(err)
	}
	if len(data.rows) == 0 {
		return
	}
	tuples := make([]string, len(data.rows))
	for i, row := range data.rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			at := slices.IndexFunc(cols, func(c typedColumn) bool { return c.Name == data.head[j] })
			if at < 0 {
				t.Fatalf("%s: %s has no column %s", data.file, relation, data.head[j])
			}
			cells[j] = literal(cell, cols[at].Type)
		}
		tuples[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	query := "INSERT INTO " + relation + " (" + identifiers(data.head) + ") VALUES " + strings.Join(tuples, ", ")
	if err := s.exec(ctx, query); err != nil {
		t.Fatalf("%s: %v", data.file, err)
	}
}

func literal(cell, kind string) string {
	switch cell {
	case "":
		return "NULL"
	case emptyText:
		return "''"
	default:
		return "CAST(" + quote(cell) + " AS " + kind + ")"
	}
}

// compare wants the rows of expect.csv and of the target to be the same
// multiset, over the columns that expect.csv lists.
func (c modelCase) compare(t *testing.T, s *session, relation string) {
	t.Helper()
	want := readCSV(t, filepath.Join(c.folder, "expect.csv"))
	cols, err := s.describe(t.Context(), "SELECT * FROM "+relation)
	if err != nil {
		t.Fatal(err)
	}
	var listed []typedColumn
	for _, name := range want.head {
		at := slices.IndexFunc(cols, func(c typedColumn) bool { return c.Name == name })
		if at < 0 {
			t.Fatalf("%s: %s has no column %s", want.file, relation, name)
		}
		listed = append(listed, cols[at])
	}
	if err := s.exec(t.Context(), "CREATE SCHEMA expected"); err != nil {
		t.Fatal(err)
	}
	fill(t, s, "expected.rows", listed, want)
	expected := readRows(t, s, "expected.rows", listed)
	actual := readRows(t, s, relation, listed)
	missing, extra := difference(expected, actual)
	if len(missing)+len(extra) == 0 {
		_ = os.Remove(want.file + ".FAIL")
		return
	}
	t.Errorf("%s: %d rows expected, %d given back\n%s%s", c.folder, len(expected), len(actual),
		show("missing", want.head, missing), show("not expected", want.head, extra))
	writeFail(t, want, actual)
}

// readRows returns the rows in the order of all listed columns.
func readRows(t *testing.T, s *session, relation string, cols []typedColumn) [][]any {
	t.Helper()
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	q := "SELECT " + identifiers(names) + " FROM " + relation + " ORDER BY ALL"
	rows, err := s.conn.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out [][]any
	for rows.Next() {
		cells := make([]any, len(cols))
		ptrs := make([]any, len(cols))
		for i := range cells {
			ptrs[i] = &cells[i]
		}
		if err := rows.Scan(ptrs...); err != nil {
			t.Fatal(err)
		}
		out = append(out, cells)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// difference matches rows one to one and returns what is left over.
func difference(want, got [][]any) (missing, extra [][]any) {
	used := make([]bool, len(got))
next:
	for _, w := range want {
		for i, g := range got {
			if !used[i] && slices.EqualFunc(w, g, sameCell) {
				used[i] = true
				continue next
			}
		}
		missing = append(missing, w)
	}
	for i, g := range got {
		if !used[i] {
			extra = append(extra, g)
		}
	}
	return missing, extra
}

func sameCell(a, b any) bool {
	x, okX := a.(float64)
	y, okY := b.(float64)
	if okX && okY {
		return x == y || math.Abs(x-y) <= 1e-9*max(1, math.Abs(x), math.Abs(y))
	}
	return cellText(a) == cellText(b)
}

func cellText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if v == "" {
			return emptyText
		}
		return v
	case time.Time:
		return strings.TrimSuffix(v.UTC().Format(time.DateTime), " 00:00:00")
	default:
		return fmt.Sprint(v)
	}
}

func show(title string, head []string, rows [][]any) string {
	const shown = 20
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%d):\n  %s\n", title, len(rows), strings.Join(head, ","))
	for i, row := range rows {
		if i == shown {
			b.WriteString("  …\n")
			break
		}
		b.WriteString("  " + strings.Join(texts(row), ",") + "\n")
	}
	return b.String()
}

func texts(row []any) []string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = cellText(v)
	}
	return out
}

// writeFail puts what the model gave beside expect.csv, for comparing.
func writeFail(t *testing.T, want csvRows, got [][]any) {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(want.head)
	for _, row := range got {
		_ = w.Write(texts(row))
	}
	w.Flush()
	if err := os.WriteFile(want.file+".FAIL", b.Bytes(), 0o600); err != nil {
		t.Error(err)
	}
}
