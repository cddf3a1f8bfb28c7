package oauthflow

import (
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/assets"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// FuzzCallback writes any bytes to a connection of the whole callback server, on a fake clock. Only bytes that hold a
// GET of the callback at the right host with the true state may touch the attempt, however often they do; and no
// response leads away, opens itself to another origin or repeats the state.
func FuzzCallback(f *testing.F) {
	const state, host, page = "state-0123456789", "127.0.0.1:17171", "/done/PAGE"
	const end = " HTTP/1.1\r\nHost: " + host + "\r\n"
	for _, seed := range []string{
		"GET /callback?code=c&state=" + state + end + "\r\n",
		"GET /callback?code=c&state=" + state + end + "\r\nGET " + page + end + "\r\n",
		"GET /callback?code=c&state=" + state + end + "\r\nGET /callback?code=d&state=" + state + end + "\r\n", // A2
		"GET /callback?code=c&state=x" + end + "Sec-Fetch-Dest: document\r\n\r\n",                              // A1
		"GET /callback?state=" + state + "&state=x" + end + "\r\n",
		"GET /callback?iss=https%3A%2F%2Fevil.example&code=c&state=" + state + end + "\r\n",            // A5
		"GET /callback?error=access_denied&error_description=%3Cb%3E&state=" + state + end + "\r\n",    // A6
		"GET /callback?code=c&code=d&error=e&state=" + state + end + "\r\n",                            // A7
		"GET http://evil.example/callback?state=" + state + end + "\r\n",                               // A8
		"GET /callback?code=c&state=" + state + " HTTP/1.1\r\nHost: 0.0.0.0:17171\r\n\r\n",             //
		"GET /callback?code=c&state=" + state + end + "Sec-Fetch-Dest: image\r\n\r\n",                  // A9
		"OPTIONS /callback" + end + "Origin: https://a\r\nAccess-Control-Request-Method: GET\r\n\r\n",  //
		"HEAD /favicon.ico" + end + "\r\nOPTIONS *" + end + "\r\nGET //evil.example/.." + end + "\r\n", // A10
		"POST /callback?code=c&state=" + state + end + "\r\n",
		"POST /callback" + end + "Content-Length: 22\r\n\r\nstate=" + state,                               // A11
		"GET /callback?code=" + strings.Repeat("c", maxQuery) + "&state=" + state + end + "\r\n",          // A15
		"GET /callback?code=c&state=" + state + end + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", // smuggling
		"GET " + page + end + "\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x00\x05hello", "GET /callback\r\n",
	} {
		f.Add([]byte(seed))
	}
	location := regexp.MustCompile(`(?i)\nlocation: *([^\r\n]*)`)
	f.Fuzz(func(t *testing.T, sent []byte) {
		synctest.Test(t, func(t *testing.T) {
			l := newLoopback(attempt{
				profile: profile.Profile{ID: "x"}, meta: metadata{Issuer: "https://a.example/"},
				redirectURI: "http://" + host + "/callback", state: secret.New(state),
			}, slog.New(slog.DiscardHandler))
			l.page = page
			var complaints bytes.Buffer
			l.server.ErrorLog = log.New(&complaints, "", 0)
			got := overTheWire(l, sent)

			taken, true303 := len(l.arrived), strings.Count(got, "\nLocation: "+page+"\r\n")
			if plain := unescaped(sent); taken > 0 && (!strings.Contains(plain, state) ||
				!strings.Contains(plain, "GET /callback?") || !strings.Contains(plain, host)) {
				t.Errorf("%q touched the attempt", sent)
			}
			if taken != true303 || len(location.FindAllString(got, -1)) != true303 {
				t.Errorf("%q: %d callbacks taken, answer %q", sent, taken, got)
			}
			if strings.Contains(strings.ToLower(got), "\naccess-control-") || strings.Contains(got, state) {
				t.Errorf("%q was answered with %q", sent, got)
			}
			if strings.Contains(complaints.String(), "panic") {
				t.Errorf("%q: %s", sent, &complaints)
			}
		})
	})
}

// overTheWire serves one connection on which somebody says sent, and the sign-in then ends well. It returns all that
// was answered.
func overTheWire(l *loopback, sent []byte) string {
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	l.serve([]net.Listener{p})
	conn := p.dial()
	var wire sync.WaitGroup
	wire.Go(func() { _, _ = conn.Write(sent) })
	var got []byte
	wire.Go(func() { got, _ = io.ReadAll(conn) })
	synctest.Wait()
	l.finish(context.Background(), assets.Result{OK: true, App: "Acme"}, time.After(requestWait))
	wire.Wait()
	return string(got)
}

// unescaped is what bytes say when every %XX in them is read.
func unescaped(b []byte) string {
	return regexp.MustCompile(`%[0-9a-fA-F]{2}`).ReplaceAllStringFunc(string(b), func(escape string) string {
		plain, _ := url.PathUnescape(escape)
		return plain
	})
}
