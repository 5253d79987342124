package tabular

import (
	"bytes"
	"errors"
	"io"
)

// quoted cuts a record that holds a quotation mark somewhere. next is the
// offset of its second line. A quoted cell may run over several lines;
// whatever goes wrong, only the first line is given up, so that the records
// after it are not lost with it.
func (r *csvRows) quoted(next int) (Record, error) {
	lines, after := int64(1), next
	for {
		text := trimReturn(bytes.TrimSuffix(r.buf[r.start:r.start+after], []byte{'\n'}))
		fault := r.cut(text)
		switch fault {
		case "":
			if lines > 1 && r.holdsRecords(text, lines) {
				return r.faulty(next, OpenQuote), nil
			}
			return r.sound(text, lines, after), nil
		case OpenQuote:
			more, end, err := r.untilQuote(after)
			if err != nil {
				return Record{}, err
			}
			if more > 0 {
				lines, after = lines+more, end
				continue
			}
		}
		if lines > 1 {
			fault = OpenQuote // what closed it, rows below, was the next cell's own mark
		}
		return r.faulty(next, fault), nil
	}
}

// sound hands out the record that text was cut into.
func (r *csvRows) sound(text []byte, lines int64, after int) Record {
	line := r.line + 1
	r.line += lines
	r.start += after
	if lines == 1 {
		r.width = len(r.cells)
	}
	if r.marks > 0 {
		if r.bare.count == 0 {
			r.bare.row = line
		}
		r.bare.count += r.marks
	}
	return r.record(text, line)
}

// holdsRecords recognises a mark that was opened in one row and closed by
// another lost mark further down: each line alone has just the cells of a
// record, so the quoted text is rows, not text. Two rows taken for one would
// be a row lost.
func (r *csvRows) holdsRecords(text []byte, lines int64) bool {
	const fewest = 4 // with fewer columns, ordinary text has as many commas
	r.unsure = r.unsure || r.apart && r.width == 0
	if !r.wary || r.width < fewest {
		return false
	}
	for range lines {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		if bytes.Count(line, []byte{r.comma})+1 != r.width {
			return false
		}
		text = rest
	}
	return true
}

// cut splits a whole record into cells.
func (r *csvRows) cut(text []byte) Fault {
	r.cells, r.scratch, r.marks = r.cells[:0], r.scratch[:0], 0
	for pos := 0; pos >= 0; {
		cell, rest, fault := r.cell(text, pos)
		if fault != "" {
			return fault
		}
		r.cells = append(r.cells, cell)
		pos = rest
	}
	return ""
}

// untilQuote looks for the next physical line with a quotation mark: only such
// a line can close an open cell, so the record need not be cut again before.
// It returns how many lines that is, 0 when there is none within the limit,
// and the offset after it.
func (r *csvRows) untilQuote(from int) (lines int64, after int, err error) {
	for from < maxRecord {
		text, next, err := r.physicalLine(from)
		if errors.Is(err, io.EOF) || err == nil && next == 0 {
			return 0, 0, nil
		}
		if err != nil {
			return 0, 0, err
		}
		lines++
		from = next
		if bytes.IndexByte(text, '"') >= 0 {
			return lines, from, nil
		}
	}
	return 0, 0, nil
}

// faulty hands out the first line as it stands, as a record of one cell.
func (r *csvRows) faulty(firstNext int, fault Fault) Record {
	text := r.buf[r.start : r.start+firstNext]
	text = trimReturn(bytes.TrimSuffix(text, []byte{'\n'}))
	r.start += firstNext
	r.line++
	r.cells = append(r.cells[:0], text)
	rec := r.record(text, r.line)
	if rec.Fault == "" {
		rec.Fault = fault
	}
	return rec
}

// cell reads one cell of text from pos. rest is the position after the
// delimiter, or -1 at the end of the record.
func (r *csvRows) cell(text []byte, pos int) (cell []byte, rest int, fault Fault) {
	open := pos
	for open < len(text) && (text[open] == ' ' || text[open] == '\t' && r.comma != '\t') {
		open++
	}
	if open >= len(text) || text[open] != '"' {
		// A quotation mark inside a cell that does not begin with one is text.
		i := bytes.IndexByte(text[pos:], r.comma)
		if i < 0 {
			r.marks += int64(bytes.Count(text[pos:], []byte{'"'}))
			return text[pos:], -1, ""
		}
		r.marks += int64(bytes.Count(text[pos:pos+i], []byte{'"'}))
		return text[pos : pos+i], pos + i + 1, ""
	}
	return r.quotedCell(text, open+1)
}

// quotedCell reads the inside of a quoted cell. The result is a view where no
// mark is doubled and no line end has to be changed.
func (r *csvRows) quotedCell(text []byte, pos int) (cell []byte, rest int, fault Fault) {
	from, kept := pos, len(r.scratch)
	for {
		i := bytes.IndexByte(text[pos:], '"')
		if i < 0 {
			return nil, 0, OpenQuote
		}
		end := pos + i
		if end+1 < len(text) && text[end+1] == '"' {
			r.scratch = append(r.scratch, text[from:end+1]...)
			pos, from = end+2, end+2
			continue
		}
		if len(r.scratch) == kept && bytes.IndexByte(text[from:end], '\r') < 0 {
			cell = text[from:end]
		} else {
			r.scratch = append(r.scratch, text[from:end]...)
			cell = unixLines(r.scratch[kept:len(r.scratch):len(r.scratch)])
		}
		return r.afterQuote(cell, text, end+1)
	}
}

func (r *csvRows) afterQuote(cell, text []byte, pos int) ([]byte, int, Fault) {
	for pos < len(text) && text[pos] == ' ' {
		pos++
	}
	switch {
	case pos == len(text):
		return cell, -1, ""
	case text[pos] == r.comma:
		return cell, pos + 1, ""
	default:
		return nil, 0, StrayQuote
	}
}

// unixLines turns CR LF into LF, in place.
func unixLines(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	out := b[:0]
	for i, c := range b {
		if c == '\r' && i+1 < len(b) && b[i+1] == '\n' {
			continue
		}
		out = append(out, c)
	}
	return out
}
