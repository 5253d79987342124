package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"nightjar/pipeline"
	"nightjar/transforms"
	"nightjar/transforms/report"
)

// CommitteeReport is a page that was written.
type CommitteeReport struct {
	Path      string `json:"path"`
	Title     string `json:"title"`
	AsAt      string `json:"as_at"`
	Synthetic bool   `json:"synthetic"`
	Label     string `json:"label"`
}

// Report writes the committee's page into a folder: of what is published, or,
// with a day, of what was known then. The page shows small counts, so it is
// readable by its owner only; a page of the same name is replaced.
func (a *App) Report(ctx context.Context, folder string, day *pipeline.Date) (CommitteeReport, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return CommitteeReport{}, fmt.Errorf("folder of the report: %w", err)
	}
	warehouse, clean, err := a.reported(ctx, folder, day)
	if err != nil {
		return CommitteeReport{}, err
	}
	defer clean()
	read, err := marts(ctx, warehouse)
	if err != nil {
		return CommitteeReport{}, err
	}
	in, err := report.Gather(ctx, read)
	if err != nil {
		return CommitteeReport{}, fmt.Errorf("figures of the report: %w", err)
	}
	if len(in.Build) != 1 {
		return CommitteeReport{}, fmt.Errorf("the file does not say what it was made of; run a night and try again")
	}
	page := report.Build(in)
	out := CommitteeReport{Title: page.Title, AsAt: in.Build[0].Text("as_at"), Synthetic: page.Synthetic, Label: report.Label}
	out.Path = filepath.Join(folder, "committee-"+in.Build[0].Text("known_until")+".html")
	var text bytes.Buffer
	if err := report.Render(&text, page); err != nil {
		return CommitteeReport{}, err
	}
	return out, replaceFile(out.Path, text.Bytes())
}

// reported returns the file to report on. One as at a day lies in the folder
// while the page is made.
func (a *App) reported(ctx context.Context, folder string, day *pipeline.Date) (path string, clean func(), err error) {
	if day == nil {
		path, err = a.warehouseFile(ctx)
		return path, func() {}, err
	}
	temp, err := os.MkdirTemp(folder, ".nightjar-report-")
	if err != nil {
		return "", nil, fmt.Errorf("folder of the report: %w", err)
	}
	clean = func() { _ = os.RemoveAll(temp) }
	b, err := a.BuildAsAt(ctx, *day, filepath.Join(temp, "as-at.duckdb"))
	if err != nil {
		clean()
		return "", nil, err
	}
	return b.Path, clean, nil
}

// marts reads the tables of a published file; one that it does not have is
// empty.
func marts(ctx context.Context, path string) (report.Read, error) {
	tables, err := transforms.Tables(ctx, path)
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, t := range tables {
		has[t.Name] = true
	}
	return func(ctx context.Context, table, where string) ([]report.Row, error) {
		if !has[table] {
			return nil, nil
		}
		res, err := transforms.Query(ctx, path, table, where, 0)
		if err != nil {
			return nil, err
		}
		out := make([]report.Row, len(res.Rows))
		for i, r := range res.Rows {
			out[i] = make(report.Row, len(r))
			for j, v := range r {
				out[i][res.Columns[j].Name] = v
			}
		}
		return out, nil
	}, nil
}

// replaceFile writes a file beside its name and moves it there in one step.
func replaceFile(path string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".nightjar-report-") // 0600
	if err != nil {
		return fmt.Errorf("report cannot be written: %w", err)
	}
	defer os.Remove(temp.Name()) // gone already when all went well
	if _, err := temp.Write(text); err != nil {
		_ = temp.Close()
		return fmt.Errorf("report cannot be written: %w", err)
	}
	if err := temp.Close(); err != nil {
		return fmt.Errorf("report cannot be written: %w", err)
	}
	return os.Rename(temp.Name(), path)
}
