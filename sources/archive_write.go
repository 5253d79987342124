package sources

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// squeezer is what compressing and checking one file needs. It is costly to
// make (several megabytes) and used by one goroutine at a time, so it is kept
// for the next file. Neither half starts goroutines of its own: with a
// concurrency of one both work in the caller's, and a dropped squeezer is
// simply collected.
type squeezer struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
	sum hash.Hash
	buf []byte
}

// archiveLevel and archiveWindow are the fastest of those that
// BenchmarkArchiveLevels compares. The slowest level saves 2 % of the space for
// nearly twice the time, in a night that has ten seconds for everything.
const (
	archiveLevel  = zstd.SpeedFastest
	archiveWindow = 1 << 20
)

// newSqueezer makes one for level and window.
func newSqueezer(level zstd.EncoderLevel, window int) (*squeezer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("set up decompression: %w", err)
	}
	return &squeezer{enc: enc, dec: dec, sum: sha256.New(), buf: make([]byte, copyBuffer)}, nil
}

// withSqueezer lends f a squeezer, one that served before where there is one.
func (d *DropFolder) withSqueezer(f func(*squeezer) error) error {
	s, ok := d.squeezers.Get().(*squeezer)
	if !ok {
		var err error
		if s, err = newSqueezer(archiveLevel, archiveWindow); err != nil {
			return err
		}
	}
	defer func() {
		s.enc.Reset(nil) // keep no file alive
		if s.dec.Reset(nil) == nil {
			d.squeezers.Put(s)
		}
	}()
	return f(s)
}

// compress writes src compressed to dst, on the disk when it returns, and
// returns the SHA-256 of what it read.
func (s *squeezer) compress(ctx context.Context, dst *os.File, src io.Reader) (string, error) {
	s.sum.Reset()
	s.enc.Reset(dst)
	_, err := io.CopyBuffer(s.enc, io.TeeReader(reader{ctx, src}, s.sum), s.buf)
	if err := errors.Join(err, s.enc.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(s.sum.Sum(nil)), dst.Sync()
}

// plain returns the SHA-256 of the bytes of src as they are.
func (s *squeezer) plain(ctx context.Context, src io.Reader) (string, error) {
	s.sum.Reset()
	if _, err := io.CopyBuffer(s.sum, reader{ctx, src}, s.buf); err != nil {
		return "", err
	}
	return hex.EncodeToString(s.sum.Sum(nil)), nil
}

// content returns the SHA-256 of the bytes that a compressed stream holds.
func (s *squeezer) content(ctx context.Context, src io.Reader) (string, error) {
	s.sum.Reset()
	if err := s.dec.Reset(reader{ctx, src}); err != nil {
		return "", err
	}
	if _, err := s.dec.WriteTo(s.sum); err != nil {
		return "", err
	}
	return hex.EncodeToString(s.sum.Sum(nil)), nil
}

// put writes src compressed to goal: aside, synced, read back, and only then
// under its name. The error is errChanged when src does not hold the bytes of
// that hash; nothing is left behind then, nor on any other error.
func (s *squeezer) put(ctx context.Context, temp, goal string, src io.Reader, want string) (err error) {
	f, err := os.CreateTemp(temp, "*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			err = errors.Join(err, removeIfThere(f.Name()))
		}
	}()
	got, err := s.compress(ctx, f, src)
	if err != nil {
		return err
	}
	if got != want {
		return errChanged
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if got, err = s.content(ctx, f); err != nil {
		return fmt.Errorf("read the compressed copy back: %w", err)
	}
	if got != want {
		return errors.New("the compressed copy does not hold what was written to it; check the disk")
	}
	if err := os.Rename(f.Name(), goal); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(goal))
}

// syncFolder makes a new name in a folder durable.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// makeFolders makes the folders below root, one in the other, for their owner
// only, and makes the new ones durable.
func makeFolders(root string, below ...string) error {
	path := root
	if err := os.MkdirAll(root, 0o700); err != nil {
		return err
	}
	for _, name := range below {
		parent := path
		path = filepath.Join(path, name)
		err := os.Mkdir(path, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := syncFolder(parent); err != nil {
			return err
		}
	}
	return nil
}

// removeIfThere removes a file; one that is gone is no error.
func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
