package sqlsource

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"nightjar/pipeline"
	"nightjar/sources/remote"
)

// Engine is a kind of database server.
type Engine string

// The servers that can be asked.
const (
	PostgreSQL Engine = "postgresql"
	SQLServer  Engine = "sqlserver"
)

// List is one list and the query that makes it.
type List struct {
	Name    string // <dataset>/<provider>/<file>
	Dataset string
	Query   string // one SELECT
}

// Options says which database it is and who we are.
type Options struct {
	Engine   Engine
	Host     string
	Port     int // 5432 or 1433 when 0
	Database string
	User     string
	Password pipeline.Secret
	TLS      *tls.Config // nil sends everything in the clear
	Lists    []List
	Location *time.Location // zone of times that carry one
	Timeout  time.Duration  // of one query; ten minutes when 0
}

// Database is a database server as a place. It implements remote.Remote.
type Database struct {
	opt       Options
	connector driver.Connector
}

var _ remote.Remote = (*Database)(nil)

// connectTimeout is how long a server may take to let us in.
const connectTimeout = 30 * time.Second

// New returns a place. It does not touch the network. The error is
// pipeline.ErrUsage.
func New(o Options) (*Database, error) {
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Minute
	}
	if o.Location == nil {
		return nil, fmt.Errorf("%w: no time zone is given; name it under time_zone", pipeline.ErrUsage)
	}
	var (
		c   driver.Connector
		err error
	)
	switch o.Engine {
	case PostgreSQL:
		c, err = postgres(o)
	case SQLServer:
		c, err = sqlServer(o)
	default:
		err = fmt.Errorf("engine %q is not known; write %s or %s", o.Engine, PostgreSQL, SQLServer)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", pipeline.ErrUsage, err)
	}
	return &Database{opt: o, connector: c}, nil
}

// errAddress stands for whatever a driver says of an address: it would quote
// the password.
var errAddress = errors.New("host, port, user or database cannot be used; look for a stray character in them")

func postgres(o Options) (driver.Connector, error) {
	cfg, err := postgresConfig(o)
	if err != nil {
		return nil, err
	}
	return stdlib.GetConnector(*cfg), nil
}

func postgresConfig(o Options) (*pgx.ConnConfig, error) {
	word := func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'" }
	cfg, err := pgx.ParseConfig(fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable", word(o.Host), port(o.Port, 5432), word(o.User), word(o.Database)))
	if err != nil {
		return nil, errAddress
	}
	// Nothing is left to the environment of the process.
	cfg.Password, cfg.TLSConfig, cfg.Fallbacks, cfg.ValidateConnect = o.Password.Reveal(), o.TLS, nil, nil
	cfg.ConnectTimeout = connectTimeout
	cfg.RuntimeParams = map[string]string{
		"application_name": "nightjar", "default_transaction_read_only": "on",
		"statement_timeout": strconv.FormatInt(o.Timeout.Milliseconds(), 10), "client_encoding": "UTF8", "datestyle": "ISO, YMD",
		"timezone": o.Location.String(),
	}
	return cfg, nil
}

func sqlServer(o Options) (driver.Connector, error) {
	cfg, err := sqlServerConfig(o)
	if err != nil {
		return nil, err
	}
	return mssql.NewConnectorConfig(cfg), nil
}

func sqlServerConfig(o Options) (msdsn.Config, error) {
	encrypt := "true"
	if o.TLS == nil {
		encrypt = "disable"
	}
	address := url.URL{
		Scheme: "sqlserver", User: url.UserPassword(o.User, o.Password.Reveal()), Host: net.JoinHostPort(o.Host, strconv.Itoa(port(o.Port, 1433))),
		RawQuery: url.Values{
			"database": {o.Database}, "ApplicationIntent": {"ReadOnly"}, "encrypt": {encrypt}, "app name": {"nightjar"},
			"dial timeout": {strconv.Itoa(int(connectTimeout.Seconds()))},
		}.Encode(),
	}
	cfg, err := msdsn.Parse(address.String())
	if err != nil {
		return cfg, errAddress
	}
	if cfg.TLSConfig != nil {
		cfg.TLSConfig.RootCAs, cfg.TLSConfig.MinVersion = o.TLS.RootCAs, o.TLS.MinVersion
	}
	return cfg, nil
}

func port(given, usual int) int {
	if given == 0 {
		return usual
	}
	return given
}

// Open implements remote.Remote.
func (d *Database) Open(ctx context.Context) (remote.Session, error) {
	db := sql.OpenDB(d.connector)
	db.SetMaxOpenConns(1)
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		p := fault(err)
		if p.Rule == remote.RuleDropped {
			p = remote.Unreachable(err)
		}
		return nil, p
	}
	return &session{Database: d, db: db}, nil
}

// session is one visit of a database.
type session struct {
	*Database
	db *sql.DB
}

// Close implements remote.Session.
func (s *session) Close() { _ = s.db.Close() }

// List implements remote.Session: the configuration says what there is.
func (s *session) List(_ context.Context, datasets []string) ([]remote.Offer, []pipeline.Issue, error) {
	var out []remote.Offer
	for _, l := range s.opt.Lists {
		if len(datasets) == 0 || slices.Contains(datasets, l.Dataset) {
			out = append(out, remote.Offer{Name: l.Name, Size: -1, Whole: true})
		}
	}
	return out, nil, nil
}

// Fetch implements remote.Session. A query cannot be taken up where it broke.
func (s *session) Fetch(ctx context.Context, o remote.Offer, _ string, dst *remote.Sink) (remote.Receipt, error) {
	i := slices.IndexFunc(s.opt.Lists, func(l List) bool { return l.Name == o.Name })
	if i < 0 {
		return remote.Receipt{}, remote.Vanished()
	}
	if err := dst.Restart(); err != nil {
		return remote.Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	err := s.reading(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, s.opt.Lists[i].Query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // Err tells what matters
		return errors.Join(write(rows, dst, s.opt.Location), rows.Err())
	})
	switch {
	case remote.Ours(err):
		return remote.Receipt{}, err
	case err != nil:
		return remote.Receipt{}, fault(err)
	}
	return remote.Receipt{}, nil
}

// reading does something in a transaction that only reads, and ends it
// without a trace.
func (s *session) reading(ctx context.Context, do func(tx *sql.Tx) error) error {
	how := &sql.TxOptions{} // SQL Server has no transactions that only read
	if s.opt.Engine == PostgreSQL {
		how = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := s.db.BeginTx(ctx, how)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return do(tx)
}

// Probe implements remote.Session: PostgreSQL reads every query and runs
// none. SQL Server reads a query when it runs it, so being let in is all that
// is asked there.
func (s *session) Probe(ctx context.Context) []pipeline.Issue {
	var issues []pipeline.Issue
	for _, l := range s.opt.Lists {
		err := s.reading(ctx, func(tx *sql.Tx) error {
			prepared, err := tx.PrepareContext(ctx, l.Query)
			if err == nil {
				defer func() { _ = prepared.Close() }() // it was only to be read
			}
			return err
		})
		if err != nil {
			issues = append(issues, fault(err).Issue(l.Name))
		}
	}
	return issues
}
