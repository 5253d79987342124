package snapshot

import (
	"hash/maphash"
	"math/bits"
)

// Hasher turns rows into hashes: equal cells give equal hashes within one
// Hasher and nothing else is promised.
type Hasher struct {
	seed  maphash.Seed
	start uint64
}

// NewHasher returns a hasher that agrees with no other.
func NewHasher() Hasher {
	seed := maphash.MakeSeed()
	return Hasher{seed, maphash.String(seed, "row")}
}

// Row returns the hash of a row's cells in the given columns.
func (h Hasher) Row(columns []*Vector, row int) uint64 {
	sum := h.start
	for _, v := range columns {
		sum = mix(sum, h.cell(v, row))
	}
	return sum
}

// Rows fills out with the hash of each of the first len(out) rows. It is Row
// for all of them, column by column: most cells are those of the row above.
func (h Hasher) Rows(columns []*Vector, out []uint64) {
	for row := range out {
		out[row] = h.start
	}
	for _, v := range columns {
		var last uint64
		for row := range out {
			if row == 0 || v.values[row-1] != v.values[row] {
				last = h.cell(v, row)
			}
			out[row] = mix(out[row], last)
		}
	}
}

func (h Hasher) cell(v *Vector, row int) uint64 {
	switch c := &v.values[row]; {
	case c.IsNull():
		return 1
	case v.text:
		return maphash.Bytes(h.seed, c.ByteArray())
	default:
		return c.Uint64() ^ h.start
	}
}

// mix folds one more hash into a sum.
func mix(sum, x uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15
	hi, lo := bits.Mul64(sum^x, odd^x<<1|1)
	return hi ^ lo ^ bits.RotateLeft64(sum, 23)
}
