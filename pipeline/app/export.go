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

// sinks make every format but Parquet, which the engine writes itself.
var sinks = map[string]func(io.Writer) transforms.RowSink{
	"csv": tablefile.NewCSV, "json": tablefile.NewJSON, "xlsx": workbook.New, "arrow": arrowfile.New,
}

const parquetFormat = "parquet"

// Export is a published table that is to become a file.
type Export struct {
	Mart   string // neet_rates, or meta.files
	Where  string // condition in SQL, may be empty
	Format string // empty: what the name of the file ends in
	File   string // replaced as a whole, only when all went well
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
	source, err := a.warehouseFile(ctx)
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
	if err := a.exported(ctx, e.Mart, e.Format, n); err != nil { // no file without its line in the log
		return 0, err
	}
	if err := os.Rename(temp, e.File); err != nil {
		return 0, fmt.Errorf("export: %w; name another file with --out", err)
	}
	return n, nil
}

func writeExport(ctx context.Context, source string, e Export, temp string) (n int64, err error) {
	if e.Format == parquetFormat {
		return transforms.ExtractParquet(ctx, source, e.Mart, e.Where, temp)
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if n, err = transforms.Extract(ctx, source, e.Mart, e.Where, sinks[e.Format](f)); err != nil {
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
