package sources

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"nightjar/pipeline"
)

// errNotRegular is a link, pipe or device where a file should be.
var errNotRegular = errors.New("not a regular file")

// openRegular opens a file for reading, and only a file: a link that replaced
// it after the scan could lead out of the inbox, and opening a pipe would wait
// for ever.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) {
		return nil, errNotRegular
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// sameState reports whether two looks at a path saw one unchanged file.
func sameState(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// settle keeps the files that have not changed for the settling time, and
// looks at the manifest by the same rule. It waits at most once, and only if
// something is younger than that and has no .done marker beside it.
func (d *DropFolder) settle(ctx context.Context, files []candidate, now time.Time) ([]candidate, manifestFile, []pipeline.Issue, error) {
	mf := d.statManifest()
	fresh := make([]bool, len(files))
	wait := len(files) > 0 && mf.stands() && d.fresh(mf.path, mf.info, now)
	mf.fresh = wait
	for i, c := range files {
		fresh[i] = d.fresh(c.path, c.info, now)
		wait = wait || fresh[i]
	}
	if !wait {
		return files, mf, nil, ctx.Err()
	}
	if err := d.opt.Wait(ctx, d.opt.Settle); err != nil {
		return nil, mf, nil, fmt.Errorf("wait for files to settle: %w", err)
	}
	var settled []candidate
	var issues []pipeline.Issue
	for i, c := range files {
		if fresh[i] {
			if issue, ok := lookAgain(c); !ok {
				issues = append(issues, issue)
				continue
			}
		}
		settled = append(settled, c)
	}
	if mf.fresh {
		again, err := os.Lstat(mf.path)
		mf.growing = err != nil || !sameState(mf.info, again)
	}
	return settled, mf, issues, ctx.Err()
}

// fresh reports whether a file may still be growing. A time in the future, on
// a share whose clock is ahead, counts as fresh.
func (d *DropFolder) fresh(path string, info fs.FileInfo, now time.Time) bool {
	if now.Sub(info.ModTime()) >= d.opt.Settle {
		return false
	}
	_, err := os.Lstat(path + doneSuffix)
	return err != nil && d.opt.Settle > 0
}

// lookAgain looks at a file again after the wait.
func lookAgain(c candidate) (pipeline.Issue, bool) {
	again, err := os.Lstat(c.path)
	switch {
	case err != nil:
		return unreadable(c.name, err), false
	case !sameState(c.info, again):
		return growing(c.name), false
	}
	return pipeline.Issue{}, true
}

func growing(name string) pipeline.Issue {
	return pipeline.Issue{
		File: name, Rule: ruleGrowing, Say: "It is still being written or was just replaced.",
		Hint: "It is taken on the next run, once it stays as it is",
	}
}

// hashAll returns the SHA-256 of each file, as many at a time as there are
// processors, and "" beside an issue for those that cannot be read whole.
func (d *DropFolder) hashAll(ctx context.Context, files []candidate) ([]string, []pipeline.Issue, error) {
	hashes := make([]string, len(files))
	problems := make([]error, len(files))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wg.Go(func() {
			buf := make([]byte, copyBuffer)
			for i := range next {
				hashes[i], problems[i] = d.hash(ctx, files[i], buf)
			}
		})
	}
	for i := range files {
		next <- i // a cancelled context ends each hash at once
	}
	close(next)
	wg.Wait()
	var issues []pipeline.Issue
	for i, err := range problems {
		switch {
		case errors.Is(err, pipeline.ErrNotReady):
			issues = append(issues, growing(files[i].name))
		case err != nil:
			issues = append(issues, unreadable(files[i].name, err))
		}
	}
	return hashes, issues, ctx.Err()
}

// copyBuffer is the size of one read: large enough that a network share is
// not asked for every few kilobytes.
const copyBuffer = 512 << 10

// hash reads a file once. The error is pipeline.ErrNotReady when the file is
// not the one that the scan saw, or became another while it was read.
func (d *DropFolder) hash(ctx context.Context, c candidate, buf []byte) (string, error) {
	f, err := d.open(c.path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read from
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, reader{ctx, f}, buf); err != nil {
		return "", err
	}
	after, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !sameState(c.info, after) {
		return "", pipeline.ErrNotReady
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// reader stops reading when its context ends. It hides the file's other
// methods, so that io.CopyBuffer uses the buffer it was given.
type reader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// manifestFile is the manifest as the scan saw it.
type manifestFile struct {
	path    string
	info    fs.FileInfo // nil when there is none
	err     error       // why it cannot be looked at
	fresh   bool
	growing bool
}

// stands reports whether there is something of that name.
func (m manifestFile) stands() bool { return m.info != nil || m.err != nil }

func (d *DropFolder) statManifest() manifestFile {
	m := manifestFile{path: filepath.Join(d.opt.Inbox, manifestName)}
	info, err := os.Lstat(m.path)
	switch {
	case err == nil:
		m.info = info
	case !errors.Is(err, fs.ErrNotExist):
		m.err = err
	}
	return m
}
