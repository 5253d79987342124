package tabular

import (
	"bytes"
	"errors"
	"io"
)

// BlockSize is a good size for blocks, in bytes.
const BlockSize = 256 << 10

// Blocked is a table whose rows can be cut by several readers at once, block
// by block. A block is cut at the end of a line where the quotation marks
// before it are even in number. In a well-formed table that is the end of a
// record; whoever reads a block finds out whether it was, and if not, Resume
// goes back to where the block begins and on from there row by row.
type Blocked interface {
	Rows
	// NextBlock copies the next lines into buf, as many as it holds. It returns
	// io.EOF when none are left. Next must not be called any more, but after
	// Resume.
	NextBlock(buf []byte) (Block, error)
	// Resume makes Next return the rows of the given blocks, which were handed
	// out last, in their order, and then those behind them.
	Resume(blocks []Block, width int)
	// Width is the number of cells of the last row on one line.
	Width() int
}

var _ Blocked = (*csvRows)(nil)

// Block is a run of lines of a table.
type Block struct {
	text  []byte
	comma byte
	lines int64 // of the table before the block
	odd   bool  // it was cut where no record can end
}

// NextBlock cuts the next block off the text.
func (r *csvRows) NextBlock(buf []byte) (Block, error) {
	for !r.eof && r.end-r.start < len(buf) {
		if err := r.fill(); err != nil {
			return Block{}, err
		}
	}
	view := r.buf[r.start:min(r.end, r.start+len(buf))]
	if len(view) == 0 {
		return Block{}, io.EOF
	}
	b := Block{comma: r.comma, lines: r.line}
	cut := len(view)
	if !r.eof || r.end-r.start > len(view) {
		if cut = evenLineEnd(view); cut == 0 {
			cut, b.odd = len(view), true
		}
	}
	b.text = buf[:copy(buf, view[:cut])]
	r.start += cut
	r.line += int64(bytes.Count(b.text, []byte{'\n'}))
	return b, nil
}

// evenLineEnd returns the place behind the last line end of a text that has an
// even number of quotation marks before it; 0 where there is none.
func evenLineEnd(text []byte) int {
	marks := bytes.Count(text, []byte{'"'})
	for end := len(text); ; {
		i := bytes.LastIndexByte(text[:end], '\n')
		if i < 0 {
			return 0
		}
		if marks > 0 {
			marks -= bytes.Count(text[i:end], []byte{'"'})
		}
		if marks%2 == 0 {
			return i + 1
		}
		end = i
	}
}

// Resume goes back to where the first of the blocks begins.
func (r *csvRows) Resume(blocks []Block, width int) {
	if len(blocks) == 0 {
		r.width = width
		return
	}
	var held []byte
	for _, b := range blocks {
		held = append(held, b.text...)
	}
	held = append(held, r.buf[r.start:r.end]...)
	r.buf, r.start, r.end = held, 0, len(held)
	r.line, r.width = blocks[0].lines, width
}

// Width is the number of cells of the last row on one line.
func (r *csvRows) Width() int { return r.width }

// ErrIrregular means that a block is not, or may not be, what a reader of the
// whole table would take it for. Nothing that was read of it counts.
var ErrIrregular = errors.New("the block cannot be read apart from the others")

// BlockReader reads the rows of one block after another.
type BlockReader struct {
	rows csvRows
	odd  bool
}

// Begin starts with a block.
func (r *BlockReader) Begin(b Block) {
	r.odd = b.odd
	r.rows = csvRows{
		comma: b.comma, buf: b.text, end: len(b.text), eof: true, line: b.lines, wary: true, apart: true,
		cells: r.rows.cells, scratch: r.rows.scratch,
	}
}

// Offset is where the next row begins in the block.
func (r *BlockReader) Offset() int { return r.rows.start }

// Width is the number of cells of the last row on one line, 0 where the block
// has had none.
func (r *BlockReader) Width() int { return r.rows.width }

// Next returns the next row, io.EOF after the last one, or ErrIrregular. Only
// io.EOF says that the rows before it were right: each of them was cut without
// a fault, by the code that reads whole tables, so that one would have cut the
// same and come out at the same place.
func (r *BlockReader) Next() (Record, error) {
	if r.odd {
		return Record{}, ErrIrregular
	}
	rec, err := r.rows.Next()
	if err != nil {
		return rec, err
	}
	if rec.Fault != "" || r.rows.bare.count > 0 || r.rows.unsure {
		r.odd = true
		return Record{}, ErrIrregular
	}
	return rec, nil
}

// Row returns the row that begins at an offset of a block and was read before.
func (b Block) Row(offset int) (Record, error) {
	var r BlockReader
	r.Begin(Block{text: b.text[offset:], comma: b.comma, lines: b.lines + int64(bytes.Count(b.text[:offset], []byte{'\n'}))})
	r.rows.apart = false
	return r.Next()
}
