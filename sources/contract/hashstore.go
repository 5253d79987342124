package contract

import (
	"errors"
	"math/bits"
	"os"

	"nightjar/sources/snapshot"
)

// hashKey is a hash wide enough that no two keys of a file share it. Both
// halves are spread evenly.
type hashKey [2]uint64

// stored is a key with what was remembered of its first row. The zero key
// stands for an empty slot.
type stored struct {
	key  hashKey
	word uint64
}

const (
	storedSize = 24
	firstSlots = 1 << 12
	mostSlots  = 1 << 19 // 12 MiB
)

// hashStore is a set of keys, each with a word, whose memory does not grow
// with their number: a full table is written in order to a scratch file, and a
// filter of sixteen bits a key stays behind and says of nearly every new key
// that it is not there.
type hashStore struct {
	folder string // of the scratch files; the machine's own where empty
	slots  []stored
	used   int
	most   int // slots of a full table
	runs   []*storedRun
	seen   uint64 // what approach saw, so that it has to look
}

func newHashStore(folder string) *hashStore {
	return &hashStore{folder: folder, most: mostSlots}
}

// first returns the word that came with the key when it was first asked for;
// a new key is remembered with this word and is not known.
func (s *hashStore) first(key hashKey, word uint64) (was uint64, known bool, err error) {
	if key[0] |= 1; s.slots == nil {
		s.slots = make([]stored, firstSlots)
	}
	at := s.slot(key)
	if s.slots[at].key == key {
		return s.slots[at].word, true, nil
	}
	for _, r := range s.runs {
		if was, known, err = r.find(key); known || err != nil {
			return was, known, err
		}
	}
	if 4*(s.used+1) > 3*len(s.slots) {
		if err := s.makeRoom(); err != nil {
			return 0, false, err
		}
		at = s.slot(key)
	}
	s.slots[at] = stored{key, word}
	s.used++
	return 0, false, nil
}

// approach looks at the places of keys that will be asked for, given by their
// second halves. The looks do not wait for each other, as the asks would.
func (s *hashStore) approach(keys []uint64) {
	if len(s.slots) == 0 {
		return
	}
	shift := 64 - bits.Len(uint(len(s.slots)-1))
	for _, k := range keys {
		s.seen += s.slots[k>>shift].word
	}
}

// slot returns where the key stands or would stand. Keys are placed by their
// highest bits, so that the table is nearly in order.
func (s *hashStore) slot(key hashKey) int {
	at := int(key[1] >> (64 - bits.Len(uint(len(s.slots)-1))))
	for s.slots[at].key[0] != 0 && s.slots[at].key != key {
		if at++; at == len(s.slots) {
			at = 0
		}
	}
	return at
}

// makeRoom makes the table larger or, where that is as large as it may be, writes
// it out.
func (s *hashStore) makeRoom() error {
	if len(s.slots) < s.most {
		old := s.slots
		s.slots = make([]stored, min(8*len(old), s.most)) // few steps: what is left behind is memory for a while
		for _, e := range old {
			if e.key[0] != 0 {
				s.slots[s.slot(e.key)] = e
			}
		}
		return nil
	}
	run, err := writeRun(s.folder, s.inOrder())
	if err != nil {
		return err
	}
	s.runs, s.used = append(s.runs, run), 0
	clear(s.slots)
	return nil
}

// inOrder moves the keys to the front of the table, sorted. Each stands near
// its place already, except those that ran over the end.
func (s *hashStore) inOrder() []stored {
	list := s.slots[:0]
	for _, e := range s.slots {
		if e.key[0] == 0 {
			continue
		}
		list = append(list, e)
		for i := len(list) - 1; i > 0 && before(list[i].key, list[i-1].key); i-- {
			list[i], list[i-1] = list[i-1], list[i]
		}
	}
	return list
}

func before(a, b hashKey) bool { return a[1] < b[1] || a[1] == b[1] && a[0] < b[0] }

// close removes the scratch files.
func (s *hashStore) close() error {
	var errs []error
	for _, r := range s.runs {
		errs = append(errs, r.f.Close())
	}
	s.runs, s.slots = nil, nil
	return errors.Join(errs...)
}

// storedRun is a table that was written out: its keys in order in a file that
// has no name any more, so that nothing of it outlives the process.
type storedRun struct {
	f      *os.File
	n      int
	filter []uint64
	buf    []byte
}

// filterBits is how many bits of the filter there are for a key. Three of one
// word are set for each, and one key in a hundred is looked for in vain.
const filterBits = 16

// window is how many keys are read at once. Evenly spread keys stand within a
// few times the root of their number from where they are expected.
const window = 256

func writeRun(folder string, list []stored) (*storedRun, error) {
	f, err := scratchFile(folder)
	if err != nil {
		return nil, err
	}
	r := &storedRun{f: f, n: len(list), filter: make([]uint64, (len(list)*filterBits+63)/64), buf: make([]byte, 0, window*storedSize)}
	for i, e := range list {
		word, mask := r.place(e.key)
		r.filter[word] |= mask
		r.buf = appendStored(r.buf, e)
		if len(r.buf) == cap(r.buf) || i == len(list)-1 {
			if _, err := f.Write(r.buf); err != nil {
				return nil, errors.Join(err, f.Close())
			}
			r.buf = r.buf[:0]
		}
	}
	r.buf = r.buf[:cap(r.buf)]
	return r, nil
}

// place returns the word of the filter that a key has and its bits there.
func (r *storedRun) place(key hashKey) (word, mask uint64) {
	word, _ = bits.Mul64(key[0], uint64(len(r.filter)))
	return word, 1<<(key[0]>>1&63) | 1<<(key[0]>>7&63) | 1<<(key[0]>>13&63)
}

// find looks a key up: in the filter first, which settles nearly every one
// that is not there.
func (r *storedRun) find(key hashKey) (word uint64, known bool, err error) {
	if at, mask := r.place(key); r.filter[at]&mask != mask {
		return 0, false, nil
	}
	low, high := 0, r.n // the key stands at low or above and below high
	expected, _ := bits.Mul64(key[1], uint64(r.n))
	for at := int(expected) - window/2; low < high; {
		from := max(low, min(at, high-window))
		to := min(from+window, high)
		if _, err := r.f.ReadAt(r.buf[:(to-from)*storedSize], int64(from)*storedSize); err != nil {
			return 0, false, err
		}
		switch {
		case before(key, r.at(0).key):
			high, at = from, (low+from)/2-window/2
		case before(r.at(to-from-1).key, key):
			low, at = to, (to+high)/2-window/2
		default:
			word, known = r.within(to-from, key)
			return word, known, nil
		}
	}
	return 0, false, nil
}

// at returns a key of the window that was read last.
func (r *storedRun) at(i int) stored {
	return storedAt(r.buf[i*storedSize:])
}

func (r *storedRun) within(n int, key hashKey) (word uint64, known bool) {
	low, high := 0, n
	for low < high {
		middle := (low + high) / 2
		e := r.at(middle)
		switch {
		case e.key == key:
			return e.word, true
		case before(e.key, key):
			low = middle + 1
		default:
			high = middle
		}
	}
	return 0, false
}

// Firsts remembers whose key came first, in bounded memory: of any number of
// people whom a unique number or a name belongs to.
type Firsts struct {
	hashers [2]snapshot.Hasher
	store   *hashStore
	problem error
}

// NewFirsts returns an empty one. Its scratch files are made in the folder.
func NewFirsts(folder string) *Firsts {
	const few = 1 << 17 // 3 MiB: there are several beside each other
	f := &Firsts{hashers: [2]snapshot.Hasher{snapshot.NewHasher(), snapshot.NewHasher()}, store: newHashStore(folder)}
	f.store.most = few
	return f
}

// Another reports whether the cells of the key stood in an earlier row beside
// another owner.
func (f *Firsts) Another(key []*snapshot.Vector, owner *snapshot.Vector, row int) bool {
	own := f.hashers[0].Row([]*snapshot.Vector{owner}, row)
	was, known, err := f.store.first(hashKey{f.hashers[0].Row(key, row), f.hashers[1].Row(key, row)}, own)
	f.problem = errors.Join(f.problem, err)
	return known && was != own
}

// Close lets go of the scratch files and tells of the first that failed.
func (f *Firsts) Close() error {
	err := errors.Join(f.problem, f.store.close())
	f.problem = nil
	return err
}
