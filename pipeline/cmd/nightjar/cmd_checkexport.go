package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) checkExportCommand() *cobra.Command {
	return c.addJSON(&cobra.Command{
		Use: "check-export DIR", Short: "Screen a folder of open data by DfE's published rules before it is uploaded",
		Long: `Screen every CSV file in a folder, with its .meta.csv, by the published rules of
Explore Education Statistics: names of files and columns, mandatory columns,
periods, places and their codes, definitions, symbols, percentages, rows that
stand twice and combinations that are missing. Files may be ours or anybody's;
no configuration is read.

  nightjar check-export published/current/exports/public

Each finding says file, line, column and what to write instead, and repeats no
cell. Exit 1 when the service would refuse a file; advice alone is exit 0.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			got, err := app.CheckExport(args[0])
			if err != nil {
				return err
			}
			if c.json {
				if err := printJSON(c.out, got); err != nil {
					return err
				}
			} else {
				for _, issue := range got.Errors {
					fmt.Fprintln(c.out, "FAIL  "+issue.String())
				}
				for _, issue := range got.Advice {
					fmt.Fprintln(c.out, "note  "+issue.String())
				}
				fmt.Fprintf(c.out, "%s, %s: %s, %d note(s)\n", plural(got.Files, "data file"), plural(int(got.Rows), "row"), plural(len(got.Errors), "problem"), len(got.Advice))
			}
			return screened(got.Errors)
		},
	})
}

// screened is the error of a folder that would be refused; what is wrong has
// been printed.
func screened(found []pipeline.Issue) error {
	if len(found) == 0 {
		return nil
	}
	return shown(fmt.Errorf("%s would be refused; correct it and screen again", plural(len(found), "problem")))
}
