package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"nightjar/pipeline/app"
	"nightjar/sources"
)

func (c *command) rejectsCommand() *cobra.Command {
	var q app.RejectsQuestion
	cmd := &cobra.Command{
		Use: "rejects", Short: "List the rows in quarantine, and write a workbook to send back",
		Long: `List the rows that were refused, by file and rule, with their lines in the
file as it was handed in. What the rows hold is not shown.

--workbook writes them as a workbook with the cells in question marked, to
send back to whoever made the list. It holds people's data: only you can read
the file, and it has to travel by a protected way.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			groups, err := a.Rejects(cmd.Context(), q)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, groups)
			}
			c.printRejects(groups)
			if q.Workbook != "" && len(groups) > 0 {
				fmt.Fprintf(c.out, "%s holds these rows; it is about people, so send it by a protected way and delete it afterwards.\n", shortPath(q.Workbook))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Dataset, "dataset", "", "only lists of this dataset")
	f.StringVar(&q.Provider, "provider", "", "only lists from this provider")
	f.StringVar(&q.File, "file", "", "only files whose name holds this text")
	f.StringVar(&q.Rule, "rule", "", "only rows refused by this rule")
	f.StringVar(&q.Workbook, "workbook", "", "write the rows into this .xlsx file, the cells in question marked")
	return c.addJSON(cmd)
}

func (c *command) printRejects(groups []sources.RejectGroup) {
	if len(groups) == 0 {
		fmt.Fprintln(c.out, "No row is in quarantine.")
		return
	}
	g := grid{
		header: []string{"file", "sheet", "rule", "column", "rows", "lines"},
		right:  []bool{false, false, false, false, true, false},
	}
	rows := 0
	for _, r := range groups {
		rows += int(r.Rows)
		g.rows = append(g.rows, []string{r.File, r.Sheet, r.Rule, r.Column, grouped(r.Rows), lineList(r.Lines, r.Rows)})
	}
	g.note = plural(rows, "row") + " in quarantine"
	g.print(c.out)
}

// lineList names the first lines and tells how many more there are.
func lineList(lines []int64, rows int64) string {
	const shown = 5
	var out []string
	for _, n := range lines[:min(shown, len(lines))] {
		out = append(out, strconv.FormatInt(n, 10))
	}
	text := strings.Join(out, ", ")
	if rows > shown {
		text += ", …"
	}
	return text
}
