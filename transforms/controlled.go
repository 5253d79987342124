package transforms

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/transforms/disclosure"
)

// The reference tables that rule what leaves. A catalogue without them has no
// controlled exports.
const (
	refProfiles  = "disclosure_profiles"
	refTables    = "disclosure_tables"
	refDisclosed = "disclosure_columns"
)

var disclosureRefs = []string{refProfiles, refTables, refDisclosed}

// linksModel holds the sums that bind rows of controlled tables.
const linksModel = layerExports + ".links"

// controlledProfile is a rule of ref.disclosure_profiles in force.
type controlledProfile struct {
	name       string
	rule       disclosure.Rule
	base       int64   // counts are rounded to multiples of it
	least      float64 // no rate of fewer people
	decimals   int
	open       bool // also as open data
	tables     []listedTable
	rows       map[string]int64 // files written, with their rows
	hidden     int              // figures that stand as c
	small      int              // of these, those that are small themselves
	outAlready []string         // figures that older editions give away
	withheld   []string         // families of which nothing is shown in this edition
}

// listedTable is a table on a profile's closed list.
type listedTable struct{ name, file, title string }

// controlledColumn is a column of a controlled table: ref.disclosure_columns.
type controlledColumn struct {
	name, role, partOf, numerator, denominator, unit, label string
}

// The roles of columns. Keys are published in Parquet, open and filter columns
// in open data, both in both; known and unshown counts in neither.
const (
	roleKey     = "key"
	roleOpen    = "open"
	roleBoth    = "both"
	roleFilter  = "filter"
	roleCount   = "count"
	roleKnown   = "known"
	roleUnshown = "unshown"
	roleRate    = "rate"
	roleValue   = "value" // published elsewhere already, with its symbol beside it
)

// controlledTable is a model of the exports layer with its rows.
type controlledTable struct {
	name    string
	columns []controlledColumn
	doc     martDoc
	data    Result
	at      map[string]int // column → place in a row
}

// controls makes the controlled exports of one publication.
type controls struct {
	*publishing
	s        *session
	profiles []*controlledProfile
	tables   map[string]*controlledTable
	links    Result
	editions *editions
}

// controlled writes exports/<profile>/ for every controlled profile, audits
// what it wrote, and notes the edition. Where the audit finds that a small
// count can be worked out, nothing is published: the error is ErrHeld.
func (r *publishing) controlled(ctx context.Context) (err error) {
	work := filepath.Dir(r.build.Path)
	s, err := openSession(ctx, sessionOptions{
		memoryLimit: publishMemory, threads: publishThreads, tempDir: filepath.Join(work, "temp"), tempLimit: publishTemp,
		allow: []string{work, r.temp}, ordered: true,
	})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := s.Close(); err == nil {
			err = cerr
		}
	}()
	if err := s.exec(ctx, fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(r.build.Path), workCatalog)); err != nil {
		return err
	}
	n, err := s.count(ctx, fmt.Sprintf("SELECT count(*) FROM duckdb_tables() WHERE database_name = %s AND schema_name = %s AND table_name = %s",
		quote(workCatalog), quote(layerRef), quote(refProfiles)))
	if err != nil || n == 0 {
		return err
	}
	c := &controls{publishing: r, s: s, tables: map[string]*controlledTable{}}
	for _, step := range []func(context.Context) error{c.readRules, c.readTables, c.protectAll} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// readRules reads the profiles in force at the day of the build, the laxest
// first, with their closed lists.
func (c *controls) readRules(ctx context.Context) error {
	day := quote(c.build.Input.AsAt.String())
	res, err := c.s.query(ctx, fmt.Sprintf(`SELECT profile, threshold, interval_width, rounding_base, minimum_denominator, rate_decimals, is_open
		FROM %[1]s.ref.%[2]s AS p WHERE valid_from = (SELECT max(valid_from) FROM %[1]s.ref.%[2]s AS o WHERE o.profile = p.profile AND o.valid_from <= CAST(%[3]s AS DATE))
		ORDER BY strictness, profile`, workCatalog, refProfiles, day))
	if err != nil {
		return err
	}
	for _, row := range res.Rows {
		open, _ := row[6].(bool)
		p := &controlledProfile{
			name: text(row[0]), rule: disclosure.Rule{Threshold: whole(row[1]), Width: whole(row[2])}, base: whole(row[3]),
			least: float64(whole(row[4])), decimals: int(whole(row[5])), open: open, rows: map[string]int64{},
		}
		if p.rule.Threshold < 1 || p.rule.Width < 1 || p.base < 1 || !nameForm.MatchString(p.name) {
			return fmt.Errorf("profile %s in ref.%s needs a threshold, a width and a rounding base of 1 or more", p.name, refProfiles)
		}
		listed, err := c.s.query(ctx, fmt.Sprintf(`SELECT table_name, file_name, title FROM %s.ref.%s
			WHERE profile = %s AND valid_from <= CAST(%s AS DATE) AND coalesce(valid_to >= CAST(%s AS DATE), true) ORDER BY table_name`,
			workCatalog, refTables, quote(p.name), day, day))
		if err != nil {
			return err
		}
		for _, t := range listed.Rows {
			p.tables = append(p.tables, listedTable{text(t[0]), text(t[1]), text(t[2])})
		}
		c.profiles = append(c.profiles, p)
	}
	return nil
}

func whole(v any) int64 { n, _ := v.(int64); return n }

// readTables reads every table that some profile lists, in the order of its
// grain, and the sums between them.
func (c *controls) readTables(ctx context.Context) error {
	docs, err := c.s.headers(ctx, workCatalog, layerExports)
	if err != nil {
		return err
	}
	cols, err := c.s.query(ctx, fmt.Sprintf(`SELECT table_name, column_name, role, part_of, numerator, denominator, unit, label FROM %s.ref.%s ORDER BY table_name, column_no`, workCatalog, refDisclosed))
	if err != nil {
		return err
	}
	for _, p := range c.profiles {
		for _, l := range p.tables {
			if c.tables[l.name] != nil {
				continue
			}
			at := slices.IndexFunc(docs, func(d martDoc) bool { return d.name == l.name })
			if at < 0 {
				return fmt.Errorf("ref.%s lists %s, and there is no model sql/exports/%s.sql; add it or take the line out", refTables, l.name, l.name)
			}
			t := &controlledTable{name: l.name, doc: docs[at], at: map[string]int{}}
			for _, row := range cols.Rows {
				if text(row[0]) == l.name {
					t.columns = append(t.columns, controlledColumn{text(row[1]), text(row[2]), text(row[3]), text(row[4]), text(row[5]), text(row[6]), text(row[7])})
				}
			}
			t.data, err = c.s.query(ctx, fmt.Sprintf("SELECT * FROM %s.%s ORDER BY %s", workCatalog, t.doc.relation, grainOrder(t.doc.grain)))
			if err != nil {
				return err
			}
			for i, one := range t.data.Columns {
				t.at[one.Name] = i
			}
			if err := t.complete(); err != nil {
				return err
			}
			c.tables[l.name] = t
		}
	}
	c.links, err = c.s.query(ctx, fmt.Sprintf("SELECT equation, family, table_name, row_key, column_name, sign FROM %s.%s ORDER BY equation, table_name, row_key", workCatalog, linksModel))
	return err
}

// complete looks whether the model has every column that the rules name, and
// whether any holds a person.
func (t *controlledTable) complete() error {
	for _, col := range t.columns {
		if isPersonal(col.name) {
			return fmt.Errorf("exports.%s has column %s, which holds a person; only aggregates are published", t.name, col.name)
		}
		if _, ok := t.at[col.name]; !ok && col.role != roleRate {
			return fmt.Errorf("ref.%s names column %s of %s, which the model has not; correct one of them", refDisclosed, col.name, t.name)
		}
		if col.role == roleValue {
			if _, ok := t.at[col.name+symbolSuffix]; !ok {
				return fmt.Errorf("exports.%s has no column %s%s beside %s; add it", t.name, col.name, symbolSuffix, col.name)
			}
		}
	}
	return nil
}

// protectAll makes profile after profile. Each hides all that the laxer one
// before it hides, so that whoever has both has no more than the laxer one.
func (c *controls) protectAll(ctx context.Context) error {
	var err error
	if c.editions, err = readEditions(c.o.Editions); err != nil {
		return err
	}
	hidden := map[string]bool{}
	for _, p := range c.profiles {
		families, err := c.families(p)
		if err != nil {
			return err
		}
		if err := c.protect(p, families, hidden); err != nil {
			return err
		}
		if err := c.write(ctx, p, families); err != nil {
			return fmt.Errorf("controlled exports: %w", err)
		}
		if err := c.prove(ctx, p, families); err != nil {
			return err
		}
		c.notice(p)
		c.extra = append(c.extra, sortedKeys(p.rows)...)
	}
	return c.editions.save(c.o.Editions, c.build.Input.RunID, c.build.Input.AsAt.String())
}

// protect hides what the profile's rule demands, family by family. A family
// that is what its last edition was stays as that edition was audited.
func (c *controls) protect(p *controlledProfile, families []*disclosure.Family, hidden map[string]bool) error {
	for _, f := range families {
		if err := f.Check(); err != nil {
			return fmt.Errorf("%w: %w; the audit would prove nothing, look at the marts behind it", pipeline.ErrHeld, err)
		}
		asked := 0
		for i := range f.Figures {
			f.Figures[i].Hidden = hidden[f.Figures[i].Key]
			if f.Figures[i].Hidden {
				asked++
			}
		}
		older := c.editions.of(p.name, f.Name)
		if !older.settled(f, p.rule) {
			given, err := protectOne(f, older.families(), p.rule)
			if err != nil {
				// A table that shows nothing tells nothing, so the night goes on,
				// and later audits need not reckon with it.
				f.HideAll()
				p.withheld = append(p.withheld, f.Name)
			}
			p.outAlready = append(p.outAlready, given...)
			if f.Tells() {
				c.editions.add(p.name, p.rule, f)
			}
		}
		for _, one := range f.Figures {
			if one.Hidden {
				hidden[one.Key] = true
				p.hidden++
				if one.Value < p.rule.Threshold*one.Per {
					p.small++
				}
			}
		}
	}
	return nil
}

// protectOne hides what must not be told of a family and audits what is left
// against every older edition. It returns the figures that those gave away
// already, and an error where nothing but hiding all of it would do.
func protectOne(f *disclosure.Family, older []*disclosure.Family, rule disclosure.Rule) (given []string, err error) {
	if err := f.Protect(rule, older); err != nil {
		return nil, err
	}
	for _, l := range disclosure.Audit(f, older, rule) {
		if !l.Before {
			return nil, fmt.Errorf("%s: %s", f.Name, l)
		}
		given = append(given, l.Key)
	}
	return given, nil
}

// notice tells the night what is withheld, and what older editions gave away
// before these rules.
func (c *controls) notice(p *controlledProfile) {
	if len(p.withheld) > 0 {
		c.notices = append(c.notices, pipeline.Issue{File: exportsFolder + "/" + p.name, Rule: "withheld",
			Say:  fmt.Sprintf("every figure of %s is hidden: with the editions that are out, showing any would give a small count away", strings.Join(p.withheld, ", ")),
			Hint: "they are shown again once the figures allow it; fewer rows in reference file " + refTables + ".csv would help"})
	}
	if len(p.outAlready) == 0 {
		return
	}
	slices.SortFunc(p.outAlready, cmp.Compare[string])
	c.notices = append(c.notices, pipeline.Issue{File: exportsFolder + "/" + p.name, Rule: "told_before",
		Say:  fmt.Sprintf("older editions give %d small figure(s) away, first %s", len(p.outAlready), p.outAlready[0]),
		Hint: "nothing can be hidden after the fact; ask whoever has the older files to replace them"})
}

// folder makes exports/<profile>.
func (c *controls) folder(p *controlledProfile) (string, error) {
	path := filepath.Join(c.temp, exportsFolder, p.name)
	return path, os.MkdirAll(path, 0o750)
}

// extraFolders returns the folders of the controlled exports.
func (r *publishing) extraFolders() []string {
	var out []string
	for _, name := range r.extra {
		if dir := filepath.Join(r.temp, filepath.FromSlash(path.Dir(name))); !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	return out
}
