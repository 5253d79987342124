package dictionary

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nightjar/pipeline"
	"nightjar/sources/datasets"
	"nightjar/transforms"
)

// shipped is the dictionary of the models and contracts as they are.
func shipped(t *testing.T) *Dictionary {
	t.Helper()
	var layouts []pipeline.Layout
	for _, d := range datasets.All() {
		layouts = append(layouts, d.Layouts...)
	}
	dir := t.TempDir()
	w, err := transforms.NewWarehouse(transforms.Options{
		LakeDir: dir, WorkDir: dir, SQL: os.DirFS("../../sql"), Layouts: layouts,
		MemoryLimit: "200MB", TempLimit: "1GB", Threads: 1, Clock: pipeline.SystemClock{},
	})
	if err != nil {
		t.Fatal(err)
	}
	described, err := w.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return New(described, datasets.All(), "1.2.3")
}

func written(t *testing.T, d *Dictionary) (html, markdown string) {
	t.Helper()
	var h, m strings.Builder
	if err := d.HTML(&h); err != nil {
		t.Fatal(err)
	}
	if err := d.Markdown(&m); err != nil {
		t.Fatal(err)
	}
	return h.String(), m.String()
}

func TestShippedDictionary(t *testing.T) {
	t.Parallel()
	d := shipped(t)
	html, markdown := written(t, d)
	t.Run("every column is defined", func(t *testing.T) { everyColumn(t, d, html, markdown) })
	t.Run("the page needs nothing else", func(t *testing.T) {
		for _, word := range []string{"http:", "https:", " src=", "@import", "url(", "<link"} {
			if strings.Contains(html, word) {
				t.Errorf("the page asks for something outside: %s", word)
			}
		}
	})
	t.Run("every link has its target", func(t *testing.T) {
		for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(html, -1) {
			// The ledger's own relations are no lists and have no entry.
			if !strings.Contains(html, `id="`+link[1]+`"`) && !slices.Contains([]string{"raw.files", "raw.quarantine", "raw.expected"}, link[1]) {
				t.Errorf("#%s leads nowhere", link[1])
			}
		}
	})
	t.Run("lineage", func(t *testing.T) { lineage(t, d) })
}

func everyColumn(t *testing.T, d *Dictionary, html, markdown string) {
	seen := 0
	for _, table := range d.Tables {
		if table.Doc == "" {
			t.Errorf("%s says nothing about itself", table.Name)
		}
		for _, c := range table.Columns {
			if c.Doc == "" || c.Unit == "" || c.Type == "" {
				t.Errorf("%s.%s: %+v", table.Name, c.Name, c)
			}
			if !strings.Contains(markdown, "| `"+c.Name+"` | "+c.Unit+" | "+cell(c.Doc)) {
				t.Errorf("%s.%s is not in the Markdown", table.Name, c.Name)
			}
			if !strings.Contains(html, "<code>"+c.Name+"</code>") {
				t.Errorf("%s.%s is not on the page", table.Name, c.Name)
			}
			seen++
		}
	}
	if seen < 300 {
		t.Errorf("only %d columns were looked at", seen)
	}
	for i, line := range strings.Split(markdown, "\n") {
		if strings.HasPrefix(line, "| ") && len(cellEnd.FindAllString(line, -1)) < 4 {
			t.Errorf("line %d of the Markdown is no row: %s", i+1, line)
		}
	}
}

var cellEnd = regexp.MustCompile(`(^|[^\\])\|`)

func lineage(t *testing.T, d *Dictionary) {
	columns := func(table, relation string) []string {
		for _, r := range d.restsOn(table) {
			if r.List.Relation == relation {
				return r.Columns
			}
		}
		return nil
	}
	for table, wants := range map[string]map[string][]string{
		"marts.neet_rates":       {"raw.caseload": {"activity_code", "birth_date", "cohort_status", "verified_date"}},
		"marts.ward_rates":       {"raw.postcodes": {"postcode", "ward_code"}, "raw.caseload": {"postcode"}},
		"marts.area_comparisons": {"raw.comparators_scorecard": {"combined_percent", "old_la_code"}, "raw.statistical_neighbours": {"neighbour_code"}},
	} {
		for relation, want := range wants {
			got := columns(table, relation)
			for _, c := range want {
				if !slices.Contains(got, c) {
					t.Errorf("%s does not say that it rests on %s.%s; it names %v", table, relation, c, got)
				}
			}
		}
	}
	if got := columns("marts.neet_rates", "raw.caseload"); slices.Contains(got, "address_line_1") {
		t.Error("neet_rates is said to rest on addresses, which no model reads")
	}
	if got := columns("marts.neet_rates", "raw.comparators_lait"); got != nil {
		t.Errorf("neet_rates is said to rest on other authorities' figures: %v", got)
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, kind, want string }{
		{"neet_percent", "DOUBLE", "per cent"}, {"gap_points", "DOUBLE", "percentage points"}, {"cohort_count", "BIGINT", "number"},
		{"mean_days", "DOUBLE", "days"}, {"as_at", "DATE", "day"}, {"is_ward", "BOOLEAN", "true or false"}, {"delivered_at", "TIMESTAMP", "moment, UTC"},
		{"rank_best", "BIGINT", "whole number"}, {"value", "DOUBLE", "number"}, {"ward_name", "VARCHAR", "text"}, {"odd_percent", "VARCHAR", "text"},
	} {
		if got := transforms.Unit(c.name, c.kind); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.name, c.kind, got, c.want)
		}
	}
}

// small is a dictionary of four tables over one list.
func small() *Dictionary {
	return &Dictionary{Version: "1", Tables: []Table{
		{Name: "marts.a", Layer: "marts", Doc: "A & <b>.", Reads: []string{"intermediate.b", "staging.c"}, Columns: []Column{{Name: "x_percent", Type: "DOUBLE", Unit: "per cent", Doc: "One | two."}}},
		{Name: "intermediate.b", Layer: "intermediate", Doc: "B.", Reads: []string{"staging.c", "staging.d"}},
		{Name: "staging.c", Layer: "staging", Doc: "C.", Reads: []string{"raw.e"}, raw: map[string][]string{"raw.e": {"name", "value_missing"}}},
		{Name: "staging.d", Layer: "staging", Doc: "D.", Reads: []string{"raw.e"}, raw: map[string][]string{"raw.e": {"name"}}},
	}, Lists: []List{{Relation: "raw.e", Title: "E", Layout: "long", Columns: []ListColumn{{Name: "name"}, {Name: "value"}, {Name: "other"}}}}}
}

func TestLineageOfASmallDictionary(t *testing.T) {
	t.Parallel()
	g := small().upstream("marts.a")
	want := map[string]int{"raw.e": 0, "staging.c": 1, "staging.d": 1, "intermediate.b": 2, "marts.a": 3}
	for name, rank := range want {
		if g.rank[name] != rank {
			t.Errorf("%s stands in column %d, want %d", name, g.rank[name], rank)
		}
	}
	if len(g.rank) != len(want) || len(g.edges) != 6 {
		t.Errorf("%d boxes and %d lines", len(g.rank), len(g.edges))
	}
	at, width, height := g.place()
	taken := map[box]string{}
	for name, b := range at {
		if other, clash := taken[b]; clash {
			t.Errorf("%s lies on %s", name, other)
		}
		taken[b] = name
		if b.x < 0 || b.y < 0 || b.x+boxWidth > width || b.y+boxHeight > height {
			t.Errorf("%s lies outside the picture", name)
		}
	}
	if at["marts.a"].x >= at["raw.e"].x {
		t.Error("the table does not stand where a narrow screen shows it")
	}
	rests := small().restsOn("marts.a")
	if len(rests) != 1 || !slices.Equal(rests[0].Columns, []string{"name", "value"}) {
		t.Errorf("rests on %+v", rests)
	}
}

func TestNamesAndTextsAreEscaped(t *testing.T) {
	t.Parallel()
	html, markdown := written(t, small())
	if !strings.Contains(html, "A &amp; &lt;b&gt;.") {
		t.Error("the page does not escape what the headers say")
	}
	if !strings.Contains(markdown, `One \| two.`) {
		t.Error("the Markdown lets a text break a row")
	}
}
