package oauthflow

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unb64(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func unsigned(header string, claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	return b64([]byte(header)) + "." + b64(payload)
}

// forge makes a token of any header, with whatever sign makes of the part that is signed.
func forge(header string, claims map[string]any, sign func(input []byte) []byte) string {
	input := unsigned(header, claims)
	return input + "." + b64(sign([]byte(input)))
}

func hs256(key []byte) func([]byte) []byte {
	return func(input []byte) []byte {
		h := hmac.New(sha256.New, key)
		h.Write(input)
		return h.Sum(nil)
	}
}

func rs256(key jose.JSONWebKey) func([]byte) []byte {
	return func(input []byte) []byte {
		sum := sha256.Sum256(input)
		signature, err := rsa.SignPKCS1v15(nil, key.Key.(*rsa.PrivateKey), crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return signature
	}
}

func named(k jose.JSONWebKey, id string) jose.JSONWebKey {
	k.KeyID = id
	return k
}

// tryForgeries has a sign-in get each token as the provider's response. Every one is refused, and no tokens come out.
func tryForgeries(t *testing.T, forgeries map[string]func(map[string]any) string) {
	t.Helper()
	for what, sign := range forgeries {
		t.Run(what, func(t *testing.T) {
			p := newProvider(t)
			p.sign = sign
			s := signIn(t, newClient(t, p), p.profile(), nil)
			if fault.CodeOf(s.err) != fault.IDTokenInvalid || s.tokens != nil {
				t.Fatalf("got %v, want %s", s.err, fault.IDTokenInvalid)
			}
		})
	}
}

func TestC29A36UnsignedTokens(t *testing.T) {
	key, other := signingKey(t, "one"), signingKey(t, "other")
	tryForgeries(t, map[string]func(map[string]any) string{
		"none":         func(c map[string]any) string { return unsigned(`{"alg":"none","kid":"one"}`, c) + "." },
		"none, signed": func(c map[string]any) string { return forge(`{"alg":"none","kid":"one"}`, c, rs256(key)) },
		"None":         func(c map[string]any) string { return unsigned(`{"alg":"None"}`, c) + "." },
		"no algorithm": func(c map[string]any) string { return forge(`{"kid":"one"}`, c, rs256(key)) },
		"null":         func(c map[string]any) string { return forge(`{"alg":null,"kid":"one"}`, c, rs256(key)) },
		"a list of algorithms": func(c map[string]any) string {
			return forge(`{"alg":["RS256"],"kid":"one"}`, c, rs256(key))
		},
		"two algorithms": func(c map[string]any) string {
			return forge(`{"alg":"none","alg":"RS256","kid":"one"}`, c, rs256(key))
		},
		"Alg":          func(c map[string]any) string { return forge(`{"Alg":"RS256","kid":"one"}`, c, rs256(key)) },
		"rs256":        func(c map[string]any) string { return forge(`{"alg":"rs256","kid":"one"}`, c, rs256(key)) },
		"no signature": func(c map[string]any) string { return unsigned(`{"alg":"RS256","kid":"one"}`, c) + "." },
		"no header":    func(c map[string]any) string { return "." + b64([]byte("{}")) + ".AAAA" },
		"header that is not UTF-8": func(c map[string]any) string {
			return forge(`{"alg":"RS256","kid":"one","x":"`+"\xff"+`"}`, c, rs256(key))
		},
		"header of no JSON":    func(c map[string]any) string { return forge(`alg`, c, rs256(key)) },
		"another's key":        func(c map[string]any) string { return signed(named(other, "one"), jose.RS256, c) },
		"another's, no key id": func(c map[string]any) string { return signed(named(other, ""), jose.RS256, c) },
		"changed afterwards": func(c map[string]any) string {
			parts := strings.Split(signed(key, jose.RS256, c), ".")
			c["sub"] = "admin"
			return unsigned(`{"alg":"RS256","kid":"one"}`, c) + "." + parts[2]
		},
		"another header": func(c map[string]any) string {
			parts := strings.Split(signed(key, jose.RS256, c), ".")
			return b64([]byte(`{"alg":"RS256"}`)) + "." + parts[1] + "." + parts[2]
		},
	})
}

// Keys that cannot have signed a token are not even fetched.
func TestA36NobodyIsAskedForKeysThatCannotHelp(t *testing.T) {
	c := New(Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("somebody was asked")
		return nil, context.Canceled
	})})
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"HS256"}`, `{"alg":"dir"}`, `{"alg":""}`, `{}`} {
		r := tokenResponse{id: secret.New(unsigned(header, map[string]any{}) + ".e30")}
		_, err := c.verify(t.Context(), metadata{Issuer: "i", JWKSURI: "https://i/"}, "c", r)
		wantFault(t, err, fault.IDTokenInvalid)
	}
}

// The public key is public: whoever signs with it as if it were a secret proves nothing.
func TestC29A36ThePublicKeyIsNoSecret(t *testing.T) {
	public := public([]jose.JSONWebKey{signingKey(t, "one")})[0]
	pub := public.Key.(*rsa.PublicKey)
	pkix, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	asJWK, err := public.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})
	forgeries := map[string]func(map[string]any) string{}
	for what, key := range map[string][]byte{
		"PEM": asPEM, "PEM without its last line break": asPEM[:len(asPEM)-1],
		"PEM of PKCS#1": pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(pub)}),
		"DER":           pkix, "DER of PKCS#1": x509.MarshalPKCS1PublicKey(pub),
		"JWK": asJWK, "modulus": pub.N.Bytes(), "modulus as text": []byte(b64(pub.N.Bytes())), "nothing": nil,
	} {
		for _, head := range []string{`{"alg":"HS256","kid":"one"}`, `{"alg":"RS256","kid":"one"}`} {
			forgeries[what+" "+head] = func(c map[string]any) string { return forge(head, c, hs256(key)) }
		}
	}
	tryForgeries(t, forgeries)
}

// A key must be of the kind, the curve and the purpose that the token's algorithm names.
func TestA36AlgorithmAndKeyDoNotMatch(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	edwards, private, _ := ed25519.GenerateKey(rand.Reader)
	claims := map[string]any{"sub": "s"}
	one := signingKey(t, "one")
	publicRSA := &one.Key.(*rsa.PrivateKey).PublicKey
	for _, tt := range []struct {
		what  string
		key   jose.JSONWebKey
		token string
	}{
		{"RS512 with a key for RS256", public([]jose.JSONWebKey{one})[0], signed(one, jose.RS512, claims)},
		{"PS256 with a key for RS256", public([]jose.JSONWebKey{one})[0], signed(one, jose.PS256, claims)},
		{"RS256 with a key for PS256", jose.JSONWebKey{Key: publicRSA, KeyID: "one", Algorithm: "PS256"},
			signed(one, jose.RS256, claims)},
		{"RS256 said of an ES256 signature", jose.JSONWebKey{Key: &p256.PublicKey},
			forge(`{"alg":"RS256"}`, claims, es(p256, crypto.SHA256, 32))},
		{"ES256 said of an RS256 signature", jose.JSONWebKey{Key: publicRSA}, forge(`{"alg":"ES256"}`, claims, rs256(one))},
		{"ES256 with P-384", jose.JSONWebKey{Key: &p384.PublicKey},
			forge(`{"alg":"ES256"}`, claims, es(p384, crypto.SHA256, 48))},
		{"ES512 with P-256", jose.JSONWebKey{Key: &p256.PublicKey},
			forge(`{"alg":"ES512"}`, claims, es(p256, crypto.SHA512, 66))},
		{"ES384 with P-256", jose.JSONWebKey{Key: &p256.PublicKey},
			forge(`{"alg":"ES384"}`, claims, es(p256, crypto.SHA384, 48))},
		{"ES256 with Ed25519", jose.JSONWebKey{Key: edwards},
			forge(`{"alg":"ES256"}`, claims, func(in []byte) []byte { return ed25519.Sign(private, in) })},
		{"EdDSA with P-256", jose.JSONWebKey{Key: &p256.PublicKey},
			forge(`{"alg":"EdDSA"}`, claims, es(p256, crypto.SHA256, 32))},
		{"a key that encrypts", jose.JSONWebKey{Key: publicRSA, KeyID: "two"}, signed(one, jose.RS256, claims)},
	} {
		if said, err := (keyring{tt.key}).VerifySignature(t.Context(), tt.token); err == nil {
			t.Errorf("%s passed as %s", tt.what, said)
		}
	}
}

// es signs with an elliptic curve, in fields of any size and with any hash.
func es(key *ecdsa.PrivateKey, hash crypto.Hash, size int) func([]byte) []byte {
	return func(input []byte) []byte {
		h := hash.New()
		h.Write(input)
		r, s, err := ecdsa.Sign(rand.Reader, key, h.Sum(nil))
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
}

// What a token says about where its key is to be found is not even read.
func TestA36EmbeddedKeysAreNeverUsedOrFetched(t *testing.T) {
	elsewhere, connections := countedServer(t)
	other := signingKey(t, "other")
	otherPublic := public([]jose.JSONWebKey{other})[0]
	jwk, _ := otherPublic.MarshalJSON()
	certificate := base64.StdEncoding.EncodeToString(selfSigned(t, other))
	headers := map[string]string{
		"jwk":                     `"jwk":` + string(jwk),
		"jwk, no key id":          `"jwk":` + string(jwk) + `,"kid":""`,
		"jku":                     `"jku":"` + elsewhere + `/keys"`,
		"x5u":                     `"x5u":"` + elsewhere + `/chain.pem"`,
		"x5c":                     `"x5c":["` + certificate + `"]`,
		"x5t":                     `"x5t":"AAAAAAAAAAAAAAAAAAAAAAAAAAA","x5t#S256":"AAAA"`,
		"a key id that is a path": `"kid":"../../../../dev/null"`,
		"a key id that is a URL":  `"kid":"` + elsewhere + `"`,
	}
	forgeries := map[string]func(map[string]any) string{}
	for what, field := range headers {
		forgeries[what] = func(c map[string]any) string {
			c["_claim_names"] = map[string]any{"email": "src"}
			c["_claim_sources"] = map[string]any{"src": map[string]any{"endpoint": elsewhere, "access_token": "x"}}
			return forge(`{"alg":"RS256",`+field+`}`, c, rs256(other))
		}
	}
	tryForgeries(t, forgeries)
	tryClaims(t, nil, []claimCase{{"claims that are elsewhere", func(_ *provider, c map[string]any) {
		c["_claim_names"] = map[string]any{"email": "src"}
		c["_claim_sources"] = map[string]any{"src": map[string]any{"endpoint": elsewhere, "access_token": "x"}}
	}, ""}})
	if n := connections(); n != 0 {
		t.Errorf("%d connections to where a token pointed", n)
	}
}

func selfSigned(t *testing.T, key jose.JSONWebKey) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	private := key.Key.(*rsa.PrivateKey)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// What changes how a token is to be read is refused, although the provider's own key has signed it so.
func TestA36OtherWaysToReadAToken(t *testing.T) {
	key := signingKey(t, "one")
	withHead := func(fields string) func(map[string]any) string {
		return func(c map[string]any) string { return forge(`{"alg":"RS256","kid":"one",`+fields+`}`, c, rs256(key)) }
	}
	raw := func(fields string) func(map[string]any) string { // RFC 7797: the payload is signed as it is
		return func(c map[string]any) string {
			head := b64([]byte(`{"alg":"RS256","kid":"one",` + fields + `}`))
			payload, _ := json.Marshal(c)
			return head + "." + b64(payload) + "." + b64(rs256(key)([]byte(head+"."+string(payload))))
		}
	}
	tryForgeries(t, map[string]func(map[string]any) string{
		"crit":             withHead(`"crit":["exp"],"exp":1`),
		"crit of nothing":  withHead(`"crit":[]`),
		"crit of b64":      withHead(`"crit":["b64"],"b64":true`),
		"b64":              raw(`"crit":["b64"],"b64":false`),
		"b64 without crit": raw(`"b64":false`),
		"nested": func(c map[string]any) string {
			inner := signed(key, jose.RS256, c)
			input := b64([]byte(`{"alg":"RS256","kid":"one","cty":"JWT"}`)) + "." + b64([]byte(inner))
			return input + "." + b64(rs256(key)([]byte(input)))
		},
		"detached": func(c map[string]any) string {
			parts := strings.Split(signed(key, jose.RS256, c), ".")
			return parts[0] + ".." + parts[2]
		},
		"signed nothing": func(map[string]any) string {
			input := b64([]byte(`{"alg":"RS256","kid":"one"}`)) + "."
			return input + "." + b64(rs256(key)([]byte(input)))
		},
		"JSON": func(c map[string]any) string {
			parts := strings.Split(signed(key, jose.RS256, c), ".")
			return fmt.Sprintf(`{"protected":"%s","payload":"%s","signature":"%s"}`, parts[0], parts[1], parts[2])
		},
		"JSON with two dots": func(c map[string]any) string {
			parts := strings.Split(signed(key, jose.RS256, c), ".")
			return fmt.Sprintf(`{"protected":"%s","payload":"%s","signature":"%s","header":{"x":"..","y":"%[2]s"}}`,
				parts[0], parts[1], parts[2])
		},
		"JSON, general": func(c map[string]any) string {
			parts := strings.Split(signed(key, jose.RS256, c), ".")
			return fmt.Sprintf(`{"payload":"%s","signatures":[{"protected":"%s","signature":"%s"}],"x":".."}`,
				parts[1], parts[0], parts[2])
		},
		"encrypted": func(map[string]any) string { return b64([]byte(`{"alg":"dir","enc":"A256GCM"}`)) + "..a.b.c" },
	})
}

// Keys with which anybody could sign, and signatures that fit many texts: Go's own library refuses them. These tests
// see to it that nothing of ours gets in between.
func TestA36WeakKeysAndSignatures(t *testing.T) {
	claims := map[string]any{"sub": "admin"}
	n := signingKey(t, "one").Key.(*rsa.PrivateKey).N
	two := big.NewInt(2)
	power := new(big.Int).Lsh(big.NewInt(1), 2047) // 2^2047: roots are easy to find
	for what, tt := range map[string]struct {
		key  *rsa.PublicKey
		sign func(padded *big.Int) *big.Int
	}{
		"exponent 1": {&rsa.PublicKey{N: n, E: 1}, func(m *big.Int) *big.Int { return m }},
		"even modulus": {&rsa.PublicKey{N: power, E: 65537}, func(m *big.Int) *big.Int {
			d := new(big.Int).ModInverse(big.NewInt(65537), new(big.Int).Rsh(power, 2))
			return m.Exp(m, d, power)
		}},
		"exponent 2": {&rsa.PublicKey{N: n, E: 2}, func(m *big.Int) *big.Int { return m.Mod(m, two) }},
	} {
		size := (tt.key.N.BitLen() + 7) / 8
		token := forge(`{"alg":"RS256"}`, claims, func(input []byte) []byte {
			return tt.sign(padded(input, size)).FillBytes(make([]byte, size))
		})
		if _, err := (keyring{{Key: tt.key}}).VerifySignature(t.Context(), token); err == nil {
			t.Errorf("RSA, %s: a forged signature passed", what)
		}
	}

	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	order := key.Params().N
	zero, max := new(big.Int), new(big.Int).Lsh(big.NewInt(1), 256)
	max.Sub(max, big.NewInt(1))
	keys := keyring{{Key: &key.PublicKey}}
	for what, rs := range map[string][2]*big.Int{
		"zero": {zero, zero}, "zero r": {zero, big.NewInt(1)}, "zero s": {big.NewInt(1), zero},
		"the order": {order, order}, "r of the order": {order, big.NewInt(1)}, "beyond the order": {max, max},
	} {
		token := forge(`{"alg":"ES256"}`, claims, func([]byte) []byte {
			return append(rs[0].FillBytes(make([]byte, 32)), rs[1].FillBytes(make([]byte, 32))...)
		})
		if _, err := keys.VerifySignature(t.Context(), token); err == nil {
			t.Errorf("ECDSA, %s: a forged signature passed", what)
		}
	}
	asn1 := forge(`{"alg":"ES256"}`, claims, func(input []byte) []byte {
		sum := sha256.Sum256(input)
		der, _ := ecdsa.SignASN1(rand.Reader, key, sum[:])
		return der
	})
	if _, err := keys.VerifySignature(t.Context(), asn1); err == nil {
		t.Error("a signature in another encoding passed")
	}
}

// padded is what an RSA key of that size would have to give for a PKCS #1 v1.5 signature of the input.
func padded(input []byte, size int) *big.Int {
	sum := sha256.Sum256(input)
	info := append([]byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
		0x00, 0x04, 0x20}, sum[:]...)
	em := append([]byte{0, 1}, strings.Repeat("\xff", size-len(info)-3)...)
	return new(big.Int).SetBytes(append(append(em, 0), info...))
}

// An ECDSA signature has a twin that fits the same text and key. It passes, and says nothing else: nothing here takes a
// token's characters for its name.
func TestA36TheTwinOfASignatureSaysTheSame(t *testing.T) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	parts := strings.Split(forge(`{"alg":"ES256"}`, map[string]any{"sub": "s"}, es(key, crypto.SHA256, 32)), ".")
	signature := unb64(parts[2])
	s := new(big.Int).Sub(key.Params().N, new(big.Int).SetBytes(signature[32:]))
	s.FillBytes(signature[32:])
	twin := parts[0] + "." + parts[1] + "." + b64(signature)
	said, err := keyring{{Key: &key.PublicKey}}.VerifySignature(t.Context(), twin)
	if err == nil && string(said) != `{"sub":"s"}` {
		t.Errorf("it says %s", said)
	}
}

// What is too large or has too many parts costs nothing: it is refused before anything of it is decoded or copied.
func TestA39OversizedIDTokens(t *testing.T) {
	for what, token := range map[string]string{
		"100,000 dots": strings.Repeat(".", 100_000), "60,000 dots": strings.Repeat(".", 60_000),
		"half a megabyte": strings.Repeat("a", 1<<19), "20,000 parts": strings.Repeat("a.", 20_000),
		"two parts": "a.b", "four parts": "a.b.c.d", "JSON": `{"payload":""}`, "empty parts": "..", "no header": ".e30.e30",
		"empty objects": "e30.e30.e30", "no base64": "a!.b!.c!",
	} {
		p := newProvider(t)
		p.sign = func(map[string]any) string { return token }
		s := signIn(t, newClient(t, p), p.profile(), nil)
		want := fault.IDTokenInvalid
		if len(token) > maxToken {
			want = fault.TokenResponse
		}
		if fault.CodeOf(s.err) != want || s.tokens != nil {
			t.Errorf("%s: %v, want %s", what, s.err, want)
		}
	}
	c := New(Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		t.Error("somebody was asked")
		return nil, context.Canceled
	})})
	million := strings.Repeat("a", 1<<20)
	for what, token := range map[string]string{
		"60,000 dots behind a header": b64([]byte(`{"alg":"RS256"}`)) + strings.Repeat(".", 60_000),
		"100,000 dots":                strings.Repeat(".", 100_000), "1 MB": million, "1 MB of header": million + ".e30.e30",
		"1 MB of signature": "e30.e30." + million,
	} {
		r := tokenResponse{id: secret.New(token)}
		spent := allocated(func() {
			if _, err := c.verify(t.Context(), metadata{Issuer: "i", JWKSURI: "https://i/"}, "c", r); err == nil {
				t.Errorf("%s passed", what)
			}
		})
		if spent > 4<<10 {
			t.Errorf("%s: %d bytes were allocated for a token of %d", what, spent, len(token))
		}
	}
}

// allocated is how many bytes a call of f allocates: the least of several tries, as others allocate meanwhile.
func allocated(f func()) uint64 {
	least := ^uint64(0)
	var before, after runtime.MemStats
	for range 10 {
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}
