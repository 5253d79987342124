package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the machine may have no zone files

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"nightjar/pipeline"
)

// Problem is one thing wrong with the configuration: where and what.
type Problem struct {
	Field string // dotted path, such as jobs[0].cron
	Line  int    // 1-based; 0 when the field is absent
	Say   string
}

// String returns the problem as one line.
func (p Problem) String() string {
	switch {
	case p.Line > 0 && p.Field != "":
		return fmt.Sprintf("line %d, %s: %s", p.Line, p.Field, p.Say)
	case p.Line > 0:
		return fmt.Sprintf("line %d: %s", p.Line, p.Say)
	default:
		return p.Field + ": " + p.Say
	}
}

// Error is a configuration that cannot be used, with every problem.
type Error struct {
	Path     string
	Problems []Problem
}

// Error lists the problems, a line each.
func (e *Error) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	lines = append(lines, fmt.Sprintf("configuration %s has %d problem(s):", e.Path, len(e.Problems)))
	for _, p := range e.Problems {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}

// Is makes errors.Is(err, pipeline.ErrUsage) hold.
func (e *Error) Is(target error) bool { return target == pipeline.ErrUsage }

// parse reads the text over the defaults and returns every problem it finds.
//
// The YAML library panics on a few malformed texts instead of refusing them;
// to the operator that is one more text that cannot be read.
func parse(text []byte, datasets []pipeline.Dataset, checks ...Check) (c *Config, problems []Problem) {
	defer func() {
		if r := recover(); r != nil {
			c, problems = nil, []Problem{{Line: 1, Say: "the file cannot be read as YAML; look for a stray !, & or * in it"}}
		}
	}()
	return parseText(text, datasets, checks)
}

func parseText(text []byte, datasets []pipeline.Dataset, checks []Check) (*Config, []Problem) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, []Problem{syntaxProblem(err)}
	}
	c := defaults()
	doc := document{lines: map[string]int{}}
	for _, d := range file.Docs {
		if d.Body != nil {
			doc.walk(d.Body, reflect.TypeFor[Config](), "")
		}
	}
	if len(file.Docs) > 1 {
		doc.add("", "one document is expected; remove the --- lines")
	}
	if err := yaml.Unmarshal(text, &c); err != nil {
		doc.problems = append(doc.problems, syntaxProblem(err))
	}
	if len(doc.problems) == 0 {
		c.validate(&doc, datasets)
	}
	for _, check := range checks {
		if len(doc.problems) == 0 {
			check(&c, func(field, say string) { doc.add(field, "%s", say) })
		}
	}
	slices.SortStableFunc(doc.problems, func(a, b Problem) int { return a.Line - b.Line })
	return &c, doc.problems
}

func syntaxProblem(err error) Problem {
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		return Problem{Line: ye.GetToken().Position.Line, Say: ye.GetMessage()}
	}
	return Problem{Line: 1, Say: strings.Split(err.Error(), "\n")[0]}
}

// document remembers the line of each field and gathers problems.
type document struct {
	lines    map[string]int
	problems []Problem
}

func (d *document) add(field, format string, args ...any) {
	d.problems = append(d.problems, Problem{Field: field, Line: d.lineOf(field), Say: fmt.Sprintf(format, args...)})
}

// lineOf returns the line of the field, or of the nearest field around it.
func (d *document) lineOf(field string) int {
	for field != "" {
		if n, ok := d.lines[field]; ok {
			return n
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
	return 0
}

// walk notes where every field stands and refuses names that the type does
// not have.
func (d *document) walk(n ast.Node, t reflect.Type, path string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch node := n.(type) {
	case *ast.MappingNode:
		for _, v := range node.Values {
			d.walkValue(v, t, path)
		}
	case *ast.MappingValueNode:
		d.walkValue(node, t, path)
	case *ast.SequenceNode:
		for i, v := range node.Values {
			if t.Kind() == reflect.Slice {
				item := fmt.Sprintf("%s[%d]", path, i)
				d.lines[item] = v.GetToken().Position.Line
				d.walk(v, t.Elem(), item)
			}
		}
	}
}

func (d *document) walkValue(v *ast.MappingValueNode, t reflect.Type, path string) {
	key := v.Key.GetToken().Value
	field := key
	if path != "" {
		field = path + "." + key
	}
	d.lines[field] = v.Key.GetToken().Position.Line
	switch t.Kind() {
	case reflect.Map:
		d.walk(v.Value, t.Elem(), field)
	case reflect.Struct:
		names := fieldNames(t)
		ft, ok := names[key]
		if !ok {
			d.add(field, "no such field; expected one of: %s", strings.Join(sortedKeys(names), ", "))
			return
		}
		d.walk(v.Value, ft, field)
	}
}

func fieldNames(t reflect.Type) map[string]reflect.Type {
	out := make(map[string]reflect.Type)
	for f := range fieldsOf(t) {
		if name := f.Tag.Get("yaml"); name != "" && name != "-" {
			out[name] = f.Type
		}
	}
	return out
}

func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// loadZone sets the location, or reports the zone.
func (c *Config) loadZone(doc *document) {
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		doc.add("time_zone", "%q is not a time zone; write it as Europe/London", c.TimeZone)
		return
	}
	c.location = loc
}
