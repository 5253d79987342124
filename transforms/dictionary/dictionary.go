// Package dictionary writes the data dictionary: every published table with
// its grain, its columns, their units and definitions, its checks, and where
// the figures come from, down to the columns of the delivered lists. All of it
// is read from the headers of the models and the contracts of the lists, so it
// cannot drift from what is built.
package dictionary

import (
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/transforms"
)

// Dictionary is everything there is to say, ready to be written.
type Dictionary struct {
	Version string
	Tables  []Table // models in order of their layers and names, then meta
	Lists   []List
}

// Table is a model or a table of schema meta.
type Table struct {
	Name    string // schema and name, such as marts.neet_rates
	Layer   string
	Doc     string
	File    string // where its SQL stands; empty for meta
	Grain   []string
	Columns []Column
	Checks  []Check
	Reads   []string // relations it reads, reference data left out
	Refs    []string // reference tables it reads
	Export  string   // label of its export; empty when it has none
	raw     map[string][]string
}

// Column is one column of a table.
type Column struct {
	Name, Type, Unit, Doc string
	IsKey                 bool
	NeverNull             bool
	Accepted              []string
}

// Check is what is checked before a night is published.
type Check struct {
	Claim string // what must hold, in words
	Why   string
	Warns bool // reported only; else it holds the night back
}

// List is one form in which a dataset is delivered.
type List struct {
	Relation, Dataset, Title, Layout, Doc string
	Columns                               []ListColumn
}

// ListColumn is a column of a delivered list.
type ListColumn struct{ Name, Kind, Demand, Doc string }

// layers are the schemas in the order of the dictionary: what analysts read
// first, then how it is made.
var layers = []string{"marts", "exports", "meta", "restricted", "intermediate", "matched", "staging"}

// New puts together what the models and the contracts say.
func New(d transforms.Description, datasets []pipeline.Dataset, version string) *Dictionary {
	out := &Dictionary{Version: version}
	for _, m := range d.Models {
		out.Tables = append(out.Tables, tableOf(m))
	}
	for _, t := range d.Meta {
		table := Table{Name: t.Name, Layer: "meta", Doc: t.Comment}
		for _, c := range t.Columns {
			table.Columns = append(table.Columns, Column{Name: c.Name, Type: c.Type, Unit: transforms.Unit(c.Name, c.Type), Doc: c.Comment})
		}
		out.Tables = append(out.Tables, table)
	}
	for _, s := range d.Stages {
		for _, name := range s.Makes {
			t := Table{Name: name, Layer: "matched", Doc: s.Doc}
			t.read(s.Reads)
			out.Tables = append(out.Tables, t)
		}
	}
	slices.SortStableFunc(out.Tables, func(a, b Table) int {
		if by := slices.Index(layers, a.Layer) - slices.Index(layers, b.Layer); by != 0 {
			return by
		}
		return strings.Compare(a.Name, b.Name)
	})
	for _, ds := range datasets {
		out.Lists = append(out.Lists, listsOf(ds)...)
	}
	return out
}

func tableOf(m transforms.DescribedModel) Table {
	t := Table{Name: m.Relation(), Layer: m.Layer, Doc: m.Doc, File: "sql/" + m.File, Grain: m.Grain, Export: m.Export, raw: m.RawColumns}
	t.read(m.Reads)
	for _, c := range m.Columns {
		col := Column{Name: c.Name, Type: m.Types[c.Name], Doc: c.Doc, IsKey: slices.Contains(m.Grain, c.Name)}
		col.Unit = transforms.Unit(col.Name, col.Type)
		col.NeverNull = col.IsKey || slices.Contains(m.NotNull, c.Name)
		for _, a := range m.Accepted {
			if a.Column == c.Name {
				col.Accepted = a.Values
			}
		}
		t.Columns = append(t.Columns, col)
	}
	t.Checks = append(t.Checks, Check{Claim: strings.Join(m.Grain, ", ") + " identify a row", Why: "Two rows of one key would count somebody twice."})
	for _, c := range m.Checks {
		t.Checks = append(t.Checks, Check{Claim: strings.ReplaceAll(c.Claim, "_", " "), Why: c.Why, Warns: c.Warn})
	}
	return t
}

func (t *Table) read(relations []string) {
	for _, r := range relations {
		if strings.HasPrefix(r, "ref.") {
			t.Refs = append(t.Refs, r)
			continue
		}
		t.Reads = append(t.Reads, r)
	}
}

func listsOf(ds pipeline.Dataset) []List {
	var out []List
	for _, l := range ds.Layouts {
		list := List{Relation: "raw." + l.Relation, Dataset: ds.Name, Title: ds.Title, Layout: l.Name, Doc: l.Doc}
		for _, c := range l.Columns {
			demand := map[pipeline.Presence]string{pipeline.Optional: "may be absent", pipeline.Needed: "column must be there", pipeline.Required: "every row has a value"}[c.Presence]
			list.Columns = append(list.Columns, ListColumn{c.Name, string(c.Kind), demand, c.Doc})
		}
		out = append(out, list)
	}
	return out
}

// table returns the table of a name.
func (d *Dictionary) table(name string) (Table, bool) {
	at := slices.IndexFunc(d.Tables, func(t Table) bool { return t.Name == name })
	if at < 0 {
		return Table{}, false
	}
	return d.Tables[at], true
}

// list returns the list behind a raw relation; the ledger's own relations have
// none.
func (d *Dictionary) list(relation string) (List, bool) {
	at := slices.IndexFunc(d.Lists, func(l List) bool { return l.Relation == relation })
	if at < 0 {
		return List{}, false
	}
	return d.Lists[at], true
}
