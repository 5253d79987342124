package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
	"nightjar/transforms"
)

func (c *command) showCommand() *cobra.Command {
	var q app.Question
	format := "table"
	cmd := &cobra.Command{
		Use: "show [MART]", Short: "Show a published mart, or the list of them",
		Long: `Show a published mart as a table, JSON or CSV. Without a mart, list what is
published. --where takes a condition in SQL, such as

  nightjar show neet_rates --where "age_band = '16-17' and month_end = date '2021-10-31'"
  nightjar show meta.files --where "rows_quarantined > 0" --format csv

Rates are in per cent and unrounded in JSON and CSV; tables round to two
decimals, half away from zero.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.json {
				format = "json"
			}
			write, ok := formats[format]
			if !ok {
				return fmt.Errorf("%w: no format %q; there are table, json and csv", pipeline.ErrUsage, format)
			}
			a, err := c.open()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return c.listMarts(cmd, a, format)
			}
			q.Mart = args[0]
			res, err := a.Show(cmd.Context(), q)
			if err != nil {
				return err
			}
			return write(c.out, res)
		},
	}
	cmd.Flags().StringVar(&q.Where, "where", "", "condition in SQL that rows must meet")
	cmd.Flags().IntVar(&q.Limit, "limit", 0, "show at most so many rows (0: all)")
	cmd.Flags().StringVar(&format, "format", format, "table, json or csv")
	return c.addJSON(cmd)
}

func (c *command) listMarts(cmd *cobra.Command, a *app.App, format string) error {
	tables, err := a.Tables(cmd.Context())
	if err != nil {
		return err
	}
	if format == "json" {
		return printJSON(c.out, tables)
	}
	g := grid{header: []string{"table", "rows", "meaning"}, right: []bool{false, true, false}}
	for _, t := range tables {
		g.rows = append(g.rows, []string{t.Name, grouped(t.Rows), firstSentence(t.Comment)})
	}
	g.print(c.out)
	return nil
}

func firstSentence(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if before, _, ok := strings.Cut(s, ". "); ok {
		return before + "."
	}
	return s
}

// formats are the ways to write a result.
var formats = map[string]func(io.Writer, transforms.Result) error{
	"table": tableFormat, "json": jsonFormat, "csv": csvFormat,
}

func tableFormat(w io.Writer, res transforms.Result) error {
	g := grid{note: plural(len(res.Rows), "row")}
	for _, col := range res.Columns {
		g.header = append(g.header, col.Name)
		g.right = append(g.right, col.Type == "BIGINT" || col.Type == "DOUBLE")
	}
	for _, r := range res.Rows {
		cells := make([]string, len(r))
		for i, v := range r {
			if f, ok := v.(float64); ok {
				cells[i] = rounded(f, 2)
			} else {
				cells[i] = cellText(v)
			}
		}
		g.rows = append(g.rows, cells)
	}
	g.print(w)
	return nil
}

// jsonFormat writes an array of objects with the columns in their order.
func jsonFormat(w io.Writer, res transforms.Result) error {
	var b strings.Builder
	b.WriteString("[")
	for i, r := range res.Rows {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n  {")
		for j, v := range r {
			if j > 0 {
				b.WriteString(", ")
			}
			if t, ok := v.(time.Time); ok {
				v = t.UTC().Format(time.RFC3339Nano)
			}
			name, _ := json.Marshal(res.Columns[j].Name)
			value, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("column %s cannot be written as JSON: %w", res.Columns[j].Name, err)
			}
			b.Write(name)
			b.WriteString(": ")
			b.Write(value)
		}
		b.WriteString("}")
	}
	if len(res.Rows) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("]\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func csvFormat(w io.Writer, res transforms.Result) error {
	out := csv.NewWriter(w)
	header := make([]string, len(res.Columns))
	for i, c := range res.Columns {
		header[i] = c.Name
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for _, r := range res.Rows {
		cells := make([]string, len(r))
		for i, v := range r {
			cells[i] = cellText(v)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

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
