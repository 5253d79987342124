// Package tablefile writes published tables as CSV and JSON, row by row, so
// that a table may be larger than memory.
package tablefile

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"nightjar/transforms"
)

// NewCSV returns a sink for CSV: UTF-8 without a byte order mark, comma, one
// header row, null as an empty cell, numbers unrounded, dates 2021-10-31, times
// in UTC.
func NewCSV(w io.Writer) transforms.RowSink { return &csvSink{w: csv.NewWriter(w)} }

type csvSink struct{ w *csv.Writer }

func (s *csvSink) Begin(head transforms.TableHead) error {
	names := make([]string, len(head.Columns))
	for i, c := range head.Columns {
		names[i] = c.Name
	}
	return s.w.Write(names)
}

func (s *csvSink) Row(cells []any) error {
	texts := make([]string, len(cells))
	for i, v := range cells {
		texts[i] = cellText(v)
	}
	return s.w.Write(texts)
}

func (s *csvSink) End() error {
	s.w.Flush()
	return s.w.Error()
}

func (s *csvSink) Close() error { return nil }

func cellText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case time.Time:
		return x.UTC().Format("2006-01-02 15:04:05")
	default:
		return fmt.Sprint(x)
	}
}

// NewJSON returns a sink for one JSON array of objects, a row on each line,
// with the columns in their order. Times are RFC 3339 in UTC.
func NewJSON(w io.Writer) transforms.RowSink { return &jsonSink{w: bufio.NewWriter(w)} }

type jsonSink struct {
	w     *bufio.Writer
	names [][]byte
	rows  int
}

func (s *jsonSink) Begin(head transforms.TableHead) error {
	for _, c := range head.Columns {
		name, err := json.Marshal(c.Name)
		if err != nil {
			return err
		}
		s.names = append(s.names, name)
	}
	return s.w.WriteByte('[')
}

func (s *jsonSink) Row(cells []any) error {
	before := ",\n  {"
	if s.rows == 0 {
		before = "\n  {"
	}
	s.rows++
	_, _ = s.w.WriteString(before) // bufio keeps the first error, and Flush returns it
	for i, v := range cells {
		if t, ok := v.(time.Time); ok {
			v = t.UTC().Format(time.RFC3339Nano)
		}
		value, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("column %s cannot be written as JSON: %w", s.names[i], err)
		}
		if i > 0 {
			_, _ = s.w.WriteString(", ")
		}
		_, _ = s.w.Write(s.names[i])
		_, _ = s.w.WriteString(": ")
		_, _ = s.w.Write(value)
	}
	return s.w.WriteByte('}')
}

func (s *jsonSink) End() error {
	if s.rows > 0 {
		_ = s.w.WriteByte('\n')
	}
	_, _ = s.w.WriteString("]\n")
	return s.w.Flush()
}

func (s *jsonSink) Close() error { return nil }
