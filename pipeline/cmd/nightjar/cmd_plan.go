package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) nextCommand() *cobra.Command {
	var count int
	var feed string
	cmd := &cobra.Command{
		Use: "next", Short: "List the coming nights, and what a clock change does to them",
		Long: `List the coming slots of every job, soonest first, with a note where a clock
change falls on one. --ical writes an iCalendar feed instead: the slots of the
next two months, the lists that are expected from whom in the next year, and
the days to know of.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			if feed != "" {
				return c.writeFeed(cmd, a, feed)
			}
			if count < 1 || count > maxNext {
				return fmt.Errorf("%w: --count lies between 1 and %d", pipeline.ErrUsage, maxNext)
			}
			slots, err := a.Next(count)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, slots)
			}
			g := grid{header: []string{"job", "local time", "runs at (UTC)", "note"}}
			for _, s := range slots {
				g.rows = append(g.rows, []string{s.Job, s.Nominal, s.Instant.UTC().Format("Mon 2006-01-02 15:04"), s.Note})
			}
			g.print(c.out)
			return nil
		},
	}
	cmd.Flags().IntVarP(&count, "count", "n", 10, "how many slots")
	cmd.Flags().StringVar(&feed, "ical", "", "write an iCalendar feed to this file; - for standard output")
	return c.addJSON(cmd)
}

const maxNext = 10000

// writeFeed writes the feed whole or not at all.
func (c *command) writeFeed(cmd *cobra.Command, a *app.App, path string) error {
	if path == "-" {
		return a.ICal(cmd.Context(), c.out)
	}
	temp := path + ".tmp"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("feed cannot be written: %w", err)
	}
	err = a.ICal(cmd.Context(), f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("feed cannot be written: %w", err)
	}
	return nil
}

func (c *command) lintCommand() *cobra.Command {
	return c.addJSON(&cobra.Command{
		Use: "lint", Short: "Say what is allowed about the planned jobs and may surprise",
		Long: `Say what is allowed about the planned jobs and may surprise: a time that a
clock change skips or doubles, a day that a month lacks, a season without a
slot, two jobs at one time. What can never run is refused with its line by
every command. Exit 2 when a job has no slot at all.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			findings, err := a.Lint()
			if err != nil {
				return err
			}
			dead := 0
			for _, f := range findings {
				if f.Rule == "no_slot" {
					dead++
				}
			}
			if c.json {
				if findings == nil {
					fmt.Fprintln(c.out, "[]")
				} else if err := printJSON(c.out, findings); err != nil {
					return err
				}
			} else {
				for _, f := range findings {
					fmt.Fprintln(c.out, f.String())
				}
				if len(findings) == 0 {
					fmt.Fprintln(c.out, "Nothing to say about the jobs.")
				}
			}
			if dead > 0 {
				return fmt.Errorf("%w: %s never runs", pipeline.ErrUsage, plural(dead, "job"))
			}
			return nil
		},
	})
}

func (c *command) whyCommand() *cobra.Command {
	return c.addJSON(&cobra.Command{
		Use: "why JOB TIME", Short: "Explain why a job ran, did not run, or will run at a local time",
		Long: `Explain in sentences what became, or will become, of a job at a local time,
such as: nightjar why night 2026-10-25T01:30`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			say, err := a.Why(cmd.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, map[string]string{"job": args[0], "time": args[1], "say": say})
			}
			fmt.Fprintln(c.out, say)
			return nil
		},
	})
}

func (c *command) historyCommand() *cobra.Command {
	var job string
	var limit int
	cmd := &cobra.Command{
		Use: "history", Short: "List what became of the planned times, newest first",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			lines, err := a.History(cmd.Context(), job, limit)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, lines)
			}
			g := grid{header: []string{"job", "local time", "state", "run", "why"}}
			for _, l := range lines {
				g.rows = append(g.rows, []string{l.Job, l.Nominal, string(l.State), l.RunID, clip(l.Reason, 100)})
			}
			g.print(c.out)
			return nil
		},
	}
	cmd.Flags().StringVar(&job, "job", "", "only this job")
	cmd.Flags().IntVarP(&limit, "count", "n", 30, "how many slots; 0 for all")
	return c.addJSON(cmd)
}

func (c *command) backfillCommand() *cobra.Command {
	var o app.BackfillOptions
	cmd := &cobra.Command{
		Use: "backfill", Short: "Run the slots of a job between two local times again, oldest first",
		Long: `Run the slots of a job between two local times, both included, oldest first,
and record each. --missing leaves out what was carried out already, --dry-run
lists the slots and runs nothing. It stops at the first that fails.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Job == "" || o.From == "" || o.To == "" {
				return fmt.Errorf("%w: --job, --from and --to are needed; see: nightjar backfill --help", pipeline.ErrUsage)
			}
			a, err := c.open()
			if err != nil {
				return err
			}
			lines, err := a.Backfill(cmd.Context(), o)
			if lines == nil {
				if err != nil {
					return err
				}
				lines = []app.BackfillLine{}
			}
			if c.json {
				if jerr := printJSON(c.out, lines); jerr != nil {
					return jerr
				}
				return err
			}
			c.printBackfill(lines, o)
			return err
		},
	}
	cmd.Flags().StringVar(&o.Job, "job", "", "the job (needed)")
	cmd.Flags().StringVar(&o.From, "from", "", "first local day or time, such as 2026-10-01 (needed)")
	cmd.Flags().StringVar(&o.To, "to", "", "last local day or time (needed)")
	cmd.Flags().BoolVar(&o.Missing, "missing", false, "only slots that were never carried out")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "list the slots, run nothing")
	return c.addJSON(cmd)
}

func (c *command) printBackfill(lines []app.BackfillLine, o app.BackfillOptions) {
	word := "run"
	if o.DryRun {
		word = "would run"
	}
	fmt.Fprintf(c.out, "%s of job %s from %s to %s %s.\n", plural(len(lines), "slot"), o.Job, o.From, o.To, word)
	if len(lines) == 0 {
		return
	}
	g := grid{header: []string{"local time", "state", "run", "why"}}
	for _, l := range lines {
		why := l.Reason
		if why == "" {
			why = l.Note
		}
		g.rows = append(g.rows, []string{l.Nominal, string(l.State), l.RunID, clip(why, 100)})
	}
	g.print(c.out)
}

// concernLines words the figures that held a night.
func concernLines(list []pipeline.Concern) []string {
	out := make([]string, len(list))
	for i, k := range list {
		out[i] = k.Rule + ": " + k.Say
	}
	return out
}
