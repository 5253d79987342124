package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) backupCommand() *cobra.Command {
	return c.addJSON(&cobra.Command{
		Use: "backup FILE", Short: "Write what cannot be made again from the lists into one file",
		Long: `Write what cannot be made again from the lists into one file: the ledger with
runs, deliveries, slots, decisions and releases; the configuration; the
reference overrides; since when the jobs are in force. It may be taken while a
run is on. Secrets are not in it. It knows who decided what about whom, by
numbers only; keep it like the ledger itself.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			b, err := a.Backup(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, b)
			}
			fmt.Fprintf(c.out, "%s in %s; restore it with: nightjar restore %s\n", plural(len(b.Files), "file"), args[0], args[0])
			return nil
		},
	})
}

func (c *command) restoreCommand() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in place where nothing stands",
		Long: `Put a backup in place: the configuration at --config, everything else where the
configuration says. Nothing that stands there is overwritten. Lists whose
snapshots are gone are loaded again by the next run: those in the archive go
back into the inbox by themselves, the others have to be handed in again and
keep their first delivery date.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := app.Restore(cmd.Context(), app.RestoreOptions{
				Options: app.Options{ConfigPath: c.configPath, Clock: pipeline.SystemClock{}, Version: version,
					Progress: newProgress(c.err, pipeline.SystemClock{}), Log: c.logger(slog.LevelWarn)},
				File: args[0], KeepConfig: keep,
			})
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(c.out, r)
			}
			fmt.Fprintf(c.out, "Restored the backup of %s: configuration %s, ledger in %s.\n", r.Backup.Made.Format("2006-01-02 15:04Z"), shortPath(r.Config), shortPath(r.Data))
			if r.InArchive > 0 {
				fmt.Fprintf(c.out, "%s went back from the archive into the inbox; the next run loads them.\n", plural(r.InArchive, "list"))
			}
			printList(c.out, "To be handed in again (their snapshots are gone; the next run loads them)", r.Lost)
			return nil
		},
	}
	cmd.Flags().BoolVar(&keep, "keep-config", false, "keep the configuration that stands there")
	return c.addJSON(cmd)
}
