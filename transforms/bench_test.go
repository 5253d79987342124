package transforms

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/datasets"
	"nightjar/sql"
)

// benchValues are expressions over i (person) and m (month) for the caseload's
// columns; the others are null.
var benchValues = map[string]string{
	"period_end": "last_day(DATE '2015-09-01' + to_months(m))", "client_id": "'c' || (i + 900 * m)", "cohort_status": "'P'",
	"given_name": "'g' || ((i + 900 * m) % 700)", "family_name": "'f' || ((i + 900 * m) % 3000)", "birth_date": "DATE '1998-09-01' + CAST((i + 900 * m) // 30 AS INTEGER)",
	"postcode": "'L' || (20 + i % 20) || ' ' || (i % 9) || 'ZZ'", "lead_la_code": "'343'", "educated_la_code": "'343'", "la_code": "'343'",
	"activity_code": "CASE i % 25 WHEN 0 THEN '540' WHEN 1 THEN '810' ELSE '210' END", "start_date": "DATE '2015-09-01' + to_months(12 * (m // 12))",
	"verified_date": "DATE '2015-09-20' + to_months(12 * (m // 12))",
	"file_hash":     "'h' || m", "line": "i", "dataset": "'caseload'", "provider": "'council'", "file_name": "'f'", "sheet": "''",
	"delivered_at": "TIMESTAMP '2015-10-05' + to_months(m)", "delivered_on": "CAST(DATE '2015-10-05' + to_months(m) AS DATE)",
	"academic_year": "'2015/16'", "period": "strftime(DATE '2015-09-01' + to_months(m), '%Y-%m')",
}

// BenchmarkBuild builds every shipped model over eight years of an invented
// caseload: 96 files, 900,000 rows, within 300 MB.
func BenchmarkBuild(b *testing.B) {
	const months, people = 96, 9400
	dir := b.TempDir()
	w, err := NewWarehouse(Options{
		LakeDir: filepath.Join(dir, "lake"), WorkDir: filepath.Join(dir, "work"), SQL: sql.Files, Layouts: shippedLayouts(),
		MemoryLimit: "300MB", Threads: 2, TempLimit: "4GB", Clock: pipeline.SystemClock{},
	})
	if err != nil {
		b.Fatal(err)
	}
	in := pipeline.BuildInput{KnownUntil: pipeline.NewDate(2023, time.October, 5), AsAt: pipeline.NewDate(2023, time.October, 5)}
	layout := datasets.Caseload().Layouts[0]
	s, err := openSession(b.Context(), sessionOptions{memoryLimit: "100MB", threads: 1, allow: []string{dir}})
	if err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "lake"), 0o700); err != nil {
		b.Fatal(err)
	}
	for m := range months {
		name := fmt.Sprintf("caseload-%d.parquet", m)
		if err := s.exec(b.Context(), benchFile(layout, filepath.Join(dir, "lake", name), m, people)); err != nil {
			b.Fatal(err)
		}
		in.Files = append(in.Files, pipeline.FileRecord{Status: pipeline.FileLoaded, Snapshot: pipeline.Snapshot{
			Delivery: pipeline.Delivery{Dataset: "caseload", Provider: "council", Hash: fmt.Sprintf("h%d", m), DeliveredOn: pipeline.NewDate(2015, time.Month(10+m), 5)},
			Layout:   layout.Name, Relation: layout.Relation, Path: name, Counts: pipeline.Counts{Read: people, Accepted: people},
		}})
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for n := 0; b.Loop(); n++ {
		in.RunID = fmt.Sprintf("bench-%d", n)
		built, err := w.Build(b.Context(), in, pipeline.NoProgress{})
		if err != nil {
			b.Fatal(err)
		}
		slices.SortFunc(built.Models, func(x, y pipeline.ModelResult) int { return int(y.Took - x.Took) })
		for _, m := range built.Models[:min(8, len(built.Models))] {
			b.Logf("%-45s %9d rows %v", m.Model, m.Rows, m.Took)
		}
		if err := Sweep(filepath.Join(dir, "work")); err != nil {
			b.Fatal(err)
		}
	}
}

func benchFile(l pipeline.Layout, path string, month, people int) string {
	var cols []string
	for _, c := range l.StoredColumns() {
		value := benchValues[c.Name]
		if value == "" {
			value = "NULL"
		}
		cols = append(cols, fmt.Sprintf("CAST(%s AS %s) AS %s", value, c.Type, identifier(c.Name)))
	}
	return fmt.Sprintf("COPY (SELECT %s FROM (SELECT i, %d AS m FROM range(%d) AS r(i))) TO %s (FORMAT parquet, COMPRESSION zstd)",
		strings.Join(cols, ", "), month, people, quote(path))
}
