package report

import (
	"fmt"
	"math"
)

// sample is a share as its counts.
type sample struct{ count, of float64 }

// isNoise says whether chance alone could make the change of a figure: the
// counts of the period against those of the year before.
func (k indicator) isNoise(in Input, r Row) bool {
	switch {
	case k.count == "":
		return false
	case k.count == "gap":
		return gapNoise(in)
	case k.kind == "published":
		return differsByNoise(guaranteeSample(in, k.count, r.Text("period")), guaranteeSample(in, k.count, yearEarlier(r.Text("period"))))
	case k.kind == "three_month":
		year := schoolYear(r.Text("period")[:min(4, len(r.Text("period")))] + "-09") // 2020/21 begins in 2020
		return differsByNoise(k.winter(in, year), k.winter(in, year-1))
	default:
		return differsByNoise(k.month(in, r.Text("period")), k.month(in, yearEarlier(r.Text("period"))))
	}
}

func differsByNoise(now, before sample) bool {
	return noise(now.count, now.of, before.count, before.of)
}

// month returns the counts of a month; nothing where it was not delivered.
func (k indicator) month(in Input, month string) sample {
	r := monthRow(in.Rates, k.band, month)
	if k.count == "combined" {
		return sample{r.value("neet_count") + r.value("not_known_count"), r.value("cohort_count")}
	}
	return sample{r.value(k.count), r.value("cohort_count")}
}

// winter returns the mean month of December to February: the same people stand
// in all three, so that their sum would look three times as sure as it is.
func (k indicator) winter(in Input, year int) sample {
	var s sample
	for _, m := range []string{fmt.Sprintf("%04d-12", year), fmt.Sprintf("%04d-01", year+1), fmt.Sprintf("%04d-02", year+1)} {
		one := k.month(in, m)
		s.count, s.of = s.count+one.count/3, s.of+one.of/3
	}
	return s
}

func guaranteeSample(in Input, group, year string) sample {
	for _, r := range pick(in.Guarantee, "year_group", group) {
		if yearText(r) == year {
			return sample{math.Min(r.value("offer_made_count"), r.value("cohort_count")), r.value("cohort_count")}
		}
	}
	return sample{}
}

// gapNoise takes the spread of the two named wards, and the year before to be
// as unsure as this one.
func gapNoise(in Input) bool {
	gaps := pick(in.Gaps, "month_end", latest(in.Gaps, "month_end"))
	if len(gaps) == 0 {
		return false
	}
	variance := 0.0
	for _, name := range []string{gaps[0].Text("highest_ward"), gaps[0].Text("lowest_ward")} {
		for _, w := range pick(in.Wards, "ward_name", name, "month_end", gaps[0].Text("month_end")) {
			if n := w.value("cohort_count"); n > 0 {
				from, to := wilson(w.value("neet_percent")/100*n, n)
				spread := (to - from) / 2 / 1.959964
				variance += spread * spread
			}
		}
	}
	return math.Abs(gaps[0].value("change_points"))/100 < 1.96*math.Sqrt(2*variance)
}

func monthRow(rates []Row, band, month string) Row {
	for _, r := range rates {
		if day := r.Text("month_end"); r.Text("age_band") == band && len(day) >= 7 && day[:7] == month {
			return r
		}
	}
	return nil
}

// yearEarlier turns 2021-10 into 2020-10, and 2021 into 2020.
func yearEarlier(period string) string {
	var y, m int
	switch n, _ := fmt.Sscanf(period, "%d-%d", &y, &m); n { // what cannot be read has no year before
	case 1:
		return fmt.Sprintf("%04d", y-1)
	case 2:
		return fmt.Sprintf("%04d-%02d", y-1, m)
	default:
		return ""
	}
}
