package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"nightjar/pipeline"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// busyMillis is how long a statement waits for another process's write before
// it gives up. Writes take milliseconds; ten seconds is a stuck disk.
const busyMillis = 10_000

// Ledger is an open ledger file. Its methods may be called from several
// goroutines. It implements pipeline.FileLedger, pipeline.RunLedger and
// pipeline.SlotLedger.
type Ledger struct {
	path  string
	write *sql.DB // one connection: writers queue here instead of in busy loops; nil when read-only
	sight *sql.DB // one connection for first sightings, which need no sync of their own; nil when read-only
	read  *sql.DB
}

var (
	_ pipeline.FileLedger = (*Ledger)(nil)
	_ pipeline.RunLedger  = (*Ledger)(nil)
	_ pipeline.SlotLedger = (*Ledger)(nil)

	_ pipeline.DecisionLedger = (*Ledger)(nil)
)

// Open opens the ledger for reading and writing, creates it (mode 0600, folder
// 0700) where there is none, and brings its schema up to date. Close it after
// use.
func Open(path string) (*Ledger, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, wrap(path, err)
	}
	if err := makePrivate(path); err != nil {
		return nil, wrap(path, err)
	}
	l := &Ledger{path: path}
	if err := l.openAll(); err != nil {
		return nil, errors.Join(wrap(path, err), l.Close())
	}
	return l, nil
}

// openAll opens the writers, then the reader, which needs the schema in place.
func (l *Ledger) openAll() (err error) {
	if l.write, err = openPool(l.path, "rw", "FULL", 1); err != nil {
		return err
	}
	if err := migrate(context.Background(), l.write, migrations); err != nil {
		return err
	}
	if l.sight, err = openPool(l.path, "rw", "NORMAL", 1); err != nil {
		return err
	}
	l.read, err = openPool(l.path, "ro", "NORMAL", readers)
	return err
}

// OpenReadOnly opens an existing ledger for reading, also while a run in
// another process writes to it. The error is fs.ErrNotExist where no run has
// made one yet; it asks for a run where the schema is older than this program.
func OpenReadOnly(path string) (*Ledger, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, wrap(path, err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, wrap(path, err)
	}
	read, err := openPool(path, "ro", "NORMAL", readers)
	if err != nil {
		return nil, wrap(path, err)
	}
	v, err := version(context.Background(), read, len(migrations))
	if err == nil && v < len(migrations) {
		err = &pipeline.UserError{
			Say:  fmt.Sprintf("the ledger has schema version %d, this nightjar reads %d", v, len(migrations)),
			Hint: "The next run brings it up to date",
		}
	}
	if err != nil {
		return nil, errors.Join(wrap(path, err), read.Close())
	}
	return &Ledger{path: path, read: read}, nil
}

// Close releases the file. The last one to close folds the WAL into it.
func (l *Ledger) Close() error {
	var errs []error
	for _, db := range []*sql.DB{l.read, l.sight, l.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return wrap(l.path, errors.Join(errs...))
}

// readers is how many statements may read at once: enough for one command and
// its progress.
const readers = 4

// openPool opens at most n connections that are set up alike.
func openPool(path, mode, sync string, n int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, mode, sync))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	return db, nil
}

// dsn builds the data source name. The path is escaped as a URL, so that
// spaces, question marks and per cent signs in folder names are taken as they
// are. Transactions begin IMMEDIATE: one that reads first and writes later
// could not wait for another writer, it would fail.
func dsn(path, mode, sync string) string {
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyMillis)) // first: the others may have to wait
	if mode == "ro" {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous("+sync+")") // doc.go says which and why
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	return u.String()
}

// makePrivate creates the file before SQLite does, because SQLite would give
// it the process's umask. The WAL and its index take the file's mode over.
func makePrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm() != 0o600 {
		err = f.Chmod(0o600)
	}
	return errors.Join(err, f.Close())
}

// errReadOnly is a write through OpenReadOnly: a mistake of the program.
var errReadOnly = errors.New("the ledger is open for reading only")

// inTx runs f in one transaction and commits it.
func (l *Ledger) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	if l.write == nil {
		return wrap(l.path, errReadOnly)
	}
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return wrap(l.path, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := f(tx); err != nil {
		return wrap(l.path, err)
	}
	return wrap(l.path, tx.Commit())
}

// wrap names the ledger in an error, with the next step where there is one.
func wrap(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("ledger %s: no run has made it yet; start one with nightjar run: %w", path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("ledger %s: run nightjar as the user who owns the data folder: %w", path, err)
	case strings.Contains(err.Error(), "disk I/O error"):
		return fmt.Errorf("ledger %s: %w; see that its disk has room and is sound", path, err)
	}
	return fmt.Errorf("ledger %s: %w", path, err)
}
