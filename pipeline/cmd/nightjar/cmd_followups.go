package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"nightjar/pipeline/app"
)

func (c *command) followUpsCommand() *cobra.Command {
	var q app.FollowUpsQuestion
	var people bool
	cmd := c.addJSON(&cobra.Command{
		Use: "followups", Short: "Write the list of whom to call next and why",
		Long: `Write the list of whom to call next, out of what was published last: person,
reason, since when, what says so, last contact, priority and next step, most
urgent first. The column change tells the list from the night before: new,
still, or gone, and why says what became of it; rows that are gone stand at the
end.

  nightjar followups --where "priority <= 3" --out monday.xlsx

Without --out the list is a CSV file in the restricted folder, made anew by each
call. The file is about people and only you can read it; delete it when it is
worked off. Counts are printed, names only with --people.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.open()
			if err != nil {
				return err
			}
			list, err := a.FollowUps(cmd.Context(), q)
			if err != nil {
				return err
			}
			if !people {
				list.People = nil
			}
			if c.json {
				return printJSON(c.out, list)
			}
			c.printFollowUps(list)
			return nil
		},
	})
	cmd.Flags().StringVar(&q.Out, "out", "", "file to write, .csv or .xlsx; must not be there yet")
	cmd.Flags().StringVar(&q.Where, "where", "", "condition in SQL that rows must meet")
	cmd.Flags().BoolVar(&people, "people", false, "print the people, too")
	return cmd
}

func (c *command) printFollowUps(list app.FollowUps) {
	compared := list.ComparedWith != ""
	g := grid{title: "To call, as at " + list.AsAt, header: []string{"priority", "reason", "people"}, right: []bool{true, false, true, true, true, true}}
	if compared {
		g.title += ", against run " + list.ComparedWith
		g.header = append(g.header, "new", "still", "gone")
	}
	for _, n := range list.Counts {
		row := []string{strconv.FormatInt(n.Priority, 10), n.Name, grouped(int64(n.Listed))}
		if compared {
			row = append(row, grouped(int64(n.New)), grouped(int64(n.Still)), grouped(int64(n.Gone)))
		}
		g.rows = append(g.rows, row)
	}
	g.right = g.right[:len(g.header)]
	g.print(c.out)
	if len(list.People) > 0 {
		c.printPeople(list.People)
	}
	if !compared {
		fmt.Fprintln(c.out, "No earlier night is kept to compare with.")
	}
	fmt.Fprintf(c.out, "%s holds the list; it is about people, so keep it to yourself and delete it when it is worked off.\n", shortPath(list.File))
}

func (c *command) printPeople(people []app.Values) {
	g := grid{header: []string{"priority", "reason", "change", "family name", "first name", "born", "since", "last contact", "next step"}}
	g.right = make([]bool, len(g.header))
	for _, p := range people {
		g.rows = append(g.rows, []string{
			cellText(p["priority"]), p.Text("reason_name"), p.Text("change"), p.Text("family_name"), p.Text("given_name"), p.Text("birth_date"),
			p.Text("since_on"), p.Text("last_contact_on"), p.Text("next_step"),
		})
	}
	g.print(c.out)
}
