package transforms

import (
	"context"
	"slices"
	"strings"
)

// Description is what the SQL says about itself: enough to write a data
// dictionary without a row of data.
type Description struct {
	Models []DescribedModel // in build order
	Meta   []TableInfo      // tables of schema meta, without rows
	Stages []Stage          // what is made between models
}

// DescribedModel is a model with what DuckDB and the checks add to its header.
type DescribedModel struct {
	Model
	Types      map[string]string   // DuckDB type by column
	Checks     []CheckFile         // its *_test.sql files
	RawColumns map[string][]string // columns it names of each raw relation it reads
}

// Stage is a step between models that is no SQL, such as matching.
type Stage struct {
	Makes, Reads []string
	Doc          string
}

// Describe reads every model and binds it against empty relations. Models with
// issues are an error, which names them: a dictionary of half the models would
// mislead.
func (w *Warehouse) Describe(ctx context.Context) (Description, error) {
	cat, issues, err := w.catalogue(ctx)
	if err != nil {
		return Description{}, err
	}
	raw := RawRelations(w.o.Layouts)
	b, err := bind(ctx, cat, raw)
	if err != nil {
		return Description{}, err
	}
	if err := trouble(append(issues, b.issues...)); err != nil {
		return Description{}, err
	}
	out := Description{Meta: metaInfo(), Stages: []Stage{{
		Makes: sortedKeys(matchedRelations), Reads: matchReads,
		Doc: "Links the lines of lists to people of the caseload: by keys, then by name, birth date and postcode, weighed. No model but a program.",
	}}}
	for _, m := range cat.Models {
		d := DescribedModel{Model: m, Types: map[string]string{}, RawColumns: map[string][]string{}}
		for _, c := range b.columns[m.Relation()] {
			d.Types[c.Name] = c.Type
		}
		for _, c := range cat.Checks {
			if c.Model == m.Relation() {
				d.Checks = append(d.Checks, c)
			}
		}
		for _, r := range raw {
			if name := layerRaw + "." + r.Name; slices.Contains(m.Reads, name) {
				d.RawColumns[name] = columnsNamed(m.SQL, r)
			}
		}
		out.Models = append(out.Models, d)
	}
	return out, nil
}

// metaInfo describes the tables of schema meta.
func metaInfo() []TableInfo {
	var out []TableInfo
	for _, t := range metaTables {
		info := TableInfo{Name: schemaMeta + "." + t.name, Comment: t.doc}
		for _, c := range t.columns {
			info.Columns = append(info.Columns, ColumnInfo{c.name, c.kind, c.doc})
		}
		out = append(out, info)
	}
	return out
}

// columnsNamed returns the columns of a raw relation that a query names, all of
// them where it asks for every column.
func columnsNamed(text string, r RawRelation) []string {
	tokens := tokenize(text)
	words := map[string]bool{}
	everything := false
	for i, t := range tokens {
		words[strings.Trim(t.text, `"`)] = true
		everything = everything || t.text == "*" && i > 0 && tokens[i-1].text == "select" && followedBy(tokens[i+1:], "from", layerRaw, ".", r.Name)
	}
	var out []string
	for _, c := range r.Columns {
		if everything || words[c.Name] {
			out = append(out, c.Name)
		}
	}
	return out
}

func followedBy(tokens []token, words ...string) bool {
	if len(tokens) < len(words) {
		return false
	}
	for i, w := range words {
		if tokens[i].text != w {
			return false
		}
	}
	return true
}
