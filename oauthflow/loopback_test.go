package oauthflow

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"keyfob/assets"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
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

func TestC02A12ItListensBeforeTheBrowserOpens(t *testing.T) {
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
}

// Whoever knocks between bind and serve is answered: it is one socket from beginning to end, closed and bound by nobody
// in between.
func TestA12WhatWasBoundIsWhatServes(t *testing.T) {
	at, err := bindFirst(t.Context(), []string{"http://127.0.0.1/callback"})
	if err != nil {
		t.Fatal(err)
	}
	host := at.listeners[0].Addr().String()
	early, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = early.Close() }()
	l := newLoopback(attempt{redirectURI: at.redirectURI, state: secret.New("s")}, slog.New(slog.DiscardHandler))
	defer l.close()
	l.serve(at.listeners)
	_, _ = io.WriteString(early, "GET /callback?code=c&state=s HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
	if cb, ok := l.wait(t.Context(), nil); !ok || cb.code.Reveal() != "c" {
		t.Error("the early one was not heard")
	}
}

func TestA13C02ItListensOnLoopbackOnly(t *testing.T) {
	at, err := bindFirst(t.Context(), []string{"http://127.0.0.1/callback"})
	if err != nil {
		t.Fatal(err)
	}
	defer at.close()
	if ip := at.listeners[0].Addr().(*net.TCPAddr).IP.String(); len(at.listeners) != 1 || ip != "127.0.0.1" {
		t.Errorf("listens at %s", ip)
	}
	_, port, _ := net.SplitHostPort(at.listeners[0].Addr().String())
	for _, ip := range ownAddresses(t) {
		if conn, err := net.Dial("tcp", net.JoinHostPort(ip, port)); err == nil {
			_ = conn.Close()
			t.Errorf("reached through %s", ip)
		}
	}
	for _, elsewhere := range append([]string{
		"http://0.0.0.0/", "http://0.0.0.0:0/", "http://[::]/", "http://[::]:0/", "http://192.168.1.1/", "http://:0/",
		"http:///", "http://example.com/", "http://loopback.example:0/", "http://localhost.:0/", "http://127.1:0/",
		"http://2130706433:0/", "http://127.0.0.1.:0/", "http://0x7f.0.0.1:0/", "https://127.0.0.1/", "unix:///tmp/x",
	}, urlsOf(ownAddresses(t))...) {
		if at, err := bindFirst(t.Context(), []string{elsewhere}); err == nil {
			at.close()
			t.Errorf("listens at %s", elsewhere)
		}
	}
}

// ownAddresses are those by which other machines reach this one.
func ownAddresses(t *testing.T) (ips []string) {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			ips = append(ips, n.IP.String())
		}
	}
	return ips
}

func urlsOf(ips []string) (urls []string) {
	for _, ip := range ips {
		urls = append(urls, "http://"+net.JoinHostPort(ip, "0")+"/")
	}
	return urls
}

func TestC02A12LocalhostIsBothAddressesOrNone(t *testing.T) {
	probe, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no ::1")
	}
	defer func() { _ = probe.Close() }()
	_, taken, _ := net.SplitHostPort(probe.Addr().String())
	if at, err := bindFirst(t.Context(), []string{"http://localhost:" + taken + "/callback"}); err == nil {
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

func TestC03A12F23ABusyPortMeansTheNextOne(t *testing.T) {
	busy, free := occupy(t), freePort()
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

// freePort is one that nobody listens at. It lies below those that systems give to connections (RFC 6335 §6, and Linux
// from 32768), or it would not stay free.
func freePort() string {
	for {
		port := strconv.Itoa(20000 + rand.IntN(10000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = l.Close()
			return port
		}
	}
}

func TestC04A17NobodyListensAfterwards(t *testing.T) {
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

func TestC09A16TheReplyPage(t *testing.T) {
	const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>` + "\x1b[31m"
	ok, denied, refused := newProvider(t), newProvider(t), newProvider(t)
	denied.redirect = func(q url.Values) {
		q.Del("code")
		q.Set("error", "access_denied")
		q.Set("error_description", hostile)
	}
	refused.redirect = func(q url.Values) {
		q.Del("code")
		q.Set("error", hostile)
	}
	for _, p := range []*provider{ok, denied, refused} {
		prof := p.profile()
		prof.ClientName = hostile
		s := signIn(t, newClient(t, p), prof, nil)
		callback, page := s.steps[len(s.steps)-2], s.page()
		if callback.status != http.StatusSeeOther {
			t.Errorf("the callback was answered with %d", callback.status)
		}
		for _, v := range []visit{callback, page} {
			for name, want := range map[string]string{
				"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
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
		contains(t, page.body, "&lt;script&gt;")
	}
	contains(t, assets.ResultCSP(), "default-src 'none'")
}

func TestA18C11TheTimeOutNamesTheCallbackToRegister(t *testing.T) {
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
