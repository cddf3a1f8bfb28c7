package oauthflow

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/assets"
	"keyfob/internal/connlimit"
	"keyfob/internal/secret"
)

// pipes is a listener without a network, so that the callback's server can be tested on a fake clock.
type pipes struct {
	arriving chan net.Conn
	closed   chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.arriving:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.arriving <- theirs
	return ours
}

func waiting(t *testing.T) (*loopback, *pipes) {
	t.Helper()
	a := attempt{redirectURI: "http://127.0.0.1:1/callback", state: secret.New("s")}
	l := newLoopback(a, slog.New(slog.DiscardHandler))
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	l.serve([]net.Listener{p})
	return l, p
}

// Who does not say what they want is cut in time, whatever they drip meanwhile.
func TestA14StrangersAreCutInTime(t *testing.T) {
	for what, tt := range map[string]struct{ says, drips string }{
		"silent":                  {"", ""},
		"a byte now and then":     {"", "x"},
		"half a request":          {"GET /callback HTTP/1.1\r\n", ""},
		"nothing more":            {"GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", ""},
		"an endless header":       {"GET /callback HTTP/1.1\r\nX: ", "x"},
		"a body that never comes": {"POST /callback HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Length: 9\r\n\r\n", "x"},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, p := waiting(t)
				defer l.close()
				conn := p.dial()
				start := time.Now()
				_, _ = io.WriteString(conn, tt.says)
				var dripping sync.WaitGroup
				defer dripping.Wait()
				dripping.Go(func() {
					for range int(2 * requestWait / time.Second) {
						time.Sleep(time.Second)
						_, _ = io.WriteString(conn, tt.drips)
					}
				})
				_, _ = io.Copy(io.Discard, conn)
				if took := time.Since(start); took != requestWait {
					t.Errorf("cut after %v", took)
				}
			})
		})
	}
}

// Who does not take the response is cut as well.
func TestA14StrangersWhoDoNotListenAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := waiting(t)
		defer l.close()
		conn := p.dial()
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")
		time.Sleep(responseTime + time.Second)
		if n := l.limit.Open(); n != 0 {
			t.Errorf("%d still there", n)
		}
	})
}

// The result page waits as long as the longest exchange does.
func TestTheResultPageIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := waiting(t)
		conn := p.dial()
		answers := bufio.NewReader(conn)
		get := func(path string) *http.Response {
			_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", path)
			res, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatal(err)
			}
			return res
		}
		to := get("/callback?code=c&state=s").Header.Get("Location")
		if cb, ok := l.wait(t.Context(), nil); !ok || cb.code.Reveal() != "c" {
			t.Fatal("no callback")
		}
		start := time.Now()
		go func() {
			time.Sleep(discoveryTime + requestTime)
			l.finish(t.Context(), assets.Result{OK: true, App: "Acme"}, time.After(deliveryTime))
		}()
		res := get(to)
		body := make([]byte, res.ContentLength)
		_, err := io.ReadFull(res.Body, body)
		if took := time.Since(start); took != discoveryTime+requestTime || err != nil || res.StatusCode != 200 {
			t.Errorf("%d after %v, %v", res.StatusCode, took, err)
		}
		contains(t, string(body), "signed in to Acme")
		synctest.Wait()
	})
}

// A browser that never fetches the page holds the listener no longer than two seconds.
func TestC04A17FinishIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := waiting(t)
		start := time.Now()
		l.finish(t.Context(), assets.Result{}, time.After(deliveryTime))
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("closed after %v", took)
		}
		if _, err := p.Accept(); err == nil {
			t.Error("it still listens")
		}
	})
}

// A connection that still waits when the listener closes is not served.
func TestA17NobodyComesInAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := waiting(t)
		for range maxConnections {
			defer func(conn net.Conn) { _ = conn.Close() }(p.dial())
		}
		late := p.dial()
		start := time.Now()
		l.close()
		_, _ = io.Copy(io.Discard, late)
		if took := time.Since(start); took > connlimit.Grace {
			t.Errorf("cut after %v", took)
		}
	})
}

// Who has cancelled does not wait for a browser that never fetches the page.
func TestA17CancelEndsTheDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := waiting(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		l.finish(ctx, assets.Result{}, time.After(deliveryTime))
		if took := time.Since(start); took != 0 {
			t.Errorf("closed after %v", took)
		}
		if _, err := p.Accept(); err == nil {
			t.Error("it still listens")
		}
	})
}

// Cancel and time-out end it at once: neither strangers nor a browser that waits for its page hold it.
func TestA17CloseWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, p := waiting(t)
		l.page = "/page"
		conns := []net.Conn{p.dial(), p.dial(), p.dial()}
		for i, says := range []string{"", "GET /callback", "GET /page HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"} {
			_, _ = io.WriteString(conns[i], says)
		}
		start := time.Now()
		l.close()
		for _, conn := range conns {
			if got, _ := io.ReadAll(conn); len(got) > 0 {
				t.Errorf("answered %q", got)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("closed after %v", took)
		}
		if _, err := p.Accept(); err == nil {
			t.Error("it still listens")
		}
	})
}
