package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (c *command) retainCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "retain", Short: "Remove what has reached its configured age",
		Long: `Remove what has reached its configured age, and say what went: files, rows,
bytes, no names. What has no age under retain in the configuration is kept:

  retain:
    archive: 1100d      # originals of lists, since their delivery
    quarantine: 90d     # rows that broke their contract
    lists: 30d          # lists written for callers and institutions
    versions: 60d       # kept publications that readers do not see
    work: 2d            # what killed commands left
    ledger: 1100d       # history of runs; the audit log stays
    people_age: 28      # years: whoever is as old goes from every list

people_age changes older months: builds count without these people from then on,
and meta.build says until which day of birth. Let cron call it after the night,
such as: 30 5 * * * nightjar retain --config /etc/nightjar.yaml

  nightjar retain --dry-run`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			r, err := a.Retain(cmd.Context(), dryRun)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, r)
			}
			went := "went"
			if dryRun {
				went = "would go"
			}
			for _, g := range r.Gone {
				fmt.Fprintf(c.out, "%-14s until %s: %s, %s, %d kB %s\n", g.What, g.Until, plural(int(g.Files), "file"), plural(int(g.Rows), "row"), g.Bytes>>10, went)
			}
			if len(r.Kept) > 0 {
				fmt.Fprintf(c.out, "no age is configured for: %s\n", strings.Join(r.Kept, ", "))
			}
			for _, n := range r.Notes {
				fmt.Fprintln(c.out, "note: "+n)
			}
			return nil
		},
	}
	cmd.Args = cobra.NoArgs
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "count, remove nothing")
	return c.addJSON(cmd)
}
