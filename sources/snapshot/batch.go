package snapshot

import (
	"encoding/binary"
	"time"

	"github.com/parquet-go/parquet-go"

	"nightjar/pipeline"
)

// BatchRows is how many rows a batch holds.
const BatchRows = 512

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
	values []parquet.Value
	null   parquet.Value
	text   bool
	level  int  // definition level of a value that is there
	fixed  bool // all rows hold the same for good, and twins share them
	texts  *arena
}

func newVector(c pipeline.Stored, texts *arena) *Vector {
	v := &Vector{stored: c, text: c.Type == "VARCHAR", values: make([]parquet.Value, BatchRows), texts: texts}
	if c.Nullable {
		v.level = 1
	}
	v.null = parquet.NullValue()
	for i := range v.values {
		v.values[i] = v.null
	}
	return v
}

// Stored returns what the column is.
func (v *Vector) Stored() pipeline.Stored { return v.stored }

// SetNull empties the cell of a row.
func (v *Vector) SetNull(row int) { v.values[row] = v.null }

// set puts a value into the row's cell. The column writers look at the
// definition level only, and setting that alone can be inlined.
func (v *Vector) set(row int, value parquet.Value) {
	value.SetDefinitionLevel(v.level)
	v.values[row] = value
}

// SetText copies a text into the batch; the text may be a view into a buffer
// that changes.
func (v *Vector) SetText(row int, text []byte) { v.SetStable(row, v.texts.keep(text)) }

// SetStable sets a text that does not change while the batch lives.
func (v *Vector) SetStable(row int, text []byte) {
	v.set(row, parquet.ByteArrayValue(text))
}

// SetInteger sets a BIGINT.
func (v *Vector) SetInteger(row int, n int64) {
	v.set(row, parquet.Int64Value(n))
}

// SetDouble sets a DOUBLE.
func (v *Vector) SetDouble(row int, x float64) {
	v.set(row, parquet.DoubleValue(x))
}

// SetBoolean sets a BOOLEAN.
func (v *Vector) SetBoolean(row int, yes bool) {
	v.set(row, parquet.BooleanValue(yes))
}

// SetDate sets a DATE.
func (v *Vector) SetDate(row int, d pipeline.Date) {
	v.set(row, parquet.Int32Value(int32(d)))
}

// SetTime sets a TIMESTAMP, in UTC and microseconds.
func (v *Vector) SetTime(row int, t time.Time) { v.SetInteger(row, t.UnixMicro()) }

// Text returns the text of a row; it is empty for a null.
func (v *Vector) Text(row int) []byte {
	if v.values[row].IsNull() {
		return nil
	}
	return v.values[row].ByteArray()
}

// Date returns the day of a row, and false for a null.
func (v *Vector) Date(row int) (pipeline.Date, bool) {
	if v.values[row].IsNull() {
		return 0, false
	}
	return pipeline.Date(v.values[row].Int32()), true
}

// IsNull reports whether the cell of a row is empty.
func (v *Vector) IsNull(row int) bool { return v.values[row].IsNull() }

// Repeat copies the cell of the row before.
func (v *Vector) Repeat(row int) { v.values[row] = v.values[row-1] }

// AppendKeys appends the cells of a row to b in a form in which only equal
// cells are equal.
func AppendKeys(b []byte, columns []*Vector, row int) []byte {
	for _, v := range columns {
		cell := &v.values[row]
		switch {
		case cell.IsNull():
			b = append(b, 0)
		case v.text:
			b = append(append(append(b, 1), cell.ByteArray()...), 0)
		case cell.Kind() == parquet.Int32:
			b = binary.LittleEndian.AppendUint32(append(b, 1), uint32(cell.Int32()))
		default:
			b = cell.AppendBytes(append(b, 1))
		}
	}
	return b
}

// FillNull leaves every row empty, now and after Reset.
func (v *Vector) FillNull() { v.fill(v.SetNull) }

// FillText sets a text in every row, now and after Reset.
func (v *Vector) FillText(text string) { v.fill(func(row int) { v.SetStable(row, []byte(text)) }) }

// FillTime sets a time in every row, now and after Reset.
func (v *Vector) FillTime(t time.Time) { v.fill(func(row int) { v.SetTime(row, t) }) }

// FillDate sets a day in every row, now and after Reset.
func (v *Vector) FillDate(d pipeline.Date) { v.fill(func(row int) { v.SetDate(row, d) }) }

func (v *Vector) fill(set func(row int)) {
	v.fixed = true
	set(0)
	for row := 1; row < len(v.values); row++ {
		v.values[row] = v.values[0]
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

// IsTrue tells whether a BOOLEAN cell holds yes; an empty one does not.
func (v *Vector) IsTrue(row int) bool { return !v.IsNull(row) && v.values[row].Boolean() }
