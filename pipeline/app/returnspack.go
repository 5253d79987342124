package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"nightjar/pipeline"
	"nightjar/transforms"
	"nightjar/transforms/report"
	"nightjar/transforms/workbook"
)

// institutionPacks makes the page and the workbook of every school and college,
// out of what is published.
type institutionPacks struct {
	pub       pipeline.Publication
	synthetic bool
	names     map[string]string   // of institutions
	folders   map[string][]string // inbox folders of an institution
	rows      map[string][]report.Row
}

// packTables are the marts of a pack, and the column that says whose a row is.
var packTables = []struct{ table, owner string }{
	{"institution_returns", "institution"}, {"september_guarantee", "institution"}, {"activity_survey", "institution"}, {"destinations", "provider"},
}

// packs reads what all packs are made of, once.
func (a *App) packs(ctx context.Context, run string) (*institutionPacks, error) {
	pub, _, err := a.publisher().Current(ctx)
	if err != nil {
		return nil, fmt.Errorf("published folder: %w", err)
	}
	if pub.RunID != run {
		return nil, fmt.Errorf("readers were switched from run %s to %s meanwhile; try again", run, pub.RunID)
	}
	read, err := marts(ctx, pub.Warehouse)
	if err != nil {
		return nil, err
	}
	p := &institutionPacks{pub: pub, synthetic: a.isSample(), names: map[string]string{}, folders: map[string][]string{}, rows: map[string][]report.Row{}}
	for _, table := range []string{"meta.build", "marts.institution_returns", "marts.september_guarantee", "marts.activity_survey", "marts.destinations", "marts.provider_quality"} {
		if p.rows[table], err = read(ctx, table, ""); err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
	}
	providers, err := a.refRows("providers")
	if err != nil {
		return nil, err
	}
	for _, r := range providers {
		id := r["provider_id"]
		if p.names[id] == "" || r["is_main"] == "true" {
			p.names[id] = r["name"]
		}
		if r["folder"] != "" {
			p.folders[id] = append(p.folders[id], r["folder"])
		}
	}
	return p, nil
}

// of returns the rows of a table whose column is one of these.
func (p *institutionPacks) of(table, column string, owners ...string) []report.Row {
	var out []report.Row
	for _, r := range p.rows[table] {
		if slices.Contains(owners, r.Text(column)) {
			out = append(out, r)
		}
	}
	return out
}

// page makes the page of one institution.
func (p *institutionPacks) page(institution string) report.Page {
	name := p.names[institution]
	if name == "" {
		name = institution
	}
	return report.BuildInstitution(report.Institution{
		Name: name, Synthetic: p.synthetic, Build: p.rows["meta.build"],
		Returns:      p.of("marts.institution_returns", "institution", institution),
		Guarantee:    p.of("marts.september_guarantee", "institution", institution),
		Survey:       p.of("marts.activity_survey", "institution", institution),
		Destinations: p.of("marts.destinations", "provider", institution),
		Quality:      p.of("marts.provider_quality", "provider", append(p.folders[institution], institution)...),
		Borough:      p.of("marts.september_guarantee", "institution", "all"),
		Leavers:      p.of("marts.activity_survey", "institution", "all"),
	})
}

// write writes the pack of one institution into a folder for people, and
// returns the names of its two files.
func (p *institutionPacks) write(ctx context.Context, dir, institution string) (page, book string, err error) {
	if !institutionCode.MatchString(institution) { // it stands in a condition below
		return "", "", fmt.Errorf("institution %q cannot name a file", institution)
	}
	content := p.page(institution)
	var text, sheets bytes.Buffer
	if err := report.Render(&text, content); err != nil {
		return "", "", err
	}
	pack, err := workbook.NewPack()
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, pack.Close()) }()
	for _, t := range packTables {
		if len(p.of("marts."+t.table, t.owner, institution)) == 0 {
			continue
		}
		if _, err := transforms.Extract(ctx, p.pub.Warehouse, t.table, t.owner+" = '"+institution+"'", pack.Sheet(t.table)); err != nil {
			return "", "", err
		}
	}
	if err := pack.Finish(content); err != nil {
		return "", "", err
	}
	if _, err := pack.WriteTo(&sheets); err != nil {
		return "", "", err
	}
	page, book = institution+".html", institution+".xlsx"
	return page, book, errors.Join(
		os.WriteFile(filepath.Join(dir, page), text.Bytes(), 0o600),
		os.WriteFile(filepath.Join(dir, book), sheets.Bytes(), 0o600))
}
