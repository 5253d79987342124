package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"nightjar/pipeline"
	"nightjar/transforms"
)

// Returns are the files that go back to schools and colleges.
type Returns struct {
	RunID  string       `json:"run_id"`
	AsAt   string       `json:"as_at"`
	Folder string       `json:"folder"`
	Files  []ReturnFile `json:"files"`
}

// ReturnFile is the file of one school or college.
type ReturnFile struct {
	Institution string `json:"institution"`
	File        string `json:"file"` // within the folder
	People      int    `json:"people"`
	Rows        int    `json:"rows"`               // one per person, year and list
	Page        string `json:"page,omitempty"`     // of its figures, where packs were asked for
	Workbook    string `json:"workbook,omitempty"` // of the same figures
}

// returnColumns are what an institution gets: what it can tell its people by,
// and what we know of them. The caseload's ids and our keys stay with us.
var returnColumns = strings.Fields(`institution academic_year list_kind family_name given_name birth_date year_group
	is_in_cohort offer_category is_at_risk survey_duty left_on as_at`)

// institutionCode is what may name a file.
var institutionCode = regexp.MustCompile(`^[0-9A-Za-z-]+$`)

// Returns writes a CSV file for each school and college with its own people and
// nobody else's. dir must not be there yet; empty means a folder of the night in
// the restricted folder, made anew by each call. The folder appears whole or not
// at all, readable by its owner only. With packs, a page and a workbook of each
// institution's own figures lie beside its list.
func (a *App) Returns(ctx context.Context, dir string, packs bool) (Returns, error) {
	now, _, err := a.peopleNights(ctx)
	if err != nil {
		return Returns{}, err
	}
	own := dir == ""
	if own {
		dir = filepath.Join(a.restricted(), "returns-"+now.run)
	} else if err := a.placeForPeople(dir); err != nil {
		return Returns{}, err
	}
	rows, err := now.people(ctx, "institution_people", "")
	if err != nil {
		return Returns{}, err
	}
	lists, err := byInstitution(rows)
	if err != nil {
		return Returns{}, err
	}
	known, err := now.columns(ctx, "institution_people")
	if err != nil {
		return Returns{}, err
	}
	head := transforms.TableHead{Name: "restricted.institution_people", RunID: now.run, AsAt: now.asAt}
	for _, name := range returnColumns {
		head.Columns = append(head.Columns, known[name])
	}
	out := Returns{RunID: now.run, AsAt: now.asAt, Folder: dir, Files: []ReturnFile{}}
	form := "lists of people"
	var each packWriter
	if packs {
		made, err := a.packs(ctx, now.run)
		if err != nil {
			return Returns{}, err
		}
		form += ", pages and workbooks"
		each = func(dir, institution string) (string, string, error) { return made.write(ctx, dir, institution) }
	}
	if err := a.exported(ctx, "returns of "+now.run, form, int64(len(rows))); err != nil {
		return Returns{}, err
	}
	out.Files, err = writeReturns(dir, own, head, lists, each)
	return out, err
}

// packWriter writes the page and the workbook of an institution into a folder.
type packWriter func(dir, institution string) (page, book string, err error)

// institutionList is one school or college with its rows.
type institutionList struct {
	institution string
	rows        []Values
}

// byInstitution parts the rows by institution, which they are ordered by. Two
// institutions must never share a file, not even where a file system takes
// capitals for small letters.
func byInstitution(rows []Values) ([]institutionList, error) {
	var out []institutionList
	taken := map[string]string{}
	for _, r := range rows {
		name := r.Text("institution")
		if n := len(out); n > 0 && out[n-1].institution == name {
			out[n-1].rows = append(out[n-1].rows, r)
			continue
		}
		if !institutionCode.MatchString(name) {
			return nil, fmt.Errorf("institution %q cannot name a file, which takes letters, digits and hyphens; correct provider_id in the reference file providers.csv", name)
		}
		if other, ok := taken[strings.ToLower(name)]; ok {
			return nil, fmt.Errorf("institutions %q and %q would share a file; correct provider_id in the reference file providers.csv", other, name)
		}
		taken[strings.ToLower(name)] = name
		out = append(out, institutionList{name, []Values{r}})
	}
	return out, nil
}

// writeReturns writes the files aside and gives the folder its name when all of
// them are there. replace takes away what has the name.
func writeReturns(dir string, replace bool, head transforms.TableHead, lists []institutionList, pack packWriter) (files []ReturnFile, err error) {
	temp, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), unfinishedReturns) // 0700
	if err != nil {
		return nil, fmt.Errorf("returns: %w; name another place with --out", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }() // renamed, if all went well
	for _, l := range lists {
		f := ReturnFile{Institution: l.institution, File: l.institution + ".csv", Rows: len(l.rows)}
		people := map[string]bool{}
		for _, r := range l.rows {
			people[r.Text("pupil_key")] = true
		}
		f.People = len(people)
		head.Where = "institution = " + l.institution
		if err := writePeople(filepath.Join(temp, f.File), head, l.rows); err != nil {
			return nil, err
		}
		if pack != nil {
			if f.Page, f.Workbook, err = pack(temp, l.institution); err != nil {
				return nil, fmt.Errorf("pack of %s: %w", l.institution, err)
			}
		}
		files = append(files, f)
	}
	if replace {
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("earlier returns of this night: %w; remove them by hand", err)
		}
	}
	if err := os.Rename(temp, dir); err != nil {
		return nil, fmt.Errorf("%w: returns: %w; name another place with --out", pipeline.ErrUsage, err)
	}
	return files, syncFolder(filepath.Dir(filepath.Clean(dir)))
}
