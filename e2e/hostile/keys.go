package hostile

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// keyID is the name of the provider's key.
const keyID = "one"

// theKey signs; strangerKey is an attacker's; weakKey can be broken. Each is made once: that takes a while.
var (
	theKey      = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
	strangerKey = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
	weakKey     = sync.OnceValue(func() *rsa.PrivateKey { return newKey(1024) })
)

func newKey(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err) // the system has no randomness
	}
	return k
}

// publish sends the key set (RFC 7517 §5).
func (p *Provider) publish(w http.ResponseWriter, wrong trick) {
	keys := []any{public(theKey(), keyID)}
	if wrong.publish != nil {
		keys = wrong.publish(p, keys)
	}
	reply(w, http.StatusOK, map[string]any{"keys": keys})
}

func public(k *rsa.PrivateKey, id string) map[string]any {
	return map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
		"n": encode(k.N.Bytes()), "e": encode(big.NewInt(int64(k.E)).Bytes()),
	}
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// header is the ordinary one of an ID token.
func header(kid string) map[string]any {
	return map[string]any{"alg": "RS256", "typ": "JWT", "kid": kid}
}

// unsigned is the first two parts of a JWT.
func unsigned(header, claims map[string]any) string {
	h, err := json.Marshal(header)
	if err != nil {
		panic(err) // a map of plain values
	}
	c, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return encode(h) + "." + encode(c)
}

// signed is a JWT with an RSA signature, whatever its header says.
func signed(k *rsa.PrivateKey, header, claims map[string]any) string {
	text := unsigned(header, claims)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // the key is ours
	}
	return text + "." + encode(signature)
}

// hugeModulus is as long as a signature in an ID token of 64 KB can be.
const hugeModulus = 45 << 10 // bytes

var keyTricks = []trick{
	{name: "jwks-symmetric", cases: "A26", about: "its only key is symmetric",
		publish: func(*Provider, []any) []any { return []any{symmetric} }},
	{name: "jwks-weak", cases: "A26", about: "its only key has 1,024 bits",
		publish: func(*Provider, []any) []any { return []any{public(weakKey(), keyID)} },
		sign:    func(_ *Provider, c map[string]any) string { return signed(weakKey(), header(keyID), c) }},
	{name: "jwks-huge", cases: "A26", about: "its keys are so long that checking one takes seconds",
		publish: func(*Provider, []any) []any { return slices.Repeat([]any{huge()}, 16) },
		sign: func(_ *Provider, c map[string]any) string {
			h := header("")
			delete(h, "kid") // so that each key is tried
			return unsigned(h, c) + "." + encode(slices.Repeat([]byte{0x55}, hugeModulus))
		}},
	{name: "jwks-10000", cases: "A26", about: "its key is followed by 10,000 others",
		publish: func(_ *Provider, keys []any) []any { return slices.Concat(keys, slices.Repeat([]any{small}, 10_000)) }},
	{name: "jwks-10000-before", cases: "A26", about: "its key comes after 10,000 others",
		publish: func(_ *Provider, keys []any) []any { return slices.Concat(slices.Repeat([]any{small}, 10_000), keys) }},
	{name: "jwks-duplicate-kid", cases: "A26", about: "another key has the same name and comes first",
		publish: func(_ *Provider, keys []any) []any { return slices.Concat([]any{public(strangerKey(), keyID)}, keys) }},
	{name: "jwks-mixed", cases: "A26", about: "symmetric, broken and unknown keys are among its own",
		publish: func(_ *Provider, keys []any) []any {
			odd := []any{symmetric, 42, nil, "key", map[string]any{"kty": "RSA", "n": "!"}, map[string]any{"kty": "new"}}
			return slices.Concat(odd, keys, odd)
		}},
	{name: "jwks-empty", cases: "A26", about: "it has no key",
		publish: func(*Provider, []any) []any { return []any{} }},
	{name: "jwks-html", cases: "A26", about: "it answers with a page where its keys should be",
		at: KeysPath, respond: always("text/html", page)},
	{name: "jwks-gzip-bomb", cases: "A24 A26", about: "its keys unpack to a gigabyte",
		at: KeysPath, respond: func(_ *Provider, w http.ResponseWriter, _ *http.Request) { bomb(w, []byte(`{"keys":[]}`)) }},
}

var (
	symmetric = map[string]any{"kty": "oct", "kid": keyID, "alg": "RS256", "k": encode([]byte(strings.Repeat("k", 32)))}
	// small is valid and short: 10,000 of it are less than a megabyte.
	small = map[string]any{"kty": "OKP", "crv": "Ed25519", "x": encode([]byte(strings.Repeat("x", 32)))}
)

// huge is a key of 368,640 bits: odd, as a modulus is, and with the largest exponent there may be.
func huge() map[string]any {
	return map[string]any{
		"kty": "RSA", "n": encode(slices.Repeat([]byte{0xff}, hugeModulus)), "e": encode([]byte{0x7f, 0xff, 0xff, 0xff}),
	}
}
