package transforms

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// Catalogue is everything sql/ holds, read, checked and put in build order.
type Catalogue struct {
	Models []Model     // in the order in which they are built
	Checks []CheckFile // by file
	Macros []Macro     // by file
	Refs   map[string]RefTable
	Issues []pipeline.Issue // everything that is wrong; empty when all is well
}

// Macro is one file of sql/macros.
type Macro struct{ File, SQL string }

// Model returns the model that makes a relation.
func (c *Catalogue) Model(relation string) (Model, bool) {
	for _, m := range c.Models {
		if m.Relation() == relation {
			return m, true
		}
	}
	return Model{}, false
}

// LoadCatalogue reads sql/: headers, tables read, portable subset, order. raw
// names the relations that snapshots give, without their schema. What is wrong
// with a file goes to Issues; the error is for a folder that cannot be read or
// a DuckDB that does not start.
func LoadCatalogue(ctx context.Context, fsys fs.FS, raw []RawRelation) (*Catalogue, error) {
	s, err := openSession(ctx, sessionOptions{memoryLimit: "200MB", threads: 1})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	l := &loader{session: s, fsys: fsys, cat: &Catalogue{Refs: map[string]RefTable{}}, trees: map[string]node{}}
	if err := fs.WalkDir(fsys, ".", l.visit); err != nil {
		return nil, fmt.Errorf("read models: %w", err)
	}
	if err := l.parse(ctx); err != nil {
		return nil, err
	}
	l.assemble(raw)
	pipeline.SortIssues(l.cat.Issues)
	return l.cat, nil
}

type loader struct {
	session *session
	fsys    fs.FS
	cat     *Catalogue
	models  []*Model
	trees   map[string]node // syntax tree by file
}

func (l *loader) visit(file string, d fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	top := strings.SplitN(file, "/", 2)[0]
	if d.IsDir() {
		if top == "testdata" {
			return fs.SkipDir
		}
		return nil
	}
	switch ext := path.Ext(file); {
	case ext == ".csv" && top == layerRef:
		return l.addRef(file)
	case ext != ".sql":
		return nil
	}
	text, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		return err
	}
	l.addSQL(top, file, string(text))
	return nil
}

func (l *loader) addRef(file string) error {
	body, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		return err
	}
	t, err := parseRef(file, body)
	if err != nil {
		l.complain(pipeline.Issue{File: file, Rule: "reference", Say: err.Error()})
		return nil
	}
	l.cat.Refs[t.Name] = t
	return nil
}

func (l *loader) addSQL(top, file, text string) {
	switch {
	case top == "macros":
		l.cat.Macros = append(l.cat.Macros, Macro{file, text})
		if name := strings.TrimSuffix(path.Base(file), ".sql"); !slices.Contains(helpers, name) {
			l.complain(pipeline.Issue{File: file, Rule: "macro", Say: "every engine would need the helper " + name + " too",
				Hint: "the helpers are " + strings.Join(helpers, ", ")})
		}
	case !slices.Contains(modelLayers, top):
		l.complain(pipeline.Issue{File: file, Rule: "layer", Say: "the file stands in no layer", Hint: "layers are " + strings.Join(modelLayers, ", ")})
	case strings.HasSuffix(file, "_test.sql"):
		c, issues := parseCheck(file, text)
		l.cat.Checks = append(l.cat.Checks, c)
		l.complain(issues...)
	default:
		m, issues := parseModel(file, text)
		l.models = append(l.models, &m)
		l.complain(issues...)
	}
}

func (l *loader) complain(issues ...pipeline.Issue) { l.cat.Issues = append(l.cat.Issues, issues...) }

// parse reads the syntax of every file and applies the lint to it.
func (l *loader) parse(ctx context.Context) error {
	for _, m := range l.models {
		if err := l.parseFile(ctx, m.File, m.SQL); err != nil {
			return err
		}
	}
	for _, c := range l.cat.Checks {
		if err := l.parseFile(ctx, c.File, c.SQL); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) parseFile(ctx context.Context, file, text string) error {
	tree, err := l.session.parseSelect(ctx, text)
	var bad *syntaxError
	if errors.As(err, &bad) {
		l.complain(pipeline.Issue{File: file, Line: bad.line, Rule: "syntax", Say: bad.say, Hint: "a model is one SELECT"})
		return nil
	}
	if err != nil {
		return fmt.Errorf("parse %s: %w", file, err)
	}
	l.trees[file] = tree
	l.complain(lint(file, text, tree)...)
	return nil
}

// assemble links the files to each other and puts the models in order.
func (l *loader) assemble(raw []RawRelation) {
	g := &graph{models: map[string]*Model{}, given: map[string]bool{}}
	for _, r := range raw {
		g.given[layerRaw+"."+r.Name] = true
	}
	for name := range l.cat.Refs {
		g.given[layerRef+"."+name] = true
	}
	for name := range matchedRelations {
		g.given[name] = true
	}
	for _, name := range generatedRefs {
		g.given[layerRef+"."+name] = true
	}
	for _, m := range l.models {
		if other := g.models[m.Relation()]; other != nil {
			l.complain(pipeline.Issue{File: m.File, Rule: "name", Say: m.Relation() + " is made by " + other.File + " too", Hint: "rename one"})
			continue
		}
		g.models[m.Relation()] = m
	}
	for _, m := range l.models {
		m.Reads = g.link(m.File, m.Layer, m.SQL, tables(l.trees[m.File]))
	}
	for i, c := range l.cat.Checks {
		l.cat.Checks[i].Reads = g.link(c.File, "", c.SQL, tables(l.trees[c.File]))
		if g.models[c.Model] == nil {
			l.complain(pipeline.Issue{File: c.File, Rule: "name", Say: "there is no model " + c.Model, Hint: "name the check after a model beside it"})
		}
	}
	for _, m := range g.order() {
		l.cat.Models = append(l.cat.Models, *m)
	}
	l.complain(g.issues...)
}

// trouble turns issues into one error, or nil.
func trouble(issues []pipeline.Issue) error {
	if len(issues) == 0 {
		return nil
	}
	const shown = 5
	var b strings.Builder
	for i, issue := range issues {
		if i == shown {
			fmt.Fprintf(&b, "\n… and %d more", len(issues)-shown)
			break
		}
		b.WriteString("\n" + issue.String())
	}
	return fmt.Errorf("%d things are wrong with the models:%s", len(issues), b.String())
}
