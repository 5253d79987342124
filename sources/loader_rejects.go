package sources

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

// rejects writes the quarantine file of one list: one row per refused row.
type rejects struct {
	out   *snapshot.Writer
	batch *snapshot.Batch
	line  *snapshot.Vector
	texts map[string]*snapshot.Vector
}

func newRejects(path string, a pipeline.Arrival, sheet string) *rejects {
	columns := pipeline.QuarantineColumns()
	r := &rejects{out: snapshot.NewWriter(path, columns), batch: snapshot.NewBatch(columns)}
	fillProvenance(r.batch, a, sheet)
	r.line = r.batch.Column("line")
	r.texts = make(map[string]*snapshot.Vector)
	for _, name := range []string{"column_name", "rule", "reason", "raw_text"} {
		r.texts[name] = r.batch.Column(name)
	}
	return r
}

// add writes one refused row.
func (r *rejects) add(refused refusedRow) error {
	row := r.batch.Rows
	r.line.SetInteger(row, refused.line)
	r.texts["column_name"].SetText(row, []byte(refused.why.Column))
	r.texts["rule"].SetText(row, []byte(refused.why.Rule))
	r.texts["reason"].SetText(row, []byte(refused.why.Reason))
	r.texts["raw_text"].SetText(row, refused.raw)
	if r.batch.Rows++; !r.batch.Full() {
		return nil
	}
	return r.flush()
}

func (r *rejects) flush() error { return r.out.Write(r.batch) }

// rawText is the row's cells as a JSON array.
func rawText(rec tabular.Record) ([]byte, error) {
	cells := make([]string, len(rec.Cells))
	for i, c := range rec.Cells {
		if !utf8.Valid(c) {
			return nil, fmt.Errorf("line %d was not decoded; please report this", rec.Line)
		}
		cells[i] = string(c)
	}
	return json.Marshal(cells)
}
