package tabular

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
)

const (
	// maxTail bounds what is kept of a sheet behind its rows.
	maxTail   = 1 << 20
	lastRow   = 1_048_576 // of a sheet, by the format
	lastCol   = 16_384
	endOfRows = "sheetData>"
)

// tailWriter keeps what a sheet's XML holds behind its rows, and its last
// bytes.
type tailWriter struct {
	last   []byte
	behind []byte
	found  bool // the end of the rows was seen
}

// Write looks for the end of the rows and keeps what follows.
func (t *tailWriter) Write(p []byte) (int, error) {
	n := len(p)
	if !t.found {
		// The mark may be cut by the end of a block: the last bytes of the one
		// before are looked at again.
		joint := append(t.last[max(0, len(t.last)-2*len(endOfRows)):], p...)
		if i := endIndex(joint); i >= 0 {
			t.found, p = true, joint[i:]
		}
	}
	if t.found {
		t.behind = append(t.behind, p[:min(len(p), maxTail-len(t.behind))]...)
	}
	const kept = 64
	t.last = append(t.last, p[max(0, len(p)-kept):]...)
	t.last = append([]byte(nil), t.last[max(0, len(t.last)-kept):]...)
	return n, nil
}

// endIndex returns where the closing tag of the rows ends, -1 where it is not
// in b. The tag may carry a prefix.
func endIndex(b []byte) int {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(endOfRows))
		if i < 0 {
			return -1
		}
		from += i + len(endOfRows)
		tag := bytes.LastIndexByte(b[:from], '<')
		if tag >= 0 && tag+1 < from && b[tag+1] == '/' {
			return from
		}
	}
}

// merge is a merged area that spans several rows.
type merge struct{ top, bottom, col int }

// merges returns the areas that span several rows, from top to bottom. The
// others are titles and headings; their text stands in their first cell, which
// is all that is wanted of them.
func (t *tailWriter) merges() []merge {
	var out []merge
	m := newMarkup(bytes.NewReader(t.behind))
	// The tail closes elements that were opened before it; whatever cannot be
	// read behind the merged cells has no say here.
	for m.next() == nil {
		if string(m.name) == "mergeCell" && m.kind != closing {
			if a, ok := parseMerge(m.attr("ref")); ok {
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, func(a, b merge) int { return cmp.Or(cmp.Compare(a.top, b.top), cmp.Compare(a.col, b.col)) })
	return out
}

// parseMerge reads an area such as A2:A9.
func parseMerge(ref []byte) (merge, bool) {
	first, last, ok := bytes.Cut(ref, []byte{':'})
	col, top, ok1 := parsePlace(first)
	_, bottom, ok2 := parsePlace(last)
	return merge{top, bottom, col}, ok && ok1 && ok2 && bottom > top
}

// parsePlace reads a cell's place such as AB12: column from 0, row from 1.
func parsePlace(ref []byte) (col, row int, ok bool) {
	i := 0
	for ; i < len(ref); i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		if col = 26*col + int(c-'A') + 1; col > lastCol {
			return 0, 0, false
		}
	}
	row, ok = index(ref[i:])
	return col - 1, row, ok && i > 0 && row >= 1 && row <= lastRow
}

// Place names a cell the way a spreadsheet does: column 0 of row 12 is A12.
func Place(col int, row int64) string {
	var letters []byte
	for n := col + 1; n > 0; n = (n - 1) / 26 {
		letters = append(letters, byte('A'+(n-1)%26))
	}
	slices.Reverse(letters)
	return string(strconv.AppendInt(letters, row, 10))
}

// mergeFiller gives the rows of a merged area the value that stands in its
// first cell: to whoever filled in the sheet, it is the value of them all.
type mergeFiller struct {
	waiting []merge
	open    []openMerge
	filled  int64 // cells that were given a value
}

type openMerge struct {
	merge
	text []byte
}

// apply fills the cells of a row that holds something, and remembers the
// values of the areas that begin in it.
func (f *mergeFiller) apply(row int, cells [][]byte) [][]byte {
	f.open = slices.DeleteFunc(f.open, func(o openMerge) bool { return o.bottom < row })
	for _, o := range f.open {
		for len(cells) <= o.col {
			cells = append(cells, nil)
		}
		if len(cells[o.col]) == 0 {
			cells[o.col] = o.text
			f.filled++
		}
	}
	for len(f.waiting) > 0 && f.waiting[0].top <= row {
		a := f.waiting[0]
		f.waiting = f.waiting[1:]
		if a.top == row && a.col < len(cells) && len(cells[a.col]) > 0 {
			f.open = append(f.open, openMerge{a, bytes.Clone(cells[a.col])})
		}
	}
	return cells
}
