package erase

import (
	"bytes"
	"errors"
	"io"
)

// needles are the person's numbers and names as bytes.
type needles struct {
	person  *Person
	numbers [][]byte
	exact   map[string]bool // numbers, and family names in every case
	names   []nameNeedle
}

type nameNeedle struct {
	families [][]byte // as written, in capitals and small
	given    []byte   // in small letters
	days     [][]byte
}

// leastToken is the shortest number that is looked for among bytes: a shorter
// one stands for too many other things.
const leastToken = 6

func (p *Person) needles() *needles {
	n := &needles{person: p, exact: map[string]bool{}}
	for _, list := range [][]string{p.Clients, p.UPNs, p.ULNs} {
		for _, s := range list {
			n.exact[s] = true
			if len(s) < leastToken {
				continue
			}
			n.numbers = append(n.numbers, []byte(s))
			if low := bytes.ToLower([]byte(s)); !bytes.Equal(low, []byte(s)) {
				n.numbers = append(n.numbers, low)
			}
		}
	}
	for _, name := range p.Names {
		family := []byte(name.Family)
		one := nameNeedle{families: [][]byte{family, bytes.ToUpper(family), bytes.ToLower(family)}, given: bytes.ToLower([]byte(name.Given))}
		for _, f := range one.families {
			n.exact[string(f)] = true
		}
		if !name.HasBorn {
			continue // a name alone may be anybody's
		}
		for _, d := range dayTexts(name.Born) {
			one.days = append(one.days, []byte(d))
		}
		n.names = append(n.names, one)
	}
	return n
}

const (
	blockSize = 1 << 20
	window    = 400 // bytes on either side of a name among which its date may stand
)

// stream counts the person in a stream of bytes.
func (n *needles) stream(src io.Reader) (hits int64, err error) {
	buf := make([]byte, 0, blockSize)
	for {
		k, err := io.ReadFull(src, buf[len(buf):blockSize])
		buf = buf[:len(buf)+k]
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return hits, err
		}
		cut := len(buf)
		if !last { // what may go on in the next block waits for it
			if cut = bytes.LastIndexByte(buf, '\n') + 1; cut < blockSize/2 {
				cut = len(buf) - 2*window
			}
		}
		hits += n.in(buf[:cut])
		if wide := withoutZeros(buf[:cut]); wide != nil {
			hits += n.in(wide)
		}
		if last {
			return hits, nil
		}
		buf = buf[:copy(buf, buf[cut:])]
	}
}

// withoutZeros turns text in UTF-16 into plain text; nil for other bytes.
func withoutZeros(b []byte) []byte {
	zeros := bytes.Count(b, []byte{0})
	if 5*zeros < len(b) || zeros == 0 {
		return nil
	}
	return bytes.ReplaceAll(b, []byte{0}, nil)
}

// in counts the person in a piece of bytes.
func (n *needles) in(b []byte) (hits int64) {
	for _, number := range n.numbers {
		for at := 0; ; {
			i := bytes.Index(b[at:], number)
			if i < 0 {
				break
			}
			at += i
			if alone(b, at, len(number)) {
				hits++
			}
			at += len(number)
		}
	}
	for _, name := range n.names {
		hits += name.in(b)
	}
	return hits
}

// alone tells whether the bytes at a place are a word of their own and no part
// of a longer number.
func alone(b []byte, at, length int) bool {
	word := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
	}
	return (at == 0 || !word(b[at-1])) && (at+length == len(b) || !word(b[at+length]))
}

// in counts lines, or stretches of bytes, that hold the family name with the
// given name and the date of birth beside it.
func (m nameNeedle) in(b []byte) (hits int64) {
	for k, family := range m.families {
		if len(family) == 0 || k > 0 && bytes.Equal(family, m.families[0]) {
			continue
		}
		for at := 0; ; {
			i := bytes.Index(b[at:], family)
			if i < 0 {
				break
			}
			at += i
			if alone(b, at, len(family)) && m.beside(around(b, at, len(family))) {
				hits++
			}
			at += len(family)
		}
	}
	return hits
}

func (m nameNeedle) beside(line []byte) bool {
	if !bytes.Contains(bytes.ToLower(line), m.given) {
		return false
	}
	for _, d := range m.days {
		for at := 0; ; {
			i := bytes.Index(line[at:], d)
			if i < 0 {
				break
			}
			if at += i; alone(line, at, len(d)) {
				return true
			}
			at += len(d)
		}
	}
	return false
}

// around returns the line in which something stands, or the bytes near it.
func around(b []byte, at, length int) []byte {
	from, to := max(0, at-window), min(len(b), at+length+window)
	if i := bytes.LastIndexByte(b[from:at], '\n'); i >= 0 {
		from += i + 1
	}
	if i := bytes.IndexByte(b[at:to], '\n'); i >= 0 {
		to = at + i
	}
	return b[from:to]
}
