package transforms

import (
	"regexp"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// lint reports everything in a model or check that another engine would refuse
// or read differently. What the syntax tree no longer
// shows is found among the tokens, the rest in the tree.
func lint(file, text string, tree node) []pipeline.Issue {
	l := &linter{file: file, text: text, seen: map[pipeline.Issue]bool{}}
	l.tokens(tokenize(text))
	l.tree(tree, lintScope{at: firstLocation(tree, 0)})
	return l.issues
}

type linter struct {
	file, text string
	issues     []pipeline.Issue
	seen       map[pipeline.Issue]bool
}

func (l *linter) complain(at int, rule, say, hint string) {
	issue := pipeline.Issue{File: l.file, Line: lineAt(l.text, at), Rule: rule, Say: say, Hint: hint}
	if !l.seen[issue] { // a named window is copied to each place that uses it
		l.seen[issue] = true
		l.issues = append(l.issues, issue)
	}
}

// wordRule is a word or sign that no model may hold, whatever it means there.
type wordRule struct{ rule, hint string }

var refusedWords = map[string]wordRule{
	"::":        {"cast", "write CAST(x AS type)"},
	"//":        {"division", "write CAST(floor(…) AS BIGINT)"},
	";":         {"statement", "a file is one SELECT, without a semicolon"},
	"$":         {"parameter", "parameters are rows of ref.settings"},
	"?":         {"parameter", "parameters are rows of ref.settings"},
	"lateral":   {"lateral", "join a common table expression"},
	"to_days":   {"interval", "write INTERVAL '1' DAY"},
	"to_months": {"interval", "write INTERVAL '1' MONTH"},
	"to_years":  {"interval", "write INTERVAL '1' YEAR"},
	"trunc":     {"function", "write CAST(floor(…) AS BIGINT)"},
	"precision": {"type", "write DOUBLE"},
	"ilike":     {"ilike", "compare lower(x) with LIKE"},
	"asof":      {"asof", "number the rows and keep the first"},
	"pivot":     {"pivot", "write one CASE per column"},
	"unpivot":   {"pivot", "write one SELECT per column with UNION ALL"},
	"try_cast":  {"try_cast", "contracts cast at ingest; a model meets clean values"},
	// The serialised tree says "default" even where the hint is written.
	"materialized": {"materialized", "leave the hint out; make it a model if it is worth keeping"},
}

var (
	wholeNumber   = regexp.MustCompile(`^'-?[0-9]+'$`)
	intervalUnits = []string{"day", "month", "year"}
	looseTypes    = []string{"text", "string", "char", "bpchar", "int", "int4", "int8", "long", "float8", "real", "float", "numeric"}
)

func (l *linter) tokens(toks []token) {
	next := func(i int) string {
		if i < len(toks) {
			return toks[i].text
		}
		return ""
	}
	for i, t := range toks {
		if r, ok := refusedWords[t.text]; ok {
			l.complain(t.at, r.rule, "\""+t.text+"\" is not portable", r.hint)
		}
		switch {
		case t.text[0] == '"':
			l.complain(t.at, "name", "name in double quotes", "use lower snake_case names that need no quotes")
		case t.text[0] == '\'' && strings.Contains(t.text, `\`):
			l.complain(t.at, "text", "backslash in a text, which some engines read as an escape", "leave it out")
		case t.text == "varchar" && next(i+1) != "(":
			l.complain(t.at, "type", "VARCHAR without a length", "write VARCHAR(100)")
		case t.text == "as" && slices.Contains(looseTypes, next(i+1)) && next(i+2) == ")":
			l.complain(t.at, "type", "type "+next(i+1)+" differs between engines", "write VARCHAR(100), INTEGER, BIGINT, DOUBLE or DECIMAL(18, 9)")
		case t.text == "interval" && (!wholeNumber.MatchString(next(i+1)) || !slices.Contains(intervalUnits, next(i+2))):
			l.complain(t.at, "interval", "interval in a form that not every engine reads", "write INTERVAL '1' DAY, MONTH or YEAR")
		}
	}
}
