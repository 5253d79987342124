package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
)

const about = `Nightjar is the nightly warehouse of a council's NEET tracking team.

It takes lists from schools, colleges, UCAS and the caseload system out of a
drop folder, keeps every one as an immutable snapshot, builds the models over
them, and publishes one DuckDB file for analysts and Parquet files for BI
tools. Readers see last night's result or this one, never half of each.

Exit codes
  0    done; rows in quarantine are a normal night, and the report says so
  1    failed
  2    used wrongly, or the configuration cannot be read
  3    a file was refused or lies above its dataset's quarantine limit, or any
       row is in quarantine and --strict was given
  4    held back by a check, or because figures moved too far in one night
       (nightjar release); last night's result stays in place
  5    another run holds the lock
  130  interrupted`

// command holds what every subcommand shares.
type command struct {
	out, err   io.Writer
	configPath string
	verbose    bool
	json       bool
}

// execute runs the program and returns its exit code.
func execute(ctx context.Context, args []string, out, errOut io.Writer) int {
	c := &command{out: out, err: errOut}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	var shown shownError
	switch {
	case err == nil:
	case errors.As(err, &shown):
	default:
		fmt.Fprintln(errOut, "nightjar: "+err.Error())
	}
	return pipeline.ExitCode(err)
}

// shownError is an error that the command has already told the user about.
type shownError struct{ error }

func (s shownError) Unwrap() error { return s.error }

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use: "nightjar", Short: "The nightly warehouse of a council's NEET tracking team", Long: about,
		SilenceUsage: true, SilenceErrors: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&c.configPath, "config", "nightjar.yaml", "configuration file")
	root.PersistentFlags().BoolVarP(&c.verbose, "verbose", "v", false, "log every step to standard error")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(c.runCommand(), c.daemonCommand(), c.errandCommand(), c.checkCommand(), c.showCommand(), c.statusCommand(), c.sampleCommand(), c.docsCommand(), c.reviewCommand(), c.tryCommand(), c.rejectsCommand(), c.versionCommand())
	root.AddCommand(c.nextCommand(), c.lintCommand(), c.whyCommand(), c.historyCommand(), c.backfillCommand(), c.releaseCommand(), c.backupCommand(), c.restoreCommand())
	root.AddCommand(c.auditCommand(), c.forgetCommand(), c.retainCommand(), c.versionsCommand(), c.rollbackCommand(), c.exportCommand(), c.followUpsCommand(), c.returnsCommand(), c.buildCommand(), c.diffCommand(), c.explainCommand(), c.reportCommand(), c.checkExportCommand())
	markUsage(root)
	return root
}

// markUsage makes every complaint about flags and arguments a usage error.
func markUsage(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w: %w; see: %s --help", pipeline.ErrUsage, err, cmd.CommandPath())
	})
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return fmt.Errorf("%w: %w; see: %s --help", pipeline.ErrUsage, err, cmd.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		markUsage(sub)
	}
}

// open reads the configuration and makes the app.
func (c *command) open() (*app.App, error) {
	return app.Open(app.Options{
		ConfigPath: c.configPath, Clock: wallClock{}, Version: version,
		Progress: newProgress(c.err, pipeline.SystemClock{}), Log: c.logger(slog.LevelWarn),
	})
}

func (c *command) logger(level slog.Level) *slog.Logger {
	if c.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level}))
}

// addJSON gives a reporting command its --json flag.
func (c *command) addJSON(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.json, "json", false, "report as JSON")
	return cmd
}

// shortPath writes a path the way the user would, relative where that is
// shorter.
func shortPath(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(wd, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return path
	}
	return rel
}
