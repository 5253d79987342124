package transforms

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// workPrefixes begin the names of the folders that runs make in the work
// folder: builds, and the lakes of dry runs.
var workPrefixes = []string{buildPrefix, "dry-run-"}

const buildPrefix = "build-"

// Sweep removes the work folders of runs that are gone. The caller holds the
// lock of the data folder, so no run is at work in them.
func Sweep(workDir string) error {
	return sweep(workDir, func(name string) bool {
		for _, p := range workPrefixes {
			if strings.HasPrefix(name, p) {
				return true
			}
		}
		return false
	})
}

// SweepPublished removes what a killed run left in the published folder: half
// made ones, and whole ones that readers were never switched to. Publications
// that were shown stay, and so does the link.
func SweepPublished(folder string) error {
	shown, _ := os.Readlink(filepath.Join(folder, currentLink)) // none: nothing was ever shown
	return sweep(folder, func(name string) bool {
		mark := filepath.Join(folder, name, unshownMark)
		_, err := os.Lstat(mark)
		switch {
		case strings.HasPrefix(name, ".") && strings.HasSuffix(name, tempSuffix):
			return true
		case err != nil || name == currentLink:
			return false
		case name == shown: // killed after the switch: all that is missing is this
			_ = os.Remove(mark)
			return false
		}
		return true
	})
}

const tempSuffix = ".tmp"

func sweep(folder string, stale func(name string) bool) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("leftovers cannot be looked for: %w", err)
	}
	var failed []error
	for _, e := range entries {
		if !stale(e.Name()) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(folder, e.Name())); err != nil {
			failed = append(failed, fmt.Errorf("leftover of a killed run cannot be removed: %w; remove it by hand", err))
		}
	}
	return errors.Join(failed...)
}
