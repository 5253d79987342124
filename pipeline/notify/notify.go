// Package notify carries messages out: to a webhook, to a mail server, and a
// heartbeat to whoever watches for silence. It decides nothing about when.
//
// Addresses hold tokens, so no error of this package repeats one.
package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"nightjar/pipeline"
)

// timeout is how long a message may take to be handed over.
const timeout = 20 * time.Second

// Message is what people are told: never personal data.
type Message struct {
	Subject string
	Lines   []string
}

// Channel is a way to tell people.
type Channel interface {
	// Name says which way it is, for logs.
	Name() string
	// Send hands the message over, or says why it could not.
	Send(ctx context.Context, m Message) error
}

// Webhook posts messages as JSON: {"text": …, "subject": …, "lines": […]}.
// Chat tools read text; the rest is for programs.
type Webhook struct {
	URL    pipeline.Secret
	Client *http.Client // nil: one that follows no redirects
}

// Name implements Channel.
func (Webhook) Name() string { return "webhook" }

// Send implements Channel.
func (w Webhook) Send(ctx context.Context, m Message) error {
	text := m.Subject
	for _, l := range m.Lines {
		text += "\n" + l
	}
	body, err := json.Marshal(map[string]any{"text": text, "subject": m.Subject, "lines": m.Lines})
	if err != nil {
		return err
	}
	return call(ctx, w.Client, http.MethodPost, w.URL, bytes.NewReader(body))
}

// Ping asks a heartbeat's address once.
func Ping(ctx context.Context, client *http.Client, address pipeline.Secret) error {
	return call(ctx, client, http.MethodGet, address, nil)
}

// plainClient follows no redirect: the token in the address is for one host.
var plainClient = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
}

func call(ctx context.Context, client *http.Client, method string, address pipeline.Secret, body io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address.Reveal(), body)
	if err != nil {
		return errors.New("the address cannot be used; it has the form https://host/path")
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if client == nil {
		client = plainClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return withoutAddress(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // what it says is no news
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the other side answered %s", resp.Status)
	}
	return nil
}

// withoutAddress takes the address out of an error of the HTTP client.
func withoutAddress(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err
	}
	return err
}
