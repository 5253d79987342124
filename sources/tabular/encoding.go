package tabular

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The encodings that are told apart. UTF-16 is named with the order of its
// bytes where no mark says it.
const (
	utf8Text    = "utf-8"
	windowsText = "windows-1252"
	utf16Text   = "utf-16"
	utf16Little = "utf-16le"
	utf16Big    = "utf-16be"
)

var byteOrderMark = []byte("\ufeff")

// detectEncoding reads src to its end. A file is UTF-8 when it says so by its
// mark or when all of it is valid UTF-8; one broken sequence in a file without
// a mark makes it Windows-1252, the other thing British spreadsheets write.
func detectEncoding(src io.Reader) (encoding string, head []byte, err error) {
	buf := make([]byte, blockSize)
	carry, first := 0, true
	for {
		n, err := io.ReadFull(src, buf[carry:])
		view := buf[:carry+n]
		last := err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return "", nil, err
		}
		if first {
			head, first = bytes.Clone(view[:min(len(view), sniffSize)]), false
			if encoding := byHead(head); encoding != "" {
				return encoding, head, nil
			}
		}
		whole := len(view)
		if !last {
			whole -= incomplete(view)
		}
		if !utf8.Valid(view[:whole]) {
			return windowsText, head, nil
		}
		if last {
			return utf8Text, head, nil
		}
		carry = copy(buf, view[whole:])
	}
}

// byHead names the encoding that the first bytes give away; empty where only
// the whole file can tell.
func byHead(head []byte) string {
	switch {
	case bytes.HasPrefix(head, byteOrderMark):
		return utf8Text
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return utf16Text
	default:
		return unmarkedUTF16(head)
	}
}

// unmarkedUTF16 recognises UTF-16 without its mark by the zero bytes: in
// English text nearly every second byte is one, always the same of each pair.
func unmarkedUTF16(head []byte) string {
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	pairs := len(head) / 2
	most := func(n int) bool { return pairs > 0 && 10*n >= 7*pairs }
	few := func(n int) bool { return 20*n <= pairs }
	switch {
	case most(zeros[1]) && few(zeros[0]):
		return utf16Little
	case most(zeros[0]) && few(zeros[1]):
		return utf16Big
	default:
		return ""
	}
}

// incomplete returns how many bytes at the end of b begin a character that
// goes on in the next block.
func incomplete(b []byte) int {
	for i := 1; i <= min(utf8.UTFMax, len(b)); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if utf8.FullRune(b[len(b)-i:]) {
				return 0
			}
			return i
		}
	}
	return 0
}

// decode returns src as UTF-8 without a byte order mark. Broken sequences of a
// file that is UTF-8 by its mark stay as they are; the rows that hold them are
// named later.
func decode(src io.Reader, encoding string) io.Reader {
	switch encoding {
	case windowsText:
		return transform.NewReader(src, charmap.Windows1252.NewDecoder())
	case utf16Text:
		return transform.NewReader(src, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
	case utf16Little:
		return transform.NewReader(src, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder())
	case utf16Big:
		return transform.NewReader(src, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder())
	default:
		return &markSkipper{src: src}
	}
}

// markSkipper takes the byte order mark off the front.
type markSkipper struct {
	src  io.Reader
	past bool
	held []byte // bytes read to look for the mark
}

// Read yields what follows the mark, or everything where there is none.
func (m *markSkipper) Read(p []byte) (int, error) {
	if !m.past {
		m.past = true
		head := make([]byte, len(byteOrderMark))
		n, err := io.ReadFull(m.src, head)
		if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, err
		}
		m.held = bytes.TrimPrefix(head[:n], byteOrderMark)
	}
	if len(m.held) > 0 {
		n := copy(p, m.held)
		m.held = m.held[n:]
		return n, nil
	}
	return m.src.Read(p)
}

// returnLines turns CR, and CR LF, into LF, for files whose lines end in CR
// alone.
type returnLines struct {
	src   io.Reader
	after bool // the byte before was a CR
}

// Read yields at least one byte unless src has none.
func (r *returnLines) Read(p []byte) (int, error) {
	for {
		n, err := r.src.Read(p)
		out := 0
		for _, c := range p[:n] {
			if c == '\n' && r.after {
				r.after = false
				continue
			}
			if r.after = c == '\r'; r.after {
				c = '\n'
			}
			p[out] = c
			out++
		}
		if out > 0 || err != nil || len(p) == 0 {
			return out, err
		}
	}
}
