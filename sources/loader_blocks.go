package sources

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"nightjar/sources/contract"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

const (
	// fewestBytes is the size from which a list is read in blocks. Of the lists
	// of a night several are read at once anyway.
	fewestBytes = 4 << 20
	// mostReaders bounds the memory; two fill the machine that we promise for.
	mostReaders = 2
)

// part is a block on its way: read, cast by one of several goroutines, and
// taken in its place in the order of the file.
type part struct {
	block   tabular.Block
	buf     []byte
	readErr error // why there is no block

	cast     chan struct{} // closed when the fields below hold
	err      error         // ErrIrregular, or what else was wrong
	batches  []*snapshot.Batch
	offsets  []int32 // of the accepted rows in the block
	refusals []refusedRow
	tally    contract.Tally
	read     int64
	blank    int64
	width    int
}

// refusedRow is a row that was refused, ready to be written.
type refusedRow struct {
	line int64
	raw  []byte
	why  contract.Refusal
}

// blocks reads one list in blocks.
type blocks struct {
	job   *load
	rows  tabular.Blocked
	queue chan *part // to the casters
	order chan *part // to the one who takes them, in the order of the file
	spare chan *snapshot.Batch
	bufs  chan []byte
	quit  chan struct{}
	done  sync.WaitGroup
}

// inBlocks reports whether the list is read in blocks, and begins with it. One
// list at a time is: the others of a night find the processors busy anyway.
// Where a row may end the list, or be left out of it, rows are taken one by one.
func (j *load) inBlocks() (*blocks, bool) {
	rows, ok := j.table.rows.(tabular.Blocked)
	if !ok || j.arrival.Size < j.loader.fewestBytes || j.checks != nil || j.who != nil || j.periods.problem != nil || !j.loader.wide.TryLock() {
		return nil, false
	}
	readers := min(mostReaders, max(runtime.GOMAXPROCS(0), 1))
	ahead := readers + 1
	b := &blocks{
		job: j, rows: rows, queue: make(chan *part, ahead), order: make(chan *part, ahead), quit: make(chan struct{}),
		spare: make(chan *snapshot.Batch, 64), bufs: make(chan []byte, ahead+readers+2),
	}
	for range cap(b.bufs) {
		b.bufs <- nil // made when it is needed
	}
	b.done.Go(b.read)
	for range readers {
		twin := j.caster.Twin()
		b.done.Go(func() { b.castAll(twin) })
	}
	return b, true
}

// read cuts the blocks and hands them out, until the end or until it is told
// to quit.
func (b *blocks) read() {
	defer close(b.order)
	defer close(b.queue)
	for {
		var p *part
		select {
		case <-b.quit:
			return
		case buf := <-b.bufs:
			if buf == nil {
				buf = make([]byte, b.job.loader.blockSize)
			}
			p = &part{buf: buf, cast: make(chan struct{})}
		}
		if p.block, p.readErr = b.rows.NextBlock(p.buf); errors.Is(p.readErr, io.EOF) {
			return
		}
		if p.readErr != nil {
			close(p.cast)
			b.order <- p
			return
		}
		b.order <- p
		b.queue <- p
	}
}

// castAll casts the blocks that come until there are no more.
func (b *blocks) castAll(c *contract.Caster) {
	var r tabular.BlockReader
	for p := range b.queue {
		select {
		case <-b.quit:
			p.err = tabular.ErrIrregular
		default:
			p.err = b.castBlock(p, &r, c)
		}
		p.width = r.Width()
		close(p.cast)
	}
}

func (b *blocks) castBlock(p *part, r *tabular.BlockReader, c *contract.Caster) error {
	batch := c.Batch()
	batch.Reset()
	r.Begin(p.block)
	for {
		offset := r.Offset()
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			b.handOver(p, c)
			p.tally = c.Tally()
			return nil
		}
		if err != nil {
			c.Tally()
			return err
		}
		p.read++
		switch c.Cast(rec) {
		case contract.Blank:
			p.blank++
		case contract.Accepted:
			p.offsets = append(p.offsets, int32(offset))
			if batch.Rows++; batch.Full() {
				b.handOver(p, c)
			}
		default:
			raw, err := rawText(rec)
			if err != nil {
				return err
			}
			p.refusals = append(p.refusals, refusedRow{rec.Line, raw, c.Refusal()})
		}
	}
}

// handOver moves the rows that were cast into the part.
func (b *blocks) handOver(p *part, c *contract.Caster) {
	var to *snapshot.Batch
	select {
	case to = <-b.spare:
	default:
		to = c.Batch().Twin()
	}
	c.HandOver(to)
	p.batches = append(p.batches, to)
}

// takeAll takes the parts in their order. It leaves the rows behind an
// irregular block, and that block, to be read one by one.
func (b *blocks) takeAll(ctx context.Context) error {
	defer b.job.loader.wide.Unlock()
	defer b.stop()
	width := b.rows.Width()
	for p := range b.order {
		<-p.cast
		switch {
		case p.readErr != nil:
			return b.job.readError(p.readErr)
		case errors.Is(p.err, tabular.ErrIrregular):
			b.goBack(p, width)
			return nil
		case p.err != nil:
			return b.job.writeError(p.err)
		}
		if err := b.take(ctx, p); err != nil {
			return err
		}
		if p.width > 0 {
			width = p.width
		}
		b.bufs <- p.buf
	}
	b.rows.Resume(nil, width)
	return nil
}

// goBack gives the blocks from p on back to the table.
func (b *blocks) goBack(p *part, width int) {
	b.quitReading()
	back := []tabular.Block{p.block}
	for later := range b.order {
		if later.readErr == nil { // otherwise reading on comes upon it again
			back = append(back, later.block)
		}
	}
	b.done.Wait()
	b.rows.Resume(back, width)
}

func (b *blocks) quitReading() {
	select {
	case <-b.quit:
	default:
		close(b.quit)
	}
}

// stop ends the goroutines.
func (b *blocks) stop() {
	b.quitReading()
	for range b.order {
		continue
	}
	b.done.Wait()
}

// take counts the rows of a part and writes them.
func (b *blocks) take(ctx context.Context, p *part) error {
	j := b.job
	front := j.caster.Batch()
	first := 0 // row of the part that is the batch's first
	for _, batch := range p.batches {
		front.TakeOver(batch)
		b.putBack(batch)
		refused, why, err := j.caster.Repeats()
		if err != nil {
			return j.writeError(err)
		}
		for _, row := range refused {
			rec, err := p.block.Row(int(p.offsets[first+row]))
			if err != nil {
				return j.writeError(err)
			}
			raw, err := rawText(rec)
			if err != nil {
				return j.writeError(err)
			}
			p.repeat(refusedRow{rec.Line, raw, why})
		}
		first += front.Rows
		front.Remove(refused)
		for row := range front.Rows {
			if err := j.periods.set(row); err != nil {
				return j.writeError(err) // a list that can end here is not read in blocks
			}
			if j.keys != nil {
				j.keys.row(row)
			}
		}
		j.counts.Accepted += int64(front.Rows)
		if err := j.flush(ctx); err != nil {
			return err
		}
	}
	for _, r := range p.refusals {
		if err := j.quarantine(r); err != nil {
			return err
		}
	}
	j.caster.Count(p.tally)
	j.counts.Read += p.read
	j.counts.Blank += p.blank
	j.progress.Add(p.read)
	return nil
}

// repeat puts a refusal into its place among those of the part.
func (p *part) repeat(r refusedRow) {
	p.refusals = append(p.refusals, r)
	for i := len(p.refusals) - 1; i > 0 && p.refusals[i-1].line > p.refusals[i].line; i-- {
		p.refusals[i-1], p.refusals[i] = p.refusals[i], p.refusals[i-1]
	}
}

// putBack keeps an empty batch for further rows.
func (b *blocks) putBack(batch *snapshot.Batch) {
	select {
	case b.spare <- batch:
	default:
	}
}

// quarantine writes one refused row.
func (j *load) quarantine(r refusedRow) error {
	if r.why.Rule == contract.RuleNotARecord {
		j.notARow++
	}
	j.counts.Quarantined++
	if err := j.refused.add(r); err != nil {
		return j.writeError(err)
	}
	return nil
}
