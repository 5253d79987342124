package matching

import (
	"slices"

	"nightjar/pipeline"
)

// blocks finds the people who share a key with a line. Keys are hashes; two
// different keys that fall on one hash only cost a needless comparison.
//
// Keys that hold a birthday stand in a section of that day, and people and
// lines are gone through in the order of birthdays: what a line looks up then
// lies where the line before it has just been, and a row costs the same in a
// caseload that no cache can hold. Keys without a birthday are in section 0.
type blocks struct {
	days     map[pipeline.Date]uint32 // section by birthday
	sections []section
	starts   []uint32 // by slot: where its items begin
	items    []item
	most     int
}

// section is a stretch of slots.
type section struct{ first, mask uint32 }

// item is a person under a key.
type item struct{ tag, person uint32 }

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

// mostNamesakes is how many people a key of both names and part of a birthday
// may lead to. Names that more people share in one year are so common that
// they cannot outweigh another birthday: only a postcode could, and that has
// keys of its own.
const mostNamesakes = 16

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

// A person is found, and a line looked up, under a birthday and part of a
// name, a birthday and a postcode, a postcode and a name, or both names and
// part of a birthday. No key is a birthday and a common forename alone: those
// who share it grow with the caseload, and need more in common to be meant.

// dayKeys adds the keys of one birthday.
func dayKeys(keys []uint64, s *side) []uint64 {
	for _, f := range s.families {
		keys = append(keys, familyKey(f.id))
		for _, id := range f.ids {
			keys = append(keys, familyKey(id))
		}
		for _, g := range s.givens {
			keys = append(keys, mix(keyBirthBeginnings, beginning(f.full)<<16|beginning(g.full), 0))
			for _, id := range g.ids {
				keys = append(keys, mix(keyBirthGiven, uint64(id)<<8|uint64(f.full[0]), 0))
			}
		}
	}
	for _, p := range s.posts {
		keys = append(keys, mix(keyBirthPost, p.hash, 0))
	}
	return keys
}

func familyKey(id uint32) uint64 { return mix(keyBirthFamily, uint64(id), 0) }

// lineDayKeys adds the keys under which a line looks for people born on its
// day: also as if family and first name had been exchanged.
func lineDayKeys(keys []uint64, s *side) []uint64 {
	keys = dayKeys(keys, s)
	for _, g := range s.givens {
		keys = append(keys, familyKey(g.id))
	}
	return distinct(keys)
}

// placeKeys adds the keys of postcodes and numbers.
func placeKeys(keys []uint64, s *side) []uint64 {
	for _, p := range s.posts {
		for _, f := range s.families {
			keys = append(keys, mix(keyPostFamily, p.hash, uint64(f.id)))
		}
		for _, g := range s.givens {
			keys = append(keys, mix(keyPostGiven, p.hash, uint64(g.head)))
		}
	}
	return keys
}

// nameKeys adds the keys of both names, in whatever order, and part of a
// birthday.
func nameKeys(keys []uint64, s *side) []uint64 {
	for _, f := range s.families {
		for _, g := range s.givens {
			names := uint64(min(f.id, g.head))<<32 | uint64(max(f.id, g.head))
			for _, d := range s.births {
				year, month, day := d.YMD()
				keys = append(keys, mix(keyNamesYear, names, uint64(year)), mix(keyNamesDay, names, uint64(month)<<8|uint64(day)))
			}
		}
	}
	return keys
}

func distinct(keys []uint64) []uint64 {
	slices.Sort(keys)
	return slices.Compact(keys)
}

// beginning is the first two letters of a name.
func beginning(full string) uint64 {
	if len(full) == 1 {
		return uint64(full[0])
	}
	return uint64(full[0])<<8 | uint64(full[1])
}

// eachKey calls do for every key under which a person is found.
func (b *blocks) eachKey(s *side, buf []uint64, do func(section uint32, key uint64)) []uint64 {
	if len(s.births) > 0 {
		buf = distinct(dayKeys(buf[:0], s))
		for _, d := range s.births {
			for _, k := range buf {
				do(b.days[d], k)
			}
		}
	}
	buf = distinct(nameKeys(placeKeys(buf[:0], s), s))
	for _, k := range buf {
		do(0, k)
	}
	return buf
}

func newBlocks(sides []side, most int) *blocks {
	b := &blocks{days: map[pipeline.Date]uint32{}, sections: make([]section, 1), most: most}
	b.divide(sides)
	var buf []uint64
	for i := range sides {
		buf = b.eachKey(&sides[i], buf, func(at uint32, key uint64) { b.starts[b.slot(at, key)+1]++ })
	}
	for i := 1; i < len(b.starts); i++ {
		b.starts[i] += b.starts[i-1]
	}
	b.items = make([]item, b.starts[len(b.starts)-1])
	for i := range sides { // from here on starts say where the next item goes
		buf = b.eachKey(&sides[i], buf, func(at uint32, key uint64) {
			slot := b.slot(at, key)
			b.items[b.starts[slot]] = item{tagOf(key), uint32(i)}
			b.starts[slot]++
		})
	}
	copy(b.starts[1:], b.starts)
	b.starts[0] = 0
	return b
}

// divide makes the sections, each with about as many slots as it will hold
// items.
func (b *blocks) divide(sides []side) {
	const keysOfDay, otherKeys = 4, 4
	count := []int{otherKeys * len(sides)}
	for i := range sides {
		for _, d := range sides[i].births {
			at, known := b.days[d]
			if !known {
				at = uint32(len(count))
				b.days[d] = at
				count, b.sections = append(count, 0), append(b.sections, section{})
			}
			count[at] += keysOfDay
		}
	}
	next := uint32(0)
	for i, n := range count {
		slots := uint32(1)
		for int(slots) < n {
			slots *= 2
		}
		b.sections[i] = section{next, slots - 1}
		next += slots
	}
	b.starts = make([]uint32, next+1)
}

func (b *blocks) slot(at uint32, key uint64) uint32 {
	s := b.sections[at]
	return s.first + uint32(key)&s.mask
}

func tagOf(key uint64) uint32 { return uint32(key >> 32) }

// meeting collects the people who share a key with a side, each once. seen
// remembers by person the last round in which they were met.
type meeting struct {
	blocks *blocks
	seen   []uint32
	round  uint32
	keys   []uint64
	spans  [][2]uint32
	people []uint32
	found  []candidate // scratch of the search
}

func newMeeting(b *blocks, people int) *meeting {
	return &meeting{blocks: b, seen: make([]uint32, people)}
}

// begin forgets whom it has met.
func (m *meeting) begin() { m.round++ }

// sameDay returns who was born on the line's day and shares more with it; the
// slice is good until the next call.
func (m *meeting) sameDay(s *side) []uint32 {
	m.people = m.people[:0]
	for _, d := range s.births {
		if at, ok := m.blocks.days[d]; ok {
			m.keys = lineDayKeys(m.keys[:0], s)
			m.take(at, m.blocks.most)
		}
	}
	return m.people
}

// otherwise returns who shares postcode and name, or both names and part of
// the birthday, and was not met yet.
func (m *meeting) otherwise(s *side) []uint32 {
	m.people = m.people[:0]
	m.keys = distinct(placeKeys(m.keys[:0], s))
	m.take(0, m.blocks.most)
	m.keys = distinct(nameKeys(m.keys[:0], s))
	m.take(0, min(m.blocks.most, mostNamesakes))
	return m.people
}

// meet adds somebody who is known by other means and tells whether they are
// new.
func (m *meeting) meet(p uint32) bool {
	fresh := m.seen[p] != m.round
	m.seen[p] = m.round
	return fresh
}

// take meets everybody behind the keys of a section. It looks up all slots
// before the first item, so that waiting for one does not hold up the others.
func (m *meeting) take(at uint32, most int) {
	b := m.blocks
	m.spans = m.spans[:0]
	for _, k := range m.keys {
		slot := b.slot(at, k)
		m.spans = append(m.spans, [2]uint32{b.starts[slot], b.starts[slot+1]})
	}
	for i, k := range m.keys {
		m.takeKey(tagOf(k), b.items[m.spans[i][0]:m.spans[i][1]], most)
	}
}

func (m *meeting) takeKey(tag uint32, items []item, most int) {
	if len(items) > most {
		count := 0
		for _, it := range items {
			if it.tag == tag {
				count++
			}
		}
		if count > most {
			return
		}
	}
	for _, it := range items {
		if it.tag == tag && m.meet(it.person) {
			m.people = append(m.people, it.person)
		}
	}
}
