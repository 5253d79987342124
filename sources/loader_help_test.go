package sources

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/datasets"
)

// delivered is when every delivery of these tests was handed in.
var delivered = time.Date(2021, 11, 5, 21, 30, 0, 0, time.UTC)

// testLists are the reference lists of the contracts, cut down to the words
// that the tests use.
func testLists(t testing.TB) map[string]pipeline.CodeList {
	t.Helper()
	lists := make(map[string]pipeline.CodeList)
	for _, d := range datasets.All() {
		for _, l := range d.Layouts {
			for _, c := range l.Columns {
				if c.Kind == pipeline.Code {
					lists[c.List] = pipeline.NewCodeList(c.List, map[string]string{c.Example: c.Example})
				}
			}
		}
	}
	for name, words := range map[string]map[string]string{
		"cohort_statuses":     {"P": "P", "T": "T"},
		"activity_codes":      {"210": "210", "220": "220", "540": "540", "810": "810"},
		"characteristics":     {"110": "110", "120": "120", "140": "140"},
		"genders":             {"F": "F", "M": "M", "Female": "F", "Male": "M"},
		"ucas_statuses":       {"placed": "placed", "Unplaced": "unplaced", "UF": "placed"},
		"nc_years":            {"11": "11", "Year 11": "11", "12": "12", "Leaver": "LEAVER"},
		"completion_statuses": {"1": "1", "3": "3"},
		"intervention_kinds":  {"home_visit": "home_visit", "Home visit": "home_visit"},
		"source_kinds":        {"portal": "portal", "synthetic": "synthetic", "published": "published"},
		"guarantee_statuses":  {"110": "110"},
		"offer_statuses":      {"offer_made": "offer_made"},
		"enrol_statuses":      {"C": "C"},
		"period_kinds":        {"three_month": "three_month", "month": "month"},
		"measures":            {"combined_percent": "combined_percent"},
	} {
		lists[name] = pipeline.NewCodeList(name, words)
	}
	lists["activity_codes"] = lists["activity_codes"].WithGroups(map[string]string{"210": "EET", "220": "EET", "540": "NEET", "810": "NOT_KNOWN"})
	return lists
}

func testLoader(t testing.TB, change ...func(*LoaderOptions)) *Loader {
	t.Helper()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	o := LoaderOptions{Datasets: datasets.All(), Lists: testLists(t), Lake: t.TempDir(), Location: london}
	for _, f := range change {
		f(&o)
	}
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	return NewLoader(o)
}

// arrivalOf describes a file as the drop folder would.
func arrivalOf(t testing.TB, dataset, provider, path string) pipeline.Arrival {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		t.Fatal(err)
	}
	return pipeline.Arrival{Path: path, Delivery: pipeline.Delivery{
		Dataset: dataset, Provider: provider, Name: dataset + "/" + provider + "/" + filepath.Base(path),
		Hash: hex.EncodeToString(sum.Sum(nil)), Size: size,
		DeliveredAt: delivered, DeliveredOn: pipeline.NewDate(2021, time.November, 5),
	}}
}

// handIn writes a file and returns its arrival.
func handIn(t testing.TB, dataset, name, content string) pipeline.Arrival {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return arrivalOf(t, dataset, "careerconnect", path)
}

// csvText writes rows as CSV.
func csvText(t testing.TB, rows ...[]string) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
