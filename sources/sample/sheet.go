package sample

import (
	"strings"
	"time"

	"nightjar/pipeline"
)

// cell is a day or a text.
type cell struct {
	text string
	day  pipeline.Date
}

func text(s string) cell           { return cell{text: s} }
func dayCell(d pipeline.Date) cell { return cell{day: d} }

func texts(list ...string) []cell {
	out := make([]cell, len(list))
	for i, s := range list {
		out[i] = text(s)
	}
	return out
}

// A sheet is a list as a provider would draw it up.
type sheet struct {
	titles [][]cell // above the header
	header []string
	rows   [][]cell
	who    []*person // behind each row; nil for nobody
	footer [][]cell
}

func (s *sheet) add(p *person, row []cell) {
	s.rows = append(s.rows, row)
	s.who = append(s.who, p)
}

// A form is how a provider's system writes files.
type form struct {
	ext    string // csv or xlsx
	iso    bool   // days as 2021-10-31; else 31/10/2021
	bom    bool
	latin  bool // Windows-1252
	crlf   bool
	blanks bool // an empty line before the footer
}

// handIn delivers a sheet and notes in the truth who stands on which line.
func (l *lists) handIn(s *sheet, f form, dataset, provider, name, period string, when time.Time) error {
	h, err := l.in.open(dataset, provider, name+"."+f.ext, period, when)
	if err != nil {
		return err
	}
	all := append([][]cell{}, s.titles...)
	all = append(all, texts(s.header...))
	first := len(all) + 1
	all = append(all, s.rows...)
	if f.blanks {
		all = append(all, nil)
	}
	all = append(all, s.footer...)
	if f.ext == "xlsx" {
		err = writeXLSX(h.out, "Sheet1", all)
		h.line = len(all)
	} else {
		writeCSV(h, all, f)
	}
	if e := l.in.close(h); err == nil {
		err = e
	}
	for i, p := range s.who {
		l.truth.note(h.name, first+i, p)
	}
	return err
}

func writeCSV(h *handIn, rows [][]cell, f form) {
	end := "\n"
	if f.crlf {
		end = "\r\n"
	}
	var b []byte
	for i, row := range rows {
		b = b[:0]
		if i == 0 && f.bom {
			b = append(b, "\ufeff"...)
		}
		for j, c := range row {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendCell(b, c, f)
		}
		h.writeLine(append(b, end...))
	}
}

func appendCell(b []byte, c cell, f form) []byte {
	switch {
	case c.day != 0 && f.iso:
		return c.day.Time().AppendFormat(b, time.DateOnly)
	case c.day != 0:
		return appendBritish(b, c.day)
	case strings.ContainsAny(c.text, ",\""):
		b = append(b, '"')
		b = appendText(b, strings.ReplaceAll(c.text, `"`, `""`), f.latin)
		return append(b, '"')
	default:
		return appendText(b, c.text, f.latin)
	}
}

// appendText writes UTF-8, or Windows-1252 for the letters that names here
// use: those up to U+00FF, the dash and the curly apostrophe.
func appendText(b []byte, s string, latin bool) []byte {
	if !latin {
		return append(b, s...)
	}
	for _, r := range s {
		switch {
		case r == '’':
			b = append(b, 0x92)
		case r == '–':
			b = append(b, 0x96)
		case r < 0x100:
			b = append(b, byte(r))
		default:
			b = append(b, '?')
		}
	}
	return b
}
