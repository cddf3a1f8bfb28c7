package oauthflow

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keyfob/account"
)

// A14: a thousand idle connections and a thousand half requests do not keep the browser out.
func TestA14IdleConnectionsDoNotBlockTheCallback(t *testing.T) {
	p := newProvider(t)
	var idle []net.Conn
	defer func() {
		for _, c := range idle {
			_ = c.Close()
		}
	}()
	crowd := func(host, half string) {
		for range 1000 {
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = fmt.Fprint(conn, half)
			idle = append(idle, conn)
		}
	}
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		u, _ := url.Parse(callback)
		crowd(u.Host, "")
		crowd(u.Host, "GET /callback")
		return b.follow(callback)
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	contains(t, s.page().body, "signed in to")
}

// A15: what is too large is refused, and the flow lives.
func TestA15LargeHeadersAndQueries(t *testing.T) {
	strangers(t, func(_ *browser, callback string, _ account.Attempt) {
		u, _ := url.Parse(callback)
		for _, tt := range []struct {
			start, header string
			want          int
		}{
			{u.RequestURI(), "X: " + strings.Repeat("x", maxHead), http.StatusRequestHeaderFieldsTooLarge},
			{u.RequestURI() + "&x=" + strings.Repeat("x", maxQuery), "X: x", http.StatusRequestURITooLong},
			{"/" + strings.Repeat("x", maxHead), "X: x", http.StatusRequestHeaderFieldsTooLarge},
			{"/callback?" + strings.Repeat("x", maxQuery), "X: " + strings.Repeat("x", 2000), http.StatusBadRequest},
		} {
			v := raw(t, u.Host, "GET "+tt.start+" HTTP/1.1", "Host: "+u.Host, tt.header)
			if v.status != tt.want {
				t.Errorf("%d and %d bytes: %d, want %d", len(tt.start), len(tt.header), v.status, tt.want)
			}
		}
	})
}

// While the browser waits for its page, its connection is not counted, and so not cut.
func TestTheCrowdKeepsTheBrowsersConnection(t *testing.T) {
	c := &crowd{limit: 1}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		before := len(c.open)
		c.keep(r.Context())
		if before != 1 || len(c.open) != 0 {
			t.Errorf("%d connections before, %d after", before, len(c.open))
		}
	}), c)
	go func() { _ = server.Serve(listener) }()
	if v := newBrowser(t).get("http://" + listener.Addr().String()); v.err != nil {
		t.Error(v.err)
	}
	_ = server.Close()
}

func TestCrowdCutsTheOldestThatIsNotKept(t *testing.T) {
	c := &crowd{limit: 2}
	var server, client [4]net.Conn
	for i := range server {
		server[i], client[i] = net.Pipe()
		defer func() { _ = client[i].Close() }()
		c.changed(server[i], http.StateNew)
		if i == 0 {
			c.keep(c.context(t.Context(), server[0]))
		}
	}
	if len(c.open) != 2 || c.open[0] != server[2] {
		t.Errorf("%d are left", len(c.open))
	}
	if _, err := server[1].Write(nil); err == nil {
		t.Error("the oldest was not cut")
	}
	for _, conn := range server {
		c.changed(conn, http.StateClosed)
		_ = conn.Close()
	}
	if len(c.open) != 0 {
		t.Errorf("%d stay for ever", len(c.open))
	}
}
