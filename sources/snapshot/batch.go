package snapshot

import (
	"encoding/binary"
	"math"
	"time"

	"nightjar/pipeline"
)

// BatchRows is how many rows a batch holds.
const BatchRows = 1024

// Batch is a bundle of rows by column that goes to the file together. It is
// filled in place, so that a row costs no allocation.
type Batch struct {
	Rows    int // rows that are complete; a row beyond it is overwritten by the next
	Columns []*Vector
	texts   arena
}

// NewBatch returns an empty batch of the given columns.
func NewBatch(columns []pipeline.Stored) *Batch {
	b := &Batch{Columns: make([]*Vector, len(columns))}
	for i, c := range columns {
		b.Columns[i] = newVector(c, &b.texts)
	}
	return b
}

// Full reports whether the batch has to be written before another row.
func (b *Batch) Full() bool { return b.Rows == BatchRows }

// Column returns the column of that name, or nil.
func (b *Batch) Column(name string) *Vector {
	for _, v := range b.Columns {
		if v.stored.Name == name {
			return v
		}
	}
	return nil
}

// Reset empties the batch; constant columns keep their value.
func (b *Batch) Reset() {
	b.Rows = 0
	b.texts.reset()
}

// Vector is one column of a batch. Set the cells of the row Batch.Rows, then
// count the row.
type Vector struct {
	stored pipeline.Stored
	cells  []cell
	text   bool
	texts  *arena
}

func newVector(c pipeline.Stored, texts *arena) *Vector {
	return &Vector{stored: c, text: c.Type == "VARCHAR", cells: make([]cell, BatchRows), texts: texts}
}

// Stored returns what the column is.
func (v *Vector) Stored() pipeline.Stored { return v.stored }

// SetNull empties the cell of a row.
func (v *Vector) SetNull(row int) { v.cells[row] = cell{} }

// SetText copies a text into the batch; the text may be a view into a buffer
// that changes.
func (v *Vector) SetText(row int, text []byte) { v.SetStable(row, v.texts.keep(text)) }

// SetStable sets a text that does not change while the batch lives.
func (v *Vector) SetStable(row int, text []byte) { v.cells[row] = textCell(text) }

// SetInteger sets a BIGINT.
func (v *Vector) SetInteger(row int, n int64) { v.cells[row] = numberCell(uint64(n)) }

// SetDouble sets a DOUBLE.
func (v *Vector) SetDouble(row int, x float64) { v.cells[row] = numberCell(math.Float64bits(x)) }

// SetBoolean sets a BOOLEAN.
func (v *Vector) SetBoolean(row int, yes bool) {
	var n uint64
	if yes {
		n = 1
	}
	v.cells[row] = numberCell(n)
}

// SetDate sets a DATE.
func (v *Vector) SetDate(row int, d pipeline.Date) { v.SetInteger(row, int64(d)) }

// SetTime sets a TIMESTAMP, in UTC and microseconds.
func (v *Vector) SetTime(row int, t time.Time) { v.SetInteger(row, t.UnixMicro()) }

// Text returns the text of a row; it is empty for a null.
func (v *Vector) Text(row int) []byte {
	if v.cells[row].null() {
		return nil
	}
	return v.cells[row].bytes()
}

// Date returns the day of a row, and false for a null.
func (v *Vector) Date(row int) (pipeline.Date, bool) {
	return pipeline.Date(int64(v.cells[row].n)), !v.cells[row].null()
}

// IsNull reports whether the cell of a row is empty.
func (v *Vector) IsNull(row int) bool { return v.cells[row].null() }

// IsTrue tells whether a BOOLEAN cell holds yes; an empty one does not.
func (v *Vector) IsTrue(row int) bool { return !v.cells[row].null() && v.cells[row].n != 0 }

// Repeat copies the cell of the row before.
func (v *Vector) Repeat(row int) { v.cells[row] = v.cells[row-1] }

// AppendKeys appends the cells of a row to b in a form in which only equal
// cells are equal.
func AppendKeys(b []byte, columns []*Vector, row int) []byte {
	for _, v := range columns {
		switch c := v.cells[row]; {
		case c.null():
			b = append(b, 0)
		case v.text:
			b = append(append(append(b, 1), c.bytes()...), 0)
		default:
			b = binary.LittleEndian.AppendUint64(append(b, 1), c.n)
		}
	}
	return b
}

// FillText sets a text in every row, now and after Reset.
func (v *Vector) FillText(text string) { v.fill(func(row int) { v.SetStable(row, []byte(text)) }) }

// FillTime sets a time in every row, now and after Reset.
func (v *Vector) FillTime(t time.Time) { v.fill(func(row int) { v.SetTime(row, t) }) }

// FillDate sets a day in every row, now and after Reset.
func (v *Vector) FillDate(d pipeline.Date) { v.fill(func(row int) { v.SetDate(row, d) }) }

func (v *Vector) fill(set func(row int)) {
	set(0)
	for row := 1; row < len(v.cells); row++ {
		v.cells[row] = v.cells[0]
	}
}

// arena holds the texts of a batch. Chunks are never moved, so that texts
// handed out stay valid until reset.
type arena struct {
	chunks [][]byte
	at     int // chunk that is being filled
}

const chunkSize = 128 << 10

func (a *arena) keep(text []byte) []byte {
	for a.at < len(a.chunks) {
		chunk := a.chunks[a.at]
		if n := len(chunk); n+len(text) <= cap(chunk) {
			chunk = append(chunk, text...)
			a.chunks[a.at] = chunk
			return chunk[n:len(chunk):len(chunk)]
		}
		a.at++
	}
	a.chunks = append(a.chunks, make([]byte, 0, max(chunkSize, len(text))))
	return a.keep(text)
}

func (a *arena) reset() {
	for i := range a.chunks {
		a.chunks[i] = a.chunks[i][:0]
	}
	a.at = 0
}
