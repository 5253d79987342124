package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"nightjar/pipeline/app"
)

func (c *command) explainCommand() *cobra.Command {
	var where string
	cmd := &cobra.Command{
		Use: "explain MART", Short: "Walk a published number back to the lists it rests on",
		Long: `Show rows of a published mart with their definition, how many rows of each model
stand behind them, from the lists to the figure, and which lists they rest on:

  nightjar explain neet_rates --where "month_end = '2021-10-31' and age_band = '16-17' and basis = 'resolved'"
  nightjar explain ward_gaps --where "month_end = '2021-10-31' and measure = 'neet'" --json

A model is restricted to what it shares with the rows' keys, such as month and
age; where it shares nothing all of it is counted, and the column says so. Of
the caseload the month's extract is listed, of other lists all that are read;
decides is the number of people whose status rests on the list. Nobody is named.

The mart is rebuilt aside from what the publication was made of, so the command
takes the lock of the data folder, as a run does.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			e, err := a.Explain(cmd.Context(), args[0], where)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, e)
			}
			c.printExplanation(e)
			return nil
		},
	}
	cmd.Flags().StringVar(&where, "where", "", "condition in SQL that finds the row or rows")
	return c.addJSON(cmd)
}

func (c *command) printExplanation(e app.Explanation) {
	fmt.Fprintf(c.out, "%s, run %s, as at %s\n%s\n\n", e.Mart, e.RunID, e.AsAt, e.Definition)
	for i, r := range e.Rows {
		g := grid{header: []string{"column", "value", "meaning"}, right: []bool{false, true, false}}
		if len(e.Rows) > 1 {
			g.title = fmt.Sprintf("Row %d", i+1)
		}
		for _, col := range e.Columns {
			g.rows = append(g.rows, []string{col.Name, figure(r[col.Name]), firstSentence(col.Comment)})
		}
		g.print(c.out)
	}
	models := grid{title: "Rows behind it, from the lists to the figure", header: []string{"model", "rows", "people", "restricted by", "what a row is"}, right: []bool{false, true, true, false, false}}
	for _, m := range e.Models {
		by, people := "nothing: all of it", ""
		if len(m.Keys) > 0 {
			by = strings.Join(m.Keys, ", ")
		}
		if m.People > 0 {
			people = grouped(m.People)
		}
		models.rows = append(models.rows, []string{m.Model, grouped(m.Rows), people, by, firstSentence(m.Doc)})
	}
	models.print(c.out)
	files := grid{title: "Lists it rests on", header: []string{"dataset", "provider", "list", "delivered", "rows read", "of", "decides"}, right: []bool{false, false, false, false, true, true, true}}
	for _, f := range e.Files {
		decides := ""
		if f.Decides > 0 {
			decides = grouped(f.Decides)
		}
		files.rows = append(files.rows, []string{f.Dataset, f.Provider, f.File, f.DeliveredOn, grouped(f.Rows), grouped(f.Accepted), decides})
	}
	if e.ByCaseload > 0 {
		fmt.Fprintf(c.out, "The caseload decides what %s of the people counted do.\n\n", grouped(e.ByCaseload))
	}
	files.note = fmt.Sprintf("%s of reviewers in force; models, reference data and settings of %s", plural(e.Decisions, "decision"), e.Rules)
	files.print(c.out)
	c.printNotices(e.Notices)
}
