package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"nightjar/pipeline"
	"nightjar/pipeline/app"
	"nightjar/sources/erase"
)

func (c *command) forgetCommand() *cobra.Command {
	var o app.ForgetOptions
	var yes, resume bool
	cmd := &cobra.Command{
		Use: "forget", Short: "Remove a person from everything that is kept",
		Long: `Remove a person from everything that is kept: snapshots, quarantine, archived
lists, decisions, the people of every kept night, lists written for callers and
institutions. Whatever lists say that matching takes for the person goes too.

The person is named on standard input, never on the command line, which others
on the machine can see: one number to a line, such as

  client_id: 3430000014602
  upn: L343200001004
  uln: 1200024787

End with an empty line. Any one of them will do, unless several people have it.
What would go is counted first, and then asked about; --yes does without the
question, --dry-run stops there.

Afterwards every file of the data folder is searched, unpacked; what is left is
named, with exit code 1. An original out of which single rows cannot be taken is
removed whole; its snapshot stays. A keyed hash keeps an old list from bringing
the person back; its key is the file erasure.key in the data folder, or in
NIGHTJAR_ERASURE_KEY: keep it like the other secrets. Figures already published
change with the next night. Interrupted, it is finished with --resume; no night
runs before.

  nightjar forget --dry-run < person.txt
  nightjar forget --yes --reason "request 2026/17" < person.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			in := bufio.NewReader(cmd.InOrStdin())
			asked := isTerminal(cmd.InOrStdin())
			if !resume {
				if asked {
					fmt.Fprintln(c.err, "Who is meant? One number to a line (client_id: …, upn: …, uln: …), then an empty line.")
				}
				if o.Numbers, err = readNumbers(in); err != nil {
					return err
				}
			}
			if !yes && !o.DryRun && !resume {
				if !asked {
					return fmt.Errorf("%w: give --dry-run to count, or --yes to erase; nobody can be asked here", pipeline.ErrUsage)
				}
				o.Confirm = func(f app.Forgotten) bool { return c.confirmForget(in, f) }
			}
			f, err := a.Forget(cmd.Context(), o)
			if err != nil {
				return err
			}
			return c.printForgotten(f)
		},
	}
	addReviewer(cmd, &o.By)
	cmd.Flags().StringVar(&o.Reason, "reason", "", "why, in a few words that name nobody, for the audit log")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "count, change nothing")
	cmd.Flags().BoolVar(&yes, "yes", false, "erase without asking")
	cmd.Flags().BoolVar(&resume, "resume", false, "finish an erasure that was interrupted")
	return c.addJSON(cmd)
}

func isTerminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// readNumbers reads who is meant, up to an empty line or the end.
func readNumbers(in *bufio.Reader) (n erase.Numbers, err error) {
	for at := 1; ; at++ {
		line, err := in.ReadString('\n')
		text := strings.TrimSpace(line)
		if text != "" {
			kind, value, _ := strings.Cut(strings.Replace(text, "=", ":", 1), ":")
			to := map[string]*[]string{"clientid": &n.Clients, "upn": &n.UPNs, "uln": &n.ULNs}[pipeline.FoldWord(kind)]
			if value = strings.TrimSpace(value); to == nil || value == "" {
				return n, fmt.Errorf("%w: line %d does not say client_id: …, upn: … or uln: …", pipeline.ErrUsage, at) // and is not repeated here
			}
			*to = append(*to, value)
		}
		if errors.Is(err, io.EOF) || text == "" {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

func (c *command) confirmForget(in *bufio.Reader, f app.Forgotten) bool {
	c.printErased(c.err, f)
	fmt.Fprint(c.err, "All of this goes, and nobody can bring it back. Type yes to erase: ")
	line, err := in.ReadString('\n')
	return err == nil && strings.TrimSpace(line) == "yes"
}

func (c *command) printErased(w io.Writer, f app.Forgotten) {
	for _, p := range f.Places {
		fmt.Fprintf(w, "  %-24s %s in %s\n", p.Place, plural(int(p.Rows), "row"), plural(p.Files, "file"))
	}
	if f.Shared > 0 {
		fmt.Fprintf(w, "  %s of the person belong to somebody else too and were not gone by; give the other's client id as well if it is the same person\n", plural(f.Shared, "number"))
	}
}

func (c *command) printForgotten(f app.Forgotten) error {
	var left error
	if f.Proof != nil && len(f.Proof.Hits) > 0 {
		left = fmt.Errorf("the person is still named in %s: %s", plural(len(f.Proof.Hits), "file"), f.NextStep)
	}
	if c.json {
		return errors.Join(printJSON(c.out, f), left)
	}
	switch {
	case f.Proof != nil && f.Resumed:
		fmt.Fprintln(c.out, "Finished the erasure that was interrupted:")
	case f.Proof != nil:
		fmt.Fprintln(c.out, "Erased:")
	case f.DryRun:
		fmt.Fprintln(c.out, "Nothing was changed. There is:")
	}
	c.printErased(c.out, f)
	printList(c.out, "Originals removed whole (single rows could not be taken out; their snapshots stay)", f.Removed)
	if f.Proof == nil {
		return nil
	}
	fmt.Fprintf(c.out, "Searched %s (%d MB, %d of them unpacked): the person is named in %s.\n", plural(int(f.Proof.Files), "file"), f.Proof.Bytes>>20, f.Proof.Unpacked, plural(len(f.Proof.Hits), "file"))
	for _, h := range f.Proof.Hits {
		fmt.Fprintf(c.out, "  %s\n", h.Path)
	}
	if len(f.Waiting) > 0 {
		fmt.Fprintf(c.out, "In the inbox the person is named in %s.\n", plural(len(f.Waiting), "file"))
	}
	fmt.Fprintf(c.out, "%s so far. Next: %s.\n", plural(f.Erasures, "erasure"), f.NextStep)
	return left
}
