package sources

import (
	"fmt"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/naming"
)

// providerLimit is the longest provider name in bytes. It becomes a folder of
// the archive and part of file names, which file systems limit to 255.
const providerLimit = 100

// manifestProvider reads the provider that stands for the folder's. It becomes
// the name of a folder, so it must not lead anywhere else.
func manifestProvider(cell string) (string, error) {
	p := foldPath(cell)
	if len(p) > providerLimit || strings.Contains(p, "/") || strings.HasPrefix(p, ".") || naming.Bad(p) != "" {
		return "", &cellError{
			"provider", "This is no provider's name.",
			fmt.Sprintf("Use at most %d letters, without slashes and without a dot in front", providerLimit),
		}
	}
	return p, nil
}

// manifestPeriod reads a period: a month 2021-10 or an academic year 2020/21.
// A spreadsheet likes to turn the first into Oct-21, which could as well be a
// day of October; it is not guessed.
func manifestPeriod(cell string) (string, error) {
	if cell == "" {
		return "", nil
	}
	if _, err := time.Parse("2006-01", cell); err == nil {
		return cell, nil
	}
	if _, err := pipeline.ParseAcademicYear(cell); err == nil {
		return cell, nil
	}
	return "", &cellError{
		"period", "The period is neither a month 2021-10 nor an academic year 2020/21.",
		"Correct it, or leave it empty; in a spreadsheet format the column as text first",
	}
}

// The forms of a delivery time. Days stand before months everywhere.
var (
	zonedForms = []string{
		time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00",
	}
	localForms = []string{
		time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04",
		"2/1/2006", "2/1/2006 15:04", "2/1/2006 15:04:05",
	}
)

// firstYear is the earliest year of a delivery. An earlier one is a typing
// error or a spreadsheet's idea of a date; nobody keeps lists that old.
const firstYear = 2000

// manifestTime reads when a file was delivered. A time without zone is local.
// A day after today is a typing error too, and one that would do harm: the
// newest delivery decides how far the whole warehouse looks.
func manifestTime(cell string, loc *time.Location, now time.Time) (time.Time, error) {
	t, ok := parseTime(cell, loc)
	hint := "Write 2021-10-31, 2021-10-31T09:30 or 31/10/2021 09:30"
	switch {
	case cell == "":
		return t, &cellError{"delivered_at", "The row does not say when the file was delivered.", hint}
	case !ok:
		return t, &cellError{"delivered_at", "The delivery time cannot be read.", hint}
	case t.In(loc).Year() < firstYear:
		return t, &cellError{"delivered_at", fmt.Sprintf("The delivery lies before the year %d.", firstYear), "Correct the year"}
	case pipeline.DateOf(t, loc) > pipeline.DateOf(now, loc):
		return t, &cellError{"delivered_at", "The delivery lies in the future.", "Correct the date; days stand before months"}
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

func parseTime(cell string, loc *time.Location) (time.Time, bool) {
	for _, form := range zonedForms {
		if t, err := time.Parse(form, cell); err == nil {
			return t, true
		}
	}
	for _, form := range localForms {
		if t, err := time.ParseInLocation(form, cell, loc); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
