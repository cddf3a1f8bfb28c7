package jwt

import (
	"encoding/base64"
	"strings"
	"testing"

	"keyfob/internal/secret"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// tokenOf is a token with those claims, as JSON; nobody checks its signature.
func tokenOf(claims string) string {
	return b64(`{"alg":"RS256"}`) + "." + b64(claims) + "." + b64("signature")
}

// encrypted is a token with that header.
func encrypted(header string) string { return b64(header) + "..iv.text.tag" }

func TestLookAt(t *testing.T) {
	for _, tt := range []struct {
		token string
		form  Form
	}{
		{tokenOf(`{"aud":"x"}`), Readable}, {tokenOf(`{}`), Readable}, {tokenOf(`[]`), Opaque}, {tokenOf(`{`), Opaque}, {"",
			Opaque}, {"a.b.c", Opaque},
		{encrypted(`{"alg":"dir","enc":"A256GCM"}`), Encrypted}, {encrypted(`{"alg":"dir"}`), Opaque}, {"a.b.c.d.e", Opaque},
		{tokenOf(`{"x":"` + strings.Repeat("x", maxToken) + `"}`), Opaque}, {"opaque", Opaque},
	} {
		if got := LookAt(secret.New(tt.token)); got.Form != tt.form || (got.Payload != nil) != (tt.form == Readable) {
			t.Errorf("%.40s: %v", tt.token, got.Form)
		}
	}
	if got := LookAt(secret.New(tokenOf(`{"aud":["a","b"]}`))).Audiences(); len(got) != 2 {
		t.Error(got)
	}
}

func FuzzLookAt(f *testing.F) {
	for _, seed := range []string{
		"", "a.b.c", tokenOf(`{"aud":["a",1]}`), tokenOf(`{"aud":{}}`), "a.b.c.d.e", tokenOf(`{"exp":1e99}`),
		encrypted(`{"enc":1}`),
	} {
		f.Add(seed, "a_b")
	}
	f.Fuzz(func(t *testing.T, token, claim string) {
		look := LookAt(secret.New(token))
		look.Audiences()
		look.Has(claim)
		if (look.Form == Opaque) != (look.Header == nil) || (look.Form == Readable) != (look.Payload != nil) {
			t.Errorf("%+v", look)
		}
	})
}
