package contract

import "nightjar/sources/snapshot"

// Twin returns a caster of the same table for another goroutine, with a batch
// of its own. It looks for no repeats: only rows in their order can tell which
// of two came first, so Repeats is asked of the caster that the twin is of.
func (c *Caster) Twin() *Caster { return newCaster(c.binding, c.env, c.batch.Twin()) }

// HandOver moves the accepted rows into an empty batch, a twin of the caster's.
func (c *Caster) HandOver(to *snapshot.Batch) {
	to.TakeOver(c.batch)
	c.forget()
}

// forget makes the readers look at the next cells afresh: what they remember
// stands in rows that are gone.
func (c *Caster) forget() {
	for _, r := range c.readers {
		r.lastRow = noRow
	}
}

// Repeats returns the rows of the caster's batch that repeat a record, with
// the refusal that they share, and remembers the others.
func (c *Caster) Repeats() (rows []int, why Refusal, err error) {
	if c.repeats == nil {
		return nil, Refusal{}, nil
	}
	if rows, err = c.repeats.among(c.batch.Rows); len(rows) > 0 {
		c.refuseRepeat()
	}
	return rows, c.refusal, err
}

// Tally is what the readers of a table counted over some rows.
type Tally []struct{ padded, repaired, onlyThisOrder, onlyOtherOrder int64 }

// Tally returns what was counted since it was asked last.
func (c *Caster) Tally() Tally {
	t := make(Tally, len(c.readers))
	for i, r := range c.readers {
		t[i].padded, t[i].repaired = r.padded, r.repaired
		t[i].onlyThisOrder, t[i].onlyOtherOrder = r.days.onlyThisOrder, r.days.onlyOtherOrder
		r.padded, r.repaired, r.days.onlyThisOrder, r.days.onlyOtherOrder = 0, 0, 0, 0
	}
	return t
}

// Count adds what a twin counted.
func (c *Caster) Count(t Tally) {
	for i, r := range c.readers {
		r.padded += t[i].padded
		r.repaired += t[i].repaired
		r.days.onlyThisOrder += t[i].onlyThisOrder
		r.days.onlyOtherOrder += t[i].onlyOtherOrder
	}
}
