package disclosure

import (
	"fmt"
	"math"
)

// Leak is a small count that readers can narrow down too far.
type Leak struct {
	Key       string
	Low, High float64 // what they know; equal where they know the count
	Need      float64 // how wide it would have to be
	Before    bool    // older editions alone give it away, so hiding more does not help
}

// String names the figure and says nothing of its value.
func (l Leak) String() string {
	return fmt.Sprintf("%s can be told closer than %g", l.Key, l.Need)
}

// Audit returns every small count that readers of all editions can work out
// closer than the rule allows. They are taken to know every shown count
// exactly, whatever it is rounded to; every sum; that a symbol stands for no
// nought; and, rightly guessed, which figures did not change between editions.
//
// The ends of each interval are the optimum of a linear program over exactly
// these tables, so no reader without other knowledge can do better, save that
// counts are whole: the ends are those of the fractional problem, which for
// sums of this kind seldom differ. It proves nothing about a reader who knows
// some of the people counted.
func Audit(newest *Family, older []*Family, r Rule) []Leak {
	s := join(newest, older)
	leaks := s.leaks(r)
	if len(leaks) == 0 || len(older) == 0 {
		return leaks
	}
	before := map[string]bool{}
	for _, l := range join(older[0], older[1:]).leaks(r) {
		before[l.id()] = true
	}
	for i := range leaks {
		leaks[i].Before = before[leaks[i].id()]
	}
	return leaks
}

func (l Leak) id() string { return fmt.Sprint(l.Key, l.Low, l.High) }

// leaks looks at every small count.
func (s *system) leaks(r Rule) []Leak {
	var out []Leak
	done := map[int]*component{}
	for p, v := range s.vars {
		if !v.small(r) {
			continue
		}
		need := float64(r.Width * v.Per)
		low, high := float64(v.Value), float64(v.Value)
		if !v.known {
			c := done[p]
			if c == nil {
				c = s.component(p)
				for _, member := range c.vars {
					done[member] = c
				}
			}
			low, high = c.interval(p, need, nil)
		}
		if high-low < need-1e-6 {
			out = append(out, Leak{Key: v.Key, Low: low, High: high, Need: need})
		}
	}
	return out
}

// component is the unknown figures that hang together, as a linear program
// whose unknowns are what each exceeds its least value by.
type component struct {
	s    *system
	vars []int
	tab  *tableau
}

func (s *system) component(from int) *component {
	c := &component{s: s, vars: s.reach(from, func(v int) bool { return !s.vars[v].known })}
	rows := s.rows(c.vars)
	right := make([]float64, len(rows))
	limit := make([]float64, len(c.vars))
	for j, v := range c.vars {
		limit[j] = math.Inf(1)
		over := float64(s.vars[v].Value - s.vars[v].least())
		for i := range rows { // the true figures fulfil every sum
			right[i] += rows[i][j] * over
		}
	}
	c.tab = newTableau(rows, right, limit)
	return c
}

// interval returns the ends between which readers know a figure to lie, or
// such as are as far apart as need. found is told the solutions.
func (c *component) interval(p int, need float64, found func(excess []float64)) (low, high float64) {
	at := 0
	for j, v := range c.vars {
		if v == p {
			at = j
		}
	}
	least, truth := float64(c.s.vars[p].least()), float64(c.s.vars[p].Value)
	now := func() float64 { return least + c.tab.value(at) }
	cost := make([]float64, len(c.vars))
	tell := func() {
		if found != nil {
			found(c.tab.solution())
		}
	}
	cost[at] = -1
	high = math.Inf(1)
	if c.tab.minimise(cost, func() bool { return now() >= truth+need }) {
		high = now()
	}
	tell()
	if math.IsInf(high, 1) {
		return least, high
	}
	cost[at] = 1
	c.tab.minimise(cost, func() bool { return high-now() >= need })
	tell()
	return now(), high
}
