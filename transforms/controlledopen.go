package transforms

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// Open data follows DfE's standard for Explore Education Statistics: a tidy
// CSV with fixed columns for time and place, and a file beside it that says
// what the others are.

// openData writes the CSV: time and place, filters, then indicators with their
// symbols in place of numbers.
func (t *controlledTable) openData(path string, rows []publishedRow) error {
	var cols []controlledColumn
	for _, want := range [][]string{{roleOpen}, {roleBoth}, {roleFilter}, {roleCount, roleRate, roleValue}} {
		for _, col := range t.columns {
			for _, role := range want {
				if col.role == role {
					cols = append(cols, col)
				}
			}
		}
	}
	return writeCSV(path, func(add func([]string) error) error {
		head := make([]string, len(cols))
		for i, col := range cols {
			head[i] = col.name
		}
		if err := add(head); err != nil {
			return err
		}
		for _, row := range rows {
			line := make([]string, len(cols))
			for i, col := range cols {
				if cell, ok := row.cells[col.name]; ok {
					line[i] = cell.String()
				} else {
					line[i] = text(row.model[t.at[col.name]])
				}
			}
			if err := add(line); err != nil {
				return err
			}
		}
		return nil
	})
}

// openMeta writes the file that says what filters and indicators are.
func (t *controlledTable) openMeta(path string, p *controlledProfile) error {
	return writeCSV(path, func(add func([]string) error) error {
		if err := add([]string{"col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp", "filter_hint", "filter_grouping_column"}); err != nil {
			return err
		}
		for _, col := range t.columns {
			line := []string{col.name, "Indicator", col.label, "", "", "0", "", ""}
			switch col.role {
			case roleFilter:
				line = []string{col.name, "Filter", col.label, "", "", "", "", ""}
			case roleCount:
				line[3] = "Numbers"
			case roleRate, roleValue:
				line[3], line[4], line[5] = "Rates", col.unit, strconv.Itoa(p.decimals)
			default:
				continue
			}
			if err := add(line); err != nil {
				return err
			}
		}
		return nil
	})
}

func writeCSV(path string, fill func(add func([]string) error) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	if err := fill(w.Write); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	w.Flush()
	return w.Error()
}
