//go:build linux

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"keyfob/e2e/stage"
)

// These tests make sure that the provider is as strict and as peculiar as Auth0 is. Without them a whole-program test
// could pass because the provider lets everything pass.

// verifier is the one of RFC 7636, Appendix B.
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// client is a plain HTTP client of a provider, with a browser's cookies.
type client struct {
	*testing.T
	ctx      context.Context //nolint:containedctx // one test's
	provider *stage.Provider
	http     *http.Client
}

func newClient(t *testing.T, shape stage.Shape) *client {
	t.Helper()
	ctx, s := open(t, stage.Options{NoDisplay: true, NoKeychain: true, NoTrayHost: true})
	provider := must(s.StartProvider(ctx, shape, stage.ProviderOptions{}))(t)
	jar := must(cookiejar.New(nil))(t)
	return &client{T: t, ctx: ctx, provider: provider, http: &http.Client{
		Jar: jar,
		CheckRedirect: func(req *http.Request, _ []*http.Request) error {
			if strings.HasSuffix(req.URL.Path, "/callback") {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}}
}

type answer struct {
	*http.Response
	text string
	json map[string]any
}

func (c *client) do(req *http.Request, err error) answer {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	body := must(io.ReadAll(resp.Body))(c)
	a := answer{Response: resp, text: string(body)}
	_ = json.Unmarshal(body, &a.json) // not every page is JSON
	return a
}

func (c *client) get(address string) answer {
	c.Helper()
	return c.do(http.NewRequestWithContext(c.ctx, http.MethodGet, address, nil))
}

func (c *client) post(address, contentType, body string) answer {
	c.Helper()
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, address, strings.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", contentType)
	}
	return c.do(req, err)
}

func (c *client) token(form url.Values) answer {
	c.Helper()
	return c.post(c.provider.Issuer+"oauth/token", "application/x-www-form-urlencoded", form.Encode())
}

// authorize asks for a code, with changes to the usual parameters; an empty value takes one out.
func (c *client) authorize(changes map[string]string) answer {
	c.Helper()
	challenge := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {stage.ClientID}, "response_type": {"code"}, "state": {"s"}, "nonce": {"n"},
		"scope": {"openid profile email offline_access"}, "redirect_uri": {c.provider.Redirects[0]},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
		"audience": {stage.Audience},
	}
	for name, value := range changes {
		if q.Set(name, value); value == "" {
			q.Del(name)
		}
	}
	path := "authorize?"
	if !strings.HasSuffix(c.provider.Issuer, "/") {
		path = "/auth?" // of the plain shape
	}
	return c.get(c.provider.Issuer + path + q.Encode())
}

// signIn goes all the way to the callback, and returns its parameters.
func (c *client) signIn(name string) url.Values {
	c.Helper()
	page := c.authorize(nil)
	back := c.post(page.Request.URL.String(), "application/x-www-form-urlencoded",
		url.Values{"username": {name}, "password": {"keyfob"}}.Encode())
	target, err := back.Location()
	if err != nil {
		c.Fatalf("no way back to the callback: %v\n%s", err, back.text)
	}
	return target.Query()
}

func (c *client) codeForm(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {stage.ClientID}, "code": {code},
		"redirect_uri": {c.provider.Redirects[0]}, "code_verifier": {verifier},
	}
}

func refreshForm(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "client_id": {stage.ClientID}, "refresh_token": {token}}
}

func (c *client) want(a answer, status int, errorCode string) {
	c.Helper()
	got, _ := a.json["error"].(string)
	if a.StatusCode != status || got != errorCode {
		c.Errorf("answer = %d %q, want %d %q\n%s", a.StatusCode, got, status, errorCode, a.text)
	}
}

func TestAuth0ShapeDiscovery(t *testing.T) {
	c := newClient(t, stage.Auth0)
	if !strings.HasSuffix(c.provider.Issuer, "/") {
		t.Errorf("issuer %q has no slash at its end", c.provider.Issuer)
	}
	m := c.get(c.provider.Issuer + ".well-known/openid-configuration").json
	for field, path := range map[string]string{
		"issuer": "", "authorization_endpoint": "authorize", "token_endpoint": "oauth/token",
		"device_authorization_endpoint": "oauth/device/code", "revocation_endpoint": "oauth/revoke",
		"userinfo_endpoint": "userinfo", "end_session_endpoint": "oidc/logout", "jwks_uri": ".well-known/jwks.json",
	} {
		if m[field] != c.provider.Issuer+path {
			t.Errorf("%s = %v", field, m[field])
		}
	}
	for _, field := range []string{"grant_types_supported", "authorization_response_iss_parameter_supported"} {
		if m[field] != nil {
			t.Errorf("%s is there; Auth0 does not say it", field)
		}
	}
}

func TestAuth0ShapeSignsIn(t *testing.T) {
	c := newClient(t, stage.Auth0)
	back := c.signIn("jane")
	if back.Get("state") != "s" || back.Has("iss") {
		t.Errorf("callback = %v", back)
	}
	a := c.token(c.codeForm(back.Get("code")))
	c.want(a, 200, "")
	access, _ := a.json["access_token"].(string)
	if claims := claimsOf(t, access); claims["aud"] != stage.Audience || claims["iss"] != c.provider.Issuer {
		t.Errorf("access token = %v", claims)
	}
	id, _ := a.json["id_token"].(string)
	if claims := claimsOf(t, id); claims["name"] != "Jane Doe" || claims["nonce"] != "n" || claims["org_name"] != "acme" {
		t.Errorf("ID token = %v", claims)
	}
	if a.json["scope"] != "openid profile email offline_access" {
		t.Errorf("scope = %v", a.json["scope"])
	}
}

func TestAuth0ShapeDeniesMax(t *testing.T) {
	if back := newClient(t, stage.Auth0).signIn("max"); back.Get("error") != "access_denied" {
		t.Errorf("callback = %v", back)
	}
}

func TestAuth0ShapeRejectsUnregisteredPort(t *testing.T) {
	c := newClient(t, stage.Auth0)
	a := c.authorize(map[string]string{"redirect_uri": "http://127.0.0.1:1/callback"})
	if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.text, "redirect_uri") {
		t.Errorf("answer = %d %s", a.StatusCode, a.text)
	}
}

func TestAuth0ShapeRejectsMissingAudience(t *testing.T) {
	c := newClient(t, stage.Auth0)
	for _, audience := range []string{"", "https://other.example"} {
		a := c.authorize(map[string]string{"audience": audience})
		target, err := a.Location()
		if err != nil || target.Query().Get("error") != "access_denied" {
			t.Errorf("audience %q: %v %v", audience, target, err)
		}
	}
}

func TestAuth0ShapeRejectsSecret(t *testing.T) {
	c := newClient(t, stage.Auth0)
	form := c.codeForm(c.signIn("jane").Get("code"))
	form.Set("client_secret", "hush")
	c.want(c.token(form), 401, "invalid_client")
}

func TestAuth0ShapeRejectsMissingVerifier(t *testing.T) {
	c := newClient(t, stage.Auth0)
	form := c.codeForm(c.signIn("jane").Get("code"))
	form.Del("code_verifier")
	c.want(c.token(form), 403, "invalid_grant")
}

func TestAuth0ShapeReusedRefreshTokenRevokesTheFamily(t *testing.T) {
	c := newClient(t, stage.Auth0)
	first, _ := c.token(c.codeForm(c.signIn("jane").Get("code"))).json["refresh_token"].(string)
	second, _ := c.token(refreshForm(first)).json["refresh_token"].(string)
	if first == "" || second == "" || first == second {
		t.Fatal("refresh tokens are not rotated")
	}
	c.wantTokens(map[string]string{first: "used", second: "live"})
	c.want(c.token(refreshForm(first)), 403, "invalid_grant")
	c.wantTokens(map[string]string{first: "gone", second: "gone"})
	c.want(c.token(refreshForm(second)), 403, "invalid_grant")
}

func (c *client) wantTokens(states map[string]string) {
	c.Helper()
	for token, want := range states {
		if got := must(c.provider.RefreshToken(c.ctx, token))(c); got != want {
			c.Errorf("the provider says that the token is %q, want %q", got, want)
		}
	}
}

func TestAuth0ShapeRevokes(t *testing.T) {
	c := newClient(t, stage.Auth0)
	refresh, _ := c.token(c.codeForm(c.signIn("jane").Get("code"))).json["refresh_token"].(string)
	form := url.Values{"client_id": {stage.ClientID}, "token": {refresh}}
	c.want(c.post(c.provider.Issuer+"oauth/revoke", "application/x-www-form-urlencoded", form.Encode()), 200, "")
	c.wantTokens(map[string]string{refresh: "gone"})
	if grants := must(c.provider.Grants(c.ctx))(t); len(grants) != 0 {
		t.Errorf("grants = %v", grants)
	}
}

func TestAuth0ShapeAcceptsJSON(t *testing.T) {
	c := newClient(t, stage.Auth0)
	body := map[string]string{}
	for name, values := range c.codeForm(c.signIn("jane").Get("code")) {
		body[name] = values[0]
	}
	text := must(json.Marshal(body))(t)
	c.want(c.post(c.provider.Issuer+"oauth/token", "application/json", string(text)), 200, "")
}

func TestAuth0ShapeDeviceFlowStatusCodes(t *testing.T) {
	c := newClient(t, stage.Auth0)
	form := url.Values{"client_id": {stage.ClientID}, "scope": {"openid"}, "audience": {stage.Audience}}
	a := c.post(c.provider.Issuer+"oauth/device/code", "application/x-www-form-urlencoded", form.Encode())
	code, _ := a.json["device_code"].(string)
	if code == "" || a.json["interval"] != 5.0 {
		t.Fatalf("answer = %s", a.text)
	}
	poll := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"},
		"client_id": {stage.ClientID}, "device_code": {code}}
	c.want(c.token(poll), 403, "authorization_pending")
	c.want(c.token(poll), 429, "slow_down")
}

func TestAuth0ShapeCountsRequests(t *testing.T) {
	c := newClient(t, stage.Auth0)
	form := c.codeForm(c.signIn("jane").Get("code"))
	c.token(form)
	c.want(c.token(form), 403, "invalid_grant") // the same code again
	n := must(c.provider.Counters(c.ctx))(t)
	if n.PerCode != 2 || n.Token["authorization_code"].OK != 1 || n.Token["authorization_code"].Refused != 1 {
		t.Errorf("counters = %+v", n)
	}
}

func TestPlainShapeTakesAnyLoopbackPort(t *testing.T) {
	c := newClient(t, stage.Plain)
	for uri, status := range map[string]int{
		"http://127.0.0.1:4711/callback": 200, // the login page
		"http://127.0.0.1:4711/other":    400,
		"http://192.0.2.1:4711/callback": 400,
	} {
		if a := c.authorize(map[string]string{"redirect_uri": uri, "audience": ""}); a.StatusCode != status {
			t.Errorf("%s: %d %s", uri, a.StatusCode, a.text)
		}
	}
}

// claimsOf reads a JWT's claims without checking it: the provider is the one that is tested.
func claimsOf(t *testing.T, jwt string) map[string]any {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", jwt)
	}
	var claims map[string]any
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[1]))(t), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
