package snapshot

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the reader of the files, to hear what it reads

	"nightjar/pipeline"
)

// randomRows writes rows of every type in batches of changing size and
// returns them as texts. How many different values a column has, how many
// nulls and how long its texts are is drawn too, so that dictionaries are
// taken, refused and given up half way.
func randomRows(t *testing.T, rng *rand.Rand, path string, rows int) [][]string {
	t.Helper()
	columns := allTypes()
	variety, nulls, long := make([]int, len(columns)), make([]float64, len(columns)), make([]int, len(columns))
	for i := range columns {
		variety[i] = []int{1, 3, 100, 5000, 1 << 30}[rng.IntN(5)]
		nulls[i] = []float64{0, 0, 0.01, 0.5, 0.99, 1}[rng.IntN(6)]
		long[i] = []int{1, 10, 300}[rng.IntN(3)]
	}
	w := NewWriter(path, columns)
	w.limit = []int{rowGroup, 700, 30_000}[rng.IntN(3)]
	b := NewBatch(columns)
	var out [][]string
	for range rows {
		texts := make([]string, len(columns))
		for i, c := range columns {
			v, n := b.Columns[i], rng.IntN(variety[i])
			if c.Nullable && rng.Float64() < nulls[i] {
				v.SetNull(b.Rows)
				texts[i] = "null"
				continue
			}
			switch c.Type {
			case "VARCHAR":
				texts[i] = strings.Repeat("é", n%long[i]) + fmt.Sprint(n)
				if n%11 == 0 {
					texts[i] = ""
				}
				v.SetText(b.Rows, []byte(texts[i]))
			case "DATE":
				d := pipeline.Date(n%60_000 - 20_000)
				v.SetDate(b.Rows, d)
				texts[i] = d.String()
			case "TIMESTAMP":
				at := time.UnixMicro(int64(n) * 1_234_567).UTC()
				v.SetTime(b.Rows, at)
				texts[i] = at.Format("2006-01-02 15:04:05.000000")
			case "BIGINT":
				x := (int64(n) - 50) * []int64{1, -1, 1 << 32}[n%3]
				v.SetInteger(b.Rows, x)
				texts[i] = fmt.Sprint(x)
			case "DOUBLE":
				v.SetDouble(b.Rows, float64(n)/8)
				texts[i] = fmt.Sprint(float64(n)/8 + 0)
			case "BOOLEAN":
				v.SetBoolean(b.Rows, n%2 == 1)
				texts[i] = fmt.Sprint(n%2 == 1)
			}
		}
		out = append(out, texts)
		if b.Rows++; b.Full() || len(out) > BatchRows && rng.IntN(500) == 0 {
			if err := w.Write(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(); err != nil { // reads it back with the one reader
		t.Fatal(err)
	}
	return out
}

// TestAnotherReaderReadsTheSame has DuckDB, which shares no code with the
// writer or with verify, read random files.
func TestAnotherReaderReadsTheSame(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for seed, rows := range []int{1, 2, 255, 256, 257, 1000, 3000, pageRows, pageRows + 1, 45_000, 45_000, 45_000} {
		t.Run(fmt.Sprintf("seed %d, %d rows", seed, rows), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(seed), 7))
			path := filepath.Join(t.TempDir(), "random.parquet")
			want := randomRows(t, rng, path, rows)
			result, err := db.Query(fmt.Sprintf(`select zulu, coalesce(alpha, 'null'), coalesce(born::varchar, 'null'), strftime("at", '%%Y-%%m-%%d %%H:%%M:%%S.%%f'),
				coalesce("n"::varchar, 'null'), coalesce(printf('%%.17g', x), 'null'), coalesce(yes::varchar, 'null') from read_parquet('%s', file_row_number = true) order by file_row_number`, path))
			if err != nil {
				t.Fatal(err)
			}
			defer result.Close()
			i := 0
			for ; result.Next(); i++ {
				got := make([]string, len(allTypes()))
				into := make([]any, len(got))
				for c := range got {
					into[c] = &got[c]
				}
				if err := result.Scan(into...); err != nil {
					t.Fatal(err)
				}
				if got[5] != "null" {
					var x float64
					if _, err := fmt.Sscan(got[5], &x); err != nil {
						t.Fatal(err)
					}
					got[5] = fmt.Sprint(x)
				}
				if !slices.Equal(got, want[i]) {
					t.Fatalf("row %d: got %q, want %q", i, got, want[i])
				}
			}
			if err := result.Err(); err != nil || i != rows {
				t.Fatalf("%d rows of %d, %v", i, rows, err)
			}
		})
	}
}

// TestBatchesDoNotShowInTheFile cuts the same rows into batches in two ways.
func TestBatchesDoNotShowInTheFile(t *testing.T) {
	t.Parallel()
	columns := allTypes()
	var files [2]string
	for way := range files {
		rng := rand.New(rand.NewPCG(9, 9))
		cut := rand.New(rand.NewPCG(uint64(way), 1))
		files[way] = filepath.Join(t.TempDir(), "a.parquet")
		w, b := NewWriter(files[way], columns), NewBatch(columns)
		b.Columns[3].FillTime(time.Unix(5, 0))
		for i := range 30_000 {
			for _, c := range []int{1, 2, 4, 5, 6} {
				b.Columns[c].SetNull(b.Rows)
			}
			b.Columns[0].SetText(b.Rows, fmt.Appendf(nil, "%d", rng.IntN(200)))
			b.Columns[4].SetInteger(b.Rows, rng.Int64N(1000))
			if b.Rows++; b.Full() || way == 1 && i > BatchRows && cut.IntN(90) == 0 {
				if err := w.Write(b); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if one, two := contentOf(t, files[0]), contentOf(t, files[1]); one != two {
		t.Error("the same rows in other batches gave another file")
	}
}

// TestAMissingValueIsNotWritten: a file with fewer values than rows would be
// read as other rows.
func TestAMissingValueIsNotWritten(t *testing.T) {
	t.Parallel()
	columns := []pipeline.Stored{{Name: "must", Type: "VARCHAR"}}
	w, b := NewWriter(filepath.Join(t.TempDir(), "a.parquet"), columns), NewBatch(columns)
	b.Columns[0].SetNull(0)
	b.Rows = 1
	if err := w.Write(b); err == nil {
		t.Error("a row without a required value was written")
	}
	w.Abort()
}
