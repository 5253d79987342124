package placetest

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy is a line to a server that can be cut.
type Proxy struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	after int64 // bytes from the server after which the next lines break
	cuts  int   // how many lines break
	down  bool
	sent  int64
}

// NewProxy starts a line to an address. It ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, target: target}
	var lines sync.WaitGroup
	lines.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			lines.Go(func() { p.carry(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		lines.Wait()
	})
	return p
}

// Addr is where the line begins.
func (p *Proxy) Addr() *net.TCPAddr { return p.listener.Addr().(*net.TCPAddr) }

// Cut has the next lines break once the server has sent so many bytes.
func (p *Proxy) Cut(after int64, lines int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.after, p.cuts = after, lines
}

// Down has every line refused, or no longer.
func (p *Proxy) Down(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Sent returns how many bytes servers have sent so far.
func (p *Proxy) Sent() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}

// next returns after how many bytes a new line breaks, -1 for never.
func (p *Proxy) next() (after int64, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cuts == 0 {
		return -1, p.down
	}
	p.cuts--
	return p.after, p.down
}

func (p *Proxy) carry(client net.Conn) {
	defer func() { _ = client.Close() }()
	after, down := p.next()
	if down {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(server, client) // ends when either side does
		_ = server.Close()
	}()
	buf := make([]byte, 16<<10)
	for n := int64(0); ; {
		k, err := server.Read(buf)
		if after >= 0 && n+int64(k) > after {
			k, err = int(after-n), errors.New("cut")
		}
		if k > 0 {
			if _, werr := client.Write(buf[:k]); werr != nil {
				return
			}
			n += int64(k)
			p.mu.Lock()
			p.sent += int64(k)
			p.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}
