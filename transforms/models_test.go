package transforms

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"nightjar/pipeline"
	"nightjar/sources/datasets"
	"nightjar/sql"
)

// sqlFolder is the folder of the models, read from disk: the test data in it is
// not embedded.
const sqlFolder = "../sql"

// shippedRaw returns the raw relations of every dataset.
func shippedRaw() []RawRelation { return RawRelations(shippedLayouts()) }

func shippedLayouts() []pipeline.Layout {
	var out []pipeline.Layout
	for _, d := range datasets.All() {
		out = append(out, d.Layouts...)
	}
	return out
}

// TestModels walks sql/: every model keeps its form, binds, and gives what its
// unit tests under sql/testdata expect. One model alone:
//
//	go test ./transforms -run 'TestModels/neet_rates'
func TestModels(t *testing.T) {
	raw := shippedRaw()
	cat, err := LoadCatalogue(t.Context(), os.DirFS(sqlFolder), raw)
	if err != nil {
		t.Fatal(err)
	}
	types, err := bind(t.Context(), cat, raw)
	if err != nil {
		t.Fatal(err)
	}
	issues := slices.Concat(cat.Issues, types.issues)
	cases := findCases(t, cat)
	known := map[string]bool{}
	for _, m := range cat.Models {
		known[m.File] = true
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			t.Run("form", func(t *testing.T) {
				reportIssues(t, issues, m.File)
				if m.Layer == layerMarts && len(cases[m.Name]) == 0 {
					t.Errorf("%s: a mart has at least one unit test; add sql/testdata/%s/<case>/expect.csv", m.File, m.Name)
				}
			})
			for _, c := range cases[m.Name] {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t, cat, raw, types.columns)
				})
			}
		})
	}
	for _, issue := range issues {
		if !known[issue.File] {
			t.Error(issue)
		}
	}
	for name := range cases {
		if !slices.ContainsFunc(cat.Models, func(m Model) bool { return m.Name == name }) {
			t.Errorf("sql/testdata/%s: there is no model of that name (or it takes part in a loop)", name)
		}
	}
}

func reportIssues(t *testing.T, issues []pipeline.Issue, file string) {
	t.Helper()
	for _, issue := range issues {
		if issue.File == file {
			t.Error(issue)
		}
	}
}

// findCases lists sql/testdata/<model>/<case>, by model.
func findCases(t *testing.T, cat *Catalogue) map[string][]modelCase {
	t.Helper()
	out := map[string][]modelCase{}
	root := filepath.Join(sqlFolder, "testdata")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() != "expect.csv" {
			return nil
		}
		folder := filepath.Dir(path)
		model := filepath.Base(filepath.Dir(folder))
		out[model] = append(out[model], modelCase{model: model, name: filepath.Base(folder), folder: folder})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// shippedMacros reads sql/macros.
func shippedMacros(t *testing.T) []Macro {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sqlFolder, "macros", "*.sql"))
	if err != nil || len(files) != len(helpers) {
		t.Fatalf("%d helper macros, want %d; %v", len(files), len(helpers), err)
	}
	var out []Macro
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Macro{f, string(body)})
	}
	return out
}

// TestEmbeddedFiles wants the program to carry what the folder holds: models
// in a folder deeper than the embed patterns reach would silently be missing.
func TestEmbeddedFiles(t *testing.T) {
	t.Parallel()
	list := func(fsys fs.FS) []string {
		var out []string
		err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			if path == "testdata" {
				return fs.SkipDir
			}
			if ext := filepath.Ext(path); ext == ".sql" || ext == ".csv" {
				out = append(out, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got, want := list(sql.Files), list(os.DirFS(sqlFolder)); !slices.Equal(got, want) {
		t.Errorf("embedded %v\nin the folder %v", got, want)
	}
}
