package tabular

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"
)

const (
	blockSize = 256 << 10
	// maxRecord bounds one record. The longest honest record, fifty columns
	// with a page of notes, stays far below; a quote that was never closed
	// reaches it and is named instead of swallowing the file.
	maxRecord = 256 << 10
)

// csvRows cuts delimited text into records. It works on one block of bytes
// and hands out views into it: no cell is copied unless a doubled quote or an
// invisible character has to be taken out.
type csvRows struct {
	src   io.Reader
	comma byte

	buf        []byte
	start, end int // unread part of buf
	eof        bool
	line       int64 // lines handed out so far

	wary   bool   // mistrust quoted cells that hold whole lines
	apart  bool   // this is a block of a table, whose rows before are not known
	unsure bool   // what became of a row may depend on those before the block
	width  int    // cells of the last record on one line
	bare   places // quotation marks inside cells that do not begin with one
	marks  int64  // those of the record being cut

	cells   [][]byte
	scratch []byte // unescaped text of the current record
}

// newCSVRows reads from src, which must yield UTF-8.
func newCSVRows(src io.Reader, comma byte) *csvRows {
	return &csvRows{src: src, comma: comma, buf: make([]byte, blockSize), cells: make([][]byte, 0, 64)}
}

// textRows reads a text that is in memory. The text is not changed.
func textRows(text []byte, comma byte) *csvRows {
	return &csvRows{comma: comma, buf: text, end: len(text), eof: true}
}

// Next returns the next record. The loop of the fast path has no allocation
// and touches each byte twice: once for the line end, once for the delimiters.
func (r *csvRows) Next() (Record, error) {
	text, next, err := r.physicalLine(0)
	if err != nil {
		return Record{}, err
	}
	r.cells = r.cells[:0]
	if next == 0 {
		return r.tooLong()
	}
	if bytes.IndexByte(text, '"') >= 0 {
		return r.quoted(next)
	}
	r.start += next
	r.line++
	r.split(text)
	r.width = len(r.cells)
	return r.record(text, r.line), nil
}

// split cuts a line at its delimiters, looking at eight bytes at once.
func (r *csvRows) split(text []byte) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	cells, comma := r.cells, r.comma
	wanted := ones * uint64(comma)
	from, at := 0, 0
	for ; at+8 <= len(text); at += 8 {
		x := binary.LittleEndian.Uint64(text[at:]) ^ wanted
		// The high bit of each byte that is a delimiter, and of no other.
		for found := ^(((x &^ highs) + (highs - ones)) | x) & highs; found != 0; found &= found - 1 {
			i := at + bits.TrailingZeros64(found)/8
			cells = append(cells, text[from:i:i])
			from = i + 1
		}
	}
	for ; at < len(text); at++ {
		if text[at] == comma {
			cells = append(cells, text[from:at:at])
			from = at + 1
		}
	}
	r.cells = append(cells, text[from:len(text):len(text)])
}

// record finishes the record that text was cut into.
func (r *csvRows) record(text []byte, line int64) Record {
	if needsCleaning(text) {
		if !utf8.Valid(text) {
			head := clean(bytes.ToValidUTF8(text[:min(len(text), keptOfFaulty)], replacement))
			r.cells = append(r.cells[:0], head)
			return Record{Line: line, Cells: r.cells, Fault: BadText}
		}
		for i, c := range r.cells {
			if needsCleaning(c) {
				r.cells[i] = clean(c)
			}
		}
	}
	return Record{Line: line, Cells: r.cells}
}

// keptOfFaulty is how much of a line that cannot be cut is kept with its row.
const keptOfFaulty = 16 << 10

var replacement = []byte("\ufffd")

// tooLong hands out the beginning of a line that is over the limit and skips
// the rest of it.
func (r *csvRows) tooLong() (Record, error) {
	head := clean(bytes.ToValidUTF8(r.buf[r.start:r.start+1<<10], nil))
	head = bytes.Clone(head)
	for {
		if i := bytes.IndexByte(r.buf[r.start:r.end], '\n'); i >= 0 {
			r.start += i + 1
			break
		}
		r.start = r.end
		if r.eof {
			break
		}
		if err := r.fill(); err != nil {
			return Record{}, err
		}
	}
	r.line++
	r.cells = append(r.cells, head)
	return Record{Line: r.line, Cells: r.cells, Fault: LongRecord}, nil
}

// physicalLine returns the text of the line that starts `from` bytes after
// the unread part, without its line end, and the offset after the line end.
// It returns io.EOF when nothing is left and offset 0 when there is no line end
// within the limit.
func (r *csvRows) physicalLine(from int) (text []byte, next int, err error) {
	searched := from
	for {
		view := r.buf[r.start:r.end]
		if i := bytes.IndexByte(view[searched:], '\n'); i >= 0 {
			end := searched + i
			if end-from > maxRecord {
				return nil, 0, nil
			}
			return trimReturn(view[from:end]), end + 1, nil
		}
		if r.eof {
			if from >= len(view) {
				return nil, 0, io.EOF
			}
			if len(view)-from > maxRecord {
				return nil, 0, nil
			}
			return trimReturn(view[from:]), len(view), nil
		}
		if len(view)-from > maxRecord {
			return nil, 0, nil
		}
		searched = len(view)
		if err := r.fill(); err != nil {
			return nil, 0, err
		}
	}
}

func trimReturn(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] == '\r' {
		return text[:n-1]
	}
	return text
}

// fill reads more bytes behind the unread ones, moving those to the front of
// the block first. Views handed out before are not valid any more.
func (r *csvRows) fill() error {
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		grown := make([]byte, 2*len(r.buf))
		copy(grown, r.buf)
		r.buf = grown
	}
	n, err := io.ReadAtLeast(r.src, r.buf[r.end:], 1)
	r.end += n
	if err == io.EOF {
		r.eof = true
		return nil
	}
	return err
}

// Notes tells of quotation marks that were read as text.
func (r *csvRows) Notes() []Note {
	if r.bare.count == 0 {
		return nil
	}
	return []Note{{
		Rule: "bare_quote", Line: r.bare.row,
		Say:  fmt.Sprintf("%d quotation mark(s) stand inside cells that do not begin with one, the first in line %d; they were read as text", r.bare.count, r.bare.row),
		Hint: "look whether a quotation mark was lost there",
	}}
}

// Close lets go of the block.
func (r *csvRows) Close() error {
	r.buf, r.start, r.end, r.eof = nil, 0, 0, true
	return nil
}
