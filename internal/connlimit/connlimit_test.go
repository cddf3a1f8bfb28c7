package connlimit

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A connection that was not read from yet is not closed, however long that takes on a busy machine.
func TestA14TheMomentBeginsWhenWeListen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1)
		ours, theirs := net.Pipe()
		defer func() { _ = ours.Close() }()
		c := &conn{Conn: theirs, limit: l}
		l.add(c)
		time.Sleep(time.Hour)
		if wait := l.add(&conn{}); wait != Grace {
			t.Errorf("a connection that was not read from has %v left", wait)
		}
		go func() { _, _ = c.Read(make([]byte, 1)) }()
		synctest.Wait()
		time.Sleep(Grace / 2)
		if wait := l.add(&conn{}); wait != Grace/2 {
			t.Errorf("after half its grace it has %v left", wait)
		}
		time.Sleep(Grace / 2)
		if wait := l.add(&conn{}); wait != 0 || l.Open() != 1 || l.open[0] == c {
			t.Errorf("after its grace it has %v left", wait)
		}
		if _, err := ours.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("it was not closed: %v", err)
		}
	})
}

// Two listeners share one limit. An exempted connection is neither counted nor closed to make room; a request without
// a limited connection has nothing to exempt.
func TestA75ListenersShareALimitAndAnExemptedConnectionStays(t *testing.T) {
	limit := New(1)
	server := &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		ConnContext:       ConnContext,
		Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/known" {
				Exempt(r.Context())
			}
		}),
	}
	var addresses []string
	ended := make(chan error)
	for range 2 {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, inner.Addr().String())
		go func() { ended <- server.Serve(limit.Listener(inner)) }()
	}
	defer func() {
		_ = server.Close()
		_, _ = <-ended, <-ended
	}()
	known := dial(t, addresses[0])
	ask(t, known, "/known")
	if n := limit.Open(); n != 0 {
		t.Errorf("%d connections count", n)
	}
	stranger := dial(t, addresses[0])
	ask(t, stranger, "/")
	ask(t, dial(t, addresses[1]), "/") // makes the stranger leave
	if _, err := stranger.Read(make([]byte, 1)); err == nil {
		t.Error("the oldest connection was not closed")
	}
	ask(t, known, "/known")
	Exempt(t.Context())
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func ask(t *testing.T, c net.Conn, path string) {
	t.Helper()
	_, _ = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	answer := make([]byte, 512)
	n, err := c.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 200") {
		t.Errorf("%s: %q, %v", path, answer[:n], err)
	}
}
