package transforms

import (
	"nightjar/pipeline"
)

// RawRelation is a relation of schema raw: what the snapshots of one layout,
// or the ledger, look like to the staging models.
type RawRelation struct {
	Name    string
	Columns []pipeline.Stored
}

// columns returns the relation's columns as DuckDB declares them.
func (r RawRelation) columns() []typedColumn {
	out := make([]typedColumn, len(r.Columns))
	for i, c := range r.Columns {
		out[i] = typedColumn{c.Name, c.Type}
	}
	return out
}

// RawRelations returns every relation of schema raw for these layouts: one per
// layout, then files, quarantine and expected, which come from the ledger.
func RawRelations(layouts []pipeline.Layout) []RawRelation {
	var out []RawRelation
	for _, l := range layouts {
		out = append(out, RawRelation{l.Relation, l.StoredColumns()})
	}
	return append(out,
		RawRelation{rawFiles, stored(filesColumns)},
		RawRelation{rawQuarantine, quarantineColumns()},
		RawRelation{rawExpected, stored(expectedColumns)},
	)
}

// The relations that come from the ledger.
const (
	rawFiles      = "files"
	rawQuarantine = "quarantine"
	rawExpected   = "expected"
)

var filesColumns = []typedColumn{
	{"file_hash", "VARCHAR"}, {"dataset", "VARCHAR"}, {"layout", "VARCHAR"}, {"relation", "VARCHAR"},
	{"provider", "VARCHAR"}, {"file_name", "VARCHAR"}, {"status", "VARCHAR"},
	{"delivered_at", "TIMESTAMP"}, {"delivered_on", "DATE"}, {"academic_year", "VARCHAR"},
	{"min_period", "VARCHAR"}, {"max_period", "VARCHAR"},
	{"rows_read", "BIGINT"}, {"rows_accepted", "BIGINT"}, {"rows_quarantined", "BIGINT"}, {"rows_blank", "BIGINT"},
	{"run_id", "VARCHAR"},
}

var expectedColumns = []typedColumn{
	{"dataset", "VARCHAR"}, {"provider", "VARCHAR"}, {"academic_year", "VARCHAR"}, {"season", "VARCHAR"},
	{"opens_on", "DATE"}, {"due_on", "DATE"}, {"until_on", "DATE"},
}

func stored(cols []typedColumn) []pipeline.Stored {
	out := make([]pipeline.Stored, len(cols))
	for i, c := range cols {
		out[i] = pipeline.Stored{Name: c.Name, Type: c.Type, Nullable: true}
	}
	return out
}

// quarantineColumns leaves out the raw text, which holds people: no model may
// read it.
func quarantineColumns() []pipeline.Stored {
	var out []pipeline.Stored
	for _, c := range pipeline.QuarantineColumns() {
		if c.Name != "raw_text" {
			out = append(out, c)
		}
	}
	return out
}
