package openexport

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// metaColumns are the columns of a meta file, all of them.
var metaColumns = []string{"col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp", "filter_hint", "filter_grouping_column"}

var units = []string{"", "£", "%", "pp", "£m", "numberstring"}

// meta is what a meta file says of its data file.
type meta struct {
	filters    []string
	indicators []indicator
	grouping   []string // columns that group filters
}

type indicator struct {
	name, unit string
	line       int64
}

// meta screens a meta file against its data file; nil where it cannot be read.
func (s *screen) meta(name string, data *sheet) *meta {
	t := s.read(name)
	if t == nil {
		return nil
	}
	for _, column := range metaColumns {
		if t.column(column) < 0 {
			s.wrong(name, 1, column, "meta_columns", "the column is missing", "a meta file has "+strings.Join(metaColumns, ", "))
		}
	}
	for _, column := range t.head {
		if !slices.Contains(metaColumns, column) {
			s.wrong(name, 1, column, "meta_columns", "a meta file has no such column", "take it out")
		}
	}
	if s.counts[name+"\x00meta_columns"] > 0 {
		return nil
	}
	m := &meta{}
	labels, seen := map[string]bool{}, map[string]bool{}
	for i, row := range t.rows {
		cell := func(column string) string { return row[t.column(column)] }
		column, line := cell("col_name"), t.lines[i]
		if data.column(column) < 0 {
			s.wrong(name, line, "col_name", "meta_unknown", "the data file has no such column", "correct the name, or remove the line")
		}
		if seen[column] {
			s.wrong(name, line, "col_name", "meta_twice", column+" is described twice", "keep one line")
		}
		if fixedColumn(column) {
			s.wrong(name, line, "col_name", "meta_fixed", column+" is a column of time or place, which the standard describes", "remove the line")
		}
		if label := cell("label"); label == "" || label != strings.TrimSpace(label) {
			s.wrong(name, line, "label", "meta_label", "the label is empty or has spaces around it", "write what readers shall see")
		} else if key := cell("col_type") + label; labels[key] {
			s.wrong(name, line, "label", "meta_label", "the label stands twice", "tell them apart")
		} else {
			labels[key] = true
		}
		seen[column] = true
		switch cell("col_type") {
		case "Filter":
			m.filters = append(m.filters, column)
			if group := cell("filter_grouping_column"); group != "" {
				m.grouping = append(m.grouping, group)
				if data.column(group) < 0 {
					s.wrong(name, line, "filter_grouping_column", "meta_grouping", "the data file has no such column", "correct the name, or leave the cell empty")
				}
			}
			if cell("indicator_unit")+cell("indicator_dp")+cell("indicator_grouping") != "" {
				s.wrong(name, line, "indicator_unit", "meta_filter", "a filter has a unit, decimals or a grouping of indicators", "leave these cells empty")
			}
		case "Indicator":
			m.indicators = append(m.indicators, indicator{column, cell("indicator_unit"), line})
			s.indicatorLine(name, line, cell)
		default:
			s.wrong(name, line, "col_type", "meta_type", "the type is neither Filter nor Indicator", "write one of them")
		}
	}
	if len(m.indicators) == 0 {
		s.wrong(name, 0, "", "meta_no_indicator", "no line describes an indicator", "a data file has at least one")
	}
	for _, column := range data.head {
		if !seen[column] && !fixedColumn(column) && !slices.Contains(m.grouping, column) {
			s.wrong(data.name, 1, column, "not_in_meta", "the meta file does not describe the column", "add a line to "+name+", or take the column out")
		}
	}
	return m
}

func (s *screen) indicatorLine(name string, line int64, cell func(string) string) {
	if !slices.Contains(units, cell("indicator_unit")) {
		s.wrong(name, line, "indicator_unit", "meta_unit", "the cell is no unit", "write £, %, pp, £m or numberstring, or nothing for a number")
	}
	if dp, err := strconv.Atoi(cell("indicator_dp")); cell("indicator_dp") != "" && (err != nil || dp < 0) {
		s.wrong(name, line, "indicator_dp", "meta_dp", "the cell is no number of decimals", "write 0, 1 or 2")
	}
	if cell("filter_hint")+cell("filter_grouping_column") != "" {
		s.wrong(name, line, "filter_hint", "meta_indicator", "an indicator has a hint or a grouping of filters", "leave these cells empty")
	}
}

// symbols may stand in place of a number; old ones are named with what
// replaces them.
var (
	symbols    = []string{"z", "x", "c", "low", "k", "u"}
	oldSymbols = map[string]string{":": "z or x", "~": "low", "*": "c", "..": "x", ".": "z", "-": "low", "n/a": "z", "na": "x", "null": "x"}
	number     = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	fixedSets  = map[string][]string{
		"sex":           {"Total", "Male", "Female", "Unknown"},
		"sen_status":    {"Total", "Any SEN provision", "No SEN provision", "Education, health and care plan", "SEN support / SEN without an EHC plan", "Unknown"},
		"sen_provision": {"Total", "Education, health and care plan", "SEN support / SEN without an EHC plan", "No SEN provision", "Unknown"},
	}
)

// cells screens filters and indicators row by row.
func (s *screen) cells(t *sheet, m *meta) {
	for _, f := range m.filters {
		at := t.column(f)
		if at < 0 {
			continue
		}
		total := false
		for i, row := range t.rows {
			v := row[at]
			total = total || v == "Total"
			switch {
			case v == "":
				s.wrong(t.name, t.lines[i], f, "filter_empty", "the cell of a filter is empty", "write a level; Total for all of them")
			case v != strings.TrimSpace(v):
				s.wrong(t.name, t.lines[i], f, "filter_spaces", "there are spaces around the level", "take them out")
			case strings.EqualFold(v, "total") && v != "Total", strings.EqualFold(v, "all"):
				s.wrong(t.name, t.lines[i], f, "filter_total", "the level of all is not written Total", "write Total")
			case fixedSets[f] != nil && !slices.Contains(fixedSets[f], v):
				s.wrong(t.name, t.lines[i], f, "filter_level", "the cell is no level of "+f, "write "+strings.Join(fixedSets[f], ", "))
			}
		}
		if !total && differ(t, at) {
			s.advise(t.name, 0, f, "filter_total", "the filter has no level Total", "add rows for all levels together, if they have a sum")
		}
	}
	var shares []string
	percents := 0
	for _, one := range m.indicators {
		share, counted := s.indicator(t, one)
		if one.unit == "%" && counted {
			percents++
		}
		if one.unit == "%" && share {
			shares = append(shares, one.name)
		}
	}
	for _, name := range shares { // one small rate among others may be right; all of them are not
		say, hint := "no percentage of the column is over 1; are they written as shares?", "write 79 where 0.79 stands"
		if len(shares) == percents {
			s.wrong(t.name, 0, name, "percent_share", say, hint)
		} else {
			s.advise(t.name, 0, name, "percent_share", say, hint)
		}
	}
}

func differ(t *sheet, at int) bool {
	return slices.ContainsFunc(t.rows, func(row []string) bool { return row[at] != t.rows[0][at] })
}

// indicator screens the cells of an indicator. It returns whether all numbers
// lie within 1, and whether there are several that are not nought.
func (s *screen) indicator(t *sheet, one indicator) (share, counted bool) {
	at := t.column(one.name)
	if at < 0 {
		return false, false
	}
	shares, greater := 0, false
	for i, row := range t.rows {
		v := row[at]
		switch {
		case number.MatchString(v):
			x, _ := strconv.ParseFloat(v, 64)
			if x != 0 {
				shares++
			}
			greater = greater || x > 1 || x < -1
		case slices.Contains(symbols, v) || one.unit == "numberstring":
		case v == "":
			s.wrong(t.name, t.lines[i], one.name, "indicator_empty", "the cell is empty", "write the number, or z, x, c or low for what is missing")
		case oldSymbols[strings.ToLower(v)] != "":
			s.wrong(t.name, t.lines[i], one.name, "symbol_old", "the symbol is not of the standard", "write "+oldSymbols[strings.ToLower(v)])
		default:
			s.wrong(t.name, t.lines[i], one.name, "indicator_number", "the cell holds neither a number nor a symbol", "write 1234.5, without thousands commas, signs or spaces, or z, x, c or low")
		}
	}
	return shares > 1 && !greater, shares > 1
}

// combinations screens for rows that stand twice, and for combinations of
// filters that some time and place lacks.
func (s *screen) combinations(t *sheet, m *meta) {
	var filters, setting []int
	for i, name := range t.head {
		switch {
		case slices.Contains(m.filters, name):
			filters = append(filters, i)
		case fixedColumn(name):
			setting = append(setting, i)
		}
	}
	key := func(row []string, at []int) string {
		var b strings.Builder
		for _, i := range at {
			b.WriteString(row[i] + "\x00")
		}
		return b.String()
	}
	all, here := map[string]bool{}, map[string]map[string]bool{}
	first := map[string]int{}
	for i, row := range t.rows {
		f, p := key(row, filters), key(row, setting)
		all[f] = true
		if here[p] == nil {
			here[p], first[p] = map[string]bool{}, i
		}
		if here[p][f] {
			s.wrong(t.name, t.lines[i], "", "row_twice", "another row has the same period, place and filters", "keep one, or add the filter that tells them apart")
		}
		here[p][f] = true
	}
	places := slices.SortedFunc(maps.Keys(here), func(a, b string) int { return first[a] - first[b] })
	for _, p := range places {
		if have := here[p]; len(have) < len(all) {
			s.wrong(t.name, t.lines[first[p]], "", "matrix", fmt.Sprintf("%d of %d combinations of filters are missing for the period and place of this row", len(all)-len(have), len(all)), "add rows for them, with z or x for what is missing")
		}
	}
}
