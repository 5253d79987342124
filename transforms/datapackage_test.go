package transforms

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestDataPackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file("ref/wards.csv", "ward,name,source\nA,Ash,\"National office, Open Government Licence v3.0\"\nB,Birch,the authority\n")
	pub := w.night("r1")
	body, err := os.ReadFile(filepath.Join(pub.Folder, packageFile))
	w.must(err)
	var p dataPackage
	w.must(json.Unmarshal(body, &p))
	if p.Version != "r1" || p.AsAt != "2022-11-01" || len(p.Resources) != 1 || p.Licenses[0].Name != "other-closed" {
		t.Fatalf("package %+v", p)
	}
	r := p.Resources[0]
	d, err := digest(pub.Folder, r.Path)
	w.must(err)
	if r.Name != "ward_counts" || r.Rows != 2 || r.Hash != "sha256:"+d.SHA256 || r.Bytes != d.Bytes || r.Description != "People by ward." || r.Label != "internal" {
		t.Errorf("resource %+v", r)
	}
	// The file says of itself what the package says of it.
	s, err := openSession(t.Context(), sessionOptions{memoryLimit: "100MB", threads: 1, allow: []string{pub.Folder}})
	w.must(err)
	defer s.Close()
	cols, err := s.describe(t.Context(), "SELECT * FROM read_parquet("+quote(filepath.Join(pub.Folder, r.Path))+")")
	w.must(err)
	var names []string
	for i, c := range cols {
		names = append(names, c.Name)
		f := r.Schema.Fields[i]
		if f.Name != c.Name || f.Type != packageType(c.Type) || f.Description == "" || f.Unit != Unit(c.Name, c.Type) {
			t.Errorf("column %v is described as %+v", c, f)
		}
	}
	if len(names) != len(r.Schema.Fields) || !reflect.DeepEqual(r.Schema.PrimaryKey, []string{"as_at", "ward"}) || r.Schema.Fields[0].Constraints == nil {
		t.Errorf("columns %v, schema %+v", names, r.Schema)
	}
	licences := map[string]string{}
	for _, src := range p.Sources {
		licences[src.Title] = ""
		if src.Licence != nil {
			licences[src.Title] = src.Licence.Name
		}
	}
	for title, want := range map[string]string{"National office, Open Government Licence v3.0": "OGL-UK-3.0", "the authority": "", "Delivered lists: things": ""} {
		if got, there := licences[title]; !there || got != want {
			t.Errorf("input %q has licence %q (named: %v), want %q", title, got, there, want)
		}
	}
	// It is part of what is published: no export, sealed, and missed when gone.
	for _, e := range pub.Exports {
		if filepath.Base(e) == packageFile {
			t.Error("the package counts as an export")
		}
	}
	m, err := readManifest(pub.Folder)
	w.must(err)
	listed := false
	for _, f := range m.Files {
		listed = listed || f.Path == packageFile
	}
	info, err := os.Stat(filepath.Join(pub.Folder, packageFile))
	w.must(err)
	if !listed || info.Mode().Perm() != 0o440 {
		t.Errorf("listed in build.json: %v, mode %v", listed, info.Mode())
	}
	w.must(os.Remove(filepath.Join(pub.Folder, packageFile)))
	if _, ok, _ := w.publisher().Current(t.Context()); ok {
		t.Error("nobody misses the package")
	}
	if strings.Contains(string(body), "client_id") {
		t.Error("the package names a person's key")
	}
}
