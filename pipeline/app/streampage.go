package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"nightjar/pipeline"
)

// streams is GET /marts/<mart>.arrow and /meta/<table>.arrow, with a condition
// as ?where=. It answers this machine only: what comes from elsewhere would
// carry the token, and figures, in the clear.
type streams struct {
	daemon *daemon
	mu     sync.Mutex
	on     int
}

const (
	arrowEnding = ".arrow"
	arrowMedia  = "application/vnd.apache.arrow.stream"
	stalled     = time.Minute // a client may take as long to fetch what was sent
)

func (s *streams) serve(w http.ResponseWriter, r *http.Request) {
	a := s.daemon.current()
	if status, say := admit(a, r); status != 0 {
		if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		writeText(w, status, say+"\n")
		return
	}
	table, ok := strings.CutSuffix(r.PathValue("file"), arrowEnding)
	if !ok || strings.ContainsAny(table, "./") {
		writeText(w, http.StatusNotFound, "tables are streamed as Arrow only; ask for "+r.URL.Path+arrowEnding+"\n")
		return
	}
	if !s.begin(a.cfg.Streams.AtOnce) {
		w.Header().Set("Retry-After", "30")
		writeText(w, http.StatusServiceUnavailable, "as many streams are on as streams.at_once allows ("+strconv.Itoa(a.cfg.Streams.AtOnce)+"); ask again\n")
		return
	}
	defer s.end()
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(a.cfg.Streams.Timeout))
	defer cancel()
	schema := path.Base(path.Dir(r.URL.Path))
	out := &streamed{ResponseWriter: w, control: http.NewResponseController(w)}
	err := a.heavy.(streamer).stream(ctx, a, Stream{Table: schema + "." + table, Where: r.URL.Query().Get("where")}, out)
	out.finish(a, err)
}

// admit says why a request is refused; 0 lets it in.
func admit(a *App, r *http.Request) (status int, say string) {
	if !a.cfg.Streams.Token.Set() {
		return http.StatusNotFound, "tables are not streamed here; streams.token in the configuration switches it on"
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return http.StatusForbidden, "tables are streamed within this machine only; put a proxy with TLS before it"
	}
	token, err := a.cfg.Streams.Token.Read() // each time: a new token needs no restart
	if err != nil {
		a.Log.Error("stream", "error", err)
		return http.StatusInternalServerError, "the token of streams.token cannot be read; the log says more"
	}
	shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	want, got := sha256.Sum256([]byte(token.Reveal())), sha256.Sum256([]byte(shown))
	if !ok || subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		return http.StatusUnauthorized, "show the token of streams.token: Authorization: Bearer TOKEN"
	}
	return 0, ""
}

func (s *streams) begin(most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on >= most {
		return false
	}
	s.on++
	return true
}

func (s *streams) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on--
}

// streamed is a response that has until stalled for each piece, however long
// the whole takes.
type streamed struct {
	http.ResponseWriter
	control *http.ResponseController
	begun   bool
}

func (s *streamed) Write(p []byte) (int, error) {
	if err := s.control.SetWriteDeadline(time.Now().Add(stalled)); err != nil {
		return 0, err
	}
	if !s.begun {
		s.begun = true
		s.Header().Set("Content-Type", arrowMedia)
	}
	return s.ResponseWriter.Write(p)
}

// finish words an error, or, when figures went out already, breaks the
// connection off, so that half a table is not taken for a whole one.
func (s *streamed) finish(a *App, err error) {
	switch {
	case err == nil:
		return
	case s.begun:
		a.Log.Error("stream was cut off", "error", err)
		panic(http.ErrAbortHandler) // the way to say so: the server ends the connection without its last chunk
	case errors.Is(err, pipeline.ErrUsage):
		writeText(s.ResponseWriter, http.StatusBadRequest, err.Error()+"\n")
	case errors.Is(err, pipeline.ErrNotReady):
		writeText(s.ResponseWriter, http.StatusServiceUnavailable, "nothing is published yet; a night does it\n")
	default:
		a.Log.Error("stream", "error", err)
		writeText(s.ResponseWriter, http.StatusInternalServerError, "the table cannot be read; the log says more\n")
	}
}
