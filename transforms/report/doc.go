// Package report makes the page that a scrutiny committee gets out of the
// marts: figures with their direction, charts drawn as SVG each with its table,
// and sentences computed from the figures. The page needs nothing outside
// itself. Build makes the page's content from rows, Render writes it as HTML.
package report
