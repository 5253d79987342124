package contract

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

// Env is what casting needs besides the contract.
type Env struct {
	Lists    map[string]pipeline.CodeList
	Location *time.Location // zone of the local day
	Date1904 bool           // the workbook counts its days from 1904
	Scratch  string         // folder for what does not fit into memory; the machine's own where empty
}

// Verdict is what became of a row.
type Verdict int

// A row is accepted, refused or blank; there is no fourth.
const (
	Accepted Verdict = iota
	Refused
	Blank
)

// Refusal is why a row was refused. Column is empty for a rule of the row.
type Refusal struct {
	Column string
	Rule   string
	Reason string
}

// Caster reads rows by a layout into a batch.
type Caster struct {
	binding *Binding
	env     Env
	batch   *snapshot.Batch
	readers []*columnReader // columns that the file has
	line    *snapshot.Vector
	repeats *repeats
	refusal Refusal
	failed  []*columnReader
	problem error // of the scratch files
}

// NewCaster prepares the reading of one table.
func NewCaster(b *Binding, env Env) *Caster {
	batch := snapshot.NewBatch(b.Layout.StoredColumns())
	for _, col := range b.Absent() {
		batch.Column(col.Name).FillNull()
		if col.Kind == pipeline.Figure {
			batch.Column(col.Name + "_missing").FillNull()
		}
	}
	c := newCaster(b, env, batch)
	c.repeats = newRepeats(b, c.batch, env.Scratch)
	return c
}

func newCaster(b *Binding, env Env, batch *snapshot.Batch) *Caster {
	c := &Caster{binding: b, env: env, batch: batch, line: batch.Column("line")}
	for i, col := range b.Layout.Columns {
		if b.cells[i] >= 0 {
			c.readers = append(c.readers, newColumnReader(col, b.cells[i], c.batch, b.Profile, env))
		}
	}
	return c
}

// Batch returns the rows accepted since it was last emptied.
func (c *Caster) Batch() *snapshot.Batch { return c.batch }

// Refusal explains the last refused row.
func (c *Caster) Refusal() Refusal { return c.refusal }

// Cast reads one row into the batch's next row. After Accepted the caller
// completes the provenance of that row and counts it in Batch.Rows; after
// anything else the row is used again.
func (c *Caster) Cast(rec tabular.Record) Verdict {
	c.failed = c.failed[:0]
	if rec.Fault != "" {
		return c.refuse("", string(rec.Fault), rec.Fault.Say())
	}
	if allBlank(rec.Cells) {
		return Blank
	}
	row := c.batch.Rows
	for _, r := range c.readers {
		var cell []byte
		if r.cell < len(rec.Cells) {
			cell = trim(rec.Cells[r.cell])
		}
		if r.fault = r.read(row, cell); r.fault != nil {
			c.failed = append(c.failed, r)
		}
	}
	if len(c.failed) > 0 {
		return c.refuseCells(rec)
	}
	if len(rec.Cells) > c.binding.width && !allBlank(rec.Cells[c.binding.width:]) {
		return c.refuse("", RuleTooManyCells, "the row has more cells than the header")
	}
	c.line.SetInteger(row, rec.Line)
	if c.repeats != nil {
		seen, err := c.repeats.seen(row)
		if c.problem = errors.Join(c.problem, err); seen {
			return c.refuseRepeat()
		}
	}
	return Accepted
}

func (c *Caster) refuseRepeat() Verdict {
	return c.refuse(c.binding.Layout.RepeatKey[0], RuleRepeat, "the list has this record already, and this row differs from it or repeats it whole")
}

// Close lets go of what was remembered of the rows. The error is that of a
// scratch file: with one, repeats may have been overlooked.
func (c *Caster) Close() error {
	if c.repeats == nil {
		return nil
	}
	err := errors.Join(c.problem, c.repeats.close())
	c.problem = nil
	return err
}

func (c *Caster) refuse(column, rule, reason string) Verdict {
	c.refusal = Refusal{column, rule, reason}
	return Refused
}

func (c *Caster) refuseCells(rec tabular.Record) Verdict {
	if c.notARecord(rec) {
		c.failed = c.failed[:0]
		return c.refuse("", RuleNotARecord, "the row is a heading, a total or a note, not a record")
	}
	first := c.failed[0]
	reason := first.col.Name + " " + first.fault.say
	if len(c.failed) > 1 {
		others := make([]string, 0, len(c.failed)-1)
		for _, r := range c.failed[1:] {
			others = append(others, r.col.Name)
		}
		reason += "; also wrong: " + strings.Join(others, ", ")
	}
	return c.refuse(first.col.Name, first.fault.rule, reason)
}

// Issues returns what the rows together show about the file: things worth
// knowing, and reasons not to trust it.
func (c *Caster) Issues() (notices, reasons []pipeline.Issue) {
	for _, r := range c.readers {
		notices = append(notices, r.notices()...)
		if r.days.swapped() {
			reasons = append(reasons, r.swappedIssue())
		}
	}
	return notices, reasons
}

// trim takes white space off both ends.
func trim(b []byte) []byte {
	if n := len(b); n == 0 || b[0] > ' ' && b[n-1] > ' ' {
		return b
	}
	return bytes.TrimSpace(b)
}

func allBlank(cells [][]byte) bool {
	for _, c := range cells {
		if len(trim(c)) > 0 {
			return false
		}
	}
	return true
}
