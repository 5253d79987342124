package transforms

import (
	"fmt"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// mayRead says which layers a layer may read besides ref, which all may.
var mayRead = map[string][]string{
	layerStaging:      {layerRaw, layerStaging}, // which delivery counts is settled once, in a staging model of its own
	layerIntermediate: {layerStaging, layerIntermediate, layerMatched},
	layerMarts:        {layerIntermediate, layerStaging, layerMarts},
	layerRestricted:   {layerMarts, layerIntermediate, layerMatched},
	layerExports:      {layerMarts, layerExports},
}

// graph knows every relation there is and which file makes it.
type graph struct {
	models map[string]*Model // by relation
	given  map[string]bool   // raw and ref relations, which no model makes
	issues []pipeline.Issue
}

// link checks what a file reads and returns the names, sorted, without
// repeats. layer is empty for check files, which may look at anything built.
func (g *graph) link(file, layer, text string, refs []tableRef) []string {
	var reads []string
	for _, t := range refs {
		if say, hint := g.objection(layer, t); say != "" {
			g.issues = append(g.issues, pipeline.Issue{File: file, Line: lineAt(text, t.at), Rule: "tables", Say: say, Hint: hint})
			continue
		}
		reads = append(reads, t.name())
	}
	slices.Sort(reads)
	return withStages(slices.Compact(reads))
}

func (g *graph) objection(layer string, t tableRef) (say, hint string) {
	other, made := g.models[t.name()]
	switch {
	case t.schema == "":
		return "table " + t.table + " has no schema and is no common table expression", "write " + g.suggest(t.table)
	case !made && !g.given[t.name()]:
		return "table " + t.name() + " does not exist", "there is no such model, reference file or raw relation"
	case layer == "" || t.schema == layerRef || slices.Contains(mayRead[layer], t.schema):
		return "", ""
	}
	where := ""
	if made {
		where = " (" + other.File + ")"
	}
	return fmt.Sprintf("layer %s must not read %s%s", layer, t.name(), where),
		"it may read " + strings.Join(append(mayRead[layer], layerRef), ", ")
}

func (g *graph) suggest(table string) string {
	var found []string
	for _, name := range append(sortedKeys(g.models), sortedKeys(g.given)...) {
		if strings.HasSuffix(name, "."+table) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return "schema.table"
	}
	return strings.Join(found, " or ")
}

// order returns the models so that each comes after what it reads; ties are
// broken by name, so that two runs build alike. A loop is an issue that prints
// the loop.
func (g *graph) order() []*Model {
	waiting := map[string]int{}
	readers := map[string][]string{}
	for name, m := range g.models {
		waiting[name] = 0
		for _, read := range m.Reads {
			if g.models[read] != nil {
				waiting[name]++
				readers[read] = append(readers[read], name)
			}
		}
	}
	var out []*Model
	ready := freeOf(waiting)
	for len(ready) > 0 {
		name := ready[0]
		ready = ready[1:]
		delete(waiting, name)
		out = append(out, g.models[name])
		for _, r := range readers[name] {
			if waiting[r]--; waiting[r] == 0 {
				at, _ := slices.BinarySearch(ready, r)
				ready = slices.Insert(ready, at, r)
			}
		}
	}
	if len(waiting) > 0 {
		g.reportLoop(waiting)
	}
	return out
}

func freeOf(waiting map[string]int) []string {
	var out []string
	for _, name := range sortedKeys(waiting) {
		if waiting[name] == 0 {
			out = append(out, name)
		}
	}
	return out
}

// reportLoop follows unmet reads from the first stuck model until a name comes
// back: every stuck model has at least one unmet read, so this ends.
func (g *graph) reportLoop(stuck map[string]int) {
	name := sortedKeys(stuck)[0]
	var trail []string
	for !slices.Contains(trail, name) {
		trail = append(trail, name)
		for _, read := range g.models[name].Reads {
			if _, ok := stuck[read]; ok {
				name = read
				break
			}
		}
	}
	loop := append(trail[slices.Index(trail, name):], name)
	var files []string
	for _, n := range loop[:len(loop)-1] {
		files = append(files, g.models[n].File)
	}
	g.issues = append(g.issues, pipeline.Issue{
		File: files[0], Rule: "loop", Say: "models read each other in a loop: " + strings.Join(loop, " → "),
		Hint: "break it in one of " + strings.Join(files, ", "),
	})
}
