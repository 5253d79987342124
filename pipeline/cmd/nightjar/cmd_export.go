package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"nightjar/pipeline/app"
)

func (c *command) exportCommand() *cobra.Command {
	var e app.Export
	cmd := c.addJSON(&cobra.Command{
		Use: "export MART --out FILE", Short: "Write a published mart to a file: CSV, JSON, Parquet, Arrow or Excel",
		Long: `Write a published mart, or the rows of it that meet a condition, to a file:

  nightjar export neet_rates --out rates.xlsx
  nightjar export ward_gaps --format csv --out gaps.csv --where "age_band = '16-17'"

The format is what --format says, or else what the file's name ends in:
  csv      UTF-8, comma, one header row, null as an empty cell
  json     one array of objects
  parquet  zstd, stamped with run, mart, as-at date and condition
  arrow    IPC stream; definitions and run in its schema
  xlsx     sheet data with real dates and numbers, sheet about with the run and
           the definition of every column; 15 digits and 1,048,575 rows at most

Figures of marts are unrounded and nothing is suppressed: files are for internal
use. What may leave the house is in the controlled profiles, which publish a
closed list of tables with small counts, and what would give them away, hidden:

  nightjar export ward_years --profile committee --out wards.xlsx
  nightjar export borough_months --profile public --out borough.csv

  committee  counts of 1 to 4 hidden; not for the public
  public     counts of 1 to 5 hidden, the rest rounded to 5

A figure that is not there has its reason beside it, in the column that ends in
_symbol: c confidential, z not applicable, x not available, low rounds to nought.
Open data in DfE's form lies ready in published/current/exports/public.

Rows come in the order of the table's grain. A file that is there is replaced,
and only when all rows are written.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			e.Mart = args[0]
			n, err := a.Export(cmd.Context(), e)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, map[string]any{"file": e.File, "rows": n})
			}
			fmt.Fprintf(c.out, "%s (%s)\n", shortPath(e.File), plural(int(n), "row"))
			return nil
		},
	})
	cmd.Flags().StringVar(&e.Format, "format", "", app.ExportFormats+" (default: as the file's name ends)")
	cmd.Flags().StringVar(&e.File, "out", "", "file to write")
	cmd.Flags().StringVar(&e.Profile, "profile", "internal", "internal, committee or public")
	cmd.Flags().StringVar(&e.Where, "where", "", "condition in SQL that rows must meet")
	return cmd
}
