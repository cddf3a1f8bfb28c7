package oauthflow

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"keyfob/account"
	"keyfob/assets"
	"keyfob/internal/fault"
)

// Keyfob has no web view: a sign-in hands out one address, once, for the system's browser, and only http(s) ever.
func TestC01TheAddressIsHandedOutForTheSystemsBrowser(t *testing.T) {
	p := newProvider(t)
	s := signedInStory(t, newClient(t, p), p.profile())
	if !strings.HasPrefix(s.attempt.URL, p.server.URL+"/authorize?") {
		t.Errorf("handed out %q", s.attempt.URL)
	}
	for _, hostile := range []string{
		"javascript:alert(1)", "file:///etc/passwd", `\\host\share`, "-h", "https://a b/", "https://a/\x00",
		"https://user@host/", "data:text/html,x", "https://host/#f", "https:///path", "ms-settings:x",
	} {
		p := newProvider(t)
		p.describe = func(m map[string]any) { m["authorization_endpoint"] = hostile }
		s := signIn(t, newClient(t, p), p.profile(), nil)
		if s.err == nil || s.attempt.URL != "" {
			t.Errorf("%q was handed out as %q, error %v", hostile, s.attempt.URL, s.err)
		}
	}
	p.describe = func(m map[string]any) {
		m["authorization_endpoint"] = p.server.URL + "/authorize?" + strings.Repeat("x", maxAuthorizationURL)
	}
	wantFault(t, signIn(t, newClient(t, p), p.profile(), nil).err, fault.DiscoveryInvalid)
}

func TestC02ItListensOnLoopbackBeforeTheBrowserOpens(t *testing.T) {
	p := newProvider(t)
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		back, _ := url.Parse(query(a.URL).Get("redirect_uri"))
		conn, err := net.Dial("tcp", back.Host)
		if err != nil {
			t.Errorf("nobody listens yet: %v", err)
		} else {
			_ = conn.Close()
		}
		return b.follow(a.URL)
	})
	if s.err != nil || !strings.HasPrefix(s.attempt.RedirectURI, "http://127.0.0.1:") {
		t.Fatal(s.attempt.RedirectURI, s.err)
	}
	at, err := bind(t.Context(), []string{"http://127.0.0.1/callback"})
	if err != nil {
		t.Fatal(err)
	}
	defer at.close()
	if ip := at.listeners[0].Addr().(*net.TCPAddr).IP.String(); len(at.listeners) != 1 || ip != "127.0.0.1" {
		t.Errorf("listens at %s", ip)
	}
	for _, elsewhere := range []string{
		"http://0.0.0.0:0/", "http://[::]/", "http://192.168.1.1/", "http://example.com/", "https://127.0.0.1/",
	} {
		if at, err := bind(t.Context(), []string{elsewhere}); err == nil {
			at.close()
			t.Errorf("listens at %s", elsewhere)
		}
	}
}

func TestC02LocalhostIsBothAddressesOrNone(t *testing.T) {
	probe, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no ::1")
	}
	defer func() { _ = probe.Close() }()
	_, taken, _ := net.SplitHostPort(probe.Addr().String())
	if at, err := bind(t.Context(), []string{"http://localhost:" + taken + "/callback"}); err == nil {
		at.close()
		t.Fatal("one of the two addresses was enough")
	}
	if conn, err := net.Dial("tcp", "127.0.0.1:"+taken); err == nil {
		_ = conn.Close()
		t.Fatal("the first address was left open")
	}
	p := newProvider(t)
	prof := p.profile()
	prof.RedirectURIs = []string{"http://localhost/callback"}
	s := signIn(t, newClient(t, p), prof, func(b *browser, a account.Attempt) []visit {
		u, _ := url.Parse(a.RedirectURI)
		for _, ip := range []string{"127.0.0.1", "::1"} {
			if conn, err := net.Dial("tcp", net.JoinHostPort(ip, u.Port())); err != nil {
				t.Errorf("%s: %v", ip, err)
			} else {
				_ = conn.Close()
			}
		}
		return b.follow(a.URL)
	})
	if s.err != nil || !strings.HasPrefix(s.attempt.RedirectURI, "http://localhost:") {
		t.Fatal(s.attempt.RedirectURI, s.err)
	}
}

func TestC03ABusyPortMeansTheNextOne(t *testing.T) {
	busy, free := occupy(t), freePort(t)
	p := newProvider(t)
	prof := p.profile()
	prof.RedirectURIs = []string{"http://127.0.0.1:" + busy + "/callback", "http://127.0.0.1:" + free + "/callback"}
	s := signedInStory(t, newClient(t, p), prof)
	bound, sent := s.attempt.RedirectURI, query(s.attempt.URL).Get("redirect_uri")
	if bound != prof.RedirectURIs[1] || sent != bound {
		t.Errorf("bound %s, sent %s", bound, sent)
	}

	other := occupy(t)
	prof.RedirectURIs[1] = "http://127.0.0.1:" + other + "/callback"
	f := wantFault(t, signIn(t, newClient(t, p), prof, nil).err, fault.PortsBusy)
	if f.Args["addresses"] != "127.0.0.1:"+busy+", 127.0.0.1:"+other {
		t.Errorf("busy: %q", f.Args["addresses"])
	}
}

func occupy(t *testing.T) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func TestC04NobodyListensAfterwards(t *testing.T) {
	p := newProvider(t)
	t.Run("success", func(t *testing.T) {
		s := signedInStory(t, newClient(t, p), p.profile())
		wantRefused(t, s.attempt.RedirectURI)
	})
	t.Run("error", func(t *testing.T) {
		denied := newProvider(t)
		denied.redirect = func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }
		s := signIn(t, newClient(t, denied), denied.profile(), nil)
		wantFault(t, s.err, fault.SignInDenied)
		wantRefused(t, s.attempt.RedirectURI)
	})
	t.Run("success, and the browser does not fetch the page", func(t *testing.T) {
		c := newClient(t, p)
		c.after = atOnce(deliveryTime)
		s := signIn(t, c, p.profile(), func(b *browser, a account.Attempt) []visit {
			return []visit{b.get(callbackOf(b, a))}
		})
		if s.err != nil || deliveryTime > 2*time.Second {
			t.Fatal(s.err)
		}
		wantRefused(t, s.attempt.RedirectURI)
	})
	t.Run("time-out", func(t *testing.T) {
		c := newClient(t, p)
		c.after = atOnce(defaultWait)
		s := signIn(t, c, p.profile(), func(*browser, account.Attempt) []visit { return nil })
		wantFault(t, s.err, fault.SignInTimeout)
		wantRefused(t, s.attempt.RedirectURI)
	})
	t.Run("cancel while waiting", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := signInWith(t, ctx, newClient(t, p), p.profile(), SignInOptions{}, func(*browser, account.Attempt) []visit {
			cancel()
			return nil
		})
		wantFault(t, s.err, fault.SignInCancelled)
		wantRefused(t, s.attempt.RedirectURI)
	})
	t.Run("cancel while the code is exchanged", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		slow := newProvider(t)
		slow.answer = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/oauth/token" {
				cancel()
				<-r.Context().Done()
				return true
			}
			return false
		}
		c := newClient(t, slow)
		c.after = never
		s := signInWith(t, ctx, c, slow.profile(), SignInOptions{}, nil)
		wantFault(t, s.err, fault.SignInCancelled)
		wantRefused(t, s.attempt.RedirectURI)
	})
}

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

func TestC05OnlyGETOnTheExactPath(t *testing.T) {
	strangers(t, func(b *browser, callback string, _ account.Attempt) {
		u, _ := url.Parse(callback)
		base := "http://" + u.Host
		for _, path := range []string{
			"/", "/favicon.ico", "/robots.txt", "/callback/", "/Callback", "//callback", "/x/../callback",
			"/%63allback", "/callback/done", "/callback/done/", "/callback/done/AAAA", "/callback;x",
		} {
			v := raw(t, u.Host, "GET "+path+"?"+u.RawQuery+" HTTP/1.1", "Host: "+u.Host)
			if v.status != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, v.status)
			}
		}
		for _, method := range []string{"POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "get"} {
			v := raw(t, u.Host, method+" "+u.RequestURI()+" HTTP/1.1", "Host: "+u.Host, "Content-Length: 0")
			if v.status != http.StatusMethodNotAllowed || v.header.Get("Allow") != "GET" {
				t.Errorf("%s: %d", method, v.status)
			}
		}
		for _, header := range []string{"Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch",
			"X-Moz: prefetch", "Sec-Fetch-Dest: image", "Sec-Fetch-Dest: iframe", "Sec-Fetch-Dest: empty"} {
			v := raw(t, u.Host, "GET "+u.RequestURI()+" HTTP/1.1", "Host: "+u.Host, header)
			if v.status != http.StatusNotFound {
				t.Errorf("%s: %d", header, v.status)
			}
		}
		if v := b.get(base + "/favicon.ico"); v.status != http.StatusNotFound {
			t.Errorf("favicon: %d", v.status)
		}
	})
}

func TestC06HostMustBeTheBoundOne(t *testing.T) {
	strangers(t, func(_ *browser, callback string, _ account.Attempt) {
		u, _ := url.Parse(callback)
		port := u.Port()
		for _, host := range []string{
			"localhost:" + port, "0.0.0.0:" + port, "127.0.0.1", "127.0.0.1.:" + port, "127.0.0.1:1", "rebound.example",
			"rebound.example:" + port, "[::1]:" + port, "127.0.0.1:" + port + ".", "127.1:" + port,
			"2130706433:" + port,
		} {
			v := raw(t, u.Host, "GET "+u.RequestURI()+" HTTP/1.1", "Host: "+host)
			if v.status != http.StatusMisdirectedRequest {
				t.Errorf("Host: %s: %d", host, v.status)
			}
		}
		for _, absolute := range []string{callback, "http://evil.example" + u.RequestURI()} {
			v := raw(t, u.Host, "GET "+absolute+" HTTP/1.1", "Host: "+u.Host)
			if v.status != http.StatusMisdirectedRequest {
				t.Errorf("%s: %d", strings.SplitN(absolute, "?", 2)[0], v.status)
			}
		}
		for _, hosts := range [][]string{{}, {"Host: " + u.Host, "Host: " + u.Host}} {
			v := raw(t, u.Host, append([]string{"GET " + u.RequestURI() + " HTTP/1.1"}, hosts...)...)
			if v.status != http.StatusBadRequest {
				t.Errorf("%d Host fields: %d", len(hosts), v.status)
			}
		}
		if v := raw(t, u.Host, "GET "+u.RequestURI()+" HTTP/1.0"); v.status != http.StatusMisdirectedRequest {
			t.Errorf("HTTP/1.0 without Host: %d", v.status)
		}
	})
}

func TestC07WrongStateDoesNotEndTheFlow(t *testing.T) {
	other := newProvider(t)
	foreign := ""
	signIn(t, newClient(t, other), other.profile(), func(b *browser, a account.Attempt) []visit {
		foreign = query(a.URL).Get("state")
		return b.follow(a.URL)
	})
	strangers(t, func(b *browser, callback string, a account.Attempt) {
		state := query(callback).Get("state")
		for what, address := range map[string]string{
			"wrong":              with(callback, "state", "wrong"),
			"missing":            with(callback, "state"),
			"empty":              with(callback, "state", ""),
			"twice":              with(callback, "state", state, state),
			"cut":                with(callback, "state", state[:len(state)-1]),
			"longer":             with(callback, "state", state+"A"),
			"of another":         with(callback, "state", foreign),
			"error, wrong":       with(with(callback, "state", "wrong"), "error", "access_denied"),
			"no query":           a.RedirectURI,
			"bad encoding":       a.RedirectURI + "?state=%zz",
			"semicolons":         a.RedirectURI + "?code=1;state=" + state,
			"in the fragment":    a.RedirectURI + "#state=" + state,
			"name in other case": a.RedirectURI + "?code=1&State=" + state,
		} {
			v := b.get(address)
			if v.status != http.StatusBadRequest || v.header.Get("Location") != "" {
				t.Errorf("%s: %d", what, v.status)
			}
			contains(t, v.body, "not the sign-in that Keyfob is waiting for")
		}
	})
}

func TestC07StateCountsOnce(t *testing.T) {
	p := newProvider(t)
	var replay visit
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		first := b.get(callback)
		replay = b.get(with(callback, "code", "another"))
		u, _ := url.Parse(callback)
		return b.follow("http://" + u.Host + first.header.Get("Location"))
	})
	if s.err != nil || p.count("/oauth/token") != 1 {
		t.Fatalf("%v, %d token requests", s.err, p.count("/oauth/token"))
	}
	if replay.status != http.StatusGone {
		t.Errorf("the second callback: %d", replay.status)
	}
	contains(t, replay.body, "has been used")
}

func TestC08DuplicatesAndContradictionsAreRejected(t *testing.T) {
	for what, change := range map[string]func(string) string{
		"two codes":      func(u string) string { return with(u, "code", "a", "b") },
		"two errors":     func(u string) string { return with(with(u, "code"), "error", "a", "b") },
		"two issuers":    func(u string) string { return with(u, "iss", "a", "a") },
		"code and error": func(u string) string { return with(u, "error", "access_denied") },
		"neither":        func(u string) string { return with(u, "code") },
		"empty code":     func(u string) string { return with(u, "code", "") },
	} {
		t.Run(what, func(t *testing.T) {
			p := newProvider(t)
			s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
				return b.follow(change(callbackOf(b, a)))
			})
			wantFault(t, s.err, fault.CallbackInvalid)
			if s.tokens != nil || p.count("/oauth/token") != 0 {
				t.Error("a code was sent")
			}
			contains(t, s.page().body, "The sign-in did not work", "callback-invalid")
		})
	}
}

func TestC09TheReplyPage(t *testing.T) {
	const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>` + "\x1b[31m"
	ok, denied := newProvider(t), newProvider(t)
	denied.redirect = func(q url.Values) {
		q.Del("code")
		q.Set("error", "access_denied")
		q.Set("error_description", hostile)
	}
	for _, p := range []*provider{ok, denied} {
		s := signIn(t, newClient(t, p), p.profile(), nil)
		callback, page := s.steps[len(s.steps)-2], s.page()
		if callback.status != http.StatusSeeOther {
			t.Errorf("the callback was answered with %d", callback.status)
		}
		for _, v := range []visit{callback, page} {
			for name, want := range map[string]string{
				"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
				"X-Content-Type-Options": "nosniff", "Content-Security-Policy": assets.ResultCSP(),
			} {
				if got := v.header.Get(name); got != want {
					t.Errorf("%s is %q", name, got)
				}
			}
			for name := range v.header {
				if strings.HasPrefix(name, "Access-Control") {
					t.Errorf("a CORS header: %s", name)
				}
			}
		}
		u, _ := url.Parse(page.url)
		if u.RawQuery != "" || u.Fragment != "" || strings.Contains(page.url, "code-") {
			t.Errorf("the page's address is %s", page.url)
		}
		for _, live := range []string{"<script", "<img src=x", "\x1b"} {
			if strings.Contains(page.body, live) {
				t.Errorf("the page holds %q", live)
			}
		}
	}
	contains(t, assets.ResultCSP(), "default-src 'none'")
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

func TestC11TheTimeOutNamesTheCallbackToRegister(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	c.after = atOnce(time.Minute)
	s := signInWith(t, t.Context(), c, p.profile(), SignInOptions{Wait: time.Minute},
		func(*browser, account.Attempt) []visit { return nil })
	if f := wantFault(t, s.err, fault.SignInTimeout); f.Args["redirect_uri"] != s.attempt.RedirectURI {
		t.Errorf("named %q", f.Args["redirect_uri"])
	}
	if !s.attempt.Expires.Equal(s.attempt.Started.Add(time.Minute)) {
		t.Errorf("expires %v after %v", s.attempt.Expires, s.attempt.Started)
	}
}

// raw sends lines that no browser would, and returns the answer.
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
