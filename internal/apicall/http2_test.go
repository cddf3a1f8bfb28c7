package apicall

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// All that is asked of an API goes over one connection of HTTP/2. One that died while the laptop slept must not hold up
// what is asked afterwards until the system gives it up, which takes a quarter of an hour.
func TestADeadConnectionIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dialled []*cuttable
		listener := newPipes(t)
		api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.Proto)
		}))
		api.Listener.Close()
		api.Listener, api.EnableHTTP2 = listener, true
		api.StartTLS()
		defer api.Close()
		base := NewBase()
		defer base.CloseIdleConnections()
		base.TLSClientConfig = &tls.Config{RootCAs: api.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
		base.DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			listener.incoming <- theirs
			dialled = append(dialled, &cuttable{Conn: ours})
			return dialled[len(dialled)-1], nil
		}
		if got, err := get(t, base); got != "HTTP/2.0" || err != nil {
			t.Fatal(got, err)
		}
		dialled[0].dead.Store(true)
		asked := time.Now()
		if _, err := get(t, base); err == nil {
			t.Error("a dead connection brought an answer")
		}
		if took := time.Since(asked); took > time.Minute {
			t.Errorf("it was found after %v", took)
		}
		if got, err := get(t, base); got != "HTTP/2.0" || err != nil || len(dialled) != 2 {
			t.Error(got, err, len(dialled))
		}
	})
}

func get(t *testing.T, base http.RoundTripper) (string, error) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com/", nil)
	if err != nil {
		return "", err
	}
	res, err := base.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	return string(all), err
}

// cuttable is a connection that swallows what is sent once it is dead.
type cuttable struct {
	net.Conn
	dead atomic.Bool
}

func (c *cuttable) Write(b []byte) (int, error) {
	if c.dead.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// pipes is a listener within the process.
type pipes struct {
	incoming chan net.Conn
	open     context.Context
	close    func()
}

func newPipes(t *testing.T) *pipes {
	open, leave := context.WithCancel(t.Context())
	return &pipes{make(chan net.Conn), open, leave}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.incoming:
		return conn, nil
	case <-p.open.Done():
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
