package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

var errOrder = errors.New("its rows or cells are out of order")

// sheetRows reads the rows of one sheet.
type sheetRows struct {
	src     io.Closer
	xml     *markup
	strings *sharedStrings
	percent []bool
	merges  mergeFiller

	line   int64 // handed out last
	row    int   // read last
	held   bool  // the row read last waits behind blank ones
	ended  bool
	cells  [][]byte
	text   []byte // what the cells of the row hold
	hidden int64
	absent places // formulas without a value
	faults places // cells that hold an error
}

// places counts cells of one kind and remembers the first.
type places struct {
	count int64
	col   int
	row   int64
}

func (p *places) add(col, row int) {
	if p.count++; p.count == 1 {
		p.col, p.row = col, int64(row)
	}
}

// Next returns the next row of the sheet. Rows that the file leaves out are
// blank rows, so that the row number is the sheet's; blank rows below the last
// one that holds anything are no rows of the list, however many there are.
func (s *sheetRows) Next() (Record, error) {
	if !s.held {
		if err := s.read(); err != nil {
			if errors.Is(err, io.EOF) {
				return Record{}, io.EOF
			}
			return Record{}, damaged(err)
		}
	}
	s.line++
	if s.held = s.line < int64(s.row); s.held {
		return Record{Line: s.line}, nil
	}
	return Record{Line: s.line, Cells: s.cells}, nil
}

// read moves to the next row that holds anything, and at the end checks that
// the sheet is whole.
func (s *sheetRows) read() error {
	for !s.ended {
		err := s.xml.next()
		if err != nil {
			return broken(err)
		}
		switch name := string(s.xml.name); {
		case name == "row" && s.xml.kind != closing:
			filled, err := s.readRow()
			if err != nil {
				return err
			}
			if filled {
				return nil
			}
		case name == "sheetData" && s.xml.kind != opening:
			s.ended = true
		}
	}
	for {
		if err := s.xml.next(); err != nil {
			return err // io.EOF where everything is closed
		}
	}
}

func (s *sheetRows) readRow() (filled bool, err error) {
	row := s.row + 1
	if r := s.xml.attr("r"); r != nil {
		n, ok := index(r)
		if !ok || n < row || n > lastRow {
			return false, errOrder
		}
		row = n
	}
	hidden := string(s.xml.attr("hidden"))
	s.row, s.cells, s.text = row, s.cells[:0], s.text[:0]
	if s.xml.kind == empty {
		return false, nil
	}
	for col := 0; ; {
		if err := s.xml.next(); err != nil {
			return false, broken(err)
		}
		switch {
		case s.xml.kind == closing && string(s.xml.name) == "row":
			for _, c := range s.cells {
				filled = filled || len(bytes.TrimSpace(c)) > 0
			}
			if !filled {
				return false, nil
			}
			if hidden == "1" || hidden == "true" {
				s.hidden++
			}
			s.cells = s.merges.apply(row, s.cells)
			return true, nil
		case string(s.xml.name) == "c" && s.xml.kind != closing:
			if col, err = s.readCell(col, row); err != nil {
				return false, err
			}
		}
	}
}

// readCell reads one cell into its place and returns the column after it.
func (s *sheetRows) readCell(col, row int) (next int, err error) {
	if ref := s.xml.attr("r"); ref != nil {
		var ok bool
		if col, _, ok = parsePlace(ref); !ok {
			return 0, errOrder
		}
	}
	if col >= lastCol {
		return 0, errOrder
	}
	c := cell{col: col, row: row, kind: kindOf(s.xml.attr("t"))}
	if style, ok := index(s.xml.attr("s")); ok && style < len(s.percent) {
		c.percent = s.percent[style]
	}
	if s.xml.kind == empty {
		return col + 1, nil
	}
	text, err := s.content(&c)
	if err != nil || len(text) == 0 {
		return col + 1, err
	}
	for len(s.cells) <= col {
		s.cells = append(s.cells, nil)
	}
	if len(s.cells[col]) > 0 {
		return 0, errOrder
	}
	s.cells[col] = text
	return col + 1, nil
}

// cell is what is known of a cell before its value.
type cell struct {
	col, row int
	kind     byte // n number, s shared, t text, b boolean, e error
	percent  bool
	formula  bool
	valued   bool
}

func kindOf(t []byte) byte {
	switch string(t) {
	case "s":
		return 's'
	case "b":
		return 'b'
	case "e":
		return 'e'
	case "str", "inlineStr", "d":
		return 't'
	default:
		return 'n'
	}
}

// content reads the inside of a cell up to its end.
func (s *sheetRows) content(c *cell) (text []byte, err error) {
	depth := len(s.xml.ends)
	for {
		if err := s.xml.next(); err != nil {
			return nil, broken(err)
		}
		name := string(s.xml.name)
		switch {
		case s.xml.kind == closing && len(s.xml.ends) < depth:
			if c.formula && !c.valued {
				s.absent.add(c.col, c.row)
			}
			return text, nil
		case name == "f":
			c.formula = true
		case name == "v" && s.xml.kind == closing:
			c.valued = c.valued || len(s.xml.text) > 0 || c.kind == 't'
			if text, err = s.value(c, s.xml.text); err != nil {
				return nil, err
			}
		case name == "is" && s.xml.kind == opening:
			from := len(s.text)
			if s.text, err = richText(s.xml, s.text); err != nil {
				return nil, err
			}
			text = tidyText(s.text[from:len(s.text):len(s.text)])
		}
	}
}

// value turns what a cell stores into the text that the contract reads.
func (s *sheetRows) value(c *cell, raw []byte) ([]byte, error) {
	switch c.kind {
	case 's':
		text, ok := s.strings.at(bytes.TrimSpace(raw))
		if !ok {
			return nil, errors.New("a cell refers to a text that is not there")
		}
		return text, nil
	case 't':
		return tidyText(s.keep(raw)), nil
	case 'e':
		s.faults.add(c.col, c.row)
	case 'n':
		if number := plainly(bytes.TrimSpace(raw), c.percent); number != nil {
			return s.keep(number), nil
		}
	}
	return tidyText(s.keep(bytes.TrimSpace(raw))), nil
}

func (s *sheetRows) keep(b []byte) []byte {
	from := len(s.text)
	s.text = append(s.text, b...)
	return s.text[from:len(s.text):len(s.text)]
}

// wholeLimit is the size from which a workbook does not hold every digit of a
// whole number.
const wholeLimit = 1e15

// plainly writes a stored number the way a person would: 9.2763E9 in full, as
// long as every digit is there, 0.1 instead of the seventeen digits next to
// it, and 92.5% for 0.925 in a cell that shows per cent. It returns nil for
// what stands as it is.
func plainly(raw []byte, percent bool) []byte {
	exponent := bytes.ContainsAny(raw, "eE")
	if !percent && !exponent && len(raw) < 17 {
		return nil
	}
	x, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || x != x {
		return nil
	}
	if percent {
		// Moving the point in the decimal text adds no error of its own.
		text := strconv.FormatFloat(x, 'e', -1, 64)
		e := bytes.IndexByte([]byte(text), 'e')
		power, _ := strconv.Atoi(text[e+1:])
		if x, err = strconv.ParseFloat(text[:e]+"e"+strconv.Itoa(power+2), 64); err != nil {
			return nil
		}
		return append(strconv.AppendFloat(nil, x, 'f', -1, 64), '%')
	}
	if x >= wholeLimit || x <= -wholeLimit {
		return nil
	}
	return strconv.AppendFloat(nil, x, 'f', -1, 64)
}

// Notes tells what was mended and what cannot be right.
func (s *sheetRows) Notes() []Note {
	var out []Note
	if n := s.absent; n.count > 0 {
		out = append(out, Note{Rule: "formula_without_value", Line: n.row,
			Say:  fmt.Sprintf("%d formula(s) hold no value, the first at %s; the cells were read as empty", n.count, Place(n.col, n.row)),
			Hint: "open the workbook in Excel, let it calculate, save it and hand that in"})
	}
	if n := s.faults; n.count > 0 {
		out = append(out, Note{Rule: "error_cells", Line: n.row,
			Say:  fmt.Sprintf("%d cell(s) hold an error of Excel, the first at %s; they were read as empty", n.count, Place(n.col, n.row)),
			Hint: "mend the formulas and hand the workbook in again"})
	}
	if n := s.merges.filled; n > 0 {
		out = append(out, Note{Rule: "merged_cells",
			Say:  fmt.Sprintf("cells are merged over several rows; %d cell(s) were given the value of the area they belong to", n),
			Hint: "write the value into every row"})
	}
	if s.hidden > 0 {
		out = append(out, Note{Rule: "hidden_rows", Say: fmt.Sprintf("%d hidden row(s) were read like the others", s.hidden),
			Hint: "delete rows that are not meant"})
	}
	return out
}

// Close closes the sheet.
func (s *sheetRows) Close() error { return s.src.Close() }
