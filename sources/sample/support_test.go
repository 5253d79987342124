package sample

import (
	"math"
	"testing"
)

// Figure 17: supported at-risk leavers of each year stand lower by what the
// paper says, as the records tell it, whatever the seed.
func TestSupportHoldsDifferences(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		pop := simulated(t, seed+1)
		supported, err := pop.planSupport(seed + 1)
		if err != nil {
			t.Error(seed+1, err)
			continue
		}
		for _, goal := range pop.goal.support {
			w := pop.watch(goal.year)
			rc := newRecorder(pop, seed+1)
			for m := range month(allMonths) {
				rc.advance(m)
				w.see(rc, m)
			}
			var people, neets [2]int
			for _, l := range w.leavers() {
				side := 0
				if supported[l.p] {
					side = 1
				}
				people[side]++
				if l.neet {
					neets[side]++
				}
			}
			got := percent(neets[0], people[0]) - percent(neets[1], people[1])
			if math.Abs(got-float64(goal.tenths)/10) >= 0.05 || people[0] < 30 || people[1] < 30 {
				t.Errorf("seed %d, leavers of %d: %.2f points lower in groups of %v, want %d tenths", seed+1, goal.year, got, people, goal.tenths)
			}
		}
	}
}

// Figure 6: what the leavers of 2017 are in October, by the duty.
func TestSurveyHoldsDuties(t *testing.T) {
	t.Parallel()
	pop := simulated(t, 3)
	rc := newRecorder(pop, 3)
	goal := pop.goal.surveys[0]
	m := surveyMonth(goal.year)
	for n := range m + 1 {
		rc.advance(n)
	}
	got := surveyTarget{year: goal.year}
	known := 0
	for _, p := range pop.people {
		if p.school < 0 || p.ageIn(m.year()) != 16 || !p.counted(m) || p.was[m].class() < 0 || p.was[m].class() == 3 {
			continue
		}
		known++
		switch code := rc.records[p.id].code; {
		case code == 530 || code == 616:
			got.towards++
		case code >= 620 && code <= 650:
			got.onBreak++
		case code >= 610 || p.was[m] == other:
			got.not++
		}
	}
	if got != goal {
		t.Errorf("the survey holds %+v, the target is %+v", got, goal)
	}
	for what, c := range map[string][2]float64{
		"meeting":         {percent(known-got.towards-got.onBreak-got.not, known), 96.3},
		"working towards": {percent(got.towards, known), 1.3},
		"temporary break": {percent(got.onBreak, known), 0.2},
		"not meeting":     {percent(got.not, known), 2.2},
	} {
		if math.Abs(c[0]-c[1]) >= 0.05 {
			t.Errorf("%s is %.3f %% of %d, the paper has %.1f", what, c[0], known, c[1])
		}
	}
}

// Figure 4, home education: who was on the register, of the published ages.
func TestRegisterHoldsHomeEducation(t *testing.T) {
	t.Parallel()
	pop := simulated(t, 4)
	goal := pop.goal.registers[0]
	var got [4]int
	for _, e := range pop.homeEducated(4) {
		if age := e.p.ageIn(goal.month.year()); age >= goal.minAge && age <= goal.maxAge && e.p.counted(goal.month) && e.p.was[goal.month].class() >= 0 {
			got[e.p.was[goal.month].class()]++
		}
		if e.from >= e.to {
			t.Errorf("an entry ends on day %d, before it begins on %d", e.to, e.from)
		}
	}
	if got != goal.count {
		t.Errorf("of those once home educated %v are EET, NEET, other and not known, the target is %v", got, goal.count)
	}
}
