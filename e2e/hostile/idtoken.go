package hostile

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"time"
)

var idTokenTricks = []trick{
	{name: "refresh-other-sub", cases: "A35", about: "after a refresh the ID token is about somebody else",
		claims: func(c map[string]any, refreshed bool) {
			if refreshed {
				c["sub"], c["name"], c["email"] = "eve", "Eve", "eve@example.com"
			}
		}},

	{name: "id-none", cases: "A36", about: "the ID token has the algorithm none and no signature",
		sign: func(_ *Provider, c map[string]any) string {
			return unsigned(map[string]any{"alg": "none", "kid": keyID}, c) + "."
		}},
	{name: "id-hs256-public-key", cases: "A36", about: "the ID token is signed with the public key as a shared secret",
		sign: func(_ *Provider, c map[string]any) string {
			h := header(keyID)
			h["alg"] = "HS256"
			return hs256(h, c)
		}},
	{name: "id-alg-mismatch", cases: "A36", about: "the ID token says ES256 and names an RSA key",
		sign: headed(func(_ *Provider, h map[string]any) { h["alg"] = "ES256" })},
	{name: "id-stranger", cases: "A36", about: "the ID token is signed by a key that is not published, under its name",
		sign: headed(func(*Provider, map[string]any) {})},
	{name: "id-unknown-kid", cases: "A27", about: "the ID token is signed by a key that nobody knows",
		sign: headed(func(_ *Provider, h map[string]any) { h["kid"] = "another" })},
	{name: "id-jwk", cases: "A36", about: "the ID token brings its key along",
		sign: headed(func(_ *Provider, h map[string]any) {
			h["jwk"] = map[string]any{"kty": "RSA", "n": encode(strangerKey().N.Bytes()), "e": encode(exponent())}
		})},
	{name: "id-jku", cases: "A36", about: "the ID token says where its key is",
		sign: headed(func(p *Provider, h map[string]any) { h["jku"], h["kid"] = p.Elsewhere+"keys", "another" })},
	{name: "id-x5u", cases: "A36", about: "the ID token says where its certificate is",
		sign: headed(func(p *Provider, h map[string]any) { h["x5u"], h["kid"] = p.Elsewhere+"cert", "another" })},
	{name: "id-crit", cases: "A36", about: "the ID token must not be read without an extension that nobody knows",
		sign: func(_ *Provider, c map[string]any) string {
			h := header(keyID)
			h["crit"], h["x-extension"] = []string{"x-extension"}, true
			return signed(theKey(), h, c)
		}},

	{name: "id-wrong-iss", cases: "A37", about: "the ID token is another provider's",
		claims: claim("iss", "https://provider.example/")},
	{name: "id-wrong-aud", cases: "A37", about: "the ID token is for another client",
		claims: claim("aud", "another-client")},
	{name: "id-wrong-nonce", cases: "A37", about: "the ID token is of another sign-in",
		claims: claim("nonce", "another-sign-in")},
	{name: "id-no-nonce", cases: "A37", about: "the ID token does not say of which sign-in it is",
		claims: claim("nonce", nil)},
	{name: "id-two-audiences", cases: "A37", about: "the ID token is for two clients, and does not say who asked",
		claims: claim("aud", []string{ClientID, "another-client"})},
	{name: "id-wrong-azp", cases: "A37", about: "another client asked for the ID token",
		claims: claim("azp", "another-client")},
	{name: "id-no-sub", cases: "A37", about: "the ID token does not say who signed in",
		claims: claim("sub", nil)},
	{name: "id-odd-sub", cases: "A37", about: "the ID token names the person with terminal escapes and bidi",
		claims: claim("sub", script)},
	{name: "id-no-exp", cases: "A37", about: "the ID token never expires",
		claims: claim("exp", nil)},
	{name: "id-no-iat", cases: "A37", about: "the ID token does not say how old it is",
		claims: claim("iat", nil)},

	{name: "id-expired", cases: "A38", about: "the ID token expired ten minutes ago",
		claims: moment("exp", -10*time.Minute)},
	{name: "id-future", cases: "A38", about: "the ID token was issued in ten minutes",
		claims: moment("iat", 10*time.Minute)},
	{name: "id-not-yet", cases: "A38", about: "the ID token is not valid for ten minutes",
		claims: moment("nbf", 10*time.Minute)},

	{name: "at-hash-wrong", cases: "A39", about: "the ID token belongs to another access token",
		claims: claim("at_hash", encode([]byte(strings.Repeat("x", 16))))},
	{name: "id-dots", cases: "A39", about: "the ID token is 100,000 dots",
		sign: func(*Provider, map[string]any) string { return strings.Repeat(".", 100_000) }},
	{name: "id-60000-dots", cases: "A39", about: "the ID token is as many dots as a token may have characters",
		sign: func(*Provider, map[string]any) string { return strings.Repeat(".", 60_000) }},
	{name: "id-1mb", cases: "A39", about: "the ID token has most of a megabyte",
		claims: claim("x_pad", strings.Repeat("a", 600<<10))},

	{name: "id-odd-name", cases: "A16", about: "the person's name is a script with terminal escapes and bidi",
		claims: claim("name", script)},
}

// claim sets one claim; nil takes it out.
func claim(name string, value any) func(map[string]any, bool) {
	return func(c map[string]any, _ bool) {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
}

// moment sets one claim to a time.
func moment(name string, fromNow time.Duration) func(map[string]any, bool) {
	return func(c map[string]any, _ bool) { c[name] = time.Now().Add(fromNow).Unix() }
}

// headed has a stranger sign under a changed header.
func headed(change func(*Provider, map[string]any)) func(*Provider, map[string]any) string {
	return func(p *Provider, c map[string]any) string {
		h := header(keyID)
		change(p, h)
		return signed(strangerKey(), h, c)
	}
}

// hs256 signs with the public key, in the form that most programs read it from, as if it were a secret.
func hs256(header, claims map[string]any) string {
	der, err := x509.MarshalPKIXPublicKey(&theKey().PublicKey)
	if err != nil {
		panic(err) // the key is ours
	}
	text := unsigned(header, claims)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(text))
	return text + "." + encode(mac.Sum(nil))
}

func exponent() []byte { return big.NewInt(int64(strangerKey().E)).Bytes() }
