package placetest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Passphrase opens what LockedKey writes.
const Passphrase = "a long sentence, nobody's"

// SSHD is OpenSSH's server with its own SFTP, its own host key and one user.
type SSHD struct {
	Addr    *net.TCPAddr
	User    Nobody
	Folder  string // belongs to User
	HostKey ssh.PublicKey
	Other   ssh.PublicKey // another host key, of another kind
	KeyFile string        // private key that is let in
	private ed25519.PrivateKey
	keys    string
}

// NewSSHD starts a server. It ends with the test.
//
// sshd serves one connection each time on a line that we accept, as it does
// under inetd: so there is no port to guess and no daemon to be left behind.
func NewSSHD(t testing.TB) *SSHD {
	t.Helper()
	program := need(t, "openssh-server", "/usr/sbin/sshd", "/usr/local/sbin/sshd")
	s := &SSHD{User: nobody(t)}
	s.Folder, s.keys = s.User.folder(t), s.User.folder(t)
	t.Cleanup(func() { _ = os.RemoveAll(s.Folder) })
	t.Cleanup(func() { _ = os.RemoveAll(s.keys) })
	host, hostFile := s.key(t, "host")
	client, clientFile := s.key(t, "client")
	s.HostKey, s.KeyFile = host, clientFile
	config := s.file(t, "config", fmt.Sprintf(`HostKey %q
HostKey %q
AuthorizedKeysFile %q
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
LogLevel QUIET
PidFile none
MaxStartups 100
`, hostFile, s.other(t), s.file(t, "authorized", string(ssh.MarshalAuthorizedKey(client)))))
	s.listen(t, func(c *os.File) *exec.Cmd {
		cmd := s.User.as(exec.Command(program, "-i", "-f", config))
		cmd.Stdin, cmd.Stdout = c, c
		return cmd
	})
	return s
}

// key makes a key pair and returns the private half's file.
func (s *SSHD) key(t testing.TB, name string) (ssh.PublicKey, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.private = private
	block, err := ssh.MarshalPrivateKey(private, name)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key, s.file(t, name, string(pem.EncodeToMemory(block)))
}

// other makes the host key of another kind and returns its file.
func (s *SSHD) other(t testing.TB) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "other")
	if err != nil {
		t.Fatal(err)
	}
	if s.Other, err = ssh.NewPublicKey(&private.PublicKey); err != nil {
		t.Fatal(err)
	}
	return s.file(t, "other", string(pem.EncodeToMemory(block)))
}

// LockedKey writes the key that is let in, locked with Passphrase: opening it
// takes its time.
func (s *SSHD) LockedKey(t testing.TB) string {
	t.Helper()
	block, err := ssh.MarshalPrivateKeyWithPassphrase(s.private, "client", []byte(Passphrase))
	if err != nil {
		t.Fatal(err)
	}
	return s.file(t, "locked", string(pem.EncodeToMemory(block)))
}

func (s *SSHD) file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(s.keys, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.User.Own(t, path)
	return path
}

// listen serves each line with a process of its own.
func (s *SSHD) listen(t testing.TB, serve func(*os.File) *exec.Cmd) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = l.Addr().(*net.TCPAddr)
	var served sync.WaitGroup
	served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f, err := c.(*net.TCPConn).File()
			_ = c.Close() // f is a copy of it
			if err != nil {
				continue
			}
			cmd := serve(f)
			err = cmd.Start()
			_ = f.Close() // the process has it
			if err == nil {
				served.Go(func() { _ = cmd.Wait() }) // a line that broke is no fault of the server's
			}
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		served.Wait() // whoever asked has closed his lines
	})
}

// KnownHosts writes a file that names the server at an address.
func (s *SSHD) KnownHosts(t testing.TB, addr net.Addr, key ssh.PublicKey) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(path, []byte(knownhosts.Line([]string{addr.String()}, key)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
