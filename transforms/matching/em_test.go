package matching

import (
	"fmt"
	"math"
	"testing"
)

// The faults of the invented town are known, so the estimate can be held to
// them.
func TestEstimateFindsTheFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, 6000, 6000, agreedFaults)
	got, err := matcher(t, DefaultOptions()).Estimate(t.Context(), w.people, w.rows)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct{ m, tolerance float64 }{
		"family_name exact":     {1 - 0.01 - 0.01, 0.01},
		"family_name different": {0.01, 0.007},
		"given_name exact":      {1 - 0.03 - 0.01, 0.015},
		"given_name alias":      {0.03, 0.012},
		"birth_date exact":      {1 - 0.005, 0.005},
		"postcode exact":        {1 - 0.06, 0.02},
	}
	for _, g := range got {
		name := fmt.Sprintf("%s %s", g.Field, g.Level)
		if thorough() {
			t.Logf("%-24s m %.5f u %.6f", name, g.M, g.U)
		}
		if e, ok := want[name]; ok && math.Abs(g.M-e.m) > e.tolerance {
			t.Errorf("%s: m is estimated at %.4f, the town was made with %.4f", name, g.M, e.m)
		}
	}
	if _, err := New(Reference{Weights: got}, DefaultOptions()); err != nil {
		t.Errorf("an estimate cannot be used: %v", err)
	}
}
