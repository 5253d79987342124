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

// The encodings that are told apart.
const (
	utf8Text    = "utf-8"
	windowsText = "windows-1252"
	utf16Text   = "utf-16"
)

var byteOrderMark = []byte("\ufeff")

// detectEncoding reads src to its end. A file is UTF-8 when all of it is valid
// UTF-8; one broken sequence makes it Windows-1252, the other thing British
// spreadsheets write. UTF-16 always begins with its mark.
func detectEncoding(src io.Reader) (encoding string, head []byte, err error) {
	buf := make([]byte, blockSize)
	carry, first := 0, true
	for {
		n, err := io.ReadFull(src, buf[carry:])
		view := buf[:carry+n]
		if first {
			head, first = bytes.Clone(view[:min(len(view), sniffSize)]), false
			if isUTF16(head) {
				return utf16Text, head, nil
			}
		}
		last := err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return "", nil, err
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

func isUTF16(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff})
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

// decode returns src as UTF-8 without a byte order mark.
func decode(src io.Reader, encoding string) io.Reader {
	switch encoding {
	case windowsText:
		return transform.NewReader(src, charmap.Windows1252.NewDecoder())
	case utf16Text:
		return transform.NewReader(src, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
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
