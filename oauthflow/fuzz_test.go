package oauthflow

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/profile"
)

// FuzzCallback sends any request to the whole handler. Only one with the state, at the right place, may touch the
// attempt; and no answer leads away, allows another origin, or repeats the state.
func FuzzCallback(f *testing.F) {
	const state, host = "state-0123456789", "127.0.0.1:17171"
	for _, seed := range []string{
		"GET /callback?code=c&state=" + state + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"GET /callback?error=access_denied&state=" + state + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"GET /callback?code=c&state=x HTTP/1.1\r\nHost: " + host + "\r\nSec-Fetch-Dest: document\r\n\r\n",
		"GET /callback?code=c&code=d&iss=x&state=" + state + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"POST /callback HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 2\r\n\r\nab",
		"GET http://evil.example/callback HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: " + host + "\r\nOrigin: https://evil.example\r\n\r\n",
		"GET /callback/done/x HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(data))))
		if err != nil {
			return
		}
		l := newLoopback(attempt{
			profile: profile.Profile{ID: "x"}, meta: metadata{Issuer: "https://a.example/"},
			redirectURI: "http://" + host + "/callback", state: secret.New(state),
		}, slog.New(slog.DiscardHandler))
		w := httptest.NewRecorder()
		l.ServeHTTP(w, r)
		arrived := len(l.arrived) == 1
		q, _ := url.ParseQuery(r.URL.RawQuery)
		ours := r.Method == "GET" && r.Host == host && r.URL.Path == "/callback"
		if arrived && (!ours || len(q["state"]) != 1 || q.Get("state") != state) {
			t.Errorf("%q touched the attempt", data)
		}
		if to := w.Header().Get("Location"); arrived != (to == l.page) || arrived != (w.Code == http.StatusSeeOther) {
			t.Errorf("%q: %d to %q", data, w.Code, to)
		}
		for name := range w.Header() {
			if strings.HasPrefix(name, "Access-Control") {
				t.Errorf("a CORS header: %s", name)
			}
		}
		if strings.Contains(w.Body.String(), state) {
			t.Error("the page holds the state")
		}
	})
}

// FuzzTokenResponse: whatever comes, a refresh token in it is kept, what passes is fit to use, and no error repeats it.
func FuzzTokenResponse(f *testing.F) {
	for _, seed := range []string{
		`{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"a b"}`,
		`{"access_token":"a","token_type":"bearer","expires_in":"1e3"}`,
		`{"refresh_token":"r","refresh_token":"s","token_type":"mac"}`,
		`{"error":"invalid_grant","error_description":"x"}`,
		`<html>`, `{`, `[]`, "\xef\xbb\xbf{}", `{"expires_in":-1e999,"access_token":"a","token_type":"Bearer"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a := answer{host: "h", status: 200, body: body}
		found := salvage(a)
		var all map[string]json.RawMessage
		var there string
		if json.Unmarshal(body, &all) == nil && json.Unmarshal(all["refresh_token"], &there) == nil && isToken(there) {
			if found.Empty() {
				t.Errorf("%q: the refresh token was lost", body)
			}
		}
		_ = a.problem()
		r, err := a.tokens()
		if err != nil {
			return
		}
		if !isToken(r.access.Reveal()) || r.lifetime < 0 || r.lifetime > maxLifetime {
			t.Errorf("%q passed as %v", body, r.lifetime)
		}
		if !r.refresh.Equal(found) {
			t.Errorf("%q: two readings of the refresh token", body)
		}
	})
}

// FuzzDiscovery: what passes has the issuer that was asked for, and only endpoints that may be asked.
func FuzzDiscovery(f *testing.F) {
	const issuer = "https://a.example/"
	for _, seed := range []string{
		`{"issuer":"https://a.example/","authorization_endpoint":"https://a.example/a",
			"token_endpoint":"https://a.example/t"}`,
		`{"issuer":"https://a.example","jwks_uri":"http://b.example"}`,
		`{"issuer":"https://a.example/","authorization_endpoint":"javascript:x","token_endpoint":"//a"}`,
		`{"code_challenge_methods_supported":[],"issuer":"https://a.example/"}`, `<html>`, `{"issuer":1}`, ``,
	} {
		f.Add([]byte(seed))
	}
	prof := profile.Profile{ID: "x", Issuer: issuer, ClientID: "c"}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := answer{host: "h", status: 200, body: body}.metadata(issuer, time.Unix(0, 0))
		if err != nil || m.check(prof) != nil {
			return
		}
		for _, e := range []string{m.AuthorizationEndpoint, m.TokenEndpoint, m.RevocationEndpoint, m.JWKSURI} {
			u, err := url.Parse(e)
			if e == "" {
				continue
			}
			if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Hostname(), "a.example") || u.User != nil {
				t.Errorf("%q passed", e)
			}
		}
		if m.Issuer != issuer {
			t.Errorf("issuer %q passed", m.Issuer)
		}
		if address, err := (attempt{profile: prof, meta: m, state: random()}).authorizationURL(false); err == nil &&
			!strings.HasPrefix(strings.ToLower(address), "https://a.example") {
			t.Errorf("%q would be opened", address)
		}
	})
}

// FuzzKeys: what passes can check signatures, and nothing else.
func FuzzKeys(f *testing.F) {
	one, _ := json.Marshal(jose.JSONWebKeySet{Keys: public([]jose.JSONWebKey{signingKey(f, "one")})})
	f.Add(one)
	for _, seed := range []string{
		`{"keys":[{"kty":"oct","k":"AAAA"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`, `{"keys":[{"kty":"OKP","crv":"Ed25519","x":""}]}`,
		`{"keys":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := answer{host: "h", status: 200, body: body}.keys(time.Unix(0, 0))
		if err == nil && (len(keys) == 0 || len(keys) > maxKeys) {
			t.Errorf("%d keys", len(keys))
		}
		for _, k := range keys {
			if !k.IsPublic() || !k.Valid() {
				t.Errorf("a key of %T passed", k.Key)
			}
		}
	})
}

// FuzzIDToken: nothing that was not signed with the provider's key passes, and nothing that passes breaks a rule.
func FuzzIDToken(f *testing.F) {
	key := signingKey(f, "one")
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	claims := map[string]any{
		"iss": "https://a.example/", "sub": "s", "aud": "c", "iat": now.Unix(), "exp": now.Unix() + 60, "nonce": "n",
	}
	good := signed(key, jose.RS256, claims)
	f.Add(good, []byte(`{"iss":"https://a.example/","sub":"s","aud":["c","d"],"azp":"c","iat":1772442000,
		"exp":1772442060}`))
	f.Add("a.b.c", []byte(`{}`))
	f.Add(unsigned(`{"alg":"none"}`, claims)+".", []byte(`{"aud":1,"exp":"x","_claim_names":{"a":"b"}}`))
	f.Add("{}", []byte(`[]`))
	nowhere := roundTrip(func(*http.Request) (*http.Response, error) { return nil, context.Canceled })
	c := New(Options{Now: func() time.Time { return now }, Transport: nowhere})
	meta := metadata{Issuer: "https://a.example/", JWKSURI: "https://a.example/keys"}
	known := c.signingKeys(meta.JWKSURI)
	known.value, known.fetched, known.tried = public([]jose.JSONWebKey{key}), now, now
	f.Fuzz(func(t *testing.T, compact string, payload []byte) {
		_, err := c.verify(t.Context(), meta, "c", response{id: secret.New(compact)})
		if err == nil && compact != good {
			t.Errorf("%q passed", compact)
		}
		signer, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
		jws, err := signer.Sign(payload)
		if err != nil {
			return
		}
		compact, _ = jws.CompactSerialize()
		said, err := c.verify(t.Context(), meta, "c", response{id: secret.New(compact)})
		if err != nil {
			if fault.Of(err).Code == fault.Internal {
				t.Errorf("%q: %v", payload, err)
			}
			return
		}
		if said.Issuer != meta.Issuer || said.Subject == "" ||
			said.Expiry.Before(now.Add(-skew)) || said.IssuedAt.After(now.Add(skew)) {
			t.Errorf("%q passed", payload)
		}
	})
}
