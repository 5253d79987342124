package contract

import (
	"slices"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

// Mapped says how one cell of a header is read.
type Mapped struct {
	Cell   int    // from 0
	Column string // empty where the cell is left out
	How    string // name, alias or profile
}

// Mapping returns how the cells of the header are read, from left to right up
// to the last heading. Cells without a heading are not among them.
func (b *Binding) Mapping() []Mapped {
	out := make([]Mapped, 0, b.width)
	names := namesOf(b.Layout, b.Profile)
	for cell := range b.width {
		if b.Header >= 0 && b.words[cell] == "" {
			continue
		}
		m := Mapped{Cell: cell}
		if i := slices.Index(b.cells, cell); i >= 0 {
			m.Column, m.How = b.Layout.Columns[i].Name, "place"
			if b.Header >= 0 {
				m.How = how(names[b.words[cell]].rank)
			}
		}
		out = append(out, m)
	}
	return out
}

func how(rank int) string {
	switch {
	case rank < 0:
		return "profile"
	case rank == 0:
		return "name"
	default:
		return "alias"
	}
}

// Absent returns the columns of the layout that the file does not have.
func (b *Binding) Absent() []pipeline.Column {
	var out []pipeline.Column
	for i, c := range b.Layout.Columns {
		if b.cells[i] < 0 {
			out = append(out, c)
		}
	}
	return out
}

// CellOf returns the place of a column in the file's rows, -1 where the file
// does not have it.
func (b *Binding) CellOf(column string) int {
	for i, c := range b.Layout.Columns {
		if c.Name == column {
			return b.cells[i]
		}
	}
	return -1
}

// BadCell is one cell for which a row was refused.
type BadCell struct {
	Column, Rule, Reason string
	Cell                 int
}

// BadCells returns every cell for which the last row was refused; none where
// the row itself was.
func (c *Caster) BadCells() []BadCell {
	var out []BadCell
	for _, r := range c.failed {
		out = append(out, BadCell{Column: r.col.Name, Rule: r.fault.rule, Reason: r.col.Name + " " + r.fault.say, Cell: r.cell})
	}
	return out
}

// Nearest is the row that comes closest to a header of the dataset.
type Nearest struct {
	Layout  pipeline.Layout
	Row     int               // among the rows given
	Missing []pipeline.Column // needed columns that it lacks
	Absent  []pipeline.Column // all columns that it lacks
	Unused  []int             // cells whose headings no column goes by
}

// NearestHeader finds the row that comes closest to a header, whether or not
// it will do; false where no row looks like one.
func NearestHeader(d pipeline.Dataset, p pipeline.Profile, first []tabular.Record) (Nearest, bool) {
	var best Nearest
	found, score := false, 0
	for i, rec := range first {
		if rec.Fault != "" {
			continue
		}
		for _, layout := range d.Layouts {
			m := matchHeader(layout, p, rec.Cells)
			s := 1000*m.matched - len(m.missing)
			if !looksLikeHeader(m, rec.Cells) || found && s <= score {
				continue // a row about a person must not be shown as a header
			}
			found, score = true, s
			best = Nearest{Layout: layout, Row: i, Missing: m.missing}
			for c, column := range layout.Columns {
				if m.cells[c] < 0 {
					best.Absent = append(best.Absent, column)
				}
			}
			for cell, word := range m.words {
				if word != "" && !slices.Contains(m.cells, cell) {
					best.Unused = append(best.Unused, cell)
				}
			}
		}
	}
	return best, found
}

// Fits returns which share of the filled cells a column can read, and how many
// there are.
func Fits(layout pipeline.Layout, column pipeline.Column, p pipeline.Profile, cells [][]byte, env Env) (share float64, filled int) {
	r := newColumnReader(column, 0, snapshot.NewBatch(layout.StoredColumns()), p, env)
	good := 0
	for _, c := range cells {
		if c = trim(c); len(c) == 0 || isMissing(c, false) {
			continue
		}
		filled++
		if r.read(0, c) == nil {
			good++
		}
		r.lastRow = noRow
	}
	if filled == 0 {
		return 0, 0
	}
	return float64(good) / float64(filled), filled
}
