package oauthflow

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
)

// Bytes that no browser sends, most of them around the true callback: a whole packet each, then the half of the
// connection that speaks is closed. Nothing of it ends the flow or counts as the callback, and no response repeats it.
func TestBytesThatAreNoRequest(t *testing.T) {
	const get, end = "GET {true} HTTP/1.1\r\nHost: {host}\r\n", "\r\n"
	const body = "Content-Length: 9\r\n\r\n" + canary
	for _, tt := range []struct{ what, sent, want string }{
		{"nothing", "", ""},
		{"half a line", "GET {true}", "400"},
		{"a request without its end", get, "400"},
		{"HTTP/0.9", "GET {true}\r\n", "400"},
		{"HTTP/0.9 with a number", "GET {true} HTTP/0.9\r\nHost: {host}\r\n\r\n", "505"},
		{"HTTP/3", "GET {true} HTTP/3.0\r\nHost: {host}\r\n\r\n", "505"},
		{"a version with letters", "GET {true} HTTP/1.x\r\nHost: {host}\r\n\r\n", "400"},
		{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "421"},
		{"HTTP/2 with frames", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", "421"},
		{"TLS", "\x16\x03\x01\x00\xf1\x01\x00\x00\xed\x03\x03" + strings.Repeat("\x00", 233), "400"},
		{"PROXY", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + get + end, "400"},
		{"PROXY, binary", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + strings.Repeat("\x00", 12) + get + end, "400"},
		{"NUL in a header", get + "X: a\x00b\r\n" + end, "400"},
		{"NUL in a name", get + "X\x00: a\r\n" + end, "400"},
		{"NUL in the address", "GET {true}\x00 HTTP/1.1\r\nHost: {host}\r\n\r\n", "400"},
		{"a space in the address", "GET {true} x HTTP/1.1\r\nHost: {host}\r\n\r\n", "400"},
		{"tabs for spaces", "GET\t{true}\tHTTP/1.1\r\nHost: {host}\r\n\r\n", "400"},
		{"a header without a colon", get + canary + "\r\n" + end, "400"},
		{"a header without a name", get + ": " + canary + "\r\n" + end, "400"},
		{"a folded first header", "GET {true} HTTP/1.1\r\n Host: {host}\r\n\r\n", "400"},
		{"a folded Host", "GET {true} HTTP/1.1\r\nHost: {host}\r\n evil.example\r\n\r\n", "400"},
		{"a folded header", "GET {wrong} HTTP/1.1\r\nHost: {host}\r\nX: a\r\n b\r\n\r\n", "400"},
		{"a CR alone", "GET {true} HTTP/1.1\rHost: {host}\r\r", "400"},
		{"a number of bytes and chunks", get + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", "404"},
		{"two numbers of bytes", get + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", "400"},
		{"fewer than no bytes", get + "Content-Length: -1\r\n\r\n", "400"},
		{"bytes without number", get + "Content-Length: 1e9\r\n\r\n", "400"},
		{"chunks", get + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "404"},
		{"chunks of an odd size", get + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "404"},
		{"chunks in chunks", get + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "501"},
		{"another encoding", get + "Transfer-Encoding: identity\r\n\r\n", "501"},
		{"a body", get + body, "404"},
		{"a body that does not come", get + "Content-Length: 9999999999\r\n\r\n" + canary, "404"},
		{"a body that asks first", get + "Expect: 100-continue\r\n" + body, "404"},
		{"an odd wish", get + "Expect: " + canary + "\r\n" + end, "417"},
		{"an upgrade", "GET {wrong} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "404"},
		{"many headers", get + strings.Repeat("X: "+canary+"\r\n", 1000) + end, "431"},
		{"one long header", get + "X: " + strings.Repeat(canary, 2000) + "\r\n" + end, "431"},
		{"a long line", strings.Repeat(canary, 2000), "431"},
		{"another path that breaks the line", "GET /%0d%0aSet-Cookie:" + canary + " HTTP/1.1\r\nHost: {host}\r\n\r\n", "404"},
		{"a method of one's own", canary + " {true} HTTP/1.1\r\nHost: {host}\r\n\r\n", "405"},
		{"noise", "\xff\xfe\x00" + canary + "\r\n\r\n", "400"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			strangers(t, func(_ *browser, callback string, _ account.Attempt) {
				u, _ := url.Parse(callback)
				wrong, _ := url.Parse(with(callback, "state", canary))
				sent := strings.NewReplacer("{true}", u.RequestURI(), "{wrong}", wrong.RequestURI(), "{host}", u.Host).
					Replace(tt.sent)
				wantAnswer(t, converse(t, u.Host, sent), tt.want, query(callback).Get("state"))
			})
		})
	}
}

// wantAnswer judges the bytes that came back; status "" is silence.
func wantAnswer(t *testing.T, got, status, state string) {
	t.Helper()
	if (status == "" && got != "") || (status != "" && !strings.HasPrefix(got, "HTTP/1.1 "+status+" ")) {
		t.Errorf("answered with %.60q, want %q", got, status)
	}
	for _, not := range []string{state, canary, "evil.example", "Location:", "Access-Control", "Set-Cookie"} {
		if strings.Contains(got, not) {
			t.Errorf("the answer holds %q", not)
		}
	}
}

// converse sends bytes, closes its half of the connection, and returns all that comes back.
func converse(t *testing.T, host, sent string) string {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, sent) // it may be cut in the middle
	_ = conn.(*net.TCPConn).CloseWrite()
	var got bytes.Buffer
	if _, err := got.ReadFrom(conn); err != nil && got.Len() == 0 {
		t.Errorf("no answer: %v", err)
	}
	return got.String()
}

// Callbacks in one packet are answered one after the other; the first with the state is the one that counts.
func TestA02CallbacksInOnePacket(t *testing.T) {
	p := newProvider(t)
	var got string
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		u, _ := url.Parse(callback)
		packet := ""
		stranger, other := with(callback, "state", canary), with(callback, "code", canary)
		for _, address := range []string{stranger, callback, callback, other} {
			to, _ := url.Parse(address)
			packet += "GET " + to.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\n\r\n"
		}
		got = converse(t, u.Host, packet)
		return b.follow(ledTo(u.Host, got))
	})
	if s.err != nil || p.count("/oauth/token") != 1 {
		t.Fatalf("%v, %d token requests", s.err, p.count("/oauth/token"))
	}
	var answers []string
	for _, part := range strings.Split(got, "HTTP/1.1 ")[1:] {
		answers = append(answers, part[:3])
	}
	if strings.Join(answers, " ") != "400 303 410 410" {
		t.Errorf("answered with %q", answers)
	}
}

// A browser that closes its half of the connection after it has asked is a browser all the same.
func TestAHalfClosedBrowserIsHeard(t *testing.T) {
	p := newProvider(t)
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		u, _ := url.Parse(callbackOf(b, a))
		got := converse(t, u.Host, "GET "+u.RequestURI()+" HTTP/1.1\r\nHost: "+u.Host+"\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 303 ") {
			t.Errorf("answered with %.40q", got)
		}
		return b.follow(ledTo(u.Host, got))
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
}

// ledTo is where a response sends the browser.
func ledTo(host, answer string) string {
	_, rest, _ := strings.Cut(answer, "\r\nLocation: ")
	path, _, _ := strings.Cut(rest, "\r\n")
	return "http://" + host + path
}
