package snapshot

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// dictionary gives each value of a column a number in the order in which they
// first come, so that the same rows give the same file.
type dictionary struct {
	width   int    // bytes of a number; 0 for texts
	plain   []byte // the dictionary page: every value as it is written plainly
	starts  []uint32
	numbers []uint64 // the values of a column of numbers
	table   []uint32 // place + 1 by hash
	seed    maphash.Seed
}

func newDictionary(width int) *dictionary {
	return &dictionary{width: width, seed: maphash.MakeSeed(), table: make([]uint32, 64)}
}

func (d *dictionary) len() int {
	if d.width > 0 {
		return len(d.numbers)
	}
	return len(d.starts)
}

// reset forgets every value.
func (d *dictionary) reset() {
	d.plain, d.starts, d.numbers = d.plain[:0], d.starts[:0], d.numbers[:0]
	clear(d.table)
}

// place returns the number of a value, which is new where it was not met yet.
func (d *dictionary) place(c cell) uint32 {
	mask := uint64(len(d.table) - 1)
	for at := d.hash(c) & mask; ; at = (at + 1) & mask {
		switch known := d.table[at]; {
		case known == 0:
			return d.add(c, at)
		case d.holds(known-1, c):
			return known - 1
		}
	}
}

func (d *dictionary) hash(c cell) uint64 {
	if d.width > 0 {
		hi, lo := bits.Mul64(c.n^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
		return hi ^ lo
	}
	return maphash.Bytes(d.seed, c.bytes())
}

func (d *dictionary) holds(place uint32, c cell) bool {
	if d.width > 0 {
		return d.numbers[place] == c.n
	}
	return bytes.Equal(d.text(place), c.bytes())
}

func (d *dictionary) text(place uint32) []byte {
	from := d.starts[place] + 4
	return d.plain[from : from+binary.LittleEndian.Uint32(d.plain[from-4:])]
}

// cell returns the value of a place; a text is a view that the next new value
// may move.
func (d *dictionary) cell(place uint32) cell {
	if d.width > 0 {
		return numberCell(d.numbers[place])
	}
	return textCell(d.text(place))
}

func (d *dictionary) add(c cell, at uint64) uint32 {
	place := uint32(d.len())
	if d.width > 0 {
		d.numbers = append(d.numbers, c.n)
	} else {
		d.starts = append(d.starts, uint32(len(d.plain)))
	}
	d.plain = appendPlain(d.plain, c, d.width)
	d.table[at] = place + 1
	if 2*d.len() > len(d.table) {
		d.grow()
	}
	return place
}

func (d *dictionary) grow() {
	d.table = make([]uint32, 2*len(d.table))
	mask := uint64(len(d.table) - 1)
	for place := range uint32(d.len()) {
		at := d.hash(d.cell(place)) & mask
		for d.table[at] != 0 {
			at = (at + 1) & mask
		}
		d.table[at] = place + 1
	}
}

// appendPlain appends a value as Parquet writes it without any encoding: a
// text behind its length, a number in its bytes.
func appendPlain(dst []byte, c cell, width int) []byte {
	switch width {
	case 4:
		return binary.LittleEndian.AppendUint32(dst, uint32(c.n))
	case 8:
		return binary.LittleEndian.AppendUint64(dst, c.n)
	default:
		dst = binary.LittleEndian.AppendUint32(dst, uint32(c.n))
		return append(dst, c.bytes()...)
	}
}
