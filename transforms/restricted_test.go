package transforms

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"nightjar/pipeline"
)

const peopleModel = `-- People to call.
-- grain: client_id
-- column client_id: Person; 'as delivered'.
-- column ward: Ward.
select client_id, ward from intermediate.int_things
`

const intermediateModel = `-- People.
-- grain: client_id
-- column client_id: Person.
-- column ward: Ward.
select client_id, ward from staging.stg_things
`

func peopleWorld(t *testing.T) (w *world, restricted string) {
	w = newWorld(t)
	w.file("intermediate/int_things.sql", intermediateModel)
	w.file("restricted/people.sql", peopleModel)
	return w, filepath.Join(w.dir, "restricted")
}

func TestPeopleStandBesideThePublication(t *testing.T) {
	t.Parallel()
	w, restricted := peopleWorld(t)
	old := os.FileMode(0o755)
	w.must(os.MkdirAll(restricted, old))
	const run = "20221102T010000.000Z"
	pub := w.night(run)
	path := RestrictedFile(restricted, run)
	for of, want := range map[string]os.FileMode{restricted: 0o700, path: 0o600} {
		info, err := os.Stat(of)
		w.must(err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", filepath.Base(of), info.Mode().Perm(), want)
		}
	}
	for query, want := range map[string][][]any{
		"select client_id from restricted.people":                                                           {{"p1"}, {"p2"}, {"p3"}, {"p4"}},
		"select comment from duckdb_tables() where table_name = 'people'":                                   {{"People to call."}},
		"select comment from duckdb_columns() where column_name = 'client_id'":                              {{"Person; 'as delivered'."}},
		"select tags['storage_version'] from duckdb_databases() where database_name = 'nightjar_published'": {{"v1.0.0+"}},
	} {
		if got := w.ask(path, query); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	if slices.ContainsFunc(w.tablesOf(pub.Warehouse), func(n string) bool { return n == "restricted.people" }) {
		t.Error("people are published")
	}
	if got := listing(t, restricted); !slices.Equal(got, []string{run + ".duckdb"}) {
		t.Errorf("restricted folder holds %v", got)
	}
}

// TestPeopleGoWithTheirPublication keeps three publications of five; a file
// that somebody else put there stays.
func TestPeopleGoWithTheirPublication(t *testing.T) {
	t.Parallel()
	w, restricted := peopleWorld(t)
	w.must(os.MkdirAll(restricted, 0o700))
	w.must(os.WriteFile(filepath.Join(restricted, "mine.duckdb"), nil, 0o600))
	for _, day := range []string{"02", "03", "04", "05", "06"} {
		w.night("202211" + day + "T010000.000Z")
	}
	want := []string{"20221104T010000.000Z.duckdb", "20221105T010000.000Z.duckdb", "20221106T010000.000Z.duckdb", "mine.duckdb"}
	if got := listing(t, restricted); !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
}

// TestFailedPublishLeavesNoPeople makes the switch fail, and before that the
// writing.
func TestFailedPublishLeavesNoPeople(t *testing.T) {
	t.Parallel()
	w, restricted := peopleWorld(t)
	link := filepath.Join(w.dir, "published", currentLink)
	w.must(os.MkdirAll(filepath.Join(link, "in the way"), 0o700))
	w.in.RunID = "20221102T010000.000Z"
	if _, err := w.publisher().Publish(t.Context(), w.build(), pipeline.NoProgress{}); err == nil {
		t.Fatal("a folder in place of the link was no error")
	}
	if got := listing(t, restricted); len(got) > 0 {
		t.Errorf("left %v", got)
	}
	w.must(os.RemoveAll(link))
	ctx, stop := context.WithCancel(t.Context())
	b := w.build()
	r := &publishing{Publisher: w.publisher(), build: b, root: filepath.Join(w.dir, "published")}
	stop()
	if err := r.writePeople(ctx, RestrictedFile(restricted, "20221102T020000.000Z")); err == nil {
		t.Error("a cancelled context was no error")
	}
	if got := listing(t, restricted); len(got) > 0 {
		t.Errorf("left %v", got)
	}
}

func TestSweepRestricted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	restricted, published := filepath.Join(dir, "restricted"), filepath.Join(dir, "published")
	const shown, unshown, kept, gone = "20221104T010000.000Z", "20221103T010000.000Z", "20221102T010000.000Z", "20221101T010000.000Z"
	put := func(path string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, run := range []string{shown, unshown, kept, gone} {
		put(RestrictedFile(restricted, run))
	}
	put(filepath.Join(restricted, "."+gone+".duckdb.tmp"))
	put(filepath.Join(restricted, "follow_ups.csv"))
	if err := SweepRestricted(restricted, published); err != nil || len(listing(t, restricted)) != 6 {
		t.Errorf("without a published folder: %v, %v", err, listing(t, restricted))
	}
	for _, mark := range []string{shown, unshown} {
		put(filepath.Join(published, mark, unshownMark))
	}
	put(filepath.Join(published, kept, manifestFile))
	if err := os.Symlink(shown, filepath.Join(published, currentLink)); err != nil {
		t.Fatal(err)
	}
	if err := SweepRestricted(restricted, published); err != nil {
		t.Fatal(err)
	}
	if got, want := listing(t, restricted), []string{kept + ".duckdb", shown + ".duckdb", "follow_ups.csv"}; !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
}
