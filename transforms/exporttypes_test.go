package transforms

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestExportsRefuseOddTypes has a mart of each type that tools read
// differently.
func TestExportsRefuseOddTypes(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"HUGEINT", "UINTEGER", "UUID", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "INTERVAL", "TIME", "BLOB", "DECIMAL(18,2)", "INTEGER[]", "SMALLINT", "FLOAT"} {
		s, err := openSession(t.Context(), sessionOptions{threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.exec(t.Context(), "CREATE TABLE x AS SELECT 1 AS fine, CAST(NULL AS "+kind+") AS odd"); err != nil {
			t.Fatal(err)
		}
		if err := s.refuseOddTypes(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "column odd has type") {
			t.Errorf("%s: %v", kind, err)
		}
		s.Close()
	}
}

// TestReadersAgreeOnAnExport reads a published export with parquet-go and with
// the engine. Arrow's reader has its turn in module compat, with older ones.
func TestReadersAgreeOnAnExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := w.night("r1").Exports[0]
	f, err := os.Open(path)
	w.must(err)
	defer f.Close()
	info, err := f.Stat()
	w.must(err)
	one, err := parquet.OpenFile(f, info.Size())
	w.must(err)
	s, err := openSession(t.Context(), sessionOptions{threads: 1, allow: []string{filepath.Dir(path)}})
	w.must(err)
	defer s.Close()
	two, err := s.query(t.Context(), "SELECT * FROM read_parquet("+quote(path)+")")
	w.must(err)

	var names [2][]string
	for _, field := range one.Schema().Fields() {
		names[0] = append(names[0], field.Name())
	}
	for _, c := range two.Columns {
		names[1] = append(names[1], c.Name)
	}
	if !reflect.DeepEqual(names[0], names[1]) {
		t.Errorf("columns %v", names)
	}
	if len(two.Rows) != 2 || one.NumRows() != 2 {
		t.Errorf("%d and %d rows", one.NumRows(), len(two.Rows))
	}
	if run, ok := one.Lookup("run_id"); !ok || run != "r1" {
		t.Errorf("run %q", run)
	}
	rows := make([]parquet.Row, 3)
	n, _ := one.RowGroups()[0].Rows().ReadRows(rows)
	for i, row := range rows[:n] {
		if row[1].String() != two.Rows[i][1] || row[2].Int64() != two.Rows[i][2] || row[3].Double() != two.Rows[i][3] {
			t.Errorf("row %d is %v to one and %v to another", i, row, two.Rows[i])
		}
	}
}

// TestUnchangedDataGivesUnchangedBytes publishes the same figures under another
// run: all that differs is the end of the file, where the run is written.
func TestUnchangedDataGivesUnchangedBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var data [2][]byte
	for i, run := range []string{"r1", "r2"} {
		text, err := os.ReadFile(w.night(run).Exports[0])
		w.must(err)
		footer := int(binary.LittleEndian.Uint32(text[len(text)-8:]))
		if !bytes.Contains(text[len(text)-8-footer:], []byte(run)) {
			t.Errorf("%s is not in the footer", run)
		}
		data[i] = text[:len(text)-8-footer]
	}
	if !bytes.Equal(data[0], data[1]) {
		t.Error("the same rows gave other bytes")
	}
}
