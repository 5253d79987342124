package snapshot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"nightjar/pipeline"
)

const (
	// pageRows and pageBytes end a page. Both are counted row by row, so that
	// the same rows give the same pages however they come in batches.
	pageRows  = 20_480
	pageBytes = 512 << 10
	// sampleRows are looked at before a column is written with a dictionary for
	// good: at most half of their values may be new. The first rows of a list
	// are like its others.
	sampleRows = 256
	// dictionaryLimit ends a dictionary that does not pay in a long file.
	dictionaryLimit = 1 << 20
)

// column packs one column of a row group.
type column struct {
	stored pipeline.Stored
	physical
	dict   *dictionary // of the row group; nil where no value is in one
	coded  bool        // values go to the dictionary now
	judged bool        // the sample has been looked at
	deltas bool        // whole numbers are written as differences

	// The page that is being filled.
	rows, nulls int
	levels      []uint8 // 1 where there is a value; only of a nullable column
	places      []uint32
	plain       []byte
	numbers     []int64
	truths      []uint8

	// The chunk: pages that are finished.
	pages        []byte
	pointing     bool // a page of it points into the dictionary
	plainly      bool // a page of it does not
	chunkRows    int64
	chunkNulls   int64
	least, most  int64 // of whole numbers and days
	uncompressed int64

	body, packed []byte // scratch
}

func newColumn(c pipeline.Stored) (*column, error) {
	p, err := physicalOf(c.Type)
	if err != nil {
		return nil, err
	}
	out := &column{stored: c, physical: p, deltas: c.Type == "BIGINT"}
	if out.coded = !out.deltas && p.kind != format.Boolean; out.coded {
		out.dict = newDictionary(p.width)
	}
	out.begin()
	return out, nil
}

// add packs the cells of further rows.
func (c *column) add(cells []cell) error {
	var last cell // of this batch: its texts may stand in memory that held others before
	var place uint32
	for _, v := range cells {
		switch {
		case v.null() && !c.stored.Nullable:
			return errors.New("a row has no value for a column that must have one; please report this")
		case v.null():
			c.nulls++
		case c.coded:
			if v != last {
				last, place = v, c.dict.place(v)
			}
			c.places = append(c.places, place)
		default:
			c.keepPlain(v)
		}
		if c.stored.Nullable {
			level := uint8(1)
			if v.null() {
				level = 0
			}
			c.levels = append(c.levels, level)
		}
		c.rows++
		if c.rows < sampleRows {
			continue
		}
		if !c.judged {
			c.judge()
		}
		if c.rows == pageRows || len(c.plain) >= pageBytes {
			if err := c.endPage(); err != nil {
				return err
			}
			last = cell{}
		}
	}
	return nil
}

// keepPlain takes a value that no dictionary holds.
func (c *column) keepPlain(v cell) {
	switch {
	case c.deltas:
		c.numbers = append(c.numbers, int64(v.n))
	case c.kind == format.Boolean:
		c.truths = append(c.truths, uint8(v.n))
	default:
		c.plain = appendPlain(c.plain, v, c.width)
	}
	c.bound(v.n)
}

// bound widens the bounds of the chunk's whole numbers and days.
func (c *column) bound(bits uint64) {
	c.least, c.most = min(c.least, int64(bits)), max(c.most, int64(bits))
}

// judge gives the dictionary up where most values of the sample are new.
func (c *column) judge() {
	c.judged = true
	if !c.coded || 2*c.dict.len() <= len(c.places)+1 {
		return
	}
	d := c.dict
	c.dict, c.coded = nil, false
	for _, place := range c.places {
		c.keepPlain(d.cell(place))
	}
	c.places = c.places[:0]
}

// endPage packs the page and begins the next.
func (c *column) endPage() error {
	if c.rows == 0 {
		return nil
	}
	if !c.judged {
		c.judge()
	}
	c.body = c.body[:0]
	if c.stored.Nullable {
		c.body = append(c.body, 0, 0, 0, 0)
		c.body = appendHybrid(c.body, c.levels, 1)
		binary.LittleEndian.PutUint32(c.body, uint32(len(c.body)-4))
	}
	encoding, err := c.appendValues()
	if err != nil {
		return err
	}
	header := format.DataPageHeader{
		NumValues: int32(c.rows), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
	}
	if err := c.page(&format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(header)}, c.body); err != nil {
		return err
	}
	c.pointing = c.pointing || c.coded
	c.plainly = c.plainly || !c.coded
	c.coded = c.coded && len(c.dict.plain) <= dictionaryLimit
	c.chunkRows += int64(c.rows)
	c.chunkNulls += int64(c.nulls)
	c.rows, c.nulls = 0, 0
	c.levels, c.places, c.plain, c.numbers, c.truths = c.levels[:0], c.places[:0], c.plain[:0], c.numbers[:0], c.truths[:0]
	return nil
}

// appendValues appends the page's values to its body.
func (c *column) appendValues() (format.Encoding, error) {
	switch {
	case c.coded:
		width := max(1, bits.Len(uint(max(c.dict.len(), 1)-1)))
		c.body = appendHybrid(append(c.body, byte(width)), c.places, width)
		return format.RLEDictionary, nil
	case c.deltas:
		var err error
		c.packed, err = (&delta.BinaryPackedEncoding{}).EncodeInt64(c.packed[:0], c.numbers)
		c.body = append(c.body, c.packed...)
		return format.DeltaBinaryPacked, err
	case c.kind == format.Boolean:
		c.body = appendPacked(c.body, c.truths, 1, 0)
	default:
		c.body = append(c.body, c.plain...)
	}
	return format.Plain, nil
}

// page appends a page, header and compressed body, to the chunk.
func (c *column) page(h *format.PageHeader, body []byte) (err error) {
	if c.packed, err = codec.Encode(c.packed[:0], body); err != nil {
		return err
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(body)), int32(len(c.packed))
	h.CRC = int32(crc32.ChecksumIEEE(c.packed))
	var head bytes.Buffer
	if err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&head)).Encode(h); err != nil {
		return err
	}
	c.uncompressed += int64(head.Len() + len(body))
	c.pages = append(append(c.pages, head.Bytes()...), c.packed...)
	return nil
}
