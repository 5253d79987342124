package transforms

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RefTable is one file of reference data with its cells read by type.
type RefTable struct {
	Name    string // ref.<Name>
	File    string
	Columns []typedColumn
	Rows    [][]any
}

// refTypes are the types that a header cell may carry after a colon.
var refTypes = map[string]string{
	"varchar": "VARCHAR", "date": "DATE", "bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN",
}

var csvBOM = []byte("\ufeff")

// parseRef reads a reference file: typed header, then rows; an empty cell is
// null. Every file has a column named source.
func parseRef(file string, body []byte) (RefTable, error) {
	t := RefTable{Name: strings.TrimSuffix(path.Base(file), ".csv"), File: file}
	if !nameForm.MatchString(t.Name) {
		return t, fmt.Errorf("the name %s is not lower snake_case; rename the file", t.Name)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, csvBOM)))
	head, err := r.Read()
	if err != nil {
		return t, fmt.Errorf("the file has no header: %w", err)
	}
	if t.Columns, err = refColumns(head); err != nil {
		return t, err
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return t, err
		}
		line, _ := r.FieldPos(0)
		row, err := typedRow(t.Columns, cells)
		if err != nil {
			return t, fmt.Errorf("line %d: %w", line, err)
		}
		t.Rows = append(t.Rows, row)
	}
}

func refColumns(head []string) ([]typedColumn, error) {
	var out []typedColumn
	for _, cell := range head {
		name, kind, typed := strings.Cut(strings.TrimSpace(cell), ":")
		if !typed {
			kind = "varchar"
		}
		c := typedColumn{name, refTypes[kind]}
		switch {
		case !nameForm.MatchString(name):
			return nil, fmt.Errorf("header: column name %q is not lower snake_case", name)
		case c.Type == "":
			return nil, fmt.Errorf("header: column %s has unknown type %q; write varchar, date, bigint, double or boolean", name, kind)
		case slices.ContainsFunc(out, func(o typedColumn) bool { return o.Name == name }):
			return nil, fmt.Errorf("header: column %s stands twice", name)
		}
		out = append(out, c)
	}
	if !slices.ContainsFunc(out, func(c typedColumn) bool { return c.Name == "source" }) {
		return nil, fmt.Errorf("header: there is no column source; say in every row where it comes from")
	}
	return out, nil
}

func typedRow(cols []typedColumn, cells []string) ([]any, error) {
	row := make([]any, len(cols))
	for i, c := range cols {
		v, err := typedCell(c.Type, cells[i])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		row[i] = v
	}
	return row, nil
}

// typedCell reads a cell of a trusted file; an empty one is null.
func typedCell(kind, cell string) (any, error) {
	if cell == "" {
		return nil, nil
	}
	switch kind {
	case "DATE":
		t, err := time.Parse(time.DateOnly, cell)
		if err != nil {
			return nil, fmt.Errorf("%q is not a day in the form 2021-10-31", cell)
		}
		return t, nil
	case "BIGINT", "INTEGER":
		n, err := strconv.ParseInt(cell, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number", cell)
		}
		return n, nil
	case "DOUBLE":
		x, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not a number", cell)
		}
		return x, nil
	case "BOOLEAN":
		b, err := strconv.ParseBool(cell)
		if err != nil {
			return nil, fmt.Errorf("%q is not true or false", cell)
		}
		return b, nil
	default:
		return cell, nil
	}
}

// load makes ref.<name> and fills it.
func (t RefTable) load(ctx context.Context, s *session) error {
	if err := s.createTable(ctx, layerRef+"."+t.Name, t.Columns); err != nil {
		return fmt.Errorf("reference table %s: %w", t.Name, err)
	}
	if err := s.appendRows(ctx, layerRef, t.Name, t.Rows); err != nil {
		return fmt.Errorf("reference table %s: %w", t.Name, err)
	}
	return nil
}

// replacedBy checks that an override has every column of the shipped file and
// gives columns without a type the shipped one's.
func (t RefTable) replacedBy(file string, body []byte) (RefTable, error) {
	head, rest, _ := bytes.Cut(bytes.TrimPrefix(body, csvBOM), []byte("\n"))
	cells, err := csv.NewReader(bytes.NewReader(head)).Read()
	if err != nil {
		return t, fmt.Errorf("the header cannot be read: %w", err)
	}
	for i, cell := range cells {
		at := slices.IndexFunc(t.Columns, func(c typedColumn) bool { return c.Name == strings.TrimSpace(cell) })
		if at >= 0 {
			cells[i] = t.Columns[at].Name + ":" + strings.ToLower(t.Columns[at].Type)
		}
	}
	typed := append([]byte(strings.Join(cells, ",")+"\n"), rest...)
	own, err := parseRef(file, typed)
	if err != nil {
		return t, err
	}
	for _, c := range t.Columns {
		if !slices.Contains(own.Columns, c) {
			return t, fmt.Errorf("column %s (%s) of the shipped file is missing or has another type", c.Name, strings.ToLower(c.Type))
		}
	}
	return own, nil
}
