package erase

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

// Proof is what a search through a folder found.
type Proof struct {
	Files    int64 `json:"files"`    // looked through
	Unpacked int64 `json:"unpacked"` // of these, compressed or coded ones whose content was looked through
	Bytes    int64 `json:"bytes"`    // on the disk
	Hits     []Hit `json:"hits"`     // files that hold the person
}

// Hit is a file that holds the person.
type Hit struct {
	Path string `json:"path"` // under the folder
	Hits int64  `json:"hits"`
}

// Search says where to look, and how.
type Search struct {
	Folder string
	Temp   string          // folder for what has to be unpacked
	Leave  map[string]bool // absolute paths of files and folders that are not looked through
	// Database counts in a file of the warehouse's engine, whose values stand
	// coded in it. Its bytes are searched as well.
	Database func(ctx context.Context, path string, p *Person) (int64, error)
}

// Search looks through every file below a folder for the person: for every
// number, standing alone, and for every name beside its date of birth. What is
// compressed is unpacked; Parquet and database files are read by their values.
// Links are not followed.
func (p *Person) Search(ctx context.Context, s Search) (Proof, error) {
	var out Proof
	n := p.needles()
	err := filepath.WalkDir(s.Folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if s.Leave[path] && e.IsDir() {
			return fs.SkipDir
		}
		if !e.Type().IsRegular() || s.Leave[path] {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		out.Files++
		out.Bytes += info.Size()
		hits, coded, err := n.file(ctx, path, s.Temp)
		if err == nil && s.Database != nil && (filepath.Ext(path) == ".duckdb") {
			var more int64
			more, err = s.Database(ctx, path, p)
			hits, coded = hits+more, true
		}
		if err != nil {
			return fmt.Errorf("search of %s: %w", rel(s.Folder, path), err)
		}
		if coded {
			out.Unpacked++
		}
		if hits > 0 {
			out.Hits = append(out.Hits, Hit{rel(s.Folder, path), hits})
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // no such folder, or a file that went meanwhile
	}
	return out, err
}

func rel(folder, path string) string {
	r, err := filepath.Rel(folder, path)
	if err != nil {
		return filepath.Base(path)
	}
	return filepath.ToSlash(r)
}

// search looks through one plain file.
func (p *Person) search(ctx context.Context, path string) (int64, error) {
	hits, _, err := p.needles().file(ctx, path, filepath.Dir(path))
	return hits, err
}

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

// file looks through one file; coded tells whether it had to be unpacked.
func (n *needles) file(ctx context.Context, path, temp string) (hits int64, coded bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	head := make([]byte, 4)
	k, _ := io.ReadFull(f, head)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, false, err
	}
	switch head = head[:k]; {
	case bytes.Equal(head, []byte("PAR1")):
		hits, err = n.parquet(path)
		return hits, true, err
	case bytes.Equal(head, []byte("\x28\xb5\x2f\xfd")):
		hits, err = n.unpacked(ctx, path, temp)
		return hits, true, err
	case bytes.HasPrefix(head, []byte("PK")):
		hits, err = n.workbook(ctx, f, path)
		return hits, true, err
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(f)
		if err != nil {
			return 0, true, err
		}
		hits, err = n.stream(reader{ctx, z})
		return hits, true, err
	}
	hits, err = n.stream(reader{ctx, f})
	return hits, false, err
}

// unpacked unpacks an archived list; a workbook is put into a file, because it
// is read from its end.
func (n *needles) unpacked(ctx context.Context, path, temp string) (hits int64, err error) {
	in, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	defer z.Close()
	head := make([]byte, 2)
	k, _ := io.ReadFull(z, head)
	src := io.MultiReader(bytes.NewReader(head[:k]), z)
	if !bytes.Equal(head[:k], []byte("PK")) {
		return n.stream(reader{ctx, src})
	}
	dir, err := os.MkdirTemp(temp, "original-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	plain := filepath.Join(dir, "list")
	out, err := os.OpenFile(plain, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	if _, err := io.Copy(out, reader{ctx, src}); err != nil {
		return 0, err
	}
	return n.workbook(ctx, out, plain)
}

// workbook looks through every part of a zip file, and through the rows of its
// sheets where it is a workbook: there a name and a date stand in two parts.
func (n *needles) workbook(ctx context.Context, f *os.File, path string) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return n.stream(reader{ctx, io.NewSectionReader(f, 0, info.Size())}) // no zip after all
	}
	hits := int64(0)
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			return hits, err
		}
		more, err := n.stream(reader{ctx, r})
		if err := errors.Join(err, r.Close()); err != nil {
			return hits, err
		}
		hits += more
	}
	more, err := n.sheets(path)
	return hits + more, err
}

func (n *needles) sheets(path string) (hits int64, err error) {
	book, err := tabular.Open(path)
	if err != nil {
		return 0, nil // no workbook; its parts were looked through
	}
	defer book.Close()
	for _, sheet := range book.Sheets() {
		rows, err := book.Rows(sheet)
		if err != nil {
			return hits, err
		}
		for {
			rec, err := rows.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return hits, errors.Join(err, rows.Close())
			}
			cells := make([]string, len(rec.Cells))
			for i, c := range rec.Cells {
				cells[i] = string(c)
			}
			if n.row(cells) {
				hits++
			}
		}
		if err := rows.Close(); err != nil {
			return hits, err
		}
	}
	return hits, nil
}

// Columns of a Parquet file are read by their values: its bytes are coded.
func (n *needles) parquet(path string) (hits int64, err error) {
	columns, err := snapshot.Columns(path)
	if err != nil {
		return 0, err
	}
	cells := make([]string, len(columns))
	err = snapshot.Scan(path, columns, func(row []snapshot.Cell) error {
		for i, c := range row {
			cells[i] = c.Text
		}
		if n.row(cells) {
			hits++
		}
		return nil
	})
	return hits, err
}

// row tells whether the cells of a row are about the person. Most rows hold
// neither a number nor a family name of the person, which is quick to see.
func (n *needles) row(cells []string) bool {
	for _, c := range cells {
		switch {
		case c == "":
		case n.exact[c]:
			if n.person.inCells(cells) {
				return true
			}
		case len(c) > leastToken && n.in([]byte(c)) > 0:
			return true
		}
	}
	return false
}

// HoldsRow tells whether the values of a row are about the person.
func (p *Person) HoldsRow() func(cells []string) bool { return p.needles().row }

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
