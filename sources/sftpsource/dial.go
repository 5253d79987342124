package sftpsource

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"nightjar/pipeline"
	"nightjar/sources/remote"
)

// Options says which server it is and who we are.
type Options struct {
	Host       string
	Port       int // 22 when 0
	User       string
	KeyFile    string          // private key in OpenSSH's or PEM form, readable by its owner only
	Passphrase pipeline.Secret // of the key; empty where it has none
	KnownHosts string          // file in OpenSSH's form
	Folder     string          // on the server
	Datasets   []string        // the folders that Folder may hold
	Silence    time.Duration   // a line that brings nothing for so long is given up; a minute when 0
}

// Server is an SFTP server as a place. It implements remote.Remote.
type Server struct {
	opt    Options
	signer ssh.Signer
	known  ssh.HostKeyCallback
}

var _ remote.Remote = (*Server)(nil)

// New reads the key and the known hosts. It does not touch the network. The
// error is pipeline.ErrUsage.
func New(o Options) (*Server, error) {
	if o.Port == 0 {
		o.Port = 22
	}
	if o.Silence <= 0 {
		o.Silence = time.Minute
	}
	signer, err := readKey(o.KeyFile, o.Passphrase)
	if err != nil {
		return nil, fmt.Errorf("%w: key %s: %w", pipeline.ErrUsage, o.KeyFile, err)
	}
	known, err := knownhosts.New(o.KnownHosts)
	if err != nil {
		return nil, fmt.Errorf("%w: known_hosts %s: %w", pipeline.ErrUsage, o.KnownHosts, plainFileError(err))
	}
	return &Server{opt: o, signer: signer, known: known}, nil
}

func readKey(path string, passphrase pipeline.Secret) (ssh.Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, plainFileError(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, errors.New("it can be read by others; chmod 600 it")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, plainFileError(err)
	}
	var missing *ssh.PassphraseMissingError
	signer, err := ssh.ParsePrivateKey(text)
	switch {
	case err == nil:
		return signer, nil
	case !errors.As(err, &missing):
		return nil, errors.New("it is not a private key in OpenSSH's or PEM form; make one with: ssh-keygen -t ed25519")
	case passphrase.Empty():
		return nil, errors.New("it has a passphrase; say where that is kept, as passphrase: {env: NAME} or {file: PATH}")
	}
	if signer, err = ssh.ParsePrivateKeyWithPassphrase(text, []byte(passphrase.Reveal())); err != nil {
		return nil, errors.New("the passphrase does not open it; correct the secret")
	}
	return signer, nil
}

// plainFileError leaves the path out, which is named already.
func plainFileError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%w; correct its path or its rights", p.Err)
	}
	return errors.New("it cannot be read as such; correct it, a line each in the form: host ssh-ed25519 AAAA")
}

func (s *Server) address() string {
	return net.JoinHostPort(s.opt.Host, strconv.Itoa(s.opt.Port))
}

// Open implements remote.Remote.
func (s *Server) Open(ctx context.Context) (remote.Session, error) {
	dial := net.Dialer{Timeout: s.opt.Silence}
	plain, err := dial.DialContext(ctx, "tcp", s.address())
	if err != nil {
		return nil, remote.Unreachable(err)
	}
	conn := newLine(plain, s.opt.Silence)
	done := conn.busy(ctx)
	defer done()
	client, err := s.greet(conn)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	files, err := sftp.NewClient(client)
	if err != nil {
		_ = client.Close()
		return nil, &remote.Problem{Rule: remote.RuleUnreachable, Passing: true, Say: "The server lets us in and offers no files by SFTP.",
			Hint: "Ask who keeps it to switch SFTP on for this account"}
	}
	return &session{server: s, conn: conn, client: client, files: files}, nil
}

// greet proves who the server is, and then who we are.
func (s *Server) greet(conn net.Conn) (*ssh.Client, error) {
	var strange error
	checked := func(host string, addr net.Addr, key ssh.PublicKey) error {
		if err := s.known(host, addr, key); err != nil {
			strange = s.stranger(err, key)
			return strange
		}
		return nil
	}
	c, channels, requests, err := ssh.NewClientConn(conn, s.address(), &ssh.ClientConfig{
		User: s.opt.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(s.signer)},
		HostKeyCallback: checked, HostKeyAlgorithms: s.algorithms(), Timeout: s.opt.Silence,
	})
	switch {
	case err == nil:
		return ssh.NewClient(c, channels, requests), nil
	case strange != nil:
		return nil, strange
	case strings.Contains(err.Error(), "unable to authenticate"):
		return nil, &remote.Problem{Rule: remote.RuleDenied, Say: "The server does not accept our key for this user.",
			Hint: "Have the public key " + keyLine(s.signer.PublicKey()) + " added for user " + s.opt.User}
	case strings.Contains(err.Error(), "no common algorithm for host key"):
		return nil, &remote.Problem{Rule: remote.RuleSetting, Say: "The server has no host key of the kind that known_hosts names.",
			Hint: "Ask who keeps the server for its host key, and put that line into known_hosts"}
	}
	return nil, remote.Unreachable(err)
}

// stranger words a host key that is not the one that known_hosts names.
func (s *Server) stranger(err error, key ssh.PublicKey) error {
	shown := ssh.FingerprintSHA256(key)
	var unlike *knownhosts.KeyError
	if errors.As(err, &unlike) && len(unlike.Want) > 0 {
		return &remote.Problem{
			Rule: remote.RuleSetting, Say: "The server shows another host key than known_hosts names: " + shown + ".",
			Hint: "Somebody may stand in between: nothing was sent. Ask who keeps the server, by telephone, whether its key was changed to this one; only then correct the line in known_hosts",
		}
	}
	return &remote.Problem{
		Rule: remote.RuleSetting, Say: "known_hosts does not name this server, which shows the host key " + shown + ".",
		Hint: "Ask who keeps the server for the fingerprint of its key; only if it is the same add this line to known_hosts: " + knownhosts.Line([]string{s.address()}, key),
	}
}

// algorithms are those of the host keys that known_hosts names. Left to
// itself, the server may choose a key of another kind, which would look like
// a stranger's.
func (s *Server) algorithms() []string {
	var unlike *knownhosts.KeyError
	if err := s.known(s.address(), &net.TCPAddr{}, nobody{}); !errors.As(err, &unlike) {
		return nil
	}
	var out []string
	for _, k := range unlike.Want {
		if k.Key.Type() == ssh.KeyAlgoRSA {
			out = append(out, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
			continue
		}
		out = append(out, k.Key.Type())
	}
	return out
}

// nobody is a key that no server has.
type nobody struct{ ssh.PublicKey }

func (nobody) Type() string    { return "nobody" }
func (nobody) Marshal() []byte { return []byte("nobody") }

func keyLine(k ssh.PublicKey) string { return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k))) }

// line is a connection that is closed when it brings nothing for too long
// while something is awaited, or when the context of what is awaited ends.
type line struct {
	net.Conn
	silence time.Duration
	mu      sync.Mutex
	awaited int
	alarm   *time.Timer
}

func newLine(c net.Conn, silence time.Duration) *line {
	l := &line{Conn: c, silence: silence}
	l.alarm = time.AfterFunc(silence, func() { _ = c.Close() })
	l.alarm.Stop()
	return l
}

// busy says that something is awaited until the returned function is called.
func (l *line) busy(ctx context.Context) func() {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awaited++
	l.alarm.Reset(l.silence)
	return func() {
		stop()
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.awaited--; l.awaited == 0 {
			l.alarm.Stop()
		}
	}
}

// Read implements net.Conn.
func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	if n > 0 && l.awaited > 0 {
		l.alarm.Reset(l.silence)
	}
	return n, err
}
