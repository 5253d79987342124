package httpsource_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/httpsource"
	"nightjar/sources/remote"
	"nightjar/sources/remote/placetest"
)

// page is what a web server shows under one address.
type page struct {
	body   []byte
	tag    string
	when   time.Time
	denied bool
}

// web is a web server, with hands on it.
type web struct {
	*httptest.Server
	line  *placetest.Proxy
	bench *placetest.Bench
	ca    string
	opt   httpsource.Options

	mu    sync.Mutex
	pages map[string]page
	asked []http.Header
	odd   http.HandlerFunc // answers instead, where there is one
}

func newWeb(t *testing.T) *web {
	t.Helper()
	w := &web{bench: placetest.NewBench(t), pages: map[string]page{}}
	w.Server = httptest.NewTLSServer(http.HandlerFunc(w.serve))
	w.Config.ErrorLog = nil
	t.Cleanup(w.Close)
	w.line = placetest.NewProxy(t, w.Listener.Addr().String())
	w.ca = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Certificate().Raw})
	if err := os.WriteFile(w.ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *web) serve(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, r.Header.Clone())
	if w.odd != nil {
		w.odd(out, r)
		return
	}
	p, ok := w.pages[strings.TrimPrefix(r.URL.Path, "/")]
	switch {
	case !ok:
		http.NotFound(out, r)
	case p.denied:
		http.Error(out, "no", http.StatusForbidden)
	default:
		if p.tag != "" {
			out.Header().Set("ETag", p.tag)
		}
		out.Header().Set("Content-Type", "text/csv")
		http.ServeContent(out, r, "", p.when, strings.NewReader(string(p.body)))
	}
}

func (w *web) change(name string, f func(p *page)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pages[name]
	f(&p)
	w.pages[name] = p
}

func (w *web) questions() []http.Header {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// offer adds an address to the configuration, once.
func (w *web) offer(name string) {
	if slices.ContainsFunc(w.opt.Lists, func(l httpsource.List) bool { return l.Name == name }) {
		return
	}
	address := url.URL{Scheme: "https", Host: w.line.Addr().String(), Path: "/" + name, RawQuery: "key=hush"}
	w.opt.Lists = append(w.opt.Lists, httpsource.List{Name: name, Dataset: strings.Split(name, "/")[0], URL: address.String()})
}

func (w *web) put(name string, body []byte) {
	w.offer(name)
	w.change(name, func(p *page) { p.body, p.tag = body, fmt.Sprintf("%q", fmt.Sprint(len(w.asked), "-", len(body))) })
}

func (w *web) source(t *testing.T) *httpsource.Web {
	t.Helper()
	o := w.opt
	var err error
	if o.TLS, err = remote.TLS(w.ca, ""); err != nil {
		t.Fatal(err)
	}
	s, err := httpsource.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *web) look(t *testing.T) ([]pipeline.Arrival, []pipeline.Issue, error) {
	t.Helper()
	place := w.bench.Place(t, w.source(t))
	list, issues, err := place.Arrivals(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range issues {
		if strings.Contains(i.String(), "hush") {
			t.Errorf("a secret is told: %s", i)
		}
	}
	return list, issues, place.Missed()
}

func TestHTTPSIsAPlace(t *testing.T) {
	t.Parallel()
	placetest.Suite(t, func(t *testing.T) *placetest.Rig {
		w := newWeb(t)
		return &placetest.Rig{
			Bench: w.bench, Line: w.line,
			Source: func(t *testing.T) pipeline.Source { return w.bench.Place(t, w.source(t)) },
			Put:    func(_ *testing.T, name string, l placetest.List) { w.put(name, l.CSV()) },
			Remove: func(_ *testing.T, name string) {
				w.mu.Lock()
				defer w.mu.Unlock()
				delete(w.pages, name)
			},
			Deny:  func(_ *testing.T, name string) { w.change(name, func(p *page) { p.denied = true }) },
			Allow: func(_ *testing.T, name string) { w.change(name, func(p *page) { p.denied = false }) },
		}
	})
}

const name = "ucas/carmel/list.csv"

func TestBrokenLineIsTakenUpWhereItBroke(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	w.put(name, []byte(strings.Repeat("a,b,c\n", 300_000)))
	w.line.Cut(900<<10, 1)
	if list, issues, _ := w.look(t); len(list) != 1 || len(issues) > 0 {
		t.Fatalf("arrivals %v, issues %v", list, issues)
	}
	asked := w.questions()
	if len(asked) != 2 || asked[1].Get("Range") == "" || asked[1].Get("If-Range") == "" {
		t.Errorf("asked %v", asked)
	}
	if sent := w.line.Sent(); sent > 2_400_000 { // 1.8 million and what was under way
		t.Errorf("%d bytes were sent", sent)
	}
}

func TestWhatChangedMeanwhileIsFetchedFromTheStart(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	want := strings.Repeat("d,e,f\n", 300_000)
	w.put(name, []byte(strings.Repeat("a,b,c\n", 300_000)))
	w.line.Cut(900<<10, 1)
	tries := 0
	w.bench.AfterList(func() {
		if tries++; tries == 2 {
			w.change(name, func(p *page) { p.body, p.tag = []byte(want), `"other"` })
		}
	})
	list, issues, _ := w.look(t)
	if len(list) != 1 || len(issues) > 0 {
		t.Fatalf("arrivals %v, issues %v", list, issues)
	}
	if text, err := os.ReadFile(list[0].Path); err != nil || string(text) != want {
		t.Errorf("two lists were mixed (%v)", err)
	}
}

func TestNoNewsAndDeliveryTimes(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		tag  string
		when time.Time
		want time.Time // zero: when it was fetched
	}{
		"both":           {`"x"`, time.Date(2021, 9, 30, 8, 0, 0, 0, time.UTC), time.Date(2021, 9, 30, 8, 0, 0, 0, time.UTC)},
		"a tag":          {`"x"`, time.Time{}, time.Time{}},
		"a weak tag":     {`W/"x"`, time.Time{}, time.Time{}},
		"a time":         {"", time.Date(2021, 9, 30, 8, 0, 0, 0, time.UTC), time.Date(2021, 9, 30, 8, 0, 0, 0, time.UTC)},
		"a time to come": {"", time.Date(2121, 9, 30, 8, 0, 0, 0, time.UTC), time.Time{}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWeb(t)
			w.put(name, []byte("a,b\n1,2\n"))
			w.change(name, func(p *page) { p.tag, p.when = c.tag, c.when })
			now := w.bench.Clock.Now()
			list, issues, _ := w.look(t)
			if len(list) != 1 || len(issues) > 0 {
				t.Fatalf("arrivals %v, issues %v", list, issues)
			}
			if c.want.IsZero() {
				c.want = now
			}
			if at := list[0].DeliveredAt; at.Sub(c.want).Abs() > time.Second {
				t.Errorf("delivered at %v, want %v", at, c.want)
			}
			w.bench.Clock.Advance(24 * time.Hour)
			before := w.line.Sent()
			again, issues, _ := w.look(t)
			if len(again) != 1 || len(issues) > 0 || again[0] != list[0] {
				t.Errorf("the second look gives %v, %v", again, issues)
			}
			last := w.questions()[1]
			if last.Get("If-None-Match") != c.tag || (last.Get("If-Modified-Since") == "") != c.when.IsZero() || w.line.Sent() == before {
				t.Errorf("asked %v", last)
			}
		})
	}
}

// TestOddAnswers is the server's side of things that go wrong.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		answer  http.HandlerFunc
		rule    string
		passing bool
		words   string
	}{
		"log in":      {status(401), remote.RuleDenied, false, "secret of the place"},
		"gone":        {status(410), remote.RuleVanished, false, "moved"},
		"teapot":      {status(418), remote.RuleUnreachable, false, "418"},
		"busy":        {status(429), remote.RuleUnreachable, true, "tried again"},
		"ill":         {status(503), remote.RuleUnreachable, true, "tried again"},
		"a page":      {with("Content-Type", "text/html; charset=utf-8", "<html>"), remote.RuleNotAList, false, "web page"},
		"packed":      {with("Content-Encoding", "gzip", "xx"), remote.RuleNotAList, false, "packed"},
		"to http":     {redirect("http://127.0.0.1:1/list.csv"), remote.RuleSetting, false, "without https"},
		"in a circle": {redirect("/ucas/carmel/list.csv"), remote.RuleSetting, false, "too often"},
		"endless": {func(out http.ResponseWriter, _ *http.Request) {
			conn, text, err := http.NewResponseController(out).Hijack()
			if err == nil {
				_, _ = text.WriteString("HTTP/1.0 200 OK\r\nContent-Type: text/csv\r\n\r\na,b\n1,2\n") // whoever asked sees what comes
				_ = text.Flush()
				_ = conn.Close()
			}
		}, remote.RuleDropped, false, "where the list ends"},
		"half an answer": {func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Content-Length", "1000")
			_, _ = out.Write([]byte("a,b\n")) // and no more
		}, remote.RuleDropped, true, "broke"},
		"a part nobody asked for": {func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Content-Range", "bytes 5-8/9")
			out.WriteHeader(http.StatusPartialContent)
		}, remote.RuleUnreachable, false, "206"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWeb(t)
			w.offer(name)
			w.odd = c.answer
			list, issues, missed := w.look(t)
			if len(list) > 0 || len(issues) != 1 || issues[0].Rule != c.rule || !strings.Contains(issues[0].String(), c.words) || issues[0].Hint == "" {
				t.Errorf("arrivals %v, issues %v", list, issues)
			}
			if (missed != nil) != c.passing {
				t.Errorf("missed %v", missed)
			}
			if n := len(w.questions()); c.passing != (n == 3) && what != "in a circle" {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(code) }
}

func with(key, value, body string) http.HandlerFunc {
	return func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set(key, value)
		_, _ = out.Write([]byte(body)) // whoever asked sees what comes
	}
}

func redirect(to string) http.HandlerFunc {
	return func(out http.ResponseWriter, r *http.Request) { http.Redirect(out, r, to, http.StatusFound) }
}

func TestSecretsStayWithTheirHost(t *testing.T) {
	t.Parallel()
	other := newWeb(t)
	other.put(name, []byte("a,b\n"))
	for what, set := range map[string]func(o *httpsource.Options){
		"Bearer hush":        func(o *httpsource.Options) { o.Bearer = pipeline.NewSecret("hush") },
		"Basic bWU6aHVzaA==": func(o *httpsource.Options) { o.User, o.Password = "me", pipeline.NewSecret("hush") },
	} {
		w := newWeb(t)
		w.offer(name)
		set(&w.opt)
		// localhost is another host than 127.0.0.1, and its certificate is not ours.
		w.odd = redirect("https://localhost:" + fmt.Sprint(other.line.Addr().Port) + "/" + name)
		_, issues, _ := w.look(t)
		if len(issues) != 1 || issues[0].Rule != remote.RuleSetting {
			t.Errorf("issues %v", issues)
		}
		if got := w.questions()[0].Get("Authorization"); got != what {
			t.Errorf("our host was told %q", got)
		}
	}
	if n := len(other.questions()); n > 0 {
		t.Errorf("the other host was asked %d times", n)
	}
}

func TestServerIsKnownByItsCertificate(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	w.put(name, []byte("a,b\n"))
	strange, err := httpsource.New(httpsource.Options{Lists: w.opt.Lists})
	if err != nil {
		t.Fatal(err)
	}
	issues := remote.Probe(t.Context(), strange)
	if len(issues) != 1 || !strings.Contains(issues[0].String(), "ca_file") {
		t.Errorf("issues %v", issues)
	}
	if issues := remote.Probe(t.Context(), w.source(t)); len(issues) > 0 {
		t.Errorf("issues %v", issues)
	}
	w.odd = status(403)
	if issues := remote.Probe(t.Context(), w.source(t)); len(issues) != 1 || issues[0].Rule != remote.RuleDenied {
		t.Errorf("issues %v", issues)
	}
}

func TestOnlyHTTPS(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://127.0.0.1/hush.csv", "ftp://x/hush", "hush", "https://", "://hush"} {
		_, err := httpsource.New(httpsource.Options{Lists: []httpsource.List{{Name: name, URL: address}}})
		if err == nil || pipeline.ExitCode(err) != pipeline.ExitUsage || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: error %v", address, err)
		}
	}
}
