package oauthflow

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/fault"
)

func setOf(t *testing.T, keys ...jose.JSONWebKey) response {
	t.Helper()
	body, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return response{status: 200, body: body}
}

func TestA26BadKeysAreLeftOut(t *testing.T) {
	good := public([]jose.JSONWebKey{signingKey(t, "one")})[0]
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	encryption := good
	encryption.Use = "enc"
	for what, bad := range map[string]jose.JSONWebKey{
		"symmetric": {Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "s"},
		"private":   signingKey(t, "one"),
		"weak":      {Key: &weak.PublicKey, KeyID: "w"},
		"encrypts":  encryption,
	} {
		keys, err := setOf(t, bad, good).keys(time.Now())
		if err != nil || len(keys) != 1 || keys[0].KeyID != "one" || !keys[0].IsPublic() {
			t.Errorf("%s: %d keys, %v", what, len(keys), err)
		}
		_, err = setOf(t, bad).keys(time.Now())
		wantFault(t, err, fault.KeysInvalid)
	}
	for what, body := range map[string]string{
		"kinds of tomorrow": `{"keys":[{"kty":"PQ","x":1},%s]}`,
		"no object":         `{"keys":[1,"x",null,%s]}`,
		"half a key":        `{"keys":[{"kty":"RSA","n":"AQ"},%s]}`,
	} {
		one, _ := good.MarshalJSON()
		keys, err := response{status: 200, body: fmt.Appendf(nil, body, one)}.keys(time.Now())
		if err != nil || len(keys) != 1 {
			t.Errorf("%s: %d keys, %v", what, len(keys), err)
		}
	}
	many := make([]jose.JSONWebKey, 1500)
	for i := range many {
		many[i] = good
	}
	if keys, err := setOf(t, many...).keys(time.Now()); err != nil || len(keys) != maxKeys {
		t.Errorf("of 1500: %d keys, %v", len(keys), err)
	}
	_, err = setOf(t, append(many, many...)...).keys(time.Now())
	wantFault(t, err, fault.KeysInvalid) // over 1 MB
}

// A26: what a key says of itself is read as github.com/go-json-experiment/json reads it: by names of exactly that case,
// whatever their order and escapes.
func TestA26OnlyWhatMayBePublicIsLookedAt(t *testing.T) {
	for key, want := range map[string]bool{
		`{"kty":"RSA"}`: true, ` { "x" : {"d":1} , "kty" : "EC" } `: true, `{"kty":"O\u004bP"}`: true,
		`{"\u006bty":"RSA"}`:                      true,
		`{"kty":"RSA","D":1,"Kty":"oct","KTY":5}`: true, `{"kty":"RSA","d":null}`: false, `{"\u0064":[],"kty":"RSA"}`: false,
		`{"kty":"oct"}`: false, `{"Kty":"RSA"}`: false, `{"kty":null}`: false, `{"kty":5}`: false, `{"kty":["RSA"]}`: false,
		`{"kty":"RSA "}`: false, `{"kty":""}`: false, `{}`: false, `{"d":"x"}`: false, `[]`: false,
		`["RSA"]`: false, `"RSA"`: false,
		`null`: false, `1`: false,
	} {
		got, err := isPublicKey(jsontext.NewDecoder(strings.NewReader(key)))
		if got != want || err != nil {
			t.Errorf("%s: %v, %v", key, got, err)
		}
		var said struct {
			Kind    string         `json:"kty"`
			Private jsontext.Value `json:"d"`
		}
		reference := jsonv2.Unmarshal([]byte(key), &said) == nil && said.Private == nil &&
			slices.Contains([]string{"RSA", "EC", "OKP"}, said.Kind)
		if reference != want {
			t.Errorf("%s: the reference says %v", key, reference)
		}
	}
}

// A26: numbers that take long to work with are not worked with, whoever they are good for.
func TestA26HugeKeysAreLeftOut(t *testing.T) {
	number := func(bits int) string {
		return base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, bits/8))
	}
	for _, tt := range []struct {
		what, key string
		ok        bool
	}{
		{"the largest", fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q}`, number(maxRSA)), true},
		{"a larger one", fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q}`, number(maxRSA+8)), false},
		{"a smaller one", fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q}`, number(minRSA-8)), false},
		{"half a megabyte", fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q}`, number(4<<20)), false},
		{"a private one, not proved", fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q,"d":%[1]q,"p":%q,"q":%[2]q}`,
			number(1<<20), number(1<<19)), false},
	} {
		start := time.Now()
		keys, err := response{status: 200, body: []byte(`{"keys":[` + tt.key + `]}`)}.keys(start)
		if tt.ok != (err == nil && len(keys) == 1) {
			t.Errorf("%s: %d keys, %v", tt.what, len(keys), err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: it took %v", tt.what, took)
		}
	}
}

// A26: of 10,000 keys a hundred are kept, and 10,000 bad ones do not hide a good one. Either costs no more memory than
// any other document.
func TestA26TenThousandKeys(t *testing.T) {
	good, err := public([]jose.JSONWebKey{signingKey(t, "one")})[0].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	pub, _, _ := ed25519.GenerateKey(rand.Reader)
	x := base64.RawURLEncoding.EncodeToString(pub)
	for _, tt := range []struct {
		what, key string
		times     int
		want      int
	}{
		{"good", fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q},`, x), 10_000, maxKeys},
		{"symmetric", `{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0","kid":"one","alg":"HS256"},`, 10_000, 1},
		{"private", fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q,"d":""},`, x), 10_000, 1},
		{"off the curve", `{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ","kid":"one"},`, 10_000, 1},
		{"empty", `{},`, 200_000, 1},
		{"no objects", `1,`, 100_000, 1},
	} {
		body := `{"keys":[` + strings.Repeat(tt.key, tt.times) + string(good) + `]}`
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		keys, err := response{status: 200, body: []byte(body)}.keys(time.Now())
		runtime.ReadMemStats(&after)
		if err != nil || len(keys) != tt.want || tt.want == 1 && keys[0].KeyID != "one" {
			t.Errorf("%s: %d keys, %v", tt.what, len(keys), err)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > memory {
			t.Errorf("%s: it took %d KB", tt.what, spent>>10)
		}
	}
}

// A26: several keys of one name are all tried. A bad one among them neither hides the good one nor becomes one.
func TestA26OneNameForSeveralKeys(t *testing.T) {
	one, two := named(signingKey(t, "one"), "same"), named(signingKey(t, "two"), "same")
	symmetric := jose.JSONWebKey{Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "same", Algorithm: "HS256"}
	for what, published := range map[string][]jose.JSONWebKey{
		"first": {one, two}, "last": {two, one}, "after a symmetric one": {symmetric, one},
		"after itself": {one, one, one},
	} {
		p := newProvider(t)
		p.keys = published
		p.sign = func(claims map[string]any) string { return signed(one, jose.RS256, claims) }
		if s := signIn(t, newClient(t, p), p.profile(), nil); s.err != nil {
			t.Errorf("%s: %v", what, s.err)
		}
		p.sign = func(claims map[string]any) string { return signed(symmetric, jose.HS256, claims) }
		wantFault(t, signIn(t, newClient(t, p), p.profile(), nil).err, fault.IDTokenInvalid)
	}
}

// Every asymmetric algorithm that providers use.
func TestKeyKinds(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	pub, priv, _ := ed25519.GenerateKey(rand.Reader)
	for _, tt := range []struct {
		alg             jose.SignatureAlgorithm
		private, public any
	}{
		{jose.RS256, signingKey(t, "one").Key, nil}, {jose.PS384, signingKey(t, "one").Key, nil},
		{jose.ES256, p256, &p256.PublicKey}, {jose.EdDSA, priv, pub},
	} {
		if tt.public == nil {
			tt.public = &tt.private.(*rsa.PrivateKey).PublicKey
		}
		p := newProvider(t)
		p.keys = []jose.JSONWebKey{{Key: tt.public, KeyID: "k"}}
		private := jose.JSONWebKey{Key: tt.private, KeyID: "k"}
		p.sign = func(c map[string]any) string { return signed(private, tt.alg, c) }
		if s := signIn(t, newClient(t, p), p.profile(), nil); s.err != nil {
			t.Errorf("%s: %v", tt.alg, s.err)
		}
	}
}

// F32: keys change; one request brings the new ones.
func TestF32NewKeysAreFetchedOnce(t *testing.T) {
	for _, withIDs := range []bool{true, false} {
		p := newProvider(t)
		c := newClient(t, p)
		if err := c.Prepare(t.Context(), p.profile()); err != nil {
			t.Fatal(err)
		}
		p.keys = []jose.JSONWebKey{signingKey(t, "two"), signingKey(t, "one")}
		if !withIDs {
			p.keys[0].KeyID, p.keys[1].KeyID = "", ""
		}
		p.clock.forward(refetchKeys)
		signedInStory(t, c, p.profile())
		signedInStory(t, c, p.profile())
		if n := p.count("/keys"); n != 2 {
			t.Errorf("key ids %v: %d requests for keys", withIDs, n)
		}
	}
}

// A27: unknown key ids lead to one request in 30 seconds, whether it helps or not.
func TestA27UnknownKeysAreLookedForSeldom(t *testing.T) {
	for _, down := range []bool{false, true} {
		p := newProvider(t)
		c := newClient(t, p)
		if err := c.Prepare(t.Context(), p.profile()); err != nil {
			t.Fatal(err)
		}
		p.answer = func(w http.ResponseWriter, r *http.Request) bool {
			return down && answerAt("/keys", 503, "", "")(w, r)
		}
		n := 0
		p.sign = func(claims map[string]any) string {
			n++
			return signed(named(signingKey(t, "other"), fmt.Sprint("random-", n)), jose.RS256, claims)
		}
		for i, want := range []int{1, 2, 2, 2, 3} {
			if s := signIn(t, c, p.profile(), nil); s.err == nil {
				t.Fatal("a strange key was believed")
			}
			if got := p.count("/keys"); got != want {
				t.Errorf("down %v, step %d: %d requests for keys, want %d", down, i, got, want)
			}
			p.clock.forward(refetchKeys / 3)
			if i == 0 {
				p.clock.forward(refetchKeys)
			}
		}
	}
}

// A27: fifty callers at once with fifty names that no key has: one request, in 30 seconds, helpful or not. The same for
// tokens that are none.
func TestA27AFloodOfUnknownKeysIsOneRequest(t *testing.T) {
	for _, down := range []bool{false, true} {
		p := newProvider(t)
		c := newClient(t, p)
		uri := p.server.URL + "/keys"
		if _, err := c.signingKeys(uri).get(t.Context(), usable); err != nil {
			t.Fatal(err)
		}
		p.answer = func(w http.ResponseWriter, r *http.Request) bool {
			return down && answerAt("/keys", 503, "", "")(w, r)
		}
		flood := func() {
			var all sync.WaitGroup
			for i := range 50 {
				all.Go(func() {
					token := "no token"
					if i%5 > 0 {
						token = signed(named(signingKey(t, "other"), rand.Text()), jose.RS256, map[string]any{})
					}
					keys, err := c.keysFor(t.Context(), uri, token)
					if _, wrong := keys.VerifySignature(t.Context(), token); err == nil && wrong == nil {
						t.Error("a strange key was believed")
					}
				})
			}
			all.Wait()
		}
		for i, want := range []int{1, 2, 2, 2, 3, 3} {
			flood()
			if got := p.count("/keys"); got != want {
				t.Errorf("down %v, flood %d: %d requests, want %d", down, i, got, want)
			}
			p.clock.forward(refetchKeys / 3)
			if i == 0 {
				p.clock.forward(refetchKeys)
			}
		}
	}
}

func TestKeysThatAreNone(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		want   fault.Code
	}{
		{200, "<html>hotel</html>", fault.Portal}, {200, "", fault.Portal}, {200, `{"keys":[]}`, fault.KeysInvalid},
		{200, `{"keys":{}}`, fault.KeysInvalid}, {200, `{"keys":[]`, fault.KeysInvalid},
		{200, `{"keys":null}`, fault.KeysInvalid},
		{200, `{"Keys":[]}`, fault.KeysInvalid},
		{404, "", fault.KeysInvalid}, {503, "", fault.ProviderTrouble}, {429, "", fault.RateLimited},
	} {
		p := newProvider(t)
		p.answer = answerAt("/keys", tt.status, "application/json", tt.body)
		f := wantFault(t, newClient(t, p).Prepare(t.Context(), p.profile()), tt.want)
		if strings.Contains(f.Error()+f.Args["said"], "hotel") {
			t.Errorf("the body is in the error: %v", f)
		}
	}
}

// Many callers, one request; one that goes away takes nothing from the rest.
func TestCachedFetchesOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetched := 0
		c := newCached("h", time.Now, func(ctx context.Context) (int, error) {
			fetched++
			select {
			case <-time.After(time.Second):
				return fetched, nil
			case <-ctx.Done():
				return 0, cancelled(ctx, "h")
			}
		})
		impatient, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := c.get(impatient, time.Hour)
			if fault.CodeOf(err) != fault.Offline {
				t.Errorf("the first caller got %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			all.Go(func() {
				if v, err := c.get(t.Context(), time.Hour); v != 2 || err != nil {
					t.Errorf("a patient caller got %d, %v", v, err)
				}
			})
		}
		all.Go(func() {
			if _, err := c.get(impatient, time.Hour); fault.CodeOf(err) != fault.Offline {
				t.Errorf("a caller that waits for its turn got %v", err)
			}
		})
		synctest.Wait()
		leave()
		all.Wait()
		if fetched != 2 {
			t.Errorf("fetched %d times", fetched)
		}
	})
}

// A27: who waited for a fetch that failed has its failure. One after the other they would ask fifty times, and the last
// would have waited for all of them.
func TestA27AFailureIsToldToAllWhoWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetched := 0
		c := newCached("h", time.Now, func(ctx context.Context) (int, error) {
			fetched++
			<-ctx.Done()
			return 0, fault.New(fault.Offline)
		})
		start := time.Now()
		ask := func() {
			if _, err := c.get(t.Context(), time.Hour); fault.CodeOf(err) != fault.Offline {
				t.Errorf("a caller got %v", err)
			}
		}
		var all sync.WaitGroup
		for range 50 {
			all.Go(ask)
		}
		all.Wait()
		if took := time.Since(start); fetched != 1 || took != discoveryTime {
			t.Errorf("fetched %d times in %v", fetched, took)
		}
		ask() // a failure is not kept
		if fetched != 2 {
			t.Errorf("fetched %d times", fetched)
		}
	})
}
