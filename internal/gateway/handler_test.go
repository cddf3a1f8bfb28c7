package gateway

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// echo answers with what it was sent, when it has all of it.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = w.Write(body)
}

func hello(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }

func TestA57WithoutAKeyNothingIsForwarded(t *testing.T) {
	d := build(t, hello)
	for what, set := range map[string]func(r *http.Request){
		"none":          func(r *http.Request) {},
		"wrong":         func(r *http.Request) { r.Header.Set(KeyHeader, d.key[:42]+"!") },
		"empty":         func(r *http.Request) { r.Header.Set(KeyHeader, "") },
		"begin":         func(r *http.Request) { r.Header.Set(KeyHeader, d.key[:20]) },
		"as user":       func(r *http.Request) { r.SetBasicAuth(d.key, "") },
		"as bearer":     func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+d.key) },
		"in the query":  func(r *http.Request) { r.URL.RawQuery = "key=" + d.key },
		"in a cookie":   func(r *http.Request) { r.AddCookie(&http.Cookie{Name: KeyHeader, Value: d.key}) },
		"second of two": func(r *http.Request) { r.Header[KeyHeader] = []string{"x", d.key} },
	} {
		r := d.request("GET", "/orders", nil)
		r.Header.Del(KeyHeader)
		set(r)
		res, body := d.send(r)
		if res.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(res.Header.Get("WWW-Authenticate"), "Basic ") ||
			!strings.Contains(body, "bad-usage") {
			t.Errorf("%s: %d %v %s", what, res.StatusCode, res.Header, body)
		}
	}
	const none = "GET / HTTP/1.1\nHost: {host}\n\n"
	if got := d.raw(none+none, 2); !slices.Equal(got, []int{401}) {
		t.Errorf("%v: who has no key keeps a place", got)
	}
	if len(d.requests()) > 0 || d.dialled.String() != "" {
		t.Error("something was forwarded")
	}
}

func TestA57EachClientHasAKeyOfItsOwn(t *testing.T) {
	d := build(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	for key, client := range map[string]string{d.key: "one", d.other: "two"} {
		r := d.request("GET", "/", nil)
		r.Header.Set(KeyHeader, key)
		d.send(r)
		r.Header.Del(KeyHeader)
		r.SetBasicAuth("anybody", key)
		d.send(r)
		for range 2 {
			if got := <-d.problems; got != client+" api-refused" {
				t.Errorf("%s, not %s", got, client)
			}
		}
	}
	a, text := NewKey("x")
	if b, ok := KnownKey("x", text); !ok || a != b || len(text.Reveal()) != 43 {
		t.Error("a key is not known again")
	}
	for _, bad := range []string{"", "short", text.Reveal()[:42], text.Reveal() + "A", strings.Repeat("!", 43)} {
		if _, ok := KnownKey("x", secret.New(bad)); ok {
			t.Errorf("%q is a key", bad)
		}
	}
}

// A gateway can be told to listen on this computer, and nowhere else.
func TestA57OnlyOnLoopback(t *testing.T) {
	s := with(t, "https://api.example/v1")
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:80", "localhost:0", "127.0.0.1", "",
		"[fe80::1%lo]:0"} {
		if _, err := s.Listen(t.Context(), address); fault.CodeOf(err) != fault.BadUsage {
			t.Errorf("%q: %v", address, err)
		}
	}
	listeners, err := s.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listeners.Close()
	if _, err := s.Listen(t.Context(), listeners[0].Addr().String()); fault.CodeOf(err) != fault.PortsBusy {
		t.Error(err)
	}
	if _, err := New(Options{Profile: profile.Profile{ID: "acme"}}); fault.CodeOf(err) != fault.BadUsage {
		t.Error(err)
	}
}

func TestA58WebPagesAreNotAnswered(t *testing.T) {
	d := build(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	})
	for _, tt := range []struct{ name, value string }{
		{"Host", "evil.example"}, {"Host", "evil.example:80"}, {"Host", "127.0.0.1"}, {"Host", "127.0.0.1:1"}, {"Host",
			"127.1"},
		{"Host", strings.Replace(d.address, "127.0.0.1", "127.0.0.2", 1)}, {"Host", "rebind.example:" +
			strings.Split(d.address, ":")[1]},
		{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Origin", "http://" + d.address}, {"Origin",
			"http://127.0.0.1:1"},
		{"Referer", "https://evil.example/"}, {"Referer", ""}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site",
			"same-site"},
		{"Sec-Fetch-Site", "none"},
	} {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			r := d.request(method, "/", nil)
			r.Header.Set("Access-Control-Request-Method", "GET")
			if r.Header[tt.name] = []string{tt.value}; tt.name == "Host" {
				r.Host = tt.value
			}
			res, _ := d.send(r)
			if res.StatusCode != http.StatusForbidden || cors(res.Header) {
				t.Errorf("%s %v: %d %v", method, tt, res.StatusCode, res.Header)
			}
		}
	}
	if len(d.requests()) > 0 {
		t.Error("a page got through")
	}
	r := d.request("GET", "/", nil)
	r.Host = "LocalHost:" + strings.Split(d.address, ":")[1]
	if res, _ := d.send(r); res.StatusCode != http.StatusOK || cors(res.Header) {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}

func cors(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			return true
		}
	}
	return false
}

// The same request with a fragment is refused for that, before it is an address that nobody can name.
func TestAFragmentIsRefusedInWordsThatFit(t *testing.T) {
	ctx := context.WithValue(t.Context(), originKey{}, &origin{address: "127.0.0.1:8700"})
	for _, uri := range []string{"/a#b", "/a#"} {
		r := &http.Request{Method: "GET", RequestURI: uri, Host: "127.0.0.1:8700"}
		no := invalid(r.WithContext(ctx))
		if no == nil || no.status != http.StatusBadRequest || no.fault.Reason != fault.GatewayFragment {
			t.Errorf("%s: %+v", uri, no)
		}
	}
}

func TestA59OnlyTheFixedUpstream(t *testing.T) {
	d := build(t, hello)
	other := httptest.NewServer(http.HandlerFunc(hello))
	defer other.Close()
	evil := other.Listener.Addr().String()
	for _, line := range []string{
		"GET http://" + evil + "/ HTTP/1.1", "GET http://{host}/orders HTTP/1.1", "GET http://" +
			d.api.Listener.Addr().String() + "/v1/ HTTP/1.1",
		"CONNECT " + evil + " HTTP/1.1", "CONNECT {host} HTTP/1.1", "CONNECT /orders HTTP/1.1", "TRACE / HTTP/1.1",
		"OPTIONS * HTTP/1.1",
		"GET @" + evil + "/ HTTP/1.1", "GET //" + evil + "/ HTTP/1.1", "GET ///" + evil + "/ HTTP/1.1", "GET /\\" + evil +
			"/ HTTP/1.1",
		"GET /%2f%2f" + evil + "/ HTTP/1.1", "GET /%2F" + evil + " HTTP/1.1", "GET /%5c%5c" + evil + " HTTP/1.1", "GET ." +
			evil + "/ HTTP/1.1",
		"GET :80@" + evil + "/ HTTP/1.1", "GET /../admin HTTP/1.1", "GET /a/../../admin HTTP/1.1",
		"GET /%2e%2e/admin HTTP/1.1",
		"GET /%252e%252e%252fadmin HTTP/1.1", "GET /..;/admin HTTP/1.1", "GET /a%00b HTTP/1.1", "GET /a#b HTTP/1.1",
		"GET /a# HTTP/1.1", "GET  HTTP/1.1",
		"GET /a HTTP/1.1\nHost: " + evil, "GET /%zz HTTP/1.1", "GET http:/orders HTTP/1.1", "GET /a//b HTTP/1.1",
	} {
		got := d.raw(line+"\nHost: {host}\n{key}\n\n", 1)
		if len(got) != 1 || got[0] < 400 || got[0] >= 500 {
			t.Errorf("%s: %v", line, got)
		}
	}
	if len(d.requests()) > 0 || d.dialled.String() != "" {
		t.Errorf("%d were forwarded, dialled %s", len(d.requests()), d.dialled)
	}
	// What stays below goes there, whatever host it talks of.
	for path, want := range map[string]string{
		"/": "/v1/", "/@" + evil: "/v1/@" + evil, "/http:" + evil: "/v1/http:" + evil, "/a%20b/?u=//" + evil +
			"/../;x": "/v1/a%20b/?u=//" + evil + "/../;x",
		"/x?": "/v1/x?", "/?a=%zz;b&&c": "/v1/?a=%zz;b&&c",
	} {
		if got := d.raw("GET "+path+" HTTP/1.1\nHost: {host}\n{key}\n\n", 1); !slices.Equal(got, []int{200}) {
			t.Errorf("%s: %v", path, got)
			continue
		}
		all := d.requests()
		if r := all[len(all)-1]; r.RequestURI != want || r.Host != d.api.Listener.Addr().String() {
			t.Errorf("%s became %s of %s", path, r.RequestURI, r.Host)
		}
	}
	for line := range strings.Lines(d.dialled.String()) {
		if strings.TrimSpace(line) != d.api.Listener.Addr().String() {
			t.Errorf("dialled %s", line)
		}
	}
}

func TestA60RedirectsAreReturnedUntouched(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%v was followed",
			r.URL)
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{other.URL + "/steal?a=b", "//" + other.Listener.Addr().String(), "/v1/next", "../x",
			"javascript:alert(1)"} {
			d := build(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", location)
				w.WriteHeader(status)
				fmt.Fprint(w, "moved")
			})
			res, body := d.get("/")
			if res.StatusCode != status || res.Header.Get("Location") != location || body != "moved" || len(d.requests()) != 1 {
				t.Errorf("%d %s: %d %v", status, location, res.StatusCode, res.Header)
			}
		}
	}
}

func TestA61WhoTheClientSaysItIsIsLeftOut(t *testing.T) {
	d := build(t, func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "x"})
		w.Header().Set("X-Answer", "y")
	})
	text := "POST /orders HTTP/1.1\nHost: {host}\n{key}\nAuthorization: Bearer mine\nAuthorization: Bearer too\n" +
		"authorization_: Bearer x\n" +
		"AUTHORIZATION_: y\nProxy-Authorization: Basic x\nProxy_Authorization: z\nX_Keyfob_Key: k\nCookie: a=b\n" +
		"Connection: X-Hop, close, te\n" +
		"X-Hop: 1\nKeep-Alive: 5\nProxy-Connection: keep-alive\nTE: gzip\nUpgrade: h2c\nHTTP2-Settings: x\n" +
		"Forwarded: for=1\n" +
		"X-Forwarded-For: 1\nX-Forwarded-Host: evil\nX-Forwarded-Prefix: /admin\nX-Original-URL: /admin\n" +
		"X-Rewrite-URL: /admin\n" +
		"Content-Type: text/x\nX-Mine: kept\nX-Mine: twice\nAccept: a/b\nIf-None-Match: \"1\"\nContent-Length: 2\n\nhi"
	if got := d.raw(text, 1); !slices.Equal(got, []int{200}) {
		t.Fatal(got)
	}
	h := d.requests()[0].Header
	if h.Get("Authorization") != "Bearer "+oldToken || len(h["Authorization"]) != 1 || !slices.Equal(h["X-Mine"],
		[]string{"kept", "twice"}) {
		t.Error(h)
	}
	want := []string{"Accept", "Accept-Encoding", "Authorization", "Content-Length", "Content-Type", "If-None-Match",
		"X-Mine"}
	for name := range h {
		if !slices.Contains(want, name) {
			t.Errorf("%s: %s came through", name, h[name])
		}
	}
	if len(h) != len(want) {
		t.Errorf("%v", h)
	}
	if res, _ := d.get("/"); res.Header["Set-Cookie"] != nil || res.Header.Get("X-Answer") != "y" {
		t.Error(res.Header)
	}
	text = "POST / HTTP/1.1\nHost: {host}\n{key}\nConnection: close\nTransfer-Encoding: chunked\n" +
		"Trailer: Authorization, X-Keyfob-Key\n\n2\nhi\n0\nAuthorization: Bearer mine\nX-Keyfob-Key: k\n\n"
	if got := d.raw(text, 1); !slices.Equal(got, []int{200}) {
		t.Fatal(got)
	}
	seen := d.requests()
	if last := seen[len(seen)-1]; len(last.Trailer) > 0 {
		t.Errorf("trailers came through: %v", last.Trailer)
	}
}

func TestA62RequestsThatServersReadDifferently(t *testing.T) {
	d := build(t, echo)
	const end = "\nHost: {host}\n{key}\n"
	for what, text := range map[string]string{
		"two lengths":      "POST / HTTP/1.1" + end + "Content-Length: 5\nContent-Length: 6\n\nhello!",
		"a list":           "POST / HTTP/1.1" + end + "Content-Length: 5, 5\n\nhello",
		"a sign":           "POST / HTTP/1.1" + end + "Content-Length: +5\n\nhello",
		"other coding":     "POST / HTTP/1.1" + end + "Transfer-Encoding: gzip, chunked\n\n0\n\n",
		"coding twice":     "POST / HTTP/1.1" + end + "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n0\n\n",
		"fold at once":     "GET / HTTP/1.1\n X-A: b" + end + "\n",
		"name and space":   "POST / HTTP/1.1" + end + "Content-Length : 5\n\nhello",
		"no name":          "GET / HTTP/1.1" + end + ": x\n\n",
		"two hosts":        "GET / HTTP/1.1\nHost: evil.example" + end + "\n",
		"no host":          "GET / HTTP/1.1\n{key}\n\n",
		"HTTP/0.9":         "GET /\n\n",
		"HTTP/2's preface": "PRI * HTTP/2.0\n\nSM\n\n",
		"a NUL":            "GET / HTTP/1.1" + end + "X-A: b\x00c\n\n",
	} {
		got := d.raw(text, 2)
		if len(got) != 1 || got[0] != 400 && got[0] != 501 && got[0] != 403 && got[0] != 505 {
			t.Errorf("%s: %v", what, got)
		}
		if strings.Contains(what, "length") && got[0] != 400 {
			t.Errorf("%s: %v", what, got)
		}
	}
	if len(d.requests()) > 0 {
		t.Errorf("%d got through", len(d.requests()))
	}
}

// What net/http mends reaches the API mended: the request is written anew, with one length and no folded lines.
func TestA62WhatIsMendedIsWrittenAnew(t *testing.T) {
	const end = "\nHost: {host}\n{key}\nConnection: close\n"
	for what, tt := range map[string]struct{ text, body string }{
		"CL and TE": {"POST / HTTP/1.1" + end + "Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n", ""},
		"TE and CL": {"POST / HTTP/1.1" + end + "transfer-encoding: chunked\ncontent-length: 4\n\n5\nhello\n0\n\n",
			"hello"},
		"one length, twice": {"POST / HTTP/1.1" + end + "Content-Length: 5\nContent-Length: 5\n\nhello", "hello"},
		"obs-fold":          {"GET / HTTP/1.1" + end + "X-A: b\n c\n\n", ""},
		"obs-fold, tab":     {"GET / HTTP/1.1" + end + "X-A: b\n\tc\n\n", ""},
		"a folded length":   {"POST / HTTP/1.1" + end + "Content-Length:\n 5\n\nhello", "hello"},
	} {
		var body []byte
		d := build(t, func(_ http.ResponseWriter, r *http.Request) { body, _ = io.ReadAll(r.Body) })
		if got := d.raw(tt.text, 2); !slices.Equal(got, []int{200}) || len(d.requests()) != 1 {
			t.Errorf("%s: %v, %d requests", what, got, len(d.requests()))
			continue
		}
		r := d.requests()[0]
		lengths := len(r.Header["Content-Length"]) + len(r.TransferEncoding)
		if string(body) != tt.body || lengths > 1 || strings.ContainsAny(r.Header.Get("X-A"), "\r\n\t") {
			t.Errorf("%s: %v %v %q", what, r.Header, r.TransferEncoding, body)
		}
	}
}

// One connection is used for one request after another, also where a client does not wait for the response.
func TestA62OneAfterAnother(t *testing.T) {
	d := build(t, echo)
	tr := &http.Transport{MaxConnsPerHost: 1}
	defer tr.CloseIdleConnections()
	for i := range 20 {
		body := strings.Repeat("a: b\r\n c\r\n\r\n", i*50)
		r := d.request("POST", "/", strings.NewReader(body))
		if i%2 == 1 {
			r.ContentLength, r.Body = -1, io.NopCloser(io.MultiReader(strings.NewReader(body), strings.NewReader("")))
		}
		res, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != 200 || string(got) != body {
			t.Fatalf("%d: %d, %d bytes of %d", i, res.StatusCode, len(got), len(body))
		}
	}
	const one = "GET / HTTP/1.1\nHost: {host}\n{key}\n\n"
	if got := d.raw(one+one+one, 3); !slices.Equal(got, []int{200, 200, 200}) {
		t.Errorf("pipelined: %v", got)
	}
}

func TestA63WebSocketIsRefused(t *testing.T) {
	d := build(t, hello)
	const socket = "GET / HTTP/1.1\nHost: {host}\n{key}\nConnection: Upgrade\nUpgrade: %s\nSec-WebSocket-Version: 13\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n"
	for _, protocol := range []string{"websocket", "WebSocket", "h2c, websocket", "TLS/1.0"} {
		if got := d.raw(fmt.Sprintf(socket, protocol), 1); !slices.Equal(got, []int{501}) {
			t.Errorf("%s: %v", protocol, got)
		}
	}
	if len(d.requests()) > 0 {
		t.Error("one got through")
	}
	// An API that switches without being asked is not followed.
	d = build(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, out, err := http.NewResponseController(w).Hijack()
		if err == nil {
			fmt.Fprint(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nraw")
			out.Flush()
			conn.Close()
		}
	})
	if res, body := d.get("/"); res.StatusCode != http.StatusBadGateway || strings.Contains(body, "raw") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestA64UpstreamTLSIsVerified(t *testing.T) {
	api := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%v arrived",
			r.Header)
	}))
	defer api.Close()
	api.Config.ErrorLog = nil
	d := &fixture{t: t, tokens: &tokens{}, problems: make(chan string, 8), log: &buffer{}, dialled: &buffer{}}
	d.open(Options{Profile: profile.Profile{ID: "acme", API: &profile.API{BaseURLs: []string{api.URL}}}})
	res, body := d.get("/")
	if res.StatusCode != http.StatusBadGateway || !strings.Contains(body, "tls-failure") ||
		<-d.problems != "one tls-failure" {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if strings.Contains(d.log.String()+body+fmt.Sprint(res.Header), oldToken) {
		t.Error("the token is in the answer or the log")
	}
	if _, err := tls.Dial("tcp", api.Listener.Addr().String(),
		nil); err == nil {
		t.Error("the certificate is a good one: nothing was tried")
	}
}

// Nothing that goes to a client or into the log has the token in it, whatever the API does with it.
func TestA64TheTokenDoesNotComeBack(t *testing.T) {
	d := build(t, func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("Authorization")
		w.Header().Set("Link", "</early?"+token+">")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("X-Echo", token)
		w.Header().Set("Location", "/v1/?access_token="+strings.TrimPrefix(token, "Bearer "))
		w.Header().Set("Www-Authenticate", `Bearer error="invalid_request", error_description="`+token+`"`)
		w.Header().Set("Trailer", "X-End")
		switch r.URL.Path {
		case "/v1/refused":
			w.WriteHeader(http.StatusUnauthorized)
		case "/v1/broken":
			w.Header().Set("Content-Length", "9999")
		}
		fmt.Fprint(w, r.Header)
		w.Header().Set("X-End", token)
	})
	for _, path := range []string{"/", "/refused"} {
		res, body := d.get(path)
		if all := fmt.Sprint(res.Header, res.Trailer, body); strings.Contains(all, oldToken) || !strings.Contains(all,
			"redacted") {
			t.Errorf("%s: %s", path, all)
		}
	}
	if wire := d.wire("/broken"); strings.Contains(wire, oldToken) {
		t.Error(wire)
	}
	if wire := d.wire("/"); strings.Contains(wire, oldToken) || strings.Contains(wire, " 103 ") || !strings.Contains(wire,
		"****") {
		t.Error(wire)
	}
	if log := d.log.String(); strings.Contains(log, oldToken) || strings.Contains(log, d.key) || !strings.Contains(log,
		"api-unauthorized") {
		t.Error(log)
	}
}

// wire is all that comes over a connection as the response for path, to its end.
func (f *fixture) wire(path string) string {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.address)
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nConnection: close\r\n\r\n", path, f.address, KeyHeader,
		f.key)
	all, err := io.ReadAll(conn)
	if err != nil {
		f.t.Error(err)
	}
	return string(all)
}
