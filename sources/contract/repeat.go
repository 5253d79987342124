package contract

import (
	"errors"
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
	rising          rising
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
	return r.judge(row, key, r.hashers[0].Row(r.rest, row), r.hashers[1].Row(r.free, row))
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
		seen, err := r.judge(row, hashKey{r.sums[0][row], r.sums[1][row]}, r.sums[2][row], r.sums[3][row])
		if err != nil {
			return nil, err
		}
		if seen {
			refused = append(refused, row)
		}
	}
	return refused, nil
}

// freeBits is how much of a word is of the free columns: two of them alike
// would refuse a sound row, while the rest only lets a wrong one pass.
const freeBits = 40

// judge decides by the hashes of a row's key, its rest and its free columns.
func (r *repeats) judge(row int, key hashKey, rest, free uint64) (bool, error) {
	this := rest<<freeBits | free>>(64-freeBits)
	if !r.rising.over {
		switch c := r.rising.compare(r.key, row); {
		case c > 0:
			r.rising.word, r.rising.frees = this, r.rising.frees[:0]
			return false, r.rising.note(r.store.folder, key, this)
		case c == 0:
			return r.again(key, this, free)
		}
		if err := r.rising.endInto(r.store); err != nil {
			return false, err
		}
	}
	first, known, err := r.store.first(key, this)
	if err != nil || !known {
		return false, err
	}
	if differs(first, this) {
		return true, nil
	}
	_, known, err = r.store.first(further(key, free), this)
	return known, err
}

// again decides about a further row of the last key of a list in order.
func (r *repeats) again(key hashKey, this, free uint64) (bool, error) {
	if differs(r.rising.word, this) || slices.Contains(r.rising.frees, free) {
		return true, nil
	}
	r.rising.frees = append(r.rising.frees, free)
	return false, r.rising.note(r.store.folder, further(key, free), this)
}

// differs reports whether a row cannot be a further row of the record that
// another began: it differs elsewhere than in the free columns, or nowhere.
func differs(first, this uint64) bool { return first>>freeBits != this>>freeBits || first == this }

// further is the key of a further row of a record.
func further(key hashKey, free uint64) hashKey { return hashKey{key[0] ^ free, key[1] + free} }

func (r *repeats) close() error { return errors.Join(r.rising.close(), r.store.close()) }

func (r *repeats) keyless(row int) bool {
	for _, v := range r.key {
		if !v.IsNull(row) {
			return false
		}
	}
	return true
}
