package tabular

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// needsCleaning is true where a cell may hold a character that clean takes
// out. Plain ASCII, which is nearly every cell, never does, but for NUL.
func needsCleaning(b []byte) bool {
	const high, low = 0x8080808080808080, 0x0101010101010101
	for len(b) >= 8 {
		w := binary.LittleEndian.Uint64(b)
		// The first term finds bytes of 128 and above, the second zero bytes.
		if w&high != 0 || (w-low)&^w&high != 0 {
			return true
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf || c == 0 {
			return true
		}
	}
	return false
}

// clean returns b without NUL and zero-width characters, with ordinary spaces
// in place of the other kinds of space and ASCII in place of its wide forms. It does not change b, which may
// be a view into a block that is read again.
func clean(b []byte) []byte {
	if bytes.IndexFunc(b, func(r rune) bool { return fate(r) != keep }) < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch fate(r) {
		case drop:
		case space:
			out = append(out, ' ')
		case wide:
			out = append(out, byte(r-fullWidth))
		default:
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	return out
}

type fateOf int

const (
	keep fateOf = iota
	drop
	space
	wide
)

// fullWidth is how far the wide forms of ASCII stand behind it. They come from
// East Asian keyboards and look like the digits and letters that they are.
const fullWidth = '\uff01' - '!'

func fate(r rune) fateOf {
	switch {
	case r == 0:
		return drop
	case r < utf8.RuneSelf:
		return keep
	case r == '\u00a0' || r >= '\u2000' && r <= '\u200a' || r == '\u202f' || r == '\u205f' || r == '\u3000':
		return space
	case r >= '\u200b' && r <= '\u200f' || r == '\u2060' || r == '\ufeff' || r == '\u00ad':
		return drop
	case r >= '\uff01' && r <= '\uff5e':
		return wide
	default:
		return keep
	}
}
