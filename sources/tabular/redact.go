package tabular

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// ErrWhole is a file out of which single rows cannot be taken with certainty.
// Whoever has to be rid of them removes the file whole.
var ErrWhole = errors.New("single rows cannot be taken out of this file")

// Redact copies a file without what the rows at the given lines hold, sheet by
// sheet (the empty name for CSV and XML). Every other row keeps its bytes and
// its line: a row of a CSV leaves its line end, a row of a workbook its number,
// a record of a return the line ends within it. Doing it again to the result
// changes nothing. The error is ErrWhole where it cannot be done.
func Redact(ctx context.Context, path string, out io.Writer, lines map[string][]int64) error {
	file, err := Open(path)
	if err != nil {
		if _, refused := AsRefusal(err); refused {
			return fmt.Errorf("%w: %w", ErrWhole, err)
		}
		return err
	}
	defer file.Close()
	switch f := file.(type) {
	case *csvFile:
		return redactCSV(ctx, f, path, out, lines[""])
	case *xmlFile:
		return redactXML(ctx, path, out, lines[""])
	case *workbook:
		return f.redact(ctx, out, lines)
	default:
		return ErrWhole
	}
}

// span is a part of a file, from the first byte or line to the one behind its
// last.
type span struct{ from, to int64 }

// redactCSV takes out the physical lines of the records.
func redactCSV(ctx context.Context, f *csvFile, path string, out io.Writer, lines []int64) error {
	spans, err := recordLines(ctx, f, lines)
	if err != nil {
		return err
	}
	src, err := os.Open(path)
	if err != nil {
		return err
	}
	defer src.Close()
	b := newBlanker(f.form, spans)
	buf := make([]byte, blockSize)
	for {
		n, err := src.Read(buf)
		if _, werr := out.Write(b.blank(buf[:n])); werr != nil {
			return werr
		}
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
}

// recordLines returns the physical lines of the records that begin at lines.
func recordLines(ctx context.Context, f *csvFile, lines []int64) ([]span, error) {
	rows, err := f.Rows("")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	wanted := make(map[int64]bool, len(lines))
	for _, l := range lines {
		wanted[l] = true
	}
	var out []span
	open := false
	for n := 0; ; n++ {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			if open {
				out[len(out)-1].to = 1 << 62
			}
			return out, nil
		}
		if err == nil && n%4096 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if open {
			out[len(out)-1].to = rec.Line
		}
		if open = wanted[rec.Line]; open {
			out = append(out, span{from: rec.Line})
		}
	}
}

// blanker drops the text of lines and keeps their ends, in the file's own
// encoding.
type blanker struct {
	spans  []span // in order
	line   int64
	width  int  // bytes of a character's unit
	low    int  // which of them is the low one
	cr     bool // lines end in CR alone, or CR LF
	after  bool // the unit before was a CR that ended a line
	unit   []byte
	passed []byte
}

func newBlanker(form Form, spans []span) *blanker {
	b := &blanker{spans: spans, line: 1, width: 1, cr: form.LineEnd == "CR"}
	switch form.Encoding {
	case utf16Little:
		b.width = 2
	case utf16Big:
		b.width, b.low = 2, 1
	case utf16Text: // by its mark: the first unit says which
		b.width, b.low = 2, -1
	}
	return b
}

// blank returns what is left of the next bytes. The result is valid until the
// next call.
func (b *blanker) blank(text []byte) []byte {
	b.passed = b.passed[:0]
	for _, c := range text {
		if b.unit = append(b.unit, c); len(b.unit) == b.width {
			b.take()
			b.unit = b.unit[:0]
		}
	}
	return b.passed
}

func (b *blanker) take() {
	if b.low < 0 {
		b.low = 0
		if b.unit[0] == 0xfe {
			b.low = 1
		}
		b.passed = append(b.passed, b.unit...) // the mark stays
		return
	}
	c := b.unit[b.low]
	plain := b.width == 1 || b.unit[1-b.low] == 0
	isLF, isCR := plain && c == '\n', plain && c == '\r'
	if b.after && isLF { // the second half of CR LF
		b.after = false
		b.passed = append(b.passed, b.unit...)
		return
	}
	if isLF || isCR || !b.dropped() {
		b.passed = append(b.passed, b.unit...)
	}
	b.after = b.cr && isCR
	if b.cr && isCR || !b.cr && isLF || b.cr && isLF {
		b.line++
		for len(b.spans) > 0 && b.line >= b.spans[0].to {
			b.spans = b.spans[1:]
		}
	}
}

func (b *blanker) dropped() bool { return len(b.spans) > 0 && b.line >= b.spans[0].from }

// merged sorts spans and joins those that touch.
func merged(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return int(min(max(a.from-b.from, -1), 1)) })
	var out []span
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}
