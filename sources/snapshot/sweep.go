package snapshot

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	tempPrefix = ".nightjar-"
	tempSuffix = ".tmp"
)

// Sweep removes the half-written files that a killed run left under the given
// folder and returns how many there were. Call it at start, under the run
// lock: a file that is being written looks the same.
func Sweep(root string) (int, error) {
	removed := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		name := entry.Name()
		if entry.IsDir() || !strings.HasPrefix(name, tempPrefix) || !strings.HasSuffix(name, tempSuffix) {
			return nil
		}
		removed++
		return os.Remove(path)
	})
	return removed, err
}
