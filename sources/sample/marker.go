package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"nightjar/pipeline"
)

// revision changes whenever the generator writes other bytes from the same
// targets.
const revision = 2

const markerName = "sample.json"

// marker lies in the sample's folder and says what was written there.
type marker struct {
	Made    string  `json:"made"` // identifies options, targets and generator
	Seed    uint64  `json:"seed"`
	People  int     `json:"people"`
	Done    bool    `json:"done"` // false while the files are being written
	Summary Summary `json:"summary"`
}

// identify returns what decides every byte of a sample.
func identify(opts Options) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "revision %d seed %d people %d\n", revision, opts.Seed, opts.People)
	err := fs.WalkDir(files, "data", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %x\n", path, sha256.Sum256(raw))
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)[:16]), err
}

// begin looks at what stands in the folder. The same sample, finished: nothing
// is to be done. The same sample, broken off: it is written anew. Anything
// else is not touched.
func begin(opts Options) (Summary, error) {
	made, err := identify(opts)
	if err != nil {
		return Summary{}, fmt.Errorf("sample: %w", err)
	}
	old, err := readMarker(opts.Out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := emptyOrAbsent(opts.Out); err != nil {
			return Summary{}, err
		}
	case err != nil:
		return Summary{}, err
	case old.Made != made:
		return Summary{}, fmt.Errorf("%w: %s holds another sample (seed %d, people %d, or of another version); delete the folder or choose another one",
			pipeline.ErrUsage, opts.Out, old.Seed, old.People)
	case old.Done:
		old.Summary.Existing = true
		old.Summary.Out, old.Summary.Config = opts.Out, configPath(opts)
		return old.Summary, nil
	}
	return Summary{}, writeMarker(opts.Out, marker{Made: made, Seed: opts.Seed, People: opts.People})
}

// finish writes what is not a list, then the marker that says the sample is whole.
func finish(opts Options, sum Summary) (Summary, error) {
	sum.Out, sum.Config = opts.Out, configPath(opts)
	if err := writeFile(sum.Config, configText); err != nil {
		return Summary{}, err
	}
	if err := writeFile(filepath.Join(opts.Out, "README.txt"), readmeText); err != nil {
		return Summary{}, err
	}
	if err := writeProviders(opts.Out); err != nil {
		return Summary{}, err
	}
	made, err := identify(opts)
	if err != nil {
		return Summary{}, fmt.Errorf("sample: %w", err)
	}
	kept := sum
	kept.Out, kept.Config = "", "" // the folder may be moved
	return sum, writeMarker(opts.Out, marker{Made: made, Seed: opts.Seed, People: opts.People, Done: true, Summary: kept})
}

func configPath(opts Options) string { return filepath.Join(opts.Out, "nightjar.yaml") }

func readMarker(out string) (marker, error) {
	var m marker
	raw, err := os.ReadFile(filepath.Join(out, markerName))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("sample marker %s: %w; delete the folder to write the sample anew", filepath.Join(out, markerName), err)
	}
	return m, nil
}

func writeMarker(out string, m marker) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("sample marker: %w", err)
	}
	return writeFile(filepath.Join(out, markerName), string(raw)+"\n")
}

func emptyOrAbsent(out string) error {
	found, err := os.ReadDir(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sample folder: %w", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("%w: %s is not empty and holds no sample; choose another folder", pipeline.ErrUsage, out)
	}
	return nil
}

// Wrote reports whether a folder is a sample, so that every list in it is
// invented. One of another version or another seed counts too.
func Wrote(folder string) bool {
	_, err := readMarker(folder)
	return err == nil
}
