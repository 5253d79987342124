package transforms

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// restrictedEnding ends the names of the files that hold the models of layer
// restricted, one per publication: <run>.duckdb.
const restrictedEnding = ".duckdb"

// restrictedFile finds the names that runs give; whatever else somebody keeps
// in the folder is none of ours.
var restrictedFile = regexp.MustCompile(`^(\d{8}T\d{6}\.\d{3}Z)\.duckdb$`)

// RestrictedFile returns where the restricted models of a publication stand.
func RestrictedFile(folder, run string) string { return filepath.Join(folder, run+restrictedEnding) }

// showWithPeople writes the restricted models of the build beside the
// publication and then shows it: whoever sees the figures of a night finds its
// people too. When it cannot be shown, they go again.
func (r *publishing) showWithPeople(ctx context.Context, gid int) error {
	if r.o.People == "" {
		return r.show(gid)
	}
	path := RestrictedFile(r.o.People, r.build.Input.RunID)
	if err := r.writePeople(ctx, path); err != nil {
		return fmt.Errorf("restricted file: %w", err)
	}
	err := r.show(gid)
	if err == nil {
		return nil
	}
	if seen, _ := os.Readlink(filepath.Join(r.root, currentLink)); seen == r.build.Input.RunID {
		return err // switched all the same: only the disk did not confirm it
	}
	return errors.Join(err, os.Remove(path))
}

// writePeople writes the file under a name of its own, reads it back, and gives
// it its name once it is whole and on disk. Only its owner can read it.
func (r *publishing) writePeople(ctx context.Context, path string) (err error) {
	folder, err := filepath.Abs(r.o.People)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(folder, 0o700); err != nil { // whatever the umask, or whoever made it
		return err
	}
	temp := filepath.Join(folder, "."+filepath.Base(path)+tempSuffix)
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp) // holds people, and nobody will read it
		}
	}()
	if err := r.copyPeople(ctx, folder, temp); err != nil {
		return err
	}
	if err := settle(temp, 0o600, -1); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(folder)
}

// copyPeople copies every restricted model with its comments, and wants to find
// what was written.
func (r *publishing) copyPeople(ctx context.Context, folder, temp string) (err error) {
	work := filepath.Dir(r.build.Path)
	s, err := openSession(ctx, sessionOptions{
		memoryLimit: publishMemory, threads: publishThreads, tempDir: filepath.Join(work, "temp"), tempLimit: publishTemp,
		allow: []string{work, folder}, ordered: true,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.all(ctx,
		fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(r.build.Path), workCatalog),
		fmt.Sprintf("ATTACH %s AS %s (STORAGE_VERSION %s, %s)", quote(temp), freshCatalog, quote(storageVersion), noLog),
		"USE "+freshCatalog, "CREATE SCHEMA "+layerRestricted,
	); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o600); err != nil { // before the first person is in it
		return err
	}
	models, err := s.headers(ctx, workCatalog, layerRestricted)
	if err != nil {
		return err
	}
	written := &publishing{rows: map[string]int64{}} // its counts are not those of the published file
	for _, m := range models {
		order := ""
		if len(m.grain) > 0 && m.grain[0] != "" {
			order = " ORDER BY " + grainOrder(m.grain)
		}
		if err := s.exec(ctx, fmt.Sprintf("CREATE TABLE %s AS SELECT * FROM %s.%s%s", m.relation, workCatalog, m.relation, order)); err != nil {
			return fmt.Errorf("%s: %s", m.relation, duckWords(err))
		}
		if err := written.describe(ctx, s, m.relation, m.doc, m.columns); err != nil {
			return fmt.Errorf("%s: %s", m.relation, duckWords(err))
		}
	}
	if err := s.all(ctx, "CHECKPOINT "+freshCatalog, "USE memory", "DETACH "+freshCatalog,
		fmt.Sprintf("ATTACH %s AS %s (READ_ONLY)", quote(temp), freshCatalog)); err != nil {
		return err
	}
	for name, want := range written.rows {
		n, err := s.count(ctx, "SELECT count(*) FROM "+freshCatalog+"."+name)
		if err != nil {
			return err
		}
		if n != want {
			return fmt.Errorf("%s has %d rows when read back, %d were written", name, n, want)
		}
	}
	return nil
}

// all runs statements one after the other.
func (s *session) all(ctx context.Context, queries ...string) error {
	for _, q := range queries {
		if err := s.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// SweepRestricted removes the restricted files of runs that are not published:
// half-made ones, those of a killed run, and those of publications that are
// kept no longer. Call it after SweepPublished. Whatever else stands in the
// folder stays; so does everything where there is no published folder to
// compare with.
func SweepRestricted(restricted, published string) error {
	if restricted == "" {
		return nil
	}
	if _, err := os.Stat(published); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("leftovers cannot be looked for: %w", err)
	}
	seen, _ := os.Readlink(filepath.Join(published, currentLink)) // none: nothing was ever shown
	return sweep(restricted, func(name string) bool {
		if strings.HasPrefix(name, ".") && strings.HasSuffix(name, restrictedEnding+tempSuffix) {
			return true
		}
		match := restrictedFile.FindStringSubmatch(name)
		if match == nil || match[1] == seen {
			return false
		}
		_, gone := os.Lstat(filepath.Join(published, match[1]))
		_, unshown := os.Lstat(filepath.Join(published, match[1], unshownMark))
		return errors.Is(gone, fs.ErrNotExist) || unshown == nil
	})
}
