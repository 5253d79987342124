package tabular

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"nightjar/pipeline"
)

// redactXML takes out the records of a return that begin at lines. A return in
// which two records begin in one line does not say which is meant.
func redactXML(ctx context.Context, path string, out io.Writer, lines []int64) error {
	src, err := os.Open(path)
	if err != nil {
		return err
	}
	defer src.Close()
	spans, err := recordSpans(ctx, src, lines)
	if err != nil {
		return err
	}
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return copyWithout(ctx, out, src, spans, lineEndsOf)
}

// recordSpans finds the bytes of the records that begin at lines.
func recordSpans(ctx context.Context, src io.Reader, lines []int64) ([]span, error) {
	d := xml.NewDecoder(utf8Only{src})
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if pipeline.FoldWord(label) != "utf8" {
			return nil, ErrWhole // its offsets would not be those of the file
		}
		return in, nil
	}
	starts := map[int64]int{}
	at := map[int64]span{}
	var line, from int64
	for n := 0; ; n++ {
		before := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && n%4096 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWhole, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if isReturnRecord(t.Name.Local) {
				l, _ := d.InputPos()
				line, from = int64(l), before
				starts[line]++
			}
		case xml.EndElement:
			if isReturnRecord(t.Name.Local) {
				at[line] = span{from, d.InputOffset()}
			}
		}
	}
	var out []span
	for _, l := range lines {
		if starts[l] > 1 {
			return nil, fmt.Errorf("%w: several records begin in one line", ErrWhole)
		}
		if s, ok := at[l]; ok {
			out = append(out, s)
		}
	}
	return merged(out), nil
}

func isReturnRecord(name string) bool {
	word := pipeline.FoldWord(name)
	return word == "youngpersonsrecord" || word == "youngpersonrecord"
}

// utf8Only fails on bytes that cannot be UTF-8, such as UTF-16 with its zeros.
type utf8Only struct{ src io.Reader }

// Read reads as long as no zero byte comes.
func (u utf8Only) Read(p []byte) (int, error) {
	n, err := u.src.Read(p)
	if bytes.IndexByte(p[:n], 0) >= 0 {
		return 0, ErrWhole
	}
	return n, err
}

// lineEndsOf keeps the line ends of what is dropped, so that the lines below
// keep their numbers.
func lineEndsOf(dropped []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return r
		}
		return -1
	}, dropped)
}

// copyWithout copies src but for the spans, of which only what keep returns is
// left.
func copyWithout(ctx context.Context, out io.Writer, src io.Reader, spans []span, keep func([]byte) []byte) error {
	buf := make([]byte, blockSize)
	for at := int64(0); ; {
		n, err := src.Read(buf)
		for text := buf[:n]; len(text) > 0; {
			for len(spans) > 0 && at >= spans[0].to {
				spans = spans[1:]
			}
			part, drop := text, false
			switch {
			case len(spans) == 0:
			case at >= spans[0].from:
				part, drop = text[:min(int64(len(text)), spans[0].to-at)], true
			default:
				part = text[:min(int64(len(text)), spans[0].from-at)]
			}
			at, text = at+int64(len(part)), text[len(part):]
			if drop {
				part = keep(part)
			}
			if _, werr := out.Write(part); werr != nil {
				return werr
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
}

// redact writes the workbook anew: the rows are emptied in their sheets, and
// shared texts that no cell refers to any more are emptied too. All other parts
// are copied as they are packed.
func (w *workbook) redact(ctx context.Context, out io.Writer, lines map[string][]int64) error {
	spans, used, err := w.rowSpans(ctx, lines)
	if err != nil {
		return err
	}
	info, err := w.f.Stat()
	if err != nil {
		return err
	}
	in, err := zip.NewReader(w.f, info.Size())
	if err != nil {
		return err
	}
	to := zip.NewWriter(out)
	for _, part := range in.File {
		name := partName(part.Name)
		cut, isSheet := spans[name]
		if !isSheet && name != partName(w.outline.strings) {
			if err := to.Copy(part); err != nil {
				return err
			}
			continue
		}
		if !isSheet {
			if cut, err = unusedTexts(ctx, part, used); err != nil {
				return err
			}
		}
		if err := rewritePart(ctx, to, part, cut); err != nil {
			return err
		}
	}
	return to.Close()
}

// rewritePart packs a part without the spans.
func rewritePart(ctx context.Context, to *zip.Writer, part *zip.File, cut []span) error {
	src, err := part.Open()
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := to.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Deflate, Modified: part.Modified})
	if err != nil {
		return err
	}
	return copyWithout(ctx, dst, src, cut, func([]byte) []byte { return nil })
}

// rowSpans finds the insides of the rows in every sheet part, and which shared
// texts the other cells of the workbook refer to, hidden sheets included.
func (w *workbook) rowSpans(ctx context.Context, lines map[string][]int64) (map[string][]span, map[int]bool, error) {
	wanted := map[string]map[int64]bool{}
	for _, s := range w.outline.sheets {
		name := partName(s.part)
		wanted[name] = map[int64]bool{}
		for _, l := range lines[s.name] {
			wanted[name][l] = true
		}
	}
	spans, used := map[string][]span{}, map[int]bool{}
	for name, part := range w.parts {
		if !strings.HasPrefix(name, "xl/worksheets/") || !strings.HasSuffix(name, ".xml") {
			continue
		}
		cut, err := sheetSpans(ctx, part, wanted[name], used)
		if err != nil {
			return nil, nil, err
		}
		if len(cut) > 0 {
			spans[name] = cut
		}
	}
	return spans, used, nil
}

// sheetSpans returns what stands inside the wanted rows of a sheet and notes
// the shared texts that other rows use.
func sheetSpans(ctx context.Context, part *zip.File, wanted map[int64]bool, used map[int]bool) ([]span, error) {
	var out []span
	var row, from int64
	var shared, value, inside bool
	err := walkMarkup(ctx, part, func(before, after int64, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "row":
				row++
				if r, err := strconv.ParseInt(attribute(t, "r"), 10, 64); err == nil {
					row = r
				}
				inside, from = wanted[row], after
			case "c":
				shared = attribute(t, "t") == "s"
			case "v":
				value = true
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "row":
				if inside && before > from {
					out = append(out, span{from, before})
				}
				inside = false
			case "v":
				value = false
			}
		case xml.CharData:
			if value && shared && !inside {
				n, err := strconv.Atoi(strings.TrimSpace(string(t)))
				if err != nil {
					return ErrWhole
				}
				used[n] = true
			}
		}
		return nil
	})
	return out, err
}

// unusedTexts returns the insides of the shared texts that no cell uses.
func unusedTexts(ctx context.Context, part *zip.File, used map[int]bool) ([]span, error) {
	var out []span
	n, from := -1, int64(0)
	err := walkMarkup(ctx, part, func(before, after int64, token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "si" {
				n++
				from = after
			}
		case xml.EndElement:
			if t.Name.Local == "si" && !used[n] && before > from {
				out = append(out, span{from, before})
			}
		}
		return nil
	})
	return out, err
}

// walkMarkup hands out the tokens of a part with their places. Elements that
// close themselves come as opened and closed at the same place.
func walkMarkup(ctx context.Context, part *zip.File, each func(before, after int64, token xml.Token) error) error {
	src, err := part.Open()
	if err != nil {
		return err
	}
	defer src.Close()
	d := xml.NewDecoder(utf8Only{src})
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if !strings.EqualFold(label, "utf-8") {
			return nil, ErrWhole
		}
		return in, nil
	}
	for n := 0; ; n++ {
		before := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err == nil && n%8192 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrWhole, err)
		}
		if text, ok := token.(xml.CharData); ok && !utf8.Valid(text) {
			return ErrWhole
		}
		if err := each(before, d.InputOffset(), token); err != nil {
			return err
		}
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
