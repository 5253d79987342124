package app

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"nightjar/pipeline"
)

// sharedFolder holds what several tests of a process share; TestMain removes
// it.
var sharedFolder = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "nightjar-app-") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := sharedFolder(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// sampleNight writes the sample authority with the seed that users get and
// runs one night over it, once per test process.
var sampleNight = sync.OnceValues(func() (*App, error) {
	shared, err := sharedFolder()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(shared, "sample")
	ctx := context.Background() // outlives the test that happens to ask first
	if _, err := WriteSample(ctx, SampleOptions{Out: dir, Seed: 1}); err != nil {
		return nil, err
	}
	return nightOver(ctx, filepath.Join(dir, "nightjar.yaml"))
})

// published is a published night that a test asks for cells.
type published struct{ app *App }

// sampled returns the night over the sample. It is left out under -short,
// because it takes half a minute.
func sampled(t *testing.T) published {
	t.Helper()
	if testing.Short() {
		t.Skip("a night over eight years of lists takes half a minute")
	}
	a, err := sampleNight()
	if err != nil {
		t.Fatalf("night over the sample: %v", err)
	}
	return published{a}
}

// rows returns the rows of a mart that meet a condition.
func (p published) rows(t *testing.T, mart, where string, args ...any) []Values {
	t.Helper()
	where = fmt.Sprintf(where, args...)
	res, err := p.app.Show(t.Context(), Question{Mart: mart, Where: where})
	if err != nil {
		t.Fatalf("%s where %s: %v", mart, where, err)
	}
	out := make([]Values, len(res.Rows))
	for i, r := range res.Rows {
		out[i] = make(Values, len(r))
		for j, v := range r {
			out[i][res.Columns[j].Name] = v
		}
	}
	return out
}

// one returns the only row of a mart that meets a condition.
func (p published) one(t *testing.T, mart, where string, args ...any) Values {
	t.Helper()
	rows := p.rows(t, mart, where, args...)
	if len(rows) != 1 {
		t.Fatalf("%s where %s: %d rows, want the one that the figure names", mart, fmt.Sprintf(where, args...), len(rows))
	}
	return rows[0]
}

// rate returns the row of neet_rates of a month end and band.
func (p published) rate(t *testing.T, monthEnd, band string) Values {
	t.Helper()
	return p.one(t, "neet_rates", "basis = 'recorded' and month_end = '%s' and age_band = '%s'", monthEnd, band)
}

// trend returns the row of yearly_trends that sets a month beside the same
// month a year before.
func (p published) trend(t *testing.T, measure, band, month string) Values {
	t.Helper()
	return p.one(t, "yearly_trends", "basis = 'recorded' and period_kind = 'same_month' and measure = '%s' and age_band = '%s' and period = '%s'", measure, band, month)
}

// cell returns a number; a missing one ends the test.
func (v Values) cell(t *testing.T, column string) float64 {
	t.Helper()
	x, ok := v.Number(column)
	if !ok {
		t.Fatalf("column %s is %v, not a number", column, v[column])
	}
	return x
}

// wants compares a cell with a printed value, rounded once, half away from
// zero, to the decimals that were printed.
func (v Values) wants(t *testing.T, column, printed string) {
	t.Helper()
	same(t, column, v.cell(t, column), printed)
}

func same(t *testing.T, what string, got float64, printed string) {
	t.Helper()
	if text := rounded(got, decimalsOf(printed)); text != printed {
		t.Errorf("%s is %v, which rounds to %s; published is %s", what, got, text, printed)
	}
}

// rounded writes x with so many decimals, half away from zero. The product is
// cut to nine decimals first: 0.145 × 100 is 14.499999999999998 in binary.
func rounded(x float64, decimals int) string {
	p := math.Pow10(decimals)
	x = math.Round(math.Round(x*p*1e9)/1e9) / p
	if x == 0 {
		return fmt.Sprintf("%.*f", decimals, 0.0) // never -0
	}
	return fmt.Sprintf("%.*f", decimals, x)
}

func decimalsOf(printed string) int {
	for i, r := range printed {
		if r == '.' {
			return len(printed) - i - 1
		}
	}
	return 0
}

func TestRoundingIsHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x    float64
		want string
	}{{0.25, "0.3"}, {-0.25, "-0.3"}, {0.2499, "0.2"}, {-0.04, "0.0"}, {14.45, "14.5"}, {9, "9.0"}, {0.145 * 10, "1.5"}} {
		if got := rounded(c.x, decimalsOf(c.want)); got != c.want {
			t.Errorf("%v rounds to %s, want %s", c.x, got, c.want)
		}
	}
}

// nightOver opens the configuration and runs one night.
func nightOver(ctx context.Context, config string) (*App, error) {
	a, err := Open(Options{ConfigPath: config, Clock: pipeline.SystemClock{}, Progress: pipeline.NoProgress{}, Version: "test"})
	if err != nil {
		return nil, err
	}
	_, err = a.Run(ctx, RunOptions{Trigger: "test"})
	return a, err
}
