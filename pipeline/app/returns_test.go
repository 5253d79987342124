package app

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nightjar/transforms"
)

// TestReturnsHoldOnlyTheirOwn hands three hundred people to forty institutions,
// each name telling whose it is, and reads every file back.
func TestReturnsHoldOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var rows []Values
	expected := map[string]int{}
	for i := range 300 {
		name := fmt.Sprintf("school-%02d", random.IntN(40))
		expected[name]++
		rows = append(rows, Values{"institution": name, "pupil_key": fmt.Sprint(i), "family_name": "of " + name})
	}
	slices.SortStableFunc(rows, func(a, b Values) int { return strings.Compare(a.Text("institution"), b.Text("institution")) })
	lists, err := byInstitution(rows)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "back")
	head := transforms.TableHead{Columns: []transforms.ColumnInfo{{Name: "institution"}, {Name: "family_name"}}}
	files, err := writeReturns(dir, false, head, lists, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(expected) {
		t.Errorf("%d files for %d institutions", len(files), len(expected))
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.File))
		if err != nil {
			t.Fatal(err)
		}
		table := tableOf(t, string(text))
		if len(table) != expected[f.Institution] || f.Rows != len(table) || f.People != len(table) {
			t.Errorf("%s has %d rows and says %d of %d people, want %d", f.File, len(table), f.Rows, f.People, expected[f.Institution])
		}
		for _, r := range table {
			if f.File != r["institution"]+".csv" || r["family_name"] != "of "+f.Institution {
				t.Errorf("%s holds a person of %s", f.File, r["institution"])
			}
		}
	}
}

func TestInstitutionsNameTheirFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		institutions []string
		say          string
	}{
		"plain":        {[]string{"oak", "oak-2"}, ""},
		"a path":       {[]string{"../oak"}, "cannot name a file"},
		"nothing":      {[]string{""}, "cannot name a file"},
		"a blank":      {[]string{"oak school"}, "cannot name a file"},
		"only by case": {[]string{"Oak", "oak"}, "would share a file"},
		"out of order": {[]string{"oak", "elm", "oak"}, "would share a file"},
	} {
		var rows []Values
		for _, i := range c.institutions {
			rows = append(rows, Values{"institution": i})
		}
		lists, err := byInstitution(rows)
		switch {
		case c.say == "" && (err != nil || len(lists) != len(rows)):
			t.Errorf("%s: %v, %v", name, lists, err)
		case c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)):
			t.Errorf("%s: got %v, want %q", name, err, c.say)
		}
	}
}
