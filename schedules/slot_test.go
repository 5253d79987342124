package schedules

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func at(t testing.TB, rfc string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, rfc)
	if err != nil {
		t.Fatal(err)
	}
	return v.UTC()
}

func nominal(t testing.TB, s string) Nominal {
	t.Helper()
	n, err := ParseNominal(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSlotAt(t *testing.T) {
	t.Parallel()
	cases := []struct {
		zone, nominal, instant string
		change                 Change
	}{
		{"Europe/London", "2026-01-15T02:00", "2026-01-15T02:00:00Z", Plain},
		{"Europe/London", "2026-07-15T02:00", "2026-07-15T01:00:00Z", Plain},
		{"Europe/London", "2026-03-29T00:59", "2026-03-29T00:59:00Z", Plain},
		{"Europe/London", "2026-03-29T01:00", "2026-03-29T01:00:00Z", Skipped},
		{"Europe/London", "2026-03-29T01:30", "2026-03-29T01:00:00Z", Skipped},
		{"Europe/London", "2026-03-29T01:59", "2026-03-29T01:00:00Z", Skipped},
		{"Europe/London", "2026-03-29T02:00", "2026-03-29T01:00:00Z", Plain},
		{"Europe/London", "2026-10-25T00:59", "2026-10-24T23:59:00Z", Plain},
		{"Europe/London", "2026-10-25T01:00", "2026-10-25T00:00:00Z", Doubled},
		{"Europe/London", "2026-10-25T01:30", "2026-10-25T00:30:00Z", Doubled},
		{"Europe/London", "2026-10-25T01:59", "2026-10-25T00:59:00Z", Doubled},
		{"Europe/London", "2026-10-25T02:00", "2026-10-25T02:00:00Z", Plain},
		// All of 1970 was summer time; the standard time act ended in 1971.
		{"Europe/London", "1970-01-01T00:00", "1969-12-31T23:00:00Z", Plain},
		{"UTC", "2026-03-29T01:30", "2026-03-29T01:30:00Z", Plain},
		{"America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00Z", Skipped},
		{"America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z", Doubled},
		// Samoa left out a whole day, Lord Howe moves by half an hour.
		{"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00Z", Skipped},
		{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z", Skipped},
		{"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z", Doubled},
	}
	for _, c := range cases {
		got := SlotAt(nominal(t, c.nominal), zone(t, c.zone))
		if !got.Instant.Equal(at(t, c.instant)) || got.Change != c.change || got.Nominal.String() != c.nominal {
			t.Errorf("%s in %s: %s %q at %s, want %q at %s", c.nominal, c.zone, got.Nominal, got.Change, got.Instant, c.change, c.instant)
		}
	}
}

// TestSlotAtAgainstTheWall compares with a wall clock that is watched minute
// by minute through every week that holds a change: each wall time is due when
// it is first shown, and one that is never shown when the first later one is.
func TestSlotAtAgainstTheWall(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/London", "America/St_Johns", "Australia/Lord_Howe"} {
		loc := zone(t, name)
		moves := changes(loc, at(t, "2024-01-01T00:00:00Z"), at(t, "2035-12-31T00:00:00Z"))
		if len(moves) != 24 {
			t.Fatalf("%s: %d changes in 2024 to 2035, want 24", name, len(moves))
		}
		for _, move := range moves {
			var shown []Nominal // strictly greater than all before
			first := map[Nominal]time.Time{}
			for m := move.Add(-72 * time.Hour); m.Before(move.Add(96 * time.Hour)); m = m.Add(time.Minute) {
				n := NominalAt(m, loc)
				if shown == nil || n > shown[len(shown)-1] {
					shown = append(shown, n)
					first[n] = m
				}
			}
			for n := shown[0]; n <= shown[len(shown)-1]; n++ {
				i, _ := slices.BinarySearch(shown, n)
				if got, want := SlotAt(n, loc).Instant, first[shown[i]]; !got.Equal(want) {
					t.Fatalf("%s %s: due %s, the wall says %s", name, n, got, want)
				}
			}
		}
	}
}

func TestParseNominal(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"2026-10-25T01:30", "2026-10-25 01:30", " 2026-10-25T01:30 "} {
		if n, err := ParseNominal(good); err != nil || n.String() != "2026-10-25T01:30" {
			t.Errorf("%q: %s, %v", good, n, err)
		}
	}
	for _, bad := range []string{"", "2026-10-25", "01:30", "2026-02-30T01:30", "2026-10-25T25:00", "2026-10-25T01:30:00"} {
		if n, err := ParseNominal(bad); err == nil {
			t.Errorf("%q: read as %s", bad, n)
		}
	}
	if got := NewNominal(1969, time.December, 31, 23, 59); got != -1 {
		t.Errorf("the minute before 1970 is %d, want -1", got)
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	cases := []struct {
		from, to, day string
		holds         bool
	}{
		{"", "", "2026-06-01", true},
		{"09-01", "10-31", "2026-08-31", false},
		{"09-01", "10-31", "2026-09-01", true},
		{"09-01", "10-31", "2026-10-31", true},
		{"09-01", "10-31", "2026-11-01", false},
		{"11-15", "02-28", "2026-12-31", true},
		{"11-15", "02-28", "2027-01-01", true},
		{"11-15", "02-28", "2028-02-29", false},
		{"11-15", "02-29", "2028-02-29", true},
		{"11-15", "02-29", "2027-03-01", false},
		{"11-15", "02-28", "2026-11-14", false},
	}
	for _, c := range cases {
		w, err := ParseWindow(c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Holds(nominal(t, c.day+"T23:59")); got != c.holds {
			t.Errorf("%s holds %s: %v", w, c.day, got)
		}
	}
	for _, bad := range [][2]string{{"09-01", ""}, {"", "09-01"}, {"13-01", "01-01"}, {"02-30", "03-01"}, {"1 Sept", "2 Oct"}} {
		if w, err := ParseWindow(bad[0], bad[1]); err == nil {
			t.Errorf("%q read as %s", bad, w)
		}
	}
}

func ExampleNote() {
	loc, _ := time.LoadLocation("Europe/London")
	for _, n := range []Nominal{NewNominal(2026, time.March, 29, 1, 30), NewNominal(2026, time.October, 25, 1, 30)} {
		fmt.Println(Note(SlotAt(n, loc), loc))
	}
	// Output:
	// the clocks go forward over 01:30 that day; it runs at 02:00 BST
	// the clocks show 01:30 twice that day; it runs once, at the first (01:30 BST)
}
