package app

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// reportOn writes a report and returns it with the text of its page, blanks
// made plain.
func reportOn(t *testing.T, a *App, o ReportOptions) (WrittenReport, string) {
	t.Helper()
	o.Folder = t.TempDir()
	r, err := a.Report(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{r.Path, r.Workbook} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want it for its owner only", filepath.Base(file), info, err)
		}
	}
	text, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(text), "|")
	return r, strings.ReplaceAll(html.UnescapeString(plain), "\u00a0", " ")
}

// The page as at a day says what the paper of that day said, in its words. The
// other days of the papers take builds of half a minute each.
func TestReportSaysThePapersFigures(t *testing.T) {
	t.Parallel()
	a := sampled(t).app
	days := map[string][]string{
		"2018-08-31": { // the paper of 2018
			"In July 2018 the gap was 9.5 points:", "3.5 points lower than in the same month a year before (13.0 points)",
			"NEET at age 16-18 stood at 603 people in July 2018, 64 people fewer than a year before", "||July 2018||90.70 %|", "||184 days||206 days||−22|",
		},
	}
	if os.Getenv("NIGHTJAR_LONG") != "" {
		days["2018-01-31"] = []string{ // 3.5, 1.3 and 4.8 at one decimal
			"NEET or not known at age 16-17 stood at 4.80 % in December 2017", "||December 2017||3.49 %|", "||December 2017||1.30 %|",
		}
		days["2021-11-30"] = []string{ // the paper of November 2021
			"NEET or not known at age 16-17 stood at 3.36 % in October 2021, 0.31 points lower than a year before (3.67 %)",
			"|186 people||201 people||−15|", "EET at age 16-17 stood at 5,245 people in October 2021, 73 people more than a year before",
			"|5,536 people||5,478 people||+58|", "|93.91 %||93.94 %||−0.03|", "In September 2021, 98.7 % of Year 11 had an offer", "In September 2021, 95.0 % of Year 12 had an offer",
			"|SEND (with a plan)||16-24||650||522||64||2||62||19.4||9.8||9.5|", "|Care leavers||16-18||34||23||11||0||0||32.4||32.4||0.0|",
		}
	}
	for day, wants := range days {
		d := mustDate(t, day)
		r, page := reportOn(t, a, ReportOptions{Profile: internalProfile, Day: &d})
		if !r.Synthetic || !strings.Contains(r.Title, "synthetic") {
			t.Errorf("%s: the title of the sample's report is %q", day, r.Title)
		}
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page does not say: %s", day, want)
			}
		}
	}
}

// peopleHeads are headings under which a page counts people.
var peopleHeads = regexp.MustCompile(`^(EET|NEET|Other|Not known|Cohort|NEET, people|Pupils|Offer made|Not appropriate|No offer|Not recorded|Leavers|Not known, people|People .*)$`)

// Neither page nor workbook of a controlled profile holds a count under its
// threshold, over the whole sample.
func TestControlledReportsHoldNoSmallCount(t *testing.T) {
	t.Parallel()
	a := sampled(t).app
	for profile, threshold := range map[string]float64{"committee": 5, "public": 5} { // six, the least that the public sees, rounds to five
		r, page := reportOn(t, a, ReportOptions{Profile: profile})
		small := func(where, cell string) bool {
			n, err := strconv.ParseFloat(strings.ReplaceAll(cell, ",", ""), 64)
			if err == nil && n > 0 && n < threshold {
				t.Errorf("%s: %s shows %s", profile, where, cell)
			}
			return err == nil
		}
		if m := regexp.MustCompile(`(^|[^0-9.,])[1-4] (person|people|pupils?|leavers?)\b`).FindString(page); m != "" {
			t.Errorf("%s: the page says %q", profile, m)
		}
		text, err := os.ReadFile(r.Path)
		if err != nil {
			t.Fatal(err)
		}
		if n := peopleCells(string(text), small); n < 50 {
			t.Errorf("%s: only %d counts of the page were looked at", profile, n)
		}
		if n := peopleOfWorkbook(t, r.Workbook, small); n < 1000 {
			t.Errorf("%s: only %d counts of the workbook were looked at", profile, n)
		}
	}
}

var (
	pageTables  = regexp.MustCompile(`(?s)<thead><tr>(.*?)</tr></thead>\s*<tbody>(.*?)</tbody>`)
	lineCells   = regexp.MustCompile(`(?s)<tr[^>]*>(.*?)</tr>`)
	lineFigures = regexp.MustCompile(`(?s)<t[hd][^>]*>(.*?)</t[hd]>`)
)

// peopleCells hands every cell of a page under a heading of people to look, and
// returns how many were figures.
func peopleCells(page string, look func(where, cell string) bool) (n int) {
	for _, table := range pageTables.FindAllStringSubmatch(page, -1) {
		heads := lineFigures.FindAllStringSubmatch(table[1], -1)
		for _, row := range lineCells.FindAllStringSubmatch(table[2], -1) {
			for i, cell := range lineFigures.FindAllStringSubmatch(row[1], -1) {
				if peopleHeads.MatchString(heads[i][1]) && look(heads[i][1], cell[1]) {
					n++
				}
			}
		}
	}
	return n
}

// peopleOfWorkbook does the same with the columns of counts of a workbook.
func peopleOfWorkbook(t *testing.T, file string, look func(where, cell string) bool) (n int) {
	t.Helper()
	book, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			for i, cell := range row {
				if i < len(rows[0]) && strings.HasSuffix(rows[0][i], "_count") && look(sheet+" "+rows[0][i], cell) {
					n++
				}
			}
		}
	}
	return n
}
