package tabular

import (
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // a second reader to compare with
)

// wellFormed draws a table that every reader must read alike: a first cell
// that is never empty, quoting by the book, lines that end in LF.
func wellFormed(rng *rand.Rand, comma byte) string {
	var b strings.Builder
	columns, words := rng.IntN(9)+2, []string{"", "a", "Amira", "O'Neil", "007", "12/03/2005", "Zoë", "two words", "-1.50", "NULL", "true", strings.Repeat("long ", 30)}
	for range rng.IntN(80) + 2 {
		for c := range columns {
			if c > 0 {
				b.WriteByte(comma)
			}
			switch word := words[rng.IntN(len(words))]; {
			case c == 0:
				fmt.Fprintf(&b, "id%d", rng.IntN(1000))
			case rng.IntN(8) == 0:
				b.WriteString(`"` + word + []string{string(comma), "\n", `""`, "", ";", "\t|"}[rng.IntN(6)] + word + `"`)
			default:
				b.WriteString(word)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// ownRows reads a file by Open, as a night does.
func ownRows(t *testing.T, path string) (out [][]string) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.Rows("")
	if err != nil {
		t.Fatal(err)
	}
	for {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil || rec.Fault != "" {
			t.Fatal(rec.Line, rec.Fault, err)
		}
		cells := make([]string, len(rec.Cells))
		for i, c := range rec.Cells {
			cells[i] = string(c)
		}
		out = append(out, cells)
	}
}

func duckRows(t *testing.T, db *sql.DB, path string, comma byte) (out [][]string) {
	t.Helper()
	rows, err := db.Query(fmt.Sprintf(`select * from read_csv('%s', all_varchar = true, header = false, delim = '%c', quote = '"', escape = '"', auto_detect = false,
		columns = %s, parallel = false)`, path, comma, columnsOf(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(cells))
		for i, c := range cells {
			texts[i] = c.String // an empty cell is a null there
		}
		out = append(out, texts)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// columnsOf describes as many columns of text as the first row has.
func columnsOf(t *testing.T, path string) string {
	t.Helper()
	var b strings.Builder
	for i := range ownRows(t, path)[0] {
		fmt.Fprintf(&b, ", 'c%d': 'VARCHAR'", i)
	}
	return "{" + strings.TrimPrefix(b.String(), ", ") + "}"
}

// TestThreeReadersReadAlike reads random well-formed tables by our reader, by
// encoding/csv and by DuckDB.
func TestThreeReadersReadAlike(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rounds := 60
	if os.Getenv("NIGHTJAR_LONG") != "" {
		rounds = 5000
	}
	rng := rand.New(rand.NewPCG(11, 3))
	path := filepath.Join(t.TempDir(), "list.csv")
	for round := range rounds {
		comma := []byte{',', ',', ';', '\t', '|'}[rng.IntN(5)]
		text := wellFormed(rng, comma)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		reader := csv.NewReader(strings.NewReader(text))
		reader.Comma = rune(comma)
		byLibrary, err := reader.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		ours := fmt.Sprintf("%q", ownRows(t, path))
		if want := fmt.Sprintf("%q", byLibrary); ours != want {
			t.Fatalf("round %d: ours %.600s\nencoding/csv %.600s\n%.600q", round, ours, want, text)
		}
		if want := fmt.Sprintf("%q", duckRows(t, db, path, comma)); ours != want {
			t.Fatalf("round %d: ours %.600s\nDuckDB %.600s\n%.600q", round, ours, want, text)
		}
	}
}
