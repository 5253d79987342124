package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) buildCommand() *cobra.Command {
	var day, out string
	var restate bool
	cmd := &cobra.Command{
		Use: "build", Short: "Build the marts as they were known on a day, into a file of its own",
		Long: `Build marts and meta from the lists delivered, the review decisions taken and
the reference data, settings and models in use by the end of a day, into a new
DuckDB file:

  nightjar build --as-at 2021-10-31 --out october.duckdb
  nightjar build --as-at 2021-10-31 --out restated.duckdb --restate

Nothing is loaded, and what readers see is not touched. The file holds the rows
and values that a night on that day published; meta.build says the day asked
for (known_until) and the day of the last delivery known by then (as_at). A
list that was refused at first and mended later counts from the day it was
delivered. Whoever was erased since is missing, and meta.build says how many.

Reference data is known from the day on which a run or a build first met the
file as it was; every version is kept in the data folder, under rules. Models
and the reference data that comes with the program go by the version of the
program in use that day. For a day before the first kept version that one
holds. --restate goes by what is in use now: the same lists, newer rules.

The build needs the lock of the data folder, as a run does. A blocking check
that fails leaves no file. An existing file is never written over.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if day == "" || out == "" {
				return fmt.Errorf("%w: build takes --as-at and --out; see: nightjar build --help", pipeline.ErrUsage)
			}
			date, err := pipeline.ParseDate(day)
			if err != nil {
				return fmt.Errorf("%w: --as-at: %w", pipeline.ErrUsage, err)
			}
			a, err := c.open()
			if err != nil {
				return err
			}
			b, err := a.BuildKnown(cmd.Context(), app.AsAtOptions{Day: date, Out: out, Restate: restate})
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, b)
			}
			fmt.Fprintf(c.out, "%s: as known on %s, last delivery %s; %s, %s, %s; %d later left out; rules of %s.\n",
				shortPath(b.Path), b.KnownUntil, b.AsAt, plural(b.Files, "file"), plural(b.Decisions, "decision"), plural(b.Models, "model"), b.LeftOut, b.RulesOf)
			return nil
		},
	}
	cmd.Flags().StringVar(&day, "as-at", "", "day whose knowledge counts, such as 2021-10-31")
	cmd.Flags().StringVar(&out, "out", "", "file to write; it must not exist")
	cmd.Flags().BoolVar(&restate, "restate", false, "by the models, reference data and settings in use now")
	return c.addJSON(cmd)
}
