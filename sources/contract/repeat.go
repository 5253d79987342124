package contract

import (
	"slices"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// repeats finds records that a file holds more than once. It keeps hashes, 127
// bits for the key, so that two keys are never taken for one, and keeps them
// in bounded memory.
type repeats struct {
	key, rest, free []*snapshot.Vector
	hashers         [2]snapshot.Hasher
	store           *hashStore
	sums            [4][snapshot.BatchRows]uint64 // of the rows of a batch
}

func newRepeats(b *Binding, batch *snapshot.Batch, scratch string) *repeats {
	layout := b.Layout
	if len(layout.RepeatKey) == 0 {
		return nil
	}
	r := &repeats{hashers: [2]snapshot.Hasher{snapshot.NewHasher(), snapshot.NewHasher()}, store: newHashStore(scratch)}
	own := len(batch.Columns) - len(pipeline.Provenance())
	absent := make(map[string]bool) // alike in all rows
	for _, c := range b.Absent() {
		absent[c.Name], absent[c.Name+"_missing"] = true, true
	}
	for _, v := range batch.Columns[:own] {
		switch name := v.Stored().Name; {
		case slices.Contains(layout.RepeatKey, name):
			r.key = append(r.key, v)
		case slices.Contains(layout.RepeatFree, name):
			r.free = append(r.free, v)
		case !absent[name]:
			r.rest = append(r.rest, v)
		}
	}
	return r
}

// seen reports whether the row must be refused as a repeat, and remembers it
// otherwise. Rows of one key are one record in several rows where they differ
// in the free columns and in nothing else; a row that differs elsewhere, or
// nowhere, is a repeat. A row whose key is empty is never one.
func (r *repeats) seen(row int) (bool, error) {
	if r.keyless(row) {
		return false, nil
	}
	key := hashKey{r.hashers[0].Row(r.key, row), r.hashers[1].Row(r.key, row)}
	return r.judge(key, r.hashers[0].Row(r.rest, row), r.hashers[1].Row(r.free, row))
}

// among asks for every row of the batch, as seen would one by one, and returns
// those that must be refused.
func (r *repeats) among(rows int) (refused []int, err error) {
	for i, sum := range []struct {
		hasher  snapshot.Hasher
		columns []*snapshot.Vector
	}{{r.hashers[0], r.key}, {r.hashers[1], r.key}, {r.hashers[0], r.rest}, {r.hashers[1], r.free}} {
		sum.hasher.Rows(sum.columns, r.sums[i][:rows])
	}
	r.store.approach(r.sums[1][:rows])
	for row := range rows {
		if r.keyless(row) {
			continue
		}
		seen, err := r.judge(hashKey{r.sums[0][row], r.sums[1][row]}, r.sums[2][row], r.sums[3][row])
		if err != nil {
			return nil, err
		}
		if seen {
			refused = append(refused, row)
		}
	}
	return refused, nil
}

// judge decides by the hashes of a row's key, its rest and its free columns.
func (r *repeats) judge(key hashKey, rest, free uint64) (bool, error) {
	const freeBits = 40 // two of them alike would refuse a sound row; the rest only lets a wrong one pass
	this := rest<<freeBits | free>>(64-freeBits)
	first, known, err := r.store.first(key, this)
	if err != nil || !known {
		return false, err
	}
	if first>>freeBits != this>>freeBits || first == this {
		return true, nil
	}
	_, known, err = r.store.first(hashKey{key[0] ^ free, key[1] + free}, this)
	return known, err
}

func (r *repeats) keyless(row int) bool {
	for _, v := range r.key {
		if !v.IsNull(row) {
			return false
		}
	}
	return true
}
