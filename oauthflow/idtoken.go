package oauthflow

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/strictjson"
)

// checkIDToken checks the ID token of a sign-in. The identity is zero where there is none, or none that could be
// checked: a provider that says nothing of the person may still give good access tokens.
func (c *Client) checkIDToken(ctx context.Context, a attempt, r tokenResponse) (Identity, error) {
	if r.id.Empty() || !a.meta.verifiesIDTokens() || !asksForIDToken(a.profile) {
		return Identity{}, nil
	}
	said, err := c.verify(ctx, a.meta, a.profile.ClientID, r)
	if err != nil {
		return Identity{}, err
	}
	if !said.Nonce.Equal(a.nonce) {
		return Identity{}, badIDToken(fault.IDTokenNonce)
	}
	if err := said.checkAge(a.profile.AuthorizationParams["max_age"], c.wallTime()); err != nil {
		return Identity{}, err
	}
	return said.identity(a.profile)
}

// checkRefreshedIDToken checks the ID token of a refresh, which may be missing. OpenID Connect Core §12.2: iss, sub and
// aud "MUST be the same as in the ID Token issued when the original authentication occurred", and a nonce as well if
// there is one.
func (c *Client) checkRefreshedIDToken(
	ctx context.Context, p profile.Profile, meta metadata, g Grant, r tokenResponse,
) (Identity, error) {
	if r.id.Empty() || !meta.verifiesIDTokens() || !asksForIDToken(p) {
		return g.Identity, nil
	}
	said, err := c.verify(ctx, meta, p.ClientID, r)
	if err != nil {
		return Identity{}, err
	}
	if !said.Nonce.Empty() && !said.Nonce.Equal(g.Nonce) {
		return Identity{}, badIDToken(fault.IDTokenNonce)
	}
	now, err := said.identity(p)
	switch was := g.Identity; {
	case err != nil:
		return Identity{}, err
	case was.Subject == "": // the sign-in said nothing of the person
		return now, nil
	case was.Subject != now.Subject:
		return Identity{}, fault.New(fault.DifferentPerson, "was", was.Called(), "now", now.Called())
	case was.Audience != now.Audience:
		return Identity{}, badIDToken(fault.IDTokenAudienceChanged)
	}
	return now, nil
}

// verify checks what does not depend on the sign-in: form, signature, issuer, audience, times, and that the ID token
// belongs to the access token. go-oidc does signature, issuer and audience; it knows no leeway, so times are judged
// here, by our clock.
func (c *Client) verify(ctx context.Context, meta metadata, clientID string, r tokenResponse) (claims, error) {
	compact := r.id.Reveal()
	if err := checkForm(compact); err != nil {
		return claims{}, err
	}
	keys, err := c.keysFor(ctx, meta.JWKSURI, compact)
	if err != nil {
		return claims{}, err
	}
	verifier := oidc.NewVerifier(meta.Issuer, keys, &oidc.Config{
		ClientID: clientID, SupportedSigningAlgs: algorithmNames(), SkipExpiryCheck: true,
	})
	token, err := verifier.Verify(ctx, compact)
	if err != nil {
		return claims{}, unverified(err)
	}
	if token.AccessTokenHash != "" && token.VerifyAccessToken(r.access.Reveal()) != nil {
		return claims{}, badIDToken(fault.IDTokenAccessToken)
	}
	var payload jsontext.Value
	if err := token.Claims(&payload); err != nil {
		return claims{}, badIDToken(fault.IDTokenClaimsUnreadable)
	}
	var said claims
	if err := strictjson.Decode(payload, maxToken, &said); err != nil {
		return claims{}, badIDToken(fault.IDTokenClaimsUnreadable).WithFindings(strictjson.Finding(err))
	}
	return said, said.check(meta.Issuer, clientID, c.wallTime())
}

// checkForm refuses, before anything is decoded, fetched or computed, what no provider sends as an ID token: what is
// too large or not a JWS in its compact form (RFC 7515 §7.1), is not signed with a key pair, or asks its reader to
// understand something new (crit) or to read the payload in another way (b64, which RFC 7797 §7 forbids here and which
// go-jose obeys). Header fields that bring or name a key are read by nobody.
func checkForm(compact string) error {
	if len(compact) > maxToken || strings.Count(compact, ".") != 2 {
		return badIDToken(fault.IDTokenNotSigned)
	}
	first, _, _ := strings.Cut(compact, ".")
	head, err := base64.RawURLEncoding.DecodeString(first)
	var said struct {
		Algorithm jose.SignatureAlgorithm `json:"alg"`
		Critical  jsontext.Value          `json:"crit"`
		Base64    jsontext.Value          `json:"b64"`
	}
	switch {
	case err != nil || strictjson.Decode(head, maxToken, &said) != nil:
		return badIDToken(fault.IDTokenHeaderUnreadable)
	case !slices.Contains(algorithms, said.Algorithm):
		return badIDToken(fault.IDTokenAlgorithm)
	case len(said.Critical) > 0 || len(said.Base64) > 0:
		return badIDToken(fault.IDTokenCritical)
	}
	return nil
}

func badIDToken(why fault.Reason) *fault.Error {
	return fault.New(fault.IDTokenInvalid).WithReason(why)
}

func algorithmNames() []string {
	names := make([]string, len(algorithms))
	for i, a := range algorithms {
		names[i] = string(a)
	}
	return names
}

// unverified keeps go-oidc's refusal as the detail. It may quote issuer and audience, which are no secrets.
func unverified(err error) error {
	return badIDToken(fault.IDTokenSignature).Because(errors.New(display.Clean(err.Error(), 200)))
}
