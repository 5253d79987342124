package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/sources/sample"
	"nightjar/transforms"
	"nightjar/transforms/report"
	"nightjar/transforms/workbook"
)

// ReportOptions says which report to write.
type ReportOptions struct {
	Folder  string         // made when missing
	Profile string         // internal, or a controlled profile such as committee
	Day     *pipeline.Date // nil: what is published; else what was known by its end
}

// WrittenReport is a page and a workbook that were written.
type WrittenReport struct {
	Path      string `json:"path"`     // of the page
	Workbook  string `json:"workbook"` // of the same figures as a workbook
	Title     string `json:"title"`
	AsAt      string `json:"as_at"`
	Profile   string `json:"profile"`
	Synthetic bool   `json:"synthetic"`
	Label     string `json:"label"`
}

// Report writes the committee's page and workbook into a folder: of what is
// published, or, with a day, of what was known then. Under a controlled profile
// both are made of its exports alone. Files of the same name are replaced; only
// their owner can read them.
func (a *App) Report(ctx context.Context, o ReportOptions) (WrittenReport, error) {
	if inside(a.published(), filepath.Join(o.Folder, "page")) {
		return WrittenReport{}, fmt.Errorf("%w: %s lies in the published folder, which nights alone write to; name another with --out", pipeline.ErrUsage, o.Folder)
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return WrittenReport{}, fmt.Errorf("folder of the report: %w; name another place with --out", err)
	}
	from, clean, err := a.reported(ctx, o)
	if err != nil {
		return WrittenReport{}, err
	}
	defer clean()
	read, err := marts(ctx, from.pub.Warehouse)
	if err != nil {
		return WrittenReport{}, err
	}
	in, err := from.input(ctx, read)
	if err != nil {
		return WrittenReport{}, fmt.Errorf("figures of the report: %w", err)
	}
	if len(in.Build) != 1 {
		return WrittenReport{}, fmt.Errorf("the file does not say what it was made of; run a night and try again")
	}
	in.Synthetic = a.isSample()
	page := report.Build(in)
	name := o.Profile + "-" + in.Build[0].Text("known_until")
	out := WrittenReport{
		Path: filepath.Join(o.Folder, name+".html"), Workbook: filepath.Join(o.Folder, name+".xlsx"),
		Title: page.Title, AsAt: in.Build[0].Text("as_at"), Profile: o.Profile, Synthetic: page.Synthetic, Label: page.Label,
	}
	book, rows, err := from.workbook(ctx, page)
	if err != nil {
		return WrittenReport{}, fmt.Errorf("workbook of the report: %w", err)
	}
	var text bytes.Buffer
	if err := report.Render(&text, page); err != nil {
		return WrittenReport{}, err
	}
	if err := a.exported(ctx, "report "+o.Profile+" as at "+out.AsAt, "html and xlsx", rows); err != nil { // no file without its line in the log
		return WrittenReport{}, err
	}
	return out, errors.Join(replaceFile(out.Path, text.Bytes()), replaceFile(out.Workbook, book))
}

// isSample reports whether the lists are those that sample wrote.
func (a *App) isSample() bool {
	return slices.ContainsFunc([]string{filepath.Dir(a.ConfigPath), a.cfg.Folders.Data, filepath.Dir(filepath.Clean(a.cfg.Folders.Inbox))}, sample.Wrote)
}

// reportSource is a publication as a report is made of it.
type reportSource struct {
	pub     pipeline.Publication
	profile report.Profile
	targets []report.Row
	columns map[string]map[string]string // meaning of a controlled column, by table
	titles  map[string]string            // of controlled tables
}

// controlledBy returns a table as the report's profile shows it.
func (r reportSource) controlledBy(table string) transforms.Controlled {
	return transforms.Controlled{Folder: r.pub.Folder, Profile: r.profile.Name, Table: table, RunID: r.pub.RunID, AsAt: r.pub.AsAt.String()}
}

func (r reportSource) isInternal() bool { return r.profile.Threshold == 0 }

// input reads what the page is made of.
func (r reportSource) input(ctx context.Context, read report.Read) (report.Input, error) {
	if r.isInternal() {
		in, err := report.Gather(ctx, read)
		in.Targets = r.targets
		return in, err
	}
	c := report.Controlled{Profile: r.profile, Tables: map[string][]report.Row{}, Groups: map[string][]string{}}
	have, err := transforms.Profiles(r.pub.Folder)
	if err != nil {
		return report.Input{}, err
	}
	for _, table := range have[r.profile.Name] {
		var rows rowSink
		if _, err := transforms.ExtractControlled(ctx, r.controlledBy(table), "", &rows); err != nil {
			return report.Input{}, err
		}
		c.Tables[table] = rows.rows
	}
	for _, q := range []struct {
		into         *[]report.Row
		table, where string
	}{
		{&c.Build, "meta.build", ""}, {&c.Files, "meta.files", ""}, {&c.Late, "meta.arrivals", "state = 'late'"}, {&c.Failed, "meta.checks", "failures > 0"},
		{&c.Findings, "marts.early_intervention", "risk_group = 'all'"},
	} {
		if *q.into, err = read(ctx, q.table, q.where); err != nil {
			return report.Input{}, fmt.Errorf("%s: %w", q.table, err)
		}
	}
	c.Findings = report.Findings(c.Findings)
	if err := r.groups(ctx, read, &c); err != nil {
		return report.Input{}, err
	}
	in := c.Input()
	in.Targets = r.targets
	return in, nil
}

// groups reads who is compared with whom, which is no figure.
func (r reportSource) groups(ctx context.Context, read report.Read, c *report.Controlled) error {
	const newest = `measure = 'combined_percent' and period_kind = 'three_month' and source_kind = 'published' and list_basis <> 'newest' and area_kind = 'authority'
		and comparison_group in ('lcr', 'statistical_neighbours', 'england')`
	rows, err := read(ctx, "marts.area_comparisons", newest+` and period = (select max(period) from marts.area_comparisons where is_own_area and `+newest+`)`)
	if err != nil {
		return fmt.Errorf("marts.area_comparisons: %w", err)
	}
	for _, row := range rows {
		group, code := row.Text("comparison_group"), row.Text("area_code")
		if !slices.Contains(c.Groups[group], code) {
			c.Groups[group] = append(c.Groups[group], code)
		}
		if own, _ := row["is_own_area"].(bool); own {
			c.Own = code
		}
	}
	return nil
}

// rowSink keeps rows by column name.
type rowSink struct {
	head transforms.TableHead
	rows []report.Row
}

func (s *rowSink) Begin(head transforms.TableHead) error { s.head = head; return nil }
func (s *rowSink) End() error                            { return nil }
func (s *rowSink) Close() error                          { return nil }

func (s *rowSink) Row(cells []any) error {
	row := make(report.Row, len(cells))
	for i, v := range cells {
		row[s.head.Columns[i].Name] = v
	}
	s.rows = append(s.rows, row)
	return nil
}

// narrowed are the marts of which a workbook takes only what a reader can use;
// the sheet About says so.
var narrowed = map[string]string{
	"marts.area_comparisons": "is_own_area or (comparison_group in ('lcr', 'statistical_neighbours') and list_basis <> 'newest' and period_kind <> 'month')",
	"marts.ward_rates":       "is_in_force and basis = 'recorded' and age_band in ('16-17', '16-18')",
	"marts.ward_gaps":        "is_in_force and basis = 'recorded'",
	"marts.yearly_trends":    "basis <> 'resolved' and measure not like 'group%'",
}

// workbook makes the workbook of the page with a sheet for each table, and
// returns its bytes and the number of rows.
func (r reportSource) workbook(ctx context.Context, page report.Page) (_ []byte, rows int64, err error) {
	pack, err := workbook.NewPack()
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, pack.Close()) }()
	if rows, err = r.sheets(ctx, pack); err != nil {
		return nil, 0, err
	}
	if err := pack.Finish(page); err != nil {
		return nil, 0, err
	}
	var out bytes.Buffer
	_, err = pack.WriteTo(&out)
	return out.Bytes(), rows, err
}

func (r reportSource) sheets(ctx context.Context, pack *workbook.Pack) (rows int64, err error) {
	if !r.isInternal() {
		have, err := transforms.Profiles(r.pub.Folder)
		if err != nil {
			return 0, err
		}
		for _, table := range have[r.profile.Name] {
			n, err := transforms.ExtractControlled(ctx, r.controlledBy(table), "", meant{pack.Sheet(table), r.titles[table], r.columns[table]})
			if err != nil {
				return 0, err
			}
			rows += n
		}
		return rows, nil
	}
	tables, err := transforms.Tables(ctx, r.pub.Warehouse)
	if err != nil {
		return 0, err
	}
	for _, t := range tables {
		name, ok := strings.CutPrefix(t.Name, "marts.")
		if !ok {
			continue
		}
		n, err := transforms.Extract(ctx, r.pub.Warehouse, t.Name, narrowed[t.Name], pack.Sheet(name))
		if err != nil {
			return 0, err
		}
		rows += n
	}
	return rows, nil
}

// meant gives controlled columns, which carry no comment in their file, their
// meaning.
type meant struct {
	transforms.RowSink
	title   string
	columns map[string]string
}

// Begin hands the head on with the meanings.
func (m meant) Begin(head transforms.TableHead) error {
	head.Comment = m.title + ". " + head.Comment
	head.Columns = slices.Clone(head.Columns)
	for i, c := range head.Columns {
		say := m.columns[c.Name]
		if figure, ok := strings.CutSuffix(c.Name, "_symbol"); ok {
			say = "Why " + figure + " is empty: c confidential, z not applicable, x not available, low rounds to nought."
		}
		head.Columns[i].Comment = say
	}
	return m.RowSink.Begin(head)
}

// ruleOf reads the rule of a controlled profile as its publication says it.
func ruleOf(folder, profile string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "exports", profile, "about.json"))
	if err != nil {
		return "", fmt.Errorf("%w: profile %q is not among what was published: %w; choose internal, committee or public, or run a night", pipeline.ErrUsage, profile, err)
	}
	var about struct {
		Rule string `json:"rule"`
	}
	if err := json.Unmarshal(text, &about); err != nil {
		return "", fmt.Errorf("controlled exports: %w; run a night to write them anew", err)
	}
	return about.Rule, nil
}
