package sqlsource

import (
	"database/sql"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"nightjar/sources/remote"
)

// write writes a result as CSV.
func write(rows *sql.Rows, dst io.Writer, loc *time.Location) error {
	columns, err := columnsOf(rows, loc)
	if err != nil {
		return err
	}
	out := csv.NewWriter(dst)
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	n := 0
	for ; rows.Next(); n++ {
		if n == 0 {
			if err := out.Write(cells); err != nil {
				return err
			}
		}
		if err := rows.Scan(into...); err != nil {
			return query(" (its values cannot be read)")
		}
		for i, c := range columns {
			if cells[i], err = c.text(values[i]); err != nil {
				return err
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	if n == 0 && rows.Err() == nil {
		return &remote.Problem{Rule: remote.RuleNoRows, Say: "The query returns no row, which is taken for no list rather than an empty one.",
			Hint: "If there should be rows, look at the query and the database"}
	}
	out.Flush()
	return out.Error()
}

// column writes the values of one column.
type column struct {
	name  string
	kind  string // the database's name for the type, in capitals
	place *time.Location
}

func columnsOf(rows *sql.Rows, loc *time.Location) ([]column, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	out := make([]column, len(types))
	for i, t := range types {
		name := t.Name()
		if strings.TrimSpace(name) == "" || seen[name] {
			return nil, &remote.Problem{Rule: remote.RuleNotAList, Say: fmt.Sprintf("Column %d of the query has no name, or that of another.", i+1),
				Hint: "Name it with AS"}
		}
		seen[name] = true
		out[i] = column{name, strings.ToUpper(t.DatabaseTypeName()), loc}
	}
	return out, nil
}

// text is a value as a person would have exported it.
func (c column) text(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		if v {
			return "Y", nil
		}
		return "N", nil
	case time.Time:
		return c.moment(v), nil
	case []byte:
		return c.bytes(v)
	}
	return fmt.Sprint(v), nil
}

// moment writes a day or a time. Only times that carry a zone are turned to
// ours.
func (c column) moment(t time.Time) string {
	switch c.kind {
	case "DATE":
		return t.Format(time.DateOnly)
	case "TIME":
		return t.Format(time.TimeOnly)
	case "TIMESTAMPTZ", "DATETIMEOFFSET":
		t = t.In(c.place)
	}
	return t.Format(time.DateTime)
}

// bytes writes what drivers hand over as bytes and is text or a number.
func (c column) bytes(b []byte) (string, error) {
	switch c.kind {
	case "DECIMAL", "NUMERIC", "MONEY", "SMALLMONEY", "CHAR", "NCHAR", "VARCHAR", "NVARCHAR", "TEXT", "NTEXT", "XML", "JSON", "JSONB":
		return string(b), nil
	case "UNIQUEIDENTIFIER":
		var id mssql.UniqueIdentifier
		if err := id.Scan(b); err != nil {
			return "", query(" (an id cannot be read)")
		}
		return id.String(), nil
	}
	return "", &remote.Problem{Rule: remote.RuleNotAList, Say: fmt.Sprintf("Column %s of the query is binary (%s), and a list is text.", c.name, strings.ToLower(c.kind)),
		Hint: "Leave it out of the query, or cast it to text there"}
}
