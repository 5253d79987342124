package notify

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"nightjar/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f) }

var noon = fixed(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))

func TestWebhookPostsTextAndLines(t *testing.T) {
	t.Parallel()
	var got map[string]any
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s, %v", r.Method, err)
		}
	}))
	defer srv.Close()
	err := Webhook{URL: pipeline.NewSecret(srv.URL + "/tok3n")}.Send(t.Context(), Message{"failed", []string{"job night", "why"}})
	if err != nil || got["text"] != "failed\njob night\nwhy" || got["subject"] != "failed" {
		t.Errorf("%v, %v", err, got)
	}
}

// TestNoErrorRepeatsTheAddress meets every way in which a call can fail.
func TestNoErrorRepeatsTheAddress(t *testing.T) {
	t.Parallel()
	const token = "tok3n"
	turned := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("how") {
		case "redirect":
			http.Redirect(w, r, "http://elsewhere.example/"+token, http.StatusFound)
		default:
			http.Error(w, "no", http.StatusForbidden)
		}
	}))
	defer turned.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, address := range []string{turned.URL + "/" + token, turned.URL + "/" + token + "?how=redirect", gone.URL + "/" + token, "http://127.0.0.1:bad/" + token, "::" + token} {
		for name, err := range map[string]error{
			"webhook": Webhook{URL: pipeline.NewSecret(address)}.Send(t.Context(), Message{}), "ping": Ping(t.Context(), nil, pipeline.NewSecret(address)),
		} {
			if err == nil || strings.Contains(err.Error(), token) {
				t.Errorf("%s of %q: %v", name, address, err)
			}
		}
	}
}

// mailServer is a mail server of few words. It answers each command with what
// replies says for its first word, else 250.
type mailServer struct {
	ln      net.Listener
	replies map[string]string
	tls     *tls.Config // nil: it knows none
	direct  bool        // TLS from the first byte
	done    sync.WaitGroup
	silent  chan struct{}
	mu      sync.Mutex
	heard   []string
	data    string
}

func serveMail(t *testing.T, replies map[string]string, set ...func(*mailServer)) *mailServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{ln: ln, replies: replies, silent: make(chan struct{})}
	for _, f := range set {
		f(s)
	}
	s.done.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.done.Go(func() { s.talk(c) })
		}
	})
	t.Cleanup(func() { ln.Close(); s.done.Wait() })
	return s
}

func (s *mailServer) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	if s.direct {
		c = tls.Server(c, s.tls)
		in = bufio.NewReader(c)
	}
	if s.reply("greeting", "") == "hang up" {
		return
	}
	fmt.Fprintf(c, "%s\r\n", s.reply("greeting", "220 ready"))
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		s.mu.Lock()
		s.heard = append(s.heard, strings.TrimSpace(line))
		s.mu.Unlock()
		fallback := "250 fine"
		if verb == "DATA" {
			fallback = "354 go on"
		}
		reply := s.reply(verb, fallback)
		if reply == "hang up" {
			return
		}
		if reply == "silence" {
			close(s.silent)
			_, _ = io.Copy(io.Discard, in) // until the other side gives up
			return
		}
		fmt.Fprintf(c, "%s\r\n", reply)
		if verb == "STARTTLS" && s.tls != nil {
			c = tls.Server(c, s.tls)
			in = bufio.NewReader(c)
		}
		if verb == "DATA" && strings.HasPrefix(reply, "354") {
			s.take(in)
			fmt.Fprint(c, "250 taken\r\n")
		}
	}
}

func (s *mailServer) take(in *bufio.Reader) {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			break
		}
		b.WriteString(line)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = b.String()
}

func (s *mailServer) reply(verb, fallback string) string {
	if r, ok := s.replies[verb]; ok {
		return r
	}
	return fallback
}

func (s *mailServer) mail() Mail {
	return Mail{Host: "127.0.0.1", Port: s.ln.Addr().(*net.TCPAddr).Port, Mode: NoTLS, From: "Nightjar <nightjar@example.org>",
		To: []string{"a@example.org", "b@example.org"}, Clock: noon}
}

func TestMailIsHandedOver(t *testing.T) {
	t.Parallel()
	s := serveMail(t, nil)
	err := s.mail().Send(t.Context(), Message{"Über\r\nBcc: all@example.org", []string{"first line", ".", "zwölf per cent"}})
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	heard := strings.Join(s.heard, "\n")
	for _, want := range []string{"MAIL FROM:<nightjar@example.org>", "RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>", "QUIT"} {
		if !strings.Contains(heard, want) {
			t.Errorf("the server did not hear %q:\n%s", want, heard)
		}
	}
	head, body, _ := strings.Cut(s.data, "\r\n\r\n")
	if strings.Contains(head, "\nBcc:") || !strings.Contains(head, "Date: Fri, 02 Jan 2026 12:00:00 +0000") {
		t.Errorf("headers:\n%s", head)
	}
	plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
	if err != nil || !strings.Contains(string(plain), "first line\r\n..\r\nzwölf per cent") && !strings.Contains(string(plain), "first line\r\n.\r\nzwölf per cent") {
		t.Errorf("body %q, %v", plain, err)
	}
}

func TestABrokenMailServerIsAnErrorAndNoPassword(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		replies map[string]string
		change  func(*Mail)
		want    string
	}{
		"busy":           {map[string]string{"greeting": "421 too busy"}, nil, "421"},
		"not this mail":  {map[string]string{"RCPT": "550 no such user"}, nil, "550"},
		"full":           {map[string]string{"DATA": "452 disk full"}, nil, "452"},
		"no starttls":    {nil, func(m *Mail) { m.Mode = StartTLS }, "offers no STARTTLS"},
		"starttls fails": {map[string]string{"EHLO": "250-hello\r\n250 STARTTLS", "STARTTLS": "220 go on"}, func(m *Mail) { m.Mode = StartTLS }, "mail server 127.0.0.1"},
		"not from us":    {map[string]string{"MAIL": "554 no"}, nil, "see alerts.mail.from"},
		"hangs up":       {map[string]string{"DATA": "hang up"}, nil, "the connection broke"},
		"hangs up first": {map[string]string{"greeting": "hang up"}, nil, "EOF"},
		"no tls":         {nil, func(m *Mail) { m.Mode = TLS }, "tls"},
		"login in the clear": {map[string]string{"EHLO": "250-hello\r\n250 AUTH PLAIN LOGIN", "AUTH": "235 welcome"}, func(m *Mail) {
			m.Username, m.Password = "nightjar", pipeline.NewSecret("hunter2")
		}, "auth"},
		"not there": {nil, func(m *Mail) { m.Port = 1 }, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := serveMail(t, tc.replies).mail()
			if tc.change != nil {
				tc.change(&m)
			}
			err := m.Send(t.Context(), Message{"s", []string{"l"}})
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "@example.org") {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestASilentMailServerEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s := serveMail(t, map[string]string{"MAIL": "silence"})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() { failed <- s.mail().Send(ctx, Message{"s", nil}) }()
	<-s.silent // it has heard the verb that it will not answer
	cancel()
	if err := <-failed; err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestMailIsKeptFromBeingRead hands a mail over with TLS in both ways and a
// login, and refuses a server whose certificate nobody vouches for.
func TestMailIsKeptFromBeingRead(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil) // for its certificate
	defer web.Close()
	known := x509.NewCertPool()
	known.AddCert(web.Certificate())
	replies := map[string]string{"EHLO": "250-hello\r\n250-AUTH PLAIN\r\n250 STARTTLS", "AUTH": "235 welcome", "STARTTLS": "220 go on"}
	direct := map[string]string{"EHLO": "250-hello\r\n250 AUTH PLAIN", "AUTH": "235 welcome"}
	refuses := map[string]string{"EHLO": "250-hello\r\n250 AUTH PLAIN", "AUTH": "535 no"}
	for name, tc := range map[string]struct {
		mode    string
		replies map[string]string
		roots   *x509.CertPool
		host    string
		want    string // of the error; empty: it goes well
	}{
		"starttls":          {StartTLS, replies, known, "127.0.0.1", ""},
		"tls":               {TLS, direct, known, "127.0.0.1", ""},
		"starttls, unknown": {StartTLS, replies, x509.NewCertPool(), "127.0.0.1", "certificate is not trusted"},
		"tls, unknown":      {TLS, direct, x509.NewCertPool(), "127.0.0.1", "certificate is not trusted"},
		"tls, other name":   {TLS, direct, known, "localhost", "certificate is not trusted"},
		"login refused":     {TLS, refuses, known, "127.0.0.1", "login refused with 535"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveMail(t, tc.replies, func(s *mailServer) {
				s.tls, s.direct = &tls.Config{Certificates: web.TLS.Certificates}, tc.mode == TLS
			})
			m := s.mail()
			m.Mode, m.Roots, m.Host, m.Username, m.Password = tc.mode, tc.roots, tc.host, "nightjar", pipeline.NewSecret("hunter2")
			err := m.Send(t.Context(), Message{"s", []string{"l"}})
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if sent := s.data != ""; sent != (tc.want == "") {
				t.Errorf("the server took %q", s.data)
			}
		})
	}
}
