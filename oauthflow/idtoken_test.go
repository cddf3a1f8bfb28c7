package oauthflow

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
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

func TestC28Nonce(t *testing.T) {
	tryClaims(t, nil, []claimCase{
		{"wrong", set("nonce", "another"), fault.IDTokenInvalid},
		{"absent", unset("nonce"), fault.IDTokenInvalid},
		{"empty", set("nonce", ""), fault.IDTokenInvalid},
		{"no text", set("nonce", 1), fault.IDTokenInvalid},
	})
}

func TestC28ARefreshedNonceIsTheOriginal(t *testing.T) {
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

func TestC29UnsignedAndSymmetricTokensAreRejected(t *testing.T) {
	key, other := signingKey(t, "one"), signingKey(t, "other")
	pub := key.Public()
	der, err := x509.MarshalPKIXPublicKey(pub.Key)
	if err != nil {
		t.Fatal(err)
	}
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	for what, sign := range map[string]func(map[string]any) string{
		"none":         func(c map[string]any) string { return unsigned(`{"alg":"none","kid":"one"}`, c) + "." },
		"none, signed": func(c map[string]any) string { return unsigned(`{"alg":"none","kid":"one"}`, c) + ".AAAA" },
		"None":         func(c map[string]any) string { return unsigned(`{"alg":"None"}`, c) + "." },
		"no algorithm": func(c map[string]any) string { return unsigned(`{"kid":"one"}`, c) + ".AAAA" },
		"no signature": func(c map[string]any) string { return unsigned(`{"alg":"RS256","kid":"one"}`, c) + "." },
		"HS256, PEM":   func(c map[string]any) string { return signed(symmetric(asPEM), jose.HS256, c) },
		"HS256, modulus": func(c map[string]any) string {
			return signed(symmetric(modulus(key)), jose.HS256, c)
		},
		"another's key": func(c map[string]any) string { return signed(named(other, "one"), jose.RS256, c) },
		"its own key": func(c map[string]any) string {
			return signedWith(t, other, "jwk", public([]jose.JSONWebKey{other})[0], c)
		},
		"a key elsewhere": func(c map[string]any) string {
			return signedWith(t, other, "jku", "https://evil.example/keys", c)
		},
		"RS512 with a key for RS256": func(c map[string]any) string { return signed(key, jose.RS512, c) },
		"changed afterwards": func(c map[string]any) string {
			parts := strings.Split(signed(key, jose.RS256, c), ".")
			c["sub"] = "admin"
			return unsigned(`{"alg":"RS256","kid":"one"}`, c) + "." + parts[2]
		},
	} {
		t.Run(what, func(t *testing.T) {
			p := newProvider(t)
			p.sign = sign
			wantFault(t, signIn(t, newClient(t, p), p.profile(), nil).err, fault.IDTokenInvalid)
		})
	}
}

func unsigned(header string, claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
}

func modulus(k jose.JSONWebKey) []byte { return k.Public().Key.(*rsa.PublicKey).N.Bytes() }

func named(k jose.JSONWebKey, id string) jose.JSONWebKey {
	k.KeyID = id
	return k
}

func symmetric(key []byte) jose.JSONWebKey { return jose.JSONWebKey{Key: key, KeyID: "one"} }

// signedWith adds a field to the header.
func signedWith(t *testing.T, key jose.JSONWebKey, name jose.HeaderKey, value any, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithHeader(name, value)
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key.Key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(claims)
	jws, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	compact, _ := jws.CompactSerialize()
	return compact
}

func TestC30RequiredClaims(t *testing.T) {
	tryClaims(t, nil, []claimCase{
		{"no iss", unset("iss"), fault.IDTokenInvalid},
		{"no slash in iss", func(p *provider, c map[string]any) { c["iss"] = p.server.URL }, fault.IDTokenInvalid},
		{"no aud", unset("aud"), fault.IDTokenInvalid},
		{"wrong aud", set("aud", "client-2"), fault.IDTokenInvalid},
		{"aud of no text", set("aud", 1), fault.IDTokenInvalid},
		{"one aud in a list", set("aud", []string{"client-1"}), ""},
		{"no exp", unset("exp"), fault.IDTokenInvalid},
		{"exp of text", set("exp", "tomorrow"), fault.IDTokenInvalid},
		{"exp for ever", set("exp", 1e300), fault.IDTokenInvalid},
		{"no iat", unset("iat"), fault.IDTokenInvalid},
		{"no sub", unset("sub"), fault.IDTokenInvalid},
		{"empty sub", set("sub", ""), fault.IDTokenInvalid},
		{"sub that cannot be shown", set("sub", "a\u202eb"), fault.IDTokenInvalid},
		{"sub without end", set("sub", strings.Repeat("a", maxSubject+1)), fault.IDTokenInvalid},
		{"expired within the skew", at("exp", -59), ""},
		{"expired beyond it", at("exp", -60), fault.ClockWrong},
		{"issued in the future, within the skew", at("iat", 60), ""},
		{"issued in the future, beyond it", at("iat", 61), fault.ClockWrong},
		{"valid later, within the skew", at("nbf", 60), ""},
		{"valid later, beyond it", at("nbf", 61), fault.ClockWrong},
		{"fractions", func(p *provider, c map[string]any) { c["exp"] = float64(p.clock.time().Unix()) + 0.5 }, ""},
		{"names of another type", set("name", map[string]any{"given": "Jane"}), ""},
	})
}

// go-oidc lets one large provider leave the scheme out of its issuer. We do not.
func TestC30NoProviderMayShortenItsIssuer(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	meta := metadata{Issuer: "https://accounts.google.com", JWKSURI: "https://a.example/keys"}
	known := c.signingKeys(meta.JWKSURI)
	known.value, known.fetched = public(p.keys), p.clock.time()
	for issuer, want := range map[string]fault.Code{meta.Issuer: "", "accounts.google.com": fault.IDTokenInvalid} {
		id := signed(p.keys[0], jose.RS256, map[string]any{
			"iss": issuer, "sub": "s", "aud": "c", "iat": p.clock.time().Unix(), "exp": p.clock.time().Unix() + 1,
		})
		if _, err := c.verify(t.Context(), meta, "c", response{id: secret.New(id)}); fault.CodeOf(err) != want {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

func TestC31SeveralAudiences(t *testing.T) {
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
		{"one audience, another's azp", set("azp", "client-2"), fault.IDTokenInvalid},
		{"not for us at all", func(_ *provider, c map[string]any) {
			c["aud"], c["azp"] = []string{"api", "b"}, "client-1"
		}, fault.IDTokenInvalid},
	})
}

func TestC32AtHash(t *testing.T) {
	sum := sha256.Sum256([]byte("access-1"))
	right := base64.RawURLEncoding.EncodeToString(sum[:16])
	other := base64.RawURLEncoding.EncodeToString(make([]byte, 16))
	tryClaims(t, nil, []claimCase{
		{"right", set("at_hash", right), ""},
		{"of another token", set("at_hash", other), fault.IDTokenInvalid},
		{"whole hash", set("at_hash", base64.RawURLEncoding.EncodeToString(sum[:])), fault.IDTokenInvalid},
	})
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

func TestC35ARefreshedIDTokenIsAboutTheSame(t *testing.T) {
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

// A39: what is too large or has too many parts is refused before anything of it is decoded.
func TestA39OversizedIDTokens(t *testing.T) {
	for _, token := range []string{
		strings.Repeat(".", 1000), strings.Repeat("a", 1<<19), "a.b", "a.b.c.d", "{\"payload\":\"\"}", "e30.e30.e30",
		strings.Repeat("a.", 20000),
	} {
		p := newProvider(t)
		p.sign = func(map[string]any) string { return token }
		if s := signIn(t, newClient(t, p), p.profile(), nil); s.err == nil {
			t.Errorf("%.20q… was accepted", token)
		}
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

func TestClockWrongSaysBothTimes(t *testing.T) {
	p := newProvider(t)
	p.claims = func(c map[string]any) { c["exp"] = p.clock.time().Add(-time.Hour).Unix() }
	f := wantFault(t, signIn(t, newClient(t, p), p.profile(), nil).err, fault.ClockWrong)
	contains(t, f.Args["reason"], "2026-03-02 08:00:00 UTC", "2026-03-02 09:00:00 UTC")
}
