package contract

import (
	"bytes"

	"nightjar/pipeline"
	"nightjar/sources/tabular"
)

// footerWords begin the rows that stand below a table or between its parts.
var footerWords = map[string]bool{
	"total": true, "totals": true, "subtotal": true, "grand": true, "count": true, "sum": true,
	"number": true, "rows": true, "records": true, "end": true, "note": true, "notes": true,
	"source": true, "printed": true, "generated": true, "produced": true, "exported": true,
	"report": true, "page": true,
}

// notARecord recognises, among rows that could not be read, those that never
// were records: the header once more, a total, a note.
func (c *Caster) notARecord(rec tabular.Record) bool {
	filled, first := 0, -1
	for i, cell := range rec.Cells {
		if len(trim(cell)) > 0 {
			if filled++; first < 0 {
				first = i
			}
		}
	}
	if c.repeatsHeader(rec, filled) {
		return true
	}
	needs, empty := c.requiredCells(rec)
	if footerWords[firstWord(rec.Cells[first])] && 2*empty >= needs {
		return true
	}
	return filled == 1 && needs >= 2 && !c.readable(first)
}

// repeatsHeader compares with the header's words.
func (c *Caster) repeatsHeader(rec tabular.Record, filled int) bool {
	same := 0
	for i, cell := range rec.Cells {
		if i < len(c.binding.words) && c.binding.words[i] != "" && pipeline.FoldWord(string(cell)) == c.binding.words[i] {
			same++
		}
	}
	return same >= 2 && same == filled
}

func (c *Caster) requiredCells(rec tabular.Record) (needs, empty int) {
	for _, r := range c.readers {
		if r.col.Presence != pipeline.Required {
			continue
		}
		needs++
		if r.cell >= len(rec.Cells) || len(trim(rec.Cells[r.cell])) == 0 {
			empty++
		}
	}
	return needs, empty
}

// readable reports whether a lone cell could be the beginning of a record: it
// stands in a column of a checked kind and passes the check. Any sentence
// passes as a text, so a text proves nothing.
func (c *Caster) readable(cell int) bool {
	for _, r := range c.readers {
		if r.cell == cell {
			return r.fault == nil && r.col.Kind != pipeline.Text
		}
	}
	return false
}

// firstWord returns the folded first word of a cell.
func firstWord(cell []byte) string {
	word := trim(cell)
	if i := bytes.IndexAny(word, " :=-\t\n"); i >= 0 {
		word = word[:i]
	}
	return pipeline.FoldWord(string(word))
}
