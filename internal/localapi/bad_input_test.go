package localapi

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// good is a call as it should be; it hands out the token.
const good = "POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: keyfob\r\nContent-Length: 14\r\n\r\n{\"min_ttl\":60}"

// conversation sends raw bytes on a connection of its own, and then a good call. It returns the statuses of what comes
// back until the server hangs up, or until the good call was answered.
func conversation(t *testing.T, path, raw string) (statuses []int, served bool) {
	t.Helper()
	conn := connect(t, path)
	go io.WriteString(conn, raw+good)
	method, _, _ := strings.Cut(raw, " ")
	answers := bufio.NewReader(conn)
	for ; ; method = http.MethodPost {
		res, err := http.ReadResponse(answers, &http.Request{Method: method})
		if err != nil {
			return statuses, false
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return statuses, false
		}
		if strings.Contains(string(body), "at-canary") {
			return statuses, true
		}
		statuses = append(statuses, res.StatusCode)
	}
}

// TestA52WhatIsRefusedHarmsNoCallAfterIt: each request is refused, nothing of it is done, and the agent serves on: on
// the same connection where what was sent has a clear end, else on the next.
func TestA52WhatIsRefusedHarmsNoCallAfterIt(t *testing.T) {
	const post = "POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: keyfob\r\n"
	const get = "GET /v1/status HTTP/1.1\r\nHost: keyfob\r\n"
	const chunked = "Transfer-Encoding: chunked\r\n"
	long := strings.Repeat("x", bodyBytes+1)
	for name, c := range map[string]struct {
		raw    string
		want   int
		closes bool
	}{
		"not JSON":         {post + "Content-Length: 1\r\n\r\n{", 400, false},
		"unknown member":   {post + "Content-Length: 17\r\n\r\n{\"scope\":\"admin\"}", 400, false},
		"too large":        {post + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(long), long), 413, false},
		"no such request":  {"GET /v1/secrets HTTP/1.1\r\nHost: keyfob\r\n\r\n", 404, false},
		"other method":     {"PUT /v1/status HTTP/1.1\r\nHost: keyfob\r\n\r\n", 405, false},
		"head of a stream": {"HEAD /v1/watch HTTP/1.1\r\nHost: keyfob\r\n\r\n", 405, false},
		"a detour":         {"GET /v1/profiles/../status HTTP/1.1\r\nHost: keyfob\r\n\r\n", 404, false},
		"two slashes":      {"GET //v1/status HTTP/1.1\r\nHost: keyfob\r\n\r\n", 404, false},
		"an escaped slash": {"POST /v1/profiles/..%2frhythm/token HTTP/1.1\r\nHost: keyfob\r\n\r\n", 404, false},
		"the whole server": {"OPTIONS * HTTP/1.1\r\nHost: keyfob\r\n\r\n", 404, false},
		"other host":       {"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n", 421, false},
		"other URL":        {"GET http://evil.example/v1/status HTTP/1.1\r\nHost: keyfob\r\n\r\n", 421, false},
		"a web page":       {get + "Origin: null\r\n\r\n", 403, false},
		"control in an id": {"POST /v1/profiles/a%1b%5b2J/token HTTP/1.1\r\nHost: keyfob\r\n\r\n", 400, false},

		"control in a header":  {get + "X: a\x1b[2Jb\r\n\r\n", 400, true},
		"control in the line":  {"GET /v1/st\x00atus HTTP/1.1\r\nHost: keyfob\r\n\r\n", 400, true},
		"space before a colon": {get + "X : y\r\n\r\n", 400, true},
		"two hosts":            {get + "Host: evil.example\r\n\r\n", 400, true},
		"no host":              {"GET /v1/status HTTP/1.1\r\n\r\n", 400, true},
		"two lengths":          {post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, true},
		"a list of lengths":    {post + "Content-Length: 2, 2\r\n\r\n{}", 400, true},
		"a signed length":      {post + "Content-Length: +2\r\n\r\n{}", 400, true},
		"chunks":               {post + chunked + "\r\n2\r\n{}\r\n0\r\n\r\n", 411, true},
		"length and chunks":    {post + "Content-Length: 2\r\n" + chunked + "\r\n2\r\n{}\r\n0\r\n\r\n", 411, true},
		"chunks and a request": {post + "Content-Length: 2\r\n" + chunked + "\r\n0\r\n\r\n", 411, true},
		"chunks twice":         {post + chunked + chunked + "\r\n0\r\n\r\n", 501, true},
		"another coding":       {post + "Transfer-Encoding: gzip\r\n\r\n{}", 501, true},
		"HTTP/2":               {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 421, true},
		"HTTP/9":               {"GET /v1/status HTTP/9.9\r\nHost: keyfob\r\n\r\n", 505, true},
		"half a line":          {"GET\r\n\r\n", 400, true},
		"a proxy's request":    {"CONNECT keyfob:443 HTTP/1.1\r\nHost: keyfob\r\n\r\n", 421, false},
		"a proxy's, to us":     {"CONNECT keyfob HTTP/1.1\r\nHost: keyfob\r\n\r\n", 404, false},
		"no HTTP":              {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, true},
		"an endless header":    {get + "X: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", 431, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := newFakeKeeper()
			client := serve(t, Options{Keeper: k})
			statuses, served := conversation(t, client.path, c.raw)
			if !slices.Equal(statuses, []int{c.want}) || served == c.closes {
				t.Errorf("answers %v, and the call after it: %v; want %d, %v", statuses, served, c.want, !c.closes)
			}
			want := slices.Repeat([]string{"token rhythm 1m0s"}, map[bool]int{true: 1}[served])
			if asked := k.asked(); !slices.Equal(asked, want) {
				t.Errorf("the keeper was asked %q, want %q", asked, want)
			}
			if _, err := client.Token(t.Context(), "rhythm", 0); err != nil {
				t.Errorf("the next caller: %v", err)
			}
		})
	}
}

// TestA52PipelinedCallsAreAnsweredInOrder: also with a bad one among them, of which nothing is done.
func TestA52PipelinedCallsAreAnsweredInOrder(t *testing.T) {
	k := newFakeKeeper()
	c := serve(t, Options{Keeper: k})
	conn := connect(t, c.path)
	_, _ = io.WriteString(conn, strings.Repeat("GET /v1/version HTTP/1.1\r\nHost: keyfob\r\n\r\n", 20)+
		"POST /v1/profiles/rhythm/sign-out HTTP/1.1\r\nHost: keyfob\r\nOrigin: null\r\n\r\n"+good)
	answers := bufio.NewReader(conn)
	for i := range 22 {
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("answer %d: %v", i, err)
		}
		want := http.StatusOK
		if i == 20 {
			want = http.StatusForbidden
		}
		if _, _ = io.Copy(io.Discard, res.Body); res.StatusCode != want {
			t.Errorf("answer %d: %s", i, res.Status)
		}
	}
	if asked := k.asked(); !slices.Equal(asked, []string{"token rhythm 1m0s"}) {
		t.Errorf("the keeper was asked %q", asked)
	}
}

// TestA55WhatABrowserSaysOfAPage: whatever way a page finds to the socket, the browser tells of it in one header or the
// other, and no response tells the browser that the page may read it. Node's fetch says Sec-Fetch-Mode as well, and is
// no browser.
func TestA55WhatABrowserSaysOfAPage(t *testing.T) {
	for name, c := range map[string]struct {
		header http.Header
		want   int
	}{
		"fetch":        {http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"no-cors"}}, 403},
		"a link":       {http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}}, 403},
		"typed in":     {http.Header{"Sec-Fetch-Site": {"none"}}, 403},
		"a form":       {http.Header{"Origin": {"null"}, "Content-Type": {"text/plain"}}, 403},
		"an image":     {http.Header{"Referer": {"https://evil.example/"}}, 403},
		"a preflight":  {http.Header{"Origin": {"https://evil.example"}, "Access-Control-Request-Method": {"POST"}}, 403},
		"a WebSocket":  {http.Header{"Origin": {"https://evil.example"}, "Upgrade": {"websocket"}}, 403},
		"Node's fetch": {http.Header{"Sec-Fetch-Mode": {"cors"}}, 200},
	} {
		for _, host := range []string{"keyfob", "evil.example", "127.0.0.1"} {
			k := newFakeKeeper()
			r := httptest.NewRequestWithContext(t.Context(), "POST", "http://"+host+"/v1/profiles/rhythm/token", nil)
			r.Header = c.header
			w := httptest.NewRecorder()
			newServer(t, Options{Keeper: k}).handler.ServeHTTP(w, r)
			want := c.want
			if host != "keyfob" && want == http.StatusOK {
				want = http.StatusMisdirectedRequest
			}
			if w.Code != want || (len(k.asked()) > 0) != (want == http.StatusOK) {
				t.Errorf("%s to %s: %d", name, host, w.Code)
			}
			for header := range w.Result().Header {
				if strings.HasPrefix(header, "Access-Control-") {
					t.Errorf("%s: it is told %s", name, header)
				}
			}
		}
	}
}

// TestA52MemoryIsFlatUnderAFlood: round after round of connections, half of them silent and half with half a call. What
// the first round needs is enough for those after it.
func TestA52MemoryIsFlatUnderAFlood(t *testing.T) {
	c := serve(t, Options{Keeper: newFakeKeeper()})
	if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
		t.Fatal(err)
	}
	quiet := runtime.NumGoroutine()
	flood := func() {
		var all []net.Conn
		for i := range 2 * maxConns {
			conn, err := net.Dial("unix", c.path)
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				_, _ = io.WriteString(conn, good[:len(good)/2])
			}
			all = append(all, conn)
		}
		if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
			t.Fatal(err)
		}
		for _, conn := range all {
			conn.Close()
		}
		if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
			t.Fatal(err)
		}
		for until := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > quiet; runtime.Gosched() {
			if time.Now().After(until) { // the server sees in its own time that they have gone
				t.Fatalf("%d goroutines more", runtime.NumGoroutine()-quiet)
			}
		}
	}
	flood()
	memory := inUse()
	for range 3 {
		flood()
	}
	if more := inUse() - memory; more > 4<<20 {
		t.Errorf("%d KB more", more>>10)
	}
}

// TestTextOfACallerIsCleaned: not even an error has what drives a terminal.
func TestTextOfACallerIsCleaned(t *testing.T) {
	const odd = "\x1b]0;owned\x07\u202e"
	c := serve(t, Options{Keeper: newFakeKeeper()})
	quoted, _ := json.Marshal(odd)
	for _, err := range []error{
		c.Import(t.Context(), []byte(`{"keyfob_profile":1,`+string(quoted)+`:1}`), false),
		c.Answer(t.Context(), odd, account.Answer(odd)),
		c.SetPolicy(t.Context(), odd, account.Policy{}),
	} {
		said := fault.Of(err)
		if said == nil {
			t.Error("it was taken")
			continue
		}
		for _, text := range append(slices.Collect(maps.Values(said.Args)), said.Detail) {
			if strings.ContainsAny(text, "\x1b\x07\u202e") {
				t.Errorf("the error says %q", text)
			}
		}
	}
}
