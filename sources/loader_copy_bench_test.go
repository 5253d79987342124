package sources

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the yardstick, in this benchmark only

	"nightjar/pipeline"
)

// copyColumns are the 25 columns of the comparison, with what DuckDB casts
// them to.
var copyColumns = []struct{ heading, kind string }{
	{"DatabaseId", ""}, {"LEACode", ""}, {"DateOfSend", "day"}, {"PeriodEnd", "day"}, {"SupplierName", ""}, {"YoungPersonsID", ""}, {"CohortStatus", ""},
	{"GivenName", ""}, {"FamilyName", ""}, {"AddressLine1", ""}, {"Town", ""}, {"County", ""}, {"Postcode", ""}, {"Gender", ""}, {"Date of Birth", "day"},
	{"LeadLEA", ""}, {"UniqueLearnerNo", ""}, {"UniquePupilNumber", ""}, {"LevelOfNeedCode", ""}, {"SENDFlag", "flag"}, {"ActivityCode", ""},
	{"StartDate", "day"}, {"DateVerified", "day"}, {"CurrencyLapsed", "flag"}, {"EstablishmentNumber", ""},
}

// copyFile writes an extract of 25 columns; rows come from NIGHTJAR_BENCH_ROWS.
func copyFile(b *testing.B) (path string, rows int) {
	b.Helper()
	rows = 200_000
	if text := os.Getenv("NIGHTJAR_BENCH_ROWS"); text != "" {
		var err error
		if rows, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(caseloadCSV(rows), "\n"), "\n")
	at := make(map[string]int)
	for i, h := range strings.Split(lines[0], ",") {
		at[h] = i
	}
	var out strings.Builder
	for _, line := range lines {
		cells := strings.Split(line, ",")
		for i, c := range copyColumns {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString(cells[at[c.heading]])
		}
		out.WriteByte('\n')
	}
	path = filepath.Join(b.TempDir(), "extract.csv")
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path, rows
}

// BenchmarkAgainstCopy loads a well-formed extract, validated and with its
// quarantine, in turns with DuckDB's own COPY of casts of the same file, and
// reports the ratio of their wall times.
func BenchmarkAgainstCopy(b *testing.B) {
	path, rows := copyFile(b)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("set threads = 2"); err != nil {
		b.Fatal(err)
	}
	casts := make([]string, len(copyColumns))
	for i, c := range copyColumns {
		switch name := `"` + c.heading + `"`; c.kind {
		case "day":
			casts[i] = fmt.Sprintf("strptime(%s, '%%d/%%m/%%Y')::date as %s", name, name)
		case "flag":
			casts[i] = fmt.Sprintf("%s = 'Y' as %s", name, name)
		default:
			casts[i] = name
		}
	}
	query := fmt.Sprintf("copy (select %s from read_csv('%s', all_varchar = true, header = true)) to '%s' (format parquet, compression zstd)",
		strings.Join(casts, ", "), path, filepath.Join(b.TempDir(), "copy.parquet"))
	l := testLoader(b)
	a := arrivalOf(b, "caseload", "careerconnect", path)
	var ours, theirs time.Duration
	for b.Loop() {
		begin := time.Now()
		rec, err := l.Load(context.Background(), a, pipeline.NoProgress{})
		if err != nil || rec.Counts.Accepted != int64(rows) {
			b.Fatal(rec.Counts, err)
		}
		ours += time.Since(begin)
		begin = time.Now()
		if _, err := db.Exec(query); err != nil {
			b.Fatal(err)
		}
		theirs += time.Since(begin)
	}
	b.ReportMetric(float64(rows)*float64(b.N)/ours.Seconds(), "rows/s")
	b.ReportMetric(float64(rows)*float64(b.N)/theirs.Seconds(), "copy-rows/s")
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "x-copy")
}
