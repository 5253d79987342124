package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) runCommand() *cobra.Command {
	var opts app.RunOptions
	cmd := &cobra.Command{
		Use: "run", Short: "Run one night now: load what has come, build, check, publish",
		Long: `Run one night now: take every list that waits in the inbox, keep it as a
snapshot, build the models over all snapshots, check them and publish.

A night without news publishes nothing and says so.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			opts.Trigger = "run"
			rep, err := a.Run(cmd.Context(), opts)
			if rep.RunID == "" {
				return err
			}
			if c.json {
				if jerr := printJSON(c.out, rep); jerr != nil {
					return jerr
				}
				return shown(err)
			}
			printReport(c.out, rep)
			if rep.Published != "" && !opts.DryRun {
				c.printAnswers(cmd, a)
			}
			return shown(err)
		},
	}
	cmd.Flags().StringSliceVar(&opts.Datasets, "dataset", nil, "load only these datasets (repeatable)")
	cmd.Flags().BoolVar(&opts.DryRun, "dry-run", false, "read and check the waiting lists, change nothing")
	cmd.Flags().BoolVar(&opts.Strict, "strict", false, "publish nothing when any row is refused; exit 3")
	return c.addJSON(cmd)
}

// shown marks an error whose words are in the report already.
func shown(err error) error {
	if err == nil {
		return nil
	}
	return shownError{err}
}

// printReport writes a night's report for people.
func printReport(w io.Writer, rep pipeline.RunReport) {
	fmt.Fprintf(w, "%s\n\n", headline(rep))
	if len(rep.Files) > 0 {
		datasetGrid(rep).print(w)
	}
	printList(w, "Refused files (left in the inbox, tried again next run)", outcomeLines(rep, pipeline.OutcomeRefused))
	printList(w, "Lists that hold the night (left in the inbox)", outcomeLines(rep, pipeline.OutcomeHeld))
	printList(w, "Not ready (tried again next run)", outcomeLines(rep, pipeline.OutcomeNotReady))
	printList(w, "Skipped", outcomeLines(rep, pipeline.OutcomeSeen))
	printList(w, "Left alone in the inbox", issueLines(rep.Waiting))
	printList(w, "Worth knowing", noticeLines(rep))
	printList(w, "Failed checks", checkLines(rep.Checks))
	printList(w, "Figures that moved too far", concernLines(rep.Concerns))
	if rep.Reason != "" {
		fmt.Fprintf(w, "%s\n\n", rep.Reason)
	}
}

// headline says in one line how the night went.
func headline(rep pipeline.RunReport) string {
	took := rep.Took.Round(10 * time.Millisecond)
	switch {
	case rep.DryRun:
		return fmt.Sprintf("Dry run: %s read, nothing changed, %s.", plural(len(rep.Files), "file"), took)
	case rep.State == pipeline.RunDone && rep.News:
		return fmt.Sprintf("Night %s done: published, as at %s; %s, %s, %s.", rep.RunID, rep.AsAt,
			plural(rep.Models, "model"), plural(rep.Checked, "check"), took)
	case rep.State == pipeline.RunDone && rep.AsAt == "":
		return fmt.Sprintf("Night %s done: the inbox is empty and nothing was ever loaded, so there is nothing to publish; %s.", rep.RunID, took)
	case rep.State == pipeline.RunDone:
		return fmt.Sprintf("Night %s done: nothing new, the published files stay as they are, as at %s; %s.", rep.RunID, rep.AsAt, took)
	default:
		return fmt.Sprintf("Night %s %s after %s.", rep.RunID, rep.State, took)
	}
}

// datasetGrid sums the night's files by dataset.
func datasetGrid(rep pipeline.RunReport) grid {
	type sums struct {
		files, loaded int
		counts        pipeline.Counts
	}
	by := map[string]*sums{}
	var names []string
	for _, f := range rep.Files {
		s := by[f.Dataset]
		if s == nil {
			s = &sums{}
			by[f.Dataset] = s
			names = append(names, f.Dataset)
		}
		s.files++
		if f.Outcome == pipeline.OutcomeLoaded {
			s.loaded++
			s.counts = s.counts.Add(f.Counts)
		}
	}
	slices.Sort(names)
	g := grid{header: []string{"dataset", "files", "loaded", "rows read", "accepted", "quarantined", "blank"},
		right: []bool{false, true, true, true, true, true, true}}
	for _, n := range names {
		s := by[n]
		g.rows = append(g.rows, []string{n, grouped(int64(s.files)), grouped(int64(s.loaded)), grouped(s.counts.Read),
			grouped(s.counts.Accepted), grouped(s.counts.Quarantined), grouped(s.counts.Blank)})
	}
	return g
}

func outcomeLines(rep pipeline.RunReport, outcome string) []string {
	var out []string
	for _, f := range rep.Files {
		if f.Outcome == outcome {
			line := f.Reason
			if !strings.HasPrefix(line, f.File) { // a refusal names its file already
				line = f.File + ": " + line
			}
			out = append(out, line)
		}
	}
	return out
}

func issueLines(list []pipeline.Issue) []string {
	out := make([]string, len(list))
	for i, issue := range list {
		out[i] = issue.String()
	}
	return out
}

// noticeLines gathers what the files' notices say: one line for each dataset,
// rule and column, with the first of its kind.
func noticeLines(rep pipeline.RunReport) []string {
	type key struct{ dataset, rule, column string }
	count := map[key]int{}
	first := map[key]pipeline.Issue{}
	for _, f := range rep.Files {
		for _, n := range f.Notices {
			k := key{f.Dataset, n.Rule, n.Column}
			if count[k] == 0 {
				first[k] = n
			}
			count[k]++
		}
	}
	var lines []string
	for k, n := range count {
		line := first[k].String()
		if n > 1 {
			line = fmt.Sprintf("%s (and %d more of %s like it; --json shows all)", line, n-1, k.dataset)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return append(lines, issueLines(rep.Notices)...)
}

func checkLines(checks []pipeline.CheckResult) []string {
	list := slices.Clone(checks)
	slices.SortStableFunc(list, func(a, b pipeline.CheckResult) int {
		return cmp.Or(boolOrder(a.Blocking, b.Blocking), cmp.Compare(a.Model, b.Model), cmp.Compare(a.Check, b.Check))
	})
	var out []string
	for _, c := range list {
		kind := "warning"
		if c.Blocking {
			kind = "blocking"
		}
		line := fmt.Sprintf("%s: %s on %s, %s", kind, c.Check, c.Model, plural(int(c.Failures), "row"))
		if c.Why != "" {
			line += "; " + c.Why
		}
		if c.Sample != "" {
			line += "; such as " + c.Sample
		}
		out = append(out, line)
	}
	return out
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// listed is how many lines of a list a person is shown; --json has them all.
const listed = 12

func printList(w io.Writer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(w, title)
	for i, l := range lines {
		if i == listed {
			fmt.Fprintf(w, "  … and %d more; --json shows all\n", len(lines)-listed)
			break
		}
		fmt.Fprintln(w, "  "+l)
	}
	fmt.Fprintln(w)
}
