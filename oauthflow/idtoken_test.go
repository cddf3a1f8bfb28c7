package oauthflow

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/internal/words"
)

// claimCase is a change to the ID token, and what it leads to; "" is success.
type claimCase struct {
	what   string
	change func(p *provider, c map[string]any)
	want   fault.Code
}

func tryClaims(t *testing.T, params map[string]string, cases []claimCase) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.what, func(t *testing.T) {
			p := newProvider(t)
			p.claims = func(c map[string]any) { tt.change(p, c) }
			prof := p.profile()
			prof.AuthorizationParams = params
			s := signIn(t, newClient(t, p), prof, nil)
			if tt.want == "" {
				if s.err != nil {
					t.Fatal(s.err)
				}
				return
			}
			wantFault(t, s.err, tt.want)
			if s.tokens != nil {
				t.Error("tokens came with the error")
			}
		})
	}
}

func set(name string, value any) func(*provider, map[string]any) {
	return func(_ *provider, c map[string]any) { c[name] = value }
}

func unset(name string) func(*provider, map[string]any) {
	return func(_ *provider, c map[string]any) { delete(c, name) }
}

// at sets a time, in seconds from now.
func at(name string, seconds int) func(*provider, map[string]any) {
	return func(p *provider, c map[string]any) { c[name] = p.clock.time().Unix() + int64(seconds) }
}

func TestC28A37Nonce(t *testing.T) {
	tryClaims(t, nil, []claimCase{
		{"wrong", set("nonce", "another"), fault.IDTokenInvalid},
		{"absent", unset("nonce"), fault.IDTokenInvalid},
		{"empty", set("nonce", ""), fault.IDTokenInvalid},
		{"no text", set("nonce", 1), fault.IDTokenInvalid},
		{"null", set("nonce", nil), fault.IDTokenInvalid},
		{"a list with it", func(_ *provider, c map[string]any) { c["nonce"] = []any{c["nonce"]} }, fault.IDTokenInvalid},
		{"with a space", func(_ *provider, c map[string]any) {
			c["nonce"] = fmt.Sprint(c["nonce"], " ")
		}, fault.IDTokenInvalid},
	})
}

func TestC28A37ARefreshedNonceIsTheOriginal(t *testing.T) {
	for what, tt := range map[string]struct {
		nonce func(original string) any
		want  fault.Code
	}{
		"original": {func(n string) any { return n }, ""},
		"absent":   {func(string) any { return nil }, ""},
		"another":  {func(string) any { return "another" }, fault.IDTokenInvalid},
	} {
		p := newProvider(t)
		c := newClient(t, p)
		s := signedInStory(t, c, p.profile())
		p.claims = func(c map[string]any) { c["nonce"] = tt.nonce(s.tokens.Nonce.Reveal()) }
		_, err := c.Refresh(t.Context(), p.profile(), grantOf(s.tokens), keepNothing)
		if fault.CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %q", what, err, tt.want)
		}
	}
}

func TestC30A37RequiredClaims(t *testing.T) {
	tryClaims(t, nil, []claimCase{
		{"no iss", unset("iss"), fault.IDTokenInvalid},
		{"no slash in iss", func(p *provider, c map[string]any) { c["iss"] = p.server.URL }, fault.IDTokenInvalid},
		{"iss in other case", func(p *provider, c map[string]any) { c["iss"] = "HTTP" + p.issuer[4:] }, fault.IDTokenInvalid},
		{"iss that looks alike", func(p *provider, c map[string]any) {
			c["iss"] = strings.Replace(p.issuer, "1", "\u0661", 1)
		}, fault.IDTokenInvalid},
		{"iss that is the same when composed", func(p *provider, c map[string]any) { c["iss"] = p.issuer + "\u0301" },
			fault.IDTokenInvalid},
		{"iss with a zero-width space", func(p *provider, c map[string]any) { c["iss"] = p.issuer + "\u200b" },
			fault.IDTokenInvalid},
		{"two iss", func(p *provider, c map[string]any) { c["iss"] = []string{p.issuer, "x"} }, fault.IDTokenInvalid},
		{"no aud", unset("aud"), fault.IDTokenInvalid},
		{"aud null", set("aud", nil), fault.IDTokenInvalid},
		{"wrong aud", set("aud", "client-2"), fault.IDTokenInvalid},
		{"aud in other case", set("aud", "Client-1"), fault.IDTokenInvalid},
		{"aud of no text", set("aud", 1), fault.IDTokenInvalid},
		{"empty aud", set("aud", []string{}), fault.IDTokenInvalid},
		{"aud with a number", set("aud", []any{"client-1", 1}), fault.IDTokenInvalid},
		{"aud of objects", set("aud", []any{map[string]any{"client-1": 1}}), fault.IDTokenInvalid},
		{"one aud in a list", set("aud", []string{"client-1"}), ""},
		{"no exp", unset("exp"), fault.IDTokenInvalid},
		{"exp null", set("exp", nil), fault.IDTokenInvalid},
		{"exp of text", set("exp", "tomorrow"), fault.IDTokenInvalid},
		{"exp as text", set("exp", "1772442000"), fault.IDTokenInvalid},
		{"exp for ever", set("exp", 1e300), fault.IDTokenInvalid},
		{"exp beyond any number", set("exp", json.RawMessage("1e9999")), fault.IDTokenInvalid},
		{"exp before time", set("exp", -1), fault.IDTokenInvalid},
		{"no iat", unset("iat"), fault.IDTokenInvalid},
		{"iat null", set("iat", nil), fault.IDTokenInvalid},
		{"iat of a list", set("iat", []int{1}), fault.IDTokenInvalid},
		{"nbf of text", set("nbf", "tomorrow"), fault.IDTokenInvalid},
		{"no sub", unset("sub"), fault.IDTokenInvalid},
		{"sub null", set("sub", nil), fault.IDTokenInvalid},
		{"empty sub", set("sub", ""), fault.IDTokenInvalid},
		{"sub a number", set("sub", 42), fault.IDTokenInvalid},
		{"sub true", set("sub", true), fault.IDTokenInvalid},
		{"sub a list", set("sub", []string{"auth0|42"}), fault.IDTokenInvalid},
		{"sub that cannot be shown", set("sub", "a\u202eb"), fault.IDTokenInvalid},
		{"sub without end", set("sub", strings.Repeat("a", maxSubject+1)), fault.IDTokenInvalid},
		{"fractions", func(p *provider, c map[string]any) { c["exp"] = float64(p.clock.time().Unix()) + 0.5 }, ""},
		{"names of another type", set("name", map[string]any{"given": "Jane"}), ""},
		{"nested deeply", set("x", json.RawMessage(strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000))),
			fault.IDTokenInvalid},
		{"a number without end", set("x", json.RawMessage("1e"+strings.Repeat("9", 10_000))), ""},
	})
}

// One reader of a payload takes the first of two members, another the last, a third whatever looks alike.
func TestA37PayloadsThatCanBeReadInTwoWays(t *testing.T) {
	key := signingKey(t, "one")
	forgeries := map[string]func(map[string]any) string{}
	for what, member := range map[string]string{
		"sub": `"sub":"admin"`, "sub, escaped": `"s\u0075b":"admin"`, "Sub": `"Sub":"admin"`,
		"aud": `"aud":["client-2"]`, "iss": `"iss":"x"`, "exp": `"exp":99999999999`, "nonce": `"nonce":"x"`,
		"azp": `"azp":"client-2","azp":"client-1"`, "a stranger": `"x":{"y":1,"y":2}`, "ISS": `"ISS":"x"`,
		"not UTF-8": `"x":"` + "\xff" + `"`, "half a surrogate": `"x":"\ud800"`,
	} {
		for _, first := range []bool{true, false} {
			forgeries[fmt.Sprintf("%s first %v", what, first)] = func(c map[string]any) string {
				payload, _ := json.Marshal(c)
				body := string(payload[1 : len(payload)-1])
				body = "{" + body + "," + member + "}"
				if first {
					body = "{" + member + "," + string(payload[1:])
				}
				input := b64([]byte(`{"alg":"RS256","kid":"one"}`)) + "." + b64([]byte(body))
				return input + "." + b64(rs256(key)([]byte(input)))
			}
		}
	}
	tryForgeries(t, forgeries)
}

func TestC30A38Times(t *testing.T) {
	cases := []claimCase{
		{"expired within the skew", at("exp", -59), ""},
		{"expired beyond it", at("exp", -60), fault.ClockWrong},
		{"expired long ago", at("exp", -1e9), fault.ClockWrong},
		{"expired at the beginning of time", set("exp", 0), fault.ClockWrong},
		{"issued in the future, within the skew", at("iat", 60), ""},
		{"issued in the future, beyond it", at("iat", 61), fault.ClockWrong},
		{"issued in ten years", at("iat", 10*365*24*3600), fault.ClockWrong},
		{"valid later, within the skew", at("nbf", 60), ""},
		{"valid later, beyond it", at("nbf", 61), fault.ClockWrong},
	}
	tryClaims(t, nil, cases)
	for _, tt := range cases { // and the same at a refresh
		p := newProvider(t)
		c := newClient(t, p)
		g := grantOf(signedInStory(t, c, p.profile()).tokens)
		p.claims = func(c map[string]any) { tt.change(p, c) }
		if _, err := c.Refresh(t.Context(), p.profile(), g, keepNothing); fault.CodeOf(err) != tt.want {
			t.Errorf("%s, refreshed: %v, want %q", tt.what, err, tt.want)
		}
	}
}

// go-oidc lets one large provider leave the scheme out of its issuer. We do not.
func TestC30A37NoProviderMayShortenItsIssuer(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	meta := metadata{Issuer: "https://accounts.google.com", JWKSURI: "https://a.example/keys"}
	known := c.signingKeys(meta.JWKSURI)
	known.value, known.fetched = public(p.keys), p.clock.time()
	for issuer, want := range map[string]fault.Code{meta.Issuer: "", "accounts.google.com": fault.IDTokenInvalid} {
		id := signed(p.keys[0], jose.RS256, map[string]any{
			"iss": issuer, "sub": "s", "aud": "c", "iat": p.clock.time().Unix(), "exp": p.clock.time().Unix() + 1,
		})
		if _, err := c.verify(t.Context(), meta, "c", tokenResponse{id: secret.New(id)}); fault.CodeOf(err) != want {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

func TestC31A37SeveralAudiences(t *testing.T) {
	both := func(azp any) func(*provider, map[string]any) {
		return func(_ *provider, c map[string]any) {
			c["aud"], c["azp"] = []string{"api", "client-1"}, azp
			if azp == nil {
				delete(c, "azp")
			}
		}
	}
	tryClaims(t, nil, []claimCase{
		{"ours", both("client-1"), ""},
		{"another's", both("api"), fault.IDTokenInvalid},
		{"absent", both(nil), fault.IDTokenInvalid},
		{"in other case", both("Client-1"), fault.IDTokenInvalid},
		{"of no text", both([]string{"client-1"}), fault.IDTokenInvalid},
		{"empty", both(""), fault.IDTokenInvalid},
		{"as many as there is room for", among(maxAudience), ""},
		{"one more", among(maxAudience + 1), fault.IDTokenInvalid},
		{"ten thousand", among(10_000), fault.IDTokenInvalid},
		{"one audience, another's azp", set("azp", "client-2"), fault.IDTokenInvalid},
		{"not for us at all", func(_ *provider, c map[string]any) {
			c["aud"], c["azp"] = []string{"api", "b"}, "client-1"
		}, fault.IDTokenInvalid},
	})
}

// among makes the token out to n programs, the last of which is ours.
func among(n int) func(*provider, map[string]any) {
	return func(_ *provider, c map[string]any) {
		all := make([]string, n)
		for i := range all {
			all[i] = strconv.Itoa(i % 10)
		}
		all[n-1] = "client-1"
		c["aud"], c["azp"] = all, "client-1"
	}
}

func TestC32A39AtHash(t *testing.T) {
	sum, long := sha256.Sum256([]byte("access-1")), sha512.Sum512([]byte("access-1"))
	right := b64(sum[:16])
	tryClaims(t, nil, []claimCase{
		{"right", set("at_hash", right), ""},
		{"of another token", set("at_hash", b64(make([]byte, 16))), fault.IDTokenInvalid},
		{"whole hash", set("at_hash", b64(sum[:])), fault.IDTokenInvalid},
		{"the other half", set("at_hash", b64(sum[16:])), fault.IDTokenInvalid},
		{"a part of it", set("at_hash", right[:8]), fault.IDTokenInvalid},
		{"a hash for another algorithm", set("at_hash", b64(long[:32])), fault.IDTokenInvalid},
		{"in other case", set("at_hash", strings.ToUpper(right)), fault.IDTokenInvalid},
		{"no text", set("at_hash", 1), fault.IDTokenInvalid},
	})
}

// The hash is that of the signature's algorithm (OpenID Connect Core §3.1.3.6); for Ed25519 it is SHA-512.
func TestA39AtHashOfEveryAlgorithm(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, edwards, _ := ed25519.GenerateKey(rand.Reader)
	one := signingKey(t, "one").Key
	hashes := map[crypto.Hash]string{}
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		h := hash.New()
		h.Write([]byte("access-1"))
		hashes[hash] = b64(h.Sum(nil)[:hash.Size()/2])
	}
	for _, tt := range []struct {
		alg  jose.SignatureAlgorithm
		key  any
		hash crypto.Hash
	}{
		{jose.RS256, one, crypto.SHA256}, {jose.PS384, one, crypto.SHA384}, {jose.RS512, one, crypto.SHA512},
		{jose.ES256, p256, crypto.SHA256}, {jose.ES384, p384, crypto.SHA384}, {jose.EdDSA, edwards, crypto.SHA512},
	} {
		private := jose.JSONWebKey{Key: tt.key, KeyID: "k"}
		for hash, value := range hashes {
			p := newProvider(t)
			p.keys = []jose.JSONWebKey{private.Public()}
			p.sign = func(c map[string]any) string {
				c["at_hash"] = value
				return signed(private, tt.alg, c)
			}
			err := signIn(t, newClient(t, p), p.profile(), nil).err
			if ok := hash == tt.hash; ok != (err == nil) || !ok && fault.CodeOf(err) != fault.IDTokenInvalid {
				t.Errorf("%s with %s: %v", tt.alg, hash, err)
			}
		}
	}
}

func TestC33MaxAge(t *testing.T) {
	tryClaims(t, map[string]string{"max_age": "300"}, []claimCase{
		{"fresh", at("auth_time", -300), ""},
		{"within the skew", at("auth_time", -360), ""},
		{"too old", at("auth_time", -361), fault.IDTokenInvalid},
		{"absent", unset("auth_time"), fault.IDTokenInvalid},
	})
	tryClaims(t, map[string]string{"max_age": "soon"}, []claimCase{{"no number", at("auth_time", 0), fault.BadProfile}})
}

func TestC34Organization(t *testing.T) {
	tryClaims(t, map[string]string{"organization": "org_Ab1"}, []claimCase{
		{"id", set("org_id", "org_Ab1"), ""},
		{"id in other case", set("org_id", "org_ab1"), fault.WrongOrganization},
		{"another id", set("org_id", "org_Ab2"), fault.WrongOrganization},
		{"absent", unset("org_id"), fault.WrongOrganization},
	})
	tryClaims(t, map[string]string{"organization": "Acme"}, []claimCase{
		{"name in lower case", set("org_name", "acme"), ""},
		{"another name", set("org_name", "other"), fault.WrongOrganization},
		{"id instead of name", set("org_id", "acme"), fault.WrongOrganization},
	})
}

func TestC35A35ARefreshedIDTokenIsAboutTheSame(t *testing.T) {
	for _, tt := range []claimCase{
		{"same", func(*provider, map[string]any) {}, ""},
		{"another person", set("sub", "auth0|43"), fault.DifferentPerson},
		{"another issuer", set("iss", "https://evil.example/"), fault.IDTokenInvalid},
		{"another audience", set("aud", "client-2"), fault.IDTokenInvalid},
		{"one audience more", func(_ *provider, c map[string]any) {
			c["aud"], c["azp"] = []string{"client-1", "api"}, "client-1"
		}, fault.IDTokenInvalid},
		{"a new name", set("name", "Jane Roe"), ""},
	} {
		p := newProvider(t)
		c := newClient(t, p)
		s := signedInStory(t, c, p.profile())
		p.claims = func(c map[string]any) { tt.change(p, c) }
		got, err := c.Refresh(t.Context(), p.profile(), grantOf(s.tokens), keepNothing)
		if fault.CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %q", tt.what, err, tt.want)
		}
		if tt.what == "a new name" && got.Identity.Name != "Jane Roe" {
			t.Errorf("the name is still %q", got.Identity.Name)
		}
		if err != nil && got != nil {
			t.Errorf("%s: tokens came with the error", tt.what)
		}
	}
}

func TestC36NoIDToken(t *testing.T) {
	p := newProvider(t)
	p.tokens = func(m map[string]any) { delete(m, "id_token") }
	c := newClient(t, p)
	s := signedInStory(t, c, p.profile())
	if s.tokens.Identity != (Identity{}) || !has(s.tokens.Notices, fault.NoIDToken) || s.tokens.Access.Empty() {
		t.Errorf("%+v, notices %v", s.tokens.Identity, s.tokens.Notices)
	}
	again, err := c.Refresh(t.Context(), p.profile(), grantOf(s.tokens), keepNothing)
	if err != nil || !has(again.Notices, fault.NoIDToken) {
		t.Errorf("%v %v", err, again)
	}
	p.tokens = nil // the provider begins to say who it is
	again, err = c.Refresh(t.Context(), p.profile(), grantOf(again), keepNothing)
	if err != nil || again.Identity.Subject == "" || has(again.Notices, fault.NoIDToken) {
		t.Errorf("%v %+v", err, again)
	}

	prof := p.profile()
	prof.Scope = "api:read offline_access"
	if s := signedInStory(t, c, prof); has(s.tokens.Notices, fault.NoIDToken) || query(s.attempt.URL).Has("nonce") {
		t.Errorf("nobody asked for an ID token: %v", s.tokens.Notices)
	}
}

func TestAnEncryptedAccessTokenIsNoticed(t *testing.T) {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM"}`))
	for token, want := range map[string]bool{
		head + "..iv.text.tag": true, head + ".a.b": false, "opaque": false, "a.b.c.d.e": false,
		head + "..iv.text.tag.x": false,
	} {
		p := newProvider(t)
		p.tokens = func(m map[string]any) { m["access_token"] = token }
		if s := signedInStory(t, newClient(t, p), p.profile()); has(s.tokens.Notices, fault.OpaqueToken) != want {
			t.Errorf("%s: %v", token, s.tokens.Notices)
		}
	}
}

func TestIdentityIsCleaned(t *testing.T) {
	p := newProvider(t)
	p.claims = func(c map[string]any) {
		c["name"], c["email"], c["org_name"] = "Jane\x1b[31m\u202e\nDoe", "j@a\u200b.example", strings.Repeat("x", 500)
	}
	who := signedInStory(t, newClient(t, p), p.profile()).tokens.Identity
	if who.Name != "Jane Doe" || who.Email != "j@a.example" || len(who.Organization) > 110 {
		t.Errorf("%+v", who)
	}
}

// C37: at a sign-in nothing comes out until all checks have passed; the story of each failure above ends without
// tokens, and this one ends so after everything but the last check was right.
func TestC37NothingComesOutOfAFailedSignIn(t *testing.T) {
	p := newProvider(t)
	p.claims = func(c map[string]any) { c["org_name"] = "other" }
	prof := p.profile()
	prof.AuthorizationParams = map[string]string{"organization": "acme"}
	s := signIn(t, newClient(t, p), prof, nil)
	wantFault(t, s.err, fault.WrongOrganization)
	if s.tokens != nil {
		t.Error("tokens came out")
	}
	contains(t, s.page().body, "The sign-in did not work", "another organization than acme")
}

func TestA38ClockWrongSaysBothTimes(t *testing.T) {
	p := newProvider(t)
	p.claims = func(c map[string]any) { c["exp"] = p.clock.time().Add(-time.Hour).Unix() }
	f := wantFault(t, signIn(t, newClient(t, p), p.profile(), nil).err, fault.ClockWrong)
	contains(t, words.Of(f).What, "2026-03-02 08:00:00 UTC", "2026-03-02 09:00:00 UTC")
}

// C59: whatever an access token looks like, it is handed on as it came, and lives as long as the response says.
func TestC59AccessTokensAreOpaque(t *testing.T) {
	past := signed(signingKey(t, "one"), jose.RS256, map[string]any{"iss": "https://other.example/", "exp": 1, "aud": "x"})
	encrypted := b64([]byte(`{"alg":"dir","enc":"A256GCM"}`)) + ".a.b.c.d"
	for _, access := range []string{"opaque", past, "a.b.c", "..", encrypted} {
		p := newProvider(t)
		p.tokens = func(m map[string]any) { m["access_token"] = access }
		got := signedInStory(t, newClient(t, p), p.profile()).tokens
		if got.Access.Reveal() != access || !got.Expiry.Equal(p.clock.time().Add(time.Hour)) ||
			got.Identity.Subject != "auth0|42" {
			t.Errorf("%s: %+v", access, got)
		}
	}
}
