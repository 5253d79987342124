// Package openexport screens a folder of open data by the published rules of
// DfE's Explore Education Statistics: names, mandatory columns, time and place,
// the file of definitions beside each, symbols and completeness. It knows
// nothing of who made the files, and never repeats what a cell held: the folder
// may be the wrong one.
package openexport

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"nightjar/pipeline"
)

// Result is what a screening found.
type Result struct {
	Files  int              `json:"files"` // data files looked at
	Rows   int64            `json:"rows"`
	Errors []pipeline.Issue `json:"errors"` // what the publishing service refuses
	Advice []pipeline.Issue `json:"advice"` // what it takes and readers stumble over
}

const (
	metaEnding = ".meta.csv"
	dataEnding = ".csv"
	// mostShown keeps one mistake that stands in every row from filling the
	// screen.
	mostShown = 20
)

var (
	fileForm   = regexp.MustCompile(`^[a-z0-9_-]+$`)
	columnForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	dateInName = regexp.MustCompile(`(19|20)[0-9]{2}|jan|feb|mar(ch)?([^a-z]|$)|apr|jun|jul|aug|sep[^a-z]|oct|nov|dec[^a-z]`)
)

// The longest names that the service shows whole, and the longest it takes.
const (
	longFile, longestFile     = 35, 50
	longColumn, longestColumn = 25, 50
)

// Check screens every CSV file in a folder, not in folders below. The error is
// for a folder that cannot be read or holds none; what is wrong with files is
// in the result, by file and line.
func Check(folder string) (Result, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return Result{}, fmt.Errorf("%w: %w; name a folder of CSV files", pipeline.ErrUsage, err)
	}
	s := &screen{folder: folder, counts: map[string]int{}}
	s.out.Errors, s.out.Advice = []pipeline.Issue{}, []pipeline.Issue{} // a list in JSON, also when it is empty
	var names []string
	for _, e := range entries {
		if !e.IsDir() && strings.EqualFold(filepath.Ext(e.Name()), dataEnding) {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return Result{}, fmt.Errorf("%w: no CSV file in %s; name the folder that holds them, such as published/current/exports/public", pipeline.ErrUsage, folder)
	}
	for _, name := range names {
		if base, ok := strings.CutSuffix(name, metaEnding); ok {
			if !slices.Contains(names, base+dataEnding) {
				s.wrong(name, 0, "", "meta_without_data", "there is no "+base+dataEnding+" that it describes", "add the data file, or remove this one")
			}
			continue
		}
		s.file(name, slices.Contains(names, strings.TrimSuffix(name, dataEnding)+metaEnding))
	}
	pipeline.SortIssues(s.out.Errors)
	pipeline.SortIssues(s.out.Advice)
	return s.out, nil
}

// screen gathers what is found.
type screen struct {
	folder string
	out    Result
	counts map[string]int // by file and rule
}

func (s *screen) wrong(file string, line int64, column, rule, say, hint string) {
	if issue, ok := s.one(file, line, column, rule, say, hint); ok {
		s.out.Errors = append(s.out.Errors, issue)
	}
}

func (s *screen) advise(file string, line int64, column, rule, say, hint string) {
	if issue, ok := s.one(file, line, column, rule, say, hint); ok {
		s.out.Advice = append(s.out.Advice, issue)
	}
}

func (s *screen) one(file string, line int64, column, rule, say, hint string) (pipeline.Issue, bool) {
	key := file + "\x00" + rule
	s.counts[key]++
	switch n := s.counts[key]; {
	case n > mostShown:
		return pipeline.Issue{}, false
	case n == mostShown:
		hint += "; there may be more of this kind"
	}
	return pipeline.Issue{File: file, Line: line, Column: column, Rule: rule, Say: say, Hint: hint}, true
}

// sheet is a CSV file: header, rows, and the line each row begins on.
type sheet struct {
	name  string
	head  []string
	rows  [][]string
	lines []int64
}

func (t *sheet) column(name string) int { return slices.Index(t.head, name) }

// file screens one data file with its meta file.
func (s *screen) file(name string, hasMeta bool) {
	s.out.Files++
	base := strings.TrimSuffix(name, filepath.Ext(name))
	switch {
	case !fileForm.MatchString(base) || filepath.Ext(name) != dataEnding:
		s.wrong(name, 0, "", "file_name", "the name holds something else than small letters, digits, _ and -", "rename the file")
	case len(base) > longestFile:
		s.wrong(name, 0, "", "file_name", fmt.Sprintf("the name has %d characters, %d at most", len(base), longestFile), "rename the file")
	case dateInName.MatchString(base):
		s.wrong(name, 0, "", "file_name_date", "the name holds a date, and would have to change with every edition", "take it out; the period stands in time_period")
	case len(base) > longFile:
		s.advise(name, 0, "", "file_name", fmt.Sprintf("the name has %d characters; over %d it is cut in lists", len(base), longFile), "shorten it")
	}
	data := s.read(name)
	if data == nil {
		return
	}
	s.out.Rows += int64(len(data.rows))
	var m *meta
	if hasMeta {
		m = s.meta(base+metaEnding, data)
	} else {
		s.wrong(name, 0, "", "no_meta", "there is no "+base+metaEnding+" beside it", "write one: a line for each filter and indicator")
	}
	s.header(data)
	s.times(data)
	s.places(data)
	if m != nil {
		s.cells(data, m)
		s.combinations(data, m)
	}
}

// read reads a file as UTF-8 CSV; nil where that cannot be done.
func (s *screen) read(name string) *sheet {
	body, err := os.ReadFile(filepath.Join(s.folder, name))
	if err != nil {
		s.wrong(name, 0, "", "unreadable", "the file cannot be read: "+err.Error(), "look at its rights")
		return nil
	}
	if !utf8.Valid(body) {
		line := int64(1)
		for rest := body; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				break
			}
			if r == '\n' {
				line++
			}
			rest = rest[size:]
		}
		s.wrong(name, line, "", "encoding", "the file is not UTF-8", "save it as CSV UTF-8")
		return nil
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	t := &sheet{name: name}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := 0, 0
		if err == nil {
			line, _ = r.FieldPos(0)
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			s.wrong(name, int64(bad.Line), "", "csv", "the line is no CSV: "+bad.Err.Error(), "put cells with commas or quotes between double quotes")
			return nil
		}
		if t.head == nil {
			t.head = cells
			continue
		}
		if len(cells) != len(t.head) {
			s.wrong(name, int64(line), "", "csv", fmt.Sprintf("the line has %d cells, the header %d", len(cells), len(t.head)), "write as many as the header has, commas between them")
			return nil
		}
		t.rows, t.lines = append(t.rows, cells), append(t.lines, int64(line))
	}
	if len(t.head) < 2 {
		s.wrong(name, 1, "", "csv", "the first line is no header of columns with commas between them", "write the names of the columns there")
		return nil
	}
	if len(t.rows) == 0 {
		s.wrong(name, 0, "", "no_rows", "the file has no rows", "add them, or leave the file out")
		return nil
	}
	return t
}

// mandatory are the columns that every data file has.
var mandatory = []string{"time_period", "time_identifier", "geographic_level", "country_code", "country_name"}

// header screens the names of columns.
func (s *screen) header(t *sheet) {
	seen := map[string]bool{}
	for i, name := range t.head {
		switch {
		case name == "":
			s.wrong(t.name, 1, "", "column_name", fmt.Sprintf("column %d has no name", i+1), "name it, or take it out")
		case !columnForm.MatchString(name):
			s.wrong(t.name, 1, name, "column_name", "the name is not snake_case: small letters, digits and _, a letter first", "rename the column")
		case len(name) > longestColumn:
			s.wrong(t.name, 1, name, "column_name", fmt.Sprintf("the name has %d characters, %d at most", len(name), longestColumn), "rename the column")
		case len(name) > longColumn && !fixedColumn(name):
			s.advise(t.name, 1, name, "column_name", fmt.Sprintf("the name has %d characters; over %d it is hard to read", len(name), longColumn), "shorten it")
		}
		if seen[name] {
			s.wrong(t.name, 1, name, "column_twice", "two columns have this name", "rename one")
		}
		seen[name] = true
	}
	for _, name := range mandatory {
		if !seen[name] {
			s.wrong(t.name, 1, name, "mandatory_column", "the column is missing", "add it; every data file has "+strings.Join(mandatory, ", "))
		}
	}
}
