package app

import (
	"os"
	"testing"
	"time"

	"nightjar/sql"
	"nightjar/transforms"
	"nightjar/transforms/matching"
)

func TestStrip(t *testing.T) {
	if os.Getenv("NIGHTJAR_DUMP") == "" {
		t.Skip()
	}
	_ = sql.Files
	found, truth := sampleMatches(t, 2)
	inCaseload := map[string]bool{}
	for _, p := range found.People {
		inCaseload[p.ID] = true
	}
	for i := range truth {
		if !inCaseload[truth[i]] {
			truth[i] = ""
		}
	}
	for i := range found.Rows {
		found.Rows[i].UPN, found.Rows[i].ULN, found.Rows[i].ListKey = "", "", ""
	}
	m, err := matching.New(transforms.TestRef(), matching.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	r, err := m.Match(t.Context(), found.People, found.Rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("took %v", time.Since(begin))
	found.Result = r
	t.Logf("stripped: %s", matching.Measure(r, truth))
	dump(t, found, truth)
}
