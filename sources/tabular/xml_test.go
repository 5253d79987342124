package tabular_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nightjar/sources/tabular"
)

const returnHead = `<?xml version="1.0" encoding="UTF-8"?>
<NCCIS xmlns="urn:return"><FileHeader><Databases><DatabaseID>343</DatabaseID></Databases><SourceLEAs><LEACode>343</LEACode></SourceLEAs>
<DateOfSend>2021-11-05</DateOfSend><PeriodEnd>2021-10-31</PeriodEnd><SupplierName>Maker</SupplierName></FileHeader>
`

// person is a record of a return.
func person(n int, more string) string {
	return fmt.Sprintf(`<YoungPersonsRecord><PersonalDetails><YoungPersonsID>34300000%05d</YoungPersonsID><CohortStatus>P</CohortStatus><GivenName>Given%d</GivenName></PersonalDetails>%s</YoungPersonsRecord>
`, n, n, more)
}

// cellsOf reads a return as maps from heading to cell.
func cellsOf(t *testing.T, content string) (out []map[string]string, lines []int64, err error) {
	t.Helper()
	f, err := openBytes(t, "return.xml", []byte(content))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	rows, err := f.Rows("")
	if err != nil {
		return nil, nil, err
	}
	header, err := rows.Next()
	if err != nil {
		return nil, nil, err
	}
	names := make([]string, len(header.Cells))
	for i, c := range header.Cells {
		names[i] = string(c)
	}
	for {
		rec, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out, lines, nil
		}
		if err != nil {
			return out, lines, err
		}
		row := map[string]string{}
		for i, c := range rec.Cells {
			if len(c) > 0 {
				row[names[i]] = string(c)
			}
		}
		out, lines = append(out, row), append(lines, rec.Line)
	}
}

func TestReturnBecomesRows(t *testing.T) {
	t.Parallel()
	rows, lines, err := cellsOf(t, returnHead+
		person(1, `<SeptemberGuarantee><Year11><GuaranteeStatus>110</GuaranteeStatus><LEACode>341</LEACode></Year11></SeptemberGuarantee>
<LevelOfNeed><SENDFlag>N</SENDFlag><Characteristics><CharacteristicCode>120</CharacteristicCode><CharacteristicCode>140</CharacteristicCode></Characteristics></LevelOfNeed>
<Activities><Cohort><ActivityCode>210</ActivityCode><StartDate>2021-09-06</StartDate></Cohort></Activities>`)+
		person(2, `<Activities><Cohort><ActivityCode>619</ActivityCode><NeetStartDate>2021-09-01</NeetStartDate></Cohort><Cohort><ActivityCode>210</ActivityCode></Cohort></Activities>`)+
		person(3, "")+"</NCCIS>\n")
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, want := range []map[string]string{
		{"CharacteristicCode": "120", "GuaranteeStatusIndicator": "110", "LEACodeAtYear11": "341", "LEACode": "343", "PeriodEnd": "2021-10-31", "ActivityCode": "210", "StartDate": "2021-09-06"},
		{"CharacteristicCode": "140", "YoungPersonsID": "3430000000001", "ActivityCode": "210"},
		{"ActivityCode": "619", "NEETStartDate": "2021-09-01", "CharacteristicCode": "", "GuaranteeStatusIndicator": "", "StartDate": ""},
		{"ActivityCode": "210", "NEETStartDate": "", "GivenName": "Given2"},
		{"ActivityCode": "", "DatabaseId": "343", "SupplierName": "Maker"},
	} {
		for name, text := range want {
			if rows[i][name] != text {
				t.Errorf("row %d: %s is %q, want %q", i+1, name, rows[i][name], text)
			}
		}
	}
	if fmt.Sprint(lines) != "[4 4 7 7 8]" {
		t.Errorf("lines %v", lines)
	}
}

func TestReturnsOfOtherYearsAndEncodings(t *testing.T) {
	t.Parallel()
	other := strings.NewReplacer("YoungPersonsID", "YPID", "encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\"", "Given1", "Zo\xeb", "</CohortStatus>", "</CohortStatus><Sex>F</Sex><ShoeSize>42</ShoeSize>")
	rows, _, err := cellsOf(t, other.Replace(returnHead+person(1, "")+"</NCCIS>"))
	if err != nil || rows[0]["YoungPersonsID"] != "3430000000001" || rows[0]["GivenName"] != "Zoë" || rows[0]["Gender"] != "F" {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestReturnsThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	sound := returnHead + person(1, "") + "</NCCIS>"
	for name, c := range map[string]struct{ content, rule string }{
		"breaks off":          {sound[:len(sound)-30], "damaged_xml"},
		"closed wrongly":      {strings.Replace(sound, "</CohortStatus>", "</Cohort>", 1), "damaged_xml"},
		"external entity":     {`<!DOCTYPE NCCIS [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + sound[strings.Index(sound, "<NCCIS"):], "damaged_xml"},
		"unknown entity":      {strings.Replace(sound, "Given1", "&x;", 1), "damaged_xml"},
		"declared below":      {strings.Replace(sound, "<FileHeader>", `<!DOCTYPE a><FileHeader>`, 1), "damaged_xml"},
		"a text without end":  {strings.Replace(sound, "Given1", strings.Repeat("x", 3<<20), 1), "damaged_xml"},
		"too deep":            {strings.Replace(sound, "Given1", strings.Repeat("<a>", 99)+strings.Repeat("</a>", 99), 1), "damaged_xml"},
		"a web page":          {"<!DOCTYPE html>\n<html><body><table></table></body></html>", "not_a_table"},
		"a web page as xls":   {"<html xmlns:o='x'><table><tr><td>a</td></tr></table></html>", "not_a_table"},
		"a workbook of 2003":  {`<?xml version="1.0"?><Workbook xmlns="x"></Workbook>`, "not_a_table"},
		"some other XML":      {`<?xml version="1.0"?><rss></rss>`, "not_a_table"},
		"an unknown encoding": {strings.Replace(sound, "UTF-8", "EBCDIC", 1), "not_a_table"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := cellsOf(t, c.content)
			if r, ok := tabular.AsRefusal(err); !ok || r.Rule != c.rule || strings.Contains(r.Say, "Given") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// FuzzReturn asks that no XML makes the reader panic or go backwards.
func FuzzReturn(f *testing.F) {
	f.Add([]byte(returnHead + person(1, "<Activities><Cohort><ActivityCode>210</ActivityCode></Cohort></Activities>") + "</NCCIS>"))
	f.Add([]byte("<NCCIS><YoungPersonsRecord/></NCCIS>"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "a.xml")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := tabular.Open(path)
		if err != nil {
			return
		}
		defer file.Close()
		rows, err := file.Rows(file.Sheets()[0])
		if err != nil {
			return
		}
		for last := int64(0); ; {
			rec, err := rows.Next()
			if err != nil {
				return
			}
			if rec.Line < last {
				t.Fatalf("line %d after %d", rec.Line, last)
			}
			last = rec.Line
		}
	})
}
