package placetest

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// need returns the first program that exists. Without one the test is
// skipped, or fails where every server is asked for.
func need(t testing.TB, debian string, patterns ...string) string {
	t.Helper()
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err == nil && len(found) > 0 {
			return found[len(found)-1]
		}
	}
	say := "there is no " + debian + " on this machine; install Debian's package of that name"
	if os.Getenv("NIGHTJAR_REQUIRE_SERVERS") != "" {
		t.Fatal(say)
	}
	t.Skip(say)
	return ""
}

// Nobody is the account that servers run as where the tests run as root:
// PostgreSQL refuses root, and nothing can be kept from root to read.
type Nobody struct {
	Name     string
	uid, gid int
	change   bool
}

// nobody returns the account for servers.
func nobody(t testing.TB) Nobody {
	t.Helper()
	if os.Getuid() != 0 {
		u, err := user.Current()
		if err != nil {
			t.Fatal(err)
		}
		return Nobody{Name: u.Username}
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return Nobody{u.Username, uid, gid, true}
}

// Own gives a file or folder to the account.
func (n Nobody) Own(t testing.TB, path string) {
	t.Helper()
	if !n.change {
		return
	}
	if err := os.Chown(path, n.uid, n.gid); err != nil {
		t.Fatal(err)
	}
}

// as has a command run as the account.
func (n Nobody) as(c *exec.Cmd) *exec.Cmd {
	if n.change {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(n.uid), Gid: uint32(n.gid)}}
	}
	return c
}

// open makes a folder that the account owns and can reach; a test's own
// temporary folder lies in one that only we may enter.
func (n Nobody) folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "nightjar-server-")
	if err != nil {
		t.Fatal(err)
	}
	n.Own(t, dir)
	return dir
}
