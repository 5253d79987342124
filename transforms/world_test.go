package transforms

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"nightjar/pipeline"
)

// world is a small installation: a lake with snapshots of one invented list, a
// tree of models, folders for work and results.
type world struct {
	t    *testing.T
	dir  string
	tree fstest.MapFS
	opts Options
	in   pipeline.BuildInput
}

// fixedClock tells one time until it is moved.
type fixedClock struct{ at time.Time }

func (c *fixedClock) Now() time.Time { return c.at }

var thingsLayout = pipeline.Layout{Name: "flat", Relation: "things", Columns: []pipeline.Column{
	{Name: "client_id", Kind: pipeline.Text, Presence: pipeline.Required},
	{Name: "ward", Kind: pipeline.Text},
	{Name: "weight", Kind: pipeline.Decimal},
	{Name: "added_later", Kind: pipeline.Integer},
}}

// worldTree are models that go through every layer.
var worldTree = map[string]string{
	"macros/percent_of.sql": "CREATE MACRO percent_of(n, d) AS 100 * CAST(n AS DOUBLE) / nullif(CAST(d AS DOUBLE), 0)",
	"ref/wards.csv":         "ward,name,opened:date,source\nA,Ainsdale,2004-06-10,made up\nB,,,made up\n",
	"ref/settings.csv":      "name,value,doc,source\nminimum_cohort,30,Smallest ward counted.,made up\n",
	"staging/stg_things.sql": `-- Things as delivered.
-- grain: file_hash, line
-- column file_hash: File.
-- column line: Line.
-- column client_id: Person.
-- column ward: Ward.
-- column added_later: A column older files lack.
-- materialized: view
select things.file_hash, things.line, things.client_id, things.ward, things.added_later
from raw.things as things
cross join ref.build as build
where things.delivered_on <= build.as_at
`,
	"marts/ward_counts.sql": `-- People by ward.
-- grain: as_at, ward
-- column as_at: Knowledge date.
-- column ward: Ward; its name is in 'wards'.
-- column people_count: People.
-- column share_percent: Share of the borough, per cent.
-- not_null: people_count
-- accepted ward: A, B
-- export: internal
with counted as (
    select ward, count(*) as people_count from staging.stg_things group by ward
), total as (
    select count(*) as all_count from staging.stg_things
)
select build.as_at, counted.ward, counted.people_count, percent_of(counted.people_count, total.all_count) as share_percent
from counted
cross join total
cross join ref.build as build
`,
	"marts/deliveries.sql": `-- Files by provider.
-- grain: provider
-- column provider: Provider.
-- column file_count: Files.
select provider, count(*) as file_count from staging.stg_files group by provider
`,
	"staging/stg_files.sql": `-- Files.
-- grain: file_hash
-- column file_hash: File.
-- column provider: Provider.
select file_hash, provider from raw.files
`,
	"marts/ward_counts__wards_are_known_test.sql": "-- Every ward is in the list.\nselect w.ward from marts.ward_counts as w where not exists (select 1 from ref.wards as r where r.ward = w.ward) -- end",
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, dir: dir, tree: fstest.MapFS{}}
	for name, body := range worldTree {
		w.file(name, body)
	}
	w.opts = Options{
		LakeDir: filepath.Join(dir, "a lake"), WorkDir: filepath.Join(dir, "work"), SQL: w.tree,
		Layouts: []pipeline.Layout{thingsLayout}, MemoryLimit: "300MB", Threads: 2, TempLimit: "1GB",
		Clock: &fixedClock{time.Date(2022, 11, 2, 1, 0, 0, 0, time.UTC)}, Version: "test",
	}
	w.in = pipeline.BuildInput{
		RunID: "20221102T010000.000Z", Started: time.Date(2022, 11, 2, 0, 59, 0, 0, time.UTC),
		KnownUntil: pipeline.NewDate(2022, 11, 1), AsAt: pipeline.NewDate(2022, 11, 1),
	}
	w.deliver("north", "h1", "client_id, ward, weight", "('p1', 'A', 1.5), ('p2', 'A', 2), ('p3', 'B', NULL)")
	w.deliver("south", "h2", "client_id, ward, weight, added_later", "('p4', 'B', 1, 7)")
	return w
}

func (w *world) file(name, body string) { w.tree[name] = &fstest.MapFile{Data: []byte(body)} }

// deliver writes a snapshot and its ledger record. columns are those the
// snapshot has before provenance; an old snapshot has fewer.
func (w *world) deliver(provider, hash, columns, rows string) {
	w.t.Helper()
	path := "things/" + provider + "-" + hash + ".parquet"
	full := filepath.Join(w.opts.LakeDir, filepath.FromSlash(path))
	w.must(os.MkdirAll(filepath.Dir(full), 0o700))
	s, err := openSession(w.t.Context(), sessionOptions{threads: 1, allow: []string{w.opts.LakeDir}})
	w.must(err)
	defer s.Close()
	w.must(s.exec(w.t.Context(), fmt.Sprintf(`COPY (SELECT * REPLACE (CAST(weight AS DOUBLE) AS weight %s),
			'things' AS dataset, %s AS provider, %s AS file_hash, 'f.csv' AS file_name, '' AS sheet, row_number() OVER () AS line,
			TIMESTAMP '2022-11-01 09:00:00' AS delivered_at, DATE '2022-11-01' AS delivered_on, '2022/23' AS academic_year, '2022-10' AS period
		FROM (VALUES %s) AS v(%s)) TO %s (FORMAT parquet)`,
		addedCast(columns), quote(provider), quote(hash), rows, columns, quote(full))))
	n := int64(strings.Count(rows, "("))
	w.in.Files = append(w.in.Files, pipeline.FileRecord{
		Snapshot: pipeline.Snapshot{
			Delivery: pipeline.Delivery{Dataset: "things", Provider: provider, Name: "things/" + provider + "/f.csv", Hash: hash,
				DeliveredAt: time.Date(2022, 11, 1, 9, 0, 0, 0, time.UTC), DeliveredOn: pipeline.NewDate(2022, 11, 1)},
			Layout: "flat", Relation: "things", Path: path, Counts: pipeline.Counts{Read: n, Accepted: n}, MinPeriod: "2022-10", MaxPeriod: "2022-10",
		},
		Status: pipeline.FileLoaded, RunID: w.in.RunID,
	})
}

func addedCast(columns string) string {
	if strings.Contains(columns, "added_later") {
		return ", CAST(added_later AS BIGINT) AS added_later"
	}
	return ""
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) warehouse() *Warehouse {
	w.t.Helper()
	wh, err := NewWarehouse(w.opts)
	w.must(err)
	return wh
}

func (w *world) build() pipeline.Build {
	w.t.Helper()
	b, err := w.warehouse().Build(w.t.Context(), w.in, pipeline.NoProgress{})
	w.must(err)
	return b
}

// buildError wants the build to fail and returns its words.
func (w *world) buildError() string {
	w.t.Helper()
	_, err := w.warehouse().Build(w.t.Context(), w.in, pipeline.NoProgress{})
	if err == nil {
		w.t.Fatal("the build did not fail")
	}
	return err.Error()
}

// builtModels makes every model and returns the session that holds them.
func (w *world) builtModels() *session {
	w.t.Helper()
	return w.sessionAfter(func(ctx context.Context, b *builder) error { return b.models(ctx) })
}

// sessionAfter prepares a build, carries out a step of it and returns the
// session.
func (w *world) sessionAfter(step func(ctx context.Context, b *builder) error) *session {
	w.t.Helper()
	wh := w.warehouse()
	cat, issues, err := wh.catalogue(w.t.Context())
	w.must(err)
	w.must(trouble(issues))
	s, err := openSession(w.t.Context(), sessionOptions{memoryLimit: "300MB", threads: 1, allow: []string{w.dir}})
	w.must(err)
	w.t.Cleanup(func() { s.Close() })
	b := &builder{Warehouse: wh, session: s, cat: cat, in: w.in, progress: pipeline.NoProgress{}}
	w.must(b.prepareInput(w.t.Context()))
	w.must(step(w.t.Context(), b))
	return s
}

// tablesOf lists the tables of a file.
func (w *world) tablesOf(path string) []string {
	w.t.Helper()
	var out []string
	for _, row := range w.ask(path, "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'nightjar_published' order by 1") {
		out = append(out, text(row[0]))
	}
	return out
}

// ask reads from a work file or a published one.
func (w *world) ask(path, query string) [][]any {
	w.t.Helper()
	s, err := openPublished(w.t.Context(), path)
	w.must(err)
	defer s.Close()
	res, err := s.query(w.t.Context(), query)
	w.must(err)
	return res.Rows
}

func (w *world) publisher() *Publisher {
	return NewPublisher(PublisherOptions{
		Folder: filepath.Join(w.dir, "published"), Restricted: filepath.Join(w.dir, "restricted"), People: filepath.Join(w.dir, "restricted"), Keep: 3, Clock: w.opts.Clock, Version: "test",
	})
}

// night builds and publishes under a run of its own, an hour after the last.
func (w *world) night(run string) pipeline.Publication {
	w.t.Helper()
	clock := w.opts.Clock.(*fixedClock)
	clock.at = clock.at.Add(time.Hour)
	w.in.RunID = run
	pub, err := w.publisher().Publish(w.t.Context(), w.build(), pipeline.NoProgress{})
	w.must(err)
	w.must(Sweep(w.opts.WorkDir))
	return pub
}

func listing(t *testing.T, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(folder, path); rel != "." {
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// treeOf copies the small tree with changes; an empty body removes a file.
func treeOf(changes map[string]string) fstest.MapFS {
	all := maps.Clone(worldTree)
	maps.Copy(all, changes)
	out := fstest.MapFS{}
	for name, body := range all {
		if body != "" {
			out[name] = &fstest.MapFile{Data: []byte(body)}
		}
	}
	return out
}
