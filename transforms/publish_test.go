package transforms

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"nightjar/pipeline"
)

func TestPublish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opens, until := pipeline.NewDate(2022, 9, 1), pipeline.NewDate(2023, 9, 1)
	w.opts.Expected = []Expected{
		{"things", "north", "2022/23", "early", pipeline.NewDate(2022, 8, 1), pipeline.NewDate(2022, 8, 10), opens},
		{"things", "north", "2022/23", "autumn", opens, pipeline.NewDate(2022, 10, 1), until},
		{"things", "west", "2022/23", "autumn", opens, pipeline.NewDate(2022, 10, 1), until},
		{"things", "far", "2022/23", "autumn", opens, pipeline.NewDate(2022, 12, 1), until},
	}
	w.in.Runs = []pipeline.RunRecord{
		{RunID: "r2", State: pipeline.RunStarted, Started: w.in.Started},
		{RunID: "r1", State: pipeline.RunHeld, Trigger: "night", Started: w.in.Started, Ended: w.in.Started, ExitCode: 4, Reason: "held",
			Report: pipeline.RunReport{Files: []pipeline.FileResult{{Outcome: pipeline.OutcomeLoaded, Counts: pipeline.Counts{Read: 3, Accepted: 2, Quarantined: 1}}}}},
	}
	refused := w.in.Files[0]
	refused.Hash, refused.Status, refused.Reason = "h9", pipeline.FileRefused, "no header"
	w.in.Refused = []pipeline.FileRecord{refused}
	pub := w.night("r2")

	if got, want := listing(t, pub.Folder), []string{"build.json", "datapackage.json", "exports", "exports/ward_counts.parquet", "nightjar.duckdb"}; !slices.Equal(got, want) {
		t.Errorf("published %v, want %v", got, want)
	}
	target, err := os.Readlink(filepath.Join(w.dir, "published", "current"))
	if err != nil || target != "r2" {
		t.Errorf("link leads to %q, %v", target, err)
	}
	asked := []struct {
		query string
		want  [][]any
	}{
		{"select ward, people_count from marts.ward_counts", [][]any{{"A", int64(2)}, {"B", int64(2)}}},
		{"select distinct schema_name from duckdb_tables() where database_name = 'nightjar_published' order by 1", [][]any{{"marts"}, {"meta"}}},
		{"select count(*) from duckdb_views() where database_name = 'nightjar_published' and not internal", [][]any{{int64(0)}}},
		{"select comment from duckdb_tables() where table_name = 'ward_counts'", [][]any{{"People by ward."}}},
		{"select comment from duckdb_columns() where table_name = 'ward_counts' and column_name = 'ward'", [][]any{{"Ward; its name is in 'wards'."}}},
		{"select table_name || column_name from duckdb_columns() where database_name = 'nightjar_published' and comment is null", nil},
		{"select run_id, as_at, nightjar_version, fingerprint = '' from meta.build", [][]any{{"r2", "2022-11-01", "test", false}}},
		{"select run_id, state, exit_code, files_loaded, rows_read, rows_quarantined, ended is null from meta.runs order by 1",
			[][]any{{"r1", "held", int64(4), int64(1), int64(3), int64(1), false}, {"r2", "started", nil, int64(0), int64(0), int64(0), true}}},
		{"select file_hash, status, reason, rows_read from meta.files order by 1",
			[][]any{{"h1", "loaded", nil, int64(3)}, {"h2", "loaded", nil, int64(1)}, {"h9", "refused", "no header", int64(3)}}},
		{"select provider, season, files, rows_accepted, last_delivered_on, due_on, state from meta.arrivals", [][]any{
			{"far", "autumn", int64(0), int64(0), nil, "2022-12-01", "due"},
			{"north", "early", int64(0), int64(0), nil, "2022-08-10", "late"},
			{"north", "autumn", int64(1), int64(3), "2022-11-01", "2022-10-01", "arrived"},
			{"south", nil, int64(1), int64(1), "2022-11-01", nil, "arrived"},
			{"west", "autumn", int64(0), int64(0), nil, "2022-10-01", "late"}}},
		{"select count(*) > 5, sum(failures)::bigint from meta.checks", [][]any{{true, int64(0)}}},
		{"select count(*) from meta.quarantine", [][]any{{int64(0)}}},
	}
	for _, a := range asked {
		if got := w.ask(pub.Warehouse, a.query); !reflect.DeepEqual(got, a.want) {
			t.Errorf("%s\n got %v\nwant %v", a.query, got, a.want)
		}
	}
	for path, want := range map[string]os.FileMode{
		pub.Folder: 0o750, pub.Warehouse: 0o440, pub.Exports[0]: 0o440, filepath.Dir(pub.Exports[0]): 0o750, filepath.Join(pub.Folder, "build.json"): 0o440,
	} {
		info, err := os.Stat(path)
		w.must(err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
	if pub.RunID != "r2" || pub.AsAt != w.in.AsAt || pub.Fingerprint != w.warehouse().Fingerprint(w.in) || len(pub.Notices) > 0 {
		t.Errorf("publication %+v", pub)
	}
}

func TestPublishedQuarantineHasNoRawText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := filepath.Join(w.opts.LakeDir, "q.parquet")
	s, err := openSession(t.Context(), sessionOptions{threads: 1, allow: []string{w.opts.LakeDir}})
	w.must(err)
	w.must(s.exec(t.Context(), "COPY (SELECT 'things' AS dataset, 'north' AS provider, 'h1' AS file_hash, 'f.csv' AS file_name, '' AS sheet, CAST(7 AS BIGINT) AS line, 'upn' AS column_name, 'upn_check' AS rule, 'wrong check letter' AS reason, 'Jo Bloggs' AS raw_text, TIMESTAMP '2022-11-01' AS delivered_at, DATE '2022-11-01' AS delivered_on) TO "+quote(path)+" (FORMAT parquet)"))
	w.must(s.Close())
	w.in.Files[0].Quarantine = "q.parquet"
	pub := w.night("r1")
	got := w.ask(pub.Warehouse, "select * from meta.quarantine")
	want := [][]any{{"h1", "things", "north", "f.csv", "", int64(7), "upn", "upn_check", "wrong check letter", "2022-11-01"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestExportIsStampedAndRepeatable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.night("r1")
	w.must(os.Rename(first.Folder, first.Folder+"-before"))
	w.must(os.Remove(filepath.Join(w.dir, "published", "current")))
	second := w.night("r1")
	a, err := os.ReadFile(filepath.Join(first.Folder+"-before", "exports", "ward_counts.parquet"))
	w.must(err)
	b, err := os.ReadFile(second.Exports[0])
	w.must(err)
	if !slices.Equal(a, b) {
		t.Error("the same build gave other bytes")
	}
	s, err := openSession(t.Context(), sessionOptions{threads: 1, allow: []string{second.Folder}})
	w.must(err)
	defer s.Close()
	got, err := s.query(t.Context(), "SELECT CAST(key AS VARCHAR), CAST(value AS VARCHAR) FROM (SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata("+quote(second.Exports[0])+")) ORDER BY 1")
	w.must(err)
	want := [][]any{{"as_at", "2022-11-01"}, {"label", "internal"}, {"model", "marts.ward_counts"}, {"run_id", "r1"}}
	if !reflect.DeepEqual(got.Rows, want) {
		t.Errorf("key-values %v", got.Rows)
	}
}

func TestPublishKeepsTheNewest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, run := range []string{"r1", "r2", "r3", "r4", "r5"} {
		w.night(run)
	}
	entries, err := os.ReadDir(filepath.Join(w.dir, "published"))
	w.must(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"current", "r3", "r4", "r5"}; !slices.Equal(names, want) {
		t.Errorf("left %v, want %v", names, want)
	}
	pub, ok, err := w.publisher().Current(t.Context())
	if !ok || err != nil || pub.RunID != "r5" {
		t.Errorf("current %+v %v %v", pub, ok, err)
	}
}

func TestReadersKeepWhatTheyOpened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.night("r1")
	link := filepath.Join(w.dir, "published", "current", "nightjar.duckdb")
	old, err := openPublished(t.Context(), link)
	w.must(err)
	defer old.Close()
	w.deliver("east", "h3", "client_id, ward, weight", "('p7', 'A', 1)")
	w.night("r2")
	const q = "select people_count from marts.ward_counts where ward = 'A'"
	before, err := old.query(t.Context(), q)
	w.must(err)
	if got := w.ask(link, q); before.Rows[0][0] != int64(2) || got[0][0] != int64(3) {
		t.Errorf("open reader %v, new reader %v", before.Rows, got)
	}
}

func TestStrayLogIsMovedAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.night("r1")
	w.must(os.WriteFile(first.Warehouse+".wal", []byte("changes"), 0o644))
	if _, err := Query(t.Context(), first.Warehouse, "ward_counts", "", 0); err == nil || !strings.Contains(err.Error(), "cannot be trusted") {
		t.Errorf("a file with a stray log was read: %v", err)
	}
	second := w.night("r2")
	if len(second.Notices) != 1 || second.Notices[0].Rule != "stray_log" {
		t.Errorf("notices %v", second.Notices)
	}
	moved := filepath.Join(w.dir, "restricted", "stray-r1-nightjar.duckdb.wal")
	info, err := os.Stat(moved)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if slices.Contains(listing(t, first.Folder), "nightjar.duckdb.wal") {
		t.Error("the log is still there")
	}
}

func TestPublishRefusesPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.night("r1")
	w.file("marts/people.sql", "-- People.\n-- grain: file_hash, line\n-- column file_hash: F.\n-- column line: L.\n-- column home_postcode: P.\nselect file_hash, line, client_id as home_postcode from staging.stg_things")
	b := w.build()
	_, err := w.publisher().Publish(t.Context(), b, pipeline.NoProgress{})
	if err == nil || !strings.Contains(err.Error(), "there is a publication of run r1") {
		t.Errorf("the same run twice: %v", err)
	}
	w.in.RunID = "r2"
	_, err = w.publisher().Publish(t.Context(), w.build(), pipeline.NoProgress{})
	if err == nil || !strings.Contains(err.Error(), "marts.people has column home_postcode") {
		t.Errorf("got %v", err)
	}
	pub, ok, err := w.publisher().Current(t.Context())
	if !ok || err != nil || pub.Folder != first.Folder {
		t.Errorf("the old one went: %+v %v %v", pub, ok, err)
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, "published", ".*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// TestCheckPublished plants a person in a published file and in an export.
func TestCheckPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pub := w.night("r1")
	w.must(CheckPublished(t.Context(), filepath.Join(w.dir, "published", "current")))
	s, err := openSession(t.Context(), sessionOptions{threads: 1, allow: []string{pub.Folder}})
	w.must(err)
	defer s.Close()
	extra := filepath.Join(pub.Folder, "exports", "extra.parquet")
	w.must(s.exec(t.Context(), "COPY (SELECT 'x' AS home_postcode) TO "+quote(extra)+" (FORMAT parquet)"))
	if err := CheckPublished(t.Context(), pub.Folder); err == nil || !strings.Contains(err.Error(), "exports/extra.parquet has column home_postcode") {
		t.Errorf("export: %v", err)
	}
	w.must(os.Remove(extra))
	w.must(os.Remove(pub.Warehouse))
	for _, q := range []string{"ATTACH " + quote(pub.Warehouse) + " AS x", "CREATE TABLE x.main.a AS SELECT 1 AS upn", "DETACH x"} {
		w.must(s.exec(t.Context(), q))
	}
	if err := CheckPublished(t.Context(), pub.Folder); err == nil || !strings.Contains(err.Error(), "main.a has column upn") {
		t.Errorf("file: %v", err)
	}
}

// TestGroup gives published files to a group, here the process's own.
func TestGroup(t *testing.T) {
	t.Parallel()
	own, err := user.LookupGroupId(strconv.Itoa(os.Getegid()))
	if err != nil {
		t.Skip("the process's group has no name here")
	}
	w := newWorld(t)
	p := w.publisher()
	p.o.Group = own.Name
	pub, err := p.Publish(t.Context(), w.build(), pipeline.NoProgress{})
	w.must(err)
	for _, path := range append(pub.Exports, pub.Warehouse, pub.Folder) {
		info, err := os.Stat(path)
		w.must(err)
		if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Gid) != os.Getegid() {
			t.Errorf("%s belongs to another group", path)
		}
	}
}

func TestCurrentSeesDamage(t *testing.T) {
	t.Parallel()
	cases := map[string]func(folder string) error{
		"file cut short":   func(f string) error { return os.Truncate(filepath.Join(f, "nightjar.duckdb"), 100) },
		"export gone":      func(f string) error { return os.Remove(filepath.Join(f, "exports", "ward_counts.parquet")) },
		"manifest gone":    func(f string) error { return os.Remove(filepath.Join(f, "build.json")) },
		"manifest unclear": func(f string) error { return os.WriteFile(filepath.Join(f, "build.json"), []byte("{}"), 0o600) },
		"folder gone":      os.RemoveAll,
	}
	w := newWorld(t)
	if _, ok, err := w.publisher().Current(t.Context()); ok || err != nil {
		t.Errorf("nothing published: %v %v", ok, err)
	}
	for name, damage := range cases {
		pub := w.night("run-" + strings.ReplaceAll(name, " ", "-"))
		w.must(os.Chmod(pub.Warehouse, 0o600))
		w.must(os.Chmod(filepath.Join(pub.Folder, "build.json"), 0o600))
		w.must(damage(pub.Folder))
		got, ok, err := w.publisher().Current(t.Context())
		if ok || err != nil || len(got.Notices) != 1 {
			t.Errorf("%s: %v %v %v", name, ok, err, got.Notices)
		}
	}
}

func TestUnknownGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.build()
	p := w.publisher()
	p.o.Group = "no-such-group-here"
	if _, err := p.Publish(t.Context(), b, pipeline.NoProgress{}); err == nil || !strings.Contains(err.Error(), "publish.group") {
		t.Errorf("got %v", err)
	}
}

// TestSweepAfterKill leaves what a kill at each point of publishing would.
func TestSweepAfterKill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shown := w.night("r1")
	root := filepath.Join(w.dir, "published")
	for _, path := range []string{".r2.tmp/nightjar.duckdb", ".r2.tmp/nightjar.duckdb.wal", "r3/nightjar.duckdb", "r3/.unshown", "r1/.unshown"} {
		w.must(os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o750))
		w.must(os.WriteFile(filepath.Join(root, path), nil, 0o600))
	}
	w.must(os.Symlink("r3", filepath.Join(root, ".r3.link.tmp")))
	w.must(os.MkdirAll(filepath.Join(w.opts.WorkDir, "build-r2", "temp"), 0o700))
	w.must(os.MkdirAll(filepath.Join(w.opts.WorkDir, "dry-run-1"), 0o700))
	w.must(os.MkdirAll(filepath.Join(w.opts.WorkDir, "somebody's"), 0o700))
	w.must(errors.Join(SweepPublished(root), Sweep(w.opts.WorkDir), Sweep(filepath.Join(w.dir, "nowhere"))))
	want := []string{"current", "r1", "r1/build.json", "r1/datapackage.json", "r1/exports", "r1/exports/ward_counts.parquet", "r1/nightjar.duckdb"}
	if got := listing(t, root); !slices.Equal(got, want) {
		t.Errorf("left %v", got)
	}
	if got := listing(t, w.opts.WorkDir); !slices.Equal(got, []string{"somebody's"}) {
		t.Errorf("left %v", got)
	}
	if pub, ok, err := w.publisher().Current(t.Context()); !ok || err != nil || pub.RunID != shown.RunID {
		t.Errorf("current %v %v", ok, err)
	}
}

func TestPublishedFileIsReadOnlyForItsReaders(t *testing.T) {
	t.Parallel()
	if syscall.Geteuid() == 0 {
		t.Skip("root may write to everything")
	}
	w := newWorld(t)
	pub := w.night("r1")
	if f, err := os.OpenFile(pub.Warehouse, os.O_RDWR, 0); err == nil {
		f.Close()
		t.Error("the published file can be written to")
	}
}
