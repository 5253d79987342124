package disclosure

import "math"

// tableau is a linear program in the form that the simplex method turns: every
// row says that its basic variable and some others sum to the right side, and
// every variable lies between nought and its limit. A variable at its limit is
// turned round (limit less variable), so that whatever is not basic is nought.
type tableau struct {
	rows   [][]float64 // coefficients, right side last
	basis  []int       // the basic variable of each row
	limit  []float64   // of each variable; +Inf for none
	turned []bool
	n      int // variables, without the artificial ones
}

// Coefficients are small whole numbers, so what is this small is nought.
const tiny = 1e-9

// newTableau finds a first solution of rows·x = right with 0 ≤ x ≤ limit, or
// nil where there is none.
func newTableau(rows [][]float64, right, limit []float64) *tableau {
	n, m := len(limit), len(rows)
	t := &tableau{n: n, limit: make([]float64, n+m), turned: make([]bool, n+m)}
	copy(t.limit, limit)
	goal := make([]float64, n+m)
	for i, row := range rows {
		full := make([]float64, n+m+1)
		sign := 1.0
		if right[i] < 0 {
			sign = -1
		}
		for j, v := range row {
			full[j] = sign * v
		}
		full[n+i], full[n+m] = 1, sign*right[i]
		t.limit[n+i], goal[n+i] = math.Inf(1), 1
		t.rows, t.basis = append(t.rows, full), append(t.basis, n+i)
	}
	t.minimise(goal, func() bool { return false })
	for i, b := range t.basis {
		if b >= n && t.right(i) > 1e-6 {
			return nil
		}
	}
	t.dropArtificial()
	return t
}

// size returns the numbers of rows and of variables.
func (t *tableau) size() (rows, columns int) { return len(t.rows), t.n }

func (t *tableau) right(row int) float64 { return t.rows[row][len(t.rows[row])-1] }

// dropArtificial takes the artificial variables out of the basis; a row that
// holds nothing else repeats others and goes.
func (t *tableau) dropArtificial() {
	for i := len(t.rows) - 1; i >= 0; i-- {
		if t.basis[i] < t.n {
			continue
		}
		at := -1
		for j := range t.n {
			if math.Abs(t.rows[i][j]) > 1e-7 {
				at = j
				break
			}
		}
		if at >= 0 {
			t.pivot(i, at)
			continue
		}
		last := len(t.rows) - 1
		t.rows[i], t.basis[i] = t.rows[last], t.basis[last]
		t.rows, t.basis = t.rows[:last], t.basis[:last]
	}
	for i, row := range t.rows {
		t.rows[i] = append(row[:t.n:t.n], row[len(row)-1])
	}
	t.limit, t.turned = t.limit[:t.n], t.turned[:t.n]
}

// value returns a variable in the present solution.
func (t *tableau) value(j int) float64 {
	v := 0.0
	for i, b := range t.basis {
		if b == j {
			v = t.right(i)
		}
	}
	if t.turned[j] {
		v = t.limit[j] - v
	}
	return v
}

// solution returns all variables.
func (t *tableau) solution() []float64 {
	out := make([]float64, t.n)
	for i, b := range t.basis {
		if b < t.n {
			out[b] = t.right(i)
		}
	}
	for j := range out {
		if t.turned[j] {
			out[j] = t.limit[j] - out[j]
		}
	}
	return out
}

// minimise goes on from the present solution to one of least cost, or until
// enough says so. It returns false where the cost has no end.
//
// The steepest column enters. After many steps without gain the first one
// does, and leaves by the first row, which cannot go round in circles.
func (t *tableau) minimise(cost []float64, enough func() bool) bool {
	reduced := t.reduced(cost)
	for idle := 0; !enough(); {
		enter := -1
		for j := range t.limit {
			if reduced[j] < -tiny && (enter < 0 || idle < 50 && reduced[j] < reduced[enter]) {
				enter = j
			}
		}
		if enter < 0 {
			return true
		}
		row, step, top := t.ratio(enter)
		if math.IsInf(step, 1) {
			return false
		}
		idle++
		if step > tiny {
			idle = 0
		}
		if row < 0 {
			t.turn(enter)
			reduced[enter] = -reduced[enter]
			continue
		}
		leaves := t.basis[row]
		if top { // it leaves at its limit
			t.turn(leaves)
			reduced[leaves] = -reduced[leaves]
		}
		t.pivot(row, enter)
		f := reduced[enter]
		for j := range reduced {
			reduced[j] -= f * t.rows[row][j]
		}
	}
	return true
}

// reduced returns what each variable costs when the basic ones make up for it.
func (t *tableau) reduced(cost []float64) []float64 {
	signed := func(j int) float64 {
		if t.turned[j] {
			return -cost[j]
		}
		return cost[j]
	}
	out := make([]float64, len(t.limit))
	for j := range out {
		out[j] = signed(j)
	}
	for i, b := range t.basis {
		if c := signed(b); c != 0 {
			for j := range out {
				out[j] -= c * t.rows[i][j]
			}
		}
	}
	return out
}

// ratio returns how far a variable can grow and which row ends it; -1 where its
// own limit does. top says that the basic variable grows to its limit.
func (t *tableau) ratio(enter int) (row int, step float64, top bool) {
	row, step = -1, t.limit[enter]
	for i := range t.rows {
		a, far, up := t.rows[i][enter], math.Inf(1), false
		switch {
		case a > 1e-7:
			far = t.right(i) / a
		case a < -1e-7 && !math.IsInf(t.limit[t.basis[i]], 1):
			far, up = (t.limit[t.basis[i]]-t.right(i))/-a, true
		}
		if far = max(far, 0); far < step-tiny || row >= 0 && far < step+tiny && t.basis[i] < t.basis[row] {
			row, step, top = i, min(far, step), up
		}
	}
	return row, step, top
}

// turn replaces a variable by its limit less itself.
func (t *tableau) turn(j int) {
	basic := -1
	for i, b := range t.basis {
		if b == j {
			basic = i
		}
	}
	for i, row := range t.rows {
		last := len(row) - 1
		if i == basic { // keep its coefficient 1
			for k := range row[:last] {
				if k != j {
					row[k] = -row[k]
				}
			}
			row[last] = t.limit[j] - row[last]
			continue
		}
		row[last] -= row[j] * t.limit[j]
		row[j] = -row[j]
	}
	t.turned[j] = !t.turned[j]
}

func (t *tableau) pivot(row, column int) {
	p := t.rows[row]
	f := p[column]
	for j := range p {
		p[j] /= f
	}
	p[column] = 1
	for i, other := range t.rows {
		if f := other[column]; i != row && f != 0 {
			for j, v := range p {
				if v != 0 {
					other[j] -= f * v
				}
			}
			other[column] = 0
			if last := len(other) - 1; math.Abs(other[last]) < tiny {
				other[last] = 0
			}
		}
	}
	t.basis[row] = column
}
