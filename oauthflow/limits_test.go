package oauthflow

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/connlimit"
)

// What is too large is refused, and the flow lives.
func TestA15LargeHeadersAndQueries(t *testing.T) {
	strangers(t, func(_ *browser, callback string, _ account.Attempt) {
		u, _ := url.Parse(callback)
		for _, tt := range []struct {
			start, header string
			want          int
		}{
			{u.RequestURI(), "X: " + strings.Repeat("x", maxHead), http.StatusRequestHeaderFieldsTooLarge},
			{u.RequestURI(), strings.Repeat("X: x\r\n", maxHead/6) + "X: x", http.StatusRequestHeaderFieldsTooLarge},
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

// A browser that is slow to ask is not pushed out by those who came after it, as fast as they may come: everybody has
// a moment, and the newcomers wait.
func TestA14EverybodyHasAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := waiting(t)
		defer l.close()
		rush := func(n int) {
			for range n {
				conn := p.dial()
				go func() { _, _ = io.Copy(io.Discard, conn) }()
			}
		}
		rush(3 * maxConnections)
		browser := p.dial()
		go rush(3 * maxConnections)
		time.Sleep(connlimit.Grace - time.Millisecond)
		_, _ = fmt.Fprint(browser, "GET /callback?code=c&state=s HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")
		answer := make([]byte, len("HTTP/1.1 303"))
		if _, err := io.ReadFull(browser, answer); err != nil || string(answer) != "HTTP/1.1 303" {
			t.Errorf("the browser got %q, %v", answer, err)
		}
		time.Sleep(10 * connlimit.Grace)
		if _, err := browser.Write([]byte("G")); err != nil {
			t.Errorf("it had shown the state, and was cut: %v", err)
		}
		synctest.Wait()
		if n := l.limit.Open(); n != maxConnections {
			t.Errorf("%d connections count", n)
		}
	})
}

// The limit forgets a connection that has ended, and one that was exempted is not cut.
func TestA14GuestsLeaveAndAreKept(t *testing.T) {
	l, p := waiting(t)
	defer l.close()
	stranger, browser := p.dial(), p.dial()
	if n := l.limit.Open(); n < 1 { // the second may not be accepted yet
		t.Errorf("%d connections", n)
	}
	for path, want := range map[string]string{"/callback?code=c&state=s": "303", "/other": "404"} {
		conn := stranger
		if want == "303" {
			conn = browser
		}
		_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n", path)
		answer, _ := io.ReadAll(conn)
		if !strings.HasPrefix(string(answer), "HTTP/1.1 "+want) {
			t.Errorf("%s: %.40q", path, answer)
		}
	}
	if n := l.limit.Open(); n != 0 {
		t.Errorf("%d stay for ever", n)
	}
}
