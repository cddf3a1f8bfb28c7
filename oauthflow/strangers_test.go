package oauthflow

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// strangers lets act loose on a waiting sign-in, and then signs in.
func strangers(t *testing.T, act func(b *browser, callback string, a account.Attempt)) story {
	t.Helper()
	p := newProvider(t)
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		act(b, callback, a)
		return b.follow(callback)
	})
	if s.err != nil {
		t.Fatalf("the flow did not survive: %v", s.err)
	}
	if n := p.count("/oauth/token"); n != 1 {
		t.Errorf("%d token requests", n)
	}
	return s
}

func TestC06A08HostMustBeTheBoundOne(t *testing.T) {
	strangers(t, func(_ *browser, callback string, _ account.Attempt) {
		u, _ := url.Parse(callback)
		port := u.Port()
		for _, host := range []string{
			"localhost:" + port, "0.0.0.0:" + port, "127.0.0.1", "127.0.0.1.:" + port, "127.0.0.1:1", "rebound.example",
			"rebound.example:" + port, "[::1]:" + port, "127.0.0.1:" + port + ".", "127.1:" + port, "127.0.0.1:0" + port,
			"2130706433:" + port, "[::ffff:127.0.0.1]:" + port, "",
		} {
			v := raw(t, u.Host, "GET "+u.RequestURI()+" HTTP/1.1", "Host: "+host)
			if v.status != http.StatusMisdirectedRequest {
				t.Errorf("Host: %s: %d", host, v.status)
			}
		}
		for _, absolute := range []string{callback, "http://evil.example" + u.RequestURI(), "HTTP:" + u.RequestURI()} {
			v := raw(t, u.Host, "GET "+absolute+" HTTP/1.1", "Host: "+u.Host)
			if v.status != http.StatusMisdirectedRequest {
				t.Errorf("%s: %d", strings.SplitN(absolute, "?", 2)[0], v.status)
			}
		}
		for _, hosts := range [][]string{
			{}, {"Host: " + u.Host, "Host: " + u.Host}, {"Host: " + u.Host, "Host: evil.example"}, {"Host : " + u.Host},
			{"Host: user@" + u.Host}, {"Host: " + u.Host + " " + u.Host},
		} {
			v := raw(t, u.Host, append([]string{"GET " + u.RequestURI() + " HTTP/1.1"}, hosts...)...)
			if v.status != http.StatusBadRequest {
				t.Errorf("Host fields %q: %d", hosts, v.status)
			}
		}
		if v := raw(t, u.Host, "GET "+u.RequestURI()+" HTTP/1.0"); v.status != http.StatusMisdirectedRequest {
			t.Errorf("HTTP/1.0 without Host: %d", v.status)
		}
	})
}

// The same for a callback at a name: no other way of writing it counts.
func TestC06A08HostMustBeTheBoundName(t *testing.T) {
	p := newProvider(t)
	prof := p.profile()
	prof.RedirectURIs = []string{"http://localhost/callback"}
	s := signIn(t, newClient(t, p), prof, func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		u, _ := url.Parse(callback)
		for _, host := range []string{"LOCALHOST", "Localhost", "localhost.", "127.0.0.1", "[::1]", "localhost.example"} {
			v := raw(t, u.Host, "GET "+u.RequestURI()+" HTTP/1.1", "Host: "+host+":"+u.Port())
			if v.status != http.StatusMisdirectedRequest {
				t.Errorf("Host: %s: %d", host, v.status)
			}
		}
		return b.follow(callback)
	})
	if s.err != nil && !strings.Contains(s.err.Error(), string(fault.PortsBusy)) { // without ::1 there is no localhost
		t.Fatal(s.err)
	}
}

// What a page can make a browser ask for, with everything right but the purpose; even the state. Nothing of it counts,
// and no response lets a page read anything.
func TestA09RequestsThatAPageCauses(t *testing.T) {
	strangers(t, func(b *browser, callback string, _ account.Attempt) {
		for what, header := range map[string][]string{
			"img":               {"Sec-Fetch-Dest", "image", "Sec-Fetch-Mode", "no-cors"},
			"fetch":             {"Sec-Fetch-Dest", "empty", "Sec-Fetch-Mode", "cors", "Origin", "https://evil.example"},
			"fetch, no-cors":    {"Sec-Fetch-Dest", "empty", "Sec-Fetch-Mode", "no-cors"},
			"iframe":            {"Sec-Fetch-Dest", "iframe", "Sec-Fetch-Mode", "navigate"},
			"frame":             {"Sec-Fetch-Dest", "frame", "Sec-Fetch-Mode", "navigate"},
			"object":            {"Sec-Fetch-Dest", "object", "Sec-Fetch-Mode", "navigate"},
			"script":            {"Sec-Fetch-Dest", "script"},
			"style":             {"Sec-Fetch-Dest", "style"},
			"service worker":    {"Sec-Fetch-Dest", "serviceworker", "Service-Worker", "script"},
			"worker":            {"Sec-Fetch-Dest", "worker"},
			"web socket":        {"Connection", "Upgrade", "Upgrade", "websocket", "Origin", "https://evil.example"}, // no more
			"prefetch":          {"Sec-Purpose", "prefetch", "Sec-Fetch-Dest", "document"},
			"private prefetch":  {"Sec-Purpose", "prefetch;anonymous-client-ip"},
			"prerender":         {"Sec-Purpose", "prefetch;prerender", "Sec-Fetch-Dest", "document"},
			"prefetch, older":   {"Purpose", "prefetch"},
			"prefetch, Mozilla": {"X-Moz", "prefetch"},
			"a purpose unheard": {"Sec-Fetch-Dest", "unheard"},
			"several at once":   {"Sec-Fetch-Dest", "document, image"},
		} {
			v := b.get(callback, header...)
			if v.status != http.StatusNotFound || v.header.Get("Location") != "" {
				t.Errorf("%s: %d", what, v.status)
			}
			lets(t, what, v)
		}
		for _, header := range [][]string{
			{"Origin", "https://evil.example", "Access-Control-Request-Method", "GET"},
			{"Origin", "https://evil.example", "Access-Control-Request-Private-Network", "true"},
			{"Origin", "null", "Access-Control-Request-Local-Network", "true"},
		} {
			v := b.do(request(t, http.MethodOptions, callback, ""), header...)
			if v.status != http.StatusMethodNotAllowed {
				t.Errorf("a preflight: %d", v.status)
			}
			lets(t, "preflight", v)
		}
		for what, header := range map[string][]string{
			"wrong state": {"Origin", "https://evil.example", "Sec-Fetch-Dest", "document"}, "no header": nil,
		} {
			v := b.get(with(callback, "state", "x"), header...)
			if v.status != http.StatusBadRequest {
				t.Errorf("%s: %d", what, v.status)
			}
			lets(t, what, v)
		}
	})
}

func request(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lets complains of a response that opens itself to pages of other origins.
func lets(t *testing.T, what string, v visit) {
	t.Helper()
	for name := range v.header {
		if strings.HasPrefix(name, "Access-Control") || strings.HasPrefix(name, "Timing-Allow") {
			t.Errorf("%s: the answer carries %s", what, name)
		}
	}
}

// A person who follows the link is let through, with or without what browsers say about it.
func TestA09APersonIsNotMistakenForAPage(t *testing.T) {
	for _, header := range [][]string{
		nil,
		{"Sec-Fetch-Dest", "document", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-User", "?1"},
		{"Service-Worker-Navigation-Preload", "true", "Sec-Fetch-Dest", "document"},
	} {
		p := newProvider(t)
		s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
			callback := callbackOf(b, a)
			first := b.get(callback, header...)
			u, _ := url.Parse(callback)
			return b.follow("http://" + u.Host + first.header.Get("Location"))
		})
		if s.err != nil {
			t.Errorf("%q: %v", header, s.err)
		}
	}
}

func TestC05A10OtherPathsAndMethods(t *testing.T) {
	strangers(t, func(b *browser, callback string, _ account.Attempt) {
		u, _ := url.Parse(callback)
		for _, path := range []string{
			"/", "/favicon.ico", "/robots.txt", "/.well-known/appspecific/com.chrome.devtools.json", "/callback/",
			"/Callback", "//callback", "/x/../callback", "/./callback", "/%63allback", "/callback%00", "/callback/done",
			"/done", "/done/", "/done/AAAA", "/callback;x", "/apple-touch-icon.png",
		} {
			v := raw(t, u.Host, "GET "+path+"?"+u.RawQuery+" HTTP/1.1", "Host: "+u.Host)
			if v.status != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, v.status)
			}
		}
		for _, method := range strings.Fields("HEAD OPTIONS PUT PATCH DELETE TRACE PROPFIND get GETT") {
			v := raw(t, u.Host, method+" "+u.RequestURI()+" HTTP/1.1", "Host: "+u.Host, "Content-Length: 0")
			if v.status != http.StatusMethodNotAllowed || v.header.Get("Allow") != "GET" {
				t.Errorf("%s: %d", method, v.status)
			}
		}
		for _, start := range []string{"OPTIONS * HTTP/1.1", "CONNECT " + u.Host + " HTTP/1.1"} {
			if v := raw(t, u.Host, start, "Host: "+u.Host); v.status != http.StatusNotFound {
				t.Errorf("%s: %d", start, v.status)
			}
		}
		if v := b.get("http://" + u.Host + "/favicon.ico"); v.status != http.StatusNotFound {
			t.Errorf("favicon: %d", v.status)
		}
	})
}

// Some providers can post the response (response_mode=form_post); so can any page. Keyfob asked for a query.
func TestA11PostsAreRefused(t *testing.T) {
	strangers(t, func(b *browser, callback string, a account.Attempt) {
		form := query(callback).Encode()
		for what, r := range map[string][2]string{
			"all in the body": {a.RedirectURI, form}, "all in the query": {callback, ""}, "in both": {callback, form},
		} {
			post := request(t, http.MethodPost, r[0], r[1])
			v := b.do(post, "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example")
			if v.status != http.StatusMethodNotAllowed || v.header.Get("Location") != "" {
				t.Errorf("%s: %d", what, v.status)
			}
		}
		v := b.get(callback, "X-HTTP-Method-Override", "GET", "Sec-Fetch-Dest", "iframe")
		if v.status != http.StatusNotFound {
			t.Errorf("a method in a header: %d", v.status)
		}
	})
}

func TestC10NoOpenRedirect(t *testing.T) {
	s := strangers(t, func(b *browser, callback string, _ account.Attempt) {
		u, _ := url.Parse(callback)
		for _, start := range []string{
			"/callback?redirect_uri=https://evil.example", "//evil.example/callback",
			"/callback?next=//evil.example&state=x",
			"/\\evil.example", "/callback/..//evil.example", "/callback%2f%2fevil.example",
		} {
			v := raw(t, u.Host, "GET "+start+" HTTP/1.1", "Host: "+u.Host)
			if v.header.Get("Location") != "" || v.status < 400 {
				t.Errorf("%s: %d to %q", start, v.status, v.header.Get("Location"))
			}
		}
	})
	if to := s.steps[0].header.Get("Location"); !strings.HasPrefix(to, "/done/") {
		t.Errorf("the callback leads to %q", to)
	}
}

// A profile's callback path that begins with two slashes names a host, as browsers read it.
func TestC10TheProfileDoesNotChooseWhereTheRedirectLeads(t *testing.T) {
	p := newProvider(t)
	prof := p.profile()
	prof.RedirectURIs = []string{"http://127.0.0.1//evil.example/callback"}
	s := signedInStory(t, newClient(t, p), prof)
	home, _ := url.Parse(s.attempt.RedirectURI)
	if last, _ := url.Parse(s.page().url); last.Host != home.Host || s.page().status != http.StatusOK {
		t.Errorf("the browser ended at %s with %d", last.Host, s.page().status)
	}
}

// raw sends lines that no browser would, and returns the response.
func raw(t *testing.T, host string, lines ...string) visit {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, strings.Join(lines, "\r\n"), "\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s: %v", lines[0], err)
	}
	return visit{status: res.StatusCode, header: res.Header} // closing the body would wait for one that HEAD has not
}
