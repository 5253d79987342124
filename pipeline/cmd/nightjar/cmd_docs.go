package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (c *command) docsCommand() *cobra.Command {
	out := "docs"
	cmd := &cobra.Command{
		Use: "docs", Short: "Write the data dictionary: every table and column, its definition and where it comes from",
		Long: `Write the data dictionary into a folder: dictionary.html, one page that needs
nothing else and can be searched, and dictionary.md. Both are made from the
headers of the models and the contracts of the lists; no data is read.

What is published carries its own: datapackage.json above the exports names
every exported mart, its key, columns, types, units and definitions, its digest
and as-at date, and the inputs with the licence each one states.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			paths, err := a.Docs(cmd.Context(), out)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, map[string][]string{"files": paths})
			}
			for _, p := range paths {
				fmt.Fprintln(c.out, shortPath(p))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", out, "folder to write into")
	return c.addJSON(cmd)
}
