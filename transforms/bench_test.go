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
	world := newBenchWorld(b, "300MB", 96, 9400)
	for n := 0; b.Loop(); n++ {
		built := world.build(b, fmt.Sprintf("bench-%d", n))
		slices.SortFunc(built.Models, func(x, y pipeline.ModelResult) int { return int(y.Took - x.Took) })
		for _, m := range built.Models[:min(8, len(built.Models))] {
			b.Logf("%-45s %9d rows %v", m.Model, m.Rows, m.Took)
		}
	}
}

// benchWorld is an invented caseload in a lake, one file for each month.
type benchWorld struct {
	*Warehouse
	in pipeline.BuildInput
}

func newBenchWorld(b *testing.B, memory string, months, people int) benchWorld {
	b.Helper()
	dir := b.TempDir()
	w, err := NewWarehouse(Options{
		LakeDir: filepath.Join(dir, "lake"), WorkDir: filepath.Join(dir, "work"), SQL: sql.Files, Layouts: shippedLayouts(),
		MemoryLimit: memory, Threads: 2, TempLimit: "20GB", Clock: pipeline.SystemClock{},
	})
	if err != nil {
		b.Fatal(err)
	}
	last := pipeline.NewDate(2015, time.Month(9+months), 5)
	world := benchWorld{w, pipeline.BuildInput{KnownUntil: last, AsAt: last}}
	layout := datasets.Caseload().Layouts[0]
	s, err := openSession(b.Context(), sessionOptions{memoryLimit: memory, threads: 1, allow: []string{dir}})
	if err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(w.o.LakeDir, 0o700); err != nil {
		b.Fatal(err)
	}
	for m := range months {
		name := fmt.Sprintf("caseload-%d.parquet", m)
		if err := s.exec(b.Context(), benchFile(layout, filepath.Join(w.o.LakeDir, name), m, people)); err != nil {
			b.Fatal(err)
		}
		world.in.Files = append(world.in.Files, pipeline.FileRecord{Status: pipeline.FileLoaded, Snapshot: pipeline.Snapshot{
			Delivery: pipeline.Delivery{Dataset: "caseload", Provider: "council", Hash: fmt.Sprintf("h%d", m), DeliveredOn: pipeline.NewDate(2015, time.Month(10+m), 5)},
			Layout:   layout.Name, Relation: layout.Relation, Path: name, Counts: pipeline.Counts{Read: int64(people), Accepted: int64(people)},
		}})
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return world
}

// build makes everything as a night does and removes it again.
func (w benchWorld) build(b *testing.B, run string) pipeline.Build {
	b.Helper()
	w.in.RunID = run
	built, err := w.Build(b.Context(), w.in, pipeline.NoProgress{})
	if err != nil {
		b.Fatal(err)
	}
	if err := Sweep(w.o.WorkDir); err != nil {
		b.Fatal(err)
	}
	return built
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
