package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"nightjar/pipeline"
)

// migrations bring a ledger from version i to i+1. They only ever add: never
// edit one that has shipped, append another, and give every new column a
// default, so that older rows stay readable.
var migrations = []string{
	`
CREATE TABLE sightings (
	name    TEXT NOT NULL, -- path under the inbox
	hash    TEXT NOT NULL,
	seen_at TEXT NOT NULL,
	PRIMARY KEY (name, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
	key          TEXT NOT NULL PRIMARY KEY, -- dataset/provider/hash
	dataset      TEXT NOT NULL,
	provider     TEXT NOT NULL,
	name         TEXT NOT NULL,
	hash         TEXT NOT NULL,
	size         INTEGER NOT NULL,
	delivered_at TEXT NOT NULL,
	delivered_on TEXT NOT NULL,
	period       TEXT NOT NULL, -- as the manifest gave it
	layout       TEXT NOT NULL,
	relation     TEXT NOT NULL,
	path         TEXT NOT NULL, -- under the lake folder
	quarantine   TEXT NOT NULL,
	rows_read        INTEGER NOT NULL,
	rows_accepted    INTEGER NOT NULL,
	rows_quarantined INTEGER NOT NULL,
	rows_blank       INTEGER NOT NULL,
	min_period   TEXT NOT NULL,
	max_period   TEXT NOT NULL,
	status       TEXT NOT NULL,
	reason       TEXT NOT NULL,
	run_id       TEXT NOT NULL,
	loaded_at    TEXT NOT NULL,
	notices      TEXT NOT NULL -- JSON list of issues
) STRICT;

CREATE INDEX files_by_delivery ON files (delivered_at, key);

CREATE TABLE runs (
	run_id     TEXT NOT NULL PRIMARY KEY,
	state      TEXT NOT NULL,
	trigger_by TEXT NOT NULL,
	started    TEXT NOT NULL,
	ended      TEXT NOT NULL, -- empty while the run is on
	exit_code  INTEGER NOT NULL,
	reason     TEXT NOT NULL,
	report     TEXT NOT NULL -- JSON
) STRICT;

CREATE INDEX runs_by_start ON runs (started, run_id);

CREATE TABLE slots (
	job     TEXT NOT NULL,
	nominal TEXT NOT NULL, -- local wall time
	instant TEXT NOT NULL,
	state   TEXT NOT NULL,
	run_id  TEXT NOT NULL,
	reason  TEXT NOT NULL,
	PRIMARY KEY (job, nominal)
) STRICT, WITHOUT ROWID;

CREATE INDEX slots_by_instant ON slots (instant, job);
`,
	`
CREATE TABLE releases (
	fingerprint TEXT NOT NULL PRIMARY KEY, -- of the build that may be published after all
	run_id      TEXT NOT NULL,             -- run that was held
	released_by TEXT NOT NULL,
	reason      TEXT NOT NULL,
	released_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
	subject TEXT NOT NULL PRIMARY KEY, -- such as job night
	state   TEXT NOT NULL,             -- open or over
	say     TEXT NOT NULL,
	since   TEXT NOT NULL,
	told_at TEXT NOT NULL -- empty while the message waits to be sent
) STRICT, WITHOUT ROWID;
`,
	`
CREATE TABLE decisions (
	id         INTEGER PRIMARY KEY, -- in the order in which they were written
	subject    TEXT NOT NULL,       -- hash of the identity on the list
	person_id  TEXT NOT NULL,       -- empty for not_ours
	verdict    TEXT NOT NULL,
	decided_by TEXT NOT NULL,
	reason     TEXT NOT NULL,
	decided_at TEXT NOT NULL,
	decided_on TEXT NOT NULL,
	UNIQUE (subject, person_id, verdict, decided_at)
) STRICT;
`, `
ALTER TABLE files ADD COLUMN rows_erased INTEGER NOT NULL DEFAULT 0;

CREATE TABLE erased_lines ( -- where in a delivered file rows about erased people stood
	file_key TEXT NOT NULL, -- as in files
	sheet    TEXT NOT NULL,
	line     INTEGER NOT NULL,
	PRIMARY KEY (file_key, sheet, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE erasures (
	id        INTEGER PRIMARY KEY,
	token     TEXT NOT NULL UNIQUE, -- of the journal that began it, so that it is written once
	erased_by TEXT NOT NULL,
	reason    TEXT NOT NULL,
	erased_at TEXT NOT NULL,
	erased_on TEXT NOT NULL
) STRICT;

CREATE TABLE erased_marks ( -- keyed hashes by which an erased person is known when an old list comes again
	mark    TEXT NOT NULL,
	kind    TEXT NOT NULL,
	erasure INTEGER NOT NULL,
	PRIMARY KEY (mark, erasure)
) STRICT, WITHOUT ROWID;

CREATE TABLE removals ( -- what retention took away, because it had reached its age
	what       TEXT NOT NULL, -- such as archive
	until_on   TEXT NOT NULL, -- day of delivery or birth up to which it is gone
	removed_at TEXT NOT NULL,
	files      INTEGER NOT NULL,
	rows       INTEGER NOT NULL,
	bytes      INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_head (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	n    INTEGER NOT NULL,
	hash TEXT NOT NULL
) STRICT;
`,
}

// querier is a database or a transaction on it.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version reads how many migrations the ledger has had. More than this program
// knows is an error.
func version(ctx context.Context, q querier, known int) (int, error) {
	var v int
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, fmt.Errorf("read the ledger's schema version: %w", err)
	}
	if v > known {
		return 0, &pipeline.UserError{
			Say:  fmt.Sprintf("the ledger has schema version %d, this nightjar knows up to %d", v, known),
			Hint: "Use the newer nightjar that wrote it, or the backup taken before the upgrade",
		}
	}
	return v, nil
}

// migrate applies what is missing, each step and its version number in one
// transaction, so that a process killed between two steps goes on where it
// stopped. Two processes that open a new ledger at once take turns: the
// version is read again inside the transaction, which holds the write lock.
func migrate(ctx context.Context, db *sql.DB, steps []string) error {
	for {
		done, err := migrateOne(ctx, db, steps)
		if err != nil || done {
			return err
		}
	}
}

func migrateOne(ctx context.Context, db *sql.DB, steps []string) (done bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("begin a schema step: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	v, err := version(ctx, tx, len(steps))
	if err != nil || v == len(steps) {
		return true, err
	}
	if _, err := tx.ExecContext(ctx, steps[v]); err != nil {
		return false, fmt.Errorf("bring the ledger to schema version %d: %w", v+1, err)
	}
	// PRAGMA takes no parameters.
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", v+1)); err != nil {
		return false, fmt.Errorf("write schema version %d: %w", v+1, err)
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("commit schema version %d: %w", v+1, err)
	}
	return false, nil
}
