// Package httpsource reads lists from web servers, one address each, over
// HTTPS and nothing else.
//
// What the server says of a list (ETag, Last-Modified) is asked about the next
// time, so that a list without news is not sent again. Last-Modified is the
// time of delivery where the server says it, and the moment of fetching where
// it does not. A broken line is taken up where it broke, if the server can
// show by a strong ETag that the list is still the same, and from the start
// otherwise. An answer that does not say where it ends is refused: cut short,
// it would look whole.
package httpsource

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/remote"
)

// List is one list and its address.
type List struct {
	Name    string // <dataset>/<provider>/<file>
	Dataset string
	URL     string // https://…; may hold a token, so it is never shown
}

// Options says where lists are and who we are.
type Options struct {
	Lists    []List
	Bearer   pipeline.Secret // token; empty for none
	User     string          // with Password; empty for none
	Password pipeline.Secret
	TLS      *tls.Config
	Silence  time.Duration // an answer that brings nothing for so long is given up; a minute when 0
}

// Web is web servers as a place. It implements remote.Remote, and its own
// session: every question stands for itself.
type Web struct {
	opt    Options
	client *http.Client
}

var (
	_ remote.Remote  = (*Web)(nil)
	_ remote.Session = (*Web)(nil)
)

// maxRedirects is how often a server may send us on.
const maxRedirects = 5

// New returns a place. It does not touch the network. The error is
// pipeline.ErrUsage.
func New(o Options) (*Web, error) {
	for _, l := range o.Lists {
		if u, err := url.Parse(l.URL); err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("%w: the address of %s is not of the form https://host/path; correct it", pipeline.ErrUsage, l.Name)
		}
	}
	if o.Silence <= 0 {
		o.Silence = time.Minute
	}
	w := &Web{opt: o}
	w.client = &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: o.TLS, ForceAttemptHTTP2: true,
			DialContext:         (&net.Dialer{Timeout: o.Silence}).DialContext,
			TLSHandshakeTimeout: o.Silence, ResponseHeaderTimeout: o.Silence,
			DisableCompression: true, // the length must be that of the list
			DisableKeepAlives:  true, // one question a night
		},
		CheckRedirect: onward,
	}
	return w, nil
}

// errOnward is a redirect that is not followed.
var errOnward = &remote.Problem{Rule: remote.RuleSetting, Say: "The server sends us on to an address without https, or too often.",
	Hint: "Ask who keeps it for the address of the list itself"}

// onward follows redirects that stay with HTTPS. Our secret goes along only
// as long as the host stays the same; that is net/http's own rule.
func onward(next *http.Request, via []*http.Request) error {
	if next.URL.Scheme != "https" || len(via) > maxRedirects {
		return errOnward
	}
	return nil
}

// Open implements remote.Remote.
func (w *Web) Open(context.Context) (remote.Session, error) { return w, nil }

// Close implements remote.Session.
func (w *Web) Close() { w.client.CloseIdleConnections() }

// List implements remote.Session: the configuration says what there is. A
// server does not show a list that is half written.
func (w *Web) List(_ context.Context, datasets []string) ([]remote.Offer, []pipeline.Issue, error) {
	var out []remote.Offer
	for _, l := range w.opt.Lists {
		if len(datasets) == 0 || slices.Contains(datasets, l.Dataset) {
			out = append(out, remote.Offer{Name: l.Name, Size: -1, Whole: true})
		}
	}
	return out, nil, nil
}

// Fetch implements remote.Session.
func (w *Web) Fetch(ctx context.Context, o remote.Offer, last string, dst *remote.Sink) (remote.Receipt, error) {
	i := slices.IndexFunc(w.opt.Lists, func(l List) bool { return l.Name == o.Name })
	if i < 0 {
		return remote.Receipt{}, remote.Vanished()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := w.request(ctx, http.MethodGet, w.opt.Lists[i].URL)
	if err != nil {
		return remote.Receipt{}, err
	}
	if err := w.resume(req, last, dst); err != nil {
		return remote.Receipt{}, err
	}
	res, err := w.client.Do(req)
	if err != nil {
		return remote.Receipt{}, asked(err)
	}
	defer func() { _ = res.Body.Close() }() // only read from
	return w.take(res, cancel, dst)
}

// resume asks for the rest of what is here in part, or whether there is news
// of what is here whole.
func (w *Web) resume(req *http.Request, last string, dst *remote.Sink) error {
	if dst.Len() > 0 {
		if tag := dst.Mark(); tag != "" {
			req.Header.Set("Range", fmt.Sprintf("bytes=%d-", dst.Len()))
			req.Header.Set("If-Range", tag)
			return nil
		}
		return dst.Restart()
	}
	tag, modified, _ := strings.Cut(last, "\n")
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	if modified != "" {
		req.Header.Set("If-Modified-Since", modified)
	}
	return nil
}

// take reads an answer to its end.
func (w *Web) take(res *http.Response, cancel func(), dst *remote.Sink) (remote.Receipt, error) {
	from, err := w.judge(res, dst)
	if err != nil {
		return remote.Receipt{}, err
	}
	if res.StatusCode == http.StatusNotModified {
		return remote.Receipt{NoNews: true}, nil
	}
	if from != dst.Len() {
		if err := dst.Restart(); err != nil {
			return remote.Receipt{}, err
		}
	}
	tag, modified := res.Header.Get("ETag"), res.Header.Get("Last-Modified")
	dst.SetMark("")
	if tag != "" && !strings.HasPrefix(tag, "W/") {
		dst.SetMark(tag)
	}
	want := res.ContentLength
	n, err := io.Copy(dst, w.awake(res.Body, cancel))
	switch {
	case remote.Ours(err):
		return remote.Receipt{}, err
	case err != nil:
		return remote.Receipt{}, asked(err)
	case want >= 0 && n != want:
		return remote.Receipt{}, remote.Dropped(io.ErrUnexpectedEOF)
	}
	r := remote.Receipt{}
	if tag != "" || modified != "" {
		r.State = tag + "\n" + modified
	}
	if at, err := http.ParseTime(modified); err == nil {
		r.Delivered = at
	}
	return r, nil
}

// judge says whether an answer holds the list, and from which byte on.
func (w *Web) judge(res *http.Response, dst *remote.Sink) (from int64, err error) {
	switch {
	case res.StatusCode == http.StatusNotModified && dst.Len() == 0:
		return 0, nil
	case res.StatusCode == http.StatusPartialContent && dst.Len() > 0:
		if _, err := fmt.Sscanf(res.Header.Get("Content-Range"), "bytes %d-", &from); err != nil || from != dst.Len() {
			return 0, errors.Join(remote.Dropped(io.ErrUnexpectedEOF), dst.Restart())
		}
	case res.StatusCode != http.StatusOK:
		return 0, statusProblem(res.StatusCode)
	}
	endless := res.ProtoMajor == 1 && res.ContentLength < 0 && !slices.Contains(res.TransferEncoding, "chunked")
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // one that cannot be read is no web page
	switch {
	case from+res.ContentLength > dst.Limit():
		return 0, remote.TooLarge(dst.Limit())
	case endless:
		return 0, &remote.Problem{Rule: remote.RuleDropped, Say: "The server does not say where the list ends, so one cut short would look whole.",
			Hint: "Ask who keeps it to send Content-Length or chunks"}
	case kind == "text/html":
		return 0, &remote.Problem{Rule: remote.RuleNotAList, Say: "The server answers with a web page where a list was expected.",
			Hint: "It may ask for a log-in: look at the address and the secret of the place"}
	case res.Header.Get("Content-Encoding") != "":
		return 0, &remote.Problem{Rule: remote.RuleNotAList, Say: "The server sends the list packed, unasked.",
			Hint: "Ask who keeps it to send the file as it is"}
	}
	return from, nil
}

// awake reads a body and gives it up when nothing comes for too long.
func (w *Web) awake(body io.Reader, cancel func()) io.Reader {
	return &awake{r: body, silence: w.opt.Silence, cancel: cancel}
}

type awake struct {
	r       io.Reader
	silence time.Duration
	cancel  func()
}

// Read implements io.Reader.
func (a *awake) Read(p []byte) (int, error) {
	alarm := time.AfterFunc(a.silence, a.cancel)
	defer alarm.Stop()
	return a.r.Read(p)
}

func (w *Web) request(ctx context.Context, method, address string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, &remote.Problem{Rule: remote.RuleSetting, Say: "The address cannot be used.", Hint: "Correct url of the list"}
	}
	req.Header.Set("User-Agent", "nightjar")
	switch {
	case !w.opt.Bearer.Empty():
		req.Header.Set("Authorization", "Bearer "+w.opt.Bearer.Reveal())
	case w.opt.User != "":
		req.SetBasicAuth(w.opt.User, w.opt.Password.Reveal())
	}
	return req, nil
}

// asked words what went wrong between question and answer.
func asked(err error) error {
	var p *remote.Problem
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &certificate):
		return &remote.Problem{Rule: remote.RuleSetting, Say: "The server cannot be trusted: " + remote.Word(err) + ".",
			Hint: "Nothing was sent; ask who keeps it"}
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return remote.Unreachable(err)
	}
	return remote.Dropped(err)
}

// statusProblem words an answer that is no list.
func statusProblem(code int) error {
	p := &remote.Problem{Rule: remote.RuleUnreachable, Say: fmt.Sprintf("The server answers %d (%s).", code, strings.ToLower(http.StatusText(code)))}
	switch {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		p.Rule, p.Hint = remote.RuleDenied, "Look at the secret of the place: it may be wrong, or have run out"
	case code == http.StatusNotFound || code == http.StatusGone:
		p.Rule, p.Hint = remote.RuleVanished, "Look whether the list has moved, and correct url of the list"
	case code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code >= 500:
		p.Passing, p.Hint = true, "It is tried again on the next run; if it stays, ask who keeps the server"
	default:
		p.Hint = "Ask who keeps the server what it expects"
	}
	return p
}

// Probe implements remote.Session: it asks for headers only.
func (w *Web) Probe(ctx context.Context) []pipeline.Issue {
	var issues []pipeline.Issue
	for _, l := range w.opt.Lists {
		if p := w.probe(ctx, l); p != nil {
			issues = append(issues, p.Issue(l.Name))
		}
	}
	return issues
}

func (w *Web) probe(ctx context.Context, l List) *remote.Problem {
	var p *remote.Problem
	req, err := w.request(ctx, http.MethodHead, l.URL)
	if errors.As(err, &p) {
		return p
	}
	res, err := w.client.Do(req)
	if err != nil {
		errors.As(asked(err), &p) // asked always returns one
		return p
	}
	_ = res.Body.Close()                                                                  // an answer to HEAD has none
	if res.StatusCode == http.StatusOK || res.StatusCode == http.StatusMethodNotAllowed { // 405: not every server answers HEAD
		return nil
	}
	errors.As(statusProblem(res.StatusCode), &p)
	return p
}
