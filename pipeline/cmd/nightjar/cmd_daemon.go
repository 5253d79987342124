package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

func (c *command) daemonCommand() *cobra.Command {
	var once, unit bool
	cmd := &cobra.Command{
		Use: "daemon", Short: "Run every planned night, once each, until told to stop",
		Long: `Run every planned night, once each, until told to stop.

The jobs and their times stand in the configuration. A slot is a local time of
day: it runs once when the clocks go back, and at the first moment that exists
when they go forward. The first SIGTERM or Ctrl-C lets a run that is on come
to its end; the second stops it at once. SIGHUP reads the configuration again;
one that is broken leaves the old one in force, and the log says why.

--once runs what is due now, with what was missed as each job says, and ends:
for those who keep a clock of their own. Call it every few minutes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if unit {
				return c.printUnit()
			}
			a, err := app.Open(app.Options{
				ConfigPath: c.configPath, Clock: wallClock{}, Version: version,
				Progress: pipeline.NoProgress{}, Log: c.logger(slog.LevelInfo),
			})
			if err != nil {
				return err
			}
			reload := make(chan os.Signal, 1)
			signal.Notify(reload, syscall.SIGHUP)
			defer signal.Stop(reload)
			return a.Daemon(cmd.Context(), app.DaemonOptions{Once: once, Reload: reload, Helper: c.helper})
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "run what is due now and end")
	cmd.Flags().BoolVar(&unit, "print-unit", false, "print a systemd unit for this program and configuration, and end")
	return cmd
}

// helper returns this very program as the daemon's helper: the file that it
// was started from, also when a newer one has taken its place since.
func (c *command) helper(ctx context.Context) *exec.Cmd {
	self := "/proc/self/exe"
	if _, err := os.Stat(self); err != nil {
		if self, err = os.Executable(); err != nil {
			self = os.Args[0]
		}
	}
	args := []string{"errand"}
	if c.verbose {
		args = append(args, "--verbose")
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Args[0] = os.Args[0]
	cmd.Stderr = c.err
	return cmd
}

// errandCommand is the helper's side. It is for the daemon alone.
func (c *command) errandCommand() *cobra.Command {
	return &cobra.Command{
		Use: "errand", Short: "Do one thing that the daemon asks for on standard input", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.Errand(cmd.Context(), os.Stdin, c.out, app.Options{
				Clock: wallClock{}, Version: version, Progress: pipeline.NoProgress{}, Log: c.logger(slog.LevelInfo),
			})
		},
	}
}

// printUnit writes a systemd unit that lets the daemon reach its data folder
// and nothing else.
func (c *command) printUnit() error {
	a, err := c.open()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(c.out, a.Unit(self))
	return err
}
