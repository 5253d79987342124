package sources

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"nightjar/pipeline"
	"nightjar/sources/tabular/xlsxtest"
)

// BenchmarkWorkbook loads a school's sheet of the size at which the reading of
// workbooks used to be slow: 50,000 rows of 25 columns.
func BenchmarkWorkbook(b *testing.B) {
	const rows, columns = 50_000, 25
	sheet := [][]any{{"Estab", "UPN", "Surname", "Forename", "DoB", "NC Year", "Attendance %"}}
	for len(sheet[0]) < columns {
		sheet[0] = append(sheet[0], fmt.Sprintf("Extra %d", len(sheet[0])))
	}
	for i := range rows {
		row := []any{3434100, upnOf(i % 100_000), fmt.Sprintf("Family%d", i%900), fmt.Sprintf("Given%d", i%700), 38397 + i%900, 11, 92.5}
		for len(row) < columns {
			row = append(row, fmt.Sprintf("text %d", (i+len(row))%5000))
		}
		sheet = append(sheet, row)
	}
	path := filepath.Join(b.TempDir(), "roll.xlsx")
	xlsxtest.WriteLong(b, path, sheet)
	l := testLoader(b)
	a := arrivalOf(b, "cohort_checks", "school", path)
	b.SetBytes(a.Size)
	runtime.GC()
	for b.Loop() {
		rec, err := l.Load(context.Background(), a, pipeline.NoProgress{})
		if err != nil || rec.Counts.Accepted != rows {
			b.Fatal(rec.Counts, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
