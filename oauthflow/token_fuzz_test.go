package oauthflow

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

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
		if json.Unmarshal(body, &all) == nil && json.Unmarshal(all["refresh_token"], &there) == nil && isToken(secret.New(there)) {
			if found.Empty() {
				t.Errorf("%q: the refresh token was lost", body)
			}
		}
		_ = a.problem()
		r, err := a.tokens()
		if err != nil {
			return
		}
		if !isToken(r.access) || r.lifetime < 0 || r.lifetime > maxLifetime {
			t.Errorf("%q passed as %v", body, r.lifetime)
		}
		if !r.refresh.Equal(found) {
			t.Errorf("%q: two readings of the refresh token", body)
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
