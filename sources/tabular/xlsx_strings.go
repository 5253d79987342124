package tabular

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// maxStrings bounds the shared strings, the one part of a workbook that has to
// be held in memory.
const maxStrings = 128 << 20

var errStrings = errors.New("its shared strings take more than 128 MB")

// sharedStrings are the texts that cells refer to by number, in one piece of
// memory.
type sharedStrings struct {
	text []byte
	ends []int
}

func readStrings(part *zip.File) (*sharedStrings, error) {
	s := &sharedStrings{}
	if part == nil {
		return s, nil
	}
	r, err := part.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	m := newMarkup(r)
	for {
		err := m.next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		if string(m.name) != "si" || m.kind == closing {
			continue
		}
		from := len(s.text)
		if m.kind == opening {
			if s.text, err = richText(m, s.text); err != nil {
				return nil, err
			}
		}
		tidy := tidyText(s.text[from:])
		s.text = append(s.text[:from], tidy...)
		if s.ends = append(s.ends, len(s.text)); len(s.text) > maxStrings {
			return nil, errStrings
		}
	}
}

// at returns a text by the number that a cell holds.
func (s *sharedStrings) at(number []byte) ([]byte, bool) {
	i, ok := index(number)
	if !ok || i >= len(s.ends) {
		return nil, false
	}
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.text[from:s.ends[i]:s.ends[i]], true
}

// index reads a whole number that is not negative.
func index(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// richText appends the text of the element that was just opened, up to its
// end: of all its t elements, but not those of phonetic hints.
func richText(m *markup, out []byte) ([]byte, error) {
	depth, phonetic := len(m.ends), 0
	for {
		if err := m.next(); err != nil {
			return out, broken(err)
		}
		switch {
		case m.kind == closing && len(m.ends) < depth:
			return out, nil
		case string(m.name) == "rPh" && m.kind == opening:
			phonetic = len(m.ends)
		case m.kind == closing && phonetic > len(m.ends):
			phonetic = 0
		case m.kind == closing && string(m.name) == "t" && phonetic == 0:
			out = append(out, m.text...)
		}
		if len(out) > maxStrings {
			return out, errStrings
		}
	}
}

// broken turns an end that comes too early into a fault of the part.
func broken(err error) error {
	if errors.Is(err, io.EOF) {
		return errBreaks
	}
	return err
}

// tidyText resolves Excel's own escapes of control characters, _x000D_, and
// cleans the text like any cell. It may change b.
func tidyText(b []byte) []byte {
	b = unescape(b)
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\ufffd"))
	}
	if needsCleaning(b) {
		b = clean(b)
	}
	return b
}

func unescape(b []byte) []byte {
	const length = len("_x000D_")
	out := b[:0]
	for i := 0; i < len(b); i++ {
		if b[i] == '_' && i+length <= len(b) && b[i+1] == 'x' && b[i+length-1] == '_' {
			if n, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 16); err == nil {
				// The escape is longer than any character it stands for.
				out = utf8.AppendRune(out, rune(n))
				i += length - 1
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}
