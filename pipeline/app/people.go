package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/transforms"
	"nightjar/transforms/tablefile"
	"nightjar/transforms/workbook"
)

// peopleNight is a publication with the file of its people.
type peopleNight struct {
	run, asAt, file string
}

// peopleNights returns the night that readers see and the one before it whose
// people are still kept; that one has no file where there is none. Nights that
// readers were taken back from do not count.
func (a *App) peopleNights(ctx context.Context) (now, before peopleNight, err error) {
	kept, err := a.Versions(ctx)
	if err != nil {
		return now, before, err
	}
	at := slices.IndexFunc(kept, func(v transforms.Version) bool { return v.Current })
	if at < 0 {
		return now, before, fmt.Errorf("nothing is published in %s yet; nightjar run --config %s does it", a.published(), a.ConfigPath)
	}
	night := func(v transforms.Version) (peopleNight, bool) {
		file := transforms.RestrictedFile(a.restricted(), v.RunID)
		_, err := os.Stat(file)
		return peopleNight{v.RunID, v.AsAt, file}, err == nil
	}
	now, ok := night(kept[at])
	if !ok {
		return now, before, fmt.Errorf("the people of run %s are not in %s; the next night that publishes writes them anew", now.run, a.restricted())
	}
	for _, v := range kept[at+1:] {
		if n, ok := night(v); ok && v.RolledBack == nil {
			return now, n, nil
		}
	}
	return now, before, nil
}

// people reads rows of a restricted table; a night without a file has none.
func (n peopleNight) people(ctx context.Context, table, where string) ([]Values, error) {
	if n.file == "" {
		return nil, nil
	}
	res, err := transforms.Query(ctx, n.file, "restricted."+table, where, 0)
	if err != nil {
		return nil, fmt.Errorf("people of run %s: %w", n.run, err)
	}
	out := make([]Values, len(res.Rows))
	for i, r := range res.Rows {
		out[i] = make(Values, len(r))
		for j, v := range r {
			out[i][res.Columns[j].Name] = v
		}
	}
	return out, nil
}

// columns returns the columns of a restricted table by name.
func (n peopleNight) columns(ctx context.Context, table string) (map[string]transforms.ColumnInfo, error) {
	tables, err := transforms.Tables(ctx, n.file)
	if err != nil {
		return nil, err
	}
	out := map[string]transforms.ColumnInfo{}
	for _, t := range tables {
		if t.Name == "restricted."+table {
			for _, c := range t.Columns {
				out[c.Name] = c
			}
		}
	}
	return out, nil
}

// peopleSinks write lists of people, by the ending of the file's name.
var peopleSinks = map[string]func(io.Writer) transforms.RowSink{
	".csv":  func(w io.Writer) transforms.RowSink { return harmlessCells{tablefile.NewCSV(w)} },
	".xlsx": workbook.New,
}

// harmlessCells keeps a spreadsheet from taking a name for a formula.
type harmlessCells struct{ transforms.RowSink }

// Row writes a row with its texts made harmless.
func (h harmlessCells) Row(cells []any) error {
	cells = slices.Clone(cells)
	for i, c := range cells {
		if s, ok := c.(string); ok {
			cells[i] = harmless(s)
		}
	}
	return h.RowSink.Row(cells)
}

// writePeople writes rows to a file that only its owner can read and that
// appears whole or not at all.
func writePeople(path string, head transforms.TableHead, rows []Values) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), unfinishedList) // 0600
	if err != nil {
		return fmt.Errorf("list of people: %w; name another place", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("list of people: %w; is there room?", err), os.Remove(f.Name()))
		}
	}()
	defer func() { _ = f.Close() }() // a second time where all went well
	to := peopleSinks[strings.ToLower(filepath.Ext(path))](f)
	if err := to.Begin(head); err != nil {
		return err
	}
	for _, row := range rows {
		cells := make([]any, len(head.Columns))
		for i, c := range head.Columns {
			cells[i] = row[c.Name]
		}
		if err := to.Row(cells); err != nil {
			return err
		}
	}
	if err := errors.Join(to.End(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// The beginnings of the names of lists that are being written.
const (
	unfinishedList    = ".nightjar-people-"
	unfinishedReturns = ".nightjar-returns-"
)

// sweepPeople removes lists of people that a killed command left half made in
// the restricted folder. Somebody may be writing one just now: a day old is
// old enough.
func (a *App) sweepPeople() error {
	entries, err := os.ReadDir(a.restricted())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), unfinishedList) && !strings.HasPrefix(e.Name(), unfinishedReturns) {
			continue
		}
		info, gone := e.Info()
		if gone == nil && a.Clock.Now().Sub(info.ModTime()) > 24*time.Hour {
			err = errors.Join(err, os.RemoveAll(filepath.Join(a.restricted(), e.Name())))
		}
	}
	return err
}

// placeForPeople refuses a place where people must not stand, or where
// something stands already.
func (a *App) placeForPeople(out string) error {
	if inside(a.published(), out) {
		return fmt.Errorf("%w: %s lies in the published folder, where nobody's name may stand; name another place", pipeline.ErrUsage, out)
	}
	if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s is there already; remove it or name another", pipeline.ErrUsage, out)
	}
	return nil
}
