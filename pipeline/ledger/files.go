package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"nightjar/pipeline"
)

const fileColumns = `dataset, provider, name, hash, size, delivered_at, delivered_on, period,
	layout, relation, path, quarantine, rows_read, rows_accepted, rows_quarantined, rows_blank, rows_erased,
	min_period, max_period, status, reason, run_id, loaded_at, notices`

// FirstSeen returns when this file, by path and content, was first seen: now,
// if never before. Of several callers at once, in this process or others, all
// get the same answer: one statement of the database decides who was first.
func (l *Ledger) FirstSeen(ctx context.Context, name, hash string, now time.Time) (time.Time, error) {
	var seen time.Time
	err := l.read.QueryRowContext(ctx,
		"SELECT seen_at FROM sightings WHERE name = ? AND hash = ?", name, hash).Scan(stamp{&seen})
	if !errors.Is(err, sql.ErrNoRows) { // a waiting file is seen every night; only the first one writes
		return seen, wrap(l.path, err)
	}
	if l.sight == nil {
		return time.Time{}, wrap(l.path, errReadOnly)
	}
	err = l.sight.QueryRowContext(ctx, `INSERT INTO sightings (name, hash, seen_at) VALUES (?, ?, ?)
		ON CONFLICT (name, hash) DO UPDATE SET seen_at = seen_at RETURNING seen_at`,
		name, hash, timeText(now)).Scan(stamp{&seen})
	return seen, wrap(l.path, err)
}

// Known returns the record of a delivery by Delivery.Key; false when there is
// none or it was refused, because a refused file is tried again.
func (l *Ledger) Known(ctx context.Context, key string) (pipeline.FileRecord, bool, error) {
	row := l.read.QueryRowContext(ctx,
		"SELECT "+fileColumns+" FROM files WHERE key = ? AND status = ?", key, string(pipeline.FileLoaded))
	f, err := scanFile(row)
	if errors.Is(err, sql.ErrNoRows) {
		return pipeline.FileRecord{}, false, nil
	}
	return f, err == nil, wrap(l.path, err)
}

// RecordFile writes or replaces the record of a delivery. It is on the disk
// when the call returns.
func (l *Ledger) RecordFile(ctx context.Context, f pipeline.FileRecord) error {
	return l.RecordFiles(ctx, []pipeline.FileRecord{f})
}

// RecordFiles writes or replaces several records in one transaction: all of
// them or none, and one sync of the disk instead of one for each.
func (l *Ledger) RecordFiles(ctx context.Context, files []pipeline.FileRecord) error {
	return l.inTx(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO files (key, "+fileColumns+
			") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
		if err != nil {
			return err
		}
		defer func() { _ = insert.Close() }()
		for _, f := range files {
			values, err := fileValues(f)
			if err != nil {
				return fmt.Errorf("file %s: %w", f.Name, err)
			}
			if _, err := insert.ExecContext(ctx, values...); err != nil {
				return fmt.Errorf("record file %s: %w", f.Name, err)
			}
			if err := eraseLines(ctx, tx, f.Erased); err != nil {
				return fmt.Errorf("file %s: %w", f.Name, err)
			}
		}
		return nil
	})
}

// Files returns every delivery, loaded or refused, in the order of
// delivered-at, then key.
func (l *Ledger) Files(ctx context.Context) ([]pipeline.FileRecord, error) {
	rows, err := l.read.QueryContext(ctx, "SELECT "+fileColumns+" FROM files ORDER BY delivered_at, key")
	if err != nil {
		return nil, wrap(l.path, err)
	}
	list, err := collect(rows, scanFile)
	return list, wrap(l.path, err)
}

// scanner is a row, alone or among others.
type scanner interface{ Scan(...any) error }

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, read func(scanner) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }()
	var list []T
	for rows.Next() {
		v, err := read(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

func fileValues(f pipeline.FileRecord) ([]any, error) {
	notices := "[]" // never JSON null: shell queries read the column with json_each
	if len(f.Notices) > 0 {
		var err error
		if notices, err = documentText(f.Notices); err != nil {
			return nil, err
		}
	}
	return []any{
		f.Key(), f.Dataset, f.Provider, f.Name, f.Hash, f.Size,
		timeText(f.DeliveredAt), f.DeliveredOn.String(), f.Period,
		f.Layout, f.Relation, f.Path, f.Quarantine,
		f.Counts.Read, f.Counts.Accepted, f.Counts.Quarantined, f.Counts.Blank, f.Counts.Erased,
		f.MinPeriod, f.MaxPeriod, string(f.Status), f.Reason, f.RunID, timeText(f.LoadedAt), notices,
	}, nil
}

func scanFile(row scanner) (pipeline.FileRecord, error) {
	var f pipeline.FileRecord
	var on string
	err := row.Scan(
		&f.Dataset, &f.Provider, &f.Name, &f.Hash, &f.Size,
		stamp{&f.DeliveredAt}, &on, &f.Period,
		&f.Layout, &f.Relation, &f.Path, &f.Quarantine,
		&f.Counts.Read, &f.Counts.Accepted, &f.Counts.Quarantined, &f.Counts.Blank, &f.Counts.Erased,
		&f.MinPeriod, &f.MaxPeriod, &f.Status, &f.Reason, &f.RunID, stamp{&f.LoadedAt}, document{&f.Notices},
	)
	if err != nil {
		return pipeline.FileRecord{}, err
	}
	if len(f.Notices) == 0 {
		f.Notices = nil // as it was recorded
	}
	f.DeliveredOn, err = pipeline.ParseDate(on)
	return f, err
}
