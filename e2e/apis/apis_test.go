package apis

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// clock is one that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// answer is what a server said.
type answer struct {
	status    int
	challenge string
	text      string
	json      map[string]any
}

// client keeps no connection, so that each request meets the listener.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func try(t *testing.T, c *http.Client, method, address, body string, header ...string) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, challenge: resp.Header.Get("WWW-Authenticate"), text: string(data)}
	_ = json.Unmarshal(data, &a.json) // not all of it is JSON
	return a, err
}

func do(t *testing.T, method, address, body string, header ...string) answer {
	t.Helper()
	a, err := try(t, client, method, address, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const form = "application/x-www-form-urlencoded"

func post(t *testing.T, s *Server, secret string, more url.Values) answer {
	t.Helper()
	v := url.Values{"grant_type": {"client_credentials"}, "client_id": {ClientID}, "client_secret": {secret}}
	for name, values := range more {
		v[name] = values
	}
	return do(t, http.MethodPost, s.TokenURL, v.Encode(), "Content-Type", form)
}

func authorized(a answer) []string {
	token, _ := a.json["access_token"].(string)
	return []string{"Authorization", "Bearer " + token}
}

func TestBothWaysToShowTheSecret(t *testing.T) {
	conundra, harmonics := NewConundra(t, Options{}), NewHarmonics(t, Options{})
	for name, s := range map[string]*Server{"Conundra": conundra, "RES:Harmonics": harmonics} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.TokenURL, nil)
		req.SetBasicAuth(url.QueryEscape(ClientID), url.QueryEscape(ClientSecret))
		basic := []string{"Authorization", req.Header.Get("Authorization"), "Content-Type", form}
		for what, a := range map[string]answer{
			"post":  post(t, s, ClientSecret, nil),
			"basic": do(t, http.MethodPost, s.TokenURL, "grant_type=client_credentials", basic...),
		} {
			if a.status != http.StatusOK || a.json["token_type"] != "Bearer" || !strings.HasPrefix(authorized(a)[1],
				"Bearer ey") {
				t.Errorf("%s, %s: %d %s", name, what, a.status, a.text)
			}
		}
		if s.Tokens() != 2 || s.Count("", http.StatusOK) != 2 || len(s.Secrets()) != 3 {
			t.Errorf("%s: %d tokens, %d answers", name, s.Tokens(), s.Count("", http.StatusOK))
		}
	}
}

func TestBadTokenRequests(t *testing.T) {
	s := NewConundra(t, Options{})
	const client = "&client_id=" + ClientID
	escaped := client + "&client_secret=" + url.QueryEscape(ClientSecret)
	for name, c := range map[string]struct{ kind, body, error string }{
		"multipart, as in the documents": {"multipart/form-data; boundary=x", "--x--", "invalid_request"},
		"JSON":                           {"application/json", "{}", "invalid_request"},
		"quoted, as in the documents":    {form, `grant_type="client_credentials"` + escaped, "unsupported_grant_type"},
		"not encoded": {form, "grant_type=client_credentials" + client + "&client_secret=" + ClientSecret,
			""},
		"nobody": {form, "grant_type=client_credentials", "invalid_client"},
		"a wrong secret": {form, "grant_type=client_credentials&client_secret=x" + client,
			"unauthorized_client"},
	} {
		a := do(t, http.MethodPost, s.TokenURL, c.body, "Content-Type", c.kind)
		if a.status < 400 || c.error != "" && a.json["error"] != c.error || strings.Contains(a.text, "kf-apis-canary") {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if s.Tokens() != 0 {
		t.Error("a token was given out")
	}
}

func TestConundraAsDocumented(t *testing.T) {
	c := newClock()
	s := NewConundra(t, Options{Now: c.Now})
	a := post(t, s, ClientSecret, nil)
	want := `{"expires_in":300,"not-before-policy":0,"refresh_expires_in":0,"scope":"","token_type":"Bearer"}`
	given := authorized(a)
	delete(a.json, "access_token")
	const path = "/auth/realms/prod/protocol/openid-connect/token"
	if rest, _ := json.Marshal(a.json); string(rest) != want || s.TokenURL != s.URL+path {
		t.Errorf("%s at %s", rest, s.TokenURL)
	}
	ping := func() answer { return do(t, http.MethodGet, s.URL+"/planning/v1/ping", "", given...) }
	if a := ping(); a.status != http.StatusOK || a.text != "pong" {
		t.Errorf("%d %q", a.status, a.text)
	}
	if a := do(t, http.MethodGet, s.URL+"/planning/v1/ping", ""); a.status != 401 || strings.Contains(a.challenge,
		"error") {
		t.Errorf("without a token: %d, %s", a.status, a.challenge)
	}
	a = do(t, http.MethodPost, s.URL+"/planning/v1/plan-profiles", "{}", given...)
	if a.status != 403 || !strings.Contains(a.challenge, "insufficient_scope") {
		t.Errorf("beyond what is allowed: %d, %s", a.status, a.challenge)
	}
	a = do(t, http.MethodPut, s.URL+"/vehicle/v1/vehicles/7", "{}", given...)
	if a.json["path"] != "vehicles/7" || a.json["method"] != "PUT" {
		t.Errorf("%d %s", a.status, a.text)
	}
	c.advance(ConundraLifetime)
	if a := ping(); a.status != 401 || !strings.Contains(a.challenge, `error="invalid_token"`) {
		t.Errorf("expired: %d, %s", a.status, a.challenge)
	}
}

func TestConundraRevokes(t *testing.T) {
	s := NewConundra(t, Options{})
	given := authorized(post(t, s, ClientSecret, nil))
	s.Revoke()
	a := do(t, http.MethodGet, s.URL+"/planning/v1/ping", "", given...)
	if a.status != 401 || !strings.Contains(a.challenge, "invalid_token") {
		t.Errorf("%d, %s", a.status, a.challenge)
	}
}

// TestConundraBlocksWhoGoesOn: fifty a second are answered, some more are told so, and then nobody answers any more,
// neither on a new connection nor on one that is open.
func TestConundraBlocksWhoGoesOn(t *testing.T) {
	c := newClock()
	s := NewConundra(t, Options{Now: c.Now})
	open := &http.Client{Transport: &http.Transport{}}
	defer open.CloseIdleConnections()
	for range ConundraRate {
		a, err := try(t, open, http.MethodGet, s.URL+"/planning/v1/ping", "")
		if err != nil || a.status != http.StatusUnauthorized {
			t.Fatal(a.status, err)
		}
	}
	c.advance(time.Second - 1)
	for range patience {
		if a := do(t, http.MethodGet, s.URL+"/planning/v1/ping", ""); a.status != http.StatusTooManyRequests {
			t.Fatal(a.status)
		}
	}
	if _, err := try(t, client, http.MethodGet, s.URL, ""); err == nil || s.Refused() == 0 {
		t.Error("a new connection is let in:", err)
	}
	if a, err := try(t, open, http.MethodPost, s.TokenURL, "x"); err == nil {
		t.Error("an open connection is answered:", a.status)
	}
	c.advance(ConundraBlock)
	if a := do(t, http.MethodGet, s.URL+"/planning/v1/ping", ""); a.status != http.StatusUnauthorized {
		t.Error("blocked for ever:", a.status)
	}
}

func TestConundraMindsTheWindowNotTheClock(t *testing.T) {
	c := newClock()
	l := &limiter{now: c.Now}
	for i := range 10 * ConundraRate {
		if !l.allows() {
			t.Fatal("request", i, "of fifty a second is refused")
		}
		c.advance(time.Second / ConundraRate)
	}
}

func TestConundraBlocksWhoGuesses(t *testing.T) {
	c := newClock()
	s := NewConundra(t, Options{Now: c.Now})
	for range patience - 1 {
		post(t, s, "wrong", nil)
	}
	post(t, s, ClientSecret, nil) // then it is somebody who knows it after all
	for range patience {
		if a := post(t, s, "wrong", nil); a.status != http.StatusUnauthorized {
			t.Fatal(a.status)
		}
	}
	if a, err := try(t, client, http.MethodGet, s.URL, ""); err == nil {
		t.Error("still answered:", a.status)
	}
}

func TestHarmonicsAsDocumented(t *testing.T) {
	c := newClock()
	s := NewHarmonics(t, Options{Now: c.Now})
	a := post(t, s, ClientSecret, url.Values{"scope": {"api/read"}})
	given := authorized(a)
	if a.json["expires_in"] != 3600.0 {
		t.Error(a.text)
	}
	call := func(method string, header ...string) answer {
		return do(t, method, s.URL+"/v3/bookings", "", header...)
	}
	if a := call(http.MethodGet, given...); a.status != http.StatusOK {
		t.Error(a.status)
	}
	if a := call(http.MethodPost, given...); a.status != http.StatusForbidden {
		t.Error("written with a scope to read:", a.status)
	}
	if a := post(t, s, ClientSecret, url.Values{"scope": {"openid"}}); a.json["error"] != "invalid_scope" {
		t.Error(a.text)
	}
	if a := call(http.MethodGet, "Authorization", "Bearer nonsense"); a.status != 401 ||
		a.json["message"] == HarmonicsExpired {
		t.Error(a.status, a.text)
	}
	c.advance(HarmonicsLifetime)
	a = call(http.MethodGet, given...)
	if a.status != 401 || a.challenge != "" || strings.TrimSpace(a.text) != `{"message":"`+HarmonicsExpired+`"}` {
		t.Error("expired:", a.status, a.challenge, a.text)
	}
}

// provider publishes one key, as one shaped like Auth0 does, and gives tokens for the audience that is asked for.
func provider(t *testing.T) (issuer string, sign func(claims map[string]any) (header []string)) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		keys := server.URL + "/.well-known/jwks.json"
		reply(w, http.StatusOK, map[string]string{"issuer": server.URL + "/", "jwks_uri": keys})
	})
	mux.HandleFunc("/.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		public := jose.JSONWebKey{Key: key.Public(), KeyID: "one", Algorithm: "RS256", Use: "sig"}
		reply(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
	})
	sign = func(claims map[string]any) []string {
		private := jose.JSONWebKey{Key: key, KeyID: "one"}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: private}, nil)
		if err != nil {
			t.Fatal(err)
		}
		compact, err := jwt.Signed(signer).Claims(claims).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return []string{"Authorization", "Bearer " + compact}
	}
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		if g := read(r, "access_denied"); g.status != 0 {
			g.refuse(w)
			return
		}
		header := sign(map[string]any{
			"iss": server.URL + "/", "aud": r.PostForm.Get("audience"), "exp": time.Now().Add(24 * time.Hour).Unix(),
		})
		reply(w, http.StatusOK, map[string]any{
			"access_token": header[1][len("Bearer "):], "expires_in": 86400, "token_type": "Bearer",
		})
	})
	return server.URL + "/", sign
}

func TestRhythmAsDocumented(t *testing.T) {
	issuer, sign := provider(t)
	c := newClock()
	s := NewRhythm(t, Options{Issuer: issuer, Now: c.Now})
	claims := func(name string, value any) map[string]any {
		m := map[string]any{
			"iss": issuer, "aud": []string{RhythmAudience, issuer + "userinfo"}, "sub": "auth0|1",
			"exp": c.Now().Add(24 * time.Hour).Unix(), "iat": c.Now().Unix(), TenantClaim: "acme",
		}
		if m[name] = value; value == nil {
			delete(m, name)
		}
		return m
	}
	contact := claims(ContactClaim, "c-7")
	for name, test := range map[string]struct {
		method, path string
		claims       map[string]any
		want         int
	}{
		"a good token":    {http.MethodGet, "/regionConfigurations/acme", claims("x", 1), 200},
		"no tenant named": {http.MethodGet, "/regionConfigurations/acme", claims(TenantClaim, nil), 200},
		"another tenant":  {http.MethodGet, "/regionConfigurations/acme", claims(TenantClaim, "other"), 403},
		"another's path":  {http.MethodGet, "/regionConfigurations/other", claims("x", 1), 403},
		"another issuer": {http.MethodGet, "/regionConfigurations/acme", claims("iss", strings.TrimSuffix(issuer, "/")),
			401},
		"another audience":     {http.MethodGet, "/regionConfigurations/acme", claims("aud", "https://rhythm.example"), 401},
		"expired":              {http.MethodGet, "/regionConfigurations/acme", claims("exp", c.Now().Unix()-1), 401},
		"no expiry":            {http.MethodGet, "/regionConfigurations/acme", claims("exp", nil), 401},
		"nobody in particular": {http.MethodGet, "/contacts/current", claims(ContactClaim, nil), 401},
		"a contact":            {http.MethodGet, "/contacts/current", contact, 200},
		"a new contact":        {http.MethodPost, "/contacts/acme", claims("x", 1), 201},
		"no such path":         {http.MethodDelete, "/contacts/acme", claims("x", 1), 404},
	} {
		a := do(t, test.method, s.URL+test.path, `{"first_name": "Jane"}`, sign(test.claims)...)
		if a.status != test.want || a.challenge != "" || a.json == nil {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	good := sign(claims("x", 1))
	for name, header := range map[string][]string{
		"no token": nil, "not a JWT": {"Authorization", "Bearer opaque"},
		"another signature": {"Authorization", good[1][:len(good[1])-8] + "AAAAAAAA"},
		"Basic":             {"Authorization", "Basic " + good[1][7:]},
	} {
		a := do(t, http.MethodGet, s.URL+"/regionConfigurations/acme", "", header...)
		if a.status != 401 || a.json["message"] != "Unauthorized" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	c.advance(25 * time.Hour)
	if a := do(t, http.MethodGet, s.URL+"/regionConfigurations/acme", "", good...); a.status != 401 {
		t.Error("a day later:", a.status)
	}
}

func TestServersRememberWhatTheyWereAsked(t *testing.T) {
	s := NewHarmonics(t, Options{})
	do(t, http.MethodPut, s.URL+"/v3/bookings?page=2", "body", "X-Mine", "yes")
	want := Request{Method: "PUT", Path: "/v3/bookings", Query: "page=2", Body: []byte("body"), Status: 401}
	is := s.Requests()
	if len(is) != 1 || is[0].Header.Get("X-Mine") != "yes" || is[0].Method != want.Method || is[0].Path != want.Path ||
		is[0].Query != want.Query || !slices.Equal(is[0].Body, want.Body) || is[0].Status != want.Status {
		t.Errorf("%+v", is)
	}
	if s.Count("/v3/bookings", 401) != 1 || s.Count("/v3/bookings", 200) != 0 || s.Count("/other", 0) != 0 {
		t.Error("counted wrong")
	}
}
