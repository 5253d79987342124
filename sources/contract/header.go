package contract

import (
	"fmt"
	"strings"

	"nightjar/pipeline"
	"nightjar/sources/tabular"
)

// HeaderRows is how many rows from the top of a table may come before its
// header: titles, instructions, logos.
const HeaderRows = 100

// Binding says which cell of a row is which column of a layout.
type Binding struct {
	Dataset pipeline.Dataset
	Profile pipeline.Profile
	Layout  pipeline.Layout
	// Header is the index of the header among the rows given to Bind; -1 where
	// the file has none and its first row is data.
	Header int

	cells   []int    // for each column of the layout its cell, -1 where the file has none
	width   int      // cells up to the last header text
	words   []string // folded header, to recognise it when it is repeated
	Notices []pipeline.Issue
}

// Bind finds the header among the first rows of a table and chooses the
// layout whose columns it holds; where several fit, the one with most matched
// columns. It returns the reasons instead when none fits.
func Bind(d pipeline.Dataset, p pipeline.Profile, first []tabular.Record, env Env) (*Binding, []pipeline.Issue) {
	nearest := nearMiss{}
	for i, rec := range first {
		if rec.Fault != "" {
			continue
		}
		var best *Binding
		bestMatched := 0
		for _, layout := range d.Layouts {
			m := matchHeader(layout, p, rec.Cells)
			nearest.consider(m, rec)
			if len(m.missing) == 0 && m.matched > bestMatched {
				if len(m.twice) > 0 {
					return nil, m.twiceIssues(rec)
				}
				best, bestMatched = m.bind(d, p, i, rec), m.matched
			}
		}
		if best != nil {
			return best, nil
		}
	}
	if b := bindHeaderless(d, p, first, env); b != nil {
		return b, nil
	}
	return nil, nearest.issues(d, first)
}

// match is how well a row serves as the header of a layout.
type match struct {
	layout  pipeline.Layout
	cells   []int
	ranks   []int
	matched int
	missing []pipeline.Column // columns that must be there and are not
	twice   []pipeline.Column // columns with two cells of the same text
	unknown []string          // header texts that no column goes by
	width   int
	words   []string
}

// matchHeader looks each cell up among the names of the layout's columns: the
// provider's own mapping first, then the contract's name, then its aliases in
// their order. Where two cells name one column, the earlier alias wins.
func matchHeader(layout pipeline.Layout, p pipeline.Profile, header [][]byte) match {
	m := match{layout: layout, cells: make([]int, len(layout.Columns)), ranks: make([]int, len(layout.Columns))}
	for i := range m.cells {
		m.cells[i] = -1
	}
	names := namesOf(layout, p)
	for cell, text := range header {
		word := pipeline.FoldWord(string(text))
		m.words = append(m.words, word)
		if word == "" {
			continue
		}
		m.width = cell + 1
		name, known := names[word]
		switch {
		case !known:
			m.unknown = append(m.unknown, headerText(text))
		case m.cells[name.column] < 0:
			m.cells[name.column], m.ranks[name.column] = cell, name.rank
			m.matched++
		case m.ranks[name.column] == name.rank:
			m.twice = append(m.twice, layout.Columns[name.column])
		case name.rank < m.ranks[name.column]:
			m.unknown = append(m.unknown, headerText(header[m.cells[name.column]]))
			m.cells[name.column], m.ranks[name.column] = cell, name.rank
		default:
			m.unknown = append(m.unknown, headerText(text))
		}
	}
	for i, c := range layout.Columns {
		if c.Presence != pipeline.Optional && m.cells[i] < 0 {
			m.missing = append(m.missing, c)
		}
	}
	return m
}

type headerName struct{ column, rank int }

func namesOf(layout pipeline.Layout, p pipeline.Profile) map[string]headerName {
	names := make(map[string]headerName, 3*len(layout.Columns))
	add := func(text string, column, rank int) {
		word := pipeline.FoldWord(text)
		if _, taken := names[word]; !taken {
			names[word] = headerName{column, rank}
		}
	}
	for header, column := range p.Columns {
		for i, c := range layout.Columns {
			if c.Name == column {
				add(header, i, -1)
			}
		}
	}
	for i, c := range layout.Columns {
		add(c.Name, i, 0)
	}
	for i, c := range layout.Columns {
		for rank, alias := range c.Aliases {
			add(alias, i, rank+1)
		}
	}
	return names
}

func (m match) bind(d pipeline.Dataset, p pipeline.Profile, index int, rec tabular.Record) *Binding {
	b := &Binding{Dataset: d, Profile: p, Layout: m.layout, Header: index, cells: m.cells, width: m.width, words: m.words}
	if len(m.unknown) > 0 {
		b.Notices = append(b.Notices, pipeline.Issue{
			Line: rec.Line, Rule: RuleUnknownColumn,
			Say:  fmt.Sprintf("%s not in the contract of %s and left out: %s", counted(len(m.unknown), "column is", "columns are"), d.Name, strings.Join(m.unknown, ", ")),
			Hint: "if one of them is meant, name it under columns of this provider in the configuration",
		})
	}
	return b
}

func (m match) twiceIssues(rec tabular.Record) []pipeline.Issue {
	var out []pipeline.Issue
	for _, c := range m.twice {
		out = append(out, pipeline.Issue{
			Line: rec.Line, Column: c.Name, Rule: RuleColumnTwice,
			Say:  "two columns of the list have the same heading for " + c.Name,
			Hint: "rename the one that is not meant and hand the list in again",
		})
	}
	return out
}

// bindHeaderless takes a layout that is published without a header, when the
// first rows are as wide as its contract and every one of them can be read.
func bindHeaderless(d pipeline.Dataset, p pipeline.Profile, first []tabular.Record, env Env) *Binding {
	for _, layout := range d.Layouts {
		if !layout.Headerless {
			continue
		}
		b := &Binding{Dataset: d, Profile: p, Layout: layout, Header: -1, width: len(layout.Columns)}
		for i := range layout.Columns {
			b.cells = append(b.cells, i)
		}
		if readsAll(NewCaster(b, env), first, len(layout.Columns)) {
			return b
		}
	}
	return nil
}

func readsAll(c *Caster, first []tabular.Record, width int) bool {
	const enough = 20
	accepted := 0
	for _, rec := range first {
		switch verdict := c.Cast(rec); {
		case verdict == Refused, verdict == Accepted && len(rec.Cells) != width:
			return false
		case verdict == Accepted:
			accepted++
		}
		if accepted == enough {
			break
		}
	}
	return accepted > 0
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
