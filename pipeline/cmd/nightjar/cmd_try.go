package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/sources"
)

func (c *command) tryCommand() *cobra.Command {
	var dataset, provider string
	cmd := &cobra.Command{
		Use: "try FILE --dataset NAME [--provider NAME]", Short: "Show what loading a file would come to, and load nothing",
		Long: `Show, without loading it, how a file is written, which sheet and row hold the
header, how each heading is read, what would be accepted and what refused, and
a profile to paste into the configuration where the file needs one. Samples
are masked: A••• for a name, 31/••/•••• for a day. Exit 3 when the file would
be refused.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dataset == "" {
				return fmt.Errorf("%w: say what the file is, with --dataset; see: nightjar try --help", pipeline.ErrUsage)
			}
			a, err := c.open()
			if err != nil {
				return err
			}
			trial, err := a.Try(cmd.Context(), args[0], dataset, provider)
			if err != nil {
				return err
			}
			if c.json {
				err = printJSON(c.out, trial)
			} else {
				c.printTrial(trial)
			}
			if err == nil && len(trial.Refused) > 0 {
				return shown(fmt.Errorf("%w: the file would be refused", pipeline.ErrQuarantine))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&dataset, "dataset", "", "what the file is, such as college_starters")
	cmd.Flags().StringVar(&provider, "provider", "", "who sent it; the provider's profile in the configuration is used")
	return c.addJSON(cmd)
}

func (c *command) printTrial(t sources.Trial) {
	from := ""
	if t.Provider != "" {
		from = " from " + t.Provider
	}
	fmt.Fprintf(c.out, "%s as %s%s; nothing was loaded\n", t.File, t.Dataset, from)
	if t.Written != "" {
		fmt.Fprintf(c.out, "  written as  %s\n", t.Written)
	}
	if t.Sheet != "" {
		fmt.Fprintf(c.out, "  sheet       %q, of %s\n", t.Sheet, plural(len(t.Sheets), "visible sheet"))
	}
	if t.Layout != "" {
		header := "none; the columns are taken in their order"
		if t.Header > 0 {
			header = fmt.Sprintf("line %d", t.Header)
		}
		fmt.Fprintf(c.out, "  header      %s\n  layout      %s\n", header, t.Layout)
	}
	fmt.Fprintln(c.out)
	c.printTrialColumns(t)
	c.printTrialRows(t)
	for _, n := range t.Notices {
		fmt.Fprintln(c.out, "Note: "+n.String())
	}
	for _, r := range t.Refused {
		fmt.Fprintln(c.out, "Refused: "+r.String())
	}
	switch {
	case t.Profile != "":
		fmt.Fprintf(c.out, "\nProfile for the configuration\n\n%s", t.Profile)
	case len(t.Refused) == 0:
		fmt.Fprintln(c.out, "The file needs no profile.")
	}
}

func (c *command) printTrialColumns(t sources.Trial) {
	if len(t.Columns) == 0 {
		return
	}
	g := grid{title: "How the headings are read", header: []string{"", "heading", "column", "found by", "samples, masked"}}
	for _, col := range t.Columns {
		column := col.Column
		if column == "" {
			column = "(left out)"
		}
		g.rows = append(g.rows, []string{col.Place, col.Heading, column, col.How, strings.Join(col.Samples, "  ")})
	}
	g.print(c.out)
	var needed, optional []string
	for _, a := range t.Absent {
		if a.Needed {
			needed = append(needed, a.Column)
		} else {
			optional = append(optional, a.Column)
		}
	}
	if len(needed) > 0 {
		fmt.Fprintf(c.out, "Columns that must be there and are not: %s\n\n", strings.Join(needed, ", "))
	}
	if len(optional) > 0 {
		fmt.Fprintf(c.out, "Columns that the list may have and has not: %s\n\n", strings.Join(optional, ", "))
	}
}

func (c *command) printTrialRows(t sources.Trial) {
	if t.Layout == "" {
		return
	}
	n := t.Counts
	fmt.Fprintf(c.out, "Rows: %s read = %s accepted + %s refused + %s blank\n\n", grouped(n.Read), grouped(n.Accepted), grouped(n.Quarantined), grouped(n.Blank))
	if len(t.Rules) > 0 {
		g := grid{title: "Refused rows by rule", header: []string{"rule", "rows"}, right: []bool{false, true}}
		for _, r := range t.Rules {
			g.rows = append(g.rows, []string{r.Rule, grouped(r.Count)})
		}
		g.print(c.out)
	}
	if len(t.Rejects) > 0 {
		g := grid{title: "The first of them", header: []string{"place", "column", "rule", "why"}}
		for _, r := range t.Rejects {
			g.rows = append(g.rows, []string{r.Place, r.Column, r.Rule, r.Reason})
		}
		g.print(c.out)
	}
}
