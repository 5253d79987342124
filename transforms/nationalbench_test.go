package transforms

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"nightjar/pipeline"
)

// nationalMemory is the limit that a national year has to keep to.
const nationalMemory = "4GiB"

// nationalPeople is how many people a month of the benchmark has: England's
// 1.2 million with NIGHTJAR_NATIONAL=1, a twelfth of them otherwise, or as many
// as NIGHTJAR_NATIONAL_PEOPLE says.
func nationalPeople(b *testing.B) int {
	b.Helper()
	if text := os.Getenv("NIGHTJAR_NATIONAL_PEOPLE"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			b.Fatalf("NIGHTJAR_NATIONAL_PEOPLE=%s is no number of people", text)
		}
		return n
	}
	if os.Getenv("NIGHTJAR_NATIONAL") == "1" {
		return 1_200_000
	}
	return 100_000
}

// BenchmarkNational builds half a year and a year of an invented caseload as a
// night does, with checks, saving and two lanes, and the same models one after
// the other in one DuckDB session with the same two threads, without any of
// these. It prints both in wall and processor seconds, the ratio of the walls,
// and the processor seconds that a million records take, which have to be the
// same for six months and for twelve.
func BenchmarkNational(b *testing.B) {
	people := nationalPeople(b)
	for _, months := range []int{6, 12} {
		b.Run(fmt.Sprintf("months=%d/people=%d", months, people), func(b *testing.B) {
			world := newBenchWorld(b, nationalMemory, months, people)
			for n := 0; b.Loop(); n++ {
				hand := spending(func() { world.byHand(b) })
				night := spending(func() { world.build(b, fmt.Sprintf("national-%d", n)) })
				millions := float64(months) * float64(people) / 1e6
				b.ReportMetric(night.wall, "build-s")
				b.ReportMetric(night.cpu, "build-cpu-s")
				b.ReportMetric(night.peak, "build-peak-MiB")
				b.ReportMetric(hand.wall, "hand-s")
				b.ReportMetric(hand.cpu, "hand-cpu-s")
				b.ReportMetric(night.wall/hand.wall, "build/hand")
				b.ReportMetric(night.cpu/hand.cpu, "build/hand-cpu")
				b.ReportMetric(night.cpu/millions, "cpu-s/Mrecords")
			}
		})
	}
}

// byHand makes every model in one session and keeps all of them.
func (w benchWorld) byHand(b *testing.B) {
	b.Helper()
	ctx := b.Context()
	cat, _, err := w.catalogue(ctx)
	if err != nil {
		b.Fatal(err)
	}
	folder := filepath.Join(w.o.WorkDir, buildPrefix+"hand")
	if err := newFolder(folder, 0o700); err != nil {
		b.Fatal(err)
	}
	hand := &builder{Warehouse: w.Warehouse, cat: cat, in: w.in, progress: pipeline.NoProgress{}}
	hand.session, err = openSession(ctx, sessionOptions{
		memoryLimit: w.o.MemoryLimit, threads: w.o.Threads, tempDir: filepath.Join(folder, "temp"), tempLimit: w.o.TempLimit,
		allow: []string{folder, w.o.LakeDir},
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(hand.everyModel(b), hand.Close(), os.RemoveAll(folder)); err != nil {
		b.Fatal(err)
	}
}

// everyModel makes the models in their order; nobody is on a list, so matching
// would find nothing.
func (b *builder) everyModel(t *testing.B) error {
	ctx := t.Context()
	if err := b.prepareInput(ctx); err != nil {
		return err
	}
	for name, columns := range matchedRelations {
		if err := b.createTable(ctx, name, columns); err != nil {
			return err
		}
	}
	for _, m := range b.cat.Models {
		if err := b.model(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// spent is what a piece of work took: seconds, and the most memory that the
// process had meanwhile in MiB.
type spent struct{ wall, cpu, peak float64 }

func spending(do func()) spent {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // the peak starts anew where the system knows how
	began, before := time.Now(), usage()
	do()
	after := usage()
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return spent{
		wall: time.Since(began).Seconds(),
		cpu:  seconds(after.Utime) + seconds(after.Stime) - seconds(before.Utime) - seconds(before.Stime),
		peak: float64(peakKiB()) / 1024,
	}
}

func usage() (u syscall.Rusage) {
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u
}

// peakKiB reads the most memory that the process ever had, since the last
// reset where there was one.
func peakKiB() (n int64) {
	body, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(body)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, _ = fmt.Sscan(rest, &n)
		}
	}
	return n
}
