package transforms

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// The layers of sql/, in the order in which data goes through them.
const (
	layerRaw          = "raw"
	layerRef          = "ref"
	layerStaging      = "staging"
	layerIntermediate = "intermediate"
	layerMarts        = "marts"
	layerRestricted   = "restricted"
	layerExports      = "exports"
)

var modelLayers = []string{layerStaging, layerIntermediate, layerMarts, layerRestricted, layerExports}

// Model is one SQL file: what its header says and the SELECT itself.
type Model struct {
	Layer    string // schema
	Name     string // file name without .sql
	File     string // path under sql/
	Doc      string // the sentence on top
	Grain    []string
	Columns  []ColumnDoc
	NotNull  []string
	Accepted []Accepted
	View     bool   // built as a view, not as a table
	Export   string // label under which the mart goes to exports/; empty: not exported
	SQL      string // the whole file, so that DuckDB's line numbers are the file's
	Reads    []string
}

// ColumnDoc is the description of one output column.
type ColumnDoc struct{ Name, Doc string }

// Accepted names the values a column may hold besides null.
type Accepted struct {
	Column string
	Values []string
}

// Relation returns the name under which other models read it, such as
// marts.neet_rates.
func (m Model) Relation() string { return m.Layer + "." + m.Name }

// CheckFile is a *_test.sql file: a SELECT of rows that must not exist.
type CheckFile struct {
	Model string // relation it belongs to
	Claim string // what must hold, from the file name
	File  string
	Why   string // the comment on top
	Warn  bool   // reported, but does not hold the build back
	SQL   string
	Reads []string
}

var (
	nameForm     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	headerKey    = regexp.MustCompile(`^([a-z_]+)(?: ([A-Za-z0-9_]+))?:(?:\s+(.*))?$`)
	continuation = regexp.MustCompile(`^\s{2,}\S`)
)

// headerKeys are the keys of models and checks. Before the first of them a
// line such as "counted so:" is prose; a misspelt key there is missed by what
// demands it.
var headerKeys = []string{"grain", "column", "not_null", "accepted", "materialized", "export", "severity"}

// header is the run of comment lines on top of a file, cut into the sentence
// and the keys.
type header struct {
	file   string
	doc    []string
	keys   []headerEntry
	issues []pipeline.Issue
}

type headerEntry struct {
	key, arg, value string
	line            int64
}

func readHeader(file, text string) *header {
	h := &header{file: file}
	for i, line := range strings.Split(text, "\n") {
		body, ok := strings.CutPrefix(strings.TrimRight(line, " \t\r"), "--")
		if !ok {
			break
		}
		h.add(body, int64(i+1))
	}
	return h
}

func (h *header) add(body string, line int64) {
	trimmed := strings.TrimSpace(body)
	found := headerKey.FindStringSubmatch(trimmed)
	switch {
	case trimmed == "":
	case len(h.keys) > 0 && continuation.MatchString(body):
		last := &h.keys[len(h.keys)-1]
		last.value = strings.TrimSpace(last.value + " " + trimmed)
	case found != nil && !continuation.MatchString(body) && (len(h.keys) > 0 || slices.Contains(headerKeys, found[1])):
		h.keys = append(h.keys, headerEntry{found[1], found[2], strings.TrimSpace(found[3]), line})
	case len(h.keys) > 0:
		h.complain(line, "header", "this line is neither a key nor the indented continuation of one",
			"write \"-- key: value\", or indent it by two spaces more to continue the line above")
	default:
		h.doc = append(h.doc, trimmed)
	}
}

func (h *header) complain(line int64, rule, say, hint string) {
	h.issues = append(h.issues, pipeline.Issue{File: h.file, Line: line, Rule: rule, Say: say, Hint: hint})
}

// parseModel reads a model file. The issues name every line of the header that
// does not keep the form; the model is usable for reporting even then.
func parseModel(file, text string) (Model, []pipeline.Issue) {
	h := readHeader(file, text)
	m := Model{
		Layer: strings.SplitN(file, "/", 2)[0], Name: strings.TrimSuffix(path.Base(file), ".sql"),
		File: file, Doc: strings.Join(h.doc, " "), SQL: text,
	}
	if !nameForm.MatchString(m.Name) {
		h.complain(0, "name", "model name "+m.Name+" is not lower snake_case", "rename the file")
	}
	for _, e := range h.keys {
		h.apply(&m, e)
	}
	h.demand(m)
	return m, h.issues
}

func (h *header) apply(m *Model, e headerEntry) {
	if wants := e.key == "column" || e.key == "accepted"; wants != (e.arg != "") {
		h.complain(e.line, "header", "unknown header key \""+strings.TrimSpace(e.key+" "+e.arg)+"\"", keyHint)
		return
	}
	if e.value == "" {
		h.complain(e.line, "header", "header key \""+e.key+"\" has no value", "write what it says, or remove the line")
		return
	}
	switch e.key {
	case "grain":
		h.once(e, m.Grain != nil)
		m.Grain = h.list(e)
	case "column":
		h.once(e, slices.ContainsFunc(m.Columns, func(c ColumnDoc) bool { return c.Name == e.arg }))
		m.Columns = append(m.Columns, ColumnDoc{e.arg, e.value})
	case "not_null":
		m.NotNull = append(m.NotNull, h.list(e)...)
	case "accepted":
		m.Accepted = append(m.Accepted, Accepted{e.arg, h.list(e)})
	case "materialized":
		h.once(e, m.View)
		m.View = e.value == "view"
		h.oneOf(e, "view", "table")
	case "export":
		h.once(e, m.Export != "")
		m.Export = e.value
		h.oneOf(e, "internal")
		if m.Layer != layerMarts {
			h.complain(e.line, "header", "only marts are exported", "remove the line, or move the model to sql/marts")
		}
	default:
		h.complain(e.line, "header", "unknown header key \""+e.key+"\"", keyHint)
	}
}

const keyHint = "known keys: grain, column NAME, not_null, accepted NAME, materialized, export"

func (h *header) once(e headerEntry, before bool) {
	if before {
		h.complain(e.line, "header", "header key \""+strings.TrimSpace(e.key+" "+e.arg)+"\" stands twice", "keep one")
	}
}

func (h *header) oneOf(e headerEntry, allowed ...string) {
	if !slices.Contains(allowed, e.value) {
		h.complain(e.line, "header", "header key \""+e.key+"\" cannot be \""+e.value+"\"", "write "+strings.Join(allowed, " or "))
	}
}

func (h *header) list(e headerEntry) []string {
	var out []string
	for part := range strings.SplitSeq(e.value, ",") {
		part = strings.TrimSpace(part)
		if part == "" || slices.Contains(out, part) {
			h.complain(e.line, "header", "the list of header key \""+e.key+"\" has an empty or repeated item", "write a, b, c")
			continue
		}
		out = append(out, part)
	}
	return out
}

// demand reports what every model must say about itself, and names in lists
// that no column line describes.
func (h *header) demand(m Model) {
	if m.Doc == "" {
		h.complain(1, "doc", "the file does not begin with a sentence that says what a row is", "add a comment line on top")
	}
	if m.Grain == nil {
		h.complain(1, "grain", "the header names no grain", "add \"-- grain: a, b\", the columns that identify a row")
	}
	for _, name := range slices.Concat(m.Grain, m.NotNull, m.acceptedColumns()) {
		if !slices.ContainsFunc(m.Columns, func(c ColumnDoc) bool { return c.Name == name }) {
			h.complain(1, "column", "column "+name+" is named in the header and described nowhere", "add \"-- column "+name+": …\"")
		}
	}
}

func (m Model) acceptedColumns() []string {
	var out []string
	for _, a := range m.Accepted {
		out = append(out, a.Column)
	}
	return out
}

// parseCheck reads a *_test.sql file: <model>__<claim>_test.sql beside its
// model.
func parseCheck(file, text string) (CheckFile, []pipeline.Issue) {
	h := readHeader(file, text)
	base := strings.TrimSuffix(path.Base(file), "_test.sql")
	model, claim, ok := cutLast(base, "__")
	c := CheckFile{
		Model: strings.SplitN(file, "/", 2)[0] + "." + model, Claim: claim, File: file,
		Why: strings.Join(h.doc, " "), SQL: text,
	}
	if !ok || claim == "" {
		h.complain(0, "name", "a check file is called <model>__<claim>_test.sql", "rename it")
	}
	if c.Why == "" {
		h.complain(1, "doc", "the check does not say why it must hold", "add a comment on top")
	}
	for _, e := range h.keys {
		if e.key != "severity" || e.arg != "" {
			h.complain(e.line, "header", "unknown header key \""+strings.TrimSpace(e.key+" "+e.arg)+"\"", "a check knows only severity: block or warn")
			continue
		}
		h.oneOf(e, "warn", "block")
		c.Warn = e.value == "warn"
	}
	return c, h.issues
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
