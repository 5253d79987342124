package transforms

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// exportTypes are those that Power BI, Excel's Power Query, pandas, Polars,
// Spark and R read alike from Parquet. Others are read as text, as bytes, with
// a time zone or not at all, depending on who reads.
var exportTypes = []string{"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"}

// refuseOddTypes keeps a mart from being exported with a column that tools read
// differently.
func (s *session) refuseOddTypes(ctx context.Context, relation string) error {
	cols, err := s.describe(ctx, "SELECT * FROM "+relation)
	if err != nil {
		return err
	}
	for _, c := range cols {
		if !slices.Contains(exportTypes, c.Type) {
			return fmt.Errorf("column %s has type %s, which tools read differently; cast it in the model to one of: %s", c.Name, c.Type, strings.Join(exportTypes, ", "))
		}
	}
	return nil
}
