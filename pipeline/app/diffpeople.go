package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/transforms"
)

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

// mostMoved bounds the people that are kept for the terminal; the file has all.
const mostMoved = 5000

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
	name := fmt.Sprintf("diff-%s-%s.csv", orName(d.out.Before), orName(d.out.After))
	list, err := d.newMoves(filepath.Join(d.restricted(), name))
	if err != nil {
		return err
	}
	defer list.drop()
	for i := 1; i < len(files); i++ {
		if err := d.tellStep(ctx, c, i, list); err != nil {
			return err
		}
	}
	if list.rows == 0 {
		return nil
	}
	if err := d.exported(ctx, "people behind "+strings.TrimSuffix(name, ".csv"), "list of people", list.rows); err != nil {
		return err
	}
	d.out.PeopleFile, d.out.Moved = list.path, list.rows
	return list.place()
}

// tellStep lists who moved between two states.
func (d *differ) tellStep(ctx context.Context, c *transforms.Comparison, i int, list *movesFile) error {
	lines, err := c.EvidenceMoves(ctx, i-1, i)
	if err != nil {
		return err
	}
	cause := &d.out.Causes[i]
	for _, m := range d.marts {
		moves, err := c.PeopleMoves(ctx, m.Mart, i-1, i)
		if err != nil {
			return err
		}
		for _, p := range moves {
			cause.count(p)
			row := d.movedRow(cause, m.Mart, p, lines[p.PersonID])
			if len(d.out.People) < mostMoved {
				d.out.People = append(d.out.People, row)
			}
			if err := list.add(row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Cause) count(p transforms.PersonChange) {
	switch p.Kind() {
	case "entered":
		c.Entered++
	case "left":
		c.Left++
	default:
		c.Changed++
	}
}

func (d *differ) movedRow(cause *Cause, mart string, p transforms.PersonChange, lines []transforms.EvidenceLine) Values {
	var row []string
	for i, k := range transforms.PeopleKeys(mart) {
		row = append(row, fmt.Sprintf("%s %v", k, p.Key[i]))
	}
	return Values{
		"cause": cause.Say, "mart": mart, "row": strings.Join(row, ", "), "person_id": p.PersonID, "change": p.Kind(),
		"before": p.Before, "after": p.After, "detail": p.Detail, "evidence": d.evidence(cause, lines),
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

// movesFile is the list of who moved as it is written: only its owner can read
// it, and it gets its name when it is whole.
type movesFile struct {
	path string
	f    *os.File
	to   transforms.RowSink
	rows int64
}

func (d *differ) newMoves(path string) (*movesFile, error) {
	if err := os.MkdirAll(d.restricted(), 0o700); err != nil {
		return nil, fmt.Errorf("restricted folder: %w", err)
	}
	f, err := os.CreateTemp(d.restricted(), unfinishedList) // 0600
	if err != nil {
		return nil, fmt.Errorf("list of people: %w", err)
	}
	m := &movesFile{path: path, f: f, to: peopleSinks[".csv"](f)}
	err = m.to.Begin(transforms.TableHead{
		Name: "restricted.diff", Comment: "Who stands differently behind figures that changed, and why; about people, so keep it to yourself.",
		RunID: d.out.After.RunID, AsAt: d.out.After.AsAt, Columns: peopleDiffColumns,
	})
	if err != nil {
		m.drop()
		return nil, fmt.Errorf("list of people: %w; is there room?", err)
	}
	return m, nil
}

func (m *movesFile) add(row Values) error {
	m.rows++
	cells := make([]any, len(peopleDiffColumns))
	for i, c := range peopleDiffColumns {
		cells[i] = row[c.Name]
	}
	if err := m.to.Row(cells); err != nil {
		return fmt.Errorf("list of people: %w; is there room?", err)
	}
	return nil
}

// place gives the list its name.
func (m *movesFile) place() error {
	err := errors.Join(m.to.End(), m.f.Sync(), m.f.Close())
	if err == nil {
		err = os.Rename(m.f.Name(), m.path)
	}
	if err != nil {
		return fmt.Errorf("list of people: %w; is there room?", err)
	}
	return nil
}

// drop removes a list that did not get its name.
func (m *movesFile) drop() {
	_ = m.to.Close()
	_ = m.f.Close()
	_ = os.Remove(m.f.Name())
}

// orName is the run of an end, else the day.
func orName(e DiffEnd) string {
	if e.RunID != "" {
		return e.RunID
	}
	return e.Name
}
