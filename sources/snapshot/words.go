package snapshot

import (
	"encoding/binary"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// wordsType is a type of texts whose dictionary knows the words it met last.
// The library asks a map for every text of a column, although most texts of a
// list are the one above or one of a few; all else is the library's own.
type wordsType struct{ parquet.Type }

// NewDictionary returns the library's dictionary with a memory in front of it.
func (t wordsType) NewDictionary(column, count int, data encoding.Values) parquet.Dictionary {
	return &words{Dictionary: t.Type.NewDictionary(column, count, data), plain: t.Type}
}

// knownWords is how many words are remembered, each at the place that its
// bytes give it.
const knownWords = 256

// knownWord is a text and its place in the dictionary. No text is empty.
type knownWord struct {
	text  []byte
	index int32
}

// words is a dictionary of a column.
type words struct {
	parquet.Dictionary
	plain  parquet.Type     // of the texts themselves
	known  []knownWord      // as many as knownWords, or none yet
	ask    [1]parquet.Value // and answer: set aside once, not for every new word
	answer [1]int32
}

// Type returns the type of what is written: places in the dictionary.
func (d *words) Type() parquet.Type { return placesType{d.Dictionary.Type(), d} }

// Reset forgets every word.
func (d *words) Reset() {
	d.Dictionary.Reset()
	clear(d.known)
}

// place returns where a value stands in the dictionary, which takes it in.
func (d *words) place(value *parquet.Value) int32 {
	if d.known == nil {
		d.known = make([]knownWord, knownWords)
	}
	text := value.ByteArray()
	at := &d.known[slotOf(text)]
	if len(text) > 0 && string(at.text) == string(text) {
		return at.index
	}
	d.ask[0] = *value
	d.Insert(d.answer[:], d.ask[:])
	at.text, at.index = append(at.text[:0], text...), d.answer[0]
	return at.index
}

// slotOf spreads texts by their length and their first and last bytes.
func slotOf(text []byte) uint64 {
	const odd = 0x9e3779b97f4a7c15
	n := len(text)
	var first, last uint64
	switch {
	case n >= 8:
		first, last = binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[n-8:])
	case n >= 4:
		first, last = uint64(binary.LittleEndian.Uint32(text)), uint64(binary.LittleEndian.Uint32(text[n-4:]))
	case n > 0:
		first, last = uint64(text[0])|uint64(text[n/2])<<8, uint64(text[n-1])
	}
	return (((first*odd)^last)*odd + uint64(n)*odd) >> 56
}

// placesType is the type of a page of places.
type placesType struct {
	parquet.Type
	words *words
}

// NewColumnBuffer returns a buffer for the places of one page. The writer asks
// once more when the dictionary has become too large, and writes texts as they
// are from there on.
func (t placesType) NewColumnBuffer(column, count int) parquet.ColumnBuffer {
	if t.words.Size() > dictionaryLimit {
		return t.words.plain.NewColumnBuffer(column, count)
	}
	return &placesBuffer{ColumnBuffer: t.Type.NewColumnBuffer(column, 0), kind: t.Type, words: t.words, column: column}
}

// placesBuffer gathers the places of the texts of a page. Whatever the writer
// of a column does not ask for is answered by the library's buffer, which
// stays empty.
type placesBuffer struct {
	parquet.ColumnBuffer
	kind   parquet.Type
	words  *words
	column int
	places []int32
}

// WriteValues takes the texts of further rows. Texts that lie in one place are
// one text: the cells of a constant column, and those that repeat the one above.
func (b *placesBuffer) WriteValues(values []parquet.Value) (int, error) {
	var above []byte
	var index int32
	for i := range values {
		text := values[i].ByteArray()
		if len(text) == 0 || len(text) != len(above) || &text[0] != &above[0] {
			index, above = b.words.place(&values[i]), text
		}
		b.places = append(b.places, index)
	}
	return len(values), nil
}

// Len returns how many values are held.
func (b *placesBuffer) Len() int { return len(b.places) }

// Size returns how many bytes they take.
func (b *placesBuffer) Size() int64 { return 4 * int64(len(b.places)) }

// Reset empties the buffer.
func (b *placesBuffer) Reset() { b.places = b.places[:0] }

// Page returns the values as the library's own page of places.
func (b *placesBuffer) Page() parquet.Page {
	return b.kind.NewPage(b.column, len(b.places), encoding.Int32Values(b.places))
}
