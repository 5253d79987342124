package transforms

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"nightjar/pipeline"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.night("r1")
	path := filepath.Join(w.dir, "published", "current", "nightjar.duckdb")
	cases := []struct {
		table, where string
		limit        int
		want         [][]any
	}{
		{"ward_counts", "", 0, [][]any{{"2022-11-01", "A", int64(2), 50.0}, {"2022-11-01", "B", int64(2), 50.0}}},
		{"marts.ward_counts", "ward = 'B' and as_at >= date '2022-01-01'", 0, [][]any{{"2022-11-01", "B", int64(2), 50.0}}},
		{"ward_counts", "", 1, [][]any{{"2022-11-01", "A", int64(2), 50.0}}},
		{"ward_counts", "ward = 'A' or ward = 'B' -- both", 1, [][]any{{"2022-11-01", "A", int64(2), 50.0}}},
		{"ward_counts", "ward in (select provider from deliveries)", 0, nil},
		{"meta.arrivals", "provider = 'north' and 1 = 0", 0, nil},
	}
	for _, c := range cases {
		if c.where == "ward in (select provider from deliveries)" {
			c.where = strings.Replace(c.where, "deliveries", "marts.deliveries", 1)
		}
		got, err := Query(t.Context(), path, c.table, c.where, c.limit)
		if err != nil || !reflect.DeepEqual(got.Rows, c.want) {
			t.Errorf("%s where %s: %v, %v", c.table, c.where, got.Rows, err)
		}
	}
	got, err := Query(t.Context(), path, "ward_counts", "", 1)
	w.must(err)
	want := []ResultColumn{{"as_at", "DATE"}, {"ward", "VARCHAR"}, {"people_count", "BIGINT"}, {"share_percent", "DOUBLE"}}
	if !reflect.DeepEqual(got.Columns, want) {
		t.Errorf("columns %v", got.Columns)
	}
}

func TestQueryOnlyFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.night("r1")
	path := filepath.Join(w.dir, "published", "current", "nightjar.duckdb")
	secret := filepath.Join(w.opts.LakeDir, "things", "north-h1.parquet")
	for _, where := range []string{
		"1 = 1; drop table marts.ward_counts", "1 = 1) union all (select * from marts.ward_counts where (1 = 1", "1 = 1) order by (1",
		"1 = 1) group by (ward", "1 = 1) limit (1", "ward in (select client_id from read_parquet(" + quote(secret) + "))",
		"exists (select 1 from " + quote(secret) + ")", "exists (select 1 from read_text('/etc/hostname'))", "nosuch = 1", "ward = ", "(1 = 1",
		"exists (select 1 from glob('/etc/*'))", "1 = 1) qualify (true", "';' = ward",
	} {
		_, err := Query(t.Context(), path, "ward_counts", where, 0)
		if !errors.Is(err, pipeline.ErrUsage) {
			t.Errorf("%s: %v", where, err)
		}
	}
	if _, err := Query(t.Context(), path, "nosuch", "", 0); !errors.Is(err, pipeline.ErrUsage) || !strings.Contains(err.Error(), "ward_counts") {
		t.Errorf("unknown table: %v", err)
	}
	if _, err := Query(t.Context(), filepath.Join(w.dir, "none"), "x", "", 0); err == nil {
		t.Error("a missing file gave no error")
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pub := w.night("r1")
	tables, err := Tables(t.Context(), pub.Warehouse)
	w.must(err)
	var names []string
	for _, info := range tables {
		names = append(names, info.Name)
		if info.Comment == "" || len(info.Columns) == 0 {
			t.Errorf("%+v has no comment or columns", info)
		}
		for _, c := range info.Columns {
			if isPersonal(c.Name) || c.Comment == "" {
				t.Errorf("%s.%s: %q", info.Name, c.Name, c.Comment)
			}
		}
	}
	want := []string{"marts.deliveries", "marts.ward_counts", "meta.arrivals", "meta.build", "meta.checks", "meta.files", "meta.quarantine", "meta.runs"}
	if !reflect.DeepEqual(names, want) || tables[1].Rows != 2 {
		t.Errorf("tables %v", names)
	}
}

func TestPersonalNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"upn", "given_name", "home_postcode", "date_of_birth", "birth_date", "client_id", "CLIENT_ID", "mother_surname", "raw_text", "learner_reference", "dob"} {
		if !isPersonal(name) {
			t.Errorf("%s passes", name)
		}
	}
	for _, name := range []string{"ward_name", "area_name", "provider", "people_count", "file_name", "column_name", "postcodes_unknown", "line", "person_count", "upns_invalid"} {
		if isPersonal(name) {
			t.Errorf("%s is refused", name)
		}
	}
}

func TestEngineVersion(t *testing.T) {
	t.Parallel()
	v, err := EngineVersion(t.Context())
	if err != nil || !strings.HasPrefix(v, "v1.") {
		t.Errorf("%q, %v", v, err)
	}
}
