package matching

import (
	"slices"
)

// blocks finds the people who share a key with a line. Keys are hashes; two
// different keys that fall on one hash only cost a needless comparison.
type blocks struct {
	shift  uint
	starts []uint32 // by the top bits of the key: where its entries begin
	keys   []uint64
	people []uint32
	most   int
}

// The kinds of keys.
const (
	keyBirthFamily uint64 = iota + 1
	keyBirthGiven
	keyBirthPost
	keyBirthBeginnings
	keyPostFamily
	keyPostGiven
	keyNamesYear
	keyNamesDay
	keyUPN
	keyULN
	keyName
)

// mix is a hash of three numbers (the finaliser of splitmix64, twice).
func mix(kind, a, b uint64) uint64 {
	x := kind*0x9e3779b97f4a7c15 ^ a
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x>>31 ^ b*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func textHash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// appendKeys adds the keys under which a person is found. A line is looked up
// under the same, so that it meets everybody who shares a birthday and part of
// a name, a birthday and a postcode, a postcode and a name, or both names and
// part of a birthday. No key is a birthday and a common forename alone: those
// who share it grow with the caseload, and need more in common to be meant.
func appendKeys(keys []uint64, s *side) []uint64 {
	for _, d := range s.births {
		keys = birthKeys(keys, s, uint64(uint32(d)))
	}
	for _, p := range s.posts {
		keys = postKeys(keys, s, textHash(string(p)))
	}
	keys = nameKeys(keys, s)
	if s.upn != "" {
		keys = append(keys, mix(keyUPN, textHash(s.upn), 0))
	}
	if s.uln != "" {
		keys = append(keys, mix(keyULN, textHash(s.uln), 0))
	}
	return distinct(keys)
}

// appendLineKeys adds the keys under which a line looks for people: also as if
// family and first name had been exchanged.
func appendLineKeys(keys []uint64, s *side) []uint64 {
	keys = appendKeys(keys, s)
	for _, d := range s.births {
		for _, g := range s.givens {
			keys = append(keys, mix(keyBirthFamily, uint64(uint32(d)), uint64(g.id)))
		}
	}
	return distinct(keys)
}

func distinct(keys []uint64) []uint64 {
	slices.Sort(keys)
	return slices.Compact(keys)
}

func birthKeys(keys []uint64, s *side, day uint64) []uint64 {
	for _, f := range s.families {
		keys = append(keys, mix(keyBirthFamily, day, uint64(f.id)))
		for _, id := range f.ids {
			keys = append(keys, mix(keyBirthFamily, day, uint64(id)))
		}
		for _, g := range s.givens {
			keys = append(keys, mix(keyBirthBeginnings, day, beginning(f.full)<<16|beginning(g.full)))
			for _, id := range g.ids {
				keys = append(keys, mix(keyBirthGiven, day, uint64(id)<<8|uint64(f.full[0])))
			}
		}
	}
	for _, p := range s.posts {
		keys = append(keys, mix(keyBirthPost, day, textHash(string(p))))
	}
	return keys
}

// beginning is the first two letters of a name.
func beginning(full string) uint64 {
	if len(full) == 1 {
		return uint64(full[0])
	}
	return uint64(full[0])<<8 | uint64(full[1])
}

func postKeys(keys []uint64, s *side, post uint64) []uint64 {
	for _, f := range s.families {
		keys = append(keys, mix(keyPostFamily, post, uint64(f.id)))
	}
	for _, g := range s.givens {
		keys = append(keys, mix(keyPostGiven, post, uint64(g.head)))
	}
	return keys
}

func nameKeys(keys []uint64, s *side) []uint64 {
	for _, f := range s.families {
		for _, g := range s.givens {
			names := uint64(min(f.id, g.head))<<32 | uint64(max(f.id, g.head))
			for _, d := range s.births {
				year, month, day := d.YMD()
				keys = append(keys, mix(keyNamesYear, names, uint64(year)), mix(keyNamesDay, names, monthDay(month, day)))
			}
		}
	}
	return keys
}

func monthDay[M ~int](month M, day int) uint64 { return uint64(month)<<8 | uint64(day) }

func newBlocks(sides []side, most int) *blocks {
	var buf []uint64
	total := 0
	for i := range sides {
		buf = appendKeys(buf[:0], &sides[i])
		total += len(buf)
	}
	b := &blocks{shift: 64, most: most, keys: make([]uint64, total), people: make([]uint32, total)}
	for 1<<(64-b.shift) < total && b.shift > 40 {
		b.shift--
	}
	b.starts = make([]uint32, 1<<(64-b.shift)+1)
	for i := range sides {
		for _, k := range appendKeys(buf[:0], &sides[i]) {
			b.starts[k>>b.shift+1]++
		}
	}
	for i := 1; i < len(b.starts); i++ {
		b.starts[i] += b.starts[i-1]
	}
	next := slices.Clone(b.starts)
	for i := range sides {
		for _, k := range appendKeys(buf[:0], &sides[i]) {
			at := next[k>>b.shift]
			b.keys[at], b.people[at] = k, uint32(i)
			next[k>>b.shift]++
		}
	}
	return b
}

// meeting collects the people who share a key with a side, each once. seen
// remembers by person the last round in which they were met.
type meeting struct {
	blocks *blocks
	seen   []uint32
	round  uint32
	keys   []uint64
	people []uint32
}

func newMeeting(b *blocks, people int) *meeting {
	return &meeting{blocks: b, seen: make([]uint32, people)}
}

// with returns who shares a key with s; the slice is good until the next call.
func (m *meeting) with(s *side) []uint32 {
	m.round++
	m.people = m.people[:0]
	m.keys = appendLineKeys(m.keys[:0], s)
	for _, k := range m.keys {
		m.take(k)
	}
	return m.people
}

func (m *meeting) take(key uint64) {
	b := m.blocks
	slot := key >> b.shift
	from, to := b.starts[slot], b.starts[slot+1]
	count := 0
	for i := from; i < to; i++ {
		if b.keys[i] == key {
			count++
		}
	}
	if count > b.most {
		return
	}
	for i := from; i < to; i++ {
		if p := b.people[i]; b.keys[i] == key && m.seen[p] != m.round {
			m.seen[p] = m.round
			m.people = append(m.people, p)
		}
	}
}
