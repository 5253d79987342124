package contract

import (
	"hash/maphash"
	"slices"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// repeats finds records that a file holds more than once. It keeps hashes, 128
// bits for the key, so that a million rows fit into some 80 MB and two keys
// are never taken for one.
type repeats struct {
	key, rest, free []*snapshot.Vector
	seeds           [2]maphash.Seed
	first           map[keyHash]rowHash // the first row of each key
	more            map[wholeRow]bool   // further rows of a key that were accepted
	scratch         []byte
}

type keyHash [2]uint64

// rowHash is a row without the free columns, and the free columns alone.
type rowHash struct{ rest, free uint64 }

type wholeRow struct {
	key  keyHash
	free uint64
}

func newRepeats(layout pipeline.Layout, batch *snapshot.Batch) *repeats {
	if len(layout.RepeatKey) == 0 {
		return nil
	}
	r := &repeats{
		seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		first: make(map[keyHash]rowHash), more: make(map[wholeRow]bool),
	}
	own := len(batch.Columns) - len(pipeline.Provenance())
	for _, v := range batch.Columns[:own] {
		switch name := v.Stored().Name; {
		case slices.Contains(layout.RepeatKey, name):
			r.key = append(r.key, v)
		case slices.Contains(layout.RepeatFree, name):
			r.free = append(r.free, v)
		default:
			r.rest = append(r.rest, v)
		}
	}
	return r
}

// seen reports whether the row must be refused as a repeat, and remembers it
// otherwise. Rows of one key are one record in several rows where they differ
// in the free columns and in nothing else; a row that differs elsewhere, or
// nowhere, is a repeat. A row whose key is empty is never one.
func (r *repeats) seen(row int) bool {
	if r.keyless(row) {
		return false
	}
	r.scratch = snapshot.AppendKeys(r.scratch[:0], r.key, row)
	key := keyHash{maphash.Bytes(r.seeds[0], r.scratch), maphash.Bytes(r.seeds[1], r.scratch)}
	this := rowHash{rest: r.hash(r.rest, row), free: r.hash(r.free, row)}
	first, known := r.first[key]
	if !known {
		r.first[key] = this
		return false
	}
	whole := wholeRow{key, this.free}
	if first.rest != this.rest || first.free == this.free || r.more[whole] {
		return true
	}
	r.more[whole] = true
	return false
}

func (r *repeats) keyless(row int) bool {
	for _, v := range r.key {
		if !v.IsNull(row) {
			return false
		}
	}
	return true
}

func (r *repeats) hash(columns []*snapshot.Vector, row int) uint64 {
	r.scratch = snapshot.AppendKeys(r.scratch[:0], columns, row)
	return maphash.Bytes(r.seeds[0], r.scratch)
}
