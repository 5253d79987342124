package sources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/contract"
	"nightjar/sources/tabular"
)

// TryRequest names the file to look at, and as what.
type TryRequest struct {
	Path     string
	Dataset  string
	Provider string    // whose profile is used; may be empty
	Now      time.Time // stands for the delivery time
}

// Trial is what loading a file would come to. Nothing in it holds what a cell
// held, but for masked samples.
type Trial struct {
	File     string           `json:"file"`
	Dataset  string           `json:"dataset"`
	Provider string           `json:"provider,omitempty"`
	Written  string           `json:"written"` // kind, encoding, delimiter, line ends
	Sheets   []string         `json:"sheets,omitempty"`
	Sheet    string           `json:"sheet,omitempty"`
	Header   int64            `json:"header_line"` // 0: none
	Layout   string           `json:"layout,omitempty"`
	Columns  []TrialColumn    `json:"columns,omitempty"`
	Absent   []TrialAbsent    `json:"absent,omitempty"`
	Counts   pipeline.Counts  `json:"counts"`
	Rules    []TrialRule      `json:"rules,omitempty"`
	Rejects  []TrialReject    `json:"rejects,omitempty"` // the first ones
	Notices  []pipeline.Issue `json:"notices,omitempty"`
	Refused  []pipeline.Issue `json:"refused,omitempty"` // why it would not be loaded
	Profile  string           `json:"profile,omitempty"` // to paste into the configuration; empty where none is needed
	Guesses  int              `json:"guesses"`           // headings of the profile that were guessed
}

// TrialColumn is one heading of the file.
type TrialColumn struct {
	Place   string   `json:"place"`
	Heading string   `json:"heading"`
	Column  string   `json:"column,omitempty"` // empty: left out
	How     string   `json:"how,omitempty"`    // name, alias, profile, guess or place
	Samples []string `json:"samples,omitempty"`
}

// TrialAbsent is a column of the contract that the file does not have.
type TrialAbsent struct {
	Column string `json:"column"`
	Needed bool   `json:"needed"`
	Doc    string `json:"doc"`
}

// TrialRule counts the rows that a rule refuses.
type TrialRule struct {
	Rule  string `json:"rule"`
	Count int64  `json:"rows"`
}

// TrialReject is one cell for which a row would be refused.
type TrialReject struct {
	Line   int64  `json:"line"`
	Place  string `json:"place"`
	Column string `json:"column,omitempty"`
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

const (
	shownRejects = 20
	shownSamples = 3
)

// Try reads a file the way Load would and writes nothing. A file that would be
// refused is no error; the trial says why.
func (l *Loader) Try(ctx context.Context, q TryRequest) (Trial, error) {
	if l.problem != nil {
		return Trial{}, l.problem
	}
	d, ok := l.datasets[q.Dataset]
	if !ok {
		return Trial{}, fmt.Errorf("%w: there is no dataset %q", pipeline.ErrUsage, q.Dataset)
	}
	t := &trying{loader: l, dataset: d, request: q, profile: l.opts.Profiles[q.Dataset][q.Provider]}
	t.out = Trial{File: filepath.Base(q.Path), Dataset: q.Dataset, Provider: q.Provider}
	err := t.run(ctx)
	if r, refused := tabular.AsRefusal(err); refused {
		t.refuse(pipeline.Issue{Rule: r.Rule, Say: r.Say, Hint: r.Hint})
		err = nil
	}
	for _, list := range [][]pipeline.Issue{t.out.Notices, t.out.Refused} {
		for i := range list {
			list[i].File = t.out.File
		}
	}
	return t.out, err
}

// trying is one look at a file.
type trying struct {
	loader  *Loader
	dataset pipeline.Dataset
	request TryRequest
	profile pipeline.Profile
	guessed map[string]guess // by folded heading
	env     contract.Env
	out     Trial

	table  *table
	cells  []int // of out.Columns
	caster *contract.Caster
	rules  map[string]int64
}

func (t *trying) refuse(issues ...pipeline.Issue) { t.out.Refused = append(t.out.Refused, issues...) }

func (t *trying) run(ctx context.Context) error {
	file, err := tabular.Open(t.request.Path)
	if err != nil {
		return withoutPath(err)
	}
	defer file.Close()
	form := file.Form()
	t.out.Written, t.env = written(form), contract.Env{Lists: t.loader.opts.Lists, Location: t.loader.opts.Location, Date1904: form.Date1904}
	if form.Kind == "xlsx" {
		t.out.Sheets = file.Sheets()
	}
	if err := t.find(file); err != nil || t.table == nil {
		return err
	}
	defer t.table.rows.Close()
	t.describe()
	err = t.cast(ctx)
	t.propose()
	return err
}

// find looks for the table, with headings guessed where the known ones do not
// make a header.
func (t *trying) find(file tabular.File) error {
	found, issues, err := findTable(file, t.dataset, t.profile, t.env)
	if err != nil || found != nil {
		t.table = found
		return err
	}
	if len(issues) > 0 && issues[0].Rule == contract.RuleColumnMissing {
		if err := t.guess(file); err != nil {
			return err
		}
		if len(t.guessed) > 0 {
			if t.table, _, err = findTable(file, t.dataset, t.withGuesses(), t.env); err != nil {
				return err
			}
		}
	}
	if t.table == nil {
		t.refuse(issues...)
	}
	return nil
}

func written(f tabular.Form) string {
	switch f.Kind {
	case "xlsx":
		if f.Date1904 {
			return "workbook (.xlsx), days counted from 1904"
		}
		return "workbook (.xlsx)"
	case "xml":
		return "monthly return in XML"
	}
	delimiters := map[byte]string{',': "comma", ';': "semicolon", '\t': "tab", '|': "bar"}
	return fmt.Sprintf("CSV, %s, parted by %s, lines end in %s", f.Encoding, delimiters[f.Delimiter], f.LineEnd)
}

// describe tells how the headings are read.
func (t *trying) describe() {
	b := t.table.binding
	t.out.Sheet, t.out.Layout, t.out.Header = t.table.sheet, b.Layout.Name, t.table.header.Line
	for _, m := range b.Mapping() {
		c := TrialColumn{Place: tabular.Place(m.Cell, 0), Column: m.Column, How: m.How}
		c.Place = strings.TrimSuffix(c.Place, "0")
		if m.Cell < len(t.table.header.Cells) {
			c.Heading = heading(t.table.header.Cells[m.Cell])
		}
		if _, ok := t.guessed[pipeline.FoldWord(c.Heading)]; ok && m.How == "profile" {
			c.How = "guess"
		}
		t.out.Columns, t.cells = append(t.out.Columns, c), append(t.cells, m.Cell)
	}
	for _, c := range b.Absent() {
		t.out.Absent = append(t.out.Absent, TrialAbsent{c.Name, c.Presence != pipeline.Optional, c.Doc})
	}
}

// heading returns a heading in one line.
func heading(cell []byte) string { return strings.Join(strings.Fields(string(cell)), " ") }

// cast reads every row and keeps nothing of it.
func (t *trying) cast(ctx context.Context) error {
	t.caster, t.rules = contract.NewCaster(t.table.binding, t.env), make(map[string]int64)
	defer func() { _ = t.caster.Close() }() // a trial may overlook repeats, a night never
	batch := t.caster.Batch()
	periods, err := newPeriods(t.dataset, t.arrival())
	if err != nil {
		t.refuse(pipeline.Issue{Rule: "period", Say: err.Error(), Hint: "name the period in the manifest or put YYYY-MM into the file name"})
		return nil
	}
	periods.attach(batch)
	notARow := int64(0)
	for {
		rec, err := t.table.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		t.out.Counts.Read++
		switch t.caster.Cast(rec) {
		case contract.Blank:
			t.out.Counts.Blank++
		case contract.Accepted:
			t.out.Counts.Accepted++
			if err := periods.set(batch.Rows); err != nil && len(t.out.Refused) == 0 {
				t.refuse(pipeline.Issue{Rule: "period", Line: rec.Line, Say: err.Error(), Hint: "fill the column, or name the period in the manifest"})
			}
			t.sample(rec)
			if batch.Rows++; batch.Full() {
				batch.Reset()
			}
		default:
			t.out.Counts.Quarantined++
			if t.caster.Refusal().Rule == contract.RuleNotARecord {
				notARow++
			} else if rec.Fault == "" {
				t.sample(rec)
			}
			t.reject(rec)
		}
		if t.out.Counts.Read%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	t.finish(notARow)
	return nil
}

// arrival stands for the delivery that the file would be.
func (t *trying) arrival() pipeline.Arrival {
	now := t.request.Now
	return pipeline.Arrival{Path: t.request.Path, Delivery: pipeline.Delivery{
		Dataset: t.dataset.Name, Provider: t.request.Provider, Name: t.out.File,
		DeliveredAt: now, DeliveredOn: pipeline.DateOf(now, t.loader.opts.Location),
	}}
}

func (t *trying) finish(notARow int64) {
	notices, reasons := t.caster.Issues()
	t.out.Notices = append(append(append(t.out.Notices, t.table.binding.Notices...), noted(t.table.rows)...), notices...)
	j := &load{loader: t.loader, dataset: t.dataset, counts: t.out.Counts, notARow: notARow}
	t.refuse(append(reasons, j.overLimit()...)...)
	for rule, n := range t.rules {
		t.out.Rules = append(t.out.Rules, TrialRule{rule, n})
	}
	slices.SortFunc(t.out.Rules, func(a, b TrialRule) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		return strings.Compare(a.Rule, b.Rule)
	})
}

// sample keeps a few masked cells of records.
func (t *trying) sample(rec tabular.Record) {
	for i := range t.out.Columns {
		c := &t.out.Columns[i]
		cell := t.cells[i]
		if len(c.Samples) >= shownSamples || cell >= len(rec.Cells) {
			continue
		}
		if text := Mask(heading(rec.Cells[cell])); text != "" && !slices.Contains(c.Samples, text) {
			c.Samples = append(c.Samples, text)
		}
	}
}

// reject counts a refused row and keeps the cells of the first ones.
func (t *trying) reject(rec tabular.Record) {
	why := t.caster.Refusal()
	t.rules[why.Rule]++
	if len(t.out.Rejects) >= shownRejects {
		return
	}
	bad := t.caster.BadCells()
	if len(bad) == 0 {
		bad = []contract.BadCell{{Column: why.Column, Rule: why.Rule, Reason: why.Reason, Cell: -1}}
	}
	for _, b := range bad {
		place := fmt.Sprintf("line %d", rec.Line)
		if b.Cell >= 0 {
			place = tabular.Place(b.Cell, rec.Line)
		}
		t.out.Rejects = append(t.out.Rejects, TrialReject{rec.Line, place, b.Column, b.Rule, b.Reason})
	}
}
