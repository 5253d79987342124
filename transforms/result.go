package transforms

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// Result is the answer to a question. Cells are nil, string, int64, float64,
// bool, or time.Time for a TIMESTAMP; a DATE is a string 2021-10-31.
type Result struct {
	Columns []ResultColumn
	Rows    [][]any
}

// ResultColumn is a column with its DuckDB type.
type ResultColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// query runs a SELECT and reads all of it.
func (s *session) query(ctx context.Context, query string) (Result, error) {
	rows, err := s.conn.QueryContext(ctx, query)
	if err != nil {
		return Result{}, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return Result{}, err
	}
	var out Result
	for _, t := range types {
		out.Columns = append(out.Columns, ResultColumn{t.Name(), t.DatabaseTypeName()})
	}
	for rows.Next() {
		row, err := scanRow(rows, out.Columns)
		if err != nil {
			return Result{}, err
		}
		out.Rows = append(out.Rows, row)
	}
	return out, rows.Err()
}

func scanRow(rows *sql.Rows, cols []ResultColumn) ([]any, error) {
	cells := make([]any, len(cols))
	into := make([]any, len(cols))
	for i := range cells {
		into[i] = &cells[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, c := range cols {
		cells[i] = plainCell(cells[i], c.Type)
	}
	return cells, nil
}

// plainCell reduces the driver's types to the few that Result promises.
func plainCell(v any, kind string) any {
	switch v := v.(type) {
	case time.Time:
		if kind == "DATE" {
			return v.Format(time.DateOnly)
		}
		return v.UTC()
	case int32:
		return int64(v)
	case int16:
		return int64(v)
	case int8:
		return int64(v)
	case float32:
		return float64(v)
	case duckdb.Decimal:
		return v.Float64()
	case *big.Int:
		return v.Int64()
	case nil, string, int64, float64, bool:
		return v
	default:
		return fmt.Sprint(v)
	}
}
