package contract

import (
	"bytes"
	"fmt"
	"unsafe"

	"nightjar/pipeline"
)

// code looks a cell up in the column's reference list. Numbers are looked up
// as they are written, because folding would turn 21.0 into 210.
func (r *columnReader) code(row int, cell []byte) *fault {
	word, changed, f := repairID(cell, r.scratch)
	if f != nil {
		return f
	}
	code, ok := "", false
	if !looksDecimal(word) {
		code, ok = r.list.Code(view(word))
		if pad := r.col.Width - len(word); !ok && pad > 0 {
			if code, ok = r.list.Code(view(append(bytes.Repeat([]byte{'0'}, pad), word...))); ok {
				r.padded++
			}
		}
	}
	if !ok {
		return &fault{"unknown_code", fmt.Sprintf("is not a word of the list %s; add it to ref/%s.csv if it is right", r.col.List, r.col.List)}
	}
	if changed {
		r.repaired++
	}
	r.out.SetStable(row, unsafe.Slice(unsafe.StringData(code), len(code))) // the list outlives the batch
	return nil
}

// looksDecimal is true for a number with a sign or a fraction.
func looksDecimal(b []byte) bool {
	marks := 0
	for i, c := range b {
		switch {
		case isDigit(c):
		case c == '.', i == 0 && (c == '-' || c == '+'):
			marks++
		default:
			return false
		}
	}
	return marks > 0
}

// notices tells what was mended in the column.
func (r *columnReader) notices() []pipeline.Issue {
	var out []pipeline.Issue
	if r.padded > 0 {
		out = append(out, pipeline.Issue{
			Column: r.col.Name, Rule: "lost_zeros",
			Say:  fmt.Sprintf("%s without leading zeros, which a spreadsheet takes off; padded to %d digits", counted(int(r.padded), "code came", "codes came"), r.col.Width),
			Hint: "format the column as text before saving",
		})
	}
	if r.repaired > 0 {
		out = append(out, pipeline.Issue{
			Column: r.col.Name, Rule: "number_written_out",
			Say:  fmt.Sprintf("%s as a decimal or scientific number; written out without loss", counted(int(r.repaired), "code came", "codes came")),
			Hint: "format the column as text before saving",
		})
	}
	return out
}

func (r *columnReader) swappedIssue() pipeline.Issue {
	declared, other := pipeline.DMY, pipeline.MDY
	if r.days.monthFirst {
		declared, other = other, declared
	}
	return pipeline.Issue{
		Column: r.col.Name, Rule: RuleDateOrder,
		Say: fmt.Sprintf("%d days make sense only as %s and %d only as %s, so the days between cannot be trusted",
			r.days.onlyOtherOrder, other, r.days.onlyThisOrder, declared),
		Hint: fmt.Sprintf("export the list with days as %s, or declare the order under dates of this provider in the configuration", declared),
	}
}
