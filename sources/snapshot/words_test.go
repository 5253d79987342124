package snapshot

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"nightjar/pipeline"
)

// TestDictionaryGivenUp begins two columns with one word, so that they get a
// dictionary, and goes on with long texts that are all new, until it is given
// up: in the first row group, and again in the second, which begins with one.
func TestDictionaryGivenUp(t *testing.T) {
	t.Parallel()
	columns := []pipeline.Stored{{Name: "a", Type: "VARCHAR"}, {Name: "b", Type: "VARCHAR", Nullable: true}}
	text := func(row int) string {
		switch {
		case row < 1000 || row%10 == 3:
			return "one word"
		case row%10 == 4:
			return ""
		}
		return fmt.Sprintf("%d %s", row, strings.Repeat("é", 200))
	}
	path := filepath.Join(t.TempDir(), "a.parquet")
	w := NewWriter(path, columns)
	w.limit = 25_000
	b := NewBatch(columns)
	const rows = 40_000
	for i := range rows {
		b.Columns[0].SetText(b.Rows, []byte(text(i)))
		if b.Columns[1].SetText(b.Rows, []byte(text(i))); i%7 == 0 {
			b.Columns[1].SetNull(b.Rows)
		}
		if b.Rows++; b.Full() || i == rows-1 {
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if plain := plainGroups(t, path); plain != 4 {
		t.Errorf("%d of 4 column chunks gave their dictionary up", plain)
	}
	table, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range table.Rows {
		want := []Cell{{Text: text(i)}, {Text: text(i)}}
		if i%7 == 0 {
			want[1] = Cell{Null: true}
		}
		if row[0] != want[0] || row[1] != want[1] {
			t.Fatalf("row %d: %v", i, row)
		}
	}
	if len(table.Rows) != rows {
		t.Errorf("%d rows", len(table.Rows))
	}
}

// plainGroups counts the column chunks that hold both pages of places in a
// dictionary and pages of texts.
func plainGroups(t *testing.T, path string) (n int) {
	t.Helper()
	file, done, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	for _, group := range file.Metadata().RowGroups {
		for _, c := range group.Columns {
			kinds := make(map[string]bool)
			for _, s := range c.MetaData.EncodingStats {
				kinds[s.PageType.String()+" "+s.Encoding.String()] = true
			}
			if kinds["DATA_PAGE_V2 "+parquet.RLEDictionary.String()] && kinds["DATA_PAGE_V2 "+parquet.Plain.String()] {
				n++
			}
		}
	}
	return n
}
