package erase

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

var (
	testKey  = bytes.Repeat([]byte{7}, keyBytes)
	born     = pipeline.NewDate(2004, time.March, 7)
	somebody = Person{
		Numbers: Numbers{Clients: []string{"3430000099001"}, UPNs: []string{"L343200001004"}, ULNs: []string{"1200024787"}},
		Names:   []Name{{Family: "O'Quill", Given: "Zoë", Born: born, HasBorn: true}},
	}
)

func testFilter(t *testing.T, people ...Person) *Filter {
	t.Helper()
	var marks []pipeline.ErasedMark
	for i, p := range people {
		for _, m := range p.Marks(testKey) {
			m.Erasure = int64(i + 1)
			marks = append(marks, m)
		}
	}
	f, err := NewFilter(testKey, marks)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFilterKnowsTheErasedAndNobodyElse(t *testing.T) {
	t.Parallel()
	numberless := Person{Names: []Name{{Family: "Alone", Given: "Ann", Born: born, HasBorn: true}, {Family: "Homely", Given: "Hal", Postcode: "L20 1AB"}}}
	f := testFilter(t, somebody, numberless)
	for name, c := range map[string]struct {
		row  Row
		want bool
	}{
		"client":                    {Row{Client: "3430000099001"}, true},
		"upn in small letters":      {Row{UPN: "l343200001004"}, true},
		"uln with a space":          {Row{ULN: "12000 24787"}, true},
		"a upn among the ulns":      {Row{ULN: "L343200001004"}, false},
		"name":                      {Row{Families: []string{"oquill"}, Given: "ZOË", Born: born, HasBorn: true}, true},
		"another day":               {Row{Families: []string{"O'Quill"}, Given: "Zoë", Born: born + 1, HasBorn: true}, false},
		"no day":                    {Row{Families: []string{"O'Quill"}, Given: "Zoë"}, false},
		"second family name":        {Row{Families: []string{"Other", "O'Quill"}, Given: "Zoë", Born: born, HasBorn: true}, true},
		"namesake with another upn": {Row{UPN: "A343200004095", Families: []string{"O'Quill"}, Given: "Zoë", Born: born, HasBorn: true}, false},
		"a number none had":         {Row{UPN: "A343200004095", Families: []string{"Alone"}, Given: "Ann", Born: born, HasBorn: true}, true},
		"by postcode":               {Row{Families: []string{"Homely"}, Given: "Hal", Postcode: "L201AB"}, true},
		"nobody":                    {Row{}, false},
	} {
		if got := f.Hit(c.row); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if (*Filter)(nil).Hit(Row{Client: "3430000099001"}) {
		t.Error("a filter of nobody knows somebody")
	}
	if other, err := NewFilter(bytes.Repeat([]byte{8}, keyBytes), somebody.Marks(testKey)); err != nil || other.Hit(Row{Client: "3430000099001"}) {
		t.Error("the marks tell without their key", err)
	}
	if !f.HitCells([][]byte{[]byte("x"), []byte(" 1200024787 ")}, Row{}) || f.HitCells([][]byte{[]byte("x")}, Row{}) {
		t.Error("cells of a refused row")
	}
	faulty := Row{ULN: "1200024780", Families: []string{"O'Quill"}, Given: "Zoë", Born: born, HasBorn: true}
	if !f.HitCells(nil, faulty) {
		t.Error("a refused row with a slip in its number")
	}
}

func TestKeyIsMadeOnceAndForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "erasure.key")
	if _, err := ReadKey(path); err == nil {
		t.Error("a key that is not there was read")
	}
	one, err := MakeKey(path)
	if err != nil {
		t.Fatal(err)
	}
	two, err := MakeKey(path)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("the second time %x, %v", two, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := ParseKey("abc"); !errors.Is(err, pipeline.ErrUsage) {
		t.Errorf("a short key: %v", err)
	}
}

func TestCellsOfARow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cells []string
		want  bool
	}{
		{[]string{"a", "l343200001004 "}, true},
		{[]string{"O'QUILL", "zoë", "07/03/2004"}, true},
		{[]string{"zoë", "OQuill", "2004-03-07T00:00:00"}, true},
		{[]string{"O'Quill", "Zoë", "38053"}, true}, // as a spreadsheet counts days
		{[]string{"O'Quill", "Zoë", "08/03/2004"}, false},
		{[]string{"O'Quill", "", "07/03/2004"}, false},
		{[]string{"12000247870"}, false},
		{nil, false},
	} {
		if got := somebody.inCells(c.cells); got != c.want {
			t.Errorf("%q: %v", c.cells, got)
		}
	}
}

// wrapped returns a text in every form in which it may lie on the disk.
func wrapped(t *testing.T, text string) map[string][]byte {
	t.Helper()
	var z, g, s bytes.Buffer
	pack := zip.NewWriter(&z)
	part, err := pack.Create("part.xml")
	if err != nil {
		t.Fatal(err)
	}
	squeeze, err := zstd.NewWriter(&s)
	if err != nil {
		t.Fatal(err)
	}
	gz := gzip.NewWriter(&g)
	for _, w := range []interface{ Write([]byte) (int, error) }{part, squeeze, gz} {
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(pack.Close(), squeeze.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	wide := []byte{0xff, 0xfe}
	for _, c := range []byte(text) {
		wide = append(wide, c, 0)
	}
	var nested bytes.Buffer
	outer, err := zstd.NewWriter(&nested)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := outer.Write(z.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := outer.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"plain": []byte(text), "zip": z.Bytes(), "zstd": s.Bytes(), "gzip": g.Bytes(), "utf-16": wide, "workbook in zstd": nested.Bytes()}
}

func TestSearchFindsThePersonInEveryWrapping(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("some other line\n"), 200_000) // several blocks
	for name, c := range map[string]struct {
		text string
		hits bool
	}{
		"a number":                          {"x,1200024787,y\n", true},
		"small letters":                     {"l343200001004", true},
		"part of a longer one":              {"x,12000247871,y 91200024787\n", false},
		"name and day":                      {"O'QUILL,Ann,Zoe\nO'Quill,\"Zoë\",07/03/2004\n", true},
		"name in one line, day in the next": {"O'Quill,Zoë\n07/03/2004\n", false},
		"far down":                          {string(long) + "1200024787\n", true},
		"without line ends":                 {string(bytes.Repeat([]byte("z "), 1<<20)) + "1200024787" + string(bytes.Repeat([]byte(" z"), 1<<20)), true},
		"nothing":                           {"nothing", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			want := 0
			for form, body := range wrapped(t, c.text) {
				if form == "utf-16" && name == "name and day" {
					continue // its accents are no single bytes
				}
				if err := os.WriteFile(filepath.Join(dir, form), body, 0o600); err != nil {
					t.Fatal(err)
				}
				want++
			}
			if !c.hits {
				want = 0
			}
			p := somebody
			proof, err := p.Search(t.Context(), Search{Folder: dir, Temp: t.TempDir()})
			if err != nil || len(proof.Hits) != want {
				t.Errorf("found in %v, want %d files, %v", proof.Hits, want, err)
			}
		})
	}
}

func TestSearchReadsParquetAndLeavesWhatItIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	columns := []pipeline.Stored{{Name: "surname", Type: "VARCHAR"}, {Name: "forename", Type: "VARCHAR"}, {Name: "birth_date", Type: "DATE"}, {Name: "line", Type: "BIGINT"}}
	path := filepath.Join(dir, "a.parquet")
	w := snapshot.NewWriter(path, columns)
	b := snapshot.NewBatch(columns)
	for i, row := range []string{"Other", "O'Quill", "O'Quill"} {
		b.Columns[0].SetText(b.Rows, []byte(row))
		b.Columns[1].SetText(b.Rows, []byte("Zoë"))
		b.Columns[2].SetDate(b.Rows, born+pipeline.Date(i%2)-1)
		b.Columns[3].SetInteger(b.Rows, int64(i))
		b.Rows++
	}
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	p := somebody
	seen := 0
	s := Search{Folder: dir, Temp: dir, Database: func(context.Context, string, *Person) (int64, error) { seen++; return 2, nil }}
	if err := os.WriteFile(filepath.Join(dir, "kept.duckdb"), []byte("DUCK"), 0o600); err != nil {
		t.Fatal(err)
	}
	proof, err := p.Search(t.Context(), s)
	if err != nil || len(proof.Hits) != 2 || proof.Files != 2 || proof.Unpacked != 2 || seen != 1 {
		t.Errorf("%+v, %v, %d databases", proof, err, seen)
	}
	s.Leave = map[string]bool{path: true, filepath.Join(dir, "kept.duckdb"): true}
	if proof, err = p.Search(t.Context(), s); err != nil || proof.Files != 0 {
		t.Errorf("%+v, %v", proof, err)
	}
}
