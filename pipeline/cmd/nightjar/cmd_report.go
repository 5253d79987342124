package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
)

func (c *command) reportCommand() *cobra.Command {
	var day, out string
	cmd := &cobra.Command{
		Use: "report", Short: "Write the committee's page: figures, charts, tables and definitions in one HTML file",
		Long: `Write what a scrutiny committee gets as one HTML page that needs nothing else
and prints on A4: key indicators with their direction, NEET month by month, the
December to February trend, the gap between wards, ranks in the Liverpool City
Region and among statistical neighbours, vulnerable groups, September Guarantee,
activity survey, early intervention, data quality and definitions.

  nightjar report --out reports
  nightjar report --out reports --as-at 2021-10-31

The page is called committee-DAY.html after the day asked for; one of that name
is replaced. Without --as-at it shows what is published; with it, what was known
by the end of that day (see nightjar build). Subjects without figures are left
out. Rates are rounded once, half away from zero. Every chart has its table, a
sentence and a text that stands for it; rank 1 is best, and ties are said. The
title says synthetic where a figure shown rests on synthetic rows.

The page is internal and unsuppressed: it shows small counts as they are, and
the file can be read by its owner only.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return fmt.Errorf("%w: report takes --out; see: nightjar report --help", pipeline.ErrUsage)
			}
			date, err := optionalDate(day)
			if err != nil {
				return err
			}
			a, err := c.open()
			if err != nil {
				return err
			}
			r, err := a.Report(cmd.Context(), out, date)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, r)
			}
			fmt.Fprintf(c.out, "%s: %s; as at %s; %s.\n", shortPath(r.Path), r.Title, r.AsAt, r.Label)
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write into; it is made when missing")
	cmd.Flags().StringVar(&day, "as-at", "", "day whose knowledge counts, such as 2021-10-31 (default: what is published)")
	return c.addJSON(cmd)
}

// optionalDate reads a day of a flag; none when the flag was not given.
func optionalDate(s string) (*pipeline.Date, error) {
	if s == "" {
		return nil, nil
	}
	d, err := pipeline.ParseDate(s)
	if err != nil {
		return nil, fmt.Errorf("%w: --as-at: %w", pipeline.ErrUsage, err)
	}
	return &d, nil
}
