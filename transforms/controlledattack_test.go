package transforms

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// attacker has the published files and arithmetic: every sum it can think of,
// applied again and again to what it knows of each figure. It shares no line
// with the audit.
type attacker struct {
	low, high map[string]float64
	sums      [][]string // total first
}

// learn takes in a file: counts as intervals, hidden ones as anything but
// nought. slack is how far a figure may be from what is printed.
func (a *attacker) learn(t *testing.T, table string, rows []map[string]string, key func(map[string]string) string, months, slack float64) {
	t.Helper()
	columns := []string{"cohort_count", "eet_count", "neet_count", "not_known_count", "other_count"}
	for _, row := range rows {
		var names []string
		for _, column := range columns {
			name := table + " " + key(row) + " " + column
			names = append(names, name)
			low, high := 1.0, math.Inf(1)
			if v, err := strconv.ParseFloat(row[column], 64); err == nil {
				low, high = math.Max(0, math.Ceil((v-slack)*months-1e-9)), math.Floor((v+slack)*months+1e-9)
			}
			a.low[name], a.high[name] = low, high
		}
		a.sums = append(a.sums, names)
	}
}

// sum adds that one row's figures are those of others together.
func (a *attacker) sum(total string, parts ...string) {
	for _, column := range []string{"cohort_count", "eet_count", "neet_count", "not_known_count", "other_count"} {
		names := []string{total + " " + column}
		for _, p := range parts {
			names = append(names, p+" "+column)
		}
		a.sums = append(a.sums, names)
	}
}

// think narrows every interval by every sum until nothing moves.
func (a *attacker) think() {
	for _, names := range a.sums {
		for _, n := range names {
			if _, known := a.low[n]; !known {
				a.low[n], a.high[n] = 0, math.Inf(1) // a row that no file has
			}
		}
	}
	for moved := true; moved; {
		moved = false
		for _, names := range a.sums {
			for i, n := range names {
				low, high := 0.0, 0.0
				for j, other := range names {
					switch {
					case i == j:
					case i == 0, j == 0: // the total is the sum, a part what the others leave of it
						low, high = low+a.low[other], high+a.high[other]
					default:
						low, high = low-a.high[other], high-a.low[other]
					}
				}
				if low > a.low[n] {
					a.low[n], moved = low, true
				}
				if high < a.high[n] {
					a.high[n], moved = high, true
				}
			}
		}
	}
}

// attack reads a profile's files and thinks.
func attack(t *testing.T, o *outlet, folder, profile string, slack float64) *attacker {
	a := &attacker{low: map[string]float64{}, high: map[string]float64{}}
	month := func(row map[string]string) string { return row["month_end"] + " " + row["age_band"] }
	borough := o.read(filepath.Join(folder, profile, "borough_months.parquet"))
	a.learn(t, "month", borough, month, 1, slack)
	winters := map[string][]string{}
	for _, row := range borough {
		day := row["month_end"]
		switch row["age_band"] {
		case "16-17": // bands: both together less one is the other
			a.sum("month "+month(row), "month "+day+" 16", "month "+day+" 17")
			if m := day[5:7]; m == "12" || m == "01" || m == "02" {
				year, _ := strconv.Atoi(day[:4])
				if m != "12" {
					year--
				}
				winter := strconv.Itoa(year) + "/" + strconv.Itoa(year-1999)
				winters[winter] = append(winters[winter], "month "+month(row))
			}
		case "16-18":
			a.sum("month "+month(row), "month "+day+" 16-17", "month "+day+" 18")
		}
	}
	ward := func(row map[string]string) string { return row["academic_year"] + " " + row["ward_code"] }
	wards := o.read(filepath.Join(folder, profile, "ward_years.parquet"))
	means := math.Max(slack, 0.05) // a mean is printed with a decimal
	a.learn(t, "ward", wards, ward, 3, means)
	for winter, months := range winters { // three times the mean is the sum of the months
		total := "winter " + winter
		a.sum(total, months...)
		parts := []string{"ward " + winter + " elsewhere"}
		for _, row := range wards {
			if row["academic_year"] == winter {
				parts = append(parts, "ward "+ward(row))
			}
		}
		a.sum(total, parts...)
	}
	group := func(row map[string]string) string { return row["academic_year"] + " " + row["group_name"] }
	groups := o.read(filepath.Join(folder, profile, "group_years.parquet"))
	a.learn(t, "group", groups, group, 3, means)
	for _, row := range groups {
		if row["group_name"] == "teenage_mothers" {
			for _, outer := range []string{"young_parents", "pregnant_or_mothers"} {
				year := "group " + row["academic_year"] + " "
				a.sum(year+outer, year+"teenage_mothers", year+outer+" without teenage_mothers")
			}
		}
	}
	a.think()
	return a
}

// Both profiles are attacked, and the public one also by a reader of the
// committee's. No small figure, shown in a table or only the difference of two,
// is known closer than the rule of the profile says.
func TestAttacks(t *testing.T) {
	t.Parallel()
	o := newOutlet(t)
	folder := o.publish("r1")
	editions, err := readEditions(filepath.Join(o.dir, "editions"))
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string]int64{}
	per := map[string]int64{}
	for _, list := range editions.known {
		for _, one := range list[0].family.Figures {
			parts := strings.Split(one.Key, " | ")
			truth[parts[0]+" "+parts[1]+" "+parts[2]], per[parts[0]+" "+parts[1]+" "+parts[2]] = one.Value, one.Per
		}
	}
	for _, c := range []struct {
		profile          string
		slack            float64
		threshold, width int64
	}{{"committee", 0, 5, 5}, {"public", 2.5, 6, 6}} {
		a := attack(t, o, folder, c.profile, c.slack)
		if c.profile == "public" { // who has the committee's files too
			both := attack(t, o, folder, "committee", 0)
			for n, low := range both.low {
				both.low[n], both.high[n] = math.Max(low, a.low[n]), math.Min(both.high[n], a.high[n])
			}
			both.think()
			judge(t, both, truth, per, "both", 5, 5)
		}
		judge(t, a, truth, per, c.profile, c.threshold, c.width)
	}
}

func judge(t *testing.T, a *attacker, truth, per map[string]int64, who string, threshold, width int64) {
	t.Helper()
	tried := 0
	for n, low := range a.low {
		v, p, ok := figure(n, truth, per)
		if !ok || v <= 0 || v >= threshold*p {
			continue
		}
		tried++
		if float64(v) < low || float64(v) > a.high[n] {
			t.Errorf("%s: the attack is wrong about %s: %g to %g, it is %d", who, n, low, a.high[n], v)
		}
		if a.high[n]-low < float64(width*p) {
			t.Errorf("%s: %s is known to lie between %g and %g", who, n, low, a.high[n])
		}
	}
	if tried < 50 {
		t.Errorf("%s: only %d small figures were attacked", who, tried)
	}
}

// figure finds the truth behind an attacker's name of a figure.
func figure(name string, truth, per map[string]int64) (v, p int64, ok bool) {
	kind, rest, _ := strings.Cut(name, " ")
	switch kind {
	case "month":
		rest = "borough_months " + rest[:7] + rest[10:]
	case "ward":
		year, tail, _ := strings.Cut(rest, " ")
		rest = "ward_years " + year + " 2004 " + tail
	case "group":
		rest = "group_years " + rest
	}
	v, ok = truth[rest]
	return v, per[rest], ok
}
