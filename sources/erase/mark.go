package erase

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"nightjar/pipeline"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// keyBytes is the length of the key of the marks.
const keyBytes = 32

// ReadKey reads the key of the marks from its file.
func ReadKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key of the erasure marks: %w; put it back from where it is kept: without it, old lists bring erased people back", err)
	}
	return ParseKey(strings.TrimSpace(string(text)))
}

// ParseKey reads a key of 64 hexadecimal digits.
func ParseKey(text string) ([]byte, error) {
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("%w: key of the erasure marks is not %d hexadecimal digits", pipeline.ErrUsage, 2*keyBytes)
	}
	return key, nil
}

// MakeKey reads the key from its file, and makes both where there is none.
func MakeKey(path string) ([]byte, error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return ReadKey(path)
	}
	key := make([]byte, keyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return key, writeWhole(path, []byte(hex.EncodeToString(key)+"\n"))
}

// marker makes marks with a key.
type marker struct{ mac hash.Hash }

func newMarker(key []byte) *marker { return &marker{hmac.New(sha256.New, key)} }

// sum makes the mark of a value. Half of the hash is enough to keep it from
// meeting another by chance.
func (m *marker) sum(kind pipeline.MarkKind, value string) (out [16]byte) {
	m.mac.Reset()
	m.mac.Write([]byte(kind))
	m.mac.Write([]byte{0})
	m.mac.Write([]byte(value))
	copy(out[:], m.mac.Sum(nil))
	return out
}

// Marks returns the keyed hashes by which the person is known again.
func (p Person) Marks(key []byte) []pipeline.ErasedMark {
	m := newMarker(key)
	var out []pipeline.ErasedMark
	put := func(kind pipeline.MarkKind, value string) {
		sum := m.sum(kind, value)
		out = append(out, pipeline.ErasedMark{Mark: hex.EncodeToString(sum[:]), Kind: kind})
	}
	for _, v := range p.Clients {
		put(pipeline.MarkClient, v)
	}
	for _, v := range p.UPNs {
		put(pipeline.MarkUPN, v)
	}
	for _, v := range p.ULNs {
		put(pipeline.MarkULN, v)
	}
	for _, n := range p.Names {
		put(pipeline.MarkName, n.key())
	}
	return out
}

// Filter recognises erased people in lists by their marks. It may be used by
// several loaders at once; a nil Filter recognises nobody.
type Filter struct {
	key     []byte
	marks   map[[16]byte][]int64 // erasures
	has     map[kindOf]bool      // whether an erasure knew such a number
	markers sync.Pool
}

type kindOf struct {
	kind    pipeline.MarkKind
	erasure int64
}

// NewFilter returns a filter for the marks; nil where there are none.
func NewFilter(key []byte, marks []pipeline.ErasedMark) (*Filter, error) {
	if len(marks) == 0 {
		return nil, nil
	}
	f := &Filter{key: key, marks: map[[16]byte][]int64{}, has: map[kindOf]bool{}}
	for _, m := range marks {
		var sum [16]byte
		if n, err := hex.Decode(sum[:], []byte(m.Mark)); err != nil || n != len(sum) {
			return nil, errors.New("the ledger holds a mark that is none; restore it from a backup")
		}
		f.marks[sum] = append(f.marks[sum], m.Erasure)
		f.has[kindOf{m.Kind, m.Erasure}] = true
	}
	return f, nil
}

// Row is what a row of a list says about who it is about. Empty fields are
// unknown.
type Row struct {
	Client, UPN, ULN string
	Families         []string // every family name the row gives
	Given            string
	Born             pipeline.Date
	HasBorn          bool
	Postcode         string
}

// Hit tells whether the row is about somebody erased: by a number; else by the
// name as a list wrote it, unless the row gives a number of which the erased
// person had another.
func (f *Filter) Hit(r Row) bool {
	if f == nil {
		return false
	}
	m, ok := f.markers.Get().(*marker)
	if !ok {
		m = newMarker(f.key)
	}
	defer f.markers.Put(m)
	numbers := []struct {
		kind  pipeline.MarkKind
		value string
	}{{pipeline.MarkClient, r.Client}, {pipeline.MarkUPN, r.UPN}, {pipeline.MarkULN, r.ULN}}
	for _, n := range numbers {
		if n.value != "" && len(f.marks[m.sum(n.kind, tidy(n.value))]) > 0 {
			return true
		}
	}
	for _, family := range r.Families {
		name := Name{Family: family, Given: r.Given, Born: r.Born, HasBorn: r.HasBorn, Postcode: r.Postcode}
		if !name.usable() {
			continue
		}
		for _, erasure := range f.marks[m.sum(pipeline.MarkName, name.key())] {
			another := false
			for _, n := range numbers {
				another = another || n.value != "" && f.has[kindOf{n.kind, erasure}]
			}
			if !another {
				return true
			}
		}
	}
	return false
}

// HitCells tells whether any cell of a row that broke its contract is a number
// of somebody erased, or the row is by its names.
func (f *Filter) HitCells(cells [][]byte, named Row) bool {
	if f == nil {
		return false
	}
	for _, c := range cells {
		text := tidy(string(c))
		if len(text) < leastNumber || len(text) > mostNumber {
			continue
		}
		if f.Hit(Row{Client: text}) || f.Hit(Row{UPN: text}) || f.Hit(Row{ULN: text}) {
			return true
		}
	}
	named.Client, named.UPN, named.ULN = "", "", "" // in a row that broke its contract they may be what is wrong
	return f.Hit(named)
}

// The lengths between which a number of a person lies.
const (
	leastNumber = 4
	mostNumber  = 40
)

// RowOf reads who a refused row is about from its cells by column.
func RowOf(cell func(column string) string) Row {
	r := Row{
		Client: cell("client_id"), UPN: cell("upn"), ULN: cell("uln"), Postcode: cell("postcode"),
		Given: first(cell("given_name"), cell("forename"), cell("given_names")),
	}
	for _, column := range familyColumns {
		if s := cell(column); s != "" && !slices.Contains(r.Families, s) {
			r.Families = append(r.Families, s)
		}
	}
	r.Born, r.HasBorn = parseDay(cell("birth_date"))
	return r
}

// familyColumns and givenColumns hold names in the contracts.
var (
	familyColumns = []string{"family_name", "surname", "preferred_surname", "former_surname"}
	givenColumns  = []string{"given_name", "forename", "given_names"}
)

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
