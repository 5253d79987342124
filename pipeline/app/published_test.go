package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// publishedFolder holds the files as their publishers print them, beside the
// repository. They are not part of it.
const publishedFolder = "../../../shared/data"

const (
	laitFile = "comparators/lait/lait_neet_to_2023.csv"
	ourRow   = "is_own_area"
)

// publishedFiles are laid out as a council would, a publication in each
// folder: file, list it stands for, period.
var publishedFiles = []struct{ from, to, period string }{
	{"dfe_scorecard/2021.csv", "comparators/scorecard/2021.csv", ""},
	{"dfe_scorecard/2022.csv", "comparators/scorecard/2022.csv", ""},
	{"dfe_scorecard/2023.csv", "comparators/scorecard/2023.csv", ""},
	{"lait_neet_to_2023.csv", laitFile, ""},
	{"statistical_neighbours_2021.csv", "statistical_neighbours/dfe/list.csv", "2021-04"},
}

// layPublished lays the publishers' files beside a small caseload into an
// installation.
func layPublished(p *place) error {
	for _, f := range publishedFiles {
		text, err := os.ReadFile(filepath.Join(publishedFolder, f.from))
		if err != nil {
			return err
		}
		if err := p.put(f.to, f.period, "2023-11-01T09:00:00Z", string(text)); err != nil {
			return err
		}
	}
	var clients []client
	for i := range 100 {
		c := client{"client_id": fmt.Sprintf("34300000%05d", i), "given_name": fmt.Sprint("Given", i), "verified_date": "2020-12-01"}
		if i < 4 {
			c["activity_code"], c["neet_start_date"] = "619", "2020-11-02"
			c["start_date"] = c["neet_start_date"]
		}
		clients = append(clients, c)
	}
	for _, month := range [][2]string{{"2020-12-31", "2021-01-05"}, {"2021-01-31", "2021-02-05"}, {"2021-02-28", "2021-03-05"}} {
		if err := p.put("caseload/career-service/nccis_"+month[0]+".csv", "", month[1]+"T08:00:00Z", extract(month[0], clients)); err != nil {
			return err
		}
	}
	return nil
}

var publishedNight = sync.OnceValues(func() (*App, error) {
	shared, err := sharedFolder()
	if err != nil {
		return nil, err
	}
	p, err := newPlace(filepath.Join(shared, "published"))
	if err != nil {
		return nil, err
	}
	if err := layPublished(p); err != nil {
		return nil, err
	}
	return nightOver(context.Background(), p.config())
})

// needPublished leaves the test out where the publishers' files are not.
func needPublished(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(publishedFolder); errors.Is(err, fs.ErrNotExist) {
		t.Skip("the published files do not lie beside the repository on this machine")
	}
}

// printed returns the night over the publishers' files.
func printed(t *testing.T) published {
	t.Helper()
	needPublished(t)
	a, err := publishedNight()
	if err != nil {
		t.Fatalf("night over the published files: %v", err)
	}
	return published{a}
}

// comparison returns the one row of area_comparisons that a condition names.
func (p published) comparison(t *testing.T, where string, args ...any) Values {
	t.Helper()
	return p.one(t, "area_comparisons", where, args...)
}

// The city region in the winter of 2020/21. From unrounded figures it is
// 5.8973 pooled and 5.5300 as a simple mean; the scorecard prints one decimal,
// from which six authorities can be 0.05 off each, so that is the tolerance.
// What the printed figures themselves give is held to four decimals.
func TestPublishedCityRegion2021(t *testing.T) {
	t.Parallel()
	r := printed(t).comparison(t, ourRow+" and measure = 'combined_percent' and period = '2020/21' and comparison_group = 'lcr' and source_file like '%%scorecard/2021.csv'")
	r.wants(t, "group_pooled_percent", "5.9031")
	r.wants(t, "group_mean_percent", "5.5333")
	for column, unrounded := range map[string]float64{"group_pooled_percent": 5.8973, "group_mean_percent": 5.5300} {
		if got := r.cell(t, column); math.Abs(got-unrounded) > 0.05 {
			t.Errorf("%s is %v, more than the rounding of its parts from %v", column, got, unrounded)
		}
	}
	r.wants(t, "areas_pooled", "6")
	r.wants(t, "own_value_percent", "4.0") // 4 of the 100 of the small caseload
	if basis := r.Text("rounding_basis"); basis != "1dp" {
		t.Errorf("rounding basis is %q", basis)
	}
}

// Sefton's combined rate and its place in England and the city region, from
// LAIT. The year of LAIT is the one in which the academic year ends.
func TestPublishedSeftonRanks(t *testing.T) {
	t.Parallel()
	p := printed(t)
	for period, want := range map[string]struct{ value, rank, ranked string }{
		"2018/19": {"3.8", "39", "152"}, "2019/20": {"3.5", "32", "151"}, "2020/21": {"3.5", "28", "151"},
		"2021/22": {"3.1", "36", "152"}, "2022/23": {"3.3", "35", "152"},
	} {
		row := func(group string) Values {
			return p.comparison(t, ourRow+" and measure = 'combined_percent' and period = '%s' and comparison_group = '%s' and source_file = '%s'", period, group, laitFile)
		}
		r := row("england")
		r.wants(t, "value_percent", want.value)
		r.wants(t, "rank_best", want.rank)
		r.wants(t, "areas_ranked", want.ranked)
		if period == "2022/23" {
			r.wants(t, "tie_count", "10")
		}
		r = row("lcr")
		r.wants(t, "rank_best", "1")
		r.wants(t, "areas_ranked", "6")
	}
}

// What LAIT users compare with: the simple mean of the ten neighbours of April
// 2021, applied to all years.
func TestPublishedNeighbourMeans(t *testing.T) {
	t.Parallel()
	p := printed(t)
	for period, want := range map[string]string{"2018/19": "5.69", "2019/20": "5.47", "2020/21": "5.69", "2021/22": "4.36", "2022/23": "4.75"} {
		r := p.comparison(t, ourRow+" and measure = 'combined_percent' and period = '%s' and comparison_group = 'statistical_neighbours' and list_vintage = '2021-04' and source_file = '%s'", period, laitFile)
		r.wants(t, "group_mean_percent", want)
		r.wants(t, "areas_averaged", "10")
		basis := "in_force"
		if period <= "2020/21" { // its winter ended before April 2021
			basis = "nearest_later"
		}
		if got := r.Text("list_basis"); got != basis {
			t.Errorf("%s: the list counts as %s, want %s", period, got, basis)
		}
	}
}

// A region's published rate is its authorities' as one place: cohort-weighted
// from printed rates within 0.1 point, in every region, year and measure.
func TestPublishedRegionsFromTheirAuthorities(t *testing.T) {
	t.Parallel()
	p := printed(t)
	cells := 0
	authorities := p.rows(t, "area_comparisons", "comparison_group = 'england' and area_kind = 'authority' and source_file like '%%scorecard%%' and denominator is not null and value_percent is not null")
	regions := p.rows(t, "area_comparisons", "comparison_group = 'england' and area_kind = 'region' and source_file like '%%scorecard%%' and value_percent is not null and measure in ('combined_percent', 'neet_percent', 'not_known_percent', 'participating_percent', 'full_time_education_percent')")
	home := regionsOf(t)
	for _, r := range regions {
		var n, d float64
		for _, a := range authorities {
			if home[a.Text("area_code")] == r.Text("area_code") && a.Text("period") == r.Text("period") && a.Text("measure") == r.Text("measure") && a.Text("source_file") == r.Text("source_file") {
				cohort := a.cell(t, "denominator")
				n, d = n+cohort*a.cell(t, "value_percent"), d+cohort
			}
		}
		if got, want := n/d, r.cell(t, "value_percent"); math.IsNaN(got) || math.Abs(got-want) > 0.1+1e-9 {
			t.Errorf("%s: %v from the authorities", r.rowText("area_name", "measure", "period", "value_percent"), got)
		}
		cells++
	}
	if cells != 135 { // nine regions, three years, five measures
		t.Errorf("%d regional cells were compared, want 135", cells)
	}
}

// regionsOf reads the region of each authority from the publisher's list of
// codes, so that the comparison does not rest on our own.
func regionsOf(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, c := range readTable(t, filepath.Join(publishedFolder, "geo", "la_codes_dfe_gss.csv")) {
		out[c["dfe_la_code"]] = c["region_code"]
	}
	return out
}

// DfE cuts quintiles on unrounded figures. Ours, from printed ones, are equal
// except where a tie on a boundary is marked.
func TestPublishedQuintiles(t *testing.T) {
	t.Parallel()
	rows := printed(t).rows(t, "area_comparisons", "comparison_group = 'england' and published_quintile is not null and value_percent is not null")
	tied := 0
	for _, r := range rows {
		if r["quintile_tie"] == true {
			tied++
			continue
		}
		if r.cell(t, "quintile") != r.cell(t, "published_quintile") {
			t.Errorf("%s", r.rowText("area_name", "measure", "period", "value_percent", "quintile", "published_quintile"))
		}
	}
	if len(rows) < 2000 || tied == 0 || tied > len(rows)/3 {
		t.Errorf("%d cells, %d of them with a tie on a boundary", len(rows), tied)
	}
}

// The Guarantee of one September stands under two years: the scorecard of year
// Y holds September Y-1, LAIT's year Y is September Y.
func TestPublishedGuaranteeUnderBothYears(t *testing.T) {
	t.Parallel()
	p := printed(t)
	scorecard := readTable(t, filepath.Join(publishedFolder, "dfe_scorecard", "2022.csv"))
	lait := readTable(t, filepath.Join(publishedFolder, "lait_neet_to_2023.csv"))
	var fromScorecard, fromLAIT string
	for _, r := range scorecard {
		if r["old_la_code"] == "343" {
			fromScorecard = r["September_guarantee_Offer_made_percent"]
		}
	}
	for _, r := range lait {
		if r["la_number"] == "343" && r["measure_short"] == "Sept_Guarantee" && r["year"] == "2021" {
			fromLAIT = r["value_raw"]
		}
	}
	same := func(file, printed string) {
		r := p.comparison(t, ourRow+" and measure = 'guarantee_y11_12_percent' and period = '2021' and comparison_group = 'lcr' and source_file = '%s'", file)
		if got := r.cell(t, "value_percent"); fmt.Sprint(got) != printed {
			t.Errorf("%s: Guarantee of September 2021 is %v, the file prints %q", file, got, printed)
		}
	}
	same("comparators/scorecard/2022.csv", fromScorecard)
	same(laitFile, fromLAIT)
}

// readTable reads a CSV by its header.
func readTable(t *testing.T, path string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return tableOf(t, strings.TrimPrefix(string(text), "\ufeff"))
}
