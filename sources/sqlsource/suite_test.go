package sqlsource_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"nightjar/pipeline"
	"nightjar/sources/remote"
	"nightjar/sources/remote/placetest"
	"nightjar/sources/sqlsource"
)

func TestMain(m *testing.M) {
	code := m.Run()
	placetest.StopPostgres()
	os.Exit(code)
}

// schemas counts the schemas of the shared server, one for each test.
var schemas atomic.Int64

// database is a schema with a reader of its own, with hands on it.
type database struct {
	server *placetest.PgSQL
	line   *placetest.Proxy
	bench  *placetest.Bench
	schema string
	tables map[string]string // by list
	opt    sqlsource.Options
}

const readerPassword = "hush' \\hush"

func newDatabase(t *testing.T) *database {
	t.Helper()
	server := placetest.Postgres(t)
	schema := fmt.Sprint("s", schemas.Add(1))
	d := &database{server: server, line: placetest.NewProxy(t, server.Addr.String()), bench: placetest.NewBench(t), schema: schema, tables: map[string]string{}}
	d.do(t, "create schema "+schema, "create role r"+schema+" login password '"+strings.ReplaceAll(readerPassword, "'", "''")+"'", "grant usage on schema "+schema+" to r"+schema)
	known, err := remote.TLS(server.CAFile, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	d.opt = sqlsource.Options{
		Engine: sqlsource.PostgreSQL, Host: "127.0.0.1", Port: d.line.Addr().Port, Database: "postgres", User: "r" + schema,
		Password: pipeline.NewSecret(readerPassword), TLS: known, Location: time.UTC,
	}
	return d
}

// admin calls f with a connection that may do everything.
func (d *database) admin(t *testing.T, f func(ctx context.Context, c *pgx.Conn) error) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	c, err := pgx.Connect(ctx, fmt.Sprintf("host=127.0.0.1 port=%d user=%s password=%s dbname=postgres sslmode=require", d.server.Addr.Port, d.server.Admin, d.server.Password))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	if err := f(ctx, c); err != nil {
		t.Fatal(err)
	}
}

func (d *database) do(t *testing.T, statements ...string) {
	t.Helper()
	d.admin(t, func(ctx context.Context, c *pgx.Conn) error {
		for _, s := range statements {
			if _, err := c.Exec(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
}

// table returns the table of a list, and offers its query, once.
func (d *database) table(name string) string {
	if _, ok := d.tables[name]; !ok {
		d.tables[name] = fmt.Sprintf("%s.t%d", d.schema, len(d.tables))
	}
	return d.tables[name]
}

// put makes a list a table: empty cells become nulls.
func (d *database) put(t *testing.T, name string, l placetest.List) {
	t.Helper()
	table := d.table(name)
	quoted := make([]string, len(l[0]))
	for i, c := range l[0] {
		quoted[i] = pgx.Identifier{c}.Sanitize()
	}
	d.admin(t, func(ctx context.Context, c *pgx.Conn) error {
		for _, s := range []string{
			"drop table if exists " + table, "create table " + table + " (ord integer, " + strings.Join(quoted, " text, ") + " text)",
			"grant select on " + table + " to r" + d.schema,
		} {
			if _, err := c.Exec(ctx, s); err != nil {
				return err
			}
		}
		_, err := c.CopyFrom(ctx, strings.Split(table, "."), append([]string{"ord"}, l[0]...), pgx.CopyFromSlice(len(l)-1, func(i int) ([]any, error) {
			row := []any{i}
			for _, cell := range l[i+1] {
				if cell == "" {
					row = append(row, nil)
				} else {
					row = append(row, cell)
				}
			}
			return row, nil
		}))
		return err
	})
	d.query(name, "select "+strings.Join(quoted, ", ")+" from "+table+" order by ord")
}

// query offers a list.
func (d *database) query(name, text string) {
	i := slices.IndexFunc(d.opt.Lists, func(l sqlsource.List) bool { return l.Name == name })
	if i < 0 {
		i = len(d.opt.Lists)
		d.opt.Lists = append(d.opt.Lists, sqlsource.List{Name: name, Dataset: strings.Split(name, "/")[0]})
	}
	d.opt.Lists[i].Query = text
}

func (d *database) source(t *testing.T) *sqlsource.Database {
	t.Helper()
	s, err := sqlsource.New(d.opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d *database) look(t *testing.T) ([]pipeline.Arrival, []pipeline.Issue, error) {
	t.Helper()
	place := d.bench.Place(t, d.source(t))
	list, issues, err := place.Arrivals(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return list, issues, place.Missed()
}

func TestSQLIsAPlace(t *testing.T) {
	t.Parallel()
	placetest.Suite(t, func(t *testing.T) *placetest.Rig {
		d := newDatabase(t)
		return &placetest.Rig{
			Bench: d.bench, Line: d.line, Again: true,
			Source: func(t *testing.T) pipeline.Source { return d.bench.Place(t, d.source(t)) },
			Put:    d.put,
			Remove: func(t *testing.T, name string) { d.do(t, "drop table "+d.table(name)) },
			Deny:   func(t *testing.T, name string) { d.do(t, "revoke select on "+d.table(name)+" from r"+d.schema) },
			Allow:  func(t *testing.T, name string) { d.do(t, "grant select on "+d.table(name)+" to r"+d.schema) },
		}
	})
}

const name = "ucas/carmel/list.csv"

func TestValuesAsText(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.query(name, `select date '2021-10-31' as d, timestamp '2021-10-31 09:30:00' as ts, timestamptz '2021-08-31 23:00:00Z' as tz,
		true as yes, false as no, null::text as nothing, 12.50::numeric(8,2) as n, 1e-7::float8 as f, 9223372036854775807 as i, 7::smallint as s,
		'Zoë "Z", O''Neill' as t, 'a'::char(3) as c, '{"a": 1}'::jsonb as j, 'b8c1d1e4-0000-4000-8000-000000000001'::uuid as u, time '09:30' as at, array['a','b'] as l`)
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	d.opt.Location = london
	list, issues, _ := d.look(t)
	if len(list) != 1 || len(issues) > 0 {
		t.Fatalf("arrivals %v, issues %v", list, issues)
	}
	text, err := os.ReadFile(list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	want := "d,ts,tz,yes,no,nothing,n,f,i,s,t,c,j,u,at,l\n" +
		`2021-10-31,2021-10-31 09:30:00,2021-09-01 00:00:00,Y,N,,12.50,0.0000001,9223372036854775807,7,"Zoë ""Z"", O'Neill",a  ,"{""a"": 1}",b8c1d1e4-0000-4000-8000-000000000001,09:30:00,"{a,b}"` + "\n"
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// TestWhatADatabaseRefuses also proves that a driver's text, which quotes
// cells, never comes through.
func TestWhatADatabaseRefuses(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		query string
		rule  string
		words string
	}{
		"a cell that is no number": {"select 'Okafor'::text::integer as n", remote.RuleNotAList, "22P02"},
		"no such table":            {"select * from nowhere", remote.RuleVanished, "42P01"},
		"no such column":           {"select okafor from pg_class", remote.RuleVanished, "42703"},
		"nonsense":                 {"select from where 'Okafor'", remote.RuleNotAList, "42601"},
		"it would write":           {"with w as (insert into %s.target values (1) returning n) select * from w", remote.RuleSetting, "25006"},
		"a counter that moves":     {"select nextval('%s.counter')", remote.RuleSetting, "25006"},
		"it lifts the fence":       {"select set_config('transaction_read_only', 'off', true), setval('%s.counter', 5)", remote.RuleNotAList, "25001"},
		"two of a name":            {"select 1 as a, 2 as a", remote.RuleNotAList, "Column 2"},
		"binary":                   {`select '\x00'::bytea as photo`, remote.RuleNotAList, "photo"},
		"no row":                   {"select 1 as a where false", remote.RuleNoRows, "no row"},
		"too slow":                 {"select pg_sleep(30)::text as s", remote.RuleDropped, "longer than"},
		"fails half way":           {"select 1/(5000-g) as n from generate_series(1, 6000) g", remote.RuleNotAList, "22012"},
		"two statements":           {"select 1 as a; select 2 as b", remote.RuleNotAList, "42601"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			d.do(t, "create table "+d.schema+".target (n integer)", "grant all on "+d.schema+".target to r"+d.schema,
				"create sequence "+d.schema+".counter", "grant all on "+d.schema+".counter to r"+d.schema)
			d.query(name, strings.ReplaceAll(c.query, "%s", d.schema))
			if what == "too slow" {
				d.opt.Timeout = 200 * time.Millisecond
			}
			list, issues, missed := d.look(t)
			if len(list) > 0 || missed != nil || len(issues) != 1 || issues[0].Rule != c.rule || !strings.Contains(issues[0].String(), c.words) || issues[0].Hint == "" {
				t.Errorf("arrivals %v, missed %v, issues %v", list, missed, issues)
			}
			for _, i := range issues {
				if strings.Contains(strings.ToLower(i.String()), "okafor") {
					t.Errorf("a cell is told: %s", i)
				}
			}
			d.admin(t, func(ctx context.Context, c *pgx.Conn) error {
				var n int
				err := c.QueryRow(ctx, "select count(*) + (select last_value from "+d.schema+".counter)::int - 1 from "+d.schema+".target").Scan(&n)
				if n != 0 {
					t.Errorf("something was written")
				}
				return err
			})
		})
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		spoil   func(o *sqlsource.Options)
		words   string
		passing bool
	}{
		"another password": {func(o *sqlsource.Options) { o.Password = pipeline.NewSecret("hush") }, "28P01", false},
		"another database": {func(o *sqlsource.Options) { o.Database = "o'ther" }, "3D000", false},
		"an unknown signer": {func(o *sqlsource.Options) {
			o.TLS = o.TLS.Clone()
			o.TLS.RootCAs = nil
		}, "ca_file", false},
		"another host's certificate": {func(o *sqlsource.Options) {
			o.TLS = o.TLS.Clone()
			o.TLS.ServerName = "db.example.org"
		}, "another host", false},
		"nobody there": {func(o *sqlsource.Options) { o.Port = 1 }, "cannot be reached", true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			d.query(name, "select 1 as a")
			c.spoil(&d.opt)
			list, issues, missed := d.look(t)
			if len(list) > 0 || len(issues) != 1 || !strings.Contains(issues[0].String(), c.words) || strings.Contains(issues[0].String(), "hush") {
				t.Errorf("arrivals %v, issues %v", list, issues)
			}
			if missed == nil || strings.Contains(missed.Error(), "hush") || isPassing(missed) != c.passing {
				t.Errorf("missed %v", missed)
			}
		})
	}
}

func TestProbeReadsQueriesAndRunsNone(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	d.query(name, "select pg_sleep(3600)::text as s")
	d.query("ucas/carmel/other.csv", "select * from nowhere")
	issues := remote.Probe(t.Context(), d.source(t))
	if len(issues) != 1 || issues[0].File != "ucas/carmel/other.csv" || issues[0].Rule != remote.RuleVanished {
		t.Errorf("issues %v", issues)
	}
}
