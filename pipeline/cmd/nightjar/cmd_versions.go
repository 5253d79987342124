package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"nightjar/transforms"
)

func (c *command) versionsCommand() *cobra.Command {
	return c.addJSON(&cobra.Command{
		Use: "versions", Short: "List the published results that are kept",
		Long: `List the published results that are kept, newest first: which one readers see,
and which ones they were taken back from. publish.keep in the configuration
says how many are kept.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			list, err := a.Versions(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				if list == nil {
					list = []transforms.Version{}
				}
				return printJSON(c.out, list)
			}
			c.printVersions(list)
			return nil
		},
	})
}

func (c *command) printVersions(list []transforms.Version) {
	g := grid{header: []string{"run", "as at", "published (UTC)", "files", "kB", "state"}, right: []bool{false, false, false, true, true, false}}
	for _, v := range list {
		state := ""
		switch {
		case v.Damage != "":
			state = "damaged: " + v.Damage
		case v.Current:
			state = "readers see this one"
		case v.RolledBack != nil:
			state = fmt.Sprintf("taken back on %s by %s", v.RolledBack.At.Format(time.DateOnly), v.RolledBack.By)
			if v.RolledBack.Reason != "" {
				state += ": " + v.RolledBack.Reason
			}
		}
		g.rows = append(g.rows, []string{
			v.RunID, v.AsAt, v.Published.Format("2006-01-02 15:04"), grouped(int64(v.Files)), grouped((v.Bytes + 1023) / 1024), state,
		})
	}
	g.print(c.out)
}

func (c *command) rollbackCommand() *cobra.Command {
	var by, reason string
	cmd := c.addJSON(&cobra.Command{
		Use: "rollback [RUN]", Short: "Show readers an earlier published result again",
		Long: `Show readers a published result that is kept, warehouse and exports together,
by one switch: the one before the current that nobody was taken back from, or
the one of RUN, which may also be newer. Its files are compared with their
digests first; a night that is on is waited for by you, not by the command
(exit code 5).

The state stays. A night without news leaves it alone, however often it comes:
what readers were taken back from is not published again. A night with news,
such as one more list, a changed model or a reviewer's decision, publishes as
ever, and holds back by itself if a figure moved too far. A bad list that was
taken in is still in the lake then: have its provider send it anew first.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			run := ""
			if len(args) > 0 {
				run = args[0]
			}
			pub, err := a.RollBack(cmd.Context(), run, by, reason)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, map[string]string{"run_id": pub.RunID, "as_at": pub.AsAt.String(), "folder": pub.Folder})
			}
			for _, n := range pub.Notices {
				fmt.Fprintln(c.err, n.String())
			}
			fmt.Fprintf(c.out, "readers see run %s again, as at %s; it stays until a night has news\n", pub.RunID, pub.AsAt)
			return nil
		},
	})
	addReviewer(cmd, &by)
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a few words that name nobody")
	return cmd
}
