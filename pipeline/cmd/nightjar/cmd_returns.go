package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (c *command) returnsCommand() *cobra.Command {
	var dir string
	var packs bool
	cmd := c.addJSON(&cobra.Command{
		Use: "returns", Short: "Write a file for each school and college with its own people",
		Long: `Write a CSV file for each school and college with its own people, out of what
was published last: its pupils of Years 11 and 12 with their offers, its Year 11
leavers with their participation, and who is on its starters list. A file is
named by the institution and holds nobody who is on another's list only.

With --packs a page and a workbook of its own figures lie beside each list:
September Guarantee, Year 11 leavers, offers and starters, rolls and the quality
of its lists, year by year and beside the borough's rates:

  nightjar returns --packs

Without --out the files go into a folder of the night in the restricted folder,
made anew by each call. Only you can read them; send each by a protected way to
its own institution and to nobody else, and delete them afterwards.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			r, err := a.Returns(cmd.Context(), dir, packs)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, r)
			}
			g := grid{title: "Returns, as at " + r.AsAt, header: []string{"institution", "people", "rows", "file"}, right: []bool{false, true, true, false}}
			for _, f := range r.Files {
				names := f.File
				if f.Page != "" {
					names += ", " + f.Page + ", " + f.Workbook
				}
				g.rows = append(g.rows, []string{f.Institution, grouped(int64(f.People)), grouped(int64(f.Rows)), names})
			}
			g.print(c.out)
			fmt.Fprintf(c.out, "%s holds the files; send each by a protected way to its own institution and to nobody else.\n", shortPath(r.Folder))
			return nil
		},
	})
	cmd.Flags().BoolVar(&packs, "packs", false, "write a page and a workbook of its own figures for each as well")
	cmd.Flags().StringVar(&dir, "out", "", "folder to make for the files; must not be there yet")
	return cmd
}
