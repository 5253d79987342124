package sources

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nightjar/pipeline"
)

// faultyCaseload is a long extract in which much is wrong: days and codes that
// are none, records that come again, characteristics in rows of their own,
// blank lines, totals, codes without their zeros, quoted texts over two lines.
// Where stop is not 0, row stop has a quotation mark too many.
func faultyCaseload(rows, stop int) string {
	rng := rand.New(rand.NewPCG(uint64(rows), 3))
	var b strings.Builder
	var lines []string
	n := 0
	writeCaseload(rows, func(line string) {
		if n++; n == 1 {
			b.WriteString(line)
			return
		}
		switch k := rng.IntN(60); {
		case n == stop:
			line = strings.Replace(line, "Bootle", `Boo"tle`, 1)
		case n < 1100: // the first batch is as it should be
		case k == 0:
			line = strings.Replace(line, "05/11/2021", "31/02/2021", 1)
		case k == 1:
			line = strings.Replace(line, ",WBRI,", ",\"WBRI\",", 1)
		case k == 2:
			line = strings.Replace(line, "Bootle", "\"Boo,\ntle \"\"X\"\"\"", 1)
		case k == 3:
			line = "\n"
		case k == 4:
			line = ",,,,\n"
		case k == 5 && len(lines) > 0:
			line = lines[rng.IntN(len(lines))] // the same record once more
		case k == 6:
			line = strings.Replace(line, ",343,343,", ",43,343.0,", 1)
		case k == 7:
			line = "Total,,,,,,,\n"
		case k == 8:
			b.WriteString(strings.Replace(line, "N,N,,", "N,N,110,", 1))
			line = strings.Replace(line, "N,N,,", "N,N,120,", 1)
		case k == 9:
			line = strings.Replace(line, "Bootle", "Bo\u00a0otle\u200b", 1)
		case k == 10:
			line = strings.TrimSuffix(line, "\n") + "x,y\n"
		case k == 11:
			line = strings.Replace(line, ",P,", ",Q,", 1)
		}
		if rng.IntN(20) == 0 {
			lines = append(lines, line)
		}
		b.WriteString(line)
	})
	return b.String()
}

// loaded is everything that a load leaves behind, as text.
func loaded(t *testing.T, l *Loader, a pipeline.Arrival) string {
	t.Helper()
	rec, err := l.Load(context.Background(), a, pipeline.NoProgress{})
	if err != nil && !errors.Is(err, pipeline.ErrRefused) {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n%v\n%s%s", rec.Counts, err, refusal(err), notices(rec.Notices))
	for _, path := range []string{rec.Path, rec.Quarantine} {
		if path == "" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(l.opts.Lake, path))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s: %x\n", path, content)
	}
	return b.String()
}

// TestBlocksLoadTheSame loads long lists row by row and in blocks of several
// sizes: counts, reasons, notices and the bytes of both files are the same,
// also where the list has to be read row by row from some place on.
func TestBlocksLoadTheSame(t *testing.T) {
	t.Parallel()
	for _, stop := range []int{0, 1500, 3000} {
		a := handIn(t, "caseload", "extract.csv", faultyCaseload(4000, stop))
		one := func(blockSize int) string {
			l := testLoader(t, func(o *LoaderOptions) { o.Limits = map[string]float64{"caseload": 1} })
			if l.fewestBytes = 0; blockSize == 0 {
				l.fewestBytes = math.MaxInt64
			} else {
				l.blockSize = blockSize
			}
			return loaded(t, l, a)
		}
		want := one(0)
		for _, phrase := range []string{"lost_zeros", "number_written_out"} {
			if !strings.Contains(want, phrase) {
				t.Fatalf("the list has no %s", phrase)
			}
		}
		if strings.Contains(want, "bare_quote") != (stop > 0) {
			t.Fatal("the mark that is too many was not noticed")
		}
		for _, size := range []int{500, 20_000, 100_000, 1 << 20} {
			if got := one(size); got != want {
				t.Errorf("stop %d, blocks of %d:\n%.1500s\nrow by row:\n%.1500s", stop, size, got, want)
			}
		}
	}
}

// TestBlocksOfAListThatEnds: whatever ends the reading of a list in blocks, it
// is not half loaded, nothing is left behind and the next list can be read.
func TestBlocksOfAListThatEnds(t *testing.T) {
	t.Parallel()
	text := faultyCaseload(4000, 0)
	l := testLoader(t)
	l.fewestBytes, l.blockSize = 0, 10_000
	a := handIn(t, "caseload", "extract.csv", text)
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := l.Load(ctx, a, &cancelAfter{cancel: cancel, rows: 2000}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left := leftovers(t, l.opts.Lake); left != "" {
		t.Errorf("left behind: %s", left)
	}
	l.opts.Limits = map[string]float64{"caseload": 1}
	if rec, err := l.Load(context.Background(), a, pipeline.NoProgress{}); err != nil || rec.Counts.Accepted == 0 || !rec.Counts.Balanced() {
		t.Errorf("the next list: %+v, %v", rec.Counts, err)
	}
}

// cancelAfter cancels when so many rows are read.
type cancelAfter struct {
	pipeline.NoProgress
	cancel func()
	rows   int64
}

func (c *cancelAfter) Add(n int64) {
	if c.rows -= n; c.rows <= 0 {
		c.cancel()
	}
}

// leftovers lists the files under a folder.
func leftovers(t *testing.T, folder string) string {
	t.Helper()
	var out bytes.Buffer
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			fmt.Fprintln(&out, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
