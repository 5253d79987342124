package erase

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// Link says whom matching took a line of a list for.
type Link int

// The links. Mine is the person who goes, Other somebody else.
const (
	NoLink Link = iota
	Mine
	Other
)

// Request says where to look.
type Request struct {
	Data     string                // data folder, with lake/ and quarantine/
	Files    []pipeline.FileRecord // every delivery in the ledger
	Personal func(dataset string) bool
	Linked   func(f pipeline.FileRecord, sheet string, line int64) Link
	Progress pipeline.Progress
}

// File is a delivered file with the places that are about the person.
type File struct {
	Key            string             `json:"key"`
	Dataset        string             `json:"dataset"`
	Provider       string             `json:"provider"`
	Hash           string             `json:"hash"`
	Snapshot       string             `json:"snapshot,omitempty"` // under the data folder
	Rows           int64              `json:"rows"`
	Drop           []int64            `json:"drop,omitempty"` // rows of the snapshot, from 0
	Quarantine     string             `json:"quarantine,omitempty"`
	QuarantineRows int64              `json:"quarantine_rows"`
	QuarantineDrop []int64            `json:"quarantine_drop,omitempty"`
	Lines          map[string][]int64 `json:"lines,omitempty"` // by sheet, in the file as it was delivered
}

// Found is what there is about a person.
type Found struct {
	Person Person `json:"person"`
	Files  []File `json:"files"`
	// Shared is how many numbers of the person somebody else has too; they are
	// used for nothing.
	Shared int `json:"shared"`
}

// caseload is the relation whose rows are people.
const caseload = "caseload"

// Identify finds out who is meant: from the numbers given, every number and
// name under which the caseload ever knew the person, records merged into each
// other included. A number that belongs to several people names nobody; the
// error is ErrUsage then.
func Identify(ctx context.Context, q Request, asked Numbers) (Person, int, error) {
	p := Person{}
	for _, l := range []struct{ from, to *[]string }{{&asked.Clients, &p.Clients}, {&asked.UPNs, &p.UPNs}, {&asked.ULNs, &p.ULNs}} {
		for _, s := range *l.from {
			add(l.to, s)
		}
	}
	if p.Empty() {
		return p, 0, fmt.Errorf("%w: nobody is named; give a client id, a UPN or a ULN", pipeline.ErrUsage)
	}
	if len(p.Clients) == 0 {
		if err := q.owner(ctx, &p); err != nil {
			return p, 0, err
		}
	}
	for grown := true; grown && len(p.Clients) > 0; {
		grown = false
		err := q.people(ctx, func(r record) {
			mine, was := slices.Contains(p.Clients, r.client), r.previous != "" && slices.Contains(p.Clients, r.previous)
			if was && !mine {
				grown = add(&p.Clients, r.client) || grown
			}
			if !mine && !was {
				return
			}
			grown = add(&p.Clients, r.previous) || grown
			add(&p.UPNs, r.upn)
			add(&p.ULNs, r.uln)
			p.addName(Name{Family: r.family, Given: r.given, Born: r.born, HasBorn: r.hasBorn})
		})
		if err != nil {
			return p, 0, err
		}
	}
	shared, err := q.dropShared(ctx, &p, asked)
	return p, shared, err
}

// owner finds the one person of the caseload who has the numbers given;
// somebody who is only on lists has none.
func (q Request) owner(ctx context.Context, p *Person) error {
	var owners []string
	err := q.people(ctx, func(r record) {
		if slices.Contains(p.UPNs, r.upn) || slices.Contains(p.ULNs, r.uln) {
			add(&owners, r.client)
		}
	})
	if err != nil {
		return err
	}
	if len(owners) > 1 {
		return fmt.Errorf("%w: %d people of the caseload have this number; give the client id of the one who is meant", pipeline.ErrUsage, len(owners))
	}
	p.Clients = owners
	return nil
}

// dropShared takes out numbers that somebody else has too, but for those that
// were asked for.
func (q Request) dropShared(ctx context.Context, p *Person, asked Numbers) (int, error) {
	others := map[string]bool{}
	err := q.people(ctx, func(r record) {
		if slices.Contains(p.Clients, r.client) {
			return
		}
		if slices.Contains(p.UPNs, r.upn) {
			others[r.upn] = true
		}
		if slices.Contains(p.ULNs, r.uln) {
			others[r.uln] = true
		}
	})
	keep := func(asked []string) func(string) bool {
		return func(s string) bool {
			return others[s] && !slices.ContainsFunc(asked, func(a string) bool { return tidy(a) == s })
		}
	}
	before := len(p.UPNs) + len(p.ULNs)
	p.UPNs = slices.DeleteFunc(p.UPNs, keep(asked.UPNs))
	p.ULNs = slices.DeleteFunc(p.ULNs, keep(asked.ULNs))
	return before - len(p.UPNs) - len(p.ULNs), err
}

// record is a row of the caseload, as far as it says who somebody is.
type record struct {
	client, previous, upn, uln, family, given string
	born                                      pipeline.Date
	hasBorn                                   bool
}

func (q Request) people(ctx context.Context, each func(record)) error {
	for _, f := range q.Files {
		if f.Relation != caseload || f.Path == "" {
			continue
		}
		err := snapshot.Scan(q.path(f.Path), []string{"client_id", "previous_client_id", "upn", "uln", "family_name", "given_name", "birth_date"}, func(c []snapshot.Cell) error {
			r := record{client: tidy(c[0].Text), previous: tidy(c[1].Text), upn: tidy(c[2].Text), uln: tidy(c[3].Text), family: c[4].Text, given: c[5].Text}
			r.born, r.hasBorn = dayOf(c[6])
			each(r)
			return nil
		})
		if err := errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("snapshot of %s: %w", f.Name, err)
		}
	}
	return nil
}

func (q Request) path(below string) string { return filepath.Join(q.Data, filepath.FromSlash(below)) }

func dayOf(c snapshot.Cell) (pipeline.Date, bool) {
	if c.Null || c.Text == "" {
		return 0, false
	}
	d, err := pipeline.ParseDate(c.Text)
	return d, err == nil
}

// Find looks through every snapshot and quarantine file for rows about the
// person. Names as lists write them are found on the way and looked for too.
func Find(ctx context.Context, q Request, p Person) (Found, error) {
	for {
		known := len(p.Names)
		found := Found{Person: p}
		q.Progress.Start("looking for the person", "files", int64(len(q.Files)))
		for _, f := range q.Files {
			if q.Personal(f.Dataset) {
				places, err := q.look(f, &p)
				if err != nil {
					return found, fmt.Errorf("%s: %w", f.Name, err)
				}
				if len(places.Drop)+len(places.QuarantineDrop) > 0 {
					found.Files = append(found.Files, places)
				}
			}
			q.Progress.Add(1)
			if ctx.Err() != nil {
				return found, ctx.Err()
			}
		}
		q.Progress.Done()
		found.Person = p
		if len(p.Names) == known {
			return found, nil
		}
	}
}

// look looks through one delivered file.
func (q Request) look(f pipeline.FileRecord, p *Person) (File, error) {
	out := File{Key: f.Key(), Dataset: f.Dataset, Provider: f.Provider, Hash: f.Hash, Snapshot: f.Path, Quarantine: f.Quarantine, Lines: map[string][]int64{}}
	line := func(sheet, line string) {
		if n, err := strconv.ParseInt(line, 10, 64); err == nil && !slices.Contains(out.Lines[sheet], n) {
			out.Lines[sheet] = append(out.Lines[sheet], n)
		}
	}
	if f.Path != "" {
		columns := rowColumns
		if f.Relation == caseload {
			columns = caseloadColumns
		}
		err := snapshot.Scan(q.path(f.Path), columns, func(c []snapshot.Cell) error {
			cell := func(name string) snapshot.Cell {
				if i := slices.Index(columns, name); i >= 0 {
					return c[i]
				}
				return snapshot.Cell{Null: true}
			}
			if q.about(f, p, cell) {
				out.Drop = append(out.Drop, out.Rows)
				line(cell("sheet").Text, cell("line").Text)
			}
			out.Rows++
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	if f.Quarantine == "" {
		return out, nil
	}
	err := snapshot.Scan(q.path(f.Quarantine), []string{"raw_text", "sheet", "line"}, func(c []snapshot.Cell) error {
		var cells []string
		if err := json.Unmarshal([]byte(c[0].Text), &cells); err != nil {
			return errors.New("a row of its quarantine cannot be read back")
		}
		n, _ := strconv.ParseInt(c[2].Text, 10, 64)
		if q.Linked(f, c[1].Text, n) == Mine || p.inCells(cells) {
			out.QuarantineDrop = append(out.QuarantineDrop, out.QuarantineRows)
			line(c[1].Text, c[2].Text)
		}
		out.QuarantineRows++
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) && f.Status != pipeline.FileLoaded {
		out.Quarantine, err = "", nil // of a refused file, which may be loaded by now
	}
	return out, err
}

var (
	caseloadColumns = []string{"client_id", "previous_client_id", "sheet", "line"}
	rowColumns      = slices.Concat(caseloadColumns, []string{"upn", "uln", "birth_date", "postcode"}, familyColumns, givenColumns)
)

// about tells whether a row of a snapshot is about the person.
func (q Request) about(f pipeline.FileRecord, p *Person, cell func(string) snapshot.Cell) bool {
	client := tidy(cell("client_id").Text)
	if client != "" || f.Relation == caseload {
		return slices.Contains(p.Clients, client) || slices.Contains(p.Clients, tidy(cell("previous_client_id").Text)) && !cell("previous_client_id").Null
	}
	n, _ := strconv.ParseInt(cell("line").Text, 10, 64)
	link := q.Linked(f, cell("sheet").Text, n)
	upn, uln := tidy(cell("upn").Text), tidy(cell("uln").Text)
	byNumber := upn != "" && slices.Contains(p.UPNs, upn) || uln != "" && slices.Contains(p.ULNs, uln)
	switch {
	case link == Other && !byNumber:
		return false
	case link != Mine && !byNumber:
		another := upn != "" && len(p.UPNs) > 0 || uln != "" && len(p.ULNs) > 0
		return !another && p.named(cell)
	}
	for _, n := range namesOf(cell) {
		p.addName(n)
	}
	return true
}

func (p *Person) named(cell func(string) snapshot.Cell) bool {
	for _, n := range namesOf(cell) {
		if n.usable() && slices.ContainsFunc(p.Names, func(k Name) bool { return k.key() == n.key() }) {
			return true
		}
	}
	return false
}

// namesOf returns the names that a row gives its person.
func namesOf(cell func(string) snapshot.Cell) []Name {
	var given string
	for _, c := range givenColumns {
		given = first(given, cell(c).Text)
	}
	born, ok := dayOf(cell("birth_date"))
	var out []Name
	for _, c := range familyColumns {
		if family := cell(c).Text; family != "" {
			n := Name{Family: family, Given: given, Born: born, HasBorn: ok}
			if !ok {
				n.Postcode = cell("postcode").Text
			}
			out = append(out, n)
		}
	}
	return out
}

// inCells tells whether cells without known columns are about the person: one
// of them is a number of the person, or they hold name and date of birth.
func (p *Person) inCells(cells []string) bool {
	words := make(map[string]bool, 2*len(cells))
	for _, c := range cells {
		words[fold(c)], words["#"+tidy(c)] = true, true
		words["@"+strings.TrimSpace(c)], words["@"+before(strings.TrimSpace(c), "T")], words["@"+before(strings.TrimSpace(c), " ")] = true, true, true
	}
	for _, list := range [][]string{p.Clients, p.UPNs, p.ULNs} {
		if slices.ContainsFunc(list, func(s string) bool { return words["#"+s] }) {
			return true
		}
	}
	return slices.ContainsFunc(p.Names, func(n Name) bool {
		return n.HasBorn && words[fold(n.Family)] && words[fold(n.Given)] &&
			slices.ContainsFunc(dayTexts(n.Born), func(d string) bool { return words["@"+d] })
	})
}
