package sample

import (
	"context"
	"fmt"
	"testing"
)

// simulated returns a population with statuses and circumstances.
func simulated(t *testing.T, seed uint64) *population {
	t.Helper()
	pop, err := newPopulation(seed)
	if err != nil {
		t.Fatal(err)
	}
	pop.fill()
	if err := pop.simulate(context.Background(), seed); err != nil {
		t.Fatal(err)
	}
	pop.markPeople(newChance(seed, "circumstances"))
	return pop
}

// The published gaps and groups must come out for any seed, not only for the
// one that ships.
func TestFiguresHoldForAnySeed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			pop := simulated(t, seed)
			for m, g := range pop.goal.gaps {
				checkGap(t, pop, m, g)
			}
			for _, g := range pop.goal.groups {
				checkGroup(t, pop, g)
			}
		})
	}
}

func checkGap(t *testing.T, pop *population, m month, g gap) {
	t.Helper()
	cohort, out := make([]int, len(pop.geo.areas)), make([]int, len(pop.geo.areas))
	for _, p := range pop.people {
		if age := p.ageIn(m.year()); p.lea == home343 && p.counted(m) && age <= 18 && p.was[m].class() >= 0 {
			a := pop.geo.postcodes[p.postcodeIn(m)].area
			cohort[a]++
			if p.was[m] == neet {
				out[a]++
			}
		}
	}
	high, low := 0, 0
	for a := range cohort {
		if a == pop.geo.outside || a == pop.geo.unknown {
			continue
		}
		if cohort[a] < 100 {
			t.Errorf("%s: ward %s has only %d people", m, pop.geo.areas[a].name, cohort[a])
		}
		if out[a]*cohort[high] > out[high]*cohort[a] {
			high = a
		}
		if out[a]*cohort[low] < out[low]*cohort[a] {
			low = a
		}
	}
	if high != g.highest || low != g.lowest {
		t.Errorf("%s: highest and lowest are %s and %s", m, pop.geo.areas[high].name, pop.geo.areas[low].name)
	}
	points := percent(out[high], cohort[high]) - percent(out[low], cohort[low])
	if diff := points*10 - float64(g.tenths); diff <= -0.5 || diff >= 0.5 {
		t.Errorf("%s: the gap is %.3f points, the paper has %d tenths", m, points, g.tenths)
	}
}

func checkGroup(t *testing.T, pop *population, g groupTarget) {
	t.Helper()
	var got [4]int
	for _, p := range pop.people {
		age := p.ageIn(g.month.year())
		if p.lea != home343 || !p.counted(g.month) || age < g.minAge || age > g.maxAge || p.was[g.month].class() < 0 || g.sex != 0 && p.sex != g.sex {
			continue
		}
		if g.code == 0 && p.hasPlan(g.month) || g.code != 0 && p.marked(g.code, g.month) {
			got[p.was[g.month].class()]++
		}
	}
	want := g.count
	if g.month.String() == "2018-07" { // the paper gives EET only
		got, want = [4]int{got[0]}, [4]int{want[0]}
	}
	if got != want {
		t.Errorf("%s code %d: EET, NEET, other, not known are %v, the paper has %v", g.month, g.code, got, want)
	}
}

// People keep the rules of a life: ages move up together, and nobody is
// counted at two ages or after leaving.
func TestPeopleLeaveForGood(t *testing.T) {
	t.Parallel()
	pop := simulated(t, 7)
	for _, p := range pop.people {
		for m := range month(allMonths) {
			if p.counted(m) != (p.was[m] != absent && m < p.out) {
				t.Fatalf("person %d in %s: counted %v, status %d", p.id, m, p.counted(m), p.was[m])
			}
			if p.was[m] == lapsed && m.term() == 0 && m > 0 && p.was[m-1] != education {
				t.Fatalf("person %d: a record lapses in %s that was no education", p.id, m)
			}
		}
	}
}
