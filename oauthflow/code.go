package oauthflow

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

func init() {
	grants[profile.AuthorizationCode] = grantNeeds{
		start: func(m metadata) string { return m.AuthorizationEndpoint }, pkce: true, keys: true,
	}
}

// exchangeCode trades a code for tokens (RFC 6749 §4.1.3), with the verifier (RFC 7636 §4.5) that proves that we asked
// for it. The code goes to the token endpoint of the metadata that the attempt began with.
func (c *Client) exchangeCode(ctx context.Context, a attempt, code secret.Text) (tokenResponse, error) {
	return c.requestTokens(ctx, tokenRequest{
		endpoint: a.meta.TokenEndpoint,
		client:   authOf(a.profile, secret.Text{}),
		form: url.Values{
			"grant_type":    {profile.AuthorizationCode},
			"code":          {code.Reveal()},
			"redirect_uri":  {a.redirectURI}, // RFC 6749 §4.1.3: "their values MUST be identical"
			"code_verifier": {a.verifier.Reveal()},
			"resource":      a.profile.Resource, // RFC 8707 §2.2
		},
		refused: codeRefused,
	})
}

// codeRefused says what a final refusal of a code means.
func codeRefused(r response, p problem) error {
	code := cmp.Or(p.code, fmt.Sprintf("HTTP %d", r.status))
	switch {
	case p.code == "mfa_required":
		return p.signInAgain(p.description)
	case p.code == "invalid_grant":
		return fault.New(fault.SignInRefused, "error", code, "said", p.description)
	case clientRefused(p.code) || r.status == http.StatusUnauthorized:
		return fault.New(fault.ClientRefused, "error", code, "said", p.description)
	case p.code == "access_denied":
		return fault.New(fault.SignInDenied, "said", p.description)
	}
	return fault.New(fault.SignInRefused, "error", code, "said", p.description)
}

// tokens is what a response to a code means.
func (a attempt) tokens(r tokenResponse, who Identity, asked time.Time) *Tokens {
	t := newTokens(a.profile, a.meta, r, asked)
	t.Refresh, t.Identity, t.Nonce = r.refresh, who, a.nonce
	t.Scope = cmp.Or(r.scope, strings.Join(a.profile.Scopes(), " "))
	t.note(a.profile)
	return t
}
