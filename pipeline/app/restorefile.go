package app

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/config"
	"nightjar/sources/datasets"
)

// manifestLine is a delivery that the manifest is to speak of.
type manifestLine struct {
	name string
	file pipeline.FileRecord
}

// extendManifest adds a row for each delivery that the inbox's manifest does
// not name, so that a list that comes a second time keeps its first date.
func (a *App) extendManifest(rows []manifestLine) error {
	if len(rows) == 0 {
		return nil
	}
	path := filepath.Join(a.cfg.Folders.Inbox, "manifest.csv")
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("manifest: %w", err)
	}
	text := strings.TrimRight(string(old), "\r\n")
	var b strings.Builder
	b.WriteString(text)
	w := csv.NewWriter(&b)
	comma, known := true, strings.ToLower(text)
	if text == "" {
		b.WriteString("file,provider,period,delivered_at")
	} else {
		head, _, _ := strings.Cut(text, "\n")
		comma = strings.TrimRight(head, "\r") == "file,provider,period,delivered_at"
	}
	b.WriteString("\n")
	for _, r := range rows {
		if strings.Contains(known, strings.ToLower(r.name)) {
			continue // it is spoken of already
		}
		if !comma {
			return fmt.Errorf("%w: %s has another header than file,provider,period,delivered_at, so no row can be added; add one for %s, delivered %s, and the others that status names",
				pipeline.ErrUsage, path, r.name, r.file.DeliveredAt.Format(time.RFC3339))
		}
		if err := w.Write([]string{r.name, r.file.Provider, r.file.Period, r.file.DeliveredAt.UTC().Format(time.RFC3339Nano)}); err != nil {
			return err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	temp := path + ".tmp"
	if err := os.WriteFile(temp, []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return os.Rename(temp, path)
}

// referenceFolder reads where the configuration keeps its overrides.
func referenceFolder(o RestoreOptions) (string, error) {
	c, err := config.Load(o.ConfigPath, datasets.All())
	if err != nil {
		return "", err
	}
	return c.Reference, nil
}
