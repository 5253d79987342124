package disclosure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Protect hides every small count of the newest edition and then as little
// else as it finds, until Audit has nothing to say about it and the editions
// before. What is hidden already stays hidden.
//
// For each count that is known too closely a linear program asks how it could
// be greater by the width that the rule demands, with the sums as they are, at
// the least cost: a hidden figure moves for nothing, a shown one costs its
// value for every unit. The figures that it moves are hidden too. In the end
// every figure hidden in this way is shown again, the greatest first, where
// the audit allows it. The result is safe in the sense of Audit, and small,
// but not proven the smallest. Noughts are never hidden.
//
// What older editions alone give away stays as it is; Audit names it. The
// error is for a count that cannot be hidden by hiding all there is, and for
// more editions than can be reckoned with.
func (f *Family) Protect(r Rule, older []*Family) error {
	asked := make([]bool, len(f.Figures))
	for i, one := range f.Figures {
		asked[i] = one.Hidden
		if one.small(r) && !one.Unshown {
			f.Figures[i].Hidden = true
		}
	}
	p := &protector{family: f, rule: r, system: join(f, older), proofs: map[int][][]float64{}, made: map[int]*component{}}
	for v, one := range p.vars {
		if one.small(r) && !one.known {
			p.small = append(p.small, v)
		}
	}
	slices.SortStableFunc(p.small, func(a, b int) int { return cmp.Compare(p.vars[b].Value, p.vars[a].Value) })
	var failed []string
	for _, v := range p.small {
		if !p.safe(v) && !p.hide(v) {
			failed = append(failed, p.vars[v].Key)
		}
		if p.spent > mostWork {
			return fmt.Errorf("%s: with the %d editions that are out there is too much to reckon with", f.Name, len(older))
		}
	}
	if len(failed) == 0 {
		p.showAgain(asked)
		return nil
	}
	for _, l := range Audit(f, older, r) {
		if !l.Before {
			return fmt.Errorf("%s: %s, whatever else is hidden", f.Name, l)
		}
	}
	return nil
}

// protector is a family on its way to being safe.
type protector struct {
	*system
	family *Family
	rule   Rule
	small  []int
	proofs map[int][][]float64 // of a safe figure: figures that show it, by variable
	made   map[int]*component  // of what is hidden now, by variable
	spent  float64             // by and large the multiplications that were made
}

// mostWork bounds what a family may cost, to about half a minute: what readers
// can find out grows with every edition, and a night must end. A family with
// few editions costs a thousandth of it.
var mostWork = 1e10

func (p *protector) need(v int) float64 { return float64(p.rule.Width * p.vars[v].Per) }

// safe reports whether a small count is hidden well enough, and keeps the proof.
func (p *protector) safe(v int) bool {
	c := p.made[v]
	if c == nil {
		c = p.component(v)
		p.reckon(c.tab.size())
		for _, u := range c.vars {
			p.made[u] = c
		}
	}
	var found [][]float64
	low, high := c.interval(v, p.need(v), func(excess []float64) {
		one := make([]float64, len(p.vars))
		for j, at := range c.vars {
			one[at] = excess[j] - float64(p.vars[at].Value-p.vars[at].least())
		}
		found = append(found, one)
	})
	if math.IsInf(high, 1) {
		found = nil // no two tables prove it; look again whenever something is shown
	}
	p.proofs[v] = found
	return high-low >= p.need(v)-1e-6
}

// hideable reports whether a variable can still be hidden.
func (p *protector) hideable(v int) bool {
	one := p.vars[v]
	return one.known && !one.fixed && one.current >= 0 && one.Value > 0 && !one.Known
}

// hide hides the cheapest figures that let a small count be greater by what the
// rule demands; false when there are none.
func (p *protector) hide(v int) bool {
	vars := p.reach(v, func(u int) bool { return !p.vars[u].known || p.hideable(u) })
	rows := p.rows(vars)
	up, n := make([][]float64, len(rows)), 2*len(vars) // each goes up, or down
	right, limit, cost := make([]float64, len(rows)), make([]float64, n), make([]float64, n)
	for j, u := range vars {
		one := p.vars[u]
		limit[2*j], limit[2*j+1] = math.Inf(1), float64(one.Value-one.least())
		if one.known {
			cost[2*j] = float64(one.Value)/float64(one.Per) + 1
			cost[2*j+1] = cost[2*j]
		}
		if u == v {
			limit[2*j], limit[2*j+1] = 0, 0
		}
	}
	for i, row := range rows {
		up[i] = make([]float64, n)
		for j, a := range row {
			up[i][2*j], up[i][2*j+1] = a, -a
			if vars[j] == v {
				right[i] = -a * p.need(v)
			}
		}
	}
	p.reckon(len(rows), n)
	t := newTableau(up, right, limit)
	if t == nil { // it cannot be greater by all of that, but may be less and greater
		return p.hideEach(vars) && p.safe(v)
	}
	t.minimise(cost, func() bool { return false })
	moves := t.solution()
	for j, u := range vars {
		if p.vars[u].known && moves[2*j]+moves[2*j+1] > 1e-6 {
			p.set(u, true)
		}
	}
	return p.safe(v)
}

// reckon adds what a linear program costs: about one pivot for each row.
func (p *protector) reckon(rows, columns int) {
	p.spent += float64(rows) * float64(rows) * float64(rows+columns)
}

// hideEach hides all of the variables that are shown, and reports whether there
// were any. What is not needed is shown again in the end.
func (p *protector) hideEach(vars []int) (any bool) {
	for _, u := range vars {
		if p.vars[u].known && p.hideable(u) {
			p.set(u, true)
			any = true
		}
	}
	return any
}

func (p *protector) set(v int, hidden bool) {
	p.vars[v].known = !hidden
	p.family.Figures[p.vars[v].current].Hidden = hidden
	p.made = map[int]*component{}
}

// showAgain shows figures that turn out not to be needed, the greatest first.
func (p *protector) showAgain(asked []bool) {
	var secondary []int
	for v, one := range p.vars {
		if one.current < 0 {
			continue
		}
		now := p.family.Figures[one.current]
		if now.Hidden && !asked[one.current] && !one.small(p.rule) {
			secondary = append(secondary, v)
		}
	}
	slices.SortStableFunc(secondary, func(a, b int) int { return cmp.Compare(p.vars[b].Value, p.vars[a].Value) })
	for _, s := range secondary {
		if p.spent > mostWork {
			return // what is hidden in vain gives nothing away
		}
		near := p.reach(s, func(u int) bool { return !p.vars[u].known })
		p.set(s, false)
		if !p.stillSafe(s, near) {
			p.set(s, true)
		}
	}
}

// stillSafe looks at the small counts whose proof moved a figure that is shown
// now. The proofs of those that fail are kept as they were.
func (p *protector) stillSafe(shown int, near []int) bool {
	kept := map[int][][]float64{}
	for _, v := range near {
		if v == shown || !p.vars[v].small(p.rule) || p.vars[v].known || p.proved(v, shown) {
			continue
		}
		kept[v] = p.proofs[v]
		if !p.safe(v) {
			for u, old := range kept {
				p.proofs[u] = old
			}
			return false
		}
	}
	return true
}

// proved reports whether the proof of a count holds while another stands still.
func (p *protector) proved(v, still int) bool {
	for _, one := range p.proofs[v] {
		if math.Abs(one[still]) > 1e-6 {
			return false
		}
	}
	return len(p.proofs[v]) > 0
}
