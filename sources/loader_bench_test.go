package sources

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nightjar/pipeline"
)

const caseloadHeader = "DatabaseId,LEACode,DateOfSend,PeriodEnd,SupplierName,SupplierXMLVersion,XMLSchemaVersion,YoungPersonsID,CohortStatus,GivenName,MiddleName,FamilyName,AddressLine1,AddressLine2,AddressLine3,AddressLine4,Town,County,Postcode,Gender,Date of Birth,Ethnicity,LeadLEA,EducatedLEA,UniqueLearnerNo,UniquePupilNumber,PreviousYPIDIdentifier,GuaranteeStatusIndicator,LEACodeAtYear11,TransferredToLACode,LevelOfNeedCode,SENDFlag,SENSupportFlag,CharacteristicCode,ActivityCode,StartDate,DateAscertained,DateVerified,DueToLapseDate,CurrencyLapsed,EstablishmentNumber,EstablishmentName,UKProviderReferenceNumber,PredictedEndDate,ReviewDate,NEETStartDate,IntendedDestinationYr11\n"

// caseloadCSV makes an extract of so many invented people.
func caseloadCSV(rows int) string {
	var b strings.Builder
	writeCaseload(rows, func(line string) { b.WriteString(line) })
	return b.String()
}

// writeCaseload hands out the lines of an extract one by one.
func writeCaseload(rows int, write func(line string)) {
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	write(caseloadHeader)
	for i := range rows {
		write(fmt.Sprintf("343,343,05/11/2021,31/10/2021,Servelec,,,343%010d,P,%s,,%s,%d %s,,,,Bootle,Merseyside,L20 9%s,%s,%02d/%02d/200%d,WBRI,343,343,%s,%s,,,343,,%s,N,N,,%s,%02d/09/2021,10/09/2021,%02d/10/2021,31/08/2022,N,%s,,,31/07/2023,,,\n",
			i, pick("Amira", "Ben", "Chloe", "Dan", "Ella", "Finn", "Grace", "Harry"), pick("Okafor", "Smith", "Jones", "Brown", "Walsh", "Murphy"),
			rng.IntN(200)+1, pick("Example Road", "Stanley Street", "Marsh Lane"), pick("ZZ", "ZY", "ZX", "ZW"), pick("F", "M"),
			rng.IntN(28)+1, rng.IntN(12)+1, rng.IntN(4)+3, ulnOf(1000000+i), upnOf(i), pick("1", "2", "3"),
			pick("210", "220", "540"), rng.IntN(28)+1, rng.IntN(28)+1, pick("3434100", "3438000", "3434613")))
	}
}

// ulnOf makes a ULN with a fitting check digit from a number.
func ulnOf(n int) string {
	for ; ; n++ {
		digits := fmt.Sprintf("%09d", 100000000+n)
		sum := 0
		for i, c := range digits {
			sum += int(c-'0') * (10 - i)
		}
		if r := sum % 11; r != 0 {
			return digits + fmt.Sprint(10-r)
		}
	}
}

// upnOf makes a UPN with a fitting check letter from a number.
func upnOf(n int) string {
	digits := fmt.Sprintf("3434100%05d", n%100000)
	sum := 0
	for i, c := range digits {
		sum += int(c-'0') * (i + 2)
	}
	return string("ABCDEFGHJKLMNPQRTUVWXYZ"[sum%23]) + digits
}

func BenchmarkCaseload(b *testing.B) {
	const rows = 100_000
	path := filepath.Join(b.TempDir(), "caseload.csv")
	if err := os.WriteFile(path, []byte(caseloadCSV(rows)), 0o600); err != nil {
		b.Fatal(err)
	}
	l := testLoader(b)
	a := arrivalOf(b, "caseload", "careerconnect", path)
	b.SetBytes(a.Size)
	for b.Loop() {
		rec, err := l.Load(context.Background(), a, pipeline.NoProgress{})
		if err != nil || rec.Counts.Accepted != rows {
			b.Fatal(rec.Counts, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
