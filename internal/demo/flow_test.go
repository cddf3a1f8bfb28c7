package demo

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"keyfob/assets"
)

func TestSignInWithAnOrdinaryClient(t *testing.T) {
	s := start(t, Options{})
	back := press(t, s, authRequest(s, nil), jane).location(t)
	if got := back.Scheme + "://" + back.Host + back.Path; got != callback {
		t.Errorf("the way back is %s", got)
	}
	if q := back.Query(); q.Get("state") != "the-state" || q.Get("iss") != s.Issuer() {
		t.Errorf("the answer's state is %q, its iss %q", q.Get("state"), q.Get("iss"))
	}
	got := tokenRequest(t, s, exchange(back.Query().Get("code")))
	if got.status != http.StatusOK || got.Type != "Bearer" || got.Expires != 300 || got.Scope != scopes ||
		got.Refresh == "" {
		t.Errorf("the token answer: %d, %s, %d s, %q", got.status, got.Type, got.Expires, got.Scope)
	}

	// The client library that Keyfob uses accepts discovery, keys and ID token.
	ctx := oidc.ClientContext(t.Context(), browser)
	provider, err := oidc.NewProvider(ctx, s.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	idToken, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: clientID}).Verify(ctx, got.ID)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Name, Email string
		AuthTime    int64 `json:"auth_time"`
	}
	if err := idToken.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if idToken.Subject != jane || idToken.Nonce != "the-nonce" || claims.Name != "Jane Doe" ||
		claims.Email != "jane@demo.keyfob.invalid" || claims.AuthTime == 0 {
		t.Errorf("the ID token says %s, %s, %+v", idToken.Subject, idToken.Nonce, claims)
	}
}

func TestDiscovery(t *testing.T) {
	s := start(t, Options{})
	var doc map[string]any
	if err := json.Unmarshal([]byte(get(t, s.Issuer()+".well-known/openid-configuration").body), &doc); err != nil {
		t.Fatal(err)
	}
	for field, path := range map[string]string{
		"issuer": "", "authorization_endpoint": "authorize", "token_endpoint": "oauth/token",
		"revocation_endpoint": "oauth/revoke", "userinfo_endpoint": "userinfo", "end_session_endpoint": "oidc/logout",
		"jwks_uri": ".well-known/jwks.json",
	} {
		if doc[field] != s.Issuer()+path {
			t.Errorf("%s is %v", field, doc[field])
		}
	}
	if strings.Contains(get(t, s.Issuer()+".well-known/jwks.json").body, `"d":`) {
		t.Error("the key set holds a private key")
	}
}

func TestTheDemoProfileFits(t *testing.T) {
	var p struct {
		Issuer   string
		ClientID string `json:"client_id"`
		Audience string
		Scope    string
	}
	if err := json.Unmarshal(assets.DemoProfile(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Issuer != "http://"+Addr+"/" || p.ClientID != clientID || p.Audience != audience(p.Issuer) || p.Scope != "" {
		t.Errorf("the profile is %+v", p)
	}
}

func TestRefreshRotates(t *testing.T) {
	s := start(t, Options{})
	first := signIn(t, s, nil)
	second := refresh(t, s, first.Refresh)
	if second.status != http.StatusOK || second.Refresh == "" || second.Refresh == first.Refresh || second.ID == "" {
		t.Errorf("the refresh: %d %s, rotated %t", second.status, second.Error, second.Refresh != first.Refresh)
	}
	if got := whoami(t, s, "Bearer "+second.Access); got.status != http.StatusOK {
		t.Errorf("the new token is answered with %d", got.status)
	}
}

func TestReuseKillsTheFamily(t *testing.T) {
	s := start(t, Options{})
	other := signIn(t, s, nil)
	first := signIn(t, s, nil)
	second := refresh(t, s, first.Refresh)
	third := refresh(t, s, second.Refresh)
	refresh(t, s, first.Refresh).dead(t, "a spent token")
	refresh(t, s, third.Refresh).dead(t, "the newest token of the family")
	if got := refresh(t, s, other.Refresh); got.status != http.StatusOK {
		t.Errorf("another sign-in died too: %d %s", got.status, got.Error)
	}
	refresh(t, s, "never-issued").dead(t, "an unknown token")
}

func TestOneOfManyRefreshesWins(t *testing.T) {
	s := start(t, Options{})
	first := signIn(t, s, nil)
	var won sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if got := refresh(t, s, first.Refresh); got.status == http.StatusOK {
				won.Store(i, got)
			}
		})
	}
	all.Wait()
	winners := 0
	won.Range(func(_, got any) bool {
		winners++
		refresh(t, s, got.(tokens).Refresh).dead(t, "the winner's token, after the others' reuse")
		return true
	})
	if winners != 1 {
		t.Errorf("%d of 8 requests with one token won", winners)
	}
}

func TestTokenRequestsTakeTurns(t *testing.T) {
	var inside atomic.Int32
	endpoint := &tokenEndpoint{provider: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if inside.Add(1) > 1 {
			t.Error("two requests at once: both could spend one refresh token")
		}
		for range 1000 {
			runtime.Gosched()
		}
		inside.Add(-1)
	})}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			endpoint.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/oauth/token", nil))
		})
	}
	all.Wait()
}

func TestNoRefreshTokenWithoutOfflineAccess(t *testing.T) {
	s := start(t, Options{})
	got := signIn(t, s, map[string]string{"scope": "openid email"})
	if got.Refresh != "" || got.ID == "" {
		t.Errorf("refresh token %t, ID token %t", got.Refresh != "", got.ID != "")
	}
}

func TestACodeIsGoodOnce(t *testing.T) {
	s := start(t, Options{})
	code := press(t, s, authRequest(s, nil), jane).location(t).Query().Get("code")
	first := tokenRequest(t, s, exchange(code))
	tokenRequest(t, s, exchange(code)).dead(t, "a spent code")
	refresh(t, s, first.Refresh).dead(t, "the refresh token of a code that was used twice")
	tokenRequest(t, s, exchange(code)).dead(t, "a code of a dead grant")
}

func TestASignInPageIsGoodOnce(t *testing.T) {
	s := start(t, Options{})
	page := get(t, authRequest(s, nil))
	action := s.Issuer() + strings.TrimPrefix(formAction.FindStringSubmatch(page.body)[1], "/")
	again := post(t, action, url.Values{"person": {"nobody"}})
	if again.status != http.StatusOK || !strings.Contains(again.body, "Jane Doe") {
		t.Errorf("a button that does not exist: %d", again.status)
	}
	post(t, action, url.Values{"person": {jane}}).location(t)
	twice := post(t, action, url.Values{"person": {jane}})
	if twice.status != http.StatusBadRequest || twice.header.Get("Location") != "" {
		t.Errorf("the second press: %d, redirected %t", twice.status, twice.header.Get("Location") != "")
	}
}

func TestPKCE(t *testing.T) {
	s := start(t, Options{})
	for name, change := range map[string]map[string]string{
		"no challenge": {"code_challenge": ""},
		"plain":        {"code_challenge_method": "plain"},
	} {
		back := get(t, authRequest(s, change)).location(t)
		if back.Query().Get("error") != "invalid_request" || back.Query().Get("code") != "" {
			t.Errorf("%s: error %q", name, back.Query().Get("error"))
		}
	}
	code := press(t, s, authRequest(s, nil), jane).location(t).Query().Get("code")
	form := exchange(code)
	form.Set("code_verifier", strings.Repeat("x", 43))
	tokenRequest(t, s, form).dead(t, "another verifier")
	tokenRequest(t, s, exchange(code)).dead(t, "the code after a wrong verifier")
}

func TestRefusalsThatGoBackToTheClient(t *testing.T) {
	s := start(t, Options{})
	for name, c := range map[string]struct{ param, value, code, why string }{
		"no audience":      {"audience", "", "invalid_request", "the audience parameter is required"},
		"another audience": {"audience", "https://api.example/", "access_denied", "Service not found: https://api.example/"},
		"no page allowed":  {"prompt", "none", "login_required", "Login required"},
		"unknown scope":    {"scope", "openid admin", "invalid_scope", "invalid scope"},
	} {
		q := get(t, authRequest(s, map[string]string{c.param: c.value})).location(t).Query()
		if q.Get("error") != c.code || q.Get("error_description") != c.why || q.Get("state") != "the-state" || q.Has("code") {
			t.Errorf("%s: %v", name, q)
		}
	}
}

func TestMaxIsDenied(t *testing.T) {
	s := start(t, Options{})
	q := press(t, s, authRequest(s, nil), "demo|max").location(t).Query()
	if q.Get("error") != "access_denied" || !strings.Contains(q.Get("error_description"), "no seat") || q.Has("code") {
		t.Errorf("Max got %v", q)
	}
}

func TestRefusalsThatStayOnThePage(t *testing.T) {
	s := start(t, Options{})
	for name, c := range map[string]struct{ param, value, says string }{
		"a free port":    {"redirect_uri", "http://127.0.0.1:40000/callback", "17171/callback"},
		"localhost":      {"redirect_uri", "http://localhost:17171/callback", "17171/callback"},
		"a longer path":  {"redirect_uri", callback + "/", "17171/callback"},
		"no callback":    {"redirect_uri", "", "start again"},
		"another client": {"client_id", "other", "start again"},
	} {
		got := get(t, authRequest(s, map[string]string{c.param: c.value}))
		if got.status != http.StatusBadRequest || got.header.Get("Location") != "" || !strings.Contains(got.body, c.says) {
			t.Errorf("%s: %d, %q, %s", name, got.status, got.header.Get("Location"), got.body)
		}
		if got.header.Get("Content-Security-Policy") != assets.ResultCSP() {
			t.Errorf("%s: the page's policy is %q", name, got.header.Get("Content-Security-Policy"))
		}
	}
}

func TestSecretsAreRefused(t *testing.T) {
	s := start(t, Options{})
	first := signIn(t, s, nil)
	for _, path := range []string{"oauth/token", "oauth/revoke"} {
		for name, spoil := range map[string]func(http.Header, url.Values){
			"basic":     func(h http.Header, _ url.Values) { h.Set("Authorization", "Basic a2V5Zm9iLWRlbW86c2VjcmV0") },
			"post":      func(_ http.Header, f url.Values) { f.Set("client_secret", "secret") },
			"assertion": func(_ http.Header, f url.Values) { f.Set("client_assertion", "secret") },
		} {
			form := url.Values{
				"grant_type": {"refresh_token"}, "client_id": {clientID},
				"refresh_token": {first.Refresh}, "token": {first.Refresh},
			}
			header := http.Header{}
			spoil(header, form)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Issuer()+path, strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = header
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if got := send(t, r, nil); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "invalid_client") {
				t.Errorf("%s, %s: %d", path, name, got.status)
			}
		}
	}
	if got := refresh(t, s, first.Refresh); got.status != http.StatusOK {
		t.Errorf("a refused request spent the token: %d", got.status)
	}
}

func TestRevocation(t *testing.T) {
	s := start(t, Options{})
	first := signIn(t, s, nil)
	second := refresh(t, s, first.Refresh)
	form := url.Values{"client_id": {clientID}, "token": {second.Refresh}, "token_type_hint": {"refresh_token"}}
	for _, when := range []string{"once", "again"} {
		if got := post(t, s.Issuer()+"oauth/revoke", form); got.status != http.StatusOK {
			t.Errorf("revoking %s: %d %s", when, got.status, got.body)
		}
	}
	refresh(t, s, second.Refresh).dead(t, "a revoked token")
	form.Set("token", "never-issued")
	if got := post(t, s.Issuer()+"oauth/revoke", form); got.status != http.StatusOK {
		t.Errorf("revoking an unknown token: %d", got.status)
	}
	if got := whoami(t, s, "Bearer "+second.Access); got.status != http.StatusOK {
		t.Errorf("an access token does not live on until it expires, as Auth0's does: %d", got.status)
	}
}

func TestUserInfoAndLogout(t *testing.T) {
	s := start(t, Options{})
	got := signIn(t, s, nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Issuer()+"userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+got.Access)
	if info := send(t, r, nil); info.status != http.StatusOK || !strings.Contains(info.body, "Jane Doe") {
		t.Errorf("userinfo: %d %s", info.status, info.body)
	}
	out := get(t, s.Issuer()+"oidc/logout?client_id="+clientID+"&id_token_hint="+got.ID)
	if out.status != http.StatusOK || !strings.Contains(out.body, "signed out of the demo") {
		t.Errorf("logout: %d %s", out.status, out.body)
	}
}
