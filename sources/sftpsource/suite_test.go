package sftpsource_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"nightjar/pipeline"
	"nightjar/sources/remote"
	"nightjar/sources/remote/placetest"
	"nightjar/sources/sftpsource"
)

// there is a folder on a server, with hands on it.
type there struct {
	*placetest.SSHD
	line  *placetest.Proxy
	bench *placetest.Bench
	opt   sftpsource.Options
	now   time.Time
}

func newThere(t *testing.T) *there {
	t.Helper()
	server := placetest.NewSSHD(t)
	line := placetest.NewProxy(t, server.Addr.String())
	return &there{SSHD: server, line: line, bench: placetest.NewBench(t), now: time.Date(2021, 10, 1, 12, 0, 0, 0, time.UTC), opt: sftpsource.Options{
		Host: "127.0.0.1", Port: line.Addr().Port, User: server.User.Name, KeyFile: server.KeyFile,
		KnownHosts: server.KnownHosts(t, line.Addr(), server.HostKey), Folder: server.Folder, Datasets: placetest.Datasets, Silence: 20 * time.Second,
	}}
}

func (s *there) server(t *testing.T) *sftpsource.Server {
	t.Helper()
	server, err := sftpsource.New(s.opt)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func (s *there) path(name string) string { return filepath.Join(s.Folder, filepath.FromSlash(name)) }

// put writes a file, each time with a later time than any before.
func (s *there) put(t *testing.T, name string, body []byte) {
	t.Helper()
	for i, c := range name {
		if c == '/' {
			dir := s.path(name[:i])
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			s.User.Own(t, dir)
		}
	}
	if err := os.WriteFile(s.path(name), body, 0o600); err != nil {
		t.Fatal(err)
	}
	s.User.Own(t, s.path(name))
	s.now = s.now.Add(time.Minute)
	if err := os.Chtimes(s.path(name), s.now, s.now); err != nil {
		t.Fatal(err)
	}
}

func (s *there) mode(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(s.path(name), mode); err != nil {
		t.Fatal(err)
	}
}

func (s *there) rig() *placetest.Rig {
	return &placetest.Rig{
		Bench: s.bench, Line: s.line,
		Source: func(t *testing.T) pipeline.Source { return s.bench.Place(t, s.server(t)) },
		Put:    func(t *testing.T, name string, l placetest.List) { s.put(t, name, l.CSV()) },
		Grow:   func(t *testing.T, name string, l placetest.List) { s.put(t, name, l.CSV()) },
		Remove: func(t *testing.T, name string) {
			if err := os.Remove(s.path(name)); err != nil {
				t.Fatal(err)
			}
		},
		Deny:  func(t *testing.T, name string) { s.mode(t, name, 0) },
		Allow: func(t *testing.T, name string) { s.mode(t, name, 0o600) },
	}
}

func TestSFTPIsAPlace(t *testing.T) {
	t.Parallel()
	placetest.Suite(t, func(t *testing.T) *placetest.Rig { return newThere(t).rig() })
}

// only fails unless one thing is said, which holds all of these.
func only(t *testing.T, issues []pipeline.Issue, words ...string) {
	t.Helper()
	if len(issues) != 1 {
		t.Fatalf("issues %v", issues)
	}
	for _, w := range words {
		if !strings.Contains(issues[0].String(), w) {
			t.Errorf("%q does not hold %q", issues[0], w)
		}
	}
}

func (s *there) look(t *testing.T) ([]pipeline.Arrival, []pipeline.Issue, error) {
	t.Helper()
	place := s.bench.Place(t, s.server(t))
	list, issues, err := place.Arrivals(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return list, issues, place.Missed()
}

const name = "ucas/carmel/list.csv"

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		spoil func(t *testing.T, s *there)
		words []string
	}{
		"another host key": {func(t *testing.T, s *there) {
			other := placetest.NewSSHD(t)
			s.opt.KnownHosts = s.KnownHosts(t, s.line.Addr(), other.HostKey)
		}, []string{"another host key", "SHA256:", "by telephone"}},
		"an unknown host": {func(t *testing.T, s *there) {
			s.opt.KnownHosts = s.KnownHosts(t, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, s.HostKey)
		}, []string{"does not name this server", "SHA256:", "]:", " AAAA"}},
		"our key": {func(t *testing.T, s *there) {
			s.opt.KeyFile = placetest.NewSSHD(t).KeyFile
		}, []string{"does not accept our key", "ssh-ed25519 AAAA", s0User}},
		"another user": {func(_ *testing.T, s *there) { s.opt.User = "somebody-else" }, []string{"does not accept our key", "somebody-else"}},
		"no folder":    {func(_ *testing.T, s *there) { s.opt.Folder = "/no/such" }, []string{"no folder /no/such"}},
		"not our folder": {func(t *testing.T, s *there) {
			if err := os.Chmod(s.Folder, 0); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(s.Folder, 0o700) })
		}, []string{"does not let us read the folder"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := newThere(t)
			s.put(t, name, []byte("a,b\n"))
			c.spoil(t, s)
			list, issues, missed := s.look(t)
			if len(list) > 0 || missed == nil || pipeline.ExitCode(missed) != pipeline.ExitFailed {
				t.Errorf("arrivals %v, missed %v", list, missed)
			}
			only(t, issues, c.words...)
			if got := s.server(t); got != nil {
				if issues := remote.Probe(t.Context(), got); len(issues) != 1 {
					t.Errorf("the probe says %v", issues)
				}
			}
		})
	}
}

// s0User is part of what is said of a key: whom it is to be added for.
const s0User = "added for user"

// TestOneHostKeyOfSeveralIsEnough names one key each time: left to itself the
// server shows the one that it likes best, which may look like a stranger's.
func TestOneHostKeyOfSeveralIsEnough(t *testing.T) {
	t.Parallel()
	s := newThere(t)
	for _, key := range []ssh.PublicKey{s.HostKey, s.Other} {
		s.opt.KnownHosts = s.KnownHosts(t, s.line.Addr(), key)
		if issues := remote.Probe(t.Context(), s.server(t)); len(issues) > 0 {
			t.Errorf("with %s: %v", key.Type(), issues)
		}
	}
}

func TestLargeFileIsNotEvenAskedFor(t *testing.T) {
	t.Parallel()
	s := newThere(t)
	s.put(t, name, make([]byte, placetest.MaxBytes+1))
	_, issues, _ := s.look(t)
	only(t, issues, name, "max_mib")
	if sent := s.line.Sent(); sent > placetest.MaxBytes/4 {
		t.Errorf("%d bytes came over the line", sent)
	}
}

func TestKeysAndHostsAreReadBeforeTheNight(t *testing.T) {
	t.Parallel()
	s := newThere(t)
	s.opt.KeyFile, s.opt.Passphrase = s.LockedKey(t), pipeline.NewSecret(placetest.Passphrase)
	s.put(t, name, []byte("a,b\n"))
	if list, issues, _ := s.look(t); len(list) != 1 || len(issues) > 0 {
		t.Errorf("with the passphrase: arrivals %v, issues %v", list, issues)
	}
	for want, spoil := range map[string]func(o *sftpsource.Options){
		"has a passphrase":         func(o *sftpsource.Options) { o.Passphrase = pipeline.Secret{} },
		"does not open it":         func(o *sftpsource.Options) { o.Passphrase = pipeline.NewSecret("hush-hush") },
		"is not a private key":     func(o *sftpsource.Options) { o.KeyFile = write(t, 0o600, "ssh-ed25519 AAAA") },
		"can be read by others":    func(o *sftpsource.Options) { o.KeyFile = write(t, 0o644, "x") },
		"key /no/such":             func(o *sftpsource.Options) { o.KeyFile = "/no/such" },
		"known_hosts /no/such":     func(o *sftpsource.Options) { o.KnownHosts = "/no/such" },
		"cannot be read as such":   func(o *sftpsource.Options) { o.KnownHosts = write(t, 0o600, "host ssh-ed25519 nonsense\n") },
		"correct its path or its ": func(o *sftpsource.Options) { o.KeyFile = "/no/such" },
	} {
		o := s.opt
		spoil(&o)
		_, err := sftpsource.New(o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func write(t *testing.T, mode os.FileMode, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestManifestOfAServer(t *testing.T) {
	t.Parallel()
	s := newThere(t)
	s.put(t, name, []byte("a,b\n"))
	s.put(t, "manifest.csv", []byte("file,provider,period,delivered_at\n"+name+",holy-cross,2021-09,2021-09-30 09:00\n"))
	list, issues, _ := s.look(t)
	if len(issues) > 0 || len(list) != 1 {
		t.Fatalf("arrivals %v, issues %v", list, issues)
	}
	if a := list[0]; a.Provider != "holy-cross" || a.Period != "2021-09" || a.DeliveredOn.String() != "2021-09-30" {
		t.Errorf("delivery %+v", a.Delivery)
	}
	s.mode(t, "manifest.csv", 0)
	s.put(t, "ucas/carmel/new.csv", []byte("c\n"))
	s.put(t, "manifest.csv", []byte("file,delivered_at\nucas/carmel/new.csv,2021-09-30\n"))
	s.mode(t, "manifest.csv", 0)
	list, issues, _ = s.look(t)
	only(t, issues, "manifest.csv", "No list is fetched")
	if len(list) != 1 {
		t.Errorf("arrivals %v", list)
	}
	if err := os.Remove(s.path("manifest.csv")); err != nil {
		t.Fatal(err)
	}
	if list, issues, _ = s.look(t); len(issues) > 0 || len(list) != 2 || list[0].Provider == "holy-cross" || list[1].Provider == "holy-cross" {
		t.Errorf("without a manifest: arrivals %v, issues %v", list, issues)
	}
}

func TestMarkerSparesTheSecondLook(t *testing.T) {
	t.Parallel()
	s := newThere(t)
	s.put(t, name, []byte("a,b\n"))
	s.put(t, name+".done", nil)
	s.bench.OnWait(func() { t.Error("it waits for a file that is marked as whole") })
	if list, issues, _ := s.look(t); len(issues) > 0 || len(list) != 1 {
		t.Errorf("arrivals %v, issues %v", list, issues)
	}
}

func TestReplacedBetweenLookAndRead(t *testing.T) {
	t.Parallel()
	s := newThere(t)
	s.put(t, name, []byte("old"))
	s.bench.AfterList(func() { s.put(t, name, []byte("new")) })
	list, issues, _ := s.look(t)
	only(t, issues, name, "just replaced")
	if len(list) > 0 {
		t.Errorf("arrivals %v", list)
	}
}

func TestWithdrawnListStays(t *testing.T) {
	t.Parallel()
	s := newThere(t)
	s.put(t, name, []byte("a,b\n"))
	if list, _, _ := s.look(t); len(list) != 1 {
		t.Fatalf("arrivals %v", list)
	}
	if err := os.Remove(s.path(name)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		list, issues, _ := s.look(t)
		only(t, issues, name, "no longer on offer", "delete list.csv")
		if len(list) != 1 {
			t.Errorf("arrivals %v", list)
		}
	}
}

func TestOddThingsAreLeftAlone(t *testing.T) {
	t.Parallel()
	s := newThere(t)
	for _, n := range []string{"ucas/loose.csv", "usac/carmel/list.csv", "lone.csv", "ucas/carmel/.hidden", "ucas/carmel/x.part", "ucas/carmel/bad\nname.csv", "ucas/carmel/deep/er/list.csv"} {
		s.put(t, n, []byte("a"))
	}
	if err := os.Symlink("/etc/passwd", s.path("ucas/carmel/link.csv")); err != nil {
		t.Fatal(err)
	}
	list, issues, _ := s.look(t)
	var got []string
	for _, i := range issues {
		got = append(got, i.File+" "+i.Rule)
		if i.Hint == "" {
			t.Errorf("no next step: %v", i)
		}
	}
	want := []string{"lone.csv unknown_dataset", "ucas/carmel/bad\nname.csv bad_name", "ucas/carmel/link.csv not_a_file", "ucas/loose.csv no_provider", "usac unknown_dataset"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("said %q, want %q", got, want)
	}
	if landed, _ := filepath.Glob(filepath.Join(s.bench.Landing(), "ucas", "carmel", "*")); len(landed) != 1 {
		t.Errorf("what cannot be named was fetched: %q", landed)
	}
	if len(list) != 1 || list[0].Name != "ucas/carmel/deep/er/list.csv" || list[0].Provider != "carmel" {
		t.Errorf("arrivals %v", list)
	}
}
