package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) reportCommand() *cobra.Command {
	var day, out, profile string
	cmd := &cobra.Command{
		Use: "report", Short: "Write the committee's pack: a page and a workbook of figures, charts and definitions",
		Long: `Write what a scrutiny committee gets: one HTML page that needs nothing else and
prints on A4, and an Excel workbook with its charts, a sheet for each table,
and definitions. Key indicators with their direction and target, NEET month by
month, the December to February trend, the gap between wards, ranks in the
Liverpool City Region, among statistical neighbours and in England, vulnerable
groups, September Guarantee, activity survey, early intervention, data quality.

  nightjar report --out reports
  nightjar report --out reports --profile internal --as-at 2021-10-31

--profile says who reads it. committee and public show nothing but what the
controlled exports of that profile let out: small counts are hidden (c), for the
public the rest is rounded. internal shows the marts as they are. The files are
called PROFILE-DAY.html and .xlsx after the day asked for; those of that name
are replaced, and only you can read them.

Without --as-at they show what is published; with it, what was known by the end
of that day (see nightjar build). A controlled report of an earlier day counts
as let out: later exports keep it from being subtracted from. Subjects without
figures are left out. Rates are rounded once, half away from zero. Every chart
has its table, a sentence and a text that stands for it; rank 1 is best, ties
and n are said. The title says synthetic where figures are invented.`,
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
			r, err := a.Report(cmd.Context(), app.ReportOptions{Folder: out, Profile: profile, Day: date})
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, r)
			}
			fmt.Fprintf(c.out, "%s: %s; as at %s; %s.\n%s: the same figures as a workbook.\n", shortPath(r.Path), r.Title, r.AsAt, r.Label, shortPath(r.Workbook))
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write into; it is made when missing")
	cmd.Flags().StringVar(&profile, "profile", "committee", "who reads it: committee, public or internal")
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
