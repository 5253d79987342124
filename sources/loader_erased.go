package sources

import (
	"nightjar/pipeline"
	"nightjar/sources/contract"
	"nightjar/sources/erase"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

// whoReader reads from a row whom it is about and asks whether that somebody
// was erased. A nil whoReader knows nobody.
type whoReader struct {
	filter                              *erase.Filter
	client, upn, uln, given, born, post *snapshot.Vector // nil where the layout has no such column
	families                            []*snapshot.Vector
	cells                               map[string]int // contract column → cell of the file
}

func newWhoReader(f *erase.Filter, b *snapshot.Batch, binding *contract.Binding) *whoReader {
	if f == nil {
		return nil
	}
	first := func(names ...string) *snapshot.Vector {
		for _, n := range names {
			if v := b.Column(n); v != nil {
				return v
			}
		}
		return nil
	}
	w := &whoReader{
		filter: f, client: first("client_id"), upn: first("upn"), uln: first("uln"), post: first("postcode"),
		given: first("given_name", "forename", "given_names"), born: first("birth_date"), cells: map[string]int{},
	}
	for _, name := range []string{"family_name", "surname", "preferred_surname", "former_surname"} {
		if v := b.Column(name); v != nil {
			w.families = append(w.families, v)
		}
	}
	for _, m := range binding.Mapping() {
		if m.Column != "" {
			w.cells[m.Column] = m.Cell
		}
	}
	return w
}

// accepted tells whether the row of the batch is about somebody erased.
func (w *whoReader) accepted(row int) bool {
	if w == nil {
		return false
	}
	text := func(v *snapshot.Vector) string {
		if v == nil {
			return ""
		}
		return string(v.Text(row))
	}
	r := erase.Row{Client: text(w.client), UPN: text(w.upn), ULN: text(w.uln), Given: text(w.given)}
	for _, v := range w.families {
		if s := text(v); s != "" {
			r.Families = append(r.Families, s)
		}
	}
	if w.born != nil {
		r.Born, r.HasBorn = w.born.Date(row)
	}
	if !r.HasBorn {
		r.Postcode = text(w.post)
	}
	return w.filter.Hit(r)
}

// refused tells whether a row that broke its contract is.
func (w *whoReader) refused(cells [][]byte) bool {
	if w == nil {
		return false
	}
	return w.filter.HitCells(cells, erase.RowOf(func(column string) string {
		i, ok := w.cells[column]
		if !ok || i >= len(cells) {
			return ""
		}
		return string(cells[i])
	}))
}

// erase counts a row about somebody erased and remembers where it stood.
func (j *load) erase(rec tabular.Record) {
	j.counts.Erased++
	at := pipeline.ErasedLine{FileKey: j.arrival.Key(), Sheet: j.table.sheet, Line: rec.Line}
	if n := len(j.erased); n == 0 || j.erased[n-1] != at { // a record of several rows stands once
		j.erased = append(j.erased, at)
	}
}
