package contract

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"nightjar/pipeline"
	"nightjar/sources/tabular"
)

// nearMiss remembers the row that came closest to a header, for the message.
type nearMiss struct {
	best  match
	line  int64
	texts []string // of the row, where it looks like a header
	score int
	found bool
}

// consider keeps the better of two failed matches: more matched columns, then
// fewer missing ones.
func (n *nearMiss) consider(m match, rec tabular.Record) {
	score := 1000*m.matched - len(m.missing)
	if m.matched == 0 || n.found && score <= n.score {
		return
	}
	*n = nearMiss{best: m, line: rec.Line, score: score, found: true}
	if looksLikeHeader(m, rec.Cells) {
		for _, c := range rec.Cells {
			if text := headerText(c); text != "" {
				n.texts = append(n.texts, text)
			}
		}
	}
}

// looksLikeHeader guards the message: what it repeats must be headings, never
// a row about a person that stands where the header should. A header names at
// least two columns and holds no number, day, postcode or identifier.
func looksLikeHeader(m match, cells [][]byte) bool {
	if m.matched < 2 {
		return false
	}
	for _, c := range cells {
		if carriesData(c) {
			return false
		}
	}
	return true
}

// carriesData is true for a cell that reads like a value: three digits or
// more in a row, or a postcode. Headings such as "Year 11" and "Address Line
// 1" have fewer.
func carriesData(cell []byte) bool {
	run := 0
	for _, c := range cell {
		if !isDigit(c) {
			run = 0
			continue
		}
		if run++; run == 3 {
			return true
		}
	}
	var out [16]byte
	if len(cell) <= 8 {
		_, f := readPostcode(cell, out[:0])
		return f == nil
	}
	return false
}

// headerText returns a heading fit for a message: one line, not too long.
func headerText(cell []byte) string {
	const longest = 40
	text := strings.Join(strings.Fields(string(cell)), " ")
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	return string([]rune(text)[:longest]) + "…"
}

// issues explains why no layout fits: what is missing from the nearest one
// and what was found instead.
func (n *nearMiss) issues(d pipeline.Dataset, first []tabular.Record) []pipeline.Issue {
	if !n.found {
		return []pipeline.Issue{{
			Rule: RuleColumnMissing,
			Say:  fmt.Sprintf("no header of %s was found in the first %d rows; %s", d.Name, len(first), wantedColumns(d)),
			Hint: "put the column names into the row above the data, or name this provider's headings in the configuration",
		}}
	}
	names := make([]string, len(n.best.missing))
	for i, c := range n.best.missing {
		names[i] = c.Name
	}
	found := "the row found in its place does not look like a header and is not repeated here"
	if len(n.texts) > 0 {
		found = "found: " + strings.Join(n.texts, ", ")
	}
	out := []pipeline.Issue{{
		Line: n.line, Column: names[0], Rule: RuleColumnMissing,
		Say:  fmt.Sprintf("the list has no column for %s; %s", strings.Join(names, ", "), found),
		Hint: "add what is missing, or name this provider's headings in the configuration",
	}}
	for _, c := range n.best.missing {
		out = append(out, pipeline.Issue{Line: n.line, Column: c.Name, Rule: RuleColumnMissing, Say: "goes by " + goesBy(c)})
	}
	return out
}

func goesBy(c pipeline.Column) string {
	return strings.Join(append([]string{c.Name}, c.Aliases...), ", ")
}

func wantedColumns(d pipeline.Dataset) string {
	var layouts []string
	for _, l := range d.Layouts {
		var names []string
		for _, c := range l.Columns {
			if c.Presence != pipeline.Optional {
				names = append(names, c.Name)
			}
		}
		layouts = append(layouts, strings.Join(names, ", "))
	}
	return "it must hold " + strings.Join(layouts, "; or ")
}
