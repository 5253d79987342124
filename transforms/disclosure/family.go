package disclosure

import (
	"fmt"
	"slices"
	"strings"
)

// Rule is what a profile demands of counts.
type Rule struct {
	Threshold int64 // counts from 1 to below it are hidden
	Width     int64 // how wide the interval of each of them must stay
}

// Figure is one count of a family, the smallest thing that is shown or hidden.
type Figure struct {
	Key     string // names it in every edition
	Value   int64
	Per     int64 // counts that are summed in it, 3 for a mean of three months; the rule holds for their mean
	Unshown bool  // no table shows it, but tables that do may give it away
	Known   bool  // taken to be known to every reader, though no table shows it
	Hidden  bool  // stands as a symbol
}

// HideAll hides every figure that a table shows. What is known to every reader
// anyway stays.
func (f *Family) HideAll() {
	for i, one := range f.Figures {
		f.Figures[i].Hidden = !one.Unshown && !one.Known
	}
}

// Tells reports whether readers have any figure of the family.
func (f *Family) Tells() bool { return slices.ContainsFunc(f.Figures, Figure.shown) }

// small reports whether a rule wants the figure hidden.
func (f Figure) small(r Rule) bool {
	return f.Value > 0 && f.Value < r.Threshold*f.Per && !f.Known
}

// shown reports whether readers have the figure.
func (f Figure) shown() bool { return f.Known || !f.Hidden && !f.Unshown }

// Term is a figure in a sum.
type Term struct {
	Figure int   // index into Family.Figures
	Sign   int64 // 1 or -1
}

// Equation is a sum that every reader knows to be nought: total less parts.
type Equation []Term

// Family is a set of counts with the sums that bind them: a table, or several
// that share margins. What no sum binds needs no common family.
type Family struct {
	Name      string
	Figures   []Figure
	Equations []Equation
}

// Check reports equations that the figures do not fulfil, and keys that stand
// twice; a family of that kind proves nothing.
func (f *Family) Check() error {
	seen := map[string]bool{}
	for _, one := range f.Figures {
		if seen[one.Key] {
			return fmt.Errorf("%s: the figure %s stands twice", f.Name, one.Key)
		}
		seen[one.Key] = true
		if one.Value < 0 && !one.Unshown {
			return fmt.Errorf("%s: the figure %s is below nought", f.Name, one.Key)
		}
	}
	for _, e := range f.Equations {
		sum := int64(0)
		for _, t := range e {
			sum += t.Sign * f.Figures[t.Figure].Value
		}
		if sum != 0 {
			return fmt.Errorf("%s: figures do not add up around %s", f.Name, f.Figures[e[0].Figure].Key)
		}
	}
	return nil
}

// Same reports whether two editions of a family tell of the same figures and
// the same sums, whatever they hide.
func (f *Family) Same(other *Family) bool {
	plain := func(fs []Figure) []Figure {
		out := slices.Clone(fs)
		for i := range out {
			out[i].Hidden = false
		}
		return out
	}
	return f.Name == other.Name && slices.Equal(plain(f.Figures), plain(other.Figures)) &&
		slices.EqualFunc(f.Equations, other.Equations, func(a, b Equation) bool { return slices.Equal(a, b) })
}

// variable is a figure as a reader of several editions sees it. A figure that
// did not change between two of them is one variable: the reader who guesses
// that it did not is right.
type variable struct {
	Figure
	known   bool // some edition shows it
	current int  // index in the newest edition; -1: it is in none but older ones
	fixed   bool // it cannot be hidden any more: an older edition shows it
}

// system is everything that readers of all editions know.
type system struct {
	vars []variable
	sums []Equation // over vars
	at   [][]int    // sums in which a variable stands
}

// join makes the system of the newest edition and all before it.
func join(newest *Family, older []*Family) *system {
	s := &system{}
	index, sums := map[string]int{}, map[string]bool{}
	for n, f := range append([]*Family{newest}, older...) {
		place := make([]int, len(f.Figures))
		for i, one := range f.Figures {
			id := fmt.Sprintf("%s\x00%d", one.Key, one.Value)
			at, ok := index[id]
			if !ok {
				at = len(s.vars)
				index[id] = at
				s.vars = append(s.vars, variable{Figure: one, current: -1})
			}
			v := &s.vars[at]
			if n == 0 {
				v.current = i
			} else if one.shown() {
				v.fixed = true
			}
			v.known = v.known || one.shown()
			place[i] = at
		}
		for _, e := range f.Equations {
			s.addSum(e, place, sums)
		}
	}
	s.at = make([][]int, len(s.vars))
	for i, e := range s.sums {
		for _, t := range e {
			s.at[t.Figure] = append(s.at[t.Figure], i)
		}
	}
	return s
}

func (s *system) addSum(e Equation, place []int, seen map[string]bool) {
	sum := make(Equation, len(e))
	for i, t := range e {
		sum[i] = Term{place[t.Figure], t.Sign}
	}
	slices.SortFunc(sum, func(a, b Term) int { return a.Figure - b.Figure })
	var id strings.Builder
	for _, t := range sum {
		fmt.Fprintf(&id, "%d:%d ", t.Figure, t.Sign)
	}
	if !seen[id.String()] {
		seen[id.String()] = true
		s.sums = append(s.sums, sum)
	}
}

// least is the smallest value that a reader allows for an unknown figure. What
// stands as a symbol is not nought: noughts are always shown.
func (v variable) least() int64 {
	if v.Unshown {
		return min(0, v.Value)
	}
	return min(1, v.Value)
}

// reach returns the variables that hang together with one through sums, over
// those that take part, in ascending order.
func (s *system) reach(from int, takesPart func(v int) bool) []int {
	seen := map[int]bool{from: true}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		for _, e := range s.at[queue[0]] {
			for _, t := range s.sums[e] {
				if !seen[t.Figure] && takesPart(t.Figure) {
					seen[t.Figure] = true
					queue = append(queue, t.Figure)
				}
			}
		}
	}
	out := make([]int, 0, len(seen))
	for v := range seen {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// rows returns the sums over some variables, one coefficient for each. Sums
// with none of them are left out.
func (s *system) rows(vars []int) [][]float64 {
	place := make(map[int]int, len(vars))
	for i, v := range vars {
		place[v] = i
	}
	used := map[int]bool{}
	var out [][]float64
	for _, v := range vars {
		for _, e := range s.at[v] {
			if used[e] {
				continue
			}
			used[e] = true
			row := make([]float64, len(vars))
			for _, t := range s.sums[e] {
				if at, ok := place[t.Figure]; ok {
					row[at] += float64(t.Sign)
				}
			}
			out = append(out, row)
		}
	}
	return out
}
