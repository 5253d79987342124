package contract

import (
	"bytes"
	"fmt"

	"nightjar/pipeline"
)

// code looks a cell up in the column's reference list. Numbers are looked up
// as they are written, because folding would turn 21.0 into 210.
func (r *columnReader) code(row int, cell []byte) *fault {
	if code, ok := r.words[view(cell)]; ok {
		r.out.SetStable(row, code)
		return nil
	}
	word, changed, f := repairID(cell, r.scratch)
	if f != nil {
		return f
	}
	mended := r.padded
	code, ok := r.lookUp(word)
	if !ok {
		return &fault{"unknown_code", fmt.Sprintf("is not a word of the list %s; add it to ref/%s.csv if it is right", r.col.List, r.col.List)}
	}
	if changed {
		r.repaired++
	}
	text := []byte(code)
	r.out.SetStable(row, text)
	// Words that were mended are counted row by row and not remembered.
	if len(r.words) < rememberedWords && !changed && r.padded == mended {
		r.words[string(cell)] = text
	}
	return nil
}

// rememberedWords bounds how many words of a column are kept with their codes.
const rememberedWords = 1024

// lookUp asks the list for a word, and for the word with the leading zeros
// that a column of fixed width must have.
func (r *columnReader) lookUp(word []byte) (code string, ok bool) {
	if looksDecimal(word) {
		return "", false
	}
	if code, ok = r.list.Code(view(word)); ok {
		return code, true
	}
	pad := r.col.Width - len(word)
	if pad <= 0 {
		return "", false
	}
	if code, ok = r.list.Code(view(append(bytes.Repeat([]byte{'0'}, pad), word...))); ok {
		r.padded++
	}
	return code, ok
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
