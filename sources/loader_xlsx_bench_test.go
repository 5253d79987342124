package sources

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"nightjar/sources/tabular/xlsxtest"
)

// BenchmarkWorkbook loads a school's sheet of the size at which the reading of
// workbooks used to be slow: 50,000 rows of 25 columns.
func BenchmarkWorkbook(b *testing.B) {
	const rows, columns = 50_000, 25
	sheet := [][]any{{"Estab", "UPN", "Surname", "Forename", "DoB", "NC Year", "Attendance %"}}
	for len(sheet[0]) < columns {
		sheet[0] = append(sheet[0], fmt.Sprintf("Extra %d", len(sheet[0])))
	}
	for i := range rows {
		row := []any{3434100, upnOf(i % 100_000), fmt.Sprintf("Family%d", i%900), fmt.Sprintf("Given%d", i%700), 38397 + i%900, 11, 92.5}
		for len(row) < columns {
			row = append(row, fmt.Sprintf("text %d", (i+len(row))%5000))
		}
		sheet = append(sheet, row)
	}
	path := filepath.Join(b.TempDir(), "roll.xlsx")
	xlsxtest.WriteLong(b, path, sheet)
	a := arrivalOf(b, "cohort_checks", "school", path)
	b.SetBytes(a.Size)
	var wall, peak []float64
	for b.Loop() {
		s := inChild(b, "cohort_checks/school", path)
		wall, peak = append(wall, s.wall.Seconds()), append(peak, float64(s.peak)/1024)
	}
	b.ReportMetric(rows/median(wall), "rows/s")
	b.ReportMetric(slices.Max(peak), "peak-MiB")
}

// BenchmarkReturn loads monthly returns in XML of 30 and of 300 megabytes: the
// greater one must not need more memory.
func BenchmarkReturn(b *testing.B) {
	for _, megabytes := range []int{30, 300} {
		b.Run(fmt.Sprintf("%d MB", megabytes), func(b *testing.B) {
			path, people := filepath.Join(b.TempDir(), "return.xml"), 0
			f, err := os.Create(path)
			if err != nil {
				b.Fatal(err)
			}
			out := bufio.NewWriterSize(f, 1<<20)
			written, _ := out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<NCCIS><FileHeader><Databases><DatabaseID>343</DatabaseID></Databases><SourceLEAs><LEACode>343</LEACode></SourceLEAs>
<DateOfSend>2021-11-05</DateOfSend><PeriodEnd>2021-10-31</PeriodEnd><SupplierName>Maker</SupplierName></FileHeader>
`)
			for ; written < megabytes<<20; people++ {
				n, _ := fmt.Fprintf(out, `<YoungPersonsRecord><PersonalDetails><YoungPersonsID>343%010d</YoungPersonsID><CohortStatus>P</CohortStatus>
<GivenName>Given%d</GivenName><FamilyName>Family%d</FamilyName><AddressLine1>%d Example Road</AddressLine1><Town>Bootle</Town><Postcode>L20 9ZZ</Postcode>
<Gender>F</Gender><DateOfBirth>2005-0%d-1%d</DateOfBirth><LeadLEA>343</LeadLEA><UniqueLearnerNo>%s</UniqueLearnerNo></PersonalDetails>
<LevelOfNeed><LevelOfNeedCode>3</LevelOfNeedCode><SENDFlag>N</SENDFlag><SENSupportFlag>N</SENSupportFlag></LevelOfNeed>
<Activities><Cohort><ActivityCode>210</ActivityCode><StartDate>2021-09-06</StartDate><DateAscertained>2021-09-10</DateAscertained>
<DateVerified>2021-09-30</DateVerified><CurrencyLapsed>N</CurrencyLapsed></Cohort></Activities></YoungPersonsRecord>
`, people, people%800, people%1100, people%200, people%9+1, people%9, ulnOf(1_000_000+people))
				written += n
			}
			if _, err := out.WriteString("</NCCIS>\n"); err != nil {
				b.Fatal(err)
			}
			if err := errors.Join(out.Flush(), f.Close()); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(written))
			var wall, peak []float64
			for b.Loop() {
				s := inChild(b, "caseload/careerconnect", path)
				wall, peak = append(wall, s.wall.Seconds()), append(peak, float64(s.peak)/1024)
			}
			b.ReportMetric(float64(people)/median(wall), "rows/s")
			b.ReportMetric(slices.Max(peak), "peak-MiB")
		})
	}
}
