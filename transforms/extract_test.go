package transforms_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/xuri/excelize/v2"

	"nightjar/transforms"
	"nightjar/transforms/arrowfile"
	"nightjar/transforms/tablefile"
	"nightjar/transforms/workbook"
)

var sample = struct {
	head transforms.TableHead
	rows [][]any
}{
	transforms.TableHead{Name: "marts.things", Comment: "Things.", RunID: "r1", AsAt: "2021-11-05", Where: "true", Columns: []transforms.ColumnInfo{
		{Name: "ward", Type: "VARCHAR", Comment: "Ward."}, {Name: "people_count", Type: "BIGINT"}, {Name: "neet_percent", Type: "DOUBLE"},
		{Name: "month_end", Type: "DATE"}, {Name: "made", Type: "TIMESTAMP"}, {Name: "is_ours", Type: "BOOLEAN"},
	}},
	[][]any{
		{"=1+1, \"Å\"\n2", int64(9007199254740993), 100.0 / 3, "2021-10-31", time.Date(2021, 10, 31, 1, 2, 3, 0, time.UTC), true},
		{"", int64(-1), 0.1, "1899-12-31", time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC), false},
		{nil, nil, nil, nil, nil, nil},
	},
}

func write(t *testing.T, make func(io.Writer) transforms.RowSink, rows [][]any) []byte {
	t.Helper()
	var b bytes.Buffer
	s := make(&b)
	defer s.Close()
	if err := s.Begin(sample.head); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := s.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCSVSink(t *testing.T) {
	t.Parallel()
	got, err := csv.NewReader(bytes.NewReader(write(t, tablefile.NewCSV, sample.rows))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := "[[ward people_count neet_percent month_end made is_ours]" +
		" [=1+1, \"Å\"\n2 9007199254740993 33.333333333333336 2021-10-31 2021-10-31 01:02:03 true]" +
		" [ -1 0.1 1899-12-31 2040-01-01 00:00:00 false] [     ]]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestJSONSink(t *testing.T) {
	t.Parallel()
	text := write(t, tablefile.NewJSON, sample.rows)
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var got []map[string]any
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if len(got) != 3 || fmt.Sprint(got[0]["people_count"]) != "9007199254740993" || got[0]["ward"] != sample.rows[0][0] || got[1]["ward"] != "" || got[2]["ward"] != nil {
		t.Errorf("read back %v", got)
	}
	if !bytes.HasPrefix(text, []byte("[\n  {\"ward\": ")) {
		t.Errorf("columns have lost their order: %s", text)
	}
	if none := write(t, tablefile.NewJSON, nil); string(none) != "[]\n" {
		t.Errorf("no rows are %q", none)
	}
}

func TestWorkbookSink(t *testing.T) {
	t.Parallel()
	book, err := excelize.OpenReader(bytes.NewReader(write(t, workbook.New, sample.rows)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for _, c := range []struct {
		sheet, cell, want string
		raw               bool
	}{
		{"data", "A1", "ward", false}, {"data", "A2", "=1+1, \"Å\"\n2", false}, {"data", "C2", "33.3333333333333", true},
		{"data", "D2", "2021-10-31", false}, {"data", "D2", "44500", true}, {"data", "E2", "2021-10-31 01:02:03", false},
		{"data", "F2", "TRUE", false}, {"data", "B3", "-1", true}, {"data", "A4", "", false}, {"data", "B4", "", false},
		{"about", "B1", "marts.things", false}, {"about", "B3", "r1", false}, {"about", "A8", "ward", false}, {"about", "C8", "Ward.", false},
	} {
		got, err := book.GetCellValue(c.sheet, c.cell, excelize.Options{RawCellValue: c.raw})
		if err != nil || got != c.want {
			t.Errorf("%s!%s (raw %v) is %q, %v, want %q", c.sheet, c.cell, c.raw, got, err, c.want)
		}
	}
	if formula, err := book.GetCellFormula("data", "A2"); err != nil || formula != "" {
		t.Errorf("a text became the formula %q, %v", formula, err)
	}
}

func TestArrowSink(t *testing.T) {
	t.Parallel()
	var rows [][]any
	for range 3000 { // more than one batch
		rows = append(rows, sample.rows...)
	}
	r, err := ipc.NewReader(bytes.NewReader(write(t, arrowfile.New, rows)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if run, _ := r.Schema().Metadata().GetValue("run_id"); run != "r1" {
		t.Errorf("the stream is of run %q", run)
	}
	n, batches := 0, 0
	for r.Next() {
		batch := r.RecordBatch()
		for i := range int(batch.NumRows()) {
			for j, want := range rows[n] {
				got := batch.Column(j).ValueStr(i)
				if text := arrowText(want); got != text {
					t.Fatalf("row %d column %d is %q, want %q", n, j, got, text)
				}
			}
			n++
		}
		batches++
	}
	if n != len(rows) || batches < 2 || r.Err() != nil {
		t.Errorf("%d rows in %d batches, %v", n, batches, r.Err())
	}
	sink := arrowfile.New(io.Discard)
	defer sink.Close()
	if err := sink.Begin(transforms.TableHead{Columns: []transforms.ColumnInfo{{Name: "x", Type: "STRUCT(a BIGINT)"}}}); err == nil || !strings.Contains(err.Error(), "column x") {
		t.Errorf("an unknown type: %v", err)
	}
}

func arrowText(v any) string {
	switch x := v.(type) {
	case nil:
		return "(null)"
	case time.Time:
		return x.Format(time.RFC3339)
	default:
		return fmt.Sprint(x)
	}
}
