package report

import (
	_ "embed" // the page's frame lies beside the code
	"html/template"
	"io"
	"regexp"
	"slices"
	"unicode/utf8"
)

//go:embed page.html
var frame string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"svg": (*Chart).svg, "long": func(t *Table) bool { return len(t.Rows) > 8 }, "right": right, "short": short, "first": func(i int) bool { return i == 0 },
}).Parse(frame))

// Render writes the page as one HTML document that loads nothing.
func Render(w io.Writer, p Page) error { return pageTemplate.Execute(w, p) }

// figure is a cell that counts or measures, or says that there is nothing to.
var figure = regexp.MustCompile(`^([+−]?[0-9,]+(\.[0-9]+)?(\x{a0}(%|points?|people|person|days?))?|–|none|no change|under 0\.01|c|x|z|low)$`)

// right tells whether a column is set to the right: the first names the row,
// others are when they hold figures only.
func right(t *Table, column int) bool {
	return column > 0 && !slices.ContainsFunc(t.Rows, func(r TableRow) bool { return !figure.MatchString(r.Cells[column]) })
}

// short tells cells that stay on one line.
func short(cell string) bool { return utf8.RuneCountInString(cell) <= 14 }
