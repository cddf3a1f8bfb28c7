package oauthflow

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"keyfob/profile"
)

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
