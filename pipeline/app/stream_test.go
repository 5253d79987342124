package app

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
)

// newStreams is a station with a small published warehouse, served on an
// address of its own.
func newStreams(t *testing.T, more string) (*station, *streams, string) {
	t.Helper()
	p := newStation(t, oneJob+fmt.Sprintf("streams: {token: {file: %q}%s}\n", secretFile(t, "s3cret"), more))
	publish(t, p, friday)
	db, err := sql.Open("duckdb", filepath.Join(p.dir, "published", "current", "nightjar.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"CREATE SCHEMA marts", "CREATE SCHEMA meta", "CREATE TABLE meta.build AS SELECT 'r1' AS run_id, DATE '2026-01-01' AS as_at",
		"CREATE TABLE marts.big AS SELECT i AS n, 'ward ' || (i % 7) AS ward FROM range(50000) AS r(i)", "CREATE SCHEMA other", "CREATE TABLE other.hidden AS SELECT 1 AS n",
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := &streams{daemon: p.daemon}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /marts/{file}", s.serve)
	mux.HandleFunc("GET /meta/{file}", s.serve)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return p, s, server.URL
}

// asked is an answer, its body read.
type asked struct {
	status int
	retry  string
	body   []byte
}

// askStream sends a request with a token, empty for none.
func askStream(t *testing.T, url, token string) (asked, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return asked{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return asked{res.StatusCode, res.Header.Get("Retry-After"), body}, err
}

func TestTablesAreStreamedToWhoHasTheToken(t *testing.T) {
	t.Parallel()
	p, _, url := newStreams(t, "")
	for _, c := range []struct {
		path, token string
		status      int
		says        string
		rows        int64
	}{
		{"/marts/big.arrow", "s3cret", 200, "", 50000},
		{"/marts/big.arrow?where=ward+%3D+%27ward+3%27", "s3cret", 200, "", 7143},
		{"/marts/big.arrow?where=false", "s3cret", 200, "", 0},
		{"/meta/build.arrow", "s3cret", 200, "", 1},
		{"/marts/big.arrow", "", 401, "show the token", 0},
		{"/marts/big.arrow", "s3cre", 401, "show the token", 0},
		{"/marts/big.csv", "s3cret", 404, "as Arrow only", 0},
		{"/marts/none.arrow", "s3cret", 400, "no table marts.none is published", 0},
		{"/marts/hidden.arrow", "s3cret", 400, "no table marts.hidden", 0},
		{"/marts/other.hidden.arrow", "s3cret", 404, "as Arrow only", 0},
		{"/marts/big.arrow?where=nothing+%3D+1", "s3cret", 400, "nothing", 0},
		{"/marts/big.arrow?where=1%3D1)+union+all+(select+1,+%27x%27", "s3cret", 400, "condition", 0},
	} {
		res, err := askStream(t, url+c.path, c.token)
		body := res.body
		if err != nil || res.status != c.status || c.says != "" && !strings.Contains(string(body), c.says) {
			t.Errorf("%s: %d %.200q, %v", c.path, res.status, body, err)
			continue
		}
		if strings.Contains(string(body), "s3cret") {
			t.Errorf("%s gave the token away", c.path)
		}
		if c.status != 200 {
			continue
		}
		r, err := ipc.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		var n int64
		for r.Next() {
			n += r.RecordBatch().NumRows()
		}
		if r.Err() != nil || n != c.rows {
			t.Errorf("%s: %d rows, %v, want %d", c.path, n, r.Err(), c.rows)
		}
	}
	events, err := p.current().Audit(t.Context(), AuditQuestion{Kind: string(audit.Export)})
	if err != nil || len(events) != 4 || events[0].About != "marts.big" {
		t.Errorf("the audit log has %+v, %v", events, err)
	}
}

func TestStreamsAreForThisMachineAndOff(t *testing.T) {
	t.Parallel()
	_, s, _ := newStreams(t, "")
	r := httptest.NewRequest(http.MethodGet, "/marts/big.arrow", nil)
	r.Header.Set("Authorization", "Bearer s3cret")
	w := httptest.NewRecorder() // its request comes from 192.0.2.1
	s.serve(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("from elsewhere: %d %s", w.Code, w.Body)
	}
	quiet := newStation(t, oneJob)
	if status, say := admit(quiet.current(), r); status != http.StatusNotFound || !strings.Contains(say, "streams.token") {
		t.Errorf("without a token: %d %s", status, say)
	}
}

// slowly streams as its test wants.
type slowly struct {
	here
	begun chan struct{}
	goOn  chan struct{}
	err   error
}

func (s slowly) stream(ctx context.Context, _ *App, _ Stream, to io.Writer) error {
	_, _ = io.WriteString(to, "half a table")
	s.begun <- struct{}{}
	select {
	case <-s.goOn:
		return s.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestStreamsAtOnceAndCutOff(t *testing.T) {
	t.Parallel()
	p, _, url := newStreams(t, ", at_once: 1")
	slow := slowly{begun: make(chan struct{}, 1), goOn: make(chan struct{}), err: pipeline.ErrMoved}
	p.app.heavy = slow
	cut := make(chan error, 1)
	go func() {
		_, err := askStream(t, url+"/marts/big.arrow", "s3cret")
		cut <- err
	}()
	<-slow.begun
	res, err := askStream(t, url+"/marts/big.arrow", "s3cret")
	if err != nil || res.status != http.StatusServiceUnavailable || res.retry == "" {
		t.Errorf("the second at once: %d %s, %v", res.status, res.body, err)
	}
	close(slow.goOn)
	if err := <-cut; err == nil {
		t.Error("half a table was taken for a whole one")
	}
}

// TestAHelperStreams has helpers that stream, refuse, die on the way and say
// nonsense.
func TestAHelperStreams(t *testing.T) {
	t.Parallel()
	a, err := opened(t, oneJob)
	if err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string][2]string{
		`read x; echo '{}'; printf figures`:                             {"figures", ""},
		`read x; echo '{"error": "no such table", "kinds": ["usage"]}'`: {"", "no such table"},
		`read x; echo '{}'; printf fig; exit 3`:                         {"fig", "exit status 3"},
		`read x; echo '{}'; printf fig; kill -9 $$`:                     {"fig", "killed"},
		`read x; echo hello`:                                            {"", "did not write the table"},
		`read x`:                                                        {"", "did not write the table"},
	} {
		var out bytes.Buffer
		err := shell(script).stream(t.Context(), a, Stream{Table: "marts.big"}, &out)
		if out.String() != want[0] || (err == nil) != (want[1] == "") || err != nil && !strings.Contains(err.Error(), want[1]) {
			t.Errorf("%s: %q, %v", script, out.String(), err)
		}
	}
	// A client that goes away ends the helper.
	began := time.Now()
	err = shell(`read x; echo '{}'; while printf figures; do :; done`).stream(t.Context(), a, Stream{}, refusing{})
	if err == nil || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

type refusing struct{}

func (refusing) Write([]byte) (int, error) { return 0, os.ErrClosed }
