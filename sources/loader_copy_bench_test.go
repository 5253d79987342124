package sources

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
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

// benchRows is the size of the long benchmarks; NIGHTJAR_BENCH_ROWS changes it.
func benchRows(b *testing.B, rows int) int {
	b.Helper()
	if text := os.Getenv("NIGHTJAR_BENCH_ROWS"); text != "" {
		var err error
		if rows, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	return rows
}

// copyFile writes an extract of the 25 columns.
func copyFile(b *testing.B, rows int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "extract.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	out := bufio.NewWriterSize(f, 1<<20)
	var at []int
	writeCaseload(rows, func(line string) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), ",")
		if at == nil {
			for _, c := range copyColumns {
				at = append(at, slices.Index(cells, c.heading))
			}
		}
		kept := make([]string, len(at))
		for i, from := range at {
			kept[i] = cells[from]
		}
		fmt.Fprintln(out, strings.Join(kept, ",")) // Flush tells what went wrong
	})
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// spent is what a process of its own took for one job.
type spent struct {
	wall, cpu time.Duration
	peak      int64 // KiB of memory at its greatest
}

// inChild runs a job of TestBenchChild in a process of its own, so that its
// memory and its processor time are nobody else's.
func inChild(b *testing.B, job, path string) spent {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestBenchChild$", "-test.v")
	cmd.Env = append(os.Environ(), "NIGHTJAR_BENCH_JOB="+job, "NIGHTJAR_BENCH_FILE="+path, "NIGHTJAR_BENCH_OUT="+b.TempDir())
	text, err := cmd.CombinedOutput()
	told := regexp.MustCompile(`wall \d+ cpu \d+ peak \d+`).Find(text)
	if err != nil || told == nil {
		b.Fatalf("%s: %v\n%s", job, err, text)
	}
	var s spent
	if _, err := fmt.Sscanf(string(told), "wall %d cpu %d peak %d", &s.wall, &s.cpu, &s.peak); err != nil {
		b.Fatal(err)
	}
	return s
}

// TestBenchChild does one job of a benchmark in the process that inChild
// starts; in a run of the tests there is no job.
func TestBenchChild(t *testing.T) {
	job, path := os.Getenv("NIGHTJAR_BENCH_JOB"), os.Getenv("NIGHTJAR_BENCH_FILE")
	if job == "" {
		t.Skip("a benchmark starts this")
	}
	if to := os.Getenv("NIGHTJAR_BENCH_PROFILE"); to != "" {
		f, err := os.Create(to)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			t.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	do := func() { copyByDuckDB(t, path) }
	if dataset, provider, ours := strings.Cut(job, "/"); ours {
		l := testLoader(t, func(o *LoaderOptions) { o.Lake = os.Getenv("NIGHTJAR_BENCH_OUT") })
		a := arrivalOf(t, dataset, provider, path)
		do = func() {
			rec, err := l.Load(context.Background(), a, pipeline.NoProgress{})
			if err != nil || rec.Counts.Accepted == 0 || rec.Counts.Quarantined > 0 {
				t.Fatal(rec.Counts, err)
			}
		}
	}
	begin, used := time.Now(), processorTime(t)
	do()
	fmt.Printf("wall %d cpu %d peak %d\n", time.Since(begin), processorTime(t)-used, peakMemory(t))
}

// processorTime is what all threads of this process have used.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMemory is the most memory, in KiB, that this process ever held.
func peakMemory(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("peak memory is not told here: %v", err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatal("no VmHWM in /proc/self/status")
	}
	peak, _ := strconv.ParseInt(string(found[1]), 10, 64)
	return peak
}

// copyByDuckDB is the yardstick: DuckDB's own COPY of casts of the same file.
func copyByDuckDB(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("set threads = 2"); err != nil {
		t.Fatal(err)
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
		strings.Join(casts, ", "), path, filepath.Join(os.Getenv("NIGHTJAR_BENCH_OUT"), "copy.parquet"))
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkAgainstCopy loads a well-formed extract, validated and with its
// quarantine, in turns with DuckDB's own COPY of casts of the same file, each
// in a process of its own, and reports the medians of five pairs.
func BenchmarkAgainstCopy(b *testing.B) {
	const pairs = 5
	rows := benchRows(b, 1_200_000)
	path := copyFile(b, rows)
	for b.Loop() {
		var wall, cpu, ours, theirs, peak []float64
		for range pairs {
			o, t := inChild(b, "caseload/careerconnect", path), inChild(b, "copy", path)
			wall, cpu = append(wall, float64(o.wall)/float64(t.wall)), append(cpu, float64(o.cpu)/float64(t.cpu))
			ours, theirs = append(ours, float64(rows)/o.wall.Seconds()), append(theirs, float64(rows)/t.wall.Seconds())
			peak = append(peak, float64(o.peak)/1024)
			b.Logf("ours: wall %.2f s, CPU %.2f s, peak %d MiB; COPY: wall %.2f s, CPU %.2f s, peak %d MiB",
				o.wall.Seconds(), o.cpu.Seconds(), o.peak>>10, t.wall.Seconds(), t.cpu.Seconds(), t.peak>>10)
		}
		b.ReportMetric(median(wall), "x-copy-wall")
		b.ReportMetric(median(cpu), "x-copy-cpu")
		b.ReportMetric(median(ours), "rows/s")
		b.ReportMetric(median(theirs), "copy-rows/s")
		b.ReportMetric(slices.Max(peak), "peak-MiB")
	}
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}
