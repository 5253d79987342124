package dictionary

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the dictionary as one Markdown document.
func (d *Dictionary) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Data dictionary\n\nNightjar %s. Written from the headers of the models by `nightjar docs`; do not edit.\n", d.Version)
	for _, s := range sections {
		tables := d.in(s.layer)
		if len(tables) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", s.title, s.doc)
		for _, t := range tables {
			d.markdownTable(&b, t)
		}
	}
	fmt.Fprintf(&b, "\n## Lists\n\n%s\n", listsDoc)
	for _, l := range d.Lists {
		fmt.Fprintf(&b, "\n### %s\n\n%s, layout %s. %s\n\n| column | kind | demand | definition |\n| --- | --- | --- | --- |\n", l.Relation, l.Title, l.Layout, l.Doc)
		for _, c := range l.Columns {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Name, c.Kind, c.Demand, cell(c.Doc))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *Dictionary) markdownTable(b *strings.Builder, t Table) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n", t.Name, t.Doc)
	if len(t.Grain) > 0 {
		fmt.Fprintf(b, "- one row per: `%s`\n", strings.Join(t.Grain, "`, `"))
	}
	if t.Export != "" {
		fmt.Fprintf(b, "- exported, label %s\n", t.Export)
	}
	for _, c := range t.Checks {
		fmt.Fprintf(b, "- checked%s: %s. %s\n", map[bool]string{true: " (warns)"}[c.Warns], c.Claim, c.Why)
	}
	if len(t.Reads) > 0 {
		fmt.Fprintf(b, "- reads: %s\n", strings.Join(t.Reads, ", "))
	}
	if len(t.Refs) > 0 {
		fmt.Fprintf(b, "- reference data: %s\n", strings.Join(t.Refs, ", "))
	}
	if rests := d.restsOn(t.Name); len(rests) > 0 && t.Layer == "marts" {
		b.WriteString("- rests on:\n")
		for _, r := range rests {
			fmt.Fprintf(b, "  - %s (%s): %s\n", r.List.Relation, r.List.Title, strings.Join(r.Columns, ", "))
		}
	}
	if len(t.Columns) == 0 {
		return
	}
	b.WriteString("\n| column | unit | definition |\n| --- | --- | --- |\n")
	for _, c := range t.Columns {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", c.Name, c.Unit, cell(c.Doc+c.terms()))
	}
}

// terms are the accepted values and whether the column is always filled.
func (c Column) terms() string {
	var parts []string
	if c.IsKey {
		parts = append(parts, "Part of the key.")
	}
	if len(c.Accepted) > 0 {
		parts = append(parts, "One of: "+strings.Join(c.Accepted, ", ")+".")
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + strings.Join(parts, " ")
}

// cell keeps a text inside a cell of a Markdown table.
func cell(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\n", " "), "|", "\\|")
}

// section is one layer with what a reader should know about it.
type section struct{ layer, title, doc string }

var sections = []section{
	{"marts", "Marts", "The answers, without people: the tables of the published file."},
	{"exports", "Exports", "Marts after disclosure control."},
	{"meta", "Meta", "What ran, came, was refused and why, and was checked; in the published file beside the marts."},
	{"restricted", "Restricted", "Answers with people. They are never published."},
	{"intermediate", "Steps between", "One hard step each. They exist only while a night is built."},
	{"matched", "Matching", "Made by the program, not by SQL."},
	{"staging", "Staging", "Each list as it counts on the day of the build."},
}

const listsDoc = "The columns of each list as it is delivered. Names are those of the contract; what providers call them is in the contract's aliases and the configuration."

// in returns the tables of a layer.
func (d *Dictionary) in(layer string) []Table {
	var out []Table
	for _, t := range d.Tables {
		if t.Layer == layer {
			out = append(out, t)
		}
	}
	return out
}
