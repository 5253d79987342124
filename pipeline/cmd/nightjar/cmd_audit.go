package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
	"nightjar/pipeline/audit"
)

func (c *command) auditCommand() *cobra.Command {
	var since, kind string
	cmd := &cobra.Command{
		Use: "audit", Short: "List what was done: runs, exports, decisions, releases, rollbacks, erasures, restores",
		Long: `List the audit log: runs, exports, decisions, releases, rollbacks, erasures,
restores, with when and by whom, and nobody a list is about. The log is the file
audit.jsonl in the data folder, one line per event, each with the hash of the
line before; nightjar audit verify tells whether it is whole.

  nightjar audit --since 2026-11-01 --kind export`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := app.AuditQuestion{Kind: kind}
			if since != "" {
				var err error
				if q.Since, err = time.ParseInLocation(time.DateOnly, since, time.Local); err != nil {
					return fmt.Errorf("%w: --since %s is no day; write it as 2026-11-01", pipeline.ErrUsage, since)
				}
			}
			a, err := c.open()
			if err != nil {
				return err
			}
			list, err := a.Audit(cmd.Context(), q)
			if err != nil {
				return err
			}
			if c.json {
				enc := json.NewEncoder(c.out) // a line each, as in the log
				for _, e := range list {
					if err := enc.Encode(e); err != nil {
						return err
					}
				}
				return nil
			}
			for _, e := range list {
				fmt.Fprintln(c.out, auditLine(e))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "from this day on, such as 2026-11-01")
	cmd.Flags().StringVar(&kind, "kind", "", "only events of this kind, such as export")
	cmd.AddCommand(c.auditVerifyCommand())
	return c.addJSON(cmd)
}

// auditLine writes an event for a person.
func auditLine(e audit.Event) string {
	parts := []string{fmt.Sprintf("%6d  %s  %-8s", e.N, e.At.Local().Format("2006-01-02 15:04:05"), e.Kind), e.By}
	for _, s := range []string{e.About, e.Say} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	var facts []string
	for _, name := range slices.Sorted(maps.Keys(e.Facts)) {
		facts = append(facts, fmt.Sprintf("%s %d", strings.ReplaceAll(name, "_", " "), e.Facts[name]))
	}
	return strings.Join(append(parts, strings.Join(facts, ", ")), "  ")
}

func (c *command) auditVerifyCommand() *cobra.Command {
	return c.addJSON(&cobra.Command{
		Use: "verify", Short: "Tell whether the audit log is what was written, and name the first line that is not",
		Long: `Read the whole audit log and name the first line that was changed, added, moved
or is missing; the ledger remembers the last line, so that a log cut off at its
end shows too. The hash printed at the end stands for the whole log: noted down
elsewhere, it would show a log that was written anew. Exit code 1 where the log
is broken.

  nightjar audit verify`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			v, err := a.AuditVerify(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				err = printJSON(c.out, v)
			} else if v.Broken == nil {
				fmt.Fprintf(c.out, "%s, all as they were written. Line %d has the hash %s\n", plural(int(v.Lines), "line"), v.Head.N, v.Head.Hash)
			}
			if err == nil && v.Broken != nil {
				err = fmt.Errorf("the audit log is broken at line %d: %s; keep the file as it is and compare it with a backup", v.Broken.Line, v.Broken.Say)
			}
			return err
		},
	})
}
