package contract

import (
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/tabular"
)

// twoLayouts share their needed columns; the wide one knows more.
func twoLayouts() pipeline.Dataset {
	column := func(name string, kind pipeline.Kind, presence pipeline.Presence, aliases ...string) pipeline.Column {
		return pipeline.Column{Name: name, Kind: kind, Presence: presence, Aliases: aliases}
	}
	return pipeline.Dataset{Name: "lists", Layouts: []pipeline.Layout{
		{Name: "narrow", Columns: []pipeline.Column{
			column("surname", pipeline.Text, pipeline.Required, "Last Name", "Name"),
			column("birth_date", pipeline.Day, pipeline.Required, "DOB"),
		}},
		{Name: "wide", Columns: []pipeline.Column{
			column("surname", pipeline.Text, pipeline.Required, "Last Name"),
			column("birth_date", pipeline.Day, pipeline.Required, "DOB"),
			column("aim", pipeline.Text, pipeline.Optional),
		}},
		{Name: "bare", Headerless: true, Columns: []pipeline.Column{
			column("postcode", pipeline.Postcode, pipeline.Required), column("rank", pipeline.Integer, pipeline.Required),
		}},
	}}
}

func records(rows ...string) []tabular.Record {
	out := make([]tabular.Record, len(rows))
	for i, row := range rows {
		out[i].Line = int64(i + 1)
		for _, cell := range strings.Split(row, "|") {
			out[i].Cells = append(out[i].Cells, []byte(cell))
		}
	}
	return out
}

func TestBind(t *testing.T) {
	t.Parallel()
	mapped := pipeline.Profile{Columns: map[string]string{"Familie": "surname", "Name": "aim"}}
	cases := []struct {
		name    string
		profile pipeline.Profile
		rows    []tabular.Record
		layout  string
		header  int
		notice  string
	}{
		{"fewest words", pipeline.Profile{}, records("surname|birth_date"), "narrow", 0, ""},
		{"more matched columns win", pipeline.Profile{}, records("AIM|DOB|Last-Name"), "wide", 0, ""},
		{"blind to case and marks", pipeline.Profile{}, records("  LAST_name ;|d.o.b."), "narrow", 0, ""},
		{"below titles", pipeline.Profile{}, records("Returns of surname and DOB", "", "surname|DOB"), "narrow", 2, ""},
		{"unknown columns are named", pipeline.Profile{}, records("surname|DOB|Shoe size|"), "narrow", 0, "Shoe size"},
		{"the better known heading wins", pipeline.Profile{}, records("Name|Last Name|DOB"), "narrow", 0, "Name"},
		{"the provider's mapping comes first", mapped, records("Surname|Familie|DOB|Name"), "wide", 0, "Surname"},
		{"no header at all", pipeline.Profile{}, records("L20 9ZZ|1", "", "PR8 1AA|2"), "bare", -1, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, issues := Bind(twoLayouts(), c.profile, c.rows, Env{Location: time.UTC})
			if b == nil {
				t.Fatalf("refused: %v", issues)
			}
			if b.Layout.Name != c.layout || b.Header != c.header {
				t.Errorf("layout %s, header %d", b.Layout.Name, b.Header)
			}
			if c.notice == "" && len(b.Notices) > 0 || c.notice != "" && (len(b.Notices) != 1 || !strings.HasSuffix(b.Notices[0].Say, ": "+c.notice)) {
				t.Errorf("notices %v", b.Notices)
			}
		})
	}
}

func TestBindRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		rows []tabular.Record
		rule string
		says string
		not  string
	}{
		{"nothing like a header", records("Okafor|x", "Walsh|y"), RuleColumnMissing, "no header of lists was found in the first 2 rows; it must hold surname, birth_date; or", "Okafor"},
		{"no rows", nil, RuleColumnMissing, "first 0 rows", ""},
		{"a column is missing", records("Last Name|aim|Notes"), RuleColumnMissing, "no column for birth_date; found: Last Name, aim, Notes", ""},
		{"a data row with a heading in it", records("surname|aim|Okafor|9276308686"), RuleColumnMissing, "does not look like a header", "Okafor"},
		{"twice the same heading", records("Surname|SURNAME|DOB"), RuleColumnTwice, "same heading for surname", ""},
		{"headerless row that is too wide", records("L20 9ZZ|1|x"), RuleColumnMissing, "no header", "L20"},
		{"headerless row that cannot be read", records("L20 9ZZ|1", "Okafor|2"), RuleColumnMissing, "no header", "Okafor"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, issues := Bind(twoLayouts(), pipeline.Profile{}, c.rows, Env{Location: time.UTC})
			if b != nil || len(issues) == 0 {
				t.Fatalf("bound to %v", b)
			}
			if issues[0].Rule != c.rule || !strings.Contains(issues[0].Say, c.says) {
				t.Errorf("says %q", issues[0].Say)
			}
			for _, issue := range issues {
				if c.not != "" && strings.Contains(issue.String(), c.not) {
					t.Errorf("repeats a cell: %s", issue)
				}
			}
		})
	}
}
