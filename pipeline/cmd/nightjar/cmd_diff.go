package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nightjar/pipeline/app"
)

func (c *command) diffCommand() *cobra.Command {
	var o app.DiffOptions
	var people bool
	var limit int
	cmd := &cobra.Command{
		Use: "diff A B [MART]", Short: "Say which published figures changed, and why",
		Long: `Compare two states of the published figures cell by cell and say why each cell
changed. A and B are runs that are kept (nightjar versions lists them), current,
previous, or days, which are built as they were known:

  nightjar diff previous current
  nightjar diff previous current neet_rates --where "age_band = '16-17'"
  nightjar diff 2021-10-31 current neet_rates --json
  nightjar diff previous current --quick

Causes are told apart one after the other, each on top of those before it: the
lists in the order in which they came, decisions of reviewers, reference data
and settings, models. Each step rebuilds what the asked marts are made of, so
the causes of a cell add up to its change. Where two causes touch the same
person, another order may give one more and the other less. Runs of lists that
change nothing are not told apart further; --rebuilds bounds the work.

Whoever entered, left or changed group stands, by id and with the lines that say
so, in a list in the restricted folder, which retain removes at its age; --people
shows the ids here. The knowledge date as_at is no figure and is not compared.

The command takes the lock of the data folder, as a run does; readers see what
they saw. A state that cannot be rebuilt whole, because people were erased or
lists removed since, shows as a cause of its own.`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			o.Before, o.After = args[0], args[1]
			if len(args) > 2 {
				o.Mart = args[2]
			}
			d, err := a.Diff(cmd.Context(), o)
			if err != nil {
				return err
			}
			if !people {
				d.People = nil
			}
			if c.json {
				return printJSON(c.out, d)
			}
			c.printDiff(d, limit)
			return nil
		},
	}
	cmd.Flags().StringVar(&o.Where, "where", "", "condition in SQL on rows of the mart, before or after")
	cmd.Flags().BoolVar(&o.Quick, "quick", false, "say what changed, not why")
	cmd.Flags().IntVar(&o.Rebuilds, "rebuilds", 0, "at most so many rebuilds (0: 12)")
	cmd.Flags().BoolVar(&people, "people", false, "show who moved, by id; they are people")
	cmd.Flags().IntVar(&limit, "limit", 20, "list at most so many cells and people (0: all)")
	return c.addJSON(cmd)
}

func (c *command) printDiff(d app.Difference, limit int) {
	fmt.Fprintf(c.out, "from %s\n  to %s\n\n", endWords(d.Before), endWords(d.After))
	if len(d.Cells) == 0 {
		fmt.Fprintln(c.out, "No figure differs.")
		c.printNotices(d.Notices)
		return
	}
	marts := grid{header: []string{"mart", "rows added", "removed", "changed"}, right: []bool{false, true, true, true}}
	for _, m := range d.Marts {
		marts.rows = append(marts.rows, []string{m.Mart, grouped(m.Added), grouped(m.Removed), grouped(m.Changed)})
	}
	marts.print(c.out)
	c.printCauses(d)
	c.printCells(d, limit)
	c.printMoved(d, limit)
	c.printNotices(d.Notices)
}

func endWords(e app.DiffEnd) string {
	run := ""
	if e.RunID != "" && e.RunID != e.Name {
		run = " = run " + e.RunID
	}
	return fmt.Sprintf("%s%s, as at %s: %s, %s, rules of %s", e.Name, run, e.AsAt, plural(e.Files, "list"), plural(e.Decisions, "decision"), e.RulesOf)
}

func (c *command) printCauses(d app.Difference) {
	if len(d.Causes) == 0 {
		return
	}
	g := grid{title: "Why", header: []string{"", "cause", "cells", "people entered", "left", "changed group"}, right: []bool{true, false, true, true, true, true}}
	for i, cause := range d.Causes {
		g.rows = append(g.rows, []string{fmt.Sprint(i + 1), cause.Say, grouped(int64(cause.Cells)), grouped(int64(cause.Entered)), grouped(int64(cause.Left)), grouped(int64(cause.Changed))})
	}
	g.note = fmt.Sprintf("%s. A person stands behind several rows and is counted in each. %s", plural(d.Rebuilds, "rebuild"), d.Order)
	g.print(c.out)
	for i, cause := range d.Causes {
		for _, e := range cause.Evidence {
			fmt.Fprintf(c.out, "  %d  %s\n", i+1, e)
		}
	}
	fmt.Fprintln(c.out)
}

func (c *command) printCells(d app.Difference, limit int) {
	shown := d.Cells
	if limit > 0 && len(shown) > limit {
		shown = shown[:limit]
	}
	g := grid{title: "Cells", header: []string{"mart", "row", "column", "before", "after", "by cause"}, right: []bool{false, false, false, true, true, false}}
	for _, cell := range shown {
		g.rows = append(g.rows, []string{strings.TrimPrefix(cell.Mart, "marts."), cell.Where(), cell.Column, figure(cell.Before), figure(cell.After), stepWords(cell.Steps)})
	}
	if more := len(d.Cells) - len(shown); more > 0 {
		g.note = fmt.Sprintf("and %s more; --limit 0 or --json lists all", plural(more, "cell"))
	}
	g.print(c.out)
}

// stepWords words what each cause did: its number and the change, or where to.
func stepWords(steps []app.CellStep) string {
	var out []string
	for _, s := range steps {
		if s.Change != nil {
			out = append(out, fmt.Sprintf("%d: %s", s.Cause+1, signedFigure(*s.Change)))
			continue
		}
		out = append(out, fmt.Sprintf("%d: to %s", s.Cause+1, figure(s.To)))
	}
	return strings.Join(out, "; ")
}

// signedFigure writes a change as exactly as it takes to see it.
func signedFigure(v float64) string {
	if v == float64(int64(v)) {
		return signed(v, 0)
	}
	return signed(v, 2)
}

func figure(v any) string {
	switch x := v.(type) {
	case nil:
		return "none"
	case float64:
		return rounded(x, 2)
	default:
		return cellText(x)
	}
}

func (c *command) printMoved(d app.Difference, limit int) {
	if d.PeopleFile == "" {
		return
	}
	fmt.Fprintf(c.out, "Who moved, and by which line: %s\n\n", shortPath(d.PeopleFile))
	if len(d.People) == 0 {
		return
	}
	shown := d.People
	if limit > 0 && len(shown) > limit {
		shown = shown[:limit]
	}
	g := grid{title: "People", note: fmt.Sprintf("%s of %s", grouped(int64(len(shown))), plural(int(d.Moved), "line"))}
	columns := []string{"person_id", "change", "mart", "row", "before", "after", "evidence"}
	g.header = slices.Clone(columns)
	for _, p := range shown {
		var cells []string
		for _, col := range columns {
			cells = append(cells, p.Text(col))
		}
		g.rows = append(g.rows, cells)
	}
	g.print(c.out)
}

func (c *command) printNotices(list []string) {
	for _, n := range list {
		fmt.Fprintln(c.err, n)
	}
}
