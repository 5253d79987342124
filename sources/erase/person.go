// Package erase takes a person out of everything that was kept of delivered
// lists: snapshots, quarantine, archived originals. It works in three steps.
// Find looks through the snapshots for whatever is about the person and writes
// down where it stands. Apply rewrites those places, one file at a time and
// each in one step; what was found is in a journal, so that a process killed
// in the middle is finished by the next one. Search looks through every byte
// of the data folder, unpacked, and proves that nothing is left.
//
// Nothing here is ever logged: errors and counts name files, never people.
package erase

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"nightjar/pipeline"
)

// Numbers are identifiers of a person: of the caseload, of schools and of
// colleges, as somebody gives them.
type Numbers struct {
	Clients []string `json:"clients"`
	UPNs    []string `json:"upns"`
	ULNs    []string `json:"ulns"`
}

// Empty tells whether nobody is named.
func (n Numbers) Empty() bool { return len(n.Clients)+len(n.UPNs)+len(n.ULNs) == 0 }

// Name is a name with a date of birth as a list wrote it.
type Name struct {
	Family   string        `json:"family"`
	Given    string        `json:"given"`
	Born     pipeline.Date `json:"born"` // days since 1970; 0 where HasBorn is false
	HasBorn  bool          `json:"has_born"`
	Postcode string        `json:"postcode,omitempty"` // only where there is no date of birth
}

// Person is all that is known of somebody who goes.
type Person struct {
	Numbers
	Names []Name `json:"names"`
}

// tidy writes a number in the one form in which numbers are compared.
func tidy(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s))
}

// fold writes a name in the one form in which names are compared: small
// letters without anything between them.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// key is the folded form of a name by which two are the same.
func (n Name) key() string {
	place := tidy(n.Postcode)
	if n.HasBorn {
		place = n.Born.String()
	}
	return fold(n.Family) + "|" + fold(n.Given) + "|" + place
}

// usable tells whether a name says who is meant.
func (n Name) usable() bool {
	return fold(n.Family) != "" && fold(n.Given) != "" && (n.HasBorn || tidy(n.Postcode) != "")
}

// add adds a text to a set of them.
func add(list *[]string, s string) bool {
	s = tidy(s)
	if s == "" || slices.Contains(*list, s) {
		return false
	}
	*list = append(*list, s)
	return true
}

func (p *Person) addName(n Name) {
	if !n.usable() {
		return
	}
	for _, known := range p.Names {
		if known.key() == n.key() {
			return
		}
	}
	p.Names = append(p.Names, n)
}

// dayForms are the ways in which lists and spreadsheets write a day. The day
// before the month or behind it: beside the name it is the same day either way.
var dayForms = []string{
	"2006-01-02", "02/01/2006", "2/1/2006", "02-01-2006", "2-1-2006", "02.01.2006", "2.1.2006", "20060102", "02/01/06", "2/1/06",
	"2 January 2006", "2 Jan 2006", "02 Jan 2006", "02-Jan-2006", "2-Jan-2006", "02-Jan-06", "January 2, 2006", "01/02/2006", "1/2/2006",
}

// dayTexts are the texts in which a day may stand in a cell, spreadsheets'
// day numbers among them.
func dayTexts(d pipeline.Date) []string {
	out := make([]string, 0, len(dayForms)+2)
	for _, form := range dayForms {
		out = append(out, d.Time().Format(form))
	}
	const from1900, from1904 = 25569, 24107 // 1 January 1970 in the two reckonings
	return append(out, itoa(int64(d)+from1900), itoa(int64(d)+from1904))
}

// parseDay reads a cell as a day in the forms of dayForms; a time behind it
// does not matter.
func parseDay(cell string) (pipeline.Date, bool) {
	cell = strings.TrimSpace(cell)
	for _, text := range []string{cell, before(cell, "T"), before(cell, " ")} {
		for _, form := range dayForms[:len(dayForms)-2] {
			if t, err := time.Parse(form, text); err == nil {
				return pipeline.DateOf(t, time.UTC), true
			}
		}
	}
	return 0, false
}

func before(s, sep string) string {
	head, _, _ := strings.Cut(s, sep)
	return head
}
