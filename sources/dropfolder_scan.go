package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"nightjar/pipeline"
	"nightjar/sources/naming"
)

const (
	manifestName = naming.Manifest
	doneSuffix   = naming.DoneSuffix
)

// The rules that issues of a drop folder carry.
const (
	ruleGrowing      = "still_growing"
	ruleVanished     = "vanished"
	ruleUnreadable   = "unreadable"
	ruleDataset      = "unknown_dataset"
	ruleProvider     = "no_provider"
	ruleNotAFile     = "not_a_file"
	ruleBadName      = "bad_name"
	ruleManifest     = "manifest"
	ruleManifestRow  = "manifest_row"
	ruleManifestHeld = "manifest_row_needed"
)

// What is said about anything but files and folders.
const (
	sayNotAFile  = "This is a link or a device, not a file."
	hintNotAFile = "Put the file itself there"
)

// candidate is a regular file that stands where lists belong.
type candidate struct {
	name     string // under the inbox, with forward slashes
	path     string
	dataset  string
	provider string // of the folder
	info     fs.FileInfo
}

// scan lists the regular files in dataset and provider folders, and reports
// whatever else lies about.
func (d *DropFolder) scan(ctx context.Context, only []string) ([]candidate, []pipeline.Issue, error) {
	s := scanner{folder: d}
	entries, err := os.ReadDir(d.opt.Inbox)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = &pipeline.UserError{
				Say: "the folder does not exist", Cause: err,
				Hint: "Make it, or mount the share it is on, or correct folders.inbox in the configuration",
			}
		}
		return nil, nil, err
	}
	for _, e := range entries {
		switch {
		case e.Name() == manifestName || naming.Ignored(e.Name()):
		case e.IsDir() && slices.Contains(d.opt.Datasets, e.Name()):
			if len(only) == 0 || slices.Contains(only, e.Name()) {
				err = s.dataset(ctx, e.Name())
			}
		case len(only) > 0: // somebody asked for one dataset; the rest is not his business
		case e.IsDir():
			err = s.unknown(ctx, e.Name())
		case !e.Type().IsRegular():
			s.add(e.Name(), ruleNotAFile, sayNotAFile, hintNotAFile)
		default:
			s.add(e.Name(), ruleDataset, "The file lies in no dataset folder.",
				"Put it into <dataset>/<provider>/; datasets are "+d.known()+". The manifest must be called "+manifestName)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return s.found, s.issues, nil
}

// scanner gathers what a scan meets.
type scanner struct {
	folder *DropFolder
	found  []candidate
	issues []pipeline.Issue
}

// add reports something that was not taken. A name in bytes that are no text
// is shown as far as it can be.
func (s *scanner) add(name, rule, say, hint string) {
	s.issues = append(s.issues, pipeline.Issue{File: strings.ToValidUTF8(name, "?"), Rule: rule, Say: say, Hint: hint})
}

// dataset walks one dataset folder. Files nested deeper than the provider
// belong to the provider too.
func (s *scanner) dataset(ctx context.Context, dataset string) error {
	return s.walk(ctx, dataset, func(name string, e fs.DirEntry) {
		parts := strings.Split(name, "/")
		if !e.Type().IsRegular() {
			s.add(name, ruleNotAFile, sayNotAFile, hintNotAFile)
			return
		}
		if len(parts) < 3 {
			s.add(name, ruleProvider, "The file lies directly in the dataset's folder, so nobody knows whose it is.",
				"Move it into a folder named after its provider")
			return
		}
		if say := naming.Bad(name); say != "" {
			s.add(name, ruleBadName, say, "Rename it")
			return
		}
		info, err := e.Info()
		if err != nil {
			s.cannotRead(name, err)
			return
		}
		s.found = append(s.found, candidate{
			name: name, path: filepath.Join(s.folder.opt.Inbox, filepath.FromSlash(name)),
			dataset: dataset, provider: norm.NFC.String(parts[1]), info: info,
		})
	})
}

// unknown reports a folder that is no dataset's, once, unless it is empty.
func (s *scanner) unknown(ctx context.Context, folder string) error {
	n := 0
	if err := s.walk(ctx, folder, func(string, fs.DirEntry) { n++ }); err != nil || n == 0 {
		return err
	}
	s.add(folder, ruleDataset,
		fmt.Sprintf("No dataset has this name, so its %d file(s) were not taken.", n),
		"Datasets are "+s.folder.known())
	return nil
}

// walk calls f for everything under folder but folders and what is ignored.
// A folder that cannot be read is reported and passed over.
func (s *scanner) walk(ctx context.Context, folder string, f func(name string, e fs.DirEntry)) error {
	root := filepath.Join(s.folder.opt.Inbox, folder)
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rel, relErr := filepath.Rel(s.folder.opt.Inbox, path)
		if relErr != nil {
			return relErr
		}
		name := filepath.ToSlash(rel)
		switch {
		case err != nil:
			s.cannotRead(name, err)
		case path != root && naming.Ignored(e.Name()):
			if e.IsDir() {
				return fs.SkipDir
			}
		case !e.IsDir():
			f(name, e)
		}
		return nil
	})
}

// cannotRead reports a file or folder by the reason why it cannot be read.
func (s *scanner) cannotRead(name string, err error) {
	s.issues = append(s.issues, unreadable(name, err))
}

// unreadable is the issue of a file or folder that the system does not let us
// read.
func unreadable(name string, err error) pipeline.Issue {
	i := pipeline.Issue{File: strings.ToValidUTF8(name, "?")}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		i.Rule, i.Say = ruleVanished, "It was there a moment ago and is gone."
		i.Hint = "If it was not taken away on purpose, hand it in again"
	case errors.Is(err, errNotRegular):
		i.Rule, i.Say, i.Hint = ruleNotAFile, sayNotAFile, hintNotAFile
	case errors.Is(err, fs.ErrPermission):
		i.Rule, i.Say = ruleUnreadable, "Nightjar may not read it."
		i.Hint = "Give the user who runs nightjar the right to read it; it is tried again next time"
	default:
		i.Rule, i.Say = ruleUnreadable, "It cannot be read: "+reason(err)+"."
		i.Hint = "It is tried again next time"
	}
	return i
}

// reason is the system's word for what went wrong, without the path, which
// the issue names already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
