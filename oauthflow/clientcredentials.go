package oauthflow

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// programRate is far below the fifty requests a second for which some providers block an address. People do not sign in
// that often; programs may ask that often.
const programRate = 10

func init() {
	grants[profile.ClientCredentials] = grantNeeds{
		start: func(m metadata) string { return m.TokenEndpoint }, rate: programRate,
	}
}

// ClientToken gets an access token for a program of its own, with a client's secret (RFC 6749 §4.4.2). Each call makes
// one token request, which many providers count and bill: whoever calls it keeps what it gives.
//
// fault.SecretRefused means that the secret is wrong, fault.ClientRefused that the client may not do this; asking again
// changes neither. After all other errors the same may be asked again later.
func (c *Client) ClientToken(ctx context.Context, p profile.Profile, s secret.Text) (*Tokens, error) {
	ctx = limited(ctx, p)
	meta, err := c.metadata(ctx, p, usable)
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {profile.ClientCredentials}, "resource": p.Resource}
	if scopes := p.Scopes(); len(scopes) > 0 {
		form.Set("scope", strings.Join(scopes, " "))
	}
	if p.Audience != "" {
		form.Set("audience", p.Audience)
	}
	asked := c.wallTime()
	r, err := c.requestTokens(ctx, tokenRequest{
		endpoint: meta.TokenEndpoint, client: authOf(p, s), form: form, refused: secretRefused,
	})
	if err != nil {
		return nil, err
	}
	t := newTokens(p, meta, r, asked) // RFC 6749 §4.4.3 wants no refresh token in it; one that is there is of no use
	t.Scope = cmp.Or(r.scope, p.Scope)
	t.noteScope(p)
	return t, nil
}

// secretRefused says what a final refusal of a client's secret means. Of a wrong secret Keycloak says
// unauthorized_client and Auth0 access_denied; but they say it with 401, and what the client may not do with 400 or
// 403.
func secretRefused(r response, p problem) error {
	code := cmp.Or(p.code, fmt.Sprintf("HTTP %d", r.status))
	switch {
	case p.code == "invalid_client", r.status == http.StatusUnauthorized:
		return fault.New(fault.SecretRefused, "error", code, "said", p.description)
	case p.code != "":
		return fault.New(fault.ClientRefused, "error", code, "said", p.description)
	case r.html():
		return fault.New(fault.Portal, "host", r.host)
	}
	return fault.New(fault.ProviderTrouble, "host", r.host, "status", fmt.Sprint(r.status))
}
