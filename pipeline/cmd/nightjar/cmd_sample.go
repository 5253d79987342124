package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) sampleCommand() *cobra.Command {
	opts := app.SampleOptions{}
	cmd := &cobra.Command{
		Use: "sample", Short: "Write a synthetic authority: lists, configuration and the truth behind them",
		Long: `Write a synthetic authority into a folder: eight years of lists in the
providers' own layouts, a manifest, a configuration, and beside them the truth
(who is who). Nobody in it is real. The same seed always gives the same bytes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.Progress = newProgress(c.err, pipeline.SystemClock{})
			s, err := app.WriteSample(cmd.Context(), opts)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, s)
			}
			if s.Existing {
				fmt.Fprintf(c.out, "The sample authority stands in %s already; nothing was changed.\n\n", s.Out)
				return nil
			}
			fmt.Fprintf(c.out, "Sample authority written to %s: %s, %s rows, %s MB. Everybody in it is synthetic.\n\n",
				s.Out, plural(int(s.Files), "file"), grouped(s.Rows), grouped(s.Bytes/1e6))
			return nil
		},
	}
	cmd.Flags().StringVar(&opts.Out, "out", "demo", "folder to write")
	cmd.Flags().Uint64Var(&opts.Seed, "seed", 1, "seed of the random numbers")
	cmd.Flags().IntVar(&opts.People, "people", 0, "people per month, for load tests (0: the model case)")
	return c.addJSON(cmd)
}

func (c *command) versionCommand() *cobra.Command {
	return c.addJSON(&cobra.Command{
		Use: "version", Short: "Print the version of Nightjar and of DuckDB",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := app.Versions(cmd.Context(), version)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, v)
			}
			fmt.Fprintf(c.out, "nightjar %s, DuckDB %s, %s\n", v.Nightjar, v.DuckDB, v.Go)
			return nil
		},
	})
}
