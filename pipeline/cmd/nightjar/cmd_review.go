package main

import (
	"fmt"
	"os/user"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) reviewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "review", Short: "Say who is meant where matching a list to the caseload needs a person",
		Long: `Say who is meant where matching a list to the caseload needs a person.

A case is an identity as a list gives it; its subject stands for it in every
later delivery too. Decisions are kept for good with who, when and why, are
never overridden by a score, take effect with the next night, and can be
undone. What these commands print holds people: keep it to yourself.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.reviewList(), c.reviewExport(), c.reviewImport(),
		c.reviewRule("accept SUBJECT PERSON", "The listed person is this one of the caseload", pipeline.VerdictAccept, 2, 2),
		c.reviewRule("reject SUBJECT PERSON", "The listed person is not this one of the caseload", pipeline.VerdictReject, 2, 2),
		c.reviewRule("not-ours SUBJECT", "The listed person is not in our area", pipeline.VerdictNotOurs, 1, 1),
		c.reviewRule("undo SUBJECT [PERSON]", "Take back what was decided", pipeline.VerdictUndone, 1, 2),
	)
	return cmd
}

func (c *command) reviewList() *cobra.Command {
	var limit int
	cmd := c.addJSON(&cobra.Command{
		Use: "list", Short: "Show what is pending, list and caseload side by side", Args: cobra.NoArgs,
		Long: `Show what is pending since the last night that published, list and caseload side
by side. A field that differs is marked by an asterisk, and what only one of the
two spellings has stands in brackets. What was decided since is left out.`,
		Example: "  nightjar review list --limit 5 --config nightjar.yaml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			cases, err := a.Pending(cmd.Context())
			if err != nil {
				return err
			}
			all := len(cases)
			if limit > 0 {
				cases = cases[:min(limit, all)]
			}
			if c.json {
				return printJSON(c.out, cases)
			}
			for _, one := range cases {
				c.printCase(one)
			}
			fmt.Fprintf(c.out, "%s pending, %d shown\n", plural(all, "case"), len(cases))
			return nil
		},
	})
	cmd.Flags().IntVar(&limit, "limit", 20, "most cases to show (0: all)")
	return cmd
}

// printCase prints the listed identity and every candidate below it. A field
// that differs is marked by an asterisk, and within it what only one side has
// stands in brackets.
func (c *command) printCase(one app.ReviewCase) {
	g := grid{
		title:  fmt.Sprintf("%s  %s, %s, %s: %s", one.Subject[:12], one.Dataset, one.Provider, plural(one.Rows, "row"), one.Reason),
		header: []string{"", "family name", "first name", "born", "postcode", "UPN", "ULN", "bits"},
		right:  []bool{false, false, false, false, false, false, false, true},
	}
	l := one.Listed
	g.rows = append(g.rows, []string{"on the list", l.Family, l.Given, l.Born, l.Postcode, l.UPN, l.ULN, ""})
	for _, p := range one.Candidates {
		row := []string{p.PersonID}
		for _, m := range p.SideBySide(l) {
			text := m.Recorded
			if m.Differs {
				text = "* " + text
			}
			row = append(row, text)
		}
		g.rows = append(g.rows, append(row, rounded(p.Score, 1)))
	}
	g.print(c.out)
}

// reviewRule is a command that writes one ruling.
func (c *command) reviewRule(use, short string, verdict pipeline.Verdict, least, most int) *cobra.Command {
	var by, reason string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.RangeArgs(least, most),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := app.Ruling{Subject: args[0], Verdict: verdict, By: by, Reason: reason}
			if len(args) > 1 {
				r.PersonID = args[1]
			}
			return c.decide(cmd, []app.Ruling{r})
		},
	}
	addReviewer(cmd, &by)
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a few words that name nobody")
	return cmd
}

func addReviewer(cmd *cobra.Command, by *string) {
	who := ""
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	cmd.Flags().StringVar(by, "by", who, "who decides")
}

func (c *command) decide(cmd *cobra.Command, rulings []app.Ruling) error {
	a, err := c.open()
	if err != nil {
		return err
	}
	added, err := a.Decide(cmd.Context(), rulings)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s recorded, %d in force already; the next run goes by them\n", plural(added, "decision"), max(0, len(rulings)-added))
	return nil
}

func (c *command) reviewExport() *cobra.Command {
	return &cobra.Command{
		Use: "export FILE", Short: "Write what is pending to a workbook or CSV with columns for verdict and reason", Args: cobra.ExactArgs(1),
		Long: `Write what is pending to a file with columns for verdict and reason: a workbook
if its name ends in .xlsx, CSV if it ends in .csv. Each row sets the list and
one candidate side by side, field by field; what only one of them has stands in
brackets. The file holds people and only you can read it.`,
		Example: "  nightjar review export cases.xlsx --config nightjar.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			cases, err := a.Pending(cmd.Context())
			if err != nil {
				return err
			}
			if err := a.WriteReview(args[0], cases); err != nil {
				return err
			}
			fmt.Fprintf(c.out, "%s written; fill in verdict (accept, reject, not ours) and reason, then nightjar review import\n", plural(len(cases), "case"))
			return nil
		},
	}
}

func (c *command) reviewImport() *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Read verdicts from an exported workbook or CSV", Args: cobra.ExactArgs(1),
		Long: `Read verdicts from an exported file, workbook or CSV. Rows without a verdict are
passed over; reading a file twice records nothing twice. When one row is wrong
nothing is recorded, and the message names its line.`,
		Example: "  nightjar review import cases.xlsx --by 'A. Officer' --config nightjar.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			rulings, err := app.ReadReview(args[0], by)
			if err != nil {
				return err
			}
			if len(rulings) == 0 {
				fmt.Fprintln(c.out, "no row of the file holds a verdict; nothing was recorded")
				return nil
			}
			return c.decide(cmd, rulings)
		},
	}
	addReviewer(cmd, &by)
	return cmd
}
