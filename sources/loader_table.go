package sources

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"nightjar/pipeline"
	"nightjar/sources/contract"
	"nightjar/sources/tabular"
)

// table is the one table of a file that holds the list, standing behind its
// header.
type table struct {
	sheet   string
	binding *contract.Binding
	header  tabular.Record   // empty where the list has none
	held    []tabular.Record // rows looked at in the search for the header
	rows    tabular.Rows
}

// next returns the rows that were looked at, then the others.
func (t *table) next() (tabular.Record, error) {
	if len(t.held) > 0 {
		rec := t.held[0]
		t.held = t.held[1:]
		return rec, nil
	}
	return t.rows.Next()
}

// findTable looks for the header in every visible sheet. Exactly one sheet
// must hold it; which of two is meant nobody can know. It returns the reasons
// when there is not exactly one.
func findTable(file tabular.File, d pipeline.Dataset, p pipeline.Profile, env contract.Env) (*table, []pipeline.Issue, error) {
	var found []*table
	var reasons []pipeline.Issue
	for _, sheet := range file.Sheets() {
		t, issues, err := tryTable(file, sheet, d, p, env)
		if err != nil {
			return nil, nil, err
		}
		if t != nil {
			found = append(found, t)
		}
		reasons = append(reasons, issues...)
	}
	switch len(found) {
	case 0:
		if len(reasons) == 0 {
			reasons = []pipeline.Issue{{Rule: contract.RuleSheets, Say: "the workbook has no visible sheet", Hint: "show the sheet with the list and save again"}}
		}
		return nil, reasons, nil
	case 1:
		return found[0], nil, nil
	default:
		names := make([]string, len(found))
		for i, t := range found {
			names[i] = fmt.Sprintf("%q", t.sheet)
			t.rows.Close()
		}
		return nil, []pipeline.Issue{{
			Rule: contract.RuleSheets, Say: fmt.Sprintf("%d sheets look like %s: %s", len(found), d.Name, strings.Join(names, ", ")),
			Hint: "leave one of them in the workbook, or hide the others",
		}}, nil
	}
}

func tryTable(file tabular.File, sheet string, d pipeline.Dataset, p pipeline.Profile, env contract.Env) (*table, []pipeline.Issue, error) {
	rows, err := file.Rows(sheet)
	if err != nil {
		return nil, nil, err
	}
	held, err := firstRows(rows, contract.HeaderRows)
	if err != nil {
		rows.Close()
		return nil, nil, err
	}
	b, issues := contract.Bind(d, p, held, env)
	if b == nil {
		rows.Close()
		for i := range issues {
			issues[i].Sheet = sheet
		}
		return nil, issues, nil
	}
	t := &table{sheet: sheet, binding: b, held: held[b.Header+1:], rows: rows}
	if b.Header >= 0 {
		t.header = held[b.Header]
	}
	return t, nil, nil
}

// firstRows copies the first n rows, which are only views into a buffer.
func firstRows(rows tabular.Rows, n int) ([]tabular.Record, error) {
	var out []tabular.Record
	for len(out) < n {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		cells := make([][]byte, len(rec.Cells))
		for i, c := range rec.Cells {
			cells[i] = bytes.Clone(c)
		}
		out = append(out, tabular.Record{Line: rec.Line, Cells: cells, Fault: rec.Fault})
	}
	return out, nil
}

// noted turns what the reader noticed into issues.
func noted(rows tabular.Rows) []pipeline.Issue {
	var out []pipeline.Issue
	for _, n := range rows.Notes() {
		out = append(out, pipeline.Issue{Line: n.Line, Rule: n.Rule, Say: n.Say, Hint: n.Hint})
	}
	return out
}
