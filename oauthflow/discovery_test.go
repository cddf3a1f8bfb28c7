package oauthflow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keyfob/account"
	"keyfob/internal/fault"
)

func TestC16IssuerMatchesByteForByte(t *testing.T) {
	p := newProvider(t)
	for _, got := range []string{
		strings.TrimSuffix(p.issuer, "/"), p.issuer + "/", strings.ToUpper(p.issuer), "https://evil.example/",
		strings.Replace(p.issuer, "http://", "http://x@", 1), p.issuer + " ", "",
	} {
		p.describe = func(m map[string]any) { m["issuer"] = got }
		err := newClient(t, p).Prepare(t.Context(), p.profile())
		if got == "" {
			wantFault(t, err, fault.DiscoveryInvalid)
			continue
		}
		f := wantFault(t, err, fault.IssuerMismatch)
		if f.Args["want"] != p.issuer || f.Args["got"] == "" {
			t.Errorf("%q: %v", got, f.Args)
		}
	}
}

func TestC16AMissingSlashIsSuggested(t *testing.T) {
	p := newProvider(t)
	prof := p.profile()
	prof.Issuer = strings.TrimSuffix(p.issuer, "/")
	f := wantFault(t, newClient(t, p).Prepare(t.Context(), prof), fault.IssuerMismatch)
	if f.Args["suggest"] != p.issuer {
		t.Errorf("suggested %q", f.Args["suggest"])
	}
	p.describe = func(m map[string]any) { m["issuer"] = "https://evil.example/" }
	if f := wantFault(t, newClient(t, p).Prepare(t.Context(), prof), fault.IssuerMismatch); f.Args["suggest"] != "" {
		t.Errorf("suggested %q", f.Args["suggest"])
	}
}

func TestC17EveryEndpointIsHTTPS(t *testing.T) {
	for _, field := range []string{"authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"} {
		p := newProvider(t)
		p.describe = func(m map[string]any) { m[field] = "http://login.acme.example/x" }
		f := wantFault(t, newClient(t, p).Prepare(t.Context(), p.profile()), fault.InsecureEndpoint)
		if f.Args["field"] != field || !strings.Contains(f.Args["url"], "login.acme.example") {
			t.Errorf("%s: %v", field, f.Args)
		}
	}
	p := newProvider(t)
	prof := p.profile()
	prof.Issuer = "http://login.acme.example/"
	wantFault(t, newClient(t, p).Prepare(t.Context(), prof), fault.InsecureEndpoint)
	for address, want := range map[string]bool{
		"https://a.example": true, "http://127.0.0.1:1": true, "http://127.9.9.9": true, "http://[::1]:1": true,
		"http://localhost": true, "http://a.example": false, "http://localhost.evil.example": false,
		"http://0.0.0.0": false, "ftp://127.0.0.1": false, "https://": false, "http://127.0.0.1.evil.example": false,
		"//127.0.0.1": false, "https://user@a.example": false, "https://a.example/#f": false,
		"https://a.example/\u00a0": false, "https://a.example/a b": false, "https://a.example/\"": false,
	} {
		if _, err := checkURL("x", address); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestC18IssuerInTheCallback(t *testing.T) {
	for _, tt := range []struct {
		what     string
		promised bool
		change   func(address, issuer string) string
		ok       bool
	}{
		{"right", false, func(u, iss string) string { return with(u, "iss", iss) }, true},
		{"right and promised", true, func(u, iss string) string { return with(u, "iss", iss) }, true},
		{"absent", false, func(u, _ string) string { return u }, true},
		{"absent but promised", true, func(u, _ string) string { return u }, false},
		{"wrong", false, func(u, _ string) string { return with(u, "iss", "https://evil.example/") }, false},
		{"without its slash", false, func(u, iss string) string {
			return with(u, "iss", strings.TrimSuffix(iss, "/"))
		}, false},
		{"empty", false, func(u, _ string) string { return with(u, "iss", "") }, false},
		{"wrong on an error", false, func(u, _ string) string {
			return with(with(with(u, "iss", "https://evil.example/"), "code"), "error", "access_denied")
		}, false},
		{"absent on an error but promised", true, func(u, _ string) string {
			return with(with(u, "code"), "error", "access_denied")
		}, false},
	} {
		t.Run(tt.what, func(t *testing.T) {
			p := newProvider(t)
			p.describe = func(m map[string]any) {
				if tt.promised {
					m["authorization_response_iss_parameter_supported"] = true
				}
			}
			s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
				return b.follow(tt.change(callbackOf(b, a), p.issuer))
			})
			if tt.ok {
				if s.err != nil {
					t.Fatal(s.err)
				}
				return
			}
			wantFault(t, s.err, fault.CallbackInvalid)
			if p.count("/oauth/token") != 0 {
				t.Error("the code was sent")
			}
		})
	}
}

// The metadata changes while the person is in the browser: the code goes where it was asked for, and the tokens know
// where they came from.
func TestC19AnAttemptKeepsItsIssuerAndTokenEndpoint(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	s := signIn(t, c, p.profile(), func(b *browser, a account.Attempt) []visit {
		p.describe = func(m map[string]any) { m["token_endpoint"] = p.server.URL + "/elsewhere" }
		p.clock.forward(fresh)
		if err := c.Prepare(t.Context(), p.profile()); err != nil {
			t.Error(err)
		}
		return b.follow(a.URL)
	})
	if s.err != nil || p.count("/elsewhere") != 0 {
		t.Fatalf("%v, %d requests elsewhere", s.err, p.count("/elsewhere"))
	}
	if s.tokens.Issuer != p.issuer || s.tokens.TokenEndpoint != p.server.URL+"/oauth/token" {
		t.Errorf("the tokens come from %s, %s", s.tokens.Issuer, s.tokens.TokenEndpoint)
	}
}

// C19: a refresh token goes to nobody but the issuer that gave it.
func TestC19ARefreshTokenStaysWithItsIssuer(t *testing.T) {
	p, other := newProvider(t), newProvider(t)
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	_, err := c.Refresh(t.Context(), other.profile(), g, keepNothing)
	wantFault(t, err, fault.SignInRequired)

	bare := p.profile()
	bare.Issuer, bare.AuthorizationEndpoint = "", p.server.URL+"/authorize"
	bare.TokenEndpoint = other.server.URL + "/oauth/token"
	g.Issuer = ""
	_, err = c.Refresh(t.Context(), bare, g, keepNothing)
	wantFault(t, err, fault.SignInRequired)
	if other.count("") != 0 {
		t.Error("the other provider was asked")
	}
}

// A22: endpoints on other hosts are refused, unless the profile names the host itself.
func TestA22ForeignEndpoints(t *testing.T) {
	for _, field := range []string{"authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"} {
		p := newProvider(t)
		p.describe = func(m map[string]any) { m[field] = "https://tokens.acme.example/x" }
		f := wantFault(t, newClient(t, p).Prepare(t.Context(), p.profile()), fault.ForeignEndpoint)
		if f.Args["field"] != field || f.Args["host"] != "tokens.acme.example" {
			t.Errorf("%s: %v", field, f.Args)
		}
	}
	p, other := newProvider(t), newProvider(t)
	prof := p.profile()
	prof.RevocationEndpoint = other.server.URL + "/oauth/revoke"
	p.describe = func(m map[string]any) { m["jwks_uri"] = other.server.URL + "/keys" }
	if err := newClient(t, p).Prepare(t.Context(), prof); err != nil || other.count("/keys") != 1 {
		t.Errorf("a host that the profile names: %v", err)
	}
}

func TestProfileEndpointsOverruleDiscovery(t *testing.T) {
	p := newProvider(t)
	prof := p.profile()
	p.describe = func(m map[string]any) { delete(m, "token_endpoint") }
	wantFault(t, newClient(t, p).Prepare(t.Context(), prof), fault.DiscoveryInvalid)
	prof.TokenEndpoint = p.server.URL + "/oauth/token"
	signedInStory(t, newClient(t, p), prof)
}

// A profile that names every endpoint needs no document; one without an issuer gets no identity, and works.
func TestProfileWithoutDiscovery(t *testing.T) {
	p := newProvider(t)
	prof := p.profile()
	prof.AuthorizationEndpoint, prof.TokenEndpoint = p.server.URL+"/authorize", p.server.URL+"/oauth/token"
	prof.JWKSURI = p.server.URL + "/keys"
	if s := signedInStory(t, newClient(t, p), prof); s.tokens.Identity.Subject == "" {
		t.Error("with issuer and keys the person is known")
	}
	prof.Issuer, prof.JWKSURI = "", ""
	c := newClient(t, p)
	s := signedInStory(t, c, prof)
	if s.tokens.Identity != (Identity{}) || !has(s.tokens.Notices, fault.NoIDToken) {
		t.Errorf("an ID token that nobody could check was believed: %+v", s.tokens.Identity)
	}
	if _, err := c.Refresh(t.Context(), prof, grantOf(s.tokens), keepNothing); err != nil {
		t.Error(err)
	}
	if n := p.count("/.well-known/openid-configuration"); n != 0 {
		t.Errorf("%d requests for metadata", n)
	}
}

func TestDiscoveryFallsBackToRFC8414(t *testing.T) {
	p := newProvider(t)
	prof := p.profile()
	prof.Issuer = p.server.URL + "/tenant/"
	p.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/.well-known/oauth-authorization-server/tenant" {
			return false
		}
		m := p.metadata()
		m["issuer"] = prof.Issuer
		reply(w, http.StatusOK, m)
		return true
	}
	if err := newClient(t, p).Prepare(t.Context(), prof); err != nil {
		t.Fatal(err)
	}
	if p.seen("")[0].path != "/tenant/.well-known/openid-configuration" {
		t.Errorf("the first request went to %s", p.seen("")[0].path)
	}
}

func TestDiscoveryThatIsNone(t *testing.T) {
	const path = "/.well-known/openid-configuration"
	for _, tt := range []struct {
		what   string
		status int
		body   string
		want   fault.Code
	}{
		{"login page of a network", 200, "<html>Welcome to the hotel</html>", fault.Portal},
		{"nothing", 200, "", fault.Portal},
		{"not whole", 200, `{"issuer":"x"`, fault.DiscoveryInvalid},
		{"twice the issuer", 200, `{"issuer":"a","issuer":"b"}`, fault.DiscoveryInvalid},
		{"other case", 200, `{"Issuer":"a"}`, fault.DiscoveryInvalid},
		{"deep", 200, `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}", fault.DiscoveryInvalid},
		{"too large", 200, `{"x":"` + strings.Repeat("x", maxBody) + `"}`, fault.DiscoveryInvalid},
		{"forbidden", 403, `{}`, fault.DiscoveryInvalid},
		{"not there", 404, `not found`, fault.DiscoveryInvalid},
		{"trouble", 503, ``, fault.ProviderTrouble},
		{"too often", 429, ``, fault.RateLimited},
		{"network sign-in", 511, `<html>`, fault.Portal},
	} {
		p := newProvider(t)
		p.answer = func(w http.ResponseWriter, r *http.Request) bool {
			return answerAt(path, tt.status, "application/json", tt.body)(w, r)
		}
		err := newClient(t, p).Prepare(t.Context(), p.profile())
		if f := fault.Of(err); f == nil || f.Code != tt.want {
			t.Errorf("%s: %v, want %s", tt.what, err, tt.want)
		}
		if err != nil && strings.Contains(fmt.Sprintf("%v %v", err, fault.Of(err).Args), "hotel") {
			t.Errorf("%s: the body is in the error", tt.what)
		}
	}
}

// A failure is not remembered: the next press asks again.
func TestDiscoveryIsTriedAgain(t *testing.T) {
	p := newProvider(t)
	down := true
	p.answer = func(w http.ResponseWriter, r *http.Request) bool {
		return down && answerAt("/.well-known/openid-configuration", 503, "", "")(w, r)
	}
	c := newClient(t, p)
	f := wantFault(t, c.Prepare(t.Context(), p.profile()), fault.ProviderTrouble)
	if f.Args["status"] != "503" || f.Args["until"] != "" {
		t.Errorf("%v", f.Args)
	}
	down = false
	if err := c.Prepare(t.Context(), p.profile()); err != nil {
		t.Error(err)
	}
}
