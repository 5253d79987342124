package contract

import (
	"bytes"
	"fmt"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// columnReader reads the cells of one column.
type columnReader struct {
	col     pipeline.Column
	cell    int
	out     *snapshot.Vector
	missing *snapshot.Vector // the second column of a Figure
	list    pipeline.CodeList
	days    dayReader
	months  map[int][]byte
	words   map[string][]byte // words of a Code met so far, with their codes
	fault   *fault            // of the row being read

	requiredText bool
	last         []byte // the cell read last, as it stood
	lastRow      int    // the row of the batch that holds its value
	ordered      int64  // 1 where it is a day that tells its order
	scratch      []byte

	padded, repaired int64
}

func newColumnReader(col pipeline.Column, cell int, batch *snapshot.Batch, p pipeline.Profile, env Env) *columnReader {
	order := col.Order
	if declared, ok := p.Dates[col.Name]; ok {
		order = declared
	}
	r := &columnReader{
		col: col, cell: cell, out: batch.Column(col.Name), list: env.Lists[col.List], lastRow: noRow,
		days:         dayReader{monthFirst: order == pipeline.MDY, date1904: env.Date1904, loc: env.Location},
		requiredText: col.Kind == pipeline.Text && col.Presence == pipeline.Required,
		scratch:      make([]byte, 0, 64),
	}
	switch col.Kind {
	case pipeline.Figure:
		r.missing = batch.Column(col.Name + "_missing")
	case pipeline.Month:
		r.months = make(map[int][]byte)
	case pipeline.Code:
		r.words = make(map[string][]byte)
	}
	return r
}

// noRow is a row that is neither the current one nor the one before.
const noRow = -2

// read casts a trimmed cell into a row of the batch. Most cells of a list are
// empty or repeat the one above, and both are settled before any parsing.
func (r *columnReader) read(row int, cell []byte) *fault {
	if len(cell) == 0 {
		return r.empty(row)
	}
	if bytes.Equal(cell, r.last) {
		switch r.lastRow {
		case row: // the row above was refused after this cell was read
			r.days.onlyThisOrder += r.ordered
			return nil
		case row - 1:
			r.out.Repeat(row)
			if r.missing != nil {
				r.missing.Repeat(row)
			}
			r.lastRow = row
			r.days.onlyThisOrder += r.ordered
			return nil
		}
	}
	r.lastRow = noRow
	mended, ordered := r.padded+r.repaired, r.days.onlyThisOrder
	if f := r.parse(row, cell); f != nil {
		return f
	}
	// Mended cells are counted row by row, so they are read each time.
	if r.padded+r.repaired == mended {
		r.last, r.lastRow, r.ordered = append(r.last[:0], cell...), row, r.days.onlyThisOrder-ordered
	}
	return nil
}

func (r *columnReader) empty(row int) *fault {
	r.lastRow = noRow
	if r.missing != nil {
		r.out.SetNull(row)
		r.missing.SetStable(row, figureBlank)
		return nil
	}
	if r.col.Presence == pipeline.Required {
		return required
	}
	r.out.SetNull(row)
	return nil
}

func (r *columnReader) parse(row int, cell []byte) *fault {
	if r.col.Kind == pipeline.Figure {
		return r.figure(row, cell)
	}
	if isMissing(cell, r.requiredText) {
		return r.empty(row)
	}
	switch r.col.Kind {
	case pipeline.Text:
		return r.text(row, cell)
	case pipeline.Day:
		d, f := r.days.read(cell)
		r.out.SetDate(row, d)
		return f
	case pipeline.Code:
		return r.code(row, cell)
	case pipeline.Integer:
		n, f := readInteger(cell)
		r.out.SetInteger(row, n)
		return f
	case pipeline.Decimal:
		x, f := readDecimal(cell)
		r.out.SetDouble(row, x)
		return f
	case pipeline.YesNo:
		return r.yesNo(row, cell)
	case pipeline.UPN:
		return r.id(row, cell, readUPN)
	case pipeline.ULN:
		return r.id(row, cell, readULN)
	case pipeline.Postcode:
		return r.id(row, cell, readPostcode)
	case pipeline.Month:
		return r.month(row, cell)
	default:
		return &fault{"kind", fmt.Sprintf("has the kind %q, which nothing reads", r.col.Kind)}
	}
}

func (r *columnReader) figure(row int, cell []byte) *fault {
	if mark, ok := figureMarks[string(cell)]; ok {
		r.out.SetNull(row)
		r.missing.SetStable(row, mark)
		return nil
	}
	if isMissing(cell, false) {
		return r.empty(row)
	}
	x, f := readDecimal(cell)
	if f != nil {
		return notAFigure
	}
	r.out.SetDouble(row, x)
	r.missing.SetNull(row)
	return nil
}

func (r *columnReader) text(row int, cell []byte) *fault {
	repaired, changed, f := repairID(cell, r.scratch)
	if f != nil {
		return f
	}
	if changed {
		r.repaired++
		cell = repaired
	}
	cell = oneSpaced(cell, r.col.Width > 0)
	if r.col.Width > 0 {
		cell = r.fixedWidth(cell)
	}
	r.out.SetText(row, cell)
	return nil
}

// fixedWidth brings a code of digits to its width: leading zeros come back,
// and the stroke that people write into 343/4100 goes.
func (r *columnReader) fixedWidth(cell []byte) []byte {
	if len(cell) > r.col.Width {
		if whole := bytes.ReplaceAll(cell, []byte{'/'}, nil); len(whole) == r.col.Width {
			if _, ok := digitsOnly(whole); ok {
				return whole
			}
		}
	}
	pad := r.col.Width - len(cell)
	if _, ok := digitsOnly(cell); !ok || pad <= 0 {
		return cell
	}
	r.padded++
	return append(bytes.Repeat([]byte{'0'}, pad), cell...)
}

// oneSpaced makes every run of white space one space; in a code of fixed
// width it takes spaces out.
func oneSpaced(b []byte, remove bool) []byte {
	inRun, change := false, false
	for _, c := range b {
		if c > ' ' {
			inRun = false
			continue
		}
		if inRun || c != ' ' || remove {
			change = true
			break
		}
		inRun = true
	}
	if !change {
		return b
	}
	separator := []byte{' '}
	if remove {
		separator = nil
	}
	return bytes.Join(bytes.Fields(b), separator)
}

func (r *columnReader) id(row int, cell []byte, read func(cell, out []byte) ([]byte, *fault)) *fault {
	if r.col.Kind == pipeline.ULN {
		repaired, changed, f := repairID(cell, r.scratch)
		if f != nil {
			return f
		}
		if changed {
			r.repaired++
			cell = repaired
		}
	}
	id, f := read(cell, r.scratch)
	switch {
	case f != nil:
		return f
	case id == nil:
		return r.empty(row)
	}
	r.out.SetText(row, id)
	return nil
}

var notYesNo = &fault{"yes_no_form", "is neither yes nor no"}

func (r *columnReader) yesNo(row int, cell []byte) *fault {
	if len(cell) > 5 {
		return notYesNo
	}
	switch string(upperWithoutSpaces(cell, r.scratch)) {
	case "Y", "YES", "TRUE", "1":
		r.out.SetBoolean(row, true)
	case "N", "NO", "FALSE", "0":
		r.out.SetBoolean(row, false)
	default:
		return notYesNo
	}
	return nil
}

func (r *columnReader) month(row int, cell []byte) *fault {
	n, f := r.days.readMonth(cell)
	if f != nil {
		return f
	}
	text, ok := r.months[n]
	if !ok {
		text = fmt.Appendf(nil, "%04d-%02d", n/12, n%12+1)
		r.months[n] = text
	}
	r.out.SetStable(row, text)
	return nil
}
