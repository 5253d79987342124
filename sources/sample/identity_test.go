package sample

import (
	"testing"

	"nightjar/pipeline"
)

func TestCheckCharacters(t *testing.T) {
	t.Parallel()
	if got := upnCheck("801200005001"); got != 'B' { // domain.md's worked example
		t.Errorf("check letter %c, want B", got)
	}
	if got := upnCheck("207000016049"); got != 'P' {
		t.Errorf("check letter %c, want P", got)
	}
	for n := range 2000 {
		uln := ulnOf(n)
		sum := 0
		for i := range 10 {
			sum += int(uln[i]-'0') * (10 - i)
		}
		if len(uln) != 10 || sum%11 != 10 {
			t.Fatalf("learner number %d fails its check", n)
		}
	}
}

func TestNumbersAreUnique(t *testing.T) {
	t.Parallel()
	upns, ulns := map[string]bool{}, map[string]bool{}
	for n := range 5000 {
		upns[upnOf(2010, n)], ulns[ulnOf(n)] = true, true
	}
	if len(upns) != 5000 || len(ulns) != 5000 {
		t.Errorf("%d pupil and %d learner numbers of 5000", len(upns), len(ulns))
	}
}

// The edges of the currency table.
func TestRenew(t *testing.T) {
	t.Parallel()
	day := func(s string) pipeline.Date {
		d, err := pipeline.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		code            int
		verified, lapse string
	}{
		{210, "2018-09-15", "2019-08-31"}, {230, "2019-08-31", "2019-08-31"}, {230, "2019-09-01", "2020-08-31"},
		{310, "2019-03-26", "2020-03-26"}, {330, "2019-03-26", "2019-09-26"}, {330, "2019-08-31", "2020-02-29"},
		{410, "2019-03-26", "2019-09-26"}, {530, "2019-03-26", "2019-06-26"}, {350, "2019-03-30", "2019-07-28"},
	} {
		r := record{code: c.code, verified: day(c.verified)}
		r.renew()
		if r.lapse != day(c.lapse) {
			t.Errorf("code %d verified %s lapses %s, want %s", c.code, c.verified, r.lapse, c.lapse)
		}
		if r.isLapsed(day(c.lapse)) || !r.isLapsed(day(c.lapse)+1) {
			t.Errorf("code %d: a record lapses after its day, not on it", c.code)
		}
	}
	if r := (record{code: 619, verified: day("2019-03-26")}); r.isLapsed(day("2030-01-01")) {
		t.Error("a NEET record never lapses")
	}
}
