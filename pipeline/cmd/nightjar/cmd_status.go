package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"nightjar/pipeline/app"
)

func (c *command) statusCommand() *cobra.Command {
	return c.addJSON(&cobra.Command{
		Use: "status", Short: "Say what is published, how the last nights went and what came from whom",
		Long: `Say what is published, how the last nights went, when the next one is due and
what came from whom. It reads the ledger only, so it answers while a run is on.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			s, err := a.Status(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, s)
			}
			c.printStatus(s)
			return nil
		},
	})
}

func (c *command) printStatus(s app.Status) {
	if s.Published == nil {
		fmt.Fprint(c.out, "Nothing is published yet; nightjar run does it.\n\n")
	} else {
		fmt.Fprintf(c.out, "Published: night %s, as at %s, in %s\n", s.Published.RunID, s.Published.AsAt, shortPath(s.Published.Folder))
		for _, r := range s.Published.RolledBack {
			fmt.Fprintf(c.out, "Rolled back: readers were taken back from night %s on %s by %s; the next night with news publishes as ever\n",
				r.RunID, r.At.Format("2006-01-02 15:04Z"), r.By)
		}
		fmt.Fprintln(c.out)
	}
	if s.Running != "" {
		fmt.Fprintf(c.out, "Run %s is at work or was killed; the next run will tell.\n\n", s.Running)
	}
	var wrong []string
	for _, w := range s.Wrong {
		line := fmt.Sprintf("%s, since %s: %s", w.Subject, w.Since.Format("2006-01-02 15:04Z"), clip(w.Say, 200))
		if !w.Told {
			line += " (nobody was told yet)"
		}
		wrong = append(wrong, line)
	}
	printList(c.out, "Wrong now", wrong)
	g := grid{title: "Last nights", header: []string{"run", "state", "started by", "took", "exit", "why"}, right: []bool{false, false, false, true, true, false}}
	for _, r := range s.Runs {
		took := ""
		if r.Took > 0 {
			took = r.Took.Round(10 * time.Millisecond).String()
		}
		g.rows = append(g.rows, []string{r.RunID, r.State, r.Trigger, took, fmt.Sprint(r.ExitCode), clip(r.Reason, 90)})
	}
	g.print(c.out)
	g = grid{title: "Coming nights", header: []string{"job", "when", "note"}}
	for _, n := range s.Next {
		g.rows = append(g.rows, []string{n.Job, n.When, n.Note})
	}
	if len(g.rows) > 0 {
		g.print(c.out)
	}
	g = grid{title: "Deliveries", header: []string{"dataset", "files", "providers", "rows", "quarantined", "last delivered"},
		right: []bool{false, true, true, true, true, false}}
	for _, d := range s.Deliveries {
		g.rows = append(g.rows, []string{d.Dataset, grouped(int64(d.Files)), grouped(int64(d.Providers)), grouped(d.Rows), grouped(d.Quarantined), d.LastDelivered})
	}
	g.print(c.out)
	g = grid{title: "Expected", header: []string{"dataset", "provider", "season", "due", "state", "came"}}
	for _, e := range s.Expected {
		g.rows = append(g.rows, []string{e.Dataset, e.Provider, e.Season, e.Due, e.State, e.ArrivedOn})
	}
	if len(g.rows) > 0 {
		g.print(c.out)
	}
	printList(c.out, "Refused files (mend the file or its mapping; each is tried again every run)", s.Refused)
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
