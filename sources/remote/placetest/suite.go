package placetest

import (
	"testing"

	"nightjar/pipeline"
)

// Rig is a place with hands on it. Names are <dataset>/<provider>/<file>.
type Rig struct {
	*Bench
	// Source returns the source anew, as after a restart.
	Source func(t *testing.T) pipeline.Source
	// Put hands in a list that is whole, over one of the same name too.
	Put func(t *testing.T, name string, l List)
	// Remove takes a list away.
	Remove func(t *testing.T, name string)
	// Deny keeps us from reading a list; Allow lets us again.
	Deny, Allow func(t *testing.T, name string)
	// Grow writes to a list that is not whole; nil where the place never shows
	// such a one.
	Grow func(t *testing.T, name string, l List)
	// Line leads to the place; nil where it is no server.
	Line *Proxy
	// Again reports whether a list without news is shown again, for the ledger
	// to know; other places keep silent.
	Again bool
}

// Suite runs what every kind of place must do. rig returns an empty place.
func Suite(t *testing.T, rig func(t *testing.T) *Rig) {
	t.Helper()
	for _, c := range []struct {
		name   string
		test   func(*testing.T, *Rig)
		server bool // only where a line leads to the place
	}{
		{name: "nothing there", test: nothing},
		{name: "one new list", test: oneList},
		{name: "two lists in one look", test: twoLists},
		{name: "only the datasets asked for", test: filter},
		{name: "the same bytes again", test: sameBytes},
		{name: "a changed list", test: changed},
		{name: "names with spaces and letters of the world", test: names},
		{name: "growing", test: growing},
		{name: "vanishes before it is read", test: vanished},
		{name: "not ours to read", test: deniedList},
		{name: "killed before it was recorded", test: restarted},
		{name: "killed while it was fetched", test: leftovers},
		{name: "every row becomes something", test: rows},
		{name: "cancelled", test: cancelled},
		{name: "the line breaks once", test: brokenOnce, server: true},
		{name: "the line breaks for good", test: brokenForGood, server: true},
		{name: "nobody answers", test: unreachable, server: true},
		{name: "too large", test: tooLarge, server: true},
		{name: "nothing is taken away", test: untouched, server: true},
		{name: "killed before it was remembered", test: forgotten, server: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rig(t)
			if !c.server || r.Line != nil {
				c.test(t, r)
			}
		})
	}
}

// starters returns a list of so many starters of a college, all sound.
func starters(n int, course string) List {
	l := List{{"Forename", "Surname", "DOB", "Postcode", "UPN", "DfENo", "StartDate", "EndDate", "GoalLevel", "GoalDescription"}}
	for i := range n {
		l = append(l, []string{letters(i), "O'Neill, " + letters(i/7), "14/02/2005", "L20 9ZZ", "", "3438000", "06/09/2021", "", "3", course})
	}
	return l
}

// letters writes a number as a name.
func letters(n int) string {
	out := []byte{byte('A' + n%26)}
	for n /= 26; n > 0; n /= 26 {
		out = append(out, byte('a'+n%26))
	}
	return string(out) + "é"
}
