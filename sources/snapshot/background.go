package snapshot

// Background writes batches in a goroutine of its own, in the order in which
// they come, so that the next rows are read while the last ones are packed.
// What is written is the same byte for byte as without it.
type Background struct {
	out    *Writer
	work   chan *Batch
	free   chan handed
	begun  bool
	closed bool
	err    error // of a batch that was handed over
}

// handed is a batch that was written, or what went wrong.
type handed struct {
	batch *Batch
	err   error
}

// NewBackground returns a background for a writer. Close must be called before
// the writer is committed or aborted.
func NewBackground(out *Writer) *Background {
	return &Background{out: out, work: make(chan *Batch, 1), free: make(chan handed, 1)}
}

// Write takes the batch's rows over and empties it. An error may be that of
// an earlier batch. A file of few rows is written on the spot.
func (g *Background) Write(b *Batch) error {
	if !g.begun && !b.Full() {
		return g.out.Write(b)
	}
	var spare *Batch
	if g.begun {
		h := <-g.free
		spare, g.err = h.batch, h.err
	} else {
		g.begun, spare = true, b.Twin()
		go g.run()
	}
	b.swap(spare)
	g.work <- spare
	return g.err
}

func (g *Background) run() {
	defer close(g.free)
	var failed error
	for b := range g.work {
		if failed == nil {
			failed = g.out.Write(b)
		}
		g.free <- handed{b, failed}
	}
}

// Close waits until every batch is written. Closing twice is no error.
func (g *Background) Close() error {
	if !g.begun || g.closed {
		return g.err
	}
	g.closed = true
	close(g.work) // the field stays: the goroutine may not have looked at it yet
	for h := range g.free {
		g.err = h.err
	}
	return g.err
}

// Twin returns an empty batch with the same columns and the same constants.
func (b *Batch) Twin() *Batch {
	out := &Batch{Columns: make([]*Vector, len(b.Columns))}
	for i, v := range b.Columns {
		c := *v
		if !v.fixed {
			c.values = append(c.values[:0:0], v.values...)
		}
		c.texts = &out.texts
		out.Columns[i] = &c
	}
	return out
}

// TakeOver moves the rows of a twin into this batch, whose own are dropped,
// and empties the twin. Whoever holds a vector of either goes on holding it,
// with other cells in it.
func (b *Batch) TakeOver(twin *Batch) { twin.swap(b) }

// swap exchanges the rows of two twins and empties the first.
func (b *Batch) swap(o *Batch) {
	for i, v := range b.Columns {
		w := o.Columns[i]
		v.values, w.values = w.values, v.values
	}
	b.texts, o.texts = o.texts, b.texts
	b.Rows, o.Rows = o.Rows, b.Rows
	b.Reset()
}

// Remove takes rows, given in their order, out of the batch.
func (b *Batch) Remove(rows []int) {
	if len(rows) == 0 {
		return
	}
	for _, v := range b.Columns {
		if v.fixed {
			continue
		}
		to, next := rows[0], 0
		for from := rows[0]; from < b.Rows; from++ {
			if next < len(rows) && rows[next] == from {
				next++
				continue
			}
			v.values[to] = v.values[from]
			to++
		}
	}
	b.Rows -= len(rows)
}
