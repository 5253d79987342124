// Package arrowfile writes published tables as Arrow IPC streams. It is the
// only place that knows Arrow.
package arrowfile

import (
	"fmt"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"nightjar/transforms"
)

// batchRows is how many rows are in memory at a time.
const batchRows = 8192

// New returns a sink for an Arrow IPC stream, whose schema carries table, run
// and as-at date, and the meaning of every column. It holds one batch of rows
// in memory, however long the table is.
func New(w io.Writer) transforms.RowSink { return &sink{w: w} }

type sink struct {
	w       io.Writer
	builder *array.RecordBuilder
	out     *ipc.Writer
	head    transforms.TableHead
	rows    int
}

func (s *sink) Begin(head transforms.TableHead) error {
	s.head = head
	var fields []arrow.Field
	for _, c := range head.Columns {
		kind, err := typeOf(c)
		if err != nil {
			return err
		}
		fields = append(fields, arrow.Field{Name: c.Name, Type: kind, Nullable: true, Metadata: arrow.NewMetadata([]string{"description"}, []string{c.Comment})})
	}
	about := arrow.NewMetadata([]string{"table", "description", "run_id", "as_at", "condition"}, []string{head.Name, head.Comment, head.RunID, head.AsAt, head.Where})
	schema := arrow.NewSchema(fields, &about)
	s.builder = array.NewRecordBuilder(memory.NewGoAllocator(), schema)
	s.out = ipc.NewWriter(s.w, ipc.WithSchema(schema))
	return nil
}

// typeOf says how Arrow holds a column of the few types that are published.
func typeOf(c transforms.ColumnInfo) (arrow.DataType, error) {
	switch c.Type {
	case "VARCHAR":
		return arrow.BinaryTypes.String, nil
	case "BIGINT", "INTEGER":
		return arrow.PrimitiveTypes.Int64, nil
	case "DOUBLE":
		return arrow.PrimitiveTypes.Float64, nil
	case "BOOLEAN":
		return arrow.FixedWidthTypes.Boolean, nil
	case "DATE":
		return arrow.FixedWidthTypes.Date32, nil
	case "TIMESTAMP":
		return arrow.FixedWidthTypes.Timestamp_us, nil
	}
	return nil, fmt.Errorf("column %s has type %s, which is not written as Arrow; choose csv or parquet", c.Name, c.Type)
}

func (s *sink) Row(cells []any) error {
	for i, v := range cells {
		if err := put(s.builder.Field(i), v); err != nil {
			return fmt.Errorf("column %s: %w", s.head.Columns[i].Name, err)
		}
	}
	if s.rows++; s.rows%batchRows == 0 {
		return s.flush()
	}
	return nil
}

func put(to array.Builder, v any) error {
	switch b := to.(type) {
	case *array.StringBuilder:
		if x, ok := v.(string); ok {
			b.Append(x)
			return nil
		}
	case *array.Int64Builder:
		if x, ok := v.(int64); ok {
			b.Append(x)
			return nil
		}
	case *array.Float64Builder:
		if x, ok := v.(float64); ok {
			b.Append(x)
			return nil
		}
	case *array.BooleanBuilder:
		if x, ok := v.(bool); ok {
			b.Append(x)
			return nil
		}
	case *array.Date32Builder:
		if x, ok := v.(string); ok {
			day, err := time.Parse(time.DateOnly, x)
			b.Append(arrow.Date32FromTime(day))
			return err
		}
	case *array.TimestampBuilder:
		if x, ok := v.(time.Time); ok {
			b.Append(arrow.Timestamp(x.UnixMicro()))
			return nil
		}
	}
	if v != nil {
		return fmt.Errorf("a %T does not fit %s", v, to.Type())
	}
	to.AppendNull()
	return nil
}

func (s *sink) flush() error {
	batch := s.builder.NewRecordBatch()
	defer batch.Release()
	return s.out.Write(batch)
}

func (s *sink) End() error {
	if s.rows%batchRows > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	return s.out.Close() // an empty table still has its schema
}

// Close frees the batch.
func (s *sink) Close() error {
	if s.builder != nil {
		s.builder.Release()
	}
	return nil
}
