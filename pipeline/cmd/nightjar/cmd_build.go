package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
)

func (c *command) buildCommand() *cobra.Command {
	var day, out string
	cmd := &cobra.Command{
		Use: "build", Short: "Build the marts as they were known on a day, into a file of its own",
		Long: `Build marts and meta from the lists delivered, and the review decisions taken,
by the end of a day, into a new DuckDB file:

  nightjar build --as-at 2021-10-31 --out october.duckdb

Nothing is loaded, and what readers see is not touched. The file holds what a
night on that day would have published with today's models, reference data and
settings; meta.build says the day asked for (known_until) and the day of the
last delivery known by then (as_at). A list that was refused at first and
mended later counts from the day it was delivered.

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
			b, err := a.BuildAsAt(cmd.Context(), date, out)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, b)
			}
			fmt.Fprintf(c.out, "%s: as known on %s, last delivery %s; %s, %s, %s; %d later left out.\n",
				shortPath(b.Path), b.KnownUntil, b.AsAt, plural(b.Files, "file"), plural(b.Decisions, "decision"), plural(b.Models, "model"), b.LeftOut)
			return nil
		},
	}
	cmd.Flags().StringVar(&day, "as-at", "", "day whose knowledge counts, such as 2021-10-31")
	cmd.Flags().StringVar(&out, "out", "", "file to write; it must not exist")
	return c.addJSON(cmd)
}
