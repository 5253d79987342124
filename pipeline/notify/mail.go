package notify

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"strconv"
	"strings"
	"time"

	"nightjar/pipeline"
)

// The ways to keep a mail from being read on its way.
const (
	StartTLS = "starttls" // plain at first, then TLS; without it nothing is sent
	TLS      = "tls"      // TLS from the first byte
	NoTLS    = "none"     // for a server on this machine or this network
)

// Mail hands messages to a mail server.
type Mail struct {
	Host     string
	Port     int
	Mode     string // StartTLS, TLS or NoTLS
	From     string
	To       []string
	Username string
	Password pipeline.Secret
	Clock    pipeline.Clock
	Roots    *tls.Config // nil: the system's certificates
}

// Name implements Channel.
func (Mail) Name() string { return "mail" }

// Send implements Channel.
func (m Mail) Send(ctx context.Context, msg Message) error {
	body, err := m.compose(msg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := m.hand(ctx, body); err != nil {
		return fmt.Errorf("mail server %s: %w", m.Host, err)
	}
	return nil
}

// hand talks to the server. The connection ends with ctx.
func (m Mail) hand(ctx context.Context, body []byte) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(m.Host, strconv.Itoa(m.Port)))
	if err != nil {
		return err
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(end); err != nil {
			return err
		}
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if m.Mode == TLS {
		conn = tls.Client(conn, m.tls())
	}
	c, err := smtp.NewClient(conn, m.Host)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := m.greet(c); err != nil {
		return err
	}
	return m.deliver(c, body)
}

func (m Mail) tls() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.Roots != nil {
		c = m.Roots.Clone()
	}
	c.ServerName = m.Host
	return c
}

func (m Mail) greet(c *smtp.Client) error {
	if m.Mode == StartTLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("it offers no STARTTLS; set alerts.mail.tls to what it does offer")
		}
		if err := c.StartTLS(m.tls()); err != nil {
			return err
		}
	}
	if m.Username == "" {
		return nil
	}
	if err := c.Auth(smtp.PlainAuth("", m.Username, m.Password.Reveal(), m.Host)); err != nil {
		return fmt.Errorf("login refused: %w", err)
	}
	return nil
}

func (m Mail) deliver(c *smtp.Client, body []byte) error {
	from, err := address(m.From)
	if err != nil {
		return err
	}
	if err := c.Mail(from); err != nil {
		return err
	}
	for _, to := range m.To {
		a, err := address(to)
		if err != nil {
			return err
		}
		if err := c.Rcpt(a); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // the message is taken; how the goodbye goes is no matter
	return nil
}

func address(s string) (string, error) {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return "", errors.New("an address of alerts.mail cannot be read")
	}
	return a.Address, nil
}

// compose writes the message with its headers. Nothing in it can begin a
// header of its own.
func (m Mail) compose(msg Message) ([]byte, error) {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", oneLine(m.From)}, {"To", oneLine(strings.Join(m.To, ", "))},
		{"Subject", mime.QEncoding.Encode("utf-8", oneLine(msg.Subject))},
		{"Date", m.Clock.Now().Format(time.RFC1123Z)},
		{"Message-ID", "<" + hex.EncodeToString(id) + "@nightjar>"},
		{"Auto-Submitted", "auto-generated"}, {"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	if _, err := io.WriteString(q, strings.Join(msg.Lines, "\r\n")+"\r\n"); err != nil {
		return nil, err
	}
	return b.Bytes(), q.Close()
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
}
