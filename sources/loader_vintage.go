package sources

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"nightjar/pipeline"
	"nightjar/sources/contract"
)

// vintageOf returns the month of a list, YYYY-MM, from the manifest or the
// file name. A bare year stands for its January: the list is in force from
// then on as far as anybody can tell from it.
func vintageOf(a pipeline.Arrival) (string, error) {
	if a.Period != "" {
		return statedVintage(a.Period)
	}
	months, years := monthsNamed(strings.TrimSuffix(path.Base(a.Name), path.Ext(a.Name)))
	switch {
	case len(months) == 1 && len(years) == 0:
		return months[0], nil
	case len(months) == 0 && len(years) == 1:
		return years[0] + "-01", nil
	case len(months)+len(years) > 1:
		return "", fmt.Errorf("the file name holds several years: %s", strings.Join(append(months, years...), ", "))
	default:
		return "", errNoVintage
	}
}

// statedVintage reads the manifest's period, which must be a month or a year.
func statedVintage(period string) (string, error) {
	year, month, hasMonth := strings.Cut(period, "-")
	if _, ok := yearOf(year); !ok || len(year) != 4 || hasMonth && (len(month) != 2 || monthOf(month) == 0) {
		return "", fmt.Errorf("the manifest's period %q is not a month such as 2021-04", period)
	}
	if !hasMonth {
		month = "01"
	}
	return year + "-" + month, nil
}

// monthsNamed returns the months that a name holds, 2021-04, 202104, 20210430
// or April 2021, and the years that stand without a month, each once.
func monthsNamed(name string) (months, years []string) {
	parts := nameParts(name)
	for i, part := range parts {
		if _, ok := yearOf(part); !ok {
			continue
		}
		next, before := "", ""
		if i+1 < len(parts) {
			next = parts[i+1]
		}
		if i > 0 {
			before = parts[i-1]
		}
		found := ""
		switch m := monthOf(next); {
		case len(part) >= 6:
			found = part[:4] + "-" + part[4:6]
		case m > 0:
			found = fmt.Sprintf("%s-%02d", part, m)
		case contract.MonthByName([]byte(before)) > 0:
			found = fmt.Sprintf("%s-%02d", part, contract.MonthByName([]byte(before)))
		}
		switch {
		case found == "" && !slices.Contains(years, part):
			years = append(years, part)
		case found != "" && !slices.Contains(months, found):
			months = append(months, found)
		}
	}
	return months, years
}

// nameParts cuts a name into runs of digits and runs of letters.
func nameParts(name string) []string {
	var parts []string
	last := rune(0)
	for _, r := range name {
		digit, letter := unicode.IsDigit(r), unicode.IsLetter(r)
		switch {
		case !digit && !letter:
		case len(parts) > 0 && (digit && unicode.IsDigit(last) || letter && unicode.IsLetter(last)):
			parts[len(parts)-1] += string(r)
		default:
			parts = append(parts, string(r))
		}
		last = r
	}
	return parts
}

// yearOf reads 2021, 202104 and 20210430.
func yearOf(part string) (int, bool) {
	if n := len(part); n != 4 && n != 6 && n != 8 {
		return 0, false
	}
	if _, err := strconv.Atoi(part); err != nil {
		return 0, false
	}
	year, _ := strconv.Atoi(part[:4])
	return year, year >= 1900 && year <= 2100 && (len(part) == 4 || monthOf(part[4:6]) > 0)
}

// monthOf reads two digits or a month's name; 0 stands for neither.
func monthOf(part string) int {
	if m, err := strconv.Atoi(part); err == nil && len(part) == 2 && m >= 1 && m <= 12 {
		return m
	}
	return contract.MonthByName([]byte(part))
}
