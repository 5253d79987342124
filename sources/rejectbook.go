package sources

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

// RejectsRequest asks for the rows that were refused.
type RejectsRequest struct {
	Files    []pipeline.FileRecord // those with a quarantine file
	Rule     string                // only this rule; empty: all
	Workbook string                // where to write the rows; empty: nowhere
	Loader   LoaderOptions         // to find the headings of the original again
	Inbox    string
	Landing  string // folder of the places' landing folders; empty where there are none
	Archive  string
}

// RejectGroup counts the rows of one file that one rule refused for one
// column. It says where they stand and not what they hold.
type RejectGroup struct {
	Dataset  string  `json:"dataset"`
	Provider string  `json:"provider"`
	File     string  `json:"file"`
	Sheet    string  `json:"sheet,omitempty"`
	Rule     string  `json:"rule"`
	Column   string  `json:"column,omitempty"`
	Rows     int64   `json:"rows"`
	Lines    []int64 `json:"lines"` // the first hundred
}

const keptLines = 100

// Rejects counts the refused rows of the files by rule and column, and writes
// them into a workbook, with the cells in question marked, where one is asked
// for. The workbook holds people's data and is readable by its owner alone.
func Rejects(ctx context.Context, q RejectsRequest) ([]RejectGroup, error) {
	var groups []RejectGroup
	var sheets []tabular.MarkedSheet
	for _, f := range q.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := rejectedRows(filepath.Join(q.Loader.Lake, filepath.FromSlash(f.Quarantine)), q.Rule)
		if err != nil {
			return nil, fmt.Errorf("quarantine of %s: %w", f.Name, err)
		}
		if len(rows) == 0 {
			continue
		}
		groups = append(groups, groupRejects(f, rows)...)
		if q.Workbook != "" {
			sheet, err := q.sheet(ctx, f, rows)
			if err != nil {
				return nil, err
			}
			sheets = append(sheets, sheet)
		}
	}
	if len(sheets) > 0 {
		if err := tabular.WriteMarked(q.Workbook, sheets); err != nil {
			return nil, fmt.Errorf("workbook of refused rows: %w", err)
		}
	}
	return groups, nil
}

// rejectedRow is one row of a quarantine file.
type rejectedRow struct {
	sheet, column, rule, reason string
	line                        int64
	cells                       []string
}

func rejectedRows(path, rule string) ([]rejectedRow, error) {
	t, err := snapshot.Read(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	at := make(map[string]int)
	for i, c := range t.Columns {
		at[c.Name] = i
	}
	var out []rejectedRow
	for _, cells := range t.Rows {
		text := func(name string) string { return cells[at[name]].Text }
		r := rejectedRow{sheet: text("sheet"), column: text("column_name"), rule: text("rule"), reason: text("reason")}
		if rule != "" && r.rule != rule {
			continue
		}
		if r.line, err = strconv.ParseInt(text("line"), 10, 64); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text("raw_text")), &r.cells); err != nil {
			return nil, fmt.Errorf("row of line %d cannot be read back", r.line)
		}
		out = append(out, r)
	}
	return out, nil
}

func groupRejects(f pipeline.FileRecord, rows []rejectedRow) []RejectGroup {
	var out []RejectGroup
	for _, r := range rows {
		i := slices.IndexFunc(out, func(g RejectGroup) bool { return g.Rule == r.rule && g.Column == r.column })
		if i < 0 {
			out = append(out, RejectGroup{Dataset: f.Dataset, Provider: f.Provider, File: f.Name, Sheet: r.sheet, Rule: r.rule, Column: r.column})
			i = len(out) - 1
		}
		if out[i].Rows++; len(out[i].Lines) < keptLines {
			out[i].Lines = append(out[i].Lines, r.line)
		}
	}
	slices.SortStableFunc(out, func(a, b RejectGroup) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Column, b.Column))
	})
	return out
}

// sheet lays out the refused rows of one file: line and reasons first, then
// the cells as they were handed in, under their own headings where the
// original is still there to be asked for them.
func (q RejectsRequest) sheet(ctx context.Context, f pipeline.FileRecord, rows []rejectedRow) (tabular.MarkedSheet, error) {
	head, err := q.headings(ctx, f)
	if err != nil {
		return tabular.MarkedSheet{}, err
	}
	out := tabular.MarkedSheet{Name: strings.TrimSuffix(filepath.Base(f.Name), filepath.Ext(f.Name)), Header: append([]string{"Line", "What is wrong"}, head.texts...)}
	const before = 2 // columns in front of the original's own
	for _, r := range rows {
		row := tabular.MarkedRow{Cells: append([]string{strconv.FormatInt(r.line, 10), r.reason}, r.cells...)}
		for _, column := range columnsNamed(r) {
			if cell, ok := head.cells[column]; ok {
				row.Marked = append(row.Marked, before+cell)
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// alsoWrong parts the first cell's reason from the other columns.
const alsoWrong = "; also wrong: "

// columnsNamed returns the columns for which a row was refused.
func columnsNamed(r rejectedRow) []string {
	if r.column == "" {
		return nil
	}
	out := []string{r.column}
	if _, others, ok := strings.Cut(r.reason, alsoWrong); ok {
		out = append(out, strings.Split(others, ", ")...)
	}
	return out
}
