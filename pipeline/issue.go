package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Issue is one thing wrong, or worth knowing, about a list: where it stands
// and what to do. It never repeats what the cell held, because that may be
// about a person.
type Issue struct {
	File   string `json:"file"`
	Sheet  string `json:"sheet,omitempty"`
	Line   int64  `json:"line,omitempty"`
	Column string `json:"column,omitempty"`
	Rule   string `json:"rule"` // short name of the rule, such as upn_check
	Say    string `json:"say"`  // one plain sentence
	Hint   string `json:"hint,omitempty"`
}

// String returns the issue as one line: place, sentence, hint.
func (i Issue) String() string {
	var b strings.Builder
	if i.File != "" {
		b.WriteString(i.File)
	}
	if i.Sheet != "" {
		fmt.Fprintf(&b, " sheet %q", i.Sheet)
	}
	if i.Line > 0 {
		fmt.Fprintf(&b, " line %d", i.Line)
	}
	if i.Column != "" {
		fmt.Fprintf(&b, " column %s", i.Column)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(i.Say)
	if i.Hint != "" {
		b.WriteString("; " + i.Hint)
	}
	return b.String()
}

// SortIssues orders issues by file, sheet, line, column and rule, so that two
// runs report alike.
func SortIssues(list []Issue) {
	slices.SortStableFunc(list, func(a, b Issue) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Sheet, b.Sheet), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule),
		)
	})
}
