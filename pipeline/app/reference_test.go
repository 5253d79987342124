package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"nightjar/pipeline"
)

func coded(list string) []pipeline.Dataset {
	return []pipeline.Dataset{{Name: "d", Layouts: []pipeline.Layout{{Columns: []pipeline.Column{
		{Name: "x", Kind: pipeline.Code, List: list}, {Name: "y", Kind: pipeline.Text},
	}}}}}
}

func TestCodeListsReadWordsAndOverrides(t *testing.T) {
	t.Parallel()
	shipped := fstest.MapFS{
		"ref/colours.csv": {Data: []byte("code,rank:bigint,words,source\nred,1,crimson; Ruby Red,x\nblue,2,,x\n")},
	}
	lists, err := codeLists(shipped, "", coded("colours"))
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]string{"red": "red", "RUBY RED": "red", "crimson": "red", "Blue": "blue"} {
		if got, ok := lists["colours"].Code(word); !ok || got != want {
			t.Errorf("%q reads as %q, %v", word, got, ok)
		}
	}
	if _, ok := lists["colours"].Code("green"); ok {
		t.Error("an unknown word was read")
	}
	override := t.TempDir()
	if err := os.WriteFile(filepath.Join(override, "colours.csv"), []byte("code\ngreen\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lists, err = codeLists(shipped, override, coded("colours"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := lists["colours"].Code("red"); ok {
		t.Error("the override was added to the shipped list instead of replacing it")
	}
	if _, ok := lists["colours"].Code("green"); !ok {
		t.Error("the override was not read")
	}
}

func TestCodeListsSayWhichListIsMissing(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{
		"absent":  {},
		"no code": {"ref/colours.csv": {Data: []byte("kode\nred\n")}},
		"empty":   {"ref/colours.csv": {Data: []byte("")}},
	} {
		if _, err := codeLists(files, "", coded("colours")); !errors.Is(err, pipeline.ErrUsage) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
