package oauthflow

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

func TestC20OneRequestPerCode(t *testing.T) {
	for _, status := range []int{400, 401, 403, 500, 503, 200} {
		p := newProvider(t)
		p.answer = answerAt("/oauth/token", status, "application/json", `{"error":"invalid_request"}`)
		s := signIn(t, newClient(t, p), p.profile(), nil)
		if s.err == nil || p.count("/oauth/token") != 1 {
			t.Errorf("%d: %d requests, error %v", status, p.count("/oauth/token"), s.err)
		}
	}
}

func TestC21PublicClientsSendNoSecret(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	s := signedInStory(t, c, p.profile())
	if _, err := c.Refresh(t.Context(), p.profile(), grantOf(s.tokens), keepNothing); err != nil {
		t.Fatal(err)
	}
	if err := c.Revoke(t.Context(), p.profile(), s.tokens.Refresh); err != nil {
		t.Fatal(err)
	}
	for _, r := range append(p.seen("/oauth/token"), p.seen("/oauth/revoke")...) {
		if r.header.Get("Authorization") != "" || r.form.Has("client_secret") || r.form.Get("client_id") != "client-1" {
			t.Errorf("%s: %v, Authorization %q", r.path, r.form.Has("client_secret"), r.header.Get("Authorization"))
		}
		if r.method != http.MethodPost || strings.Contains(r.url, "?") ||
			r.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s %s as %s", r.method, r.url, r.header.Get("Content-Type"))
		}
	}
}

func TestConfidentialClientsAuthenticateAsTheProfileSays(t *testing.T) {
	p := newProvider(t)
	prof := p.profile()
	prof.TokenEndpointAuthMethod = profile.AuthBasic
	c := newClient(t, p)
	signIn(t, c, prof, nil)
	_ = c.Revoke(t.Context(), prof, random())
	for _, r := range append(p.seen("/oauth/token"), p.seen("/oauth/revoke")...) {
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte("client-1:"))
		if r.header.Get("Authorization") != want || r.form.Has("client_id") {
			t.Errorf("%s: %q", r.path, r.header.Get("Authorization"))
		}
	}
}

func TestC22TheSameRedirectURITwice(t *testing.T) {
	p := newProvider(t)
	s := signedInStory(t, newClient(t, p), p.profile())
	asked, sent := query(s.attempt.URL).Get("redirect_uri"), p.seen("/oauth/token")[0].form.Get("redirect_uri")
	if asked != sent || asked != s.attempt.RedirectURI || sent == "" {
		t.Errorf("asked with %q, exchanged with %q, bound %q", asked, sent, s.attempt.RedirectURI)
	}
}

func TestC23A34RedirectsAreRefused(t *testing.T) {
	for _, path := range []string{"/.well-known/openid-configuration", "/keys", "/oauth/token", "/oauth/revoke"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			p, target := newProvider(t), newProvider(t)
			p.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != path {
					return false
				}
				w.Header().Set("Location", target.server.URL+path)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = w.Write([]byte(`{"access_token":"a","token_type":"Bearer"}`))
				return true
			}
			c := newClient(t, p)
			s := signIn(t, c, p.profile(), nil)
			if path == "/oauth/revoke" {
				s.err = c.Revoke(t.Context(), p.profile(), s.tokens.Refresh)
			}
			wantFault(t, s.err, fault.RedirectRefused)
			if target.count("") != 0 {
				t.Errorf("%s %d: the target was asked", path, status)
			}
		}
	}
}

func TestC27ANarrowerScopeIsShown(t *testing.T) {
	for _, tt := range []struct {
		asked, audience, granted, missing string
	}{
		{"openid offline_access a b", "", "openid offline_access a", "b"},
		{"openid offline_access a b", "", "b a", ""},
		{"openid profile email a", "", "openid a", "profile email"},
		{"openid profile email a", "https://api.example", "a", ""},
		{"openid a", "", "a extra", ""},
		{"openid a", "", "", ""}, // absent: as asked (RFC 6749 §5.1)
	} {
		p := newProvider(t)
		p.tokens = func(m map[string]any) {
			m["scope"] = tt.granted
			if tt.granted == "" {
				delete(m, "scope")
			}
		}
		prof := p.profile()
		prof.Scope, prof.Audience = tt.asked, tt.audience
		s := signedInStory(t, newClient(t, p), prof)
		got := strings.Join(s.tokens.Missing, " ")
		if got != tt.missing || has(s.tokens.Notices, fault.ScopeReduced) != (got != "") {
			t.Errorf("asked %q, granted %q: missing %q, notices %v", tt.asked, tt.granted, got, s.tokens.Notices)
		}
		if want := tt.granted; s.tokens.Scope != want && want != "" || s.tokens.Scope == "" {
			t.Errorf("scope %q, want %q", s.tokens.Scope, want)
		}
	}
}

func TestC27AMissingRefreshTokenIsReported(t *testing.T) {
	p := newProvider(t)
	p.tokens = func(m map[string]any) { delete(m, "refresh_token") }
	s := signedInStory(t, newClient(t, p), p.profile())
	if !has(s.tokens.Notices, fault.CannotRenew) || !s.tokens.Refresh.Empty() {
		t.Errorf("notices %v", s.tokens.Notices)
	}
	prof := p.profile()
	prof.GrantTypes = []string{profile.AuthorizationCode}
	if s := signedInStory(t, newClient(t, p), prof); has(s.tokens.Notices, fault.CannotRenew) {
		t.Error("nobody wanted a refresh token")
	}
}

func TestExchangeRefusals(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		want   fault.Code
		said   string
	}{
		{403, `{"error":"invalid_grant","error_description":"Invalid code"}`, fault.SignInRefused, "Invalid code"},
		{500, `{"error":"invalid_grant"}`, fault.SignInRefused, ""},
		{401, `{"error":"invalid_client"}`, fault.ClientRefused, ""},
		{403, `{"error":"unauthorized_client","error_description":"Not allowed"}`, fault.ClientRefused, "Not allowed"},
		{401, `{"error":"access_denied","error_description":"Unauthorized"}`, fault.ClientRefused, "Unauthorized"},
		{403, `{"error":"access_denied","error_description":"Not on the list"}`, fault.SignInDenied, "Not on the list"},
		{403, `{"error":"mfa_required"}`, fault.SignInRequired, ""},
		{400, `{"error":"invalid_target"}`, fault.SignInRefused, ""},
		{400, ``, fault.SignInRefused, ""},
		{400, `{"error":"temporarily_unavailable"}`, fault.ProviderTrouble, ""},
		{429, ``, fault.RateLimited, ""},
		{400, `{"error":"slow_down"}`, fault.RateLimited, ""},
		{429, `{"error":"too_many_requests","error_description":"Client quota exceeded"}`, fault.QuotaExhausted, ""},
		{400, `{"error":"invalid_grant","error_description":["x"]}`, fault.SignInRefused, ""},
	} {
		p := newProvider(t)
		p.answer = answerAt("/oauth/token", tt.status, "application/json", tt.body)
		f := fault.Of(signIn(t, newClient(t, p), p.profile(), nil).err)
		if f == nil || f.Code != tt.want || f.Args["said"] != tt.said {
			t.Errorf("%d %s: %v %v", tt.status, tt.body, f, f.Args)
		}
		if f.Code == fault.RateLimited && !f.Until.Equal(p.clock.time().Add(time.Minute)) {
			t.Errorf("until %s", f.Until)
		}
	}
}

// Nothing reaches the place that a redirect names, not even a connection: with 307 and 308 the form would be sent
// again, code and verifier or refresh token included.
func TestA34TheTargetOfARedirectReceivesNothing(t *testing.T) {
	target, connections := countedServer(t)
	for _, status := range []int{301, 302, 303, 307, 308, 300, 304, 399} {
		for _, location := range []string{target + "/oauth/token", "//" + target[len("http://"):], "/elsewhere", ""} {
			p := newProvider(t)
			c := newClient(t, p)
			g := grantOf(signedInStory(t, c, p.profile()).tokens)
			p.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/oauth/token" {
					w.Header().Set("Location", location)
				}
				return answerAt("/oauth/token", status, "application/json", `{"access_token":"a","token_type":"Bearer"}`)(w, r)
			}
			before := p.count("")
			k := &keeper{}
			_, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
			wantFault(t, err, fault.RedirectRefused)
			wantFault(t, signIn(t, c, p.profile(), nil).err, fault.RedirectRefused)
			if n := p.count("") - before; n != 3 || p.count("/elsewhere") != 0 || len(k.kept) != 0 {
				t.Errorf("%d to %q: %d requests, kept %q", status, location, n, k.kept)
			}
		}
	}
	if n := connections(); n != 0 {
		t.Errorf("%d connections to the target", n)
	}
}

// What a provider repeats of the request in its description does not get into the error.
func TestAnEchoedSecretIsTakenOut(t *testing.T) {
	p := newProvider(t)
	p.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/oauth/token" {
			return false
		}
		reply(w, 400, map[string]any{
			"error":             "invalid_grant",
			"error_description": "no such code " + r.PostForm.Get("code") + " for " + r.PostForm.Get("code_verifier"),
		})
		return true
	}
	s := signIn(t, newClient(t, p), p.profile(), nil)
	sent := p.seen("/oauth/token")[0].form
	f := wantFault(t, s.err, fault.SignInRefused)
	for _, canary := range []string{sent.Get("code"), sent.Get("code_verifier")} {
		if strings.Contains(fmt.Sprintf("%+v %v", f, s.page().body), canary) {
			t.Errorf("the error holds a secret: %v", f.Args)
		}
	}
	contains(t, f.Args["said"], "no such code [redacted] for")
}

// A secret that a form carries in another spelling is recognised in both.
func TestAnEchoedFormIsTakenOut(t *testing.T) {
	p := newProvider(t)
	p.tokens = func(m map[string]any) { m["refresh_token"] = "v1/abc+def=" }
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	for _, path := range []string{"/oauth/token", "/oauth/revoke"} {
		p.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != path {
				return false
			}
			reply(w, 401, map[string]any{"error": "invalid_client", "error_description": "bad request " +
				r.PostForm.Encode() + " " + r.PostForm.Get("token") + r.PostForm.Get("refresh_token")})
			return true
		}
		_, err := c.Refresh(t.Context(), p.profile(), g, keepNothing)
		if path == "/oauth/revoke" {
			err = c.Revoke(t.Context(), p.profile(), g.Refresh)
		}
		f := wantFault(t, err, fault.ClientRefused)
		if strings.Contains(f.Args["said"], "abc") || !strings.Contains(f.Args["said"], secret.Redacted) {
			t.Errorf("%s: %s", path, f.Args["said"])
		}
	}
}

func TestCallbackErrors(t *testing.T) {
	for _, tt := range []struct {
		code, description string
		want              fault.Code
	}{
		{"access_denied", "Not a member", fault.SignInDenied},
		{"access_denied", "Service not found: https://api.example", fault.SignInRefused},
		{"unauthorized", "user is blocked", fault.SignInBlocked},
		{"unauthorized_client", "", fault.ClientRefused},
		{"login_required", "", fault.SignInRefused},
		{"temporarily_unavailable", "", fault.ProviderTrouble},
		{"invalid_scope", "", fault.SignInRefused},
	} {
		p := newProvider(t)
		p.redirect = func(q url.Values) {
			q.Del("code")
			q.Set("error", tt.code)
			q.Set("error_description", tt.description)
		}
		s := signIn(t, newClient(t, p), p.profile(), nil)
		f := wantFault(t, s.err, tt.want)
		if tt.want == fault.SignInDenied && f.Args["said"] != tt.description {
			t.Errorf("%s: %v", tt.code, f.Args)
		}
		contains(t, s.page().body, string(tt.want))
	}
}
