package oauthflow

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"keyfob/internal/profile"
)

// provider is an authorization server on loopback, made by hand for these tests: as strict as a good one, and able to
// do wrong in every way that a test asks for. Its knobs are set before it is used.
type provider struct {
	server *httptest.Server
	issuer string
	clock  *clock

	describe func(m map[string]any)                            // changes the metadata
	answer   func(w http.ResponseWriter, r *http.Request) bool // sees every request first; true: it has answered
	redirect func(q url.Values)                                // changes what is sent back through the browser
	claims   func(c map[string]any)                            // changes the ID token
	sign     func(claims map[string]any) string                // replaces the signing
	tokens   func(t map[string]any)                            // changes the token response

	mu       sync.Mutex
	keys     []jose.JSONWebKey // published; the first one signs
	codes    map[string]url.Values
	refresh  map[string]url.Values // live refresh tokens, with the authorization request that they come from
	revoked  []string
	requests []*seen
	issued   int
}

// seen is one request that arrived.
type seen struct {
	method, path string
	url          string
	header       http.Header
	form         url.Values
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{
		clock:   &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)},
		codes:   map[string]url.Values{},
		refresh: map[string]url.Values{},
		keys:    []jose.JSONWebKey{signingKey(t, "one")},
	}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	p.issuer = p.server.URL + "/"
	return p
}

// profile is one that this provider knows, with any port of 127.0.0.1.
func (p *provider) profile() profile.Profile {
	return profile.Profile{
		Version: 1, ID: "acme", ClientName: "Acme Reports", Issuer: p.issuer, ClientID: "client-1",
		RedirectURIs: []string{"http://127.0.0.1/callback"}, Scope: "openid profile email offline_access",
	}
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	p.mu.Lock()
	p.requests = append(p.requests, &seen{r.Method, r.URL.Path, r.URL.String(), r.Header.Clone(), r.PostForm})
	p.mu.Unlock()
	if p.answer != nil && p.answer(w, r) {
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		p.sayMetadata(w)
	case "/keys":
		p.mu.Lock()
		defer p.mu.Unlock()
		reply(w, http.StatusOK, jose.JSONWebKeySet{Keys: public(p.keys)})
	case "/authorize":
		p.authorize(w, r)
	case "/oauth/token":
		p.token(w, r.PostForm)
	case "/oauth/revoke":
		p.mu.Lock()
		defer p.mu.Unlock()
		p.revoked = append(p.revoked, r.PostForm.Get("token"))
	default:
		http.NotFound(w, r)
	}
}

func (p *provider) metadata() map[string]any {
	return map[string]any{
		"issuer":                           p.issuer,
		"authorization_endpoint":           p.server.URL + "/authorize",
		"token_endpoint":                   p.server.URL + "/oauth/token",
		"revocation_endpoint":              p.server.URL + "/oauth/revoke",
		"jwks_uri":                         p.server.URL + "/keys",
		"code_challenge_methods_supported": []string{"S256", "plain"},
		"response_types_supported":         []string{"code"},
	}
}

func (p *provider) sayMetadata(w http.ResponseWriter) {
	m := p.metadata()
	if p.describe != nil {
		p.describe(m)
	}
	reply(w, http.StatusOK, m)
}

// authorize signs the person in without asking, and sends the browser back.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	code := "code-" + rand.Text()
	p.mu.Lock()
	p.codes[code] = asked
	p.mu.Unlock()
	back := url.Values{"code": {code}, "state": {asked.Get("state")}}
	if p.redirect != nil {
		p.redirect(back)
	}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func (p *provider) token(w http.ResponseWriter, form url.Values) {
	asked, why := p.redeem(form)
	if why != "" {
		reply(w, http.StatusForbidden, map[string]any{"error": "invalid_grant", "error_description": why})
		return
	}
	p.mu.Lock()
	p.issued++
	n := p.issued
	next := fmt.Sprintf("refresh-%d", n)
	p.refresh[next] = asked
	p.mu.Unlock()
	body := map[string]any{
		"access_token": fmt.Sprintf("access-%d", n), "token_type": "Bearer", "expires_in": 3600,
		"refresh_token": next, "scope": asked.Get("scope"), "id_token": p.idToken(asked, form),
	}
	if p.tokens != nil {
		p.tokens(body)
	}
	reply(w, http.StatusOK, body)
}

// redeem spends a code or a refresh token and returns the authorization request behind it, or why not.
func (p *provider) redeem(form url.Values) (url.Values, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	spent, from := form.Get("refresh_token"), p.refresh
	if form.Get("grant_type") == "authorization_code" {
		spent, from = form.Get("code"), p.codes
	}
	asked, ok := from[spent]
	delete(from, spent)
	switch {
	case !ok:
		return nil, "Unknown or invalid " + form.Get("grant_type")
	case form.Get("client_id") != asked.Get("client_id"):
		return nil, "another client"
	case form.Get("grant_type") == "refresh_token":
		return asked, ""
	case form.Get("redirect_uri") != asked.Get("redirect_uri"):
		return nil, "another redirect_uri"
	case asked.Get("code_challenge_method") != "S256",
		oauth2.S256ChallengeFromVerifier(form.Get("code_verifier")) != asked.Get("code_challenge"):
		return nil, "PKCE"
	}
	return asked, ""
}

func (p *provider) idToken(asked, form url.Values) string {
	now := p.clock.time()
	c := map[string]any{
		"iss": p.issuer, "sub": "auth0|42", "aud": asked.Get("client_id"), "nonce": asked.Get("nonce"),
		"iat": now.Unix(), "exp": now.Add(10 * time.Hour).Unix(),
		"name": "Jane Doe", "email": "jane@acme.example",
	}
	if form.Get("grant_type") == "refresh_token" {
		delete(c, "nonce")
	}
	if p.claims != nil {
		p.claims(c)
	}
	if p.sign != nil {
		return p.sign(c)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return signed(p.keys[0], jose.RS256, c)
}

// count tells how often a path was asked for; "" counts all requests.
func (p *provider) count(path string) int {
	return len(p.seen(path))
}

func (p *provider) seen(path string) []*seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.requests), func(s *seen) bool { return path != "" && s.path != path })
}

// holds tells whether a refresh token could still be used.
func (p *provider) holds(refresh string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.refresh[refresh]
	return ok
}

// countedServer is where nobody should go. connections tells how many came, before they said anything.
func countedServer(t testing.TB) (address string, connections func() int) {
	t.Helper()
	var came atomic.Int32
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			came.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, func() int { return int(came.Load()) }
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// answerAt makes a response for one path.
func answerAt(path string, status int, contentType, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != path {
			return false
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

func signed(key jose.JSONWebKey, alg jose.SignatureAlgorithm, claims map[string]any) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	jws, err := s.Sign(payload)
	if err != nil {
		panic(err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return compact
}

var (
	keysMade sync.Mutex
	keyCache = map[string]*rsa.PrivateKey{}
)

// signingKey makes an RSA key once for each name: they are slow to make.
func signingKey(t testing.TB, name string) jose.JSONWebKey {
	t.Helper()
	keysMade.Lock()
	defer keysMade.Unlock()
	if keyCache[name] == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		keyCache[name] = key
	}
	return jose.JSONWebKey{Key: keyCache[name], KeyID: name, Algorithm: "RS256", Use: "sig"}
}

func public(keys []jose.JSONWebKey) []jose.JSONWebKey {
	var out []jose.JSONWebKey
	for _, k := range keys {
		if _, private := k.Key.(*rsa.PrivateKey); private {
			k = k.Public()
		}
		out = append(out, k)
	}
	return out
}

// clock is a wall clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
