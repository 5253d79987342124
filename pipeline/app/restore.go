package app

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
	"nightjar/pipeline/ledger"
)

// RestoreOptions says what to restore and where.
type RestoreOptions struct {
	Options           // ConfigPath is where the configuration goes
	File       string // the backup
	KeepConfig bool   // the configuration at ConfigPath stays, such as one with other folders
}

// Restored is what a restore brought back, and what the lists must bring.
type Restored struct {
	Backup    Backup   `json:"backup"`
	Config    string   `json:"config"`
	Data      string   `json:"data"`
	InArchive int      `json:"in_archive"` // deliveries put back into the inbox from the archive
	Lost      []string `json:"lost"`       // deliveries that have to be handed in again, by file
}

// Restore puts a backup in place. Nothing that stands there is overwritten.
// Deliveries whose snapshots are gone count as not loaded: those in the
// archive go back into the inbox, and the others have to be handed in again;
// the manifest keeps their delivery dates. The next run does the rest.
func Restore(ctx context.Context, o RestoreOptions) (Restored, error) {
	var r Restored
	home, err := filepath.Abs(filepath.Dir(o.ConfigPath))
	if err != nil {
		return r, err
	}
	dir, err := os.MkdirTemp(home, ".nightjar-restore-")
	if err != nil {
		return r, fmt.Errorf("restore: %w; make the folder first", err)
	}
	defer os.RemoveAll(dir)
	if r.Backup, err = unpackBackup(o.File, dir); err != nil {
		return r, fmt.Errorf("backup %s cannot be used: %w", o.File, err)
	}
	if !o.KeepConfig {
		if err := placeNew(filepath.Join(dir, backupConfig), o.ConfigPath); err != nil {
			return r, err
		}
	}
	if err := restoreReference(o, dir, r.Backup); err != nil {
		return r, err
	}
	a, err := Open(o.Options)
	if err != nil {
		return r, err
	}
	r.Config, r.Data = a.cfg.Path, a.cfg.Folders.Data
	return r, a.restoreLedger(ctx, dir, &r)
}

// restoreReference puts the overrides where the configuration says they are,
// before the configuration is opened, which reads them.
func restoreReference(o RestoreOptions, dir string, b Backup) error {
	folder, err := referenceFolder(o)
	if err != nil {
		return err
	}
	for _, f := range b.Files {
		name, ok := strings.CutPrefix(f.Name, backupReference)
		if !ok {
			continue
		}
		if folder == "" {
			return fmt.Errorf("%w: the backup holds reference overrides and %s names no reference folder; add reference: reference", pipeline.ErrUsage, o.ConfigPath)
		}
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return err
		}
		if err := placeNew(filepath.Join(dir, filepath.FromSlash(f.Name)), filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}

// restoreLedger puts ledger and jobs into the data folder and looks at what is
// left of the lake.
func (a *App) restoreLedger(ctx context.Context, dir string, r *Restored) error {
	if err := a.makeFolders(); err != nil {
		return err
	}
	lock, err := ledger.Lock(a.lockFile(), a.Clock.Now())
	if err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	for _, f := range [][2]string{{backupLedger, a.ledgerFile()}, {backupJobs, a.jobsFile()}, {backupAudit, a.auditFile()}} {
		from := filepath.Join(dir, f[0])
		if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) && f[0] != backupLedger {
			continue
		}
		if f[0] == backupAudit && goesOn(from, f[1]) {
			continue
		}
		if err := placeNew(from, f[1]); err != nil {
			return err
		}
	}
	if err := errors.Join(a.restoreEditions(dir, r.Backup), a.restoreRules(dir, r.Backup)); err != nil {
		return err
	}
	book, err := a.openLedger() // brings an older ledger up to date
	if err != nil {
		return err
	}
	defer book.Close()
	if err := a.recover(ctx, book, r); err != nil {
		return err
	}
	return a.audited(ctx, audit.Event{Kind: audit.Restore, Say: "backup of " + r.Backup.Made.Format("2006-01-02T15:04:05Z"), Facts: map[string]int64{"back_from_archive": int64(r.InArchive), "lost": int64(len(r.Lost))}})
}

// goesOn tells whether a log that stands there begins as the backed up one: it
// was written to since, and is the better of the two.
func goesOn(backed, stands string) bool {
	have, err := os.ReadFile(stands)
	if err != nil {
		return false
	}
	want, err := os.ReadFile(backed)
	return err == nil && bytes.HasPrefix(have, want)
}

// recover sees to the deliveries whose snapshots are gone.
func (a *App) recover(ctx context.Context, book *ledger.Ledger, r *Restored) error {
	files, err := book.Files(ctx)
	if err != nil {
		return err
	}
	source, err := a.source(book)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	var rows []manifestLine
	for _, f := range files {
		if f.Status != pipeline.FileLoaded || a.inLake(f) {
			continue
		}
		name := freeName(f, taken)
		back, err := source.Unarchive(ctx, f.Delivery, name)
		if err != nil {
			return err
		}
		if back {
			r.InArchive++
		} else {
			r.Lost = append(r.Lost, f.Name)
		}
		rows = append(rows, manifestLine{name, f})
		f.Status, f.Reason = pipeline.FileRefused, "its snapshot was lost and the list has to be loaded again"
		if err := book.RecordFile(ctx, f); err != nil {
			return err
		}
	}
	slices.Sort(r.Lost)
	return a.extendManifest(rows)
}

// inLake reports whether the snapshot and the quarantine of a delivery exist.
func (a *App) inLake(f pipeline.FileRecord) bool {
	for _, path := range []string{f.Path, f.Quarantine} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(a.lake(), filepath.FromSlash(path))); err != nil {
			return false
		}
	}
	return true
}

// freeName returns the name under which a delivery goes back into the inbox:
// its own, unless an earlier delivery had the same.
func freeName(f pipeline.FileRecord, taken map[string]bool) string {
	name := f.Name
	if taken[name] {
		dir, base := "", name
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			dir, base = name[:i+1], name[i+1:]
		}
		name = dir + f.Hash[:min(len(f.Hash), 12)] + "-" + base
	}
	taken[name] = true
	return name
}

// placeNew moves a file to where nothing stands, or where the same stands.
func placeNew(from, to string) error {
	want, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	have, err := os.ReadFile(to)
	switch {
	case err == nil && bytes.Equal(have, want):
		return nil
	case err == nil:
		return fmt.Errorf("%w: %s is there already and is another one; move it away (for the configuration: or keep it, with --keep-config)", pipeline.ErrUsage, to)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("restore: %w", err)
	}
	temp := to + ".restoring"
	if err := os.WriteFile(temp, want, 0o600); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.Rename(temp, to); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return syncFolder(filepath.Dir(to))
}

// maxBackupFile bounds a file of a backup, so that a forged one fills no disk.
const maxBackupFile = 64 << 30

// unpackBackup unpacks a backup into a folder and compares every file with
// what the manifest says of it.
func unpackBackup(path, dir string) (Backup, error) {
	var b Backup
	f, err := os.Open(path)
	if err != nil {
		return b, err
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		return b, fmt.Errorf("it is no backup of nightjar: %w", err)
	}
	pack := tar.NewReader(zip)
	if h, err := pack.Next(); err != nil || h.Name != backupManifest {
		return b, errors.New("it is no backup of nightjar")
	}
	if err := json.NewDecoder(io.LimitReader(pack, 1<<20)).Decode(&b); err != nil {
		return b, fmt.Errorf("its list of files cannot be read: %w", err)
	}
	if b.Format != backupFormat {
		return b, fmt.Errorf("it has format %d, this nightjar reads %d", b.Format, backupFormat)
	}
	for _, want := range b.Files {
		if !backupName(want.Name) {
			return b, fmt.Errorf("%q is no file of a backup", want.Name)
		}
		if err := unpackFile(pack, want, dir); err != nil {
			return b, fmt.Errorf("%s: %w", want.Name, err)
		}
	}
	return b, nil
}

// backupName reports whether a name may stand in a backup: no path leads out
// of the folder.
func backupName(name string) bool {
	if rest, ok := strings.CutPrefix(name, backupReference); ok {
		return filepath.Ext(rest) == ".csv" && !strings.ContainsAny(rest, `/\`) && !strings.HasPrefix(rest, ".")
	}
	if isEditionFile(name) || ruleFile.MatchString(name) {
		return true
	}
	return name == backupConfig || name == backupLedger || name == backupJobs || name == backupAudit
}

func unpackFile(pack *tar.Reader, want BackedUpFile, dir string) error {
	h, err := pack.Next()
	if err != nil || h.Name != want.Name || h.Size != want.Bytes || want.Bytes > maxBackupFile {
		return errors.New("the backup is cut off or was changed")
	}
	path := filepath.Join(dir, filepath.FromSlash(want.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, pack)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	got, err := describeFile(backupSource{want.Name, path})
	if err == nil && got != want {
		err = errors.New("its contents are not what was backed up")
	}
	return err
}
