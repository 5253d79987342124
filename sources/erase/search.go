package erase

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

// Proof is what a search through a folder found.
type Proof struct {
	Files    int64 `json:"files"`    // looked through
	Unpacked int64 `json:"unpacked"` // of these, compressed or coded ones whose content was looked through
	Bytes    int64 `json:"bytes"`    // on the disk
	Hits     []Hit `json:"hits"`     // files that hold the person
}

// Hit is a file that holds the person.
type Hit struct {
	Path string `json:"path"` // under the folder
	Hits int64  `json:"hits"`
}

// Search says where to look, and how.
type Search struct {
	Folder string
	Temp   string          // folder for what has to be unpacked
	Leave  map[string]bool // absolute paths of files and folders that are not looked through
	// Database counts in a file of the warehouse's engine, whose values stand
	// coded in it. Its bytes are searched as well.
	Database func(ctx context.Context, path string, p *Person) (int64, error)
}

// Search looks through every file below a folder for the person: for every
// number, standing alone, and for every name beside its date of birth. What is
// compressed is unpacked; Parquet and database files are read by their values.
// Links are not followed.
func (p *Person) Search(ctx context.Context, s Search) (Proof, error) {
	var out Proof
	n := p.needles()
	err := filepath.WalkDir(s.Folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if s.Leave[path] && e.IsDir() {
			return fs.SkipDir
		}
		if !e.Type().IsRegular() || s.Leave[path] {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		out.Files++
		out.Bytes += info.Size()
		hits, coded, err := n.file(ctx, path, s.Temp)
		if err == nil && s.Database != nil && (filepath.Ext(path) == ".duckdb") {
			var more int64
			more, err = s.Database(ctx, path, p)
			hits, coded = hits+more, true
		}
		if err != nil {
			return fmt.Errorf("search of %s: %w", rel(s.Folder, path), err)
		}
		if coded {
			out.Unpacked++
		}
		if hits > 0 {
			out.Hits = append(out.Hits, Hit{rel(s.Folder, path), hits})
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // no such folder, or a file that went meanwhile
	}
	return out, err
}

func rel(folder, path string) string {
	r, err := filepath.Rel(folder, path)
	if err != nil {
		return filepath.Base(path)
	}
	return filepath.ToSlash(r)
}

// search looks through one plain file.
func (p *Person) search(ctx context.Context, path string) (int64, error) {
	hits, _, err := p.needles().file(ctx, path, filepath.Dir(path))
	return hits, err
}

// file looks through one file; coded tells whether it had to be unpacked.
func (n *needles) file(ctx context.Context, path, temp string) (hits int64, coded bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	head := make([]byte, 4)
	k, _ := io.ReadFull(f, head)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, false, err
	}
	switch head = head[:k]; {
	case bytes.Equal(head, []byte("PAR1")):
		hits, err = n.parquet(path)
		return hits, true, err
	case bytes.Equal(head, []byte("\x28\xb5\x2f\xfd")):
		hits, err = n.unpacked(ctx, path, temp)
		return hits, true, err
	case bytes.HasPrefix(head, []byte("PK")):
		hits, err = n.workbook(ctx, f, path)
		return hits, true, err
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(f)
		if err != nil {
			return 0, true, err
		}
		hits, err = n.stream(reader{ctx, z})
		return hits, true, err
	}
	hits, err = n.stream(reader{ctx, f})
	return hits, false, err
}

// unpacked unpacks an archived list; a workbook is put into a file, because it
// is read from its end.
func (n *needles) unpacked(ctx context.Context, path, temp string) (hits int64, err error) {
	in, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	defer z.Close()
	head := make([]byte, 2)
	k, _ := io.ReadFull(z, head)
	src := io.MultiReader(bytes.NewReader(head[:k]), z)
	if !bytes.Equal(head[:k], []byte("PK")) {
		return n.stream(reader{ctx, src})
	}
	dir, err := os.MkdirTemp(temp, tempPrefix)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	plain := filepath.Join(dir, "list")
	out, err := os.OpenFile(plain, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	if _, err := io.Copy(out, reader{ctx, src}); err != nil {
		return 0, err
	}
	return n.workbook(ctx, out, plain)
}

// workbook looks through every part of a zip file, and through the rows of its
// sheets where it is a workbook: there a name and a date stand in two parts.
func (n *needles) workbook(ctx context.Context, f *os.File, path string) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return n.stream(reader{ctx, io.NewSectionReader(f, 0, info.Size())}) // no zip after all
	}
	hits := int64(0)
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			return hits, err
		}
		more, err := n.stream(reader{ctx, r})
		if err := errors.Join(err, r.Close()); err != nil {
			return hits, err
		}
		hits += more
	}
	more, err := n.sheets(path)
	return hits + more, err
}

func (n *needles) sheets(path string) (hits int64, err error) {
	book, err := tabular.Open(path)
	if err != nil {
		return 0, nil // no workbook; its parts were looked through
	}
	defer book.Close()
	for _, sheet := range book.Sheets() {
		rows, err := book.Rows(sheet)
		if err != nil {
			return hits, err
		}
		for {
			rec, err := rows.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return hits, errors.Join(err, rows.Close())
			}
			cells := make([]string, len(rec.Cells))
			for i, c := range rec.Cells {
				cells[i] = string(c)
			}
			if n.row(cells) {
				hits++
			}
		}
		if err := rows.Close(); err != nil {
			return hits, err
		}
	}
	return hits, nil
}

// Columns of a Parquet file are read by their values: its bytes are coded.
func (n *needles) parquet(path string) (hits int64, err error) {
	columns, err := snapshot.Columns(path)
	if err != nil {
		return 0, err
	}
	cells := make([]string, len(columns))
	err = snapshot.Scan(path, columns, func(row []snapshot.Cell) error {
		for i, c := range row {
			cells[i] = c.Text
		}
		if n.row(cells) {
			hits++
		}
		return nil
	})
	return hits, err
}

// row tells whether the cells of a row are about the person. Most rows hold
// neither a number nor a family name of the person, which is quick to see.
func (n *needles) row(cells []string) bool {
	for _, c := range cells {
		switch {
		case c == "":
		case n.exact[c]:
			if n.person.inCells(cells) {
				return true
			}
		case len(c) > leastToken && n.in([]byte(c)) > 0:
			return true
		}
	}
	return false
}

// HoldsRow tells whether the values of a row are about the person.
func (p *Person) HoldsRow() func(cells []string) bool { return p.needles().row }
