package snapshot

import (
	"io"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// flush writes the chunk of a finished row group at the given offset of the
// file and makes the column ready for the next group.
func (c *column) flush(w io.Writer, offset int64) (format.ColumnChunk, error) {
	if err := c.endPage(); err != nil {
		return format.ColumnChunk{}, err
	}
	data := c.pages
	meta := format.ColumnMetaData{
		Type: c.kind, PathInSchema: thrift.Slice[string]{c.stored.Name}, Codec: format.Zstd,
		NumValues: c.chunkRows, DataPageOffset: offset,
	}
	if c.plainly {
		meta.Encoding = append(meta.Encoding, c.plainEncoding())
	}
	if c.pointing {
		// The dictionary stands before the pages that point into it, and is known
		// only after them.
		c.pages = nil
		header := format.DictionaryPageHeader{NumValues: int32(c.dict.len()), Encoding: format.Plain}
		if err := c.page(&format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(header)}, c.dict.plain); err != nil {
			return format.ColumnChunk{}, err
		}
		meta.DictionaryPageOffset, meta.DataPageOffset = offset, offset+int64(len(c.pages))
		meta.Encoding = append(meta.Encoding, format.Plain, format.RLEDictionary)
		if _, err := w.Write(c.pages); err != nil {
			return format.ColumnChunk{}, err
		}
	}
	if _, err := w.Write(data); err != nil {
		return format.ColumnChunk{}, err
	}
	if c.stored.Nullable {
		meta.Encoding = append(meta.Encoding, format.RLE)
	}
	slices.Sort(meta.Encoding)
	meta.Encoding = slices.Compact(meta.Encoding)
	meta.Statistics = c.statistics()
	meta.TotalCompressedSize = meta.DataPageOffset - offset + int64(len(data))
	meta.TotalUncompressedSize = c.uncompressed
	c.pages = data[:0]
	c.begin()
	return format.ColumnChunk{MetaData: meta}, nil
}

// begin makes the column ready for a row group.
func (c *column) begin() {
	c.pointing, c.plainly, c.uncompressed, c.chunkRows, c.chunkNulls = false, false, 0, 0, 0
	c.least, c.most = math.MaxInt64, math.MinInt64
	if c.coded {
		c.dict.reset()
	} else {
		c.dict = nil
	}
}

func (c *column) plainEncoding() format.Encoding {
	if c.deltas {
		return format.DeltaBinaryPacked
	}
	return format.Plain
}

// statistics tells the bounds of whole numbers and days. Of texts and decimals
// nobody asks them: nothing filters a snapshot by those.
func (c *column) statistics() format.Statistics {
	out := format.Statistics{NullCount: c.chunkNulls}
	if c.kind != format.Int32 && c.kind != format.Int64 {
		return out
	}
	if c.pointing {
		for _, n := range c.dict.numbers {
			c.bound(n)
		}
	}
	if c.least <= c.most {
		out.MinValue = appendPlain(nil, numberCell(uint64(c.least)), c.width)
		out.MaxValue = appendPlain(nil, numberCell(uint64(c.most)), c.width)
	}
	return out
}
