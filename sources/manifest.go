package sources

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"nightjar/pipeline"
)

// manifestLimit is the size above which a manifest is taken for something
// else: a hundred thousand rows are far smaller.
const manifestLimit = 16 << 20

// manifestRow is what the manifest says about one file.
type manifestRow struct {
	line        int64
	file        string // folded path under the inbox; empty when the row cannot be split into cells
	provider    string // instead of the folder's; empty when the manifest is silent
	period      string
	deliveredAt time.Time
	text        string // the whole line of a row that cannot be used
}

// manifest is inbox/manifest.csv as far as it could be read. Rows of files
// that are long archived stay in it; a file without a row is nothing unusual.
type manifest struct {
	closed  bool                     // it cannot be read, so nothing may be taken
	rows    map[string][]manifestRow // by file
	lower   map[string]string        // file in lower case → file
	useless []manifestRow            // rows that cannot be read
}

// manifest reads inbox/manifest.csv. While it cannot be read as a whole no
// file is taken: its delivery dates would be lost for good.
func (d *DropFolder) manifest(mf manifestFile, now time.Time) (manifest, []pipeline.Issue) {
	if !mf.stands() {
		return manifest{}, nil
	}
	if mf.growing {
		return closedManifest(growing(manifestName))
	}
	if mf.err != nil {
		return closedManifest(unreadable(manifestName, mf.err))
	}
	f, err := d.open(mf.path)
	if err != nil {
		return closedManifest(unreadable(manifestName, err))
	}
	defer func() { _ = f.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(f, manifestLimit+1))
	if err != nil {
		return closedManifest(unreadable(manifestName, err))
	}
	return parseManifest(text, d.opt.Location, now)
}

// closedManifest is a manifest that holds everything back, with the reason.
func closedManifest(why pipeline.Issue) (manifest, []pipeline.Issue) {
	why.Rule = ruleManifest
	why.Say += " No file is taken until it can be read, because it says when files were delivered."
	return manifest{closed: true}, []pipeline.Issue{why}
}

// parseManifest reads a manifest line by line, so that a stray quote spoils
// one row and not all that follow. Commas, semicolons and tabs may separate
// the cells: the header decides.
func parseManifest(text []byte, loc *time.Location, now time.Time) (manifest, []pipeline.Issue) {
	body, err := manifestText(text)
	if err != nil {
		return closedManifest(manifestIssue(err))
	}
	m := manifest{rows: map[string][]manifestRow{}, lower: map[string]string{}}
	var issues []pipeline.Issue
	var read *rowReader
	for i, line := range strings.Split(body, "\n") {
		if strings.Trim(line, ",;\t \"") == "" {
			continue // blank, or the empty cells below a spreadsheet's last row
		}
		if read == nil {
			if read, err = newRowReader(line, loc, now); err != nil {
				return closedManifest(manifestIssue(err))
			}
			continue
		}
		row, err := read.row(line)
		row.line = int64(i) + 1
		if err != nil {
			row.text = foldPath(line)
			m.useless = append(m.useless, row)
			issues = append(issues, rowIssue(row.line, err))
			continue
		}
		m.rows[row.file] = append(m.rows[row.file], row)
		m.lower[strings.ToLower(row.file)] = row.file
	}
	return m, issues
}

// manifestText decodes the file: UTF-8 with or without a byte order mark, else
// Windows-1252, and any kind of line end.
func manifestText(text []byte) (string, error) {
	switch {
	case len(text) > manifestLimit:
		return "", errors.New("it is far larger than any manifest")
	case bytes.IndexByte(text, 0) >= 0:
		return "", errors.New("it is not a CSV text; save it as CSV UTF-8")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		var err error
		if text, err = charmap.Windows1252.NewDecoder().Bytes(text); err != nil {
			return "", err
		}
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), nil
}

func manifestIssue(err error) pipeline.Issue {
	return pipeline.Issue{
		File: manifestName, Say: "The manifest cannot be used: " + err.Error() + ".",
		Hint: "It needs a header with the columns file, provider, period and delivered_at, of which file and delivered_at must be filled",
	}
}

func rowIssue(line int64, err error) pipeline.Issue {
	i := pipeline.Issue{File: manifestName, Line: line, Rule: ruleManifestRow, Say: err.Error()}
	var bad *cellError
	if errors.As(err, &bad) {
		i.Column, i.Say, i.Hint = bad.column, bad.say, bad.hint
	}
	return i
}

// cellError is a manifest cell that does not say what its column should.
type cellError struct{ column, say, hint string }

// Error implements error.
func (e *cellError) Error() string { return e.say }

// rowReader reads the rows below one header.
type rowReader struct {
	comma rune
	width int
	at    map[string]int // folded column name → cell
	loc   *time.Location
	now   time.Time
}

func newRowReader(header string, loc *time.Location, now time.Time) (*rowReader, error) {
	r := &rowReader{comma: ',', at: map[string]int{}, loc: loc, now: now}
	for _, other := range []rune{';', '\t'} {
		if strings.Count(header, string(other)) > strings.Count(header, string(r.comma)) {
			r.comma = other
		}
	}
	cells, err := r.cells(header)
	if err != nil {
		return nil, errors.New("its header cannot be read")
	}
	r.width = len(cells)
	for i, c := range cells {
		key := pipeline.FoldWord(c)
		if _, twice := r.at[key]; twice && key != "" {
			return nil, fmt.Errorf("its column %d has the name of another", i+1)
		}
		r.at[key] = i
	}
	for _, need := range []string{"file", "delivered_at"} {
		if _, ok := r.at[pipeline.FoldWord(need)]; !ok {
			return nil, fmt.Errorf("its header has no column %s", need)
		}
	}
	return r, nil
}

// cells splits one line.
func (r *rowReader) cells(line string) ([]string, error) {
	c := csv.NewReader(strings.NewReader(line))
	c.Comma, c.TrimLeadingSpace = r.comma, r.comma != '\t' // a tab is a space too
	cells, err := c.Read()
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells, err
}

// row reads one line. On error it holds what could be read.
func (r *rowReader) row(line string) (row manifestRow, err error) {
	cells, err := r.cells(line)
	if err != nil {
		return row, &cellError{"", "The quotes in this row do not match.", "Mend the row"}
	}
	if len(cells) > r.width && strings.Join(cells[r.width:], "") != "" {
		return row, &cellError{"", "The row has more cells than the header.", "Put quotes around a file name that holds a comma"}
	}
	cell := func(column string) string {
		if i, ok := r.at[pipeline.FoldWord(column)]; ok && i < len(cells) {
			return cells[i]
		}
		return ""
	}
	if row.file, err = manifestPath(cell("file")); err != nil {
		return row, err
	}
	if row.provider, err = manifestProvider(cell("provider")); err != nil {
		return row, err
	}
	if row.period, err = manifestPeriod(cell("period")); err != nil {
		return row, err
	}
	row.deliveredAt, err = manifestTime(cell("delivered_at"), r.loc, r.now)
	return row, err
}

// foldPath brings a path to the form in which manifest and inbox are compared:
// forward slashes, and letters with accents as single characters, which file
// systems and spreadsheets write differently.
func foldPath(s string) string {
	return norm.NFC.String(strings.ReplaceAll(s, `\`, "/"))
}

func manifestPath(cell string) (string, error) {
	if cell == "" {
		return "", &cellError{"file", "The row names no file.", "Give the path under the inbox, such as ucas/carmel/list.csv"}
	}
	p := path.Clean(foldPath(cell))
	if p == "." || p == ".." || strings.HasPrefix(p, "../") || strings.HasPrefix(p, "/") {
		return "", &cellError{"file", "The path does not lead into the inbox.", "Give the path under the inbox, such as ucas/carmel/list.csv"}
	}
	return p, nil
}
