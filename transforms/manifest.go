package transforms

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"nightjar/pipeline"
)

// manifest is build.json: what a publication is and what it consists of.
type manifest struct {
	RunID       string       `json:"run_id"`
	Fingerprint string       `json:"fingerprint"`
	AsAt        string       `json:"as_at"`
	Published   time.Time    `json:"published"`
	Version     string       `json:"version"`
	Files       []fileDigest `json:"files"`
}

// fileDigest is one published file.
type fileDigest struct {
	Path   string `json:"path"` // within the publication, forward slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// seal writes build.json, gives every file its mode and group, and has all of
// it on disk before anybody is pointed to it.
func (r *publishing) seal(gid int) error {
	r.manifest = manifest{
		RunID: r.build.Input.RunID, Fingerprint: r.build.Fingerprint, AsAt: r.build.Input.AsAt.String(),
		Published: r.o.Clock.Now().UTC(), Version: r.o.Version,
	}
	files := []string{publishedFile, packageFile}
	for _, name := range sortedKeys(r.rows) {
		if filepath.Dir(name) == exportsFolder {
			files = append(files, name)
		}
	}
	files = append(files, r.extra...)
	for _, name := range files {
		d, err := digest(r.temp, name)
		if err != nil {
			return err
		}
		r.manifest.Files = append(r.manifest.Files, d)
	}
	text, err := json.MarshalIndent(r.manifest, "", "  ")
	if err != nil {
		return err
	}
	for name, body := range map[string][]byte{manifestFile: append(text, '\n'), unshownMark: nil} {
		if err := os.WriteFile(filepath.Join(r.temp, name), body, 0o600); err != nil {
			return err
		}
	}
	for _, name := range append(files, manifestFile, unshownMark) {
		if err := settle(filepath.Join(r.temp, name), 0o440, gid); err != nil {
			return err
		}
	}
	for _, dir := range append(r.extraFolders(), filepath.Join(r.temp, exportsFolder), r.temp) {
		if err := settle(dir, 0o750, gid); err != nil {
			return err
		}
	}
	if gid >= 0 { // readers must get into the folder that holds the link
		return os.Chown(r.root, -1, gid)
	}
	return nil
}

func digest(folder, name string) (fileDigest, error) {
	f, err := os.Open(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil {
		return fileDigest{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return fileDigest{name, n, hex.EncodeToString(h.Sum(nil))}, err
}

// settle gives a file or folder its mode and group and waits for the disk.
func settle(path string, mode os.FileMode, gid int) error {
	if gid >= 0 {
		if err := os.Chown(path, -1, gid); err != nil {
			return fmt.Errorf("%w; may this user give files to the group of publish.group?", err)
		}
	}
	if err := os.Chmod(path, mode); err != nil {
		return err
	}
	return syncDir(path)
}

// syncDir waits until a file or folder is on disk.
func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	return errors.Join(err, f.Close())
}

// groupID returns the group that published files belong to, -1 for the
// process's own.
func (p *Publisher) groupID() (int, error) {
	if p.o.Group == "" {
		return -1, nil
	}
	g, err := user.LookupGroup(p.o.Group)
	if err != nil {
		return 0, fmt.Errorf("group %q of publish.group is not known on this machine; create it or change the configuration", p.o.Group)
	}
	return strconv.Atoi(g.Gid)
}

// Current returns what readers see now. ok is false when nothing is published,
// and also when what is published is damaged: the next run then makes it anew,
// and Notices say what was wrong.
func (p *Publisher) Current(context.Context) (pub pipeline.Publication, ok bool, err error) {
	root, err := filepath.Abs(p.o.Folder)
	if err != nil {
		return pub, false, err
	}
	target, err := os.Readlink(filepath.Join(root, currentLink))
	if errors.Is(err, fs.ErrNotExist) {
		return pub, false, nil
	}
	if err != nil {
		return pub, false, fmt.Errorf("published/current: %w; it must be a link that nightjar made", err)
	}
	folder := filepath.Join(root, filepath.Base(target))
	m, err := readManifest(folder)
	if err != nil {
		pub.Notices = []pipeline.Issue{{File: filepath.Base(target), Rule: "damaged",
			Say: "the published result is damaged: " + err.Error(), Hint: "the next run publishes it anew"}}
		return pub, false, nil
	}
	pub = m.publication(folder)
	pub.PassedOver, err = passedFingerprints(root, m)
	return pub, err == nil, err
}

// readManifest reads build.json and compares the sizes it names.
func readManifest(folder string) (manifest, error) {
	var m manifest
	text, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s: %w", manifestFile, err)
	}
	if _, err := pipeline.ParseDate(m.AsAt); err != nil {
		return m, fmt.Errorf("%s: %w", manifestFile, err)
	}
	for _, f := range m.Files {
		info, err := os.Stat(filepath.Join(folder, filepath.FromSlash(f.Path)))
		if err != nil {
			return m, err
		}
		if info.Size() != f.Bytes {
			return m, fmt.Errorf("%s has %d bytes, not %d", f.Path, info.Size(), f.Bytes)
		}
	}
	return m, nil
}

func (m manifest) publication(folder string) pipeline.Publication {
	asAt, _ := pipeline.ParseDate(m.AsAt) // readManifest has read it once
	pub := pipeline.Publication{
		RunID: m.RunID, Fingerprint: m.Fingerprint, AsAt: asAt, Folder: folder,
		Warehouse: filepath.Join(folder, publishedFile), Published: m.Published,
	}
	for _, f := range m.Files {
		if path.Dir(f.Path) == exportsFolder {
			pub.Exports = append(pub.Exports, filepath.Join(folder, filepath.FromSlash(f.Path)))
		}
	}
	return pub
}

// publications lists the folders that are publications, newest first.
func publications(root string) ([]string, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	type dated struct {
		name string
		at   time.Time
	}
	var found []dated
	for _, e := range entries {
		if !e.IsDir() || e.Name()[0] == '.' {
			continue
		}
		var m manifest
		text, err := os.ReadFile(filepath.Join(root, e.Name(), manifestFile))
		if err != nil || json.Unmarshal(text, &m) != nil {
			continue // not ours
		}
		found = append(found, dated{e.Name(), m.Published})
	}
	slices.SortFunc(found, func(a, b dated) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.name, a.name)) })
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = f.name
	}
	return names, nil
}
