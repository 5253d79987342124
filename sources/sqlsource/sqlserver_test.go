package sqlsource

import (
	"context"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"nightjar/pipeline"
	"nightjar/sources/remote"
)

// There is no SQL Server to be started here. What is ours of it is tested
// against a driver that answers as the real one does: with its types, its
// errors and its refusal of transactions that only read.

// answers is a driver that gives one result or error.
type answers struct {
	columns []string
	types   []string
	rows    [][]driver.Value
	err     error // of the query
	late    error // behind the last row
	began   []driver.TxOptions
	ended   []string
}

func (a *answers) Connect(context.Context) (driver.Conn, error) { return conn{a}, nil }
func (a *answers) Driver() driver.Driver                        { return nil }

type conn struct{ *answers }

func (c conn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not asked for") }
func (c conn) Close() error                        { return nil }
func (c conn) Begin() (driver.Tx, error)           { return nil, errors.New("not asked for") }
func (c conn) BeginTx(_ context.Context, o driver.TxOptions) (driver.Tx, error) {
	if o.ReadOnly {
		return nil, errors.New("read-only transactions are not supported")
	}
	c.began = append(c.began, o)
	return tx(c), nil
}

func (c conn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	if c.err != nil {
		return nil, c.err
	}
	return &result{answers: c.answers}, nil
}

type tx struct{ *answers }

func (t tx) Commit() error   { t.ended = append(t.ended, "commit"); return nil }
func (t tx) Rollback() error { t.ended = append(t.ended, "rollback"); return nil }

type result struct {
	*answers
	at int
}

func (r *result) Columns() []string                       { return r.columns }
func (r *result) Close() error                            { return nil }
func (r *result) ColumnTypeDatabaseTypeName(i int) string { return r.types[i] }
func (r *result) Next(into []driver.Value) error {
	if r.at == len(r.rows) {
		if r.late != nil {
			return r.late
		}
		return io.EOF
	}
	copy(into, r.rows[r.at])
	r.at++
	return nil
}

const listName = "ucas/carmel/list.csv"

// fetch asks a SQL Server that gives these answers.
func fetch(t *testing.T, a *answers) (string, error) {
	t.Helper()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(Options{Engine: SQLServer, Host: "127.0.0.1", Database: "mis", User: "reader", Password: pipeline.NewSecret("hush"), Location: london,
		Lists: []List{{Name: listName, Dataset: "ucas", Query: "select 1 as a"}}})
	if err != nil {
		t.Fatal(err)
	}
	d.connector = a
	s, err := d.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f, err := os.Create(filepath.Join(t.TempDir(), "list"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	_, err = s.Fetch(t.Context(), remote.Offer{Name: listName}, "", remote.NewSink(f, 1000))
	text, rerr := os.ReadFile(f.Name())
	if rerr != nil {
		t.Fatal(rerr)
	}
	return string(text), err
}

func TestSQLServersValues(t *testing.T) {
	t.Parallel()
	at := time.Date(2021, 8, 31, 23, 0, 0, 0, time.UTC)
	a := &answers{
		columns: []string{"d", "dt", "off", "tm", "bit", "dec", "id", "n", "text"},
		types:   []string{"DATE", "DATETIME2", "DATETIMEOFFSET", "TIME", "BIT", "DECIMAL", "UNIQUEIDENTIFIER", "INT", "NVARCHAR"},
		rows: [][]driver.Value{
			{at, at, at, at, true, []byte("12.50"), []byte{0xe4, 0xd1, 0xc1, 0xb8, 0, 0, 0, 0x40, 0x80, 0, 0, 0, 0, 0, 0, 1}, int64(-3), "Zoë, \"Z\""},
			{nil, nil, nil, nil, false, nil, nil, nil, nil},
		},
	}
	text, err := fetch(t, a)
	want := "d,dt,off,tm,bit,dec,id,n,text\n" +
		"2021-08-31,2021-08-31 23:00:00,2021-09-01 00:00:00,23:00:00,Y,12.50,B8C1D1E4-0000-4000-8000-000000000001,-3,\"Zoë, \"\"Z\"\"\"\n" +
		",,,,N,,,,\n"
	if err != nil || text != want {
		t.Errorf("got  %q, %v\nwant %q", text, err, want)
	}
	if len(a.began) != 1 || len(a.ended) != 1 || a.ended[0] != "rollback" {
		t.Errorf("transactions %v ended in %v", a.began, a.ended)
	}
}

func TestSQLServersErrors(t *testing.T) {
	t.Parallel()
	ms := func(n int32) error { return mssql.Error{Number: n, Message: "conversion of 'Okafor' failed"} }
	for what, c := range map[string]struct {
		answers answers
		rule    string
		passing bool
		words   string
	}{
		"a cell":     {answers{err: ms(245)}, remote.RuleNotAList, false, "245"},
		"no right":   {answers{err: ms(229)}, remote.RuleDenied, false, "229"},
		"log in":     {answers{err: ms(18456)}, remote.RuleDenied, false, "18456"},
		"no table":   {answers{err: ms(208)}, remote.RuleVanished, false, "208"},
		"deadlock":   {answers{err: ms(1205)}, remote.RuleDropped, true, "1205"},
		"line":       {answers{err: io.ErrUnexpectedEOF}, remote.RuleDropped, true, "broke"},
		"slow":       {answers{err: context.DeadlineExceeded}, remote.RuleDropped, false, "longer than"},
		"half way":   {answers{columns: []string{"a"}, types: []string{"INT"}, rows: [][]driver.Value{{int64(1)}}, late: ms(1205)}, remote.RuleDropped, true, "1205"},
		"no row":     {answers{columns: []string{"a"}, types: []string{"INT"}}, remote.RuleNoRows, false, "no row"},
		"binary":     {answers{columns: []string{"a"}, types: []string{"VARBINARY"}, rows: [][]driver.Value{{[]byte{1}}}}, remote.RuleNotAList, false, "binary"},
		"no name":    {answers{columns: []string{""}, types: []string{"INT"}, rows: [][]driver.Value{{int64(1)}}}, remote.RuleNotAList, false, "Column 1"},
		"too long":   {answers{columns: []string{"a"}, types: []string{"NTEXT"}, rows: [][]driver.Value{{strings.Repeat("x", 9000)}}}, remote.RuleTooLarge, false, "max_mib"},
		"two errors": {answers{err: mssql.Error{Number: 4060, All: []mssql.Error{{Number: 18456}}}}, remote.RuleDenied, false, "4060"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := fetch(t, &c.answers)
			var p *remote.Problem
			if !errors.As(err, &p) || p.Rule != c.rule || p.Passing != c.passing || !strings.Contains(p.Error(), c.words) || p.Hint == "" {
				t.Errorf("error %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "Okafor") {
				t.Errorf("a cell is told: %v", err)
			}
		})
	}
}

// TestSQLServerIsAskedToReadOnly looks at what would be sent.
func TestSQLServerIsAskedToReadOnly(t *testing.T) {
	t.Parallel()
	roots := x509.NewCertPool()
	trust, err := remote.TLS("", "db.example.org")
	if err != nil {
		t.Fatal(err)
	}
	trust.RootCAs = roots
	o := Options{Host: "db.example.org", Database: "m;i&s", User: `COUNCIL\reader`, Password: pipeline.NewSecret("hush;p@ss/word?"), TLS: trust}
	cfg, err := sqlServerConfig(o)
	if err != nil {
		t.Fatal(err)
	}
	if !cfg.ReadOnlyIntent || cfg.Database != o.Database || cfg.User != o.User || cfg.Password != o.Password.Reveal() || cfg.Port != 1433 {
		t.Errorf("intent %v, database %q, user %q, port %d", cfg.ReadOnlyIntent, cfg.Database, cfg.User, cfg.Port)
	}
	if cfg.TLSConfig == nil || cfg.TLSConfig.RootCAs != roots || cfg.TLSConfig.InsecureSkipVerify || cfg.TLSConfig.ServerName != o.Host || cfg.TrustServerCertificate {
		t.Error("the server's certificate is not looked at")
	}
	o.TLS = nil
	if cfg, err := sqlServerConfig(o); err != nil || cfg.Encryption != msdsn.EncryptionDisabled {
		t.Errorf("encryption %v, %v", cfg.Encryption, err)
	}
}

func TestNewRefusesOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Engine: "oracle", Location: time.UTC}, {Engine: PostgreSQL}, {Engine: PostgreSQL, Location: time.UTC, Host: "a", Port: -1, Password: pipeline.NewSecret("hush")}} {
		if _, err := New(o); !errors.Is(err, pipeline.ErrUsage) || strings.Contains(err.Error(), "hush") {
			t.Errorf("error %v", err)
		}
	}
}

func TestNothingComesFromTheEnvironment(t *testing.T) {
	for _, name := range []string{"PGUSER", "PGPASSWORD", "PGDATABASE", "PGHOST", "PGOPTIONS", "PGAPPNAME", "PGTARGETSESSIONATTRS"} {
		t.Setenv(name, "read-write")
	}
	c, err := postgresConfig(Options{Host: "db", User: "o'reader", Database: `m\is`, Password: pipeline.NewSecret("hush"), Location: time.UTC, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if c.Host != "db" || c.User != "o'reader" || c.Database != `m\is` || c.Password != "hush" || c.Port != 5432 || c.ValidateConnect != nil || len(c.Fallbacks) > 0 {
		t.Errorf("host %q, user %q, database %q, port %d", c.Host, c.User, c.Database, c.Port)
	}
	for k, v := range c.RuntimeParams {
		if v == "read-write" {
			t.Errorf("%s comes from the environment", k)
		}
	}
	if c.RuntimeParams["default_transaction_read_only"] != "on" || c.RuntimeParams["statement_timeout"] != "60000" {
		t.Errorf("settings %v", c.RuntimeParams)
	}
}
