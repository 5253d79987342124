package placetest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// PgSQL is a PostgreSQL server with an encrypted port, for all tests of a
// process: making one takes seconds.
type PgSQL struct {
	Addr     *net.TCPAddr
	Admin    string // user who may do everything
	Password string // of Admin
	CAFile   string // signed the server's certificate
	folder   string
	bin      string
	user     Nobody
	process  *exec.Cmd
}

var shared struct {
	sync.Mutex
	server *PgSQL
	failed error
}

// Postgres returns the server of this process and starts it when it is the
// first to be asked for. StopPostgres ends it.
func Postgres(t testing.TB) *PgSQL {
	t.Helper()
	initdb := need(t, "postgresql", "/usr/lib/postgresql/*/bin/initdb", "/usr/local/pgsql/bin/initdb")
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.failed == nil {
		s := &PgSQL{Admin: "admin", Password: "quite-secret", bin: filepath.Dir(initdb), user: nobody(t)}
		s.folder = s.user.folder(t)
		shared.server, shared.failed = s, s.start(t)
	}
	if shared.failed != nil {
		t.Fatal(shared.failed)
	}
	return shared.server
}

// StopPostgres ends the server, for TestMain.
func StopPostgres() {
	shared.Lock()
	defer shared.Unlock()
	s := shared.server
	if s == nil {
		return
	}
	if s.process != nil {
		_ = s.process.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = s.process.Wait()                         // how it ends is of no interest any more
	}
	_ = os.RemoveAll(s.folder)
	shared.server = nil
}

// start makes a cluster and serves it.
func (s *PgSQL) start(t testing.TB) error {
	data := filepath.Join(s.folder, "data")
	password := s.file(t, "password", []byte(s.Password+"\n"))
	made, err := s.user.as(exec.Command(filepath.Join(s.bin, "initdb"), "-D", data, "-U", s.Admin, "--pwfile", password,
		"--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--no-locale")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, made)
	}
	cert, key := s.certificate(t)
	for range 5 { // a port that was free may be taken by the time it is asked for
		if s.Addr, err = freePort(); err != nil {
			return err
		}
		log := s.file(t, "log", nil)
		out, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		cmd := s.user.as(exec.Command(filepath.Join(s.bin, "postgres"), "-D", data, "-p", fmt.Sprint(s.Addr.Port),
			"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "ssl=on",
			"-c", "ssl_cert_file="+cert, "-c", "ssl_key_file="+key, "-c", "shared_buffers=16MB", "-c", "max_connections=60"))
		cmd.Stderr = out
		err = cmd.Start()
		_ = out.Close() // the process has it
		if err != nil {
			return err
		}
		if s.ready(log) {
			s.process = cmd
			return nil
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	}
	return fmt.Errorf("postgres does not start; look at its log: %s", s.folder)
}

// ready waits until the log says that connections are accepted.
func (s *PgSQL) ready(log string) bool {
	for range 600 {
		text, err := os.ReadFile(log)
		if err == nil && strings.Contains(string(text), "ready to accept connections") {
			return true
		}
		if err != nil || strings.Contains(string(text), "FATAL") {
			return false
		}
		time.Sleep(50 * time.Millisecond) // another process: there is nothing to wait on
	}
	return false
}

func (s *PgSQL) file(t testing.TB, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s.user.Own(t, path)
	return path
}

// certificate makes one for this machine that signs itself.
func (s *PgSQL) certificate(t testing.TB) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "placetest"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	s.CAFile = s.file(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return s.CAFile, s.file(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// freePort returns an address that nobody listens on.
func freePort() (*net.TCPAddr, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr), nil
}
