package oauthflow

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/fault"
)

// C45, F5, for the part that lives here: a failure tells whether the refresh token may have been spent by it.
func TestC45F05AnErrorTellsWhetherTheRequestMayHaveArrived(t *testing.T) {
	cut := func(send string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/oauth/token" {
				return false
			}
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return true
			}
			_, _ = conn.Write([]byte(send))
			_ = conn.Close()
			return true
		}
	}
	for what, tt := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request) bool
		code   fault.Code
		sent   bool
	}{
		"no answer":        {cut(""), fault.Offline, true},
		"half a header":    {cut("HTTP/1.1 200 OK\r\nContent-"), fault.Offline, true},
		"half a body":      {cut("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"acc"), fault.Offline, true},
		"a redirect":       {answerAt("/oauth/token", 307, "", ""), fault.RedirectRefused, false},
		"a server's error": {answerAt("/oauth/token", 500, "", ""), fault.ProviderTrouble, false},
		"no":               {answerAt("/oauth/token", 400, "", ""), fault.SignInRequired, false},
	} {
		p := newProvider(t)
		c := newClient(t, p)
		g := grantOf(signedInStory(t, c, p.profile()).tokens)
		p.answer = tt.answer
		before := p.count("/oauth/token")
		_, err := c.Refresh(t.Context(), p.profile(), g, keepNothing)
		f := wantFault(t, err, tt.code)
		if f.MaybeSent != tt.sent {
			t.Errorf("%s: sent is %v, want %v", what, f.MaybeSent, tt.sent)
		}
		if n := p.count("/oauth/token") - before; n != 1 {
			t.Errorf("%s: %d requests", what, n)
		}
	}
}

// What fails before the request is written has spent nothing: no name, no connection, no TLS, no proxy; and a document
// that the request needed is no token request.
func TestC45F05WhatNeverLeftSaysSo(t *testing.T) {
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler())
	defer tlsServer.Close()
	for what, address := range map[string]string{
		"refused":     "http://127.0.0.1:" + freePort(),
		"certificate": tlsServer.URL,
		"no name":     "https://nobody.invalid",
	} {
		c := New(Options{})
		defer c.CloseIdle()
		prof := httpsProfile()
		prof.Issuer, prof.Scope = "", "a"
		prof.AuthorizationEndpoint, prof.TokenEndpoint = address+"/a", address+"/t"
		_, err := c.Refresh(t.Context(), prof, Grant{Refresh: random(), TokenEndpoint: prof.TokenEndpoint}, keepNothing)
		if f := fault.Of(err); err == nil || f.MaybeSent {
			t.Errorf("%s: %v %v", what, err, f.Args)
		}
	}

	p := newProvider(t)
	g := grantOf(signedInStory(t, newClient(t, p), p.profile()).tokens)
	p.answer = func(w http.ResponseWriter, r *http.Request) bool { panic(http.ErrAbortHandler) }
	_, err := newClient(t, p).Refresh(t.Context(), p.profile(), g, keepNothing)
	if f := wantFault(t, err, fault.Offline); f.MaybeSent || !p.holds(g.Refresh.Reveal()) {
		t.Errorf("metadata: %v", f.Args)
	}
}

// A provider that takes the request and says nothing until the time is over.
func TestC45F05ATimeOutAfterTheRequestIsAmbiguous(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for what, reads := range map[string]int64{"a server that listens": 1 << 20, "one that accepts and no more": 0} {
			transport := NewTransport()
			transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				t.Cleanup(func() { _ = theirs.Close() })
				if reads > 0 {
					go func() {
						for buf := make([]byte, 4096); ; {
							if _, err := theirs.Read(buf); err != nil {
								return
							}
						}
					}()
				}
				return ours, nil
			}
			c := New(Options{Transport: transport})
			prof := httpsProfile()
			prof.Issuer, prof.Scope = "", "a"
			prof.AuthorizationEndpoint, prof.TokenEndpoint = "http://127.0.0.1:1/a", "http://127.0.0.1:1/t"
			begin := time.Now()
			_, err := c.Refresh(t.Context(), prof, Grant{Refresh: random(), TokenEndpoint: prof.TokenEndpoint}, keepNothing)
			f := wantFault(t, err, fault.Offline)
			if !f.MaybeSent || time.Since(begin) != requestTime {
				t.Errorf("%s: %v after %v", what, f.Args, time.Since(begin))
			}
		}
	})
}

// F10, for the part that lives here: how far the clocks are apart, by the response's Date.
func TestF10TheProvidersClockIsRead(t *testing.T) {
	for _, apart := range []time.Duration{0, time.Hour, -time.Hour, 87600 * time.Hour, -87600 * time.Hour} {
		p := newProvider(t)
		c := newClient(t, p)
		date := p.clock.time().Add(apart).UTC().Format(http.TimeFormat)
		p.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Date", date)
			return false
		}
		first := signedInStory(t, c, p.profile()).tokens
		got, err := c.Refresh(t.Context(), p.profile(), grantOf(first), keepNothing)
		if err != nil || first.Skew != apart || got.Skew != apart {
			t.Errorf("%v: %v, %v, %v", apart, first.Skew, got.Skew, err)
		}
		if got.Expiry.Sub(got.Issued) != time.Hour {
			t.Errorf("%v: lives %v", apart, got.Expiry.Sub(got.Issued))
		}
	}
	for _, header := range []http.Header{nil, {"Date": {"yesterday"}}} {
		if got := (response{header: header}).skew(time.Now()); got != 0 {
			t.Errorf("%v: %v", header, got)
		}
	}
}

// F33: what a provider says of itself later is checked anew; a token is never sent to a host that nobody approved.
func TestF33ANewHostNeedsApproval(t *testing.T) {
	p, other := newProvider(t), newProvider(t)
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	p.describe = func(m map[string]any) { m["token_endpoint"] = other.server.URL + "/oauth/token" }
	p.clock.forward(usable + time.Minute)
	before := p.count("/oauth/token")
	_, err := c.Refresh(t.Context(), p.profile(), g, keepNothing)
	f := wantFault(t, err, fault.ForeignEndpoint)
	if n := p.count("/oauth/token") - before; f.Args["field"] != "token_endpoint" || n+other.count("") != 0 {
		t.Errorf("%v, %d requests here, %d there", f.Args, n, other.count(""))
	}
	if !strings.Contains(other.server.URL, strings.Split(f.Args["host"], ":")[0]) {
		t.Errorf("the other host is not named: %v", f.Args)
	}
	p.describe = nil
	if _, err := c.Refresh(t.Context(), p.profile(), g, keepNothing); err != nil {
		t.Error("and back:", err)
	}
}
