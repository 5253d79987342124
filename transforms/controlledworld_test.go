package transforms

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"nightjar/pipeline"
)

// outlet is an installation whose marts are made of a few drawn figures, as far
// as controlled exports go.
type outlet struct {
	t     testing.TB
	dir   string
	cat   *Catalogue
	edits []string // SQL run over the drawn figures before the marts are made
	refs  []string // SQL run over the reference tables
	marts []string // SQL run over the marts
}

var shippedCatalogue = sync.OnceValues(func() (*Catalogue, error) {
	return LoadCatalogue(context.Background(), os.DirFS(sqlFolder), shippedRaw())
})

func newOutlet(t testing.TB) *outlet {
	cat, err := shippedCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return &outlet{t: t, dir: t.TempDir(), cat: cat}
}

// outletFigures draws young people by month, age and ward, and groups.
var outletFigures = []string{
	`CREATE TABLE base AS SELECT month_end, academic_age, ward_code, ward_code LIKE 'E%' AS is_ward,
		40 + hash(month_no // 6, academic_age, ward_code, 'e') % 60 AS eet, hash(month_no // 2, academic_age, ward_code, 'n') % 7 AS neet,
		hash(month_no, academic_age, ward_code, 'k') % 3 AS not_known, hash(month_no // 3, academic_age, ward_code, 'o') % 4 AS other
		FROM ref.months, (VALUES (16), (17), (18)) AS a (academic_age),
		(VALUES ('E05000001'), ('E05000002'), ('E05000003'), ('E05000004'), ('E05000005'), ('E05000006'), ('unknown'), ('outside')) AS w (ward_code)
		WHERE academic_year IN ('2020/21', '2021/22')`,
	`CREATE TABLE members AS SELECT month_end, group_name, 8 + hash(academic_year, group_name, 'e') % 20 AS eet, hash(month_no // 2, group_name, 'n') % 6 AS neet,
		hash(month_no, group_name, 'k') % 3 AS not_known, 0 AS other
		FROM ref.months, (VALUES ('send'), ('yos'), ('teenage_mothers'), ('fathers'), ('pregnant')) AS g (group_name) WHERE academic_year IN ('2020/21', '2021/22')`,
}

var outletMarts = []string{
	`CREATE TABLE marts.neet_rates AS SELECT month_end, age_band, 'recorded' AS basis, CAST(sum(eet + neet + not_known + other) AS BIGINT) AS cohort_count,
		CAST(sum(eet) AS BIGINT) AS eet_count, CAST(sum(neet) AS BIGINT) AS neet_count, CAST(sum(not_known) AS BIGINT) AS not_known_count, CAST(sum(other) AS BIGINT) AS other_count
		FROM base JOIN ref.age_bands ON academic_age BETWEEN min_age AND max_age GROUP BY ALL`,
	`CREATE TABLE marts.ward_rates AS SELECT month_end, age_band, 'recorded' AS basis, '2004' AS boundary_version, ward_code, ward_code AS ward_name, is_ward, true AS is_in_force,
		CAST(sum(eet + neet + not_known + other) AS BIGINT) AS cohort_count,
		CAST(sum(eet) AS BIGINT) AS eet_count, CAST(sum(neet) AS BIGINT) AS neet_count, CAST(sum(not_known) AS BIGINT) AS not_known_count, CAST(sum(other) AS BIGINT) AS other_count
		FROM base JOIN ref.age_bands ON academic_age BETWEEN min_age AND max_age GROUP BY ALL`,
	`CREATE TABLE marts.vulnerable_groups AS SELECT month_end, to_group AS group_name, '16-18' AS age_band, 'recorded' AS basis, CAST(sum(eet + neet + not_known + other) AS BIGINT) AS cohort_count,
		CAST(sum(eet) AS BIGINT) AS eet_count, CAST(sum(neet) AS BIGINT) AS neet_count, CAST(sum(not_known) AS BIGINT) AS not_known_count, CAST(sum(other) AS BIGINT) AS other_count
		FROM members JOIN (VALUES ('send', 'send'), ('yos', 'yos'), ('teenage_mothers', 'teenage_mothers'), ('teenage_mothers', 'young_parents'), ('fathers', 'young_parents'),
		('teenage_mothers', 'pregnant_or_mothers'), ('pregnant', 'pregnant_or_mothers')) AS g (group_name, to_group) USING (group_name) GROUP BY ALL`,
	`CREATE TABLE offers AS SELECT * FROM (VALUES (2021, 'Y11', 900, 880, 3, 10, 7, 0), (2021, 'Y12', 850, 800, 20, 18, 14, 2), (2022, 'Y11', 910, 900, 0, 8, 2, 0), (2022, 'Y12', 850, 820, 2, 18, 10, 0))
		AS o (guarantee_year, year_group, cohort_count, offer_made_count, offer_not_appropriate_count, no_offer_count, not_recorded_count, later_joiner_offer_count)`,
	`CREATE TABLE marts.september_guarantee AS SELECT CAST(guarantee_year AS BIGINT) AS guarantee_year, concat(guarantee_year, '/', guarantee_year - 1999) AS academic_year, year_group, 'all' AS institution, true AS is_final,
		CAST(sum(COLUMNS('_count$')) AS BIGINT) FROM (SELECT * FROM offers UNION ALL SELECT * REPLACE ('Y11-12' AS year_group) FROM offers) GROUP BY ALL`,
	`CREATE TABLE marts.activity_survey AS SELECT CAST(y AS BIGINT) AS leaving_year, concat(y, '/', y - 1999) AS academic_year, 'all' AS institution, CAST(a AS BIGINT) AS leaver_count, CAST(b AS BIGINT) AS known_count, CAST(c AS BIGINT) AS not_known_count,
		CAST(d AS BIGINT) AS excluded_count, CAST(e AS BIGINT) AS meeting_count, CAST(f AS BIGINT) AS working_towards_count, CAST(g AS BIGINT) AS temporary_break_count, CAST(h AS BIGINT) AS not_meeting_count
		FROM (VALUES (2021, 900, 880, 18, 2, 850, 10, 7, 13), (2022, 910, 890, 20, 0, 870, 12, 3, 5)) AS s (y, a, b, c, d, e, f, g, h)`,
	`CREATE TABLE marts.area_comparisons AS SELECT '2020/21' AS academic_year, '2020/21' AS period, 'three_month' AS period_kind, measure, 'england' AS comparison_group, 'none' AS list_vintage, area_code, gss_code, area_name, area_kind,
		value_percent, missing_reason, source_kind, 'f.csv' AS source_file, 9.87 AS own_value_percent
		FROM (VALUES ('343', 'E08000014', 'Sefton', 'authority', 'neet_percent', 3.1, NULL, 'published'), ('201', 'E09000001', 'City of London', 'authority', 'neet_percent', NULL, 'suppressed', 'published'),
		('E12000002', 'E12000002', 'North West', 'region', 'neet_percent', 2.9, NULL, 'published'), ('E92000001', 'E92000001', 'England', 'country', 'neet_percent', 2.7, NULL, 'published'),
		('343', 'E08000014', 'Sefton', 'authority', 'combined_percent', 4.44, NULL, 'portal')) AS a (area_code, gss_code, area_name, area_kind, measure, value_percent, missing_reason, source_kind)`,
}

// build makes the work file that a night would have left.
func (o *outlet) build(run string) *publishing {
	o.t.Helper()
	ctx := o.t.Context()
	folder := filepath.Join(o.dir, "build-"+run)
	temp := filepath.Join(o.dir, run)
	for _, dir := range []string{folder, filepath.Join(temp, exportsFolder)} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			o.t.Fatal(err)
		}
	}
	s, err := openSession(ctx, sessionOptions{memoryLimit: "300MB", threads: 1, allow: []string{folder}, ordered: true, plain: true})
	if err != nil {
		o.t.Fatal(err)
	}
	defer s.Close()
	in := pipeline.BuildInput{RunID: run, AsAt: pipeline.NewDate(2022, 12, 1)}
	b := &builder{session: s, cat: &Catalogue{Refs: o.cat.Refs, Macros: o.cat.Macros}}
	if err := s.prepare(ctx, o.cat); err != nil {
		o.t.Fatal(err)
	}
	for _, t := range append([]RefTable{buildTable(in.AsAt, in.AsAt), monthsTable()}, refTablesOf(o.cat)...) {
		if err := t.load(ctx, s); err != nil {
			o.t.Fatal(err)
		}
	}
	var queries []string
	for _, list := range [][]string{o.refs, outletFigures, o.edits, outletMarts, o.marts} {
		queries = append(queries, list...)
	}
	path := filepath.Join(folder, workFile)
	saved := []string{layerRef + "." + refProfiles, layerRef + "." + refTables, layerRef + "." + refDisclosed, docSchema + "." + docModels, docSchema + "." + docColumns}
	for _, m := range o.cat.Models {
		if m.Layer == layerExports {
			b.cat.Models = append(b.cat.Models, m)
			queries = append(queries, "CREATE TABLE "+m.Relation()+" AS "+m.SQL)
			saved = append(saved, m.Relation())
		}
	}
	if err := b.describeModels(ctx); err != nil {
		o.t.Fatal(err)
	}
	queries = append(queries, "ATTACH "+quote(path)+" AS "+workCatalog, "CREATE SCHEMA "+workCatalog+".ref", "CREATE SCHEMA "+workCatalog+".exports", "CREATE SCHEMA "+workCatalog+"."+docSchema)
	for _, r := range saved {
		queries = append(queries, fmt.Sprintf("CREATE TABLE %s.%s AS SELECT * FROM %s", workCatalog, r, r))
	}
	for _, q := range append(queries, "DETACH "+workCatalog) {
		if err := s.exec(ctx, q); err != nil {
			o.t.Fatalf("%v in %s", err, q)
		}
	}
	return &publishing{
		Publisher: NewPublisher(PublisherOptions{Editions: filepath.Join(o.dir, "editions")}),
		build:     pipeline.Build{Path: path, Input: in}, temp: temp,
	}
}

func refTablesOf(cat *Catalogue) []RefTable {
	var out []RefTable
	for _, name := range sortedKeys(cat.Refs) {
		out = append(out, cat.Refs[name])
	}
	return out
}

// publish lets a run out and returns its folder of exports.
func (o *outlet) publish(run string) string {
	o.t.Helper()
	r := o.build(run)
	if err := r.controlled(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	return filepath.Join(r.temp, exportsFolder)
}

// read returns the rows of a Parquet file as texts by column; "" is null.
func (o *outlet) read(file string) []map[string]string {
	o.t.Helper()
	s, err := openSession(o.t.Context(), sessionOptions{threads: 1, allow: []string{o.dir}})
	if err != nil {
		o.t.Fatal(err)
	}
	defer s.Close()
	res, err := s.query(o.t.Context(), "SELECT * FROM read_parquet("+quote(file)+")")
	if err != nil {
		o.t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range res.Rows {
		one := map[string]string{}
		for i, c := range res.Columns {
			if row[i] != nil {
				one[c.Name] = strings.TrimSpace(fmt.Sprint(row[i]))
			}
		}
		out = append(out, one)
	}
	return out
}
