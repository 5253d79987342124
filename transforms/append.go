package transforms

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/duckdb/duckdb-go/v2"
)

// appendRows adds rows to a table. Values are string, int64, float64, bool,
// time.Time for DATE and TIMESTAMP, or nil. Only for small tables: snapshots
// go through Parquet, which is several times faster.
func (s *session) appendRows(_ context.Context, schema, table string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	return s.conn.Raw(func(c any) error {
		conn, ok := c.(driver.Conn)
		if !ok {
			return fmt.Errorf("append to %s.%s: not a DuckDB connection", schema, table)
		}
		app, err := duckdb.NewAppender(conn, s.catalog, schema, table)
		if err != nil {
			return err
		}
		values := make([]driver.Value, 0, len(rows[0]))
		for _, row := range rows {
			values = values[:0]
			for _, v := range row {
				values = append(values, v)
			}
			if err := app.AppendRow(values...); err != nil {
				_ = app.Close()
				return err
			}
		}
		return app.Close()
	})
}
