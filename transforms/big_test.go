package transforms

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// bigMart writes a published file whose mart has that many rows and ten
// columns of every type that is published.
func bigMart(tb testing.TB, rows int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), publishedFile)
	s, err := openSession(tb.Context(), sessionOptions{memoryLimit: "1GB", threads: 1, allow: []string{filepath.Dir(path)}, ordered: true})
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close()
	if err := s.all(tb.Context(),
		fmt.Sprintf("ATTACH %s AS %s (STORAGE_VERSION %s, %s)", quote(path), freshCatalog, quote(storageVersion), noLog), "USE "+freshCatalog,
		"CREATE SCHEMA marts", "CREATE SCHEMA meta", "CREATE TABLE meta.build AS SELECT 'r1' AS run_id, DATE '2023-09-06' AS as_at",
		fmt.Sprintf(`CREATE TABLE marts.big AS SELECT i AS row_no, DATE '2015-09-30' + CAST(i %% 3000 AS INTEGER) AS month_end, 'ward ' || (i %% 400) AS ward,
			CASE WHEN i %% 2 = 0 THEN '16-17' ELSE '16-18' END AS age_band, i %% 977 AS cohort_count, CASE WHEN i %% 5 > 0 THEN i %% 31 END AS neet_count,
			CAST(hash(i) %% 100000 AS DOUBLE) / 977 AS neet_percent, i %% 3 = 0 AS is_ours, TIMESTAMP '2023-09-06 01:02:03' + to_seconds(i) AS made_at,
			'row ' || hash(i) AS note FROM range(%d) AS r(i)`, rows),
		"CHECKPOINT "+freshCatalog,
	); err != nil {
		tb.Fatal(err)
	}
	return path
}

// BenchmarkExtract compares what export writes with what DuckDB's own COPY
// takes for the same rows, without our limits and stamps.
//
//	go test ./transforms -run '^$' -bench Extract -benchtime 3x
func BenchmarkExtract(b *testing.B) {
	const rows = 2_000_000
	path := bigMart(b, rows)
	for _, form := range []struct {
		name, options string
		extract       func(file string) (int64, error)
	}{
		{"parquet", "FORMAT parquet, COMPRESSION zstd", func(file string) (int64, error) { return ExtractParquet(b.Context(), path, "big", "", file) }},
		{"csv", "FORMAT csv, HEADER", func(file string) (int64, error) { return ExtractCSV(b.Context(), path, "big", "", file) }},
	} {
		b.Run(form.name+"/copy", func(b *testing.B) {
			for b.Loop() {
				file := filepath.Join(b.TempDir(), "copy")
				s, err := openSession(b.Context(), sessionOptions{threads: queryThreads, allow: []string{filepath.Dir(path), filepath.Dir(file)}, ordered: true})
				if err != nil {
					b.Fatal(err)
				}
				err = s.all(b.Context(), fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(path), freshCatalog), "USE "+freshCatalog,
					fmt.Sprintf("COPY marts.big TO %s (%s)", quote(file), form.options))
				if err != nil {
					b.Fatal(err)
				}
				s.Close()
			}
		})
		b.Run(form.name+"/export", func(b *testing.B) {
			for b.Loop() {
				file := filepath.Join(b.TempDir(), "export")
				if n, err := form.extract(file); err != nil || n != rows {
					b.Fatalf("%d rows, %v", n, err)
				}
				_ = os.Remove(file)
			}
		})
	}
}
