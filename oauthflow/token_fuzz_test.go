package oauthflow

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// FuzzTokenResponse: whatever comes, a refresh token in it is kept, wherever the rest is cut off; what passes is fit to
// use; and no error repeats a token.
func FuzzTokenResponse(f *testing.F) {
	f.Add([]byte(`{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"a b"}`), 0)
	f.Add([]byte(`{"access_token":"a","token_type":"bearer","expires_in":"1e3"}`), 1)
	f.Add([]byte(`{"refresh_token":"r","refresh_token":"s","token_type":"mac"}`), 7)
	f.Add([]byte(`{"x":{"refresh_token":"inner"},"refresh_token":"r","y":[{"refresh_token":1}]}`), 9)
	f.Add([]byte(`{"error":"invalid_grant","error_description":"x","error":{},"refresh_token":"r"}`), 3)
	f.Add([]byte(`{"access_token":"a`+"\r\n"+`b","expires_in":NaN,"refresh_token":"r"`), 2)
	f.Add([]byte("\xef\xbb\xbf"+`{"refresh_token":"\u0072","id_token":"a.b.c"}{}`), 0)
	for _, body := range []string{`<html>`, `{`, `[]`, ``, `refresh_token=r&access_token=a`} {
		f.Add([]byte(body), 0)
	}
	for _, tt := range lifetimes {
		f.Add([]byte(`{"access_token":"a","token_type":"Bearer","expires_in":`+tt.said+`}`), 0)
	}
	f.Fuzz(func(t *testing.T, body []byte, cut int) {
		a := response{host: "h", status: http.StatusOK, body: body}
		found := salvage(a)
		if there, end := lastRefreshToken(body); end > 0 {
			cut = end + max(cut, 0)%(len(body)-end+1)
			short := salvage(response{status: http.StatusOK, body: body[:cut]})
			if found.Reveal() != there || short.Reveal() != there {
				t.Errorf("%q: %q was lost: %q, cut at %d %q", body, there, found.Reveal(), cut, short.Reveal())
			}
		}
		if !optional(found) {
			t.Errorf("%q: %q was kept", body, found.Reveal())
		}
		_ = a.problem()
		r, err := a.tokens()
		if err != nil {
			return
		}
		if !isToken(r.access) || !optional(r.refresh) || !optional(r.id) || r.lifetime < 0 || r.lifetime > maxLifetime {
			t.Errorf("%q passed as %v", body, r.lifetime)
		}
		var said struct {
			Type  string `json:"token_type"`
			Error any    `json:"error"`
		}
		if json.Unmarshal(body, &said) != nil || !strings.EqualFold(said.Type, "bearer") ||
			said.Error != nil && said.Error != "" {
			t.Errorf("%q passed as %q, error %v", body, said.Type, said.Error)
		}
		if !r.refresh.Equal(found) {
			t.Errorf("%q: two readings of the refresh token", body)
		}
	})
}

// lastRefreshToken reads a body as another decoder does: the last refresh token that can be used, and where it ends; 0
// where there is none or the body is no object.
func lastRefreshToken(body []byte) (token string, end int) {
	if !json.Valid(body) {
		return "", 0
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if start, _ := d.Token(); start != json.Delim('{') {
		return "", 0
	}
	for d.More() {
		name, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return "", 0
		}
		var s string
		if name == "refresh_token" && json.Unmarshal(value, &s) == nil && isToken(secret.New(s)) {
			token, end = s, int(d.InputOffset())
		}
	}
	return token, end
}

// FuzzIDToken: of all tokens that can be made from parts, true signatures and public keys, the one passes that was
// signed with the provider's key; and what the provider signs passes if it keeps the rules.
func FuzzIDToken(f *testing.F) {
	one := signingKey(f, "one")
	stranger, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	curve, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	claims := map[string]any{
		"iss": "https://a.example/", "sub": "s", "aud": "c", "iat": now.Unix(), "exp": now.Unix() + 60, "nonce": "n",
	}
	good := strings.Split(signed(one, jose.RS256, claims), ".")
	payload, _ := json.Marshal(claims)
	pkix, _ := x509.MarshalPKIXPublicKey(one.Public().Key)
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})
	ways := []func(input, raw []byte) []byte{
		func(_, raw []byte) []byte { return raw },
		func(_, _ []byte) []byte { return unb64(good[2]) },
		func(input, _ []byte) []byte { return hs256(asPEM)(input) },
		func(input, _ []byte) []byte { return hs256(pkix)(input) },
		func(input, _ []byte) []byte { return hs256(one.Public().Key.(*rsa.PublicKey).N.Bytes())(input) },
		func(input, _ []byte) []byte { return es(stranger, crypto.SHA256, 32)(input) },
	}
	c := New(Options{Now: func() time.Time { return now }, Transport: roundTrip(
		func(*http.Request) (*http.Response, error) { return nil, context.Canceled })})
	meta := metadata{Issuer: "https://a.example/", JWKSURI: "https://a.example/keys"}
	known := c.signingKeys(meta.JWKSURI)
	known.value, known.fetched, known.tried = public([]jose.JSONWebKey{one}), now, now
	known.value = append(known.value, jose.JSONWebKey{Key: &curve.PublicKey, KeyID: "curve"})

	head := string(unb64(good[0]))
	for i := range ways {
		f.Add(head, payload, []byte{}, uint8(i))
		f.Add(`{"alg":"none"}`, payload, []byte{}, uint8(i))
		f.Add(`{"alg":"HS256","kid":"one"}`, payload, []byte{}, uint8(i))
	}
	f.Add(`{"alg":"ES256","kid":"curve"}`, payload, make([]byte, 64), uint8(0))
	f.Add(`{"alg":"RS256","jku":"https://b.example/"}`, []byte(`{"sub":"x","sub":"s"}`), []byte("a.b"), uint8(5))
	f.Add(`{"alg":"RS256","crit":["b64"],"b64":false}`, []byte(`{"aud":["c","d"],"exp":1e300}`), []byte{}, uint8(1))
	f.Add(`{"alg":"RS256","alg":"none"}`, []byte(`{"aud":1,"exp":"x","_claim_names":{"a":"b"}}`), []byte{}, uint8(2))
	f.Add(head, []byte(`{"iss":"https://a.example/","sub":"s","aud":["c","d"],"azp":"c","iat":1772442000,
		"exp":1772442060}`), []byte{}, uint8(1))
	f.Fuzz(func(t *testing.T, header string, body, raw []byte, way uint8) {
		input := b64([]byte(header)) + "." + b64(body)
		token := input + "." + b64(ways[int(way)%len(ways)]([]byte(input), raw))
		_, err := c.verify(t.Context(), meta, "c", tokenResponse{id: secret.New(token)})
		if err == nil && (header != head || !bytes.Equal(body, payload)) {
			t.Errorf("%q %q passed, signed in way %d", header, body, way)
		}
		if err != nil && fault.CodeOf(err) != fault.IDTokenInvalid {
			t.Errorf("%q %q: %v", header, body, err)
		}
		// As it came, without being put together: text of any form.
		if _, err := c.verify(t.Context(), meta, "c", tokenResponse{id: secret.New(header)}); err == nil {
			t.Errorf("%q passed", header)
		}

		input = b64([]byte(`{"alg":"ES256","kid":"curve"}`)) + "." + b64(body)
		token = input + "." + b64(es(curve, crypto.SHA256, 32)([]byte(input)))
		said, err := c.verify(t.Context(), meta, "c", tokenResponse{id: secret.New(token)})
		if err != nil {
			if code := fault.CodeOf(err); code != fault.IDTokenInvalid && code != fault.ClockWrong {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		if said.Issuer != meta.Issuer || said.Subject == "" || len(said.Audience) == 0 || len(said.Audience) > maxAudience ||
			said.Expiry.Before(now.Add(-skew)) || said.IssuedAt.After(now.Add(skew)) {
			t.Errorf("%q passed", body)
		}
	})
}
