package contract

import (
	"math"
	"testing"
	"time"

	"nightjar/pipeline"
)

func london(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestDays(t *testing.T) {
	t.Parallel()
	cases := []struct {
		cell, want string
		fault      *fault
	}{
		{"14/02/2005", "2005-02-14", nil},
		{"4/2/2005", "2005-02-04", nil},
		{"14-02-2005", "2005-02-14", nil},
		{"14.02.2005", "2005-02-14", nil},
		{"2005-02-14", "2005-02-14", nil},
		{"2005/2/4", "2005-02-04", nil},
		{"2022-01-27 00:00:00", "2022-01-27", nil},
		{"2022-01-27T09:30:00.000", "2022-01-27", nil},
		{"14/02/2005 00:00", "2005-02-14", nil},
		{"14/02/2005 3:04 pm", "2005-02-14", nil},
		{"2021-08-31T23:00:00Z", "2021-09-01", nil}, // midnight in London, as a summer export writes it
		{"2021-12-31T23:00:00Z", "2021-12-31", nil},
		{"2021-09-01T00:00:00+01:00", "2021-09-01", nil},
		{"14 Feb 2005", "2005-02-14", nil},
		{"14-FEB-2005", "2005-02-14", nil},
		{"1 September 2021", "2021-09-01", nil},
		{"1 Sept 2021 10:15", "2021-09-01", nil},
		{"29/02/2004", "2004-02-29", nil},
		{"44629", "2022-03-09", nil},
		{"44629.5", "2022-03-09", nil},
		{"44629.0", "2022-03-09", nil},
		{"29/02/2005", "", noSuchDay},
		{"31/04/2021", "", noSuchDay},
		{"00/01/2021", "", noSuchDay},
		{"02/13/2005", "", noSuchDay}, // no guess at the other order
		{"2005-13-01", "", noSuchDay},
		{"14/02/05", "", shortYear},
		{"14-Feb-05", "", shortYear},
		{"14/02/1899", "", farDay},
		{"14/02/2101", "", farDay},
		{"2005", "", notADay},     // a year, not the day 2005
		{"140205", "", notADay},   // run together
		{"14022005", "", notADay}, // run together
		{"1", "", notADay},
		{"44629.", "", notADay},
		{"99999", "", farDay},
		{"14/02/2005 25:00", "", notADay},
		{"14/02/20055", "", notADay},
		{"/02/2005", "", notADay},
		{"1/2", "", notADay},
		{"1/2/3/4", "", notADay},
		{"tomorrow", "", notADay},
	}
	for _, c := range cases {
		d := dayReader{loc: london(t)}
		got, f := d.read([]byte(c.cell))
		if f != c.fault || f == nil && got.String() != c.want {
			t.Errorf("%q: got %s, %v; want %s, %v", c.cell, got, f, c.want, c.fault)
		}
	}
}

func TestDeclaredOrderAndEpoch(t *testing.T) {
	t.Parallel()
	american := dayReader{monthFirst: true, loc: time.UTC}
	if got, f := american.read([]byte("02/14/2005")); f != nil || got.String() != "2005-02-14" {
		t.Errorf("declared mm/dd/yyyy: %s, %v", got, f)
	}
	if _, f := american.read([]byte("14/02/2005")); f != noSuchDay {
		t.Errorf("declared mm/dd/yyyy, day first: %v", f)
	}
	if got, f := american.read([]byte("2005-02-14")); f != nil || got.String() != "2005-02-14" {
		t.Errorf("ISO in any order: %s, %v", got, f)
	}
	mac := dayReader{date1904: true, loc: time.UTC}
	if got, f := mac.read([]byte("43167")); f != nil || got.String() != "2022-03-09" {
		t.Errorf("1904: %s, %v", got, f)
	}
}

func TestEveryDayOfTwoCenturies(t *testing.T) {
	t.Parallel()
	d := dayReader{loc: time.UTC}
	for day := pipeline.NewDate(1900, time.January, 1); day <= pipeline.NewDate(2100, time.December, 31); day++ {
		text := day.Time().Format("02/01/2006")
		if got, f := d.read([]byte(text)); f != nil || got != day {
			t.Fatalf("%s: got %s, %v", text, got, f)
		}
	}
}

func TestSwappedColumnIsSeen(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		cells []string
		want  bool
	}{
		{"as declared", []string{"14/02/2005", "01/02/2005", "25/12/2004"}, false},
		{"one slip of the pen", []string{"14/02/2005", "02/14/2005", "01/02/2005"}, false},
		{"a single day proves nothing", []string{"02/14/2005", "01/02/2005"}, false},
		{"the other way round", []string{"02/14/2005", "12/25/2004", "01/02/2005"}, true},
		{"days no order knows", []string{"31/02/2005", "32/01/2005", "45/45/2005"}, false},
	}
	for _, c := range cases {
		d := dayReader{loc: time.UTC}
		for _, cell := range c.cells {
			_, _ = d.read([]byte(cell))
		}
		if d.swapped() != c.want {
			t.Errorf("%s: %v", c.name, d.swapped())
		}
	}
}

func TestMonths(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]int{
		"2021-10": 2021*12 + 9, "10/2021": 2021*12 + 9, "Oct 2021": 2021*12 + 9, "October 2021": 2021*12 + 9, "oct-2021": 2021*12 + 9,
		"31/10/2021": 2021*12 + 9, "2021-10-31": 2021*12 + 9, "44500": 2021*12 + 9, "2021-10-31 00:00:00": 2021*12 + 9,
		"2021-13": -1, "Oct-21": -1, "2021": -1, "Octember 2021": -1, "10.2021": -1, "2021/22": -1, "-": -1, "/": -1,
	} {
		d := dayReader{loc: time.UTC}
		got, f := d.readMonth([]byte(cell))
		if want == -1 && f == nil || want != -1 && (f != nil || got != want) {
			t.Errorf("%q: got %d, %v", cell, got, f)
		}
	}
}

func TestUPN(t *testing.T) {
	t.Parallel()
	cases := []struct {
		cell, want string
		fault      *fault
	}{
		{"B801200005001", "B801200005001", nil},
		{"b801200005001", "B801200005001", nil},
		{"B8012 0000 5001", "B801200005001", nil},
		{"P207000016049", "P207000016049", nil}, // 266 leaves 13, which is P; the vendors' help pages print B
		{"B207000016049", "", upnCheck},
		{"A801200005001", "", upnCheck},
		{temporaryUPN("80120000500", 'A'), temporaryUPN("80120000500", 'A'), nil},
		{temporaryUPN("34341000012", 'Z'), temporaryUPN("34341000012", 'Z'), nil},
		{"B80120000500", "", upnForm},
		{"B8012000050011", "", upnForm},
		{"B80120000500O", "", upnForm}, // no letter O in a temporary UPN
		{"B8012000X5001", "", upnForm},
		{"1801200005001", "", upnForm},
		{"B80120000500!", "", upnForm},
	}
	for _, c := range cases {
		got, f := readUPN([]byte(c.cell), nil)
		if f != c.fault || string(got) != c.want {
			t.Errorf("%q: got %q, %v; want %q, %v", c.cell, got, f, c.want, c.fault)
		}
	}
}

// temporaryUPN puts the fitting check letter before eleven digits and a letter.
func temporaryUPN(digits string, last byte) string {
	index := map[byte]int{'A': 0, 'B': 1, 'Z': 22}[last]
	sum := index * 13
	for i, c := range digits {
		sum += int(c-'0') * (i + 2)
	}
	return string(upnLetters[sum%23]) + digits + string(last)
}

func TestULN(t *testing.T) {
	t.Parallel()
	cases := []struct {
		cell, want string
		fault      *fault
	}{
		{"9276308686", "9276308686", nil},
		{"927 630 8686", "9276308686", nil},
		{"9999999999", "", nil},
		{"9276308687", "", ulnCheck},
		{"0276308686", "", ulnForm},
		{"927630868", "", ulnForm},
		{"92763086861", "", ulnForm},
		{"927630868X", "", ulnForm},
	}
	for _, c := range cases {
		got, f := readULN([]byte(c.cell), nil)
		if f != c.fault || string(got) != c.want {
			t.Errorf("%q: got %q, %v; want %q, %v", c.cell, got, f, c.want, c.fault)
		}
	}
}

func TestPostcode(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"L20 9ZZ": "L20 9ZZ", "l209zz": "L20 9ZZ", " PR8  1AA ": "PR8 1AA", "L1 8JQ": "L1 8JQ", "W1A 1HQ": "W1A 1HQ", "EC1A 1BB": "EC1A 1BB",
		"SW1A1AA": "SW1A 1AA", "GIR 0AA": "GIR 0AA", "ZZ999ZZ": "ZZ99 9ZZ", "ZZ99 9ZZ": "ZZ99 9ZZ", "L37   1AA": "L37 1AA",
		"L20": "", "20 9ZZ": "", "LLL 9ZZ": "", "L20 ZZ9": "", "L209 9ZZ": "", "A9AA 9AA": "", "unknown": "", "L20-9ZZ": "",
	} {
		got, f := readPostcode([]byte(cell), nil)
		if want == "" && f != postForm || want != "" && (f != nil || string(got) != want) {
			t.Errorf("%q: got %q, %v", cell, got, f)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	cases := []struct {
		cell    string
		decimal float64
		integer int64 // math.MinInt64 where the cell is no integer
	}{
		{"5536", 5536, 5536}, {"5,536", 5536, 5536}, {"1,234,567", 1234567, 1234567}, {"-3", -3, -3}, {"+3", 3, 3},
		{"5536.0", 5536, 5536}, {"0.74074074074074081", 0.7407407407407408, math.MinInt64}, {"92.5%", 92.5, math.MinInt64},
		{"1.2E3", 1200, 1200}, {"1,234.5", 1234.5, math.MinInt64}, {"0", 0, 0}, {"-0.0", 0, 0},
		{"1,23", nan, math.MinInt64}, {"1,2345", nan, math.MinInt64}, {"3,5", nan, math.MinInt64}, {"12,34,567", nan, math.MinInt64},
		{"0x10", nan, math.MinInt64}, {"1_000", nan, math.MinInt64}, {"inf", nan, math.MinInt64}, {"1e999", nan, math.MinInt64},
		{"5-3", nan, math.MinInt64}, {"", nan, math.MinInt64}, {".", nan, math.MinInt64}, {"%", nan, math.MinInt64}, {"£5", nan, math.MinInt64},
		{"9007199254740993.5", 9007199254740994, math.MinInt64}, {"9223372036854775807", 9223372036854775807, 9223372036854775807},
		{"1.5.2", nan, math.MinInt64}, {"1.5,000", nan, math.MinInt64},
	}
	for _, c := range cases {
		x, f := readDecimal([]byte(c.cell))
		if math.IsNaN(c.decimal) != (f != nil) || f == nil && x != c.decimal {
			t.Errorf("decimal %q: got %v, %v", c.cell, x, f)
		}
		n, f := readInteger([]byte(c.cell))
		if (c.integer == math.MinInt64) != (f != nil) || f == nil && n != c.integer {
			t.Errorf("integer %q: got %v, %v", c.cell, n, f)
		}
	}
}

func TestRepairedIDs(t *testing.T) {
	t.Parallel()
	cases := []struct {
		cell, want string
		repaired   bool
		fault      *fault
	}{
		{"3430000012345", "3430000012345", false, nil},
		{"3430000012345.0", "3430000012345", true, nil},
		{"210.00", "210", true, nil},
		{"3.430000012345E+12", "3430000012345", true, nil},
		{"9.276308686e+09", "9276308686", true, nil},
		{"3.43E+12", "", false, lostDigits},
		{"3.4300000123456E+12", "", false, lostDigits},
		{"21.5", "21.5", false, nil},
		{"St. Mary", "St. Mary", false, nil},
		{"1.0a", "1.0a", false, nil},
		{"7.", "7.", false, nil},
		{"10.5E+3", "10.5E+3", false, nil},
		{"E42", "E42", false, nil},
	}
	for _, c := range cases {
		got, repaired, f := repairID([]byte(c.cell), nil)
		if string(got) != c.want || repaired != c.repaired || f != c.fault {
			t.Errorf("%q: got %q, %v, %v", c.cell, got, repaired, f)
		}
	}
}

func TestMissingMarks(t *testing.T) {
	t.Parallel()
	cases := []struct {
		cell              string
		anywhere, inAName bool
	}{
		{"", true, true}, {"#VALUE!", true, true}, {"#N/A", true, true}, {"nan", true, true}, {"n/a", true, true}, {"-", true, true}, {"–", true, true},
		{"NULL", true, false}, {"Null", true, false}, {"NA", true, false}, {"None", true, false}, // people are called Null and Na
		{"Nan", false, false}, {"Na", false, false}, {"Nandini", false, false}, {"0", false, false}, {"-1", false, false}, {"#hashtag", false, false},
	}
	for _, c := range cases {
		if got := isMissing([]byte(c.cell), false); got != c.anywhere {
			t.Errorf("%q: %v", c.cell, got)
		}
		if got := isMissing([]byte(c.cell), true); got != c.inAName {
			t.Errorf("%q as a required name: %v", c.cell, got)
		}
	}
	for mark := range missingMarks {
		if len(mark) > longestMark {
			t.Errorf("%q is longer than longestMark", mark)
		}
		if !isMissing([]byte(mark), false) {
			t.Errorf("%q is passed over by the quick look at its first byte", mark)
		}
	}
}

// FuzzCells asks that no cell makes a reader panic, and that what is accepted
// is in its normal form: reading it once more changes nothing.
func FuzzCells(f *testing.F) {
	for _, seed := range []string{"14/02/2005", "2022-01-27T23:00:00Z", "44629.5", "B801200005001", "9276308686", "L20 9ZZ", "1,234.5%", "3.43E+12", "Oct 2021", "–", "\x00\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		d := dayReader{loc: time.UTC}
		if day, f := d.read(cell); f == nil {
			if again, f := d.read([]byte(day.String())); f != nil || again != day {
				t.Errorf("day %s read again: %s, %v", day, again, f)
			}
		}
		_, _ = d.readMonth(cell)
		for _, read := range []func(cell, out []byte) ([]byte, *fault){readUPN, readULN, readPostcode} {
			if id, f := read(cell, nil); f == nil && id != nil {
				if again, f := read(id, nil); f != nil || string(again) != string(id) {
					t.Errorf("%q read again: %q, %v", id, again, f)
				}
			}
		}
		if n, f := readInteger(cell); f == nil {
			if x, f := readDecimal(cell); f != nil || math.Abs(float64(n)) < 1<<53 && x != float64(n) {
				t.Errorf("%q is %d and %v", cell, n, x)
			}
		}
		if id, _, f := repairID(cell, nil); f == nil && len(id) == 0 && len(cell) > 0 {
			t.Errorf("%q was repaired to nothing", cell)
		}
		_ = isMissing(cell, true)
		_ = oneSpaced(cell, true)
	})
}
