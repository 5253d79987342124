package ledger

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

var lockedAt = time.Date(2021, 10, 31, 1, 30, 0, 0, time.UTC)

func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "lock")
	held, err := Lock(path, lockedAt)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("lock file has mode %v, %v", info.Mode(), err)
	}
	_, err = Lock(path, lockedAt.Add(time.Hour))
	if !errors.Is(err, pipeline.ErrLocked) || pipeline.ExitCode(err) != pipeline.ExitLocked {
		t.Fatalf("a second lock gave %v", err)
	}
	for _, want := range []string{fmt.Sprint("process ", os.Getpid()), "2021-10-31T01:30:00Z"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
	if err := held.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := Lock(path, lockedAt)
	if err != nil {
		t.Fatalf("after Unlock: %v", err)
	}
	if err := again.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestLockSaysWhatItCanOfAnUnsignedHolder(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "torn": `{"pid": 1`, "foreign": "hello"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "lock")
			held, err := Lock(path, lockedAt)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Lock(path, lockedAt)
			if !errors.Is(err, pipeline.ErrLocked) || strings.Contains(err.Error(), "process") {
				t.Errorf("error %v", err)
			}
			if err := held.Unlock(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLockOverAStaleLongerFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	if err := os.WriteFile(path, []byte(strings.Repeat("x", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := Lock(path, lockedAt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Unlock() }()
	if _, err := Lock(path, lockedAt); err == nil || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("error %v", err)
	}
}

// TestLockDiesWithItsProcess runs this test program as another process that
// takes the lock and is then killed.
func TestLockDiesWithItsProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	child := exec.Command(os.Args[0], "-test.run=^TestHoldLock$")
	child.Env = append(os.Environ(), "LEDGER_TEST_HOLD="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := child.StdinPipe() // held open: the child waits for its end
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "held\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	_, err = Lock(path, lockedAt)
	if !errors.Is(err, pipeline.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint("process ", child.Process.Pid)) {
		t.Errorf("while the child holds it: %v", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed; that is no news
	held, err := Lock(path, lockedAt)
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	if err := held.Unlock(); err != nil {
		t.Error(err)
	}
}

// TestHoldLock is the other process of TestLockDiesWithItsProcess.
func TestHoldLock(t *testing.T) {
	path := os.Getenv("LEDGER_TEST_HOLD")
	if path == "" {
		t.Skip("only as the child of TestLockDiesWithItsProcess")
	}
	held, err := Lock(path, lockedAt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Unlock() }() // never reached; keeps the file from being collected
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1)) // until killed
}
