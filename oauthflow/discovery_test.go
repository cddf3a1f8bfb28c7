package oauthflow

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keyfob/internal/account"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
)

// A19: what a URL library would call the same is not the same. The person sees both.
func TestC16A19IssuerMatchesByteForByte(t *testing.T) {
	p := newProvider(t)
	host := strings.TrimPrefix(strings.TrimSuffix(p.issuer, "/"), "http://")
	for _, got := range []string{
		strings.TrimSuffix(p.issuer, "/"), p.issuer + "/", strings.ToUpper(p.issuer), "HTTP://" + host + "/",
		"https://evil.example/", "http://x@" + host + "/", "http://x:y@" + host + "/", "http://@" + host + "/",
		p.issuer + "?", p.issuer + "#", p.issuer + ".", p.issuer + "x/../", p.issuer + "%2e/",
		"http://" + host + ".evil.example/",
		strings.Replace(p.issuer, "127.0.0.1", "localhost", 1), strings.Replace(p.issuer, "127.0.0.1", "127.1", 1),
		strings.Replace(p.issuer, "127", "%3127", 1), "http:" + host + "/", "//" + host + "/", `http:\\` + host + `\`,
		p.issuer + " ", " " + p.issuer, p.issuer + "\n", p.issuer + "\u200b", "",
	} {
		p.describe = func(m map[string]any) { m["issuer"] = got }
		err := newClient(t, p).Prepare(t.Context(), p.profile())
		if got == "" {
			wantFault(t, err, fault.DiscoveryInvalid)
			continue
		}
		f := wantFault(t, err, fault.IssuerMismatch)
		if f.Args["want"] != p.issuer || f.Args["got"] != display.Clean(got, 200) {
			t.Errorf("%q: %v", got, f.Args)
		}
		contains(t, words.Of(f).What, f.Args["want"], f.Args["got"])
	}
}

// A19: an issuer of the profile that could be read in two ways is not asked for at all.
func TestA19AnIssuerIsPlain(t *testing.T) {
	p := newProvider(t)
	for _, issuer := range []string{
		p.issuer + "?x=", p.issuer + "?", p.issuer + "#x", strings.Replace(p.issuer, "//", "//x:canary@", 1),
		strings.Replace(p.issuer, "//", "//x@", 1), p.issuer + " ", p.issuer + "é", `\\` + p.issuer, "",
	} {
		_, err := newClient(t, p).describe(t.Context(), issuer)
		f := wantFault(t, err, fault.InsecureEndpoint)
		if f.Args["field"] != "issuer" || strings.Contains(fmt.Sprint(f, f.Args), "canary") {
			t.Errorf("%q: %v", issuer, f.Args)
		}
	}
	if p.count("") != 0 {
		t.Error("the provider was asked")
	}
}

// A path is asked for as it is written: a tenant with "%2F" in its name is not the tenant behind a "/".
func TestTheIssuersPathIsNotRewritten(t *testing.T) {
	p := newProvider(t)
	for _, path := range []string{"/a%2Fb", "/a%2fb/", "/a/../b", "/a//b/", "/a;b=c", "/%E2%82%AC"} {
		prof := p.profile()
		prof.Issuer = p.server.URL + path
		before := p.count("")
		wantFault(t, newClient(t, p).Prepare(t.Context(), prof), fault.DiscoveryInvalid)
		short := strings.TrimSuffix(path, "/")
		for i, want := range []string{short + "/.well-known/openid-configuration",
			"/.well-known/oauth-authorization-server" + short} {
			if got := p.seen("")[before+i].url; got != want {
				t.Errorf("%s: asked for %s, want %s", path, got, want)
			}
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

func TestC17A20EveryEndpointIsHTTPS(t *testing.T) {
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
}

// A20: http is for this machine itself, which has three names.
func TestA20OnlyThisMachineIsAskedWithoutTLS(t *testing.T) {
	for address, want := range map[string]bool{
		"https://a.example": true, "http://127.0.0.1:1": true, "http://127.9.9.9": true, "http://[::1]:1": true,
		"http://localhost": true, "http://LocalHost:80/x": true, "https://[fe80::1%25eth0]:1": true,
		"http://[::ffff:127.0.0.1]": true, "HTTP://127.0.0.1": true,

		"http://a.example": false, "http://localhost.evil.example": false, "http://localhost.": false,
		"http://127.0.0.1.evil.example": false, "http://127.0.0.1.": false, "http://127.1": false, "http://0": false,
		"http://2130706433": false, "http://0x7f000001": false, "http://0177.0.0.1": false, "http://127.0.0.01": false,
		"http://0.0.0.0": false, "http://[::]": false, "http://[::1%25lo]": false, "http://[::1%25evil.example]": false,
		"http://localhost@evil.example": false, "http://localhost:80@evil.example": false, "http://evil.localhost": false,
		"http://localhost\\.evil.example": false, "http://10.0.0.1": false, "http://169.254.169.254": false,
		"http://ｌocalhost": false, "http://%6Cocalhost": false, "http://localhost%00.evil.example": false,

		"ftp://127.0.0.1": false, "https://": false, "https://:443": false, "https:///x": false, "https:a.example": false,
		"//127.0.0.1": false, "127.0.0.1": false, "localhost:80": false, "https://user@a.example": false,
		"https://@a.example": false, "https://a.example/#f": false, "https://a.example\\@evil.example": false,
		"https://%D0%B0.example": false, "https://a.example:x": false, "https://[::1": false,
	} {
		if _, err := checkURL("x", address); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A23: what the browser's opener could take for something else never gets there, whoever says it.
func TestA23OnlyAPlainAddressIsOpened(t *testing.T) {
	p := newProvider(t)
	for _, address := range []string{
		"javascript:alert(1)", "JavaScript://" + p.issuer, "file:///etc/passwd", "data:text/html,x", "vbscript:x",
		"ms-settings:", "mailto:a@a.example", `\\\\host\share`, "//host/share", `https:\\host\share`,
		"-x", "--help", "-https://a.example",
		" " + p.issuer, p.issuer + " x", p.issuer + "\t", p.issuer + "\r\nx", p.issuer + "\x00", p.issuer + "\u00a0",
		p.issuer + "\u202e", p.issuer + `"&calc`, p.issuer + "'<script>", p.issuer + "`id`", p.issuer + "|x", p.issuer + "^x",
		"http://x:y@" + strings.TrimPrefix(p.issuer, "http://"), p.issuer + "#x", "/authorize", "authorize", "https://",
		p.issuer + strings.Repeat("x", maxAuthorizationURL), p.issuer + "?" + strings.Repeat("x", maxAuthorizationURL),
	} {
		for who, tell := range map[string]func(*profile.Profile){
			"provider": func(*profile.Profile) {
				p.describe = func(m map[string]any) { m["authorization_endpoint"] = address }
			},
			"profile": func(prof *profile.Profile) { p.describe, prof.AuthorizationEndpoint = nil, address },
		} {
			prof := p.profile()
			tell(&prof)
			_, err := newClient(t, p).SignIn(t.Context(), prof, SignInOptions{}, func(a account.Attempt) error {
				t.Errorf("%s: %.80q was to be opened", who, a.URL)
				return context.Canceled
			})
			if code := fault.CodeOf(err); code != fault.InsecureEndpoint && code != fault.DiscoveryInvalid {
				t.Errorf("%s: %.80q: %v", who, address, err)
			}
		}
	}
	for _, field := range []string{"authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"} {
		p.describe = func(m map[string]any) { m[field] = p.issuer + strings.Repeat("x", maxEndpoint) }
		wantFault(t, newClient(t, p).Prepare(t.Context(), p.profile()), fault.DiscoveryInvalid) // before anybody waits for it
	}
	p.describe = nil
	prof := p.profile()
	prof.AuthorizationParams = map[string]string{"login_hint": strings.Repeat("x", maxAuthorizationURL)}
	if s := signIn(t, newClient(t, p), prof, nil); fault.CodeOf(s.err) != fault.DiscoveryInvalid || s.attempt.URL != "" {
		t.Errorf("what the profile adds: %v", s.err)
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

// A22: an origin is scheme, host and port, in whatever way they are written; and nothing less.
func TestA22OneOriginInManySpellings(t *testing.T) {
	for _, tt := range []struct {
		issuer, endpoint string
		ok               bool
	}{
		{"https://a.example/", "https://a.example:443/x", true}, {"https://a.example:443", "https://a.example/x", true},
		{"https://a.example", "https://A.Example/x", true}, {"https://a.example", "https://a.example:/x", true},
		{"http://127.0.0.1", "http://127.0.0.1:80/x", true}, {"https://[::1]:443", "https://[::1]/x", true},
		{"https://a.example", "https://a.example:8443/x", false}, {"https://a.example:8443", "https://a.example/x", false},
		{"https://a.example", "https://a.example:0443/x", false}, {"https://a.example", "https://a.example./x", false},
		{"https://a.example", "https://b.a.example/x", false}, {"https://b.a.example", "https://a.example/x", false},
		{"https://a.example", "https://a.example.evil.example/x", false},
		{"https://a.example", "https://evila.example/x", false},
		{"https://127.0.0.1", "http://127.0.0.1/x", false}, {"http://127.0.0.1:443", "https://127.0.0.1/x", false},
		{"http://127.0.0.1", "http://localhost/x", false}, {"http://127.0.0.1", "http://127.0.0.2/x", false},
		{"http://127.0.0.1", "http://[::ffff:127.0.0.1]/x", false},
		{"https://[fe80::1]", "https://[fe80::1%25eth0]/x", false},
	} {
		m := metadata{AuthorizationEndpoint: tt.endpoint, TokenEndpoint: tt.endpoint}
		err := m.check(profile.Profile{ID: "x", Issuer: tt.issuer})
		if tt.ok && err != nil {
			t.Errorf("%s of %s: %v", tt.endpoint, tt.issuer, err)
		}
		if !tt.ok {
			wantFault(t, err, fault.ForeignEndpoint)
		}
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
	if f.Args["status"] != "503" || !f.Until.IsZero() {
		t.Errorf("%v", f.Args)
	}
	down = false
	if err := c.Prepare(t.Context(), p.profile()); err != nil {
		t.Error(err)
	}
}
