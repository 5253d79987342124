package tabular

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// flat writes records as line:cell|cell, faults marked.
func flat(t *testing.T, rows Rows) []string {
	t.Helper()
	var out []string
	for {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		cells := make([]string, len(rec.Cells))
		for i, c := range rec.Cells {
			cells[i] = string(c)
		}
		text := fmt.Sprintf("%d:%s", rec.Line, strings.Join(cells, "|"))
		if rec.Fault != "" {
			text += " !" + string(rec.Fault)
		}
		out = append(out, text)
	}
}

func TestCSVRecords(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, in string
		want     []string
	}{
		{"plain", "a,b\nc,d\n", []string{"1:a|b", "2:c|d"}},
		{"no newline at the end", "a,b\nc,d", []string{"1:a|b", "2:c|d"}},
		{"CR LF", "a,b\r\nc,d\r\n", []string{"1:a|b", "2:c|d"}},
		{"blank lines are records", "a\n\nb\n", []string{"1:a", "2:", "3:b"}},
		{"quoted delimiter", "\"a,b\",c\n", []string{"1:a,b|c"}},
		{"doubled quote", "\"say \"\"hi\"\"\",c\n", []string{`1:say "hi"|c`}},
		{"quoted newline keeps the starting line", "\"a\nb\",c\nd,e\n", []string{"1:a\nb|c", "3:d|e"}},
		{"quoted CR LF becomes a newline", "\"a\r\nb\",c\r\nd,e\r\n", []string{"1:a\nb|c", "3:d|e"}},
		{"spaces around quotes", "a, \"b,c\" ,d\n", []string{"1:a|b,c|d"}},
		{"a quote inside a cell is text", "5\" nail,b\n", []string{"1:5\" nail|b"}},
		{"text after a closing quote", "\"a\"b,c\nd,e\n", []string{"1:\"a\"b,c !stray_quote", "2:d|e"}},
		{"open quote at the end", "a,b\n\"c,d\ne,f\n", []string{"1:a|b", "2:\"c,d !open_quote", "3:e|f"}},
		{"open quote runs into the next quoted cell", "\"a,b\n1,\"x\",2\n3,4\n", []string{"1:\"a,b !open_quote", "2:1|x|2", "3:3|4"}},
		{"NUL and non-breaking space", "a\x00b,c\u00a0d,e\u200bf\n", []string{"1:ab|c d|ef"}},
		{"only delimiters", ",,\n", []string{"1:||"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := flat(t, newCSVRows(strings.NewReader(c.in), ','))
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			slow := flat(t, newCSVRows(iotest.OneByteReader(strings.NewReader(c.in)), ','))
			if strings.Join(slow, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("byte by byte: got %q\nwant %q", slow, c.want)
			}
		})
	}
}

func TestOpenQuoteCannotSwallowTheFile(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("\"opened and never closed,x\n")
	const lines = 40000 // far beyond the limit of one record
	for i := range lines {
		fmt.Fprintf(&b, "%d,some text\n", i)
	}
	got := flat(t, newCSVRows(strings.NewReader(b.String()), ','))
	if len(got) != lines+1 || !strings.HasSuffix(got[0], "!open_quote") || got[lines] != fmt.Sprintf("%d:%d|some text", lines+1, lines-1) {
		t.Fatalf("%d records, first %q, last %q", len(got), got[0], got[len(got)-1])
	}
}

// TestRowsInsideAMarkAreFound pins the case that costs a row without a trace:
// one mark opens a cell, another lost mark rows below closes it, and what
// comes out has as many cells as any record.
func TestRowsInsideAMarkAreFound(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, in string
		want     []string
	}{
		{"closed by a lost mark", "a,b,c,d\nx,\"y,1,2\nx,y\",3,4\nx,y,5,6\n", []string{"1:a|b|c|d", "2:x,\"y,1,2 !open_quote", "3:x|y\"|3|4", "4:x|y|5|6"}},
		{"an address with a newline", "a,b,c,d\nx,\"1, Road\nTown\",3,4\n", []string{"1:a|b|c|d", "2:x|1, Road\nTown|3|4"}},
		{"few columns prove nothing", "a,b\nx,\"y\nz,w\"\n", []string{"1:a|b", "2:x|y\nz,w"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rows := newCSVRows(strings.NewReader(c.in), ',')
			rows.wary = true
			if got := flat(t, rows); strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestBareMarksAreNoted(t *testing.T) {
	t.Parallel()
	rows := newCSVRows(strings.NewReader("a,b\nc\"d,e\n\"f\"\"g\",h\n"), ',')
	flat(t, rows)
	if n := rows.Notes(); len(n) != 1 || n[0].Line != 2 || !strings.HasPrefix(n[0].Say, "1 quotation mark") {
		t.Errorf("got %+v", n)
	}
}

func TestBytesThatAreNoTextCostOneRow(t *testing.T) {
	t.Parallel()
	got := flat(t, newCSVRows(strings.NewReader("a,b\nZo\xeb,c\nd,e\n"), ','))
	if strings.Join(got, "\n") != "1:a|b\n2:Zo\ufffd,c !encoding_broken\n3:d|e" {
		t.Errorf("got %q", got)
	}
}

func TestLongLineIsOneFaultyRecord(t *testing.T) {
	t.Parallel()
	in := "a,b\n" + strings.Repeat("x", 3*maxRecord) + "\nc,d\n"
	got := flat(t, newCSVRows(strings.NewReader(in), ','))
	if len(got) != 3 || !strings.HasSuffix(got[1], "!long_record") || got[2] != "3:c|d" {
		t.Fatalf("got %d records, last %q", len(got), got[len(got)-1])
	}
}

func TestReadErrorIsReturned(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk went away")
	rows := newCSVRows(io.MultiReader(strings.NewReader("a,b\nc,d"), iotest.ErrReader(broken)), ',')
	if _, err := rows.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Next(); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
}

// FuzzCSV compares with encoding/csv wherever that reads the text without
// complaint, and otherwise asks only that every line is accounted for.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a,b\nc,d\n", "\"a\nb\",\"c\"\"d\"\n", "a\r\n\r\nb\r", "\"x\"y\n1,2\n", " \"a\",b", "\"", ",\n\"\"\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		std := csv.NewReader(bytes.NewReader(in))
		std.FieldsPerRecord = -1
		mine := newCSVRows(bytes.NewReader(in), ',')
		var got [][]string
		var lines []int64
		last := int64(0)
		for {
			rec, err := mine.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || rec.Line <= last {
				t.Fatalf("line %d after %d: %v", rec.Line, last, err)
			}
			last = rec.Line
			cells := make([]string, len(rec.Cells))
			for i, c := range rec.Cells {
				cells[i] = string(c)
			}
			got, lines = append(got, cells), append(lines, rec.Line)
		}
		if total := int64(bytes.Count(in, []byte{'\n'}) + 1); last > total {
			t.Fatalf("line %d of %d", last, total)
		}
		if utf8.Valid(in) { // a row with other bytes is one fault here
			compareWithStandard(t, std, got, lines)
		}
	})
}

func compareWithStandard(t *testing.T, std *csv.Reader, got [][]string, lines []int64) {
	i := 0
	for {
		want, err := std.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return // a fault of quoting: ours is stricter about what is lost
		}
		for i < len(got) && len(got[i]) == 1 && got[i][0] == "" && !isRecord(std, lines[i]) {
			i++ // encoding/csv passes over empty lines
		}
		if i == len(got) {
			t.Fatalf("record %q is missing", want)
		}
		cleaned := make([]string, len(want))
		for k, w := range want {
			cleaned[k] = string(clean([]byte(w)))
		}
		line, _ := std.FieldPos(0)
		if fmt.Sprint(len(cleaned), cleaned) != fmt.Sprint(len(got[i]), got[i]) || int64(line) != lines[i] {
			t.Fatalf("line %d: got %q, want %q on line %d", lines[i], got[i], cleaned, line)
		}
		i++
	}
}

// isRecord reports whether the record just read by std began on that line.
func isRecord(std *csv.Reader, line int64) bool {
	at, _ := std.FieldPos(0)
	return int64(at) == line
}

func BenchmarkCSV(b *testing.B) {
	line := "343,343,05/11/2021,31/10/2021,Servelec,3430000012345,P,Amira,,Okafor,1 Example Road,,,,Bootle,Merseyside,L20 9ZZ,F,14/02/2005,WBRI,343,343,9276308686,B801200005001,,110,343,,3,N,N,140,210,06/09/2021,10/09/2021,30/09/2021,31/08/2022,N,3434100,,10003193,31/07/2023,,,211\n"
	in := []byte(strings.Repeat(line, 20000))
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		rows := newCSVRows(bytes.NewReader(in), ',')
		for {
			if _, err := rows.Next(); errors.Is(err, io.EOF) {
				break
			}
		}
	}
}
