package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// page is the daemon's endpoint for those who watch it: /healthz, /readyz and
// /metrics, which tell counts and ages, never a name; and, for who has the
// token, published tables.
type page struct {
	server *http.Server
	addr   net.Addr
	wg     sync.WaitGroup
}

// open listens as the configuration says; where it says nothing, the page is
// closed from the start.
func (d *daemon) open(ctx context.Context, a *App) (*page, error) {
	p := &page{}
	if a.cfg.Liveness.Listen == "" {
		return p, nil
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", a.cfg.Liveness.Listen)
	if err != nil {
		return nil, fmt.Errorf("liveness.listen: %w; choose another address, or \"\" for none", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", d.ready)
	mux.HandleFunc("GET /metrics", d.metrics)
	streams := &streams{daemon: d}
	mux.HandleFunc("GET /marts/{file}", streams.serve)
	mux.HandleFunc("GET /meta/{file}", streams.serve)
	p.addr = ln.Addr()
	p.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	log := a.Log
	p.wg.Go(func() {
		if err := p.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("endpoint ended", "error", err)
		}
	})
	log.Info("listening", "address", ln.Addr().String(), "paths", "/healthz /readyz /metrics", "streams", a.cfg.Streams.Token.Set())
	return p, nil
}

// close ends the page; a request at work has a few seconds.
func (p *page) close() {
	if p.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if p.server.Shutdown(ctx) != nil {
		_ = p.server.Close()
	}
	p.wg.Wait()
}

// Readiness is the answer of /readyz.
type Readiness struct {
	Ready bool     `json:"ready"`
	Why   []string `json:"why"`
}

// ready answers whether readers can rely on what is published.
func (d *daemon) ready(w http.ResponseWriter, r *http.Request) {
	a := d.current()
	out := Readiness{Why: []string{}}
	v, err := a.vitals(r.Context(), d.book)
	if err != nil {
		out.Why = append(out.Why, "the ledger or the published folder cannot be read; the log says more")
		a.Log.Error("readiness", "error", err)
	} else {
		out.Why = append(out.Why, a.behind(v)...)
	}
	status := http.StatusServiceUnavailable
	if out.Ready = len(out.Why) == 0; out.Ready {
		status = http.StatusOK
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // whoever asked is gone
}

func (d *daemon) metrics(w http.ResponseWriter, r *http.Request) {
	a := d.current()
	v, err := a.vitals(r.Context(), d.book)
	if err != nil {
		a.Log.Error("metrics", "error", err)
		writeText(w, http.StatusInternalServerError, "the ledger or the published folder cannot be read; the log says more\n")
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	writeText(w, http.StatusOK, metricsText(v))
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // whoever asked is gone
}
