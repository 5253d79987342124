package pipeline

import "testing"

func TestAcademicYearTurnsOnTheFirstOfSeptember(t *testing.T) {
	t.Parallel()
	cases := []struct {
		day  Date
		want string
	}{
		{NewDate(2021, 8, 31), "2020/21"}, {NewDate(2021, 9, 1), "2021/22"}, {NewDate(2021, 9, 30), "2021/22"},
		{NewDate(2000, 1, 1), "1999/00"}, {NewDate(2020, 2, 29), "2019/20"},
	}
	for _, tc := range cases {
		if got := AcademicYearOf(tc.day).String(); got != tc.want {
			t.Errorf("%s is in %s, want %s", tc.day, got, tc.want)
		}
		y, err := ParseAcademicYear(tc.want)
		if err != nil || tc.day < y.Start() || tc.day > y.End() {
			t.Errorf("%s does not lie in %s..%s (%v)", tc.day, y.Start(), y.End(), err)
		}
	}
	for _, bad := range []string{"2020/22", "2020-21", "20/21", "2020/2021", ""} {
		if _, err := ParseAcademicYear(bad); err == nil {
			t.Errorf("%q was read as an academic year", bad)
		}
	}
}

func TestAcademicAge(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		born, day Date
		want      int
	}{
		{"born 31 August, the youngest of the year", NewDate(2005, 8, 31), NewDate(2021, 10, 31), 16},
		{"born 1 September, the oldest of the next", NewDate(2005, 9, 1), NewDate(2021, 10, 31), 15},
		{"31 August is still the old year", NewDate(2005, 9, 1), NewDate(2022, 8, 31), 15},
		{"30 September is the new year", NewDate(2005, 9, 1), NewDate(2022, 9, 30), 16},
		{"leap day", NewDate(2004, 2, 29), NewDate(2021, 2, 28), 16},
	}
	for _, tc := range cases {
		if got := AcademicAge(tc.born, tc.day); got != tc.want {
			t.Errorf("%s: age %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	if _, ok := ValidDate(2007, 2, 31); ok {
		t.Error("31 February was accepted")
	}
	if d, ok := ValidDate(2008, 2, 29); !ok || d.String() != "2008-02-29" || d.MonthEnd() != d {
		t.Errorf("leap day: %v %v", d, ok)
	}
	if d := NewDate(2021, 10, 5).MonthEnd(); d.String() != "2021-10-31" || d.Month() != "2021-10" {
		t.Errorf("month end: %v", d)
	}
	if d := NewDate(1969, 12, 31); d != -1 || d.String() != "1969-12-31" {
		t.Errorf("the day before the epoch: %d %v", d, d)
	}
}

func TestFoldWord(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"NEETStartDate", "Neet start-date", " neet_start_date ", "N.E.E.T. Start Date"} {
		if got := FoldWord(s); got != "neetstartdate" {
			t.Errorf("FoldWord(%q) = %q", s, got)
		}
	}
}
