package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
			for col := range m.Columns {
				if cell, differs := cellChange(m, r, col); differs {
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

// cellChange follows one cell through the states.
func cellChange(m transforms.MartChange, r transforms.RowStates, col int) (CellChange, bool) {
	at := func(state int) any {
		if r.Cells[state] == nil {
			return nil
		}
		return r.Cells[state][col]
	}
	last := len(r.Cells) - 1
	cell := CellChange{Mart: m.Mart, Column: m.Columns[col], Before: at(0), After: at(last), Key: Values{}}
	if cell.Before == cell.After {
		return cell, false
	}
	var words []string
	for i, g := range m.Grain {
		cell.Key[g] = r.Key[i]
		words = append(words, fmt.Sprintf("%s %v", g, r.Key[i]))
	}
	cell.where = strings.Join(words, ", ")
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

// peopleDiffColumns are those of the list of who moved.
var peopleDiffColumns = []transforms.ColumnInfo{
	{Name: "cause", Type: "VARCHAR", Comment: "What made the difference."},
	{Name: "mart", Type: "VARCHAR", Comment: "Mart whose row is meant."},
	{Name: "row", Type: "VARCHAR", Comment: "What identifies the row."},
	{Name: "person_id", Type: "VARCHAR", Comment: "Person of the caseload; not linked and a mark for a pupil nobody is known for."},
	{Name: "change", Type: "VARCHAR", Comment: "entered, left or changed group."},
	{Name: "before", Type: "VARCHAR", Comment: "Where the person stood."},
	{Name: "after", Type: "VARCHAR", Comment: "Where the person stands."},
	{Name: "detail", Type: "VARCHAR", Comment: "Month, ward or line that is meant, where a person stands behind a row more than once."},
	{Name: "evidence", Type: "VARCHAR", Comment: "Lines about the person that differ, else what made the difference."},
}

// tellPeople writes who moved at each step into the restricted folder.
func (d *differ) tellPeople(ctx context.Context) error {
	var files []string
	for _, at := range d.cuts {
		files = append(files, d.parts[at].File)
	}
	if len(files) < 2 {
		return nil
	}
	c, err := d.compare(ctx, files...)
	if err != nil {
		return err
	}
	defer c.Close()
	for i := 1; i < len(files); i++ {
		lines, err := c.EvidenceMoves(ctx, i-1, i)
		if err != nil {
			return err
		}
		for _, m := range d.marts {
			moves, err := c.PeopleMoves(ctx, m.Mart, i-1, i)
			if err != nil {
				return err
			}
			d.note(&d.out.Causes[i], m.Mart, moves, lines)
		}
	}
	if len(d.out.People) == 0 {
		return nil
	}
	return d.writeMoves(ctx)
}

// note adds the people that a cause moved.
func (d *differ) note(cause *Cause, mart string, moves []transforms.PersonChange, lines map[string][]transforms.EvidenceLine) {
	keys := transforms.PeopleKeys(mart)
	for _, p := range moves {
		switch p.Kind() {
		case "entered":
			cause.Entered++
		case "left":
			cause.Left++
		default:
			cause.Changed++
		}
		var row []string
		for i, k := range keys {
			row = append(row, fmt.Sprintf("%s %v", k, p.Key[i]))
		}
		d.out.People = append(d.out.People, Values{
			"cause": cause.Say, "mart": mart, "row": strings.Join(row, ", "), "person_id": p.PersonID, "change": p.Kind(),
			"before": p.Before, "after": p.After, "detail": p.Detail, "evidence": d.evidence(cause, lines[p.PersonID]),
		})
	}
}

// evidence words the lines about a person that differ, the newest first.
func (d *differ) evidence(cause *Cause, lines []transforms.EvidenceLine) string {
	var out []string
	for _, l := range lines {
		where := d.files[l.FileHash].Name
		if l.Line > 0 {
			where += fmt.Sprintf(" line %d", l.Line)
		}
		switch {
		case l.Before == "":
			where += " (" + l.After + ")"
		case l.After == "":
			where += " (no longer: " + l.Before + ")"
		default:
			where += " (" + l.After + ", before: " + l.Before + ")"
		}
		out = append(out, where)
	}
	if len(out) == 0 {
		out = cause.Evidence
	}
	slices.Reverse(out)
	return strings.Join(out[:min(len(out), 6)], "; ")
}

func (d *differ) writeMoves(ctx context.Context) error {
	name := fmt.Sprintf("diff-%s-%s.csv", orName(d.out.Before), orName(d.out.After))
	d.out.PeopleFile = filepath.Join(d.restricted(), name)
	if err := os.MkdirAll(d.restricted(), 0o700); err != nil {
		return fmt.Errorf("restricted folder: %w", err)
	}
	if err := d.exported(ctx, "people behind "+strings.TrimSuffix(name, ".csv"), "list of people", int64(len(d.out.People))); err != nil {
		return err
	}
	return writePeople(d.out.PeopleFile, transforms.TableHead{
		Name: "restricted.diff", Comment: "Who stands differently behind figures that changed, and why; about people, so keep it to yourself.",
		RunID: d.out.After.RunID, AsAt: d.out.After.AsAt, Columns: peopleDiffColumns,
	}, d.out.People)
}

// orName is the run of an end, else the day.
func orName(e DiffEnd) string {
	if e.RunID != "" {
		return e.RunID
	}
	return e.Name
}
