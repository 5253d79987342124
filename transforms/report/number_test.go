package report

import "testing"

func TestNumbersAreRoundedOnceHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v        float64
		decimals int
		want     string
	}{
		{0.25, 1, "0.3"}, {-0.25, 1, "−0.3"}, {14.45, 1, "14.5"}, {0.549999, 1, "0.5"}, {-0.04, 1, "0.0"}, {0, 1, "0.0"},
		{1234567.4, 0, "1,234,567"}, {999.5, 0, "1,000"}, {-1234.56, 1, "−1,234.6"}, {100, 0, "100"},
	} {
		if got := number(c.v, c.decimals); got != c.want {
			t.Errorf("%v to %d decimals is %q, want %q", c.v, c.decimals, got, c.want)
		}
	}
}

func TestChangesThatRoundToNothingAreNoChange(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0.04: "no change", -0.04: "no change", 0: "no change", 0.05: "+0.1", -0.05: "−0.1", 12: "+12.0"} {
		if got := change(v, 1); got != want {
			t.Errorf("change of %v is %q, want %q", v, got, want)
		}
	}
	for _, c := range []struct {
		v    float64
		unit string
		dec  int
		want string
	}{
		{0.04, "points", 1, "the same, to one decimal, as"}, {1, "points", 1, "1.0 point higher than"}, {-15, "people", 0, "15 people fewer than"},
		{1, "people", 0, "1 person more than"}, {0.2, "days", 0, "the same as"}, {-22, "days", 0, "22 days lower than"},
	} {
		if got := compared(c.v, c.dec, c.unit); got != c.want {
			t.Errorf("%v %s compare as %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}

func TestNoise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		a, of, b, on float64
		want         bool
	}{
		{"15 people of five thousand", 186, 5536, 201, 5478, true},
		{"half of them", 100, 5536, 201, 5478, false},
		{"one of a few", 2, 20, 1, 20, true},
		{"nobody to compare with", 2, 20, 0, 0, false},
		{"nobody at all, twice", 0, 20, 0, 20, false},
	} {
		if got := noise(c.a, c.of, c.b, c.on); got != c.want {
			t.Errorf("%s: noise is %t", c.name, got)
		}
	}
}

func TestWordsOfDaysAndRanks(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		periodWords("2021-10"): "October 2021", periodWords("2021-10-31"): "October 2021", periodWords("2020/21"): "2020/21", dayWords("2021-11-05"): "5 November 2021",
		ordinal(1): "1st", ordinal(11): "11th", ordinal(22): "22nd", ordinal(103): "103rd", yearEarlier("2021-10"): "2020-10", yearEarlier("2021"): "2020", yearName(schoolYear("2021-08-31")): "2020/21",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
