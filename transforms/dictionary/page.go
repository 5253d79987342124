package dictionary

import (
	_ "embed" // for the page's template
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// HTML writes the dictionary as one page that needs nothing else: no file, no
// network. Without its script it is complete; with it, it can be searched.
func (d *Dictionary) HTML(w io.Writer) error {
	data := struct {
		Version, ListsDoc string
		Sections          []pageSection
		Lists             []List
	}{Version: d.Version, ListsDoc: listsDoc, Lists: d.Lists}
	for _, s := range sections {
		tables := d.in(s.layer)
		if len(tables) == 0 {
			continue
		}
		p := pageSection{ID: s.layer, Title: s.title, Doc: s.doc, Open: s.layer == "marts"}
		for _, t := range tables {
			p.Tables = append(p.Tables, d.pageTable(t))
		}
		data.Sections = append(data.Sections, p)
	}
	if err := page.Execute(w, data); err != nil {
		return fmt.Errorf("dictionary page: %w", err)
	}
	return nil
}

type pageSection struct {
	ID, Title, Doc string
	Open           bool // its tables are unfolded
	Tables         []pageTable
}

type pageTable struct {
	Table
	Short   string
	Rests   []Rest
	Picture template.HTML
}

func (d *Dictionary) pageTable(t Table) pageTable {
	p := pageTable{Table: t, Short: t.Name[len(t.Layer)+1:]}
	if len(t.Reads) > 0 && (t.Layer == "marts" || t.Layer == "restricted") {
		p.Rests = d.restsOn(t.Name)
		p.Picture = template.HTML(d.upstream(t.Name).svg("Where " + t.Name + " comes from")) //nolint:gosec // drawn here, every name escaped
	}
	return p
}
