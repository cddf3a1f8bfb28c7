package oauthflow

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"keyfob/internal/profile"
)

// FuzzDiscovery: what passes has the issuer that was asked for, byte for byte, only endpoints that may be asked, and
// does not do without S256.
func FuzzDiscovery(f *testing.F) {
	const issuer = "https://a.example/"
	for _, seed := range []string{
		`{"issuer":"https://a.example/","authorization_endpoint":"https://a.example/a",
			"token_endpoint":"https://a.example/t","revocation_endpoint":"https://A.example:443/r",
			"jwks_uri":"https://b.example/k","code_challenge_methods_supported":["plain","S256"]}`,
		`{"issuer":"https://a.example/","authorization_endpoint":"http://127.0.0.1:1/a",` +
			`"token_endpoint":"https://a.example/t"}`,
		`{"issuer":"https://a.example","jwks_uri":"http://b.example"}`, `{"issuer":"https://A.example/"}`,
		`{"issuer":"https://x:y@a.example/"}`, `{"issuer":"https://a.example/","ISSUER":"https://b.example/"}`,
		`{"issuer":"https://a.example/","issuer":"https://b.example/"}`, `{"\u0069ssuer":"https:\/\/a.example\/"}`,
		`{"issuer":"https://a.example/","authorization_endpoint":"javascript:x","token_endpoint":"//a"}`,
		`{"issuer":"https://a.example/","authorization_endpoint":"file:///a","token_endpoint":"\\\\a.example\\x"}`,
		`{"issuer":"https://a.example/","authorization_endpoint":"https://a.example/a b","token_endpoint":"-x"}`,
		`{"issuer":"https://a.example/","authorization_endpoint":"https://a.example/a?b=c&state=d&x=%00",
			"token_endpoint":"https://a.example/\u0000"}`,
		`{"issuer":"https://a.example/","authorization_endpoint":"https://a.example@b.example/a",
			"token_endpoint":"https://a.example\\@b.example"}`,
		`{"issuer":"https://a.example/","authorization_endpoint":"https://%D0%B0.example/a",` +
			`"token_endpoint":"https://[::1%25a]/"}`,
		`{"code_challenge_methods_supported":[],"issuer":"https://a.example/"}`,
		`{"code_challenge_methods_supported":null,"issuer":"https://a.example/"}`,
		`{"code_challenge_methods_supported":["s256"],"issuer":"https://a.example/",
			"authorization_endpoint":"https://a.example/a",
			"token_endpoint":"https://a.example/t"}`,
		`<html>`, `{"issuer":1}`, ``, "\xef\xbb\xbf{}", strings.Repeat(`{"a":[`, 30),
	} {
		f.Add([]byte(seed))
	}
	prof := profile.Profile{ID: "x", Issuer: issuer, ClientID: "c", RevocationEndpoint: "http://127.0.0.1:1/r"}
	trusted := []string{"https://a.example:443", "http://127.0.0.1:1"}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := response{host: "h", status: 200, body: body}.metadata(issuer, time.Unix(0, 0))
		if err != nil || m.check(prof) != nil {
			return
		}
		if m.Issuer != issuer {
			t.Errorf("issuer %q passed", m.Issuer)
		}
		if m.ChallengeMethods != nil && !slices.Contains(m.ChallengeMethods, "S256") {
			t.Errorf("%q passed", m.ChallengeMethods)
		}
		if m.AuthorizationEndpoint == "" || m.TokenEndpoint == "" {
			t.Error("metadata without endpoints passed")
		}
		for _, e := range []string{m.AuthorizationEndpoint, m.TokenEndpoint, m.RevocationEndpoint, m.JWKSURI} {
			if e != "" && !slices.Contains(trusted, plainOrigin(e)) {
				t.Errorf("%q passed", e)
			}
		}
		address, err := (attempt{profile: prof, meta: m, state: random()}).authorizationURL(false)
		if err == nil && (len(address) > maxAuthorizationURL || !slices.Contains(trusted, plainOrigin(address))) {
			t.Errorf("%q would be opened", address)
		}
	})
}

// plainOrigin is the origin of a URL that has nothing odd about it, worked out apart from the code under test.
func plainOrigin(raw string) string {
	u, err := url.Parse(raw)
	odd := func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' || r == '"' || r == '<' || r == '`' }
	if err != nil || u.User != nil || u.Opaque != "" || u.Fragment != "" || strings.ContainsFunc(raw, odd) {
		return ""
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" && !strings.HasSuffix(host, ":443") {
		host = strings.TrimSuffix(host, ":") + ":443"
	}
	return u.Scheme + "://" + host
}

// FuzzKeys: what passes can check signatures, and nothing else.
func FuzzKeys(f *testing.F) {
	one, _ := json.Marshal(jose.JSONWebKeySet{Keys: public([]jose.JSONWebKey{signingKey(f, "one")})})
	f.Add(one)
	private, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{signingKey(f, "one")}})
	f.Add(private)
	const edwards = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	for _, seed := range []string{
		`{"keys":[{"kty":"oct","k":"AAAA"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`, `{"keys":[{"kty":"OKP","crv":"Ed25519","x":""}]}`,
		`{"keys":null}`, `{"keys":{}}`, `{"keys":[[[]],null,1,"x",{}]}`, `{"Keys":[]}`, `{"keys":[{"kty":"RSA","kty":"EC"}]}`,
		`{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
			"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","use":"sig","kid":"1"}]}`,
		`{"keys":[` + edwards + `,` + strings.Replace(edwards, `"x"`, `"d":null,"x"`, 1) + `]}`,
		`{"keys":[` + strings.Replace(edwards, `"x"`, `"use":"enc","x"`, 1) + `,` + edwards + `],"keys":[]}`,
		`{"keys":[` + strings.Repeat(edwards+",", 150) + edwards + `]}`,
		`{"keys":[` + strings.Replace(edwards, `"x"`, `"x5c":["AAAA"],"x5u":"http://b.example","x"`, 1) + `]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := response{host: "h", status: 200, body: body}.keys(time.Unix(0, 0))
		if (err == nil) != (len(keys) > 0) || len(keys) > maxKeys {
			t.Errorf("%d keys, %v", len(keys), err)
		}
		for _, k := range keys {
			switch key := k.Key.(type) {
			case *rsa.PublicKey:
				if key.N.BitLen() < minRSA || key.N.BitLen() > maxRSA {
					t.Errorf("an RSA key of %d bits passed", key.N.BitLen())
				}
			case *ecdsa.PublicKey:
				if _, err := key.ECDH(); err != nil {
					t.Errorf("a point that is not on its curve passed: %v", err)
				}
			case ed25519.PublicKey:
			default:
				t.Errorf("a key of %T passed", k.Key)
			}
			if !k.IsPublic() || !k.Valid() || k.Use != "" && k.Use != "sig" {
				t.Errorf("a key of %T for %q passed", k.Key, k.Use)
			}
		}
	})
}
