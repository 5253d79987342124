package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) checkCommand() *cobra.Command {
	var places bool
	cmd := c.addJSON(&cobra.Command{
		Use: "check", Short: "Check configuration, folders, schedules, reference data and every SQL model, without data",
		Long: `Check everything that can be checked without data: the configuration, the
folders, the planned jobs, the reference lists, and every SQL model bound
against empty relations in the order of the night. Exit 2 when anything is
wrong, with every problem named.

Servers and databases under places are checked as far as they can be without
asking them: keys, secrets, certificates. With --places they are asked, and
only they: SFTP folders are listed, addresses asked for their headers,
PostgreSQL's queries read and not run, SQL Server logged in to. No list is
moved.`,
		Example: "  nightjar check\n  nightjar check --places",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			look := a.Check
			if places {
				look = a.ProbePlaces
			}
			findings, err := look(cmd.Context())
			if err != nil {
				return err
			}
			return c.printFindings(findings)
		},
	})
	cmd.Flags().BoolVar(&places, "places", false, "ask the servers and databases under places whether their lists could be had")
	return cmd
}

func (c *command) printFindings(findings []app.Finding) error {
	bad := 0
	for _, f := range findings {
		bad += len(f.Problems)
	}
	if c.json {
		if err := printJSON(c.out, findings); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			mark := "ok  "
			if len(f.Problems) > 0 {
				mark = "FAIL"
			}
			fmt.Fprintf(c.out, "%s  %s: %s\n", mark, f.What, f.Say)
			for _, p := range f.Problems {
				fmt.Fprintln(c.out, "      "+p)
			}
			for _, n := range f.Notes {
				fmt.Fprintln(c.out, "      note: "+n)
			}
		}
	}
	if bad > 0 {
		err := fmt.Errorf("%w: %s found", pipeline.ErrUsage, plural(bad, "problem"))
		if c.json {
			return shown(err)
		}
		return err
	}
	return nil
}
