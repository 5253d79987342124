package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"nightjar/pipeline"
	"nightjar/transforms"
	"nightjar/transforms/arrowfile"
	"nightjar/transforms/tablefile"
	"nightjar/transforms/workbook"
)

// ExportFormats are the formats of Export, as users name them.
const ExportFormats = "csv, json, parquet, arrow or xlsx"

// sinks make every format but Parquet, which only the engine writes itself.
var sinks = map[string]func(io.Writer) transforms.RowSink{
	"csv": tablefile.NewCSV, "json": tablefile.NewJSON, "xlsx": workbook.New, "arrow": arrowfile.New,
}

const parquetFormat = "parquet"

// Export is a published table that is to become a file.
type Export struct {
	Mart    string // neet_rates, or meta.files; a table of the profile where one is named
	Profile string // empty or internal: a mart as it is; else a controlled profile, such as public
	Where   string // condition in SQL, may be empty
	Format  string // empty: what the name of the file ends in
	File    string // replaced as a whole, only when all went well
}

// internalProfile is that of the marts as they are.
const internalProfile = "internal"

// exportSource is a published table as it can be written out.
type exportSource struct {
	name   string // for the log
	rows   func(ctx context.Context, where string, to transforms.RowSink) (int64, error)
	engine map[string]engineCopy // formats that the engine writes, which is quicker
}

type engineCopy func(ctx context.Context, where, file string) (int64, error)

// exportSource finds what is to be written.
func (a *App) exportSource(ctx context.Context, e Export) (exportSource, error) {
	path, err := a.warehouseFile(ctx)
	if err != nil {
		return exportSource{}, err
	}
	if e.Profile == "" || e.Profile == internalProfile {
		return exportSource{e.Mart,
			func(ctx context.Context, where string, to transforms.RowSink) (int64, error) {
				return transforms.Extract(ctx, path, e.Mart, where, to)
			},
			map[string]engineCopy{
				parquetFormat: func(ctx context.Context, where, file string) (int64, error) {
					return transforms.ExtractParquet(ctx, path, e.Mart, where, file)
				},
				"csv": func(ctx context.Context, where, file string) (int64, error) {
					return transforms.ExtractCSV(ctx, path, e.Mart, where, file)
				},
			}}, nil
	}
	pub, _, err := a.publisher().Current(ctx)
	if err != nil {
		return exportSource{}, fmt.Errorf("published folder: %w", err)
	}
	c := transforms.Controlled{Folder: pub.Folder, Profile: e.Profile, Table: e.Mart, RunID: pub.RunID, AsAt: pub.AsAt.String()}
	return exportSource{e.Profile + "/" + e.Mart,
		func(ctx context.Context, where string, to transforms.RowSink) (int64, error) {
			return transforms.ExtractControlled(ctx, c, where, to)
		},
		map[string]engineCopy{parquetFormat: func(ctx context.Context, where, file string) (int64, error) {
			return transforms.ExtractControlledParquet(ctx, c, where, file)
		}}}, nil
}

// Export writes a published table to a file and returns the number of rows.
func (a *App) Export(ctx context.Context, e Export) (int64, error) {
	if e.Format == "" {
		e.Format = strings.TrimPrefix(strings.ToLower(filepath.Ext(e.File)), ".")
	}
	if sinks[e.Format] == nil && e.Format != parquetFormat {
		return 0, fmt.Errorf("%w: no format %q; --format is %s", pipeline.ErrUsage, e.Format, ExportFormats)
	}
	if e.File == "" {
		return 0, fmt.Errorf("%w: no file to write to; name one with --out", pipeline.ErrUsage)
	}
	if filepath.Clean(e.File) == "-" {
		return 0, fmt.Errorf("%w: --out takes a file; nightjar show writes to the screen", pipeline.ErrUsage)
	}
	if inside(a.published(), e.File) {
		return 0, fmt.Errorf("%w: %s lies in the published folder, which nights alone write to; name another with --out", pipeline.ErrUsage, e.File)
	}
	source, err := a.exportSource(ctx, e)
	if err != nil {
		return 0, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(e.File), ".nightjar-export-")
	if err != nil {
		return 0, fmt.Errorf("export: %w; name another place with --out", err)
	}
	defer os.RemoveAll(folder)
	temp := filepath.Join(folder, "table")
	n, err := writeExport(ctx, source, e, temp)
	if err != nil {
		return 0, err
	}
	if err := os.Chmod(temp, 0o640); err != nil { // counts may be small: not for everybody on the machine
		return 0, fmt.Errorf("export: %w", err)
	}
	if err := a.exported(ctx, source.name, e.Format, n); err != nil { // no file without its line in the log
		return 0, err
	}
	if err := os.Rename(temp, e.File); err != nil {
		return 0, fmt.Errorf("export: %w; name another file with --out", err)
	}
	return n, nil
}

func writeExport(ctx context.Context, source exportSource, e Export, temp string) (n int64, err error) {
	if write := source.engine[e.Format]; write != nil {
		if n, err = write(ctx, e.Where, temp); err != nil {
			return 0, err
		}
		return n, os.Chmod(temp, 0o600)
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if n, err = source.rows(ctx, e.Where, sinks[e.Format](f)); err != nil {
		var disk *fs.PathError
		if errors.As(err, &disk) {
			return 0, fmt.Errorf("export: %w; is there room?", err)
		}
		return 0, err
	}
	return n, f.Sync()
}

// inside reports whether a file would lie in a folder, whatever links lead
// there.
func inside(folder, file string) bool {
	real := func(path string) string {
		if p, err := filepath.EvalSymlinks(path); err == nil {
			path = p
		}
		abs, _ := filepath.Abs(path) // only fails without a working folder
		return abs
	}
	rel, err := filepath.Rel(real(folder), real(filepath.Dir(file)))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
