package tabular_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestAMillionFormattedRows: who formats whole columns leaves rows without a
// cell or with empty ones down to the end of the sheet. They are passed over.
func TestAMillionFormattedRows(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>`)
	const last = 1_048_576
	for n := 2; n < last; n++ {
		if n%2 == 0 {
			fmt.Fprintf(&b, `<row r="%d" s="1" customFormat="1"/>`, n)
		} else {
			fmt.Fprintf(&b, `<row r="%d"><c r="A%d" s="1"/></row>`, n, n)
		}
	}
	fmt.Fprintf(&b, `<row r="%d"><c r="A%d" t="inlineStr"><is><t>end</t></is></c></row></sheetData></worksheet>`, last, last)
	f, err := openBytes(t, "long.xlsx", bare(t, b.String(), `<cellXfs><xf numFmtId="0"/><xf numFmtId="10"/></cellXfs>`, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.Rows("S")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	filled := []string{}
	for {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range rec.Cells {
			if len(c) > 0 {
				filled = append(filled, fmt.Sprintf("%d:%s", rec.Line, c))
			}
		}
	}
	if got := strings.Join(filled, " "); got != fmt.Sprintf("1:Name %d:end", last) {
		t.Errorf("filled cells: %s", got)
	}
}
