package app

import (
	"context"
	"fmt"
	"os"
	"strings"

	"nightjar/transforms"
)

func removing(folder string) func() { return func() { _ = os.RemoveAll(folder) } }

// tell puts the states side by side and says what each step did.
func (d *differ) tell(ctx context.Context) error {
	files := []string{d.before.file}
	causes := []Cause{{Kind: causeErasedSince, Say: "what run " + d.out.Before.Name + " held and cannot be rebuilt: people erased or removed since, lists that are gone"}}
	for i, at := range d.cuts {
		files = append(files, d.parts[at].File)
		if i > 0 {
			causes = append(causes, d.causeOf(d.items[d.cuts[i-1]:at]))
		}
	}
	files = append(files, d.after.file)
	causes = append(causes, Cause{Kind: causeErasedLater, Say: "what run " + d.out.After.Name + " holds and cannot be rebuilt: people erased or removed since, lists that are gone"})
	if err := d.tellCells(ctx, files, causes); err != nil {
		return err
	}
	if err := d.tellPeople(ctx); err != nil {
		return err
	}
	d.dropIdle()
	return nil
}

// causeOf words the items between two states as one cause.
func (d *differ) causeOf(items []diffItem) Cause {
	c := Cause{Kind: items[0].kind, Say: items[0].say}
	if len(items) > 1 {
		c.Say = fmt.Sprintf("%d changes together, from %q to %q", len(items), items[0].say, items[len(items)-1].say)
	}
	for _, item := range items {
		c.Evidence = append(c.Evidence, item.evidence...)
	}
	c.Evidence = shortened(c.Evidence)
	return c
}

// tellCells lists every cell that changed with what each step did to it.
// causes has one for each step; none with only two files.
func (d *differ) tellCells(ctx context.Context, files []string, causes []Cause) error {
	d.out.Causes = causes
	c, err := d.compare(ctx, files...)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, m := range d.marts {
		rows, err := c.Rows(ctx, m, d.o.Where)
		if err != nil {
			return err
		}
		for _, r := range rows {
			key, where := rowKey(m, r)
			for col := range m.Columns {
				if cell, differs := cellChange(m, r, col); differs {
					cell.Key, cell.where = key, where
					d.out.Cells = append(d.out.Cells, cell)
				}
			}
		}
	}
	for i := range d.out.Cells {
		for _, s := range d.out.Cells[i].Steps {
			if s.Cause < len(causes) {
				causes[s.Cause].Cells++
			}
		}
	}
	return nil
}

// rowKey returns what identifies a row, by column and in words.
func rowKey(m transforms.MartChange, r transforms.RowStates) (Values, string) {
	key := make(Values, len(m.Grain))
	var words []string
	for i, g := range m.Grain {
		key[g] = r.Key[i]
		words = append(words, fmt.Sprintf("%s %v", g, r.Key[i]))
	}
	return key, strings.Join(words, ", ")
}

// cellChange follows one cell through the states.
func cellChange(m transforms.MartChange, r transforms.RowStates, col int) (CellChange, bool) {
	at := func(state int) any {
		if r.Cells[state] == nil {
			return nil
		}
		return r.Cells[state][col]
	}
	last := len(r.Cells) - 1
	cell := CellChange{Mart: m.Mart, Column: m.Columns[col], Before: at(0), After: at(last)}
	if cell.Before == cell.After {
		return cell, false
	}
	cell.Change = change(cell.Before, cell.After)
	for i := 1; i <= last && last > 1; i++ {
		if from, to := at(i-1), at(i); from != to {
			cell.Steps = append(cell.Steps, CellStep{Cause: i - 1, From: from, To: to, Change: change(from, to)})
		}
	}
	return cell, true
}

// Where words the key of a cell's row.
func (c CellChange) Where() string { return c.where }

// change is the difference of two numbers, where a missing one counts as none;
// nil for what is no number.
func change(from, to any) *float64 {
	x, xok := asNumber(from)
	y, yok := asNumber(to)
	if !xok || !yok || from == nil && to == nil {
		return nil
	}
	v := y - x
	return &v
}

func asNumber(v any) (float64, bool) {
	switch x := v.(type) {
	case nil:
		return 0, true
	case int64:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

// dropIdle leaves out causes that changed nothing that was asked about.
func (d *differ) dropIdle() {
	to := make([]int, len(d.out.Causes))
	var kept []Cause
	for i, c := range d.out.Causes {
		to[i] = len(kept)
		if c.Cells > 0 || c.Entered+c.Left+c.Changed > 0 {
			kept = append(kept, c)
		}
	}
	for i := range d.out.Cells {
		for j := range d.out.Cells[i].Steps {
			d.out.Cells[i].Steps[j].Cause = to[d.out.Cells[i].Steps[j].Cause]
		}
	}
	d.out.Causes = kept
}
