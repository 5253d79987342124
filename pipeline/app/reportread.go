package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"nightjar/transforms"
	"nightjar/transforms/report"
)

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
