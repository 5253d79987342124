package sources

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"nightjar/pipeline"
	"nightjar/sources/contract"
	"nightjar/sources/tabular"
)

// guess is a heading that nothing goes by, taken for a column.
type guess struct{ heading, column string }

const (
	// alike is from when two headings are taken for the same word written
	// differently, and readable which share of its cells a column must be able
	// to read.
	alike    = 0.55
	readable = 0.9
)

// guess proposes columns for headings that nothing goes by, in the row that
// comes closest to a header in any of the sheets.
func (t *trying) guess(file tabular.File) error {
	for _, sheet := range file.Sheets() {
		rows, err := file.Rows(sheet)
		if err != nil {
			return err
		}
		held, err := firstRows(rows, contract.HeaderRows)
		rows.Close()
		if err != nil {
			return err
		}
		near, ok := contract.NearestHeader(t.dataset, t.profile, held)
		if !ok {
			continue
		}
		g := t.guessesOf(near, held)
		if len(near.Missing) > 0 && len(g) > len(t.guessed) {
			t.guessed = g
		}
	}
	return nil
}

// guessesOf pairs missing columns with unused headings: the pair whose texts
// are most alike first, if the column can read what stands below. Where one
// column is missing whose form is checked and the cells of one heading alone
// pass the check, no likeness is needed.
func (t *trying) guessesOf(near contract.Nearest, held []tabular.Record) map[string]guess {
	type pair struct {
		column pipeline.Column
		cell   int
		score  float64
	}
	var pairs []pair
	for _, c := range near.Missing {
		for _, cell := range near.Unused {
			share, filled := contract.Fits(near.Layout, c, t.profile, below(held, near.Row, cell), t.env)
			if filled == 0 || share < readable {
				continue
			}
			score := likeness(string(held[near.Row].Cells[cell]), c)
			if c.Kind != pipeline.Text {
				score += alike / 2 // the cells speak for it
			}
			pairs = append(pairs, pair{c, cell, score})
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.score, a.score) })
	out := make(map[string]guess)
	usedColumn, usedCell := map[string]bool{}, map[int]bool{}
	for _, p := range pairs {
		if usedColumn[p.column.Name] || usedCell[p.cell] {
			continue
		}
		alone := !slices.ContainsFunc(pairs, func(o pair) bool {
			return (o.column.Name == p.column.Name) != (o.cell == p.cell) && !usedCell[o.cell] && !usedColumn[o.column.Name]
		})
		if p.score < alike && (!alone || p.column.Kind == pipeline.Text) {
			continue
		}
		usedColumn[p.column.Name], usedCell[p.cell] = true, true
		text := heading(held[near.Row].Cells[p.cell])
		out[pipeline.FoldWord(text)] = guess{text, p.column.Name}
	}
	return out
}

// below returns the cells under a heading.
func below(held []tabular.Record, header, cell int) [][]byte {
	var out [][]byte
	for _, rec := range held[header+1:] {
		if rec.Fault == "" && cell < len(rec.Cells) {
			out = append(out, rec.Cells[cell])
		}
	}
	return out
}

// likeness compares a heading with the names of a column by the pairs of
// letters they share, from 0 to 1.
func likeness(text string, c pipeline.Column) float64 {
	best := 0.0
	for _, name := range append([]string{c.Name}, c.Aliases...) {
		a, b := letterPairs(pipeline.FoldWord(text)), letterPairs(pipeline.FoldWord(name))
		shared := 0
		for p, n := range a {
			shared += min(n, b[p])
		}
		total := 0
		for _, n := range a {
			total += n
		}
		for _, n := range b {
			total += n
		}
		if total > 0 {
			best = max(best, 2*float64(shared)/float64(total))
		}
	}
	return best
}

func letterPairs(word string) map[string]int {
	out := make(map[string]int)
	for i := 0; i+2 <= len(word); i++ {
		out[word[i:i+2]]++
	}
	return out
}

// withGuesses is the provider's profile with the guessed headings added.
func (t *trying) withGuesses() pipeline.Profile {
	p := pipeline.Profile{Columns: maps.Clone(t.profile.Columns), Dates: t.profile.Dates}
	if p.Columns == nil {
		p.Columns = make(map[string]string)
	}
	for _, g := range t.guessed {
		p.Columns[g.heading] = g.column
	}
	return p
}

// propose writes the profile that the provider needs: what the configuration
// has already, what was guessed, the other order of days where a column is
// written in it, and, as remarks, headings that look like optional columns.
func (t *trying) propose() {
	var columns, dates []string
	for _, c := range t.out.Columns {
		switch {
		case c.How == "guess":
			columns = append(columns, fmt.Sprintf("%s: %s  # guessed; make sure of it", strconv.Quote(c.Heading), c.Column))
			t.out.Guesses++
		case c.How == "profile":
			columns = append(columns, fmt.Sprintf("%s: %s", strconv.Quote(c.Heading), c.Column))
		case c.Column == "":
			if column := t.optional(c.Heading); column != "" {
				columns = append(columns, fmt.Sprintf("# %s: %s  # looks like it", strconv.Quote(c.Heading), column))
			}
		}
	}
	for column, order := range t.profile.Dates {
		dates = append(dates, fmt.Sprintf("%s: %s", column, order))
	}
	for _, issue := range t.out.Refused {
		if issue.Rule == contract.RuleDateOrder {
			dates = append(dates, fmt.Sprintf("%s: %s", issue.Column, t.otherOrder(issue.Column)))
		}
	}
	slices.Sort(dates)
	t.out.Profile = profileText(t.dataset.Name, cmp.Or(t.request.Provider, "provider"), columns, dates)
}

// optional returns the absent column that a heading is most like.
func (t *trying) optional(heading string) string {
	const surely = 0.75
	best, score := "", surely
	for _, c := range t.table.binding.Absent() {
		if s := likeness(heading, c); s > score {
			best, score = c.Name, s
		}
	}
	return best
}

func (t *trying) otherOrder(column string) pipeline.Order {
	order := t.profile.Dates[column]
	if c, ok := t.table.binding.Layout.Column(column); ok && order == "" {
		order = c.Order
	}
	if order == pipeline.MDY {
		return pipeline.DMY
	}
	return pipeline.MDY
}

// profileText is the part of the configuration for one provider; empty where
// there is nothing to say.
func profileText(dataset, provider string, columns, dates []string) string {
	if len(columns) == 0 && len(dates) == 0 {
		return ""
	}
	if strings.Trim(provider, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		provider = strconv.Quote(provider)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "datasets:\n  %s:\n    providers:\n      %s:\n", dataset, provider)
	for _, part := range []struct {
		name  string
		lines []string
	}{{"columns", columns}, {"dates", dates}} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "        %s:\n", part.name)
		for _, line := range part.lines {
			fmt.Fprintf(&b, "          %s\n", line)
		}
	}
	return b.String()
}
