package main

import (
	"fmt"
	"os/user"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) releaseCommand() *cobra.Command {
	var o app.ReleaseOptions
	cmd := &cobra.Command{
		Use: "release RUN", Short: "Publish a night that was held for its figures, after a look",
		Long: `Publish a night that was held because its figures moved further than they may
in one night. The release is kept in the ledger with who and why, and holds for
exactly that build: when lists have come since, look at the newer night.
A night that a failed check held is mended, not released.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Reason == "" || o.By == "" {
				return fmt.Errorf("%w: --reason says why the figures are right, and --by who looked; the ledger keeps both", pipeline.ErrUsage)
			}
			a, err := c.open()
			if err != nil {
				return err
			}
			o.RunID = args[0]
			rep, err := a.Release(cmd.Context(), o)
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
			return shown(err)
		},
	}
	me := "unknown"
	if u, err := user.Current(); err == nil {
		me = u.Username
	}
	cmd.Flags().StringVar(&o.By, "by", me, "who looked at the figures")
	cmd.Flags().StringVar(&o.Reason, "reason", "", "why they are right (needed)")
	return c.addJSON(cmd)
}
