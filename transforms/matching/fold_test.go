package matching

import (
	"strings"
	"testing"
	"unicode/utf8"

	"nightjar/pipeline"
)

func TestFoldName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"O'Brien":             "OBRIEN",
		"O’Brien":             "OBRIEN",
		"o`brien":             "OBRIEN",
		"Zoë":                 "ZOE",
		"Zoe\u0308":           "ZOE",
		"José-María":          "JOSE MARIA",
		"Smith–Jones":         "SMITH JONES",
		"Smith\u00a0 Jones":   "SMITH JONES",
		"St. John":            "ST JOHN",
		"Łukasz":              "LUKASZ",
		"Weiß":                "WEISS",
		"Ægir Þór":            "AEGIR THOR",
		"SM1TH":               "SMITH",
		"R0BERT5":             "ROBERTS",
		"  ":                  "",
		"-":                   "",
		"ｆｕｌｌ":                "FULL",
		"Иван":                "ИВАН",
		"McDonald, (Jnr)":     "MCDONALD JNR",
		"Anne\tMarie\u200bX":  "ANNE MARIEX",
		"D'Arcy‐Smith/Nguyễn": "DARCY SMITH NGUYEN",
	} {
		if got := strings.Join(foldName(text), " "); got != want {
			t.Errorf("%q is folded to %q, want %q", text, got, want)
		}
	}
}

func TestFoldPostcode(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"L20 1AB", "l201ab", "L2O 1AB", "L20  1A8", "\u00a0L20 1AB"},
		{"", "ZZ99 9ZZ", "ZZ999ZZ", "L2", "not a postcode at all"},
	} {
		for _, s := range same[1:] {
			if foldPostcode(s) != foldPostcode(same[0]) {
				t.Errorf("%q and %q are not one postcode", s, same[0])
			}
		}
	}
	if foldPostcode("L20 1AB") == foldPostcode("L20 1AD") {
		t.Error("two postcodes are one")
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"B801200005001": "B801200005001", " b801200005001 ": "B801200005001", "A34320009500X": "", "801200005001": "", "": "",
	} {
		if got := upnKey(text); got != want {
			t.Errorf("upnKey(%q) = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"9276308686": "9276308686", "9999999999": "", "0123456789": "", "12345": "", "": ""} {
		if got := ulnKey(text); got != want {
			t.Errorf("ulnKey(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestNameLevels(t *testing.T) {
	t.Parallel()
	book := newNameBook(reference(t).Diminutives)
	for _, c := range []struct {
		a, b          string
		family, given Level
	}{
		{"Smith", "SMITH", Exact, Exact},
		{"Smith-Jones", "Smith Jones", Exact, Exact},
		{"Smith-Jones", "Jones", Part, Part},
		{"Smith-Jones", "Jones-Smith", Part, Part},
		{"Jones", "Janes", Close, Close},
		{"Barnes", "Bames", Close, Close},
		{"Featherstone", "Feathers", Part, Part},
		{"Thomas", "Tom", Different, Alias},
		{"Kate", "Catherine", Different, Alias},
		{"Katie", "Kate", Close, Alias},
		{"Samuel", "Samantha", Different, Different},
		{"Jack", "J", Different, Part},
		{"Jack Thomas", "Jack", Part, Exact},
		{"Jack Thomas", "Thomas", Part, Part},
		{"Ahmed", "Williams", Different, Different},
		{"Li", "Lo", Different, Different},
	} {
		a, b := book.of(c.a), book.of(c.b)
		if f, g := familyLevel(a, b), givenLevel(a, b); f != c.family || g != c.given {
			t.Errorf("%s and %s agree as %s and %s, want %s and %s", c.a, c.b, f, g, c.family, c.given)
		}
		if familyLevel(a, b) != familyLevel(b, a) || givenLevel(a, b) != givenLevel(b, a) {
			t.Errorf("%s and %s agree otherwise the other way round", c.a, c.b)
		}
	}
}

func TestBirthLevels(t *testing.T) {
	t.Parallel()
	day := func(s string) pipeline.Date {
		d, err := pipeline.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		a, b string
		want Level
	}{
		{"2004-05-06", "2004-05-06", Exact},
		{"2004-05-06", "2004-06-05", Swapped},
		{"2004-05-06", "2004-05-07", Digit},
		{"2004-05-31", "2004-06-01", Digit},
		{"2004-05-12", "2004-05-21", Digit},
		{"2004-05-06", "2003-05-06", Digit},
		{"2004-05-06", "2004-05-28", Near},
		{"2004-05-06", "2004-11-06", Near},
		{"2004-05-06", "2011-12-28", Different},
	} {
		if got := birthLevel(day(c.a), day(c.b)); got != c.want {
			t.Errorf("%s and %s agree as %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

func TestEdits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"A", "", 1}, {"MARTHA", "MARHTA", 1}, {"KITTEN", "SITTING", 3}, {"CA", "ABC", 3}, {"SMITH", "SMTIHS", 2}} {
		if got := edits(c.a, c.b); got != c.want {
			t.Errorf("%s and %s are %d edits apart, want %d", c.a, c.b, got, c.want)
		}
	}
	// The published examples of the measure.
	for _, c := range []struct {
		a, b string
		want float64
	}{{"MARTHA", "MARHTA", 0.961}, {"DWAYNE", "DUANE", 0.840}, {"DIXON", "DICKSONX", 0.813}, {"A", "B", 0}} {
		if got := jaroWinkler(c.a, c.b); got < c.want-0.001 || got > c.want+0.001 {
			t.Errorf("%s and %s are %.3f alike, want %.3f", c.a, c.b, got, c.want)
		}
	}
}

// Folding takes whatever a list holds, gives the same twice, and comparing
// what it gives never fails.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"O'Brien", "Zoë", "\xff\xfe", "İ", "a\u0300\u0301", "L20 1AB", "ﬃ", strings.Repeat("x", 300)} {
		f.Add(s, "Smith-Jones")
	}
	book := newNameBook([][2]string{{"THOMAS", "TOM"}})
	f.Fuzz(func(t *testing.T, a, b string) {
		once := foldName(a)
		if again := foldName(strings.Join(once, " ")); strings.Join(again, " ") != strings.Join(once, " ") {
			t.Errorf("folding twice gives something else")
		}
		for _, p := range once {
			if p == "" || utf8.ValidString(a) && !utf8.ValidString(p) {
				t.Error("a part is empty or broken")
			}
		}
		x, y := newNameBook(nil).of(a), book.of(b)
		if x != nil && y != nil {
			x = book.of(a)
			if familyLevel(x, y) != familyLevel(y, x) || givenLevel(x, y) != givenLevel(y, x) || familyLevel(x, x) != Exact {
				t.Error("comparing depends on the order")
			}
		}
		if p, q := foldPostcode(a), foldPostcode(b); p != "" && q != "" && postLevel(p, q) != postLevel(q, p) {
			t.Error("comparing postcodes depends on the order")
		}
	})
}
