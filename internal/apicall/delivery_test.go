package apicall

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/fault"
)

// An API that acts on a request and then resets its stream, or takes its leave, is not asked again for what changes
// something, and for the rest not without end.
func TestC50NetHTTPDoesNotRepeatOverHTTP2WhatMayHaveBeenDone(t *testing.T) {
	for name, c := range map[string]struct {
		method string
		frame  []byte // that answers each request, with the stream's id from byte 5 on where it is not 0
		most   int32
		code   fault.Code
	}{
		"POST, reset":   {"POST", []byte{0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 1}, 1, fault.APIUnanswered},
		"DELETE, reset": {"DELETE", []byte{0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 1}, 1, fault.APIUnanswered},
		"GET, reset":    {"GET", []byte{0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 1}, maxNewConns, fault.Offline},
		"POST, GOAWAY":  {"POST", []byte{0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1, fault.APIUnanswered},
	} {
		t.Run(name, func(t *testing.T) {
			s := &resetting{frame: c.frame}
			base := s.serve(t)
			tr := &Transport{Profile: profileOf(s.url), Credentials: CredentialsOf(&tokenSource{}), Base: base}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			var body io.Reader
			if c.method == "POST" {
				body = strings.NewReader("pay=100")
			}
			req, err := http.NewRequestWithContext(ctx, c.method, s.url+"/pay", body)
			if err != nil {
				t.Fatal(err)
			}
			_, err = tr.RoundTrip(req)
			if n := s.acted.Load(); n < 1 || n > c.most || fault.CodeOf(err) != c.code {
				t.Errorf("it was asked %d times, and the caller hears %v", n, err)
			}
		})
	}
}

// resetting is an API that speaks just so much HTTP/2 that it can answer each request with a frame.
type resetting struct {
	frame []byte
	url   string
	acted atomic.Int32
}

func (r *resetting) serve(t *testing.T) *http.Transport {
	certified := httptest.NewUnstartedServer(nil)
	certified.EnableHTTP2 = true
	certified.StartTLS()
	t.Cleanup(certified.Close)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certified.TLS.Certificates,
		NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	var visits sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() { cancel(); l.Close(); visits.Wait() })
	visits.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { conn.Close() }) // the client may keep it for another request
			visits.Go(func() { r.answer(conn) })
		}
	})
	r.url = "https://" + l.Addr().String()
	base := NewBase()
	t.Cleanup(base.CloseIdleConnections)
	base.TLSClientConfig = &tls.Config{RootCAs: certified.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	return base
}

// answer reads frames (RFC 9113 §4.1) until the client hangs up.
func (r *resetting) answer(conn net.Conn) {
	const headers, data, settings, endStream, preface = 1, 0, 4, 1, 24
	defer conn.Close()
	_, _ = io.CopyN(io.Discard, conn, preface)
	_, _ = conn.Write([]byte{0, 0, 0, settings, 0, 0, 0, 0, 0})
	for head := make([]byte, 9); ; {
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		_, _ = io.CopyN(io.Discard, conn, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
		switch kind, flags := head[3], head[4]; {
		case kind == settings && flags == 0:
			_, _ = conn.Write([]byte{0, 0, 0, settings, 1, 0, 0, 0, 0})
		case (kind == headers || kind == data) && flags&endStream != 0:
			r.acted.Add(1)
			answer := append([]byte{}, r.frame...)
			if kind := answer[3]; kind == 3 { // a reset is of one stream, GOAWAY of all
				binary.BigEndian.PutUint32(answer[5:], binary.BigEndian.Uint32(head[5:]))
			}
			_, _ = conn.Write(answer)
		}
	}
}

// Whoever waits for a turn takes a token afterwards: it would age meanwhile.
func TestATokenIsTakenWhenItIsTheRequestsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &tokenSource{}
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(p),
			Base: base(func(*http.Request) (*http.Response, error) { return says(200, ""), nil })}
		tr.Profile.MaxRequestsPerSecond = 1
		must(t, tr, "GET", "https://api.example/", nil)
		req, _ := http.NewRequestWithContext(t.Context(), "GET", "https://api.example/", nil)
		go func() {
			if res, err := tr.RoundTrip(req); err == nil {
				res.Body.Close()
			}
		}()
		for want := 1; want <= 2; want++ {
			synctest.Wait()
			p.mu.Lock()
			if p.asked != want {
				t.Errorf("%d tokens were asked for, want %d", p.asked, want)
			}
			p.mu.Unlock()
			time.Sleep(time.Second)
		}
	})
}

// The third request of a second is the one that goes out again after a renewal: it has its turn like any other.
func TestARepetitionWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		calls := 0
		tr := &Transport{Profile: profileOf("https://api.example"), Credentials: CredentialsOf(&tokenSource{}),
			Base: base(func(*http.Request) (*http.Response, error) {
				if calls++; calls == 1 {
					return says(401, "", `Www-Authenticate: Bearer error="invalid_token"`), nil
				}
				return says(200, ""), nil
			})}
		tr.Profile.MaxRequestsPerSecond = 0.5
		if a := must(t, tr, "GET", "https://api.example/", nil); a.status != 200 || calls != 2 ||
			time.Since(began) != 2*time.Second {
			t.Errorf("%+v after %d requests, %v", a, calls, time.Since(began))
		}
	})
}
