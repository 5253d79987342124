package snapshot

import "unsafe"

// cell is one value of a row: two words, so that most of what a night does
// with it is copying them. A null has no pointer; a text points at its bytes;
// a number stands in n and points at present.
type cell struct {
	p *byte
	n uint64
}

// present is what a cell points at that holds no bytes.
var present byte

func textCell(text []byte) cell {
	if len(text) == 0 {
		return cell{p: &present}
	}
	return cell{unsafe.SliceData(text), uint64(len(text))}
}

func numberCell(bits uint64) cell { return cell{&present, bits} }

func (c cell) null() bool { return c.p == nil }

// bytes returns the text of a cell that holds one.
func (c cell) bytes() []byte { return unsafe.Slice(c.p, c.n) }
