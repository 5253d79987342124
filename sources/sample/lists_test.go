package sample

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"os"
	"strings"
	"testing"
)

func listsOf(t *testing.T, seed uint64) *lists {
	t.Helper()
	pop := simulated(t, seed)
	l, err := newLists(newRecorder(pop, seed), nil, nil, seed)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Figure 5: rolls and offers of May give the guarantee of every year.
func TestRollsHoldGuarantee(t *testing.T) {
	t.Parallel()
	l := listsOf(t, 2)
	for m := month(8); m < allMonths; m += 12 {
		want := l.goal.guarantee[m.year()+1]
		var got guarantee
		for i, roll := range l.rollCall(m, "may") {
			if l.land.all[i].la != home343 && len(roll) > 0 {
				t.Errorf("%s is asked although it is another authority's", l.land.all[i].name)
			}
			for _, k := range roll {
				made := 0
				if k.offer == "Offer made" {
					made = 1
				}
				switch k.year {
				case 11:
					got.y11, got.y11Offers = got.y11+1, got.y11Offers+made
				case 12:
					got.y12, got.y12Offers = got.y12+1, got.y12Offers+made
				}
			}
		}
		if got != want {
			t.Errorf("%s: rolls and offers are %+v, the target is %+v", m, got, want)
		}
	}
}

// Figures 18 and 19: what advisers did.
func TestLogHoldsEngagement(t *testing.T) {
	t.Parallel()
	l := listsOf(t, 3)
	seen := map[int]campaign{}
	for m := range month(allMonths) {
		goal, ok := l.goal.engagement[m]
		if !ok {
			continue
		}
		if seen[m.year()].followed == nil {
			seen[m.year()] = campaign{map[*person]bool{}, map[*person]bool{}}
		}
		var got engagementTarget
		people := map[*person]bool{}
		for _, e := range l.month(m, seen[m.year()]) {
			switch e.kind {
			case "Home visit":
				got.visits++
			case "Follow up":
				got.followUps++
			case "Early leaver support":
				got.earlyLeavers++
			default:
				got.interventions++
				people[e.p] = true
			}
		}
		if got.people = len(people); got != goal {
			t.Errorf("%s: the log holds %+v, the target is %+v", m, got, goal)
		}
	}
}

// Figure 11: mean days of an open spell, July 2018 against July 2017, as the
// records hold them.
func TestRecordsHoldDaysNEET(t *testing.T) {
	t.Parallel()
	rc := newRecorder(simulated(t, 6), 6)
	mean := map[month]float64{}
	d := rc.goal.days[0]
	for m := range d.after + 1 {
		rc.advance(m)
		if m != d.before && m != d.after {
			continue
		}
		days, people := 0, 0
		for _, p := range rc.people {
			if p.lea == home343 && p.counted(m) && p.was[m] == neet && p.ageIn(m.year()) <= 18 {
				days, people = days+int(m.end()-rc.records[p.id].neetStart), people+1
			}
		}
		mean[m] = float64(days) / float64(people)
	}
	if got := mean[d.before] - mean[d.after]; math.Abs(got-22) >= 0.5 {
		t.Errorf("%.2f days fewer, the paper has 22", got)
	}
}

// Lists are mostly right, and wrong about as often as real ones.
func TestFaultsAreRare(t *testing.T) {
	t.Parallel()
	l := listsOf(t, 4)
	const shown = 20000
	names, births, homes := 0, 0, 0
	for i := range shown {
		p := l.people[i]
		seen := l.identity(p, 90)
		if seen.forename != p.forename || seen.surname != p.surname {
			names++
		}
		if seen.born != p.born {
			births++
		}
		if seen.postcode != l.geo.postcodes[p.postcodeIn(90)].text {
			homes++
		}
	}
	for what, c := range map[string][3]int{"names": {names, 300, 1500}, "births": {births, 50, 160}, "homes": {homes, 900, 1400}} {
		if c[0] < c[1] || c[0] > c[2] {
			t.Errorf("%s are wrong in %d of %d rows, expected %d to %d", what, c[0], shown, c[1], c[2])
		}
	}
	if got := spoilUPN("B801200005001"); upnCheck(got[1:]) == got[0] {
		t.Error("a spoilt pupil number passes its check")
	}
}

func TestCellsOfEveryForm(t *testing.T) {
	t.Parallel()
	day := month(73).end()
	for _, c := range []struct {
		cell cell
		form form
		want string
	}{
		{dayCell(day), form{}, "31/10/2021"}, {dayCell(day), form{iso: true}, "2021-10-31"}, {dayCell(0), form{}, ""},
		{text(`A "level", two`), form{}, `"A ""level"", two"`}, {text("Zoé – O’Neill"), form{latin: true}, "Zo\xe9 \x96 O\x92Neill"},
		{text("Müller"), form{}, "Müller"},
	} {
		if got := string(appendCell(nil, c.cell, c.form)); got != c.want {
			t.Errorf("%+v as %+v: %q, want %q", c.cell, c.form, got, c.want)
		}
	}
}

// The workbook is well-formed, and its day is the serial number a spreadsheet
// would show as 31 October 2021.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	rows := make([][]cell, 2)
	rows[0] = texts("Name & <sign>", "Born")
	rows[1] = append(make([]cell, 27), dayCell(month(73).end()))
	if err := writeXLSX(&b, "Sheet1", rows); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(raw, new(struct{})); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if strings.HasSuffix(f.Name, "sheet1.xml") && !bytes.Contains(raw, []byte(`<c r="AB2" s="1"><v>44500</v></c>`)) {
			t.Errorf("the day is missing: %s", raw)
		}
	}
}

// The words that lists use are words of the shipped reference lists, and the
// sample's providers have the columns of the shipped ones.
func TestWordsAreKnown(t *testing.T) {
	t.Parallel()
	for name, words := range map[string][]string{
		"providers.csv":          {strings.TrimSuffix(providersHeader, "\n")},
		"offer_statuses.csv":     {"offer made", "no offer", "offer not appropriate", "not recorded", "awaiting"},
		"check_rounds.csv":       {"january", "march", "may"},
		"ucas_statuses.csv":      {"placed", "unplaced", "withdrawn"},
		"intervention_kinds.csv": {"advice", "action plan", "referral", "review", "home visit", "follow up", "early leaver support"},
		"provider_kinds.csv":     {"school", "special", "sixth_form", "fe"},
		"registers.csv":          {"EHE", "supporting families"},
	} {
		raw, err := os.ReadFile("../../sql/ref/" + name)
		if err != nil {
			t.Fatal(err)
		}
		low := strings.ToLower(strings.ReplaceAll(string(raw), "_", " "))
		for _, w := range words {
			if !strings.Contains(low, strings.ToLower(strings.ReplaceAll(w, "_", " "))) {
				t.Errorf("%s does not know %q", name, w)
			}
		}
	}
}
