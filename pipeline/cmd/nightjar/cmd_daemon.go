package main

import (
	"log/slog"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) daemonCommand() *cobra.Command {
	return &cobra.Command{
		Use: "daemon", Short: "Run every planned night, once each, until told to stop",
		Long: `Run every planned night, once each, until told to stop.

The jobs and their times stand in the configuration. A slot is a local time of
day: it runs once when the clocks go back, and at the first moment that exists
when they go forward. The first SIGTERM or Ctrl-C lets a run that is on come
to its end; the second stops it at once.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := app.Open(app.Options{
				ConfigPath: c.configPath, Clock: pipeline.SystemClock{}, Version: version,
				Progress: pipeline.NoProgress{}, Log: c.logger(slog.LevelInfo),
			})
			if err != nil {
				return err
			}
			return a.Daemon(cmd.Context())
		},
	}
}
