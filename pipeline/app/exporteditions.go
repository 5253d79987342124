package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// backupEditions holds, in a backup, what controlled exports let out so far. An
// audit without it would know less than readers do, and nothing else tells it.
const backupEditions = "editions/"

var editionForm = regexp.MustCompile(`^editions/[0-9A-Za-z][0-9A-Za-z._-]*\.json$`)

func isEditionFile(name string) bool { return editionForm.MatchString(name) }

// editionFiles lists the record for a backup.
func (a *App) editionFiles() []backupSource {
	files, _ := filepath.Glob(filepath.Join(a.editions(), "*.json")) // the pattern is in order
	var out []backupSource
	for _, file := range files {
		out = append(out, backupSource{backupEditions + filepath.Base(file), file})
	}
	return out
}

// restoreEditions puts the record back.
func (a *App) restoreEditions(dir string, b Backup) error {
	for _, f := range b.Files {
		name, ok := strings.CutPrefix(f.Name, backupEditions)
		if !ok {
			continue
		}
		if err := os.MkdirAll(a.editions(), 0o700); err != nil {
			return err
		}
		if err := placeNew(filepath.Join(dir, filepath.FromSlash(f.Name)), filepath.Join(a.editions(), name)); err != nil {
			return err
		}
	}
	return nil
}
