package app

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
)

// The names in a backup. Reference overrides stand below their folder.
const (
	backupManifest  = "backup.json"
	backupConfig    = "nightjar.yaml"
	backupLedger    = "ledger.sqlite"
	backupJobs      = "jobs.json"
	backupAudit     = "audit.jsonl"
	backupReference = "reference/"
	backupFormat    = 1
)

// Backup is what a backup file says about itself.
type Backup struct {
	Format  int            `json:"format"`
	Made    time.Time      `json:"made"`
	Version string         `json:"version"`
	Files   []BackedUpFile `json:"files"`
}

// BackedUpFile is one file of a backup.
type BackedUpFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Backup writes what cannot be made again from the lists: the ledger with runs,
// deliveries, slots, decisions and releases; the configuration; the reference
// overrides; what controlled exports let out so far; since when the jobs are in force. Secrets are not in it, because
// the configuration only says where they are. The file is readable by its
// owner only and appears whole or not at all.
func (a *App) Backup(ctx context.Context, path string) (Backup, error) {
	b, err := a.backup(ctx, path)
	if err == nil {
		err = a.audited(ctx, audit.Event{Kind: audit.Backup, Facts: map[string]int64{"files": int64(len(b.Files))}})
	}
	return b, pipeline.WithRoom(err)
}

func (a *App) backup(ctx context.Context, path string) (Backup, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".nightjar-backup-")
	if err != nil {
		return Backup{}, fmt.Errorf("backup cannot be written: %w", err)
	}
	defer os.RemoveAll(dir)
	sources, err := a.backupSources(ctx, dir)
	if err != nil {
		return Backup{}, err
	}
	b := Backup{Format: backupFormat, Made: a.Clock.Now().UTC(), Version: a.Version}
	for _, s := range sources {
		f, err := describeFile(s)
		if err != nil {
			return b, fmt.Errorf("backup of %s: %w", s.name, err)
		}
		b.Files = append(b.Files, f)
	}
	temp := filepath.Join(dir, "backup.tar.gz")
	if err := writeBackup(temp, b, sources); err != nil {
		return b, fmt.Errorf("backup cannot be written: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return b, fmt.Errorf("backup cannot be written: %w", err)
	}
	return b, syncFolder(filepath.Dir(path))
}

// backupSource is a file on its way into a backup.
type backupSource struct{ name, path string }

// backupSources gathers the files; the ledger is copied to dir first, because
// a run may be writing to it.
func (a *App) backupSources(ctx context.Context, dir string) ([]backupSource, error) {
	book, err := a.openLedger()
	if err != nil {
		return nil, err
	}
	defer book.Close()
	copied := filepath.Join(dir, backupLedger)
	if err := book.CopyTo(ctx, copied); err != nil {
		return nil, err
	}
	out := []backupSource{{backupConfig, a.cfg.Path}, {backupLedger, copied}}
	if _, err := os.Stat(a.jobsFile()); err == nil {
		out = append(out, backupSource{backupJobs, a.jobsFile()})
	}
	if _, err := os.Stat(a.auditFile()); err == nil { // behind the ledger: it may be ahead of it, never behind
		out = append(out, backupSource{backupAudit, a.auditFile()})
	}
	out = append(out, a.editionFiles()...)
	out = append(out, a.ruleFiles()...)
	if a.cfg.Reference == "" {
		return out, nil
	}
	entries, err := os.ReadDir(a.cfg.Reference)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reference folder: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && filepath.Ext(e.Name()) == ".csv" {
			out = append(out, backupSource{backupReference + e.Name(), filepath.Join(a.cfg.Reference, e.Name())})
		}
	}
	return out, nil
}

func describeFile(s backupSource) (BackedUpFile, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return BackedUpFile{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return BackedUpFile{s.name, n, hex.EncodeToString(h.Sum(nil))}, err
}

// writeBackup writes the manifest first, then the files in its order.
func writeBackup(path string, b Backup, files []backupSource) (err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	zip := gzip.NewWriter(out)
	pack := tar.NewWriter(zip)
	defer func() { err = errors.Join(err, pack.Close(), zip.Close(), out.Sync(), out.Close()) }()
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	head := tar.Header{Name: backupManifest, Mode: 0o600, Size: int64(len(text)), ModTime: b.Made}
	if err := pack.WriteHeader(&head); err != nil {
		return err
	}
	if _, err := pack.Write(text); err != nil {
		return err
	}
	for i, s := range files {
		if err := packFile(pack, b.Files[i], s, b.Made); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func packFile(pack *tar.Writer, d BackedUpFile, s backupSource, made time.Time) error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pack.WriteHeader(&tar.Header{Name: d.Name, Mode: 0o600, Size: d.Bytes, ModTime: made}); err != nil {
		return err
	}
	_, err = io.CopyN(pack, f, d.Bytes) // a file that grew or shrank since fails here or at restore
	return err
}

// syncFolder makes a new name in a folder durable.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
