package app

import (
	"os"
	"strings"
	"testing"
)

// Whatever is published has its definition in the dictionary: table by table
// and column by column, in the very words that stand in the published file.
func TestDictionaryDefinesEverythingPublished(t *testing.T) {
	t.Parallel()
	place := mustPlace(t)
	place.mustPut(t, "caseload/career-service/extract.csv", "", "2020-11-05T08:00:00Z", extract("2020-10-31", []client{{"client_id": "3430000000001"}}))
	p := place.night(t)
	paths, err := p.app.Docs(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	tables, err := p.app.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(paths[1])
	if err != nil {
		t.Fatal(err)
	}
	columns := 0
	for _, table := range tables {
		_, entry, found := strings.Cut(string(text), "\n### "+table.Name+"\n")
		if !found {
			t.Errorf("%s is published and not in the dictionary", table.Name)
			continue
		}
		entry, _, _ = strings.Cut(entry, "\n### ")
		for _, c := range table.Columns {
			if c.Comment == "" || !strings.Contains(entry, "| `"+c.Name+"` | ") || !strings.Contains(entry, strings.ReplaceAll(c.Comment, "|", "\\|")) {
				t.Errorf("%s.%s has no definition in the dictionary", table.Name, c.Name)
			}
			columns++
		}
	}
	if columns < 200 {
		t.Errorf("only %d published columns were looked at", columns)
	}
}
