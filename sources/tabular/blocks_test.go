package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// rowText is a record in a form that can be compared.
func rowText(rec Record) string { return fmt.Sprintf("%d %q %s", rec.Line, rec.Cells, rec.Fault) }

// rowByRow reads a text as a whole.
func rowByRow(t testing.TB, text []byte, comma byte) []string {
	t.Helper()
	rows := newCSVRows(bytes.NewReader(text), comma)
	rows.wary = true
	return theRest(t, nil, rows)
}

func theRest(t testing.TB, out []string, rows Rows) []string {
	t.Helper()
	for {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return append(out, fmt.Sprint(rows.Notes()))
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rowText(rec))
	}
}

// inBlocks reads the first rows one by one and the others in blocks of so many
// bytes, several of which are cut before the first is read.
func inBlocks(t testing.TB, text []byte, comma byte, first, size, ahead int) (out []string, regular int) {
	t.Helper()
	rows := newCSVRows(iotest.OneByteReader(bytes.NewReader(text)), comma)
	rows.wary = true
	for range first {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return append(out, fmt.Sprint(rows.Notes())), 0
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rowText(rec))
	}
	if len(rows.Notes()) > 0 { // what was noted before is told once, by whoever reads to the end
		return theRest(t, out, rows), 0
	}
	var waiting []Block
	var reader BlockReader
	width, more := rows.Width(), true
	for {
		for more && len(waiting) < ahead {
			b, err := rows.NextBlock(make([]byte, size))
			if more = !errors.Is(err, io.EOF); more && err != nil {
				t.Fatal(err)
			} else if more {
				waiting = append(waiting, b)
			}
		}
		if len(waiting) == 0 {
			return append(out, fmt.Sprint(rows.Notes())), regular
		}
		part, err := blockRows(t, &reader, waiting[0])
		if errors.Is(err, ErrIrregular) {
			rows.Resume(waiting, width)
			return theRest(t, out, rows), regular
		}
		if reader.Width() > 0 {
			width = reader.Width()
		}
		out, waiting, regular = append(out, part...), waiting[1:], regular+1
	}
}

func blockRows(t testing.TB, r *BlockReader, b Block) (out []string, err error) {
	t.Helper()
	r.Begin(b)
	for {
		offset := r.Offset()
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		text := rowText(rec)
		if again, err := b.Row(offset); err != nil || rowText(again) != text {
			t.Fatalf("row at %d: %s the second time, %v; %s the first", offset, rowText(again), err, text)
		}
		out = append(out, text)
	}
}

func compareWays(t testing.TB, text []byte, comma byte, first, size, ahead int) (regular int) {
	t.Helper()
	want := rowByRow(t, text, comma)
	got, regular := inBlocks(t, text, comma, first, size, ahead)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%q in blocks of %d after %d rows, %d ahead: row %d differs;\ngot  %.400q\nwant %.400q", text, size, first, ahead, i, got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
	return regular
}

// randomTable draws a table: mostly well-formed, with quoted line ends and
// doubled quotation marks, sometimes with what people do to such files.
func randomTable(rng *rand.Rand, broken bool) []byte {
	var b bytes.Buffer
	columns := rng.IntN(6) + 1
	ends := []string{"\n", "\r\n"}[rng.IntN(2)]
	words := []string{"", "a", "Amira", "O'Neil", "12/03/2005", "é", "a b", " x ", "\t", strings.Repeat("long ", 20)}
	quoted := []string{`""`, `"a,b"`, `"two` + ends + `lines"`, `"say ""no"""`, `"` + ends + `"`, `"a,b` + ends + `c,d"`, ` "led"`, `"x" `}
	wrong := []string{`5"`, `"open`, `"a"b`, `"`, `a"b"`, "\x00", "\xff", "\r", `""a`, "\n\n"}
	for range rng.IntN(60) {
		for c := range columns {
			if c > 0 {
				b.WriteByte(',')
			}
			switch n := rng.IntN(100); {
			case broken && n == 0:
				b.WriteString(wrong[rng.IntN(len(wrong))])
			case n < 15:
				b.WriteString(quoted[rng.IntN(len(quoted))])
			default:
				b.WriteString(words[rng.IntN(len(words))])
			}
		}
		b.WriteString(ends)
	}
	if rng.IntN(3) == 0 {
		return bytes.TrimRight(b.Bytes(), "\r\n")
	}
	return b.Bytes()
}

// TestBlocksHoldTheSameRows reads random tables both ways. Of the well-formed
// ones most must really be read in blocks.
func TestBlocksHoldTheSameRows(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 4))
	rounds := 1500
	if os.Getenv("NIGHTJAR_LONG") != "" {
		rounds = 200_000
	}
	regular, whole := 0, 0
	for round := range rounds {
		text := randomTable(rng, round%2 == 0)
		n := compareWays(t, text, ',', rng.IntN(4), []int{40, 200, 700, 5000}[rng.IntN(4)], rng.IntN(4)+1)
		if round%2 == 1 && len(text) > 1000 {
			whole++
			regular += min(n, 1)
		}
	}
	if 2*regular < whole {
		t.Errorf("only %d of %d well-formed tables were read in blocks", regular, whole)
	}
}

// TestBlocksOfTheGoldenLists reads every CSV of the golden lists both ways.
func TestBlocksOfTheGoldenLists(t *testing.T) {
	t.Parallel()
	lists, err := filepath.Glob("../testdata/lists/*/*.[ct][sx][vt]")
	if err != nil || len(lists) < 60 {
		t.Fatalf("%d lists, %v", len(lists), err)
	}
	for _, path := range lists {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{60, 300, 4000} {
			compareWays(t, text, ',', 1, size, 3)
			compareWays(t, text, ';', 0, size, 2)
		}
	}
}

// TestALineAsLongAsTheLimit is read alike however its bytes come.
func TestALineAsLongAsTheLimit(t *testing.T) {
	t.Parallel()
	for _, length := range []int{maxRecord - 1, maxRecord, maxRecord + 1} {
		text := []byte("a,b\n" + strings.Repeat("x", length) + "\nc,d\n")
		compareWays(t, text, ',', 1, BlockSize, 2)
		compareWays(t, text, ',', 0, maxRecord, 2)
	}
}

func FuzzBlocks(f *testing.F) {
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range 20 {
		f.Add(randomTable(rng, i%2 == 0), uint8(i), uint8(2))
	}
	f.Add([]byte("a,b,c,d\n\"x,1,2,3\n4,5,6,7\"\n1,2,3,4\n"), uint8(8), uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, size, ahead uint8) {
		if len(text) > 1<<14 {
			return
		}
		compareWays(t, text, ',', int(ahead%3), int(size)+1, int(ahead%4)+1)
	})
}
