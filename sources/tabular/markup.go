package tabular

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

const (
	// maxTag bounds one tag with its attributes, and maxText the text between
	// two tags. A cell of a workbook holds at most 32,767 characters.
	maxTag  = 64 << 10
	maxText = 1 << 20
	// maxDepth bounds how deep elements stand in each other.
	maxDepth = 256
)

var (
	errMarkup  = errors.New("its XML is broken")
	errBreaks  = errors.New("its XML breaks off")
	errDoctype = errors.New("its XML declares entities of its own")
)

// markup walks over the tags of an XML part without building anything. It
// keeps the stack of open elements, so that a part that breaks off or closes
// what it did not open is never taken for a whole one. Entities other than
// the five of XML, and document type declarations, are refused.
type markup struct {
	src        io.Reader
	buf        []byte
	start, end int
	eof        bool

	text  []byte // between the tag before and this one, entities resolved
	name  []byte // of this tag, without its prefix
	attrs []byte // of this tag, as they stand
	kind  tagKind

	stack []byte // names of the open elements, one after the other
	ends  []int
}

type tagKind int

const (
	opening tagKind = iota
	closing
	empty // opens and closes at once
)

func newMarkup(src io.Reader) *markup {
	return &markup{src: src, buf: make([]byte, 2*maxTag)}
}

// next moves to the next tag. It returns io.EOF after the last one, when every
// element is closed.
func (m *markup) next() error {
	m.text = m.text[:0]
	for {
		if err := m.untilTag(); err != nil {
			return err
		}
		switch {
		case m.has("<?"):
			if err := m.skip("?>", false); err != nil {
				return err
			}
		case m.has("<!--"):
			if err := m.skip("-->", false); err != nil {
				return err
			}
		case m.has("<![CDATA["):
			m.start += len("<![CDATA[")
			if err := m.skip("]]>", true); err != nil {
				return err
			}
		case m.has("<!"):
			return errDoctype
		default:
			return m.tag()
		}
	}
}

// untilTag takes the text up to the next tag.
func (m *markup) untilTag() error {
	for {
		view := m.buf[m.start:m.end]
		i := bytes.IndexByte(view, '<')
		if i >= 0 {
			m.start += i
			return m.addText(view[:i])
		}
		// An entity may be cut by the end of the block: its beginning stays.
		keep := 0
		if amp := bytes.LastIndexByte(view, '&'); amp >= 0 && len(view)-amp < 16 && !m.eof {
			keep = len(view) - amp
		}
		if err := m.addText(view[:len(view)-keep]); err != nil {
			return err
		}
		m.start = m.end - keep
		if m.eof {
			if len(m.ends) > 0 {
				return errBreaks
			}
			return io.EOF
		}
		if err := m.fill(); err != nil {
			return err
		}
	}
}

// has tells whether the unread part begins with a text.
func (m *markup) has(begin string) bool {
	for m.end-m.start < len(begin) && !m.eof {
		if m.fill() != nil {
			return false
		}
	}
	return bytes.HasPrefix(m.buf[m.start:m.end], []byte(begin))
}

// skip moves behind the mark; keep takes what comes before it as text.
func (m *markup) skip(mark string, keep bool) error {
	for {
		view := m.buf[m.start:m.end]
		i := bytes.Index(view, []byte(mark))
		taken := i
		if i < 0 {
			taken = max(0, len(view)-len(mark)+1)
		}
		if keep {
			if err := m.bounded(len(m.text) + taken); err != nil {
				return err
			}
			m.text = append(m.text, view[:taken]...)
		}
		m.start += taken
		if i >= 0 {
			m.start += len(mark)
			return nil
		}
		if m.eof {
			return errBreaks
		}
		if err := m.fill(); err != nil {
			return err
		}
	}
}

func (m *markup) bounded(n int) error {
	if n > maxText {
		return errMarkup
	}
	return nil
}

// tag reads the tag at the front.
func (m *markup) tag() error {
	length := 0
	for {
		if length = tagLength(m.buf[m.start:m.end]); length > 0 {
			break
		}
		if m.end-m.start >= maxTag {
			return errMarkup
		}
		if m.eof {
			return errBreaks
		}
		if err := m.fill(); err != nil {
			return err
		}
	}
	inside := m.buf[m.start+1 : m.start+length-1]
	m.start += length
	m.kind = opening
	switch n := len(inside); {
	case n > 0 && inside[0] == '/':
		m.kind, inside = closing, inside[1:]
	case n > 0 && inside[n-1] == '/':
		m.kind, inside = empty, inside[:n-1]
	}
	name := inside
	m.attrs = nil
	if i := bytes.IndexAny(inside, " \t\r\n"); i >= 0 {
		name, m.attrs = inside[:i], inside[i:]
	}
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	if m.name = name; len(name) == 0 {
		return errMarkup
	}
	return m.nest()
}

// nest keeps the stack of open elements.
func (m *markup) nest() error {
	switch m.kind {
	case opening:
		if len(m.ends) == maxDepth {
			return errMarkup
		}
		m.stack = append(m.stack, m.name...)
		m.ends = append(m.ends, len(m.stack))
	case closing:
		n := len(m.ends)
		if n == 0 {
			return errMarkup
		}
		from := 0
		if n > 1 {
			from = m.ends[n-2]
		}
		if !bytes.Equal(m.stack[from:], m.name) {
			return errMarkup
		}
		m.stack, m.ends = m.stack[:from], m.ends[:n-1]
	}
	return nil
}

// tagLength returns the length of the tag at the front of b, 0 where its end
// is not there yet. A > inside a quoted attribute does not end it.
func tagLength(b []byte) int {
	quote := byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return 0
}

// attr returns an attribute of the current tag by its local name. Only
// attributes whose values need no entities are asked for.
func (m *markup) attr(name string) []byte {
	rest := m.attrs
	for {
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimSpace(rest[:eq])
		if i := bytes.IndexByte(key, ':'); i >= 0 {
			key = key[i+1:]
		}
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) < 2 || rest[0] != '"' && rest[0] != '\'' {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return rest[1 : 1+end]
		}
		rest = rest[end+2:]
	}
}

// fill reads more bytes behind the unread ones.
func (m *markup) fill() error {
	if m.start > 0 {
		m.end = copy(m.buf, m.buf[m.start:m.end])
		m.start = 0
	}
	if m.end == len(m.buf) {
		return errMarkup
	}
	n, err := io.ReadAtLeast(m.src, m.buf[m.end:], 1)
	m.end += n
	if err == io.EOF {
		m.eof = true
		return nil
	}
	return err
}

// addText appends text, its entities resolved.
func (m *markup) addText(raw []byte) error {
	if err := m.bounded(len(m.text) + len(raw)); err != nil {
		return err
	}
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			m.text = append(m.text, raw...)
			return nil
		}
		m.text = append(m.text, raw[:i]...)
		raw = raw[i+1:]
		end := bytes.IndexByte(raw, ';')
		if end < 0 {
			return errMarkup
		}
		r, ok := entity(raw[:end])
		if !ok {
			return errMarkup
		}
		m.text = utf8.AppendRune(m.text, r)
		raw = raw[end+1:]
	}
}

// entity resolves the five names of XML and character numbers.
func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := string(name[1:]), 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, false
	}
	return rune(n), true
}
