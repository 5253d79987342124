package naming

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestIgnored(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"list.csv": false, "no extension": false, "done": false, "tmp": false, "a.done.csv": false,
		".hidden": true, "~$list.xlsx": true, "list.csv.done": true, "list.PART": true, "list.crdownload": true,
		"Thumbs.db": true, "desktop.ini": true, "x.tmp": true,
	} {
		if Ignored(name) != want {
			t.Errorf("Ignored(%q) = %v", name, !want)
		}
	}
}

func TestBadNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"list.csv": false, "Liste für Oktober (2).xlsx": false, "名簿.csv": false, "..csv": false, strings.Repeat("x", 255): false,
		"": true, ".": true, "..": true, "../list.csv": true, "a/b": true, `..\list.csv`: true,
		"a\nb": true, "\xff.csv": true, strings.Repeat("x", 256): true,
	} {
		if got := BadPart(name) != ""; got != want {
			t.Errorf("BadPart(%q) = %q", name, BadPart(name))
		}
	}
}

func FuzzBadPart(f *testing.F) {
	for _, s := range []string{"a", "..", "a/../b", "\x00", "..\\x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if BadPart(name) == "" && filepath.Dir(filepath.Join("/place", name)) != "/place" {
			t.Errorf("%q leads out of its folder", name)
		}
	})
}
