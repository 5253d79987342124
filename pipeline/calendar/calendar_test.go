package calendar

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sql"
)

var datasets = []string{"caseload", "cohort_checks", "college_starters", "ucas", "comparators"}

func shipped(t testing.TB) []Rule {
	t.Helper()
	f, err := sql.Files.Open("ref/calendar.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rules, err := Parse(f, datasets)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func day(t testing.TB, s string) pipeline.Date {
	t.Helper()
	d, err := pipeline.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheShippedCalendarKnowsTheYear(t *testing.T) {
	t.Parallel()
	b := Book{Rules: shipped(t), Deliveries: []Delivery{
		{"college_starters", "hugh-baird", day(t, "2024-09-20")}, {"ucas", "kgv", day(t, "2024-10-01")},
		{"cohort_checks", "school", day(t, "2025-01-28")}, {"caseload", "connect", day(t, "2025-09-05")}, {"comparators", "dfe", day(t, "2025-07-10")},
	}}
	var got []string
	for _, it := range b.Items(day(t, "2025-09-01"), day(t, "2026-08-31"), day(t, "2025-10-20")) {
		if it.Dataset != "caseload" {
			got = append(got, fmt.Sprintf("%s %s %s %s", it.Due, it.Dataset, it.Provider, it.State))
		}
	}
	want := []string{
		"2025-09-30 college_starters hugh-baird late", "2025-10-15 ucas kgv late", "2025-11-30 cohort_checks school coming",
		"2026-01-31 cohort_checks school coming", "2026-03-31 cohort_checks school coming", "2026-05-07 cohort_checks school coming",
		"2026-07-31 comparators dfe coming",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if m := b.Milestones(day(t, "2025-09-01"), day(t, "2026-08-31")); len(m) != 4 || m[3].On != day(t, "2026-08-31") {
		t.Errorf("milestones %+v", m)
	}
}

func TestStatesThroughASeason(t *testing.T) {
	t.Parallel()
	rules := shipped(t)
	for _, tc := range []struct {
		today, came string
		want        State
	}{
		{"2025-08-31", "", Coming}, {"2025-09-01", "", Due}, {"2025-09-30", "", Due}, {"2025-10-01", "", Late}, {"2025-10-31", "", Late},
		{"2025-11-01", "", Missing}, {"2025-10-01", "2025-09-20", Arrived}, {"2025-11-20", "2025-11-10", Arrived},
		{"2025-09-10", "2025-08-30", Due},     // before the window: last year's list
		{"2025-09-10", "2025-09-20", Due},     // not yet delivered on that day
		{"2026-10-02", "2026-09-05", Missing}, // next year's list is no answer to this year's
	} {
		b := Book{Rules: rules, Deliveries: []Delivery{{"college_starters", "a", day(t, "2024-10-01")}}}
		if tc.came != "" {
			b.Deliveries = append(b.Deliveries, Delivery{"college_starters", "a", day(t, tc.came)})
		}
		items := b.Items(day(t, "2025-09-01"), day(t, "2025-10-31"), day(t, tc.today))
		if len(items) != 1 || items[0].State != tc.want {
			t.Errorf("on %s with a list of %q: %+v, want %s", tc.today, tc.came, items, tc.want)
		}
	}
}

func TestNobodyIsRemindedForEver(t *testing.T) {
	t.Parallel()
	b := Book{Rules: shipped(t), Deliveries: []Delivery{{"college_starters", "merged", day(t, "2021-09-20")}, {"college_starters", "new", day(t, "2025-09-20")}}}
	owed := func(year int) []string {
		var out []string
		from := pipeline.AcademicYear(year).Start()
		for _, it := range b.Items(from, from+60, day(t, "2026-01-01")) {
			out = append(out, it.Provider)
		}
		return out
	}
	for year, want := range map[int][]string{2020: nil, 2021: {"merged"}, 2022: {"merged"}, 2023: nil, 2024: nil, 2025: {"new"}} {
		if got := owed(year); !slices.Equal(got, want) {
			t.Errorf("%d: owed by %v, want %v", year, got, want)
		}
	}
}

func TestWhoMayBeAProviderOrAKind(t *testing.T) {
	t.Parallel()
	text := strings.Join(columns, ",") + "\nucas,fe,09-01,10-31,09-15,Colleges,test\nucas,kgv,12-01,01-31,01-10,Winter,test\n"
	rules, err := Parse(strings.NewReader(text), datasets)
	if err != nil {
		t.Fatal(err)
	}
	b := Book{Rules: rules, Kinds: map[string]string{"baird": "fe", "kgv": "sixth_form"},
		Deliveries: []Delivery{{"ucas", "baird", day(t, "2025-09-02")}, {"ucas", "kgv", day(t, "2025-12-20")}, {"ucas", "other", day(t, "2025-09-02")}}}
	var got []string
	for _, it := range b.Items(day(t, "2025-09-01"), day(t, "2026-08-31"), day(t, "2026-02-01")) {
		got = append(got, fmt.Sprintf("%s %s %s %s %s", it.Provider, it.Opens, it.Due, it.Closes, it.State))
	}
	if want := []string{"baird 2025-09-01 2025-09-15 2025-10-31 arrived", "kgv 2025-12-01 2026-01-10 2026-01-31 arrived"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestOwedChangesWithNewsOnly asks on every day of a year: what is owed must
// depend on the deliveries and the year, or every morning would publish.
func TestOwedChangesWithNewsOnly(t *testing.T) {
	t.Parallel()
	b := Book{Rules: shipped(t), Deliveries: []Delivery{
		{"college_starters", "a", day(t, "2023-09-20")}, {"caseload", "connect", day(t, "2024-09-05")}, {"cohort_checks", "s", day(t, "2023-11-28")},
	}}
	first := b.Owed(day(t, "2024-09-05"))
	for d := day(t, "2024-09-06"); d <= day(t, "2025-08-31"); d++ {
		if got := b.Owed(d); !slices.Equal(got, first) {
			t.Fatalf("on %s: %v, before %v", d, got, first)
		}
	}
	seen := map[string]bool{}
	var monthly int
	for _, o := range first {
		key := fmt.Sprint(o.Dataset, o.Provider, o.Due)
		if seen[key] {
			t.Errorf("%s is owed twice", key)
		}
		if seen[key] = true; o.From > o.Due || o.Due >= o.Until {
			t.Errorf("%+v: the window is not in order", o)
		}
		if o.Dataset == "caseload" && o.Year == pipeline.AcademicYearOf(day(t, "2024-09-05")) {
			monthly++
		}
	}
	if monthly != 12 {
		t.Errorf("the caseload is owed %d times in 2024/25, want 12", monthly)
	}
	if b.Deliveries = nil; b.Owed(1) != nil {
		t.Error("something is owed by nobody")
	}
}

func TestListsBetweenWindowsGoToTheNearer(t *testing.T) {
	t.Parallel()
	b := Book{Rules: shipped(t)}
	for came, season := range map[string]string{
		"2023-12-20": "RONI identification", "2023-12-30": "RONI identification", "2024-01-07": "January cohort check", "2024-01-14": "January cohort check",
		"2024-02-29": "January cohort check", "2024-03-01": "March offers", "2024-06-30": "Cohort sign-off", "2023-08-30": "Cohort sign-off", "2023-10-18": "RONI identification",
	} {
		b.Deliveries = []Delivery{{"cohort_checks", "school", day(t, came)}}
		var got []string
		for _, it := range b.Items(day(t, "2022-09-01"), day(t, "2024-08-31"), day(t, "2024-09-01")) {
			if it.Dataset == "cohort_checks" && it.State == Arrived {
				got = append(got, it.Season)
			}
		}
		if !slices.Equal(got, []string{season}) {
			t.Errorf("%s: arrived for %q, want %q", came, got, season)
		}
	}
}

func TestWindowsOfOthersTakeNothing(t *testing.T) {
	t.Parallel()
	head := strings.Join(columns, ",") + "\n"
	rules, err := Parse(strings.NewReader(head+"cohort_checks,school,01-15,02-28,01-31,January,S\ncohort_checks,college,02-01,02-20,02-10,Colleges,S\n"), datasets)
	if err != nil {
		t.Fatal(err)
	}
	b := Book{Rules: rules, Kinds: map[string]string{"a": "school"}, Deliveries: []Delivery{{"cohort_checks", "a", day(t, "2024-02-15")}}}
	if got := b.Items(day(t, "2023-09-01"), day(t, "2024-08-31"), day(t, "2024-09-01")); len(got) != 1 || got[0].State != Arrived {
		t.Errorf("a school's list went to the colleges' window: %+v", got)
	}
}

func TestParseNamesTheRow(t *testing.T) {
	t.Parallel()
	head := strings.Join(columns, ",") + "\n"
	for row, want := range map[string]string{
		"nope,*,09-01,10-31,09-30,S,x": "no dataset \"nope\"", "ucas,*,09-01,10-31,11-30,S,x": "lies outside the window",
		"ucas,*,02-29,10-31,09-30,S,x": "not a day of the year", "ucas,*,*-01,10-31,09-30,S,x": "all of every month",
		"ucas,*,*-01,*-31,*-10,S,x": "not a day that every month has", "ucas,,09-01,10-31,09-30,S,x": "who and season",
	} {
		if _, err := Parse(strings.NewReader(head+row+"\n"), datasets); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "row 1") {
			t.Errorf("%s: %v", row, err)
		}
	}
	if _, err := Parse(strings.NewReader("a,b\n"), nil); err == nil {
		t.Error("a wrong header is read")
	}
}

func TestMonthlyWindowWraps(t *testing.T) {
	t.Parallel()
	rule, err := parseRule(strings.Split("ucas,*,*-25,*-05,*-03,S,x", ","), datasets)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rule.window(2023, 12), (window{day(t, "2023-12-25"), day(t, "2024-01-03"), day(t, "2024-01-05")}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add("ucas,*,09-01,10-31,09-30,S,x")
	f.Add("ucas,*,*-01,*-28,*-10,S,x")
	f.Add("ucas,*,*-09,*-01,*-10,S,x") // a month's window that wraps into the next
	f.Fuzz(func(t *testing.T, row string) {
		rules, err := Parse(strings.NewReader(strings.Join(columns, ",")+"\n"+row+"\n"), datasets)
		if err != nil {
			return
		}
		b := Book{Rules: rules, Deliveries: []Delivery{{"ucas", "a", 20000}}}
		for _, it := range b.Items(20000, 20400, 20100) {
			if it.Due < it.Opens || it.Due > it.Closes {
				t.Errorf("%q: %+v", row, it)
			}
		}
	})
}

func TestICalFeed(t *testing.T) {
	t.Parallel()
	long := "Räume; " + strings.Repeat("zwölf, ", 30) + `back\slash` + "\nsecond line"
	var b bytes.Buffer
	err := WriteICal(&b, []Event{
		{ID: "slot/night/2026-10-25T01:30", At: time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), Summary: "night", Say: long},
		{ID: "due/ucas", Day: day(t, "2026-10-15"), Summary: "ucas is due"},
	}, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if strings.Count(text, "\r\n") != strings.Count(text, "\n") {
		t.Error("a line does not end in CRLF")
	}
	for l := range strings.SplitSeq(text, "\r\n") {
		if len(l) > foldAt || !strings.HasPrefix(strings.ToValidUTF8(l, "?"), l) {
			t.Errorf("line of %d octets, or a character cut in two: %q", len(l), l)
		}
	}
	plain := strings.ReplaceAll(text, "\r\n ", "")
	for _, want := range []string{"DTSTART:20261025T003000Z", "DTSTART;VALUE=DATE:20261015", "DTEND;VALUE=DATE:20261016", "DTSTAMP:20260102T030405Z",
		`Räume\; zwölf\, `, `back\\slash\nsecond line`, "UID:slot/night/2026-10-25T01:30@nightjar"} {
		if !strings.Contains(plain, want) {
			t.Errorf("feed lacks %q:\n%s", want, plain)
		}
	}
}
