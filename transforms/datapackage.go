package transforms

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// packageFile describes the exports as a Frictionless data package. It lies
// above them, because its paths may only lead downwards.
const packageFile = "datapackage.json"

// openLicence is what most reference data is published under.
var openLicence = packageLicence{
	Name: "OGL-UK-3.0", Title: "Open Government Licence v3.0",
	Path: "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
}

// closedLicence is that of exports nobody outside may have.
var closedLicence = packageLicence{Name: "other-closed", Title: "For internal use; not released under any licence"}

type dataPackage struct {
	Name        string            `json:"name"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Version     string            `json:"version"` // the run
	Created     string            `json:"created"`
	AsAt        string            `json:"as_at"`
	Licenses    []packageLicence  `json:"licenses"`
	Sources     []packageSource   `json:"sources"`
	Resources   []packageResource `json:"resources"`
}

type packageLicence struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Path  string `json:"path,omitempty"`
}

// packageSource is one input: what reference tables say of their source, or
// the lists of one dataset. Licence is absent where the input states none.
type packageSource struct {
	Title   string          `json:"title"`
	Kind    string          `json:"kind"` // reference or delivered
	Tables  []string        `json:"tables,omitempty"`
	Files   int64           `json:"files,omitempty"`
	AsAt    string          `json:"as_at,omitempty"` // day of the last delivery
	Licence *packageLicence `json:"license,omitempty"`
}

type packageResource struct {
	Name        string           `json:"name"`
	Path        string           `json:"path"`
	Format      string           `json:"format"`
	MediaType   string           `json:"mediatype"`
	Profile     string           `json:"profile"`
	Description string           `json:"description"`
	Label       string           `json:"label"` // to whom it may go, such as internal
	Bytes       int64            `json:"bytes"`
	Hash        string           `json:"hash"`
	Rows        int64            `json:"rows"`
	Licenses    []packageLicence `json:"licenses"`
	Schema      packageSchema    `json:"schema"`
}

type packageSchema struct {
	Fields     []packageField `json:"fields"`
	PrimaryKey []string       `json:"primaryKey,omitempty"`
}

type packageField struct {
	Name        string             `json:"name"`
	Type        string             `json:"type"`
	Description string             `json:"description"`
	Unit        string             `json:"unit"`
	Constraints *packageConstraint `json:"constraints,omitempty"`
}

type packageConstraint struct {
	Required bool `json:"required"`
}

// dictionaryFile is the data dictionary beside the exports.
const dictionaryFile = "dictionary.html"

// documents writes what travels with the exports: the dictionary as a page and
// the package, which names the digests of all of them.
func (r *publishing) documents(ctx context.Context) error {
	if r.o.Dictionary != nil {
		if err := r.o.Dictionary(ctx, r.build, filepath.Join(r.temp, dictionaryFile)); err != nil {
			return err
		}
		r.extra = append(r.extra, dictionaryFile)
	}
	text, err := json.MarshalIndent(r.described, "", "  ")
	if err != nil {
		return fmt.Errorf("data package: %w", err)
	}
	return os.WriteFile(filepath.Join(r.temp, packageFile), append(text, '\n'), 0o600)
}

// dataPackage describes the internal exports and what all figures come from.
// The controlled ones are added as they are written.
func (r *publishing) dataPackage(ctx context.Context, s *session, marts []martDoc) error {
	in := r.build.Input
	p := dataPackage{
		Name: "nightjar", Title: "NEET tracking: published marts",
		Description: "Aggregates of the participation of young people aged 16 to 18, one resource per mart, in the order of its grain. Figures are as known on the day of as_at.",
		Version:     in.RunID, Created: r.build.Finished.UTC().Format("2006-01-02T15:04:05Z"), AsAt: in.AsAt.String(),
		Licenses: []packageLicence{closedLicence}, Resources: []packageResource{},
	}
	for _, m := range marts {
		if m.export == "" {
			continue
		}
		one, err := r.resource(ctx, s, m)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		p.Resources = append(p.Resources, one)
	}
	var err error
	p.Sources, err = r.inputs(ctx, s)
	r.described = p
	return err
}

// describeControlled adds a controlled export to the package. Only the public
// ones are for everybody.
func (r *publishing) describeControlled(p *controlledProfile, t *controlledTable, name string, cols []typedColumn, rows int) error {
	d, err := digest(r.temp, name)
	if err != nil {
		return err
	}
	licence := closedLicence
	if p.open {
		licence = openLicence
	}
	out := packageResource{
		Name: p.name + "_" + t.name, Path: name, Format: "parquet", MediaType: "application/vnd.apache.parquet", Profile: "data-resource",
		Description: t.doc.doc, Label: p.name, Bytes: d.Bytes, Hash: "sha256:" + d.SHA256, Rows: int64(rows),
		Licenses: []packageLicence{licence},
	}
	docs := map[string]string{}
	for _, c := range t.columns {
		docs[c.name] = c.label + "."
	}
	for _, c := range t.doc.columns {
		docs[c.Name] = c.Doc
	}
	for _, c := range cols {
		f := packageField{Name: c.Name, Type: packageType(c.Type), Description: docs[c.Name], Unit: Unit(c.Name, c.Type)}
		if figure, ok := strings.CutSuffix(c.Name, symbolSuffix); ok {
			f.Description = "Why " + figure + " is missing: c confidential, z not applicable, x not available, low rounds to nought; empty where it is not."
		}
		out.Schema.Fields = append(out.Schema.Fields, f)
	}
	for _, key := range t.doc.grain {
		if slices.ContainsFunc(cols, func(c typedColumn) bool { return c.Name == key }) {
			out.Schema.PrimaryKey = append(out.Schema.PrimaryKey, key)
		}
	}
	r.described.Resources = append(r.described.Resources, out)
	return nil
}

func (r *publishing) resource(ctx context.Context, s *session, m martDoc) (packageResource, error) {
	name := exportsFolder + "/" + m.name + ".parquet"
	d, err := digest(r.temp, name)
	if err != nil {
		return packageResource{}, err
	}
	out := packageResource{
		Name: m.name, Path: name, Format: "parquet", MediaType: "application/vnd.apache.parquet", Profile: "data-resource",
		Description: m.doc, Label: m.export, Bytes: d.Bytes, Hash: "sha256:" + d.SHA256, Rows: r.rows[name],
		Licenses: []packageLicence{closedLicence}, Schema: packageSchema{PrimaryKey: m.grain},
	}
	docs := map[string]string{}
	for _, c := range m.columns {
		docs[c.Name] = c.Doc
	}
	cols, err := s.describe(ctx, "SELECT * FROM "+m.relation)
	if err != nil {
		return out, err
	}
	key := map[string]bool{}
	for _, k := range m.grain {
		key[k] = true
	}
	for _, c := range cols {
		f := packageField{Name: c.Name, Type: packageType(c.Type), Description: docs[c.Name], Unit: Unit(c.Name, c.Type)}
		if key[c.Name] {
			f.Constraints = &packageConstraint{Required: true}
		}
		out.Schema.Fields = append(out.Schema.Fields, f)
	}
	return out, nil
}

// packageType names a type the way a table schema does. What it has no word
// for may be anything.
func packageType(kind string) string {
	switch kind {
	case "VARCHAR":
		return "string"
	case "BIGINT", "INTEGER":
		return "integer"
	case "DOUBLE":
		return "number"
	case "BOOLEAN":
		return "boolean"
	case "DATE":
		return "date"
	case "TIMESTAMP":
		return "datetime"
	}
	return "any"
}

// inputs names everything the build was made of: reference data by what its
// rows say of their source, and delivered lists by dataset.
func (r *publishing) inputs(ctx context.Context, s *session) ([]packageSource, error) {
	said, err := s.query(ctx, fmt.Sprintf("SELECT source, table_name FROM %s.%s.%s ORDER BY table_name", workCatalog, docSchema, docSources))
	if err != nil {
		return nil, err
	}
	users := map[string][]string{}
	for _, row := range said.Rows {
		users[text(row[0])] = append(users[text(row[0])], text(row[1]))
	}
	out := []packageSource{}
	for _, title := range sortedKeys(users) {
		one := packageSource{Title: title, Kind: "reference", Tables: users[title]}
		if strings.Contains(title, openLicence.Title) {
			one.Licence = &openLicence
		}
		out = append(out, one)
	}
	lists, err := s.query(ctx, fmt.Sprintf("SELECT dataset, count(*), max(delivered_on) FROM %s.%s.files WHERE status = 'loaded' GROUP BY dataset ORDER BY dataset", workCatalog, layerRaw))
	if err != nil {
		return nil, err
	}
	for _, row := range lists.Rows {
		files, _ := row[1].(int64)
		out = append(out, packageSource{Title: "Delivered lists: " + text(row[0]), Kind: "delivered", Files: files, AsAt: text(row[2])})
	}
	return out, nil
}
