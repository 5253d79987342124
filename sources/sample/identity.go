package sample

import (
	"fmt"
	"strings"
)

// names are the forenames and surnames that people are made of.
type names struct {
	female, male, family []string
}

func readNames() (*names, error) {
	rows, err := table("names.csv")
	if err != nil {
		return nil, err
	}
	n := &names{}
	for _, row := range rows {
		list := strings.Fields(row["names"])
		switch row["kind"] {
		case "F":
			n.female = list
		case "M":
			n.male = list
		default:
			n.family = list
		}
	}
	if len(n.female) == 0 || len(n.male) == 0 || len(n.family) == 0 {
		return nil, fmt.Errorf("sample table names.csv: a list of names is empty")
	}
	return n, nil
}

const upnLetters = "ABCDEFGHJKLMNPQRTUVWXYZ"

// upnCheck returns the check letter for the twelve characters that follow it:
// positions 2 to 13 weigh 2 to 13; modulo 23. A letter in the last place, which
// marks a temporary number, counts by its place in the same alphabet.
func upnCheck(rest string) byte {
	sum := 0
	for i := range len(rest) {
		value := strings.IndexByte(upnLetters, rest[i])
		if rest[i] >= '0' && rest[i] <= '9' {
			value = int(rest[i] - '0')
		}
		sum += value * (i + 2)
	}
	return upnLetters[sum%23]
}

// upnOf makes a permanent number. serial is a running number within the year
// of the number; every thousand fills another primary school.
func upnOf(year, serial int) string {
	rest := fmt.Sprintf("343%04d%02d%03d", 2000+serial/1000, year%100, serial%1000)
	return string(upnCheck(rest)) + rest
}

// temporaryUPN makes a number that ends in a letter and so links nobody.
func temporaryUPN(year, serial int) string {
	rest := fmt.Sprintf("343%04d%02d%02d", 4000+serial/100%1000, year%100, serial%100) + string(upnLetters[serial%23])
	return string(upnCheck(rest)) + rest
}

// ulnOf makes the n-th valid learner number. Nine-digit stems whose remainder
// is 0 have no check digit and are passed over.
func ulnOf(n int) string {
	stem := 120000000 + n*7
	for {
		sum, rest := 0, stem
		for weight := 2; weight <= 10; weight++ {
			sum += rest % 10 * weight
			rest /= 10
		}
		if r := sum % 11; r != 0 {
			return fmt.Sprintf("%09d%d", stem, 10-r)
		}
		stem++
	}
}

// clientID makes the caseload system's id: database number and running number.
func clientID(n int32) string { return fmt.Sprintf("343%010d", 10000+int64(n)*13) }
