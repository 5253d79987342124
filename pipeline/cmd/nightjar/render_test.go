package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestNumbersForPeople(t *testing.T) {
	t.Parallel()
	cases := []struct{ got, want string }{
		{rounded(3.3599, 2), "3.36"}, {rounded(0.25, 1), "0.3"}, {rounded(-0.25, 1), "-0.3"}, {rounded(-0.04, 1), "0.0"},
		{signed(0.04, 1), "0.0"}, {signed(-0.04, 1), "0.0"}, {signed(0.3, 1), "+0.3"}, {signed(-0.31, 2), "-0.31"},
		{grouped(0), "0"}, {grouped(999), "999"}, {grouped(1234567), "1,234,567"}, {grouped(-1234), "-1,234"}, {grouped(-123), "-123"},
		{ordinal(1), "1st"}, {ordinal(2), "2nd"}, {ordinal(3), "3rd"}, {ordinal(11), "11th"}, {ordinal(112), "112th"}, {ordinal(23), "23rd"},
		{plural(1, "file"), "1 file"}, {plural(2, "file"), "2 files"}, {plural(0, "file"), "0 files"},
	}
	for _, tc := range cases {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

func TestGridAlignsNumbersAndSaysWhenEmpty(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	grid{title: "T", header: []string{"name", "n"}, right: []bool{false, true}, rows: [][]string{{"a", "1"}, {"b", "22"}}}.print(&b)
	if !strings.Contains(b.String(), " 1\n") || !strings.Contains(b.String(), "22\n") {
		t.Errorf("numbers are not to the right:\n%s", b.String())
	}
	b.Reset()
	grid{title: "T", header: []string{"x"}}.print(&b)
	if !strings.Contains(b.String(), "(no rows)") {
		t.Errorf("empty grid says nothing: %q", b.String())
	}
}

// stepping is a clock that moves only when told.
type stepping struct{ now time.Time }

func (s *stepping) Now() time.Time { return s.now }

func TestProgressIsSilentForShortStepsAndPlainInPipes(t *testing.T) {
	t.Parallel()
	clock := &stepping{now: time.Unix(0, 0)}
	var b bytes.Buffer
	p := newProgress(&b, clock)
	p.Start("short", "rows", 0)
	p.Add(5)
	p.Done()
	if b.Len() > 0 {
		t.Errorf("a short step said %q", b.String())
	}
	p.Start("loading lists", "rows", 2000)
	clock.now = clock.now.Add(3 * time.Second)
	p.Add(1500)
	p.Done()
	if got, want := b.String(), "loading lists: 1,500 of 2,000 rows, 3s\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
