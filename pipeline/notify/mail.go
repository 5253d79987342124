package notify

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strings"

	"github.com/wneessen/go-mail"

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
	Roots    *x509.CertPool // nil: the system's certificates
}

// Name implements Channel.
func (Mail) Name() string { return "mail" }

// Send implements Channel. It ends with ctx, and after a while without it:
// a server that takes the connection and then says nothing holds up nobody.
func (m Mail) Send(ctx context.Context, msg Message) error {
	mail, err := m.compose(msg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := m.hand(ctx, mail); err != nil {
		return fmt.Errorf("mail server %s: %w", m.Host, m.plain(ctx, err))
	}
	return nil
}

// hand talks to the server.
func (m Mail) hand(ctx context.Context, msg *mail.Msg) error {
	// The library looks at ctx no more once the connection is made, and leaves
	// it open when the talk breaks off. It is closed here, whatever comes first.
	closing := func() {}
	defer func() { closing() }()
	c, err := mail.NewClient(m.Host, m.options(func(_ context.Context, network, address string) (net.Conn, error) {
		conn, err := m.dial(ctx, network, address)
		if err == nil {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			closing = func() { stop(); conn.Close() }
		}
		return conn, err
	})...)
	if err != nil {
		return err
	}
	talk, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	if err := c.SendWithSMTPClient(talk, msg); err != nil {
		return err
	}
	_ = c.CloseWithSMTPClient(talk) // the message is taken; how the goodbye goes is no matter
	return nil
}

func (m Mail) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if m.Mode == TLS {
		d := tls.Dialer{Config: m.tls()}
		return d.DialContext(ctx, network, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

func (m Mail) tls() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, ServerName: m.Host, RootCAs: m.Roots}
}

func (m Mail) options(dial mail.DialContextFunc) []mail.Option {
	// With TLS from the first byte the connection is safe already, and the
	// library finds that out by itself.
	policy := map[string]mail.TLSPolicy{StartTLS: mail.TLSMandatory, TLS: mail.TLSOpportunistic, NoTLS: mail.NoTLS}[m.Mode]
	out := []mail.Option{
		mail.WithTLSPolicy(policy), mail.WithPort(m.Port), mail.WithTimeout(timeout), mail.WithTLSConfig(m.tls()),
		mail.WithDialContextFunc(dial), mail.WithoutNoop(),
	}
	if m.Username != "" { // the strongest way that the server knows; in the clear never
		out = append(out, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.Username), mail.WithPassword(m.Password.Reveal()))
	}
	return out
}

// compose writes the message. Nothing in it can begin a header of its own.
func (m Mail) compose(msg Message) (*mail.Msg, error) {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	out := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingQP))
	if out.From(m.From) != nil || out.To(m.To...) != nil {
		return nil, errors.New("an address of alerts.mail cannot be read; write name@example.org")
	}
	out.Subject(oneLine(msg.Subject))
	out.SetDateWithValue(m.Clock.Now())
	out.SetMessageIDWithValue(hex.EncodeToString(id) + "@nightjar")
	out.SetGenHeader("Auto-Submitted", "auto-generated")
	out.SetBodyString(mail.TypeTextPlain, strings.Join(msg.Lines, "\r\n")+"\r\n")
	return out, nil
}

// plain says what went wrong and what to do, without the addresses that the
// library would name.
func (m Mail) plain(ctx context.Context, err error) error {
	var (
		refused *mail.SendError
		reply   *textproto.Error
		trust   *tls.CertificateVerificationError
	)
	switch {
	case ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("it did not answer in time; see that alerts.mail names the right host and port, and that a firewall lets the connection through: %w", cause(ctx))
	case errors.As(err, &trust):
		return fmt.Errorf("its certificate is not trusted: %w; install the certificate of whoever issued it on this machine, or set alerts.mail.host to the name in it", trust.Err)
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return errors.New("it offers no STARTTLS; set alerts.mail.tls to what it does offer")
	case errors.As(err, &refused) && refused.ErrorCode() == 0:
		return fmt.Errorf("the connection broke while it took the message (%s)", refused.Reason)
	case errors.As(err, &refused) && refused.IsTemp():
		return fmt.Errorf("it answered %d, not now (%s)", refused.ErrorCode(), refused.Reason)
	case errors.As(err, &refused):
		return fmt.Errorf("it answered %d, no (%s); see alerts.mail.from and alerts.mail.to", refused.ErrorCode(), refused.Reason)
	case errors.As(err, &reply) && (reply.Code == 535 || reply.Code == 534 || reply.Code == 530):
		return fmt.Errorf("login refused with %d; see alerts.mail.username and password", reply.Code)
	case errors.As(err, &reply):
		return fmt.Errorf("it answered %d", reply.Code)
	}
	return err
}

// cause is why a talk had to end: the caller's wish, or our patience.
func cause(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return os.ErrDeadlineExceeded
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
}
