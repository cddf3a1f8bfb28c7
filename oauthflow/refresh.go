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

// Grant is what a session keeps of a sign-in: the refresh token, and what must stay the same.
type Grant struct {
	Refresh  secret.Text
	Identity Identity
	Nonce    secret.Text
	Scope    string // as granted last; "" if unknown

	Issuer, TokenEndpoint string // as Tokens had them
}

// Refresh trades a refresh token for new tokens (RFC 6749 §6):
//
//  1. The token goes to nobody but the provider that gave it.
//  2. Know the provider, keys included, before anything is spent.
//  3. Send the token. A new one in the response is kept at once, before anything of the response is judged.
//  4. Check the response as at a sign-in, and that it is about the same person.
//
// keep is called with a refresh token that differs from the one sent, whatever else is wrong with the response, on a
// context that does not end with ctx. Its error does not end the refresh; it is returned among the Notices.
//
// fault.SignInRequired means that the token is dead, fault.ClientRefused that the client's settings are wrong,
// fault.DifferentPerson that the response is about somebody else. After all other errors the token may be tried again.
// A call makes one token request.
func (c *Client) Refresh(
	ctx context.Context, p profile.Profile, g Grant, keep func(context.Context, secret.Text) error,
) (*Tokens, error) {
	if err := g.belongsTo(p); err != nil { // 1
		return nil, err
	}
	ctx = limited(ctx, p)
	meta, err := c.provider(ctx, p, usable) // 2
	if err != nil {
		return nil, err
	}
	if g.Issuer == "" && g.TokenEndpoint != meta.TokenEndpoint {
		return nil, signInAgain(fault.RefreshOtherProvider)
	}
	asked := c.wallTime()
	r, unkept, err := c.exchangeRefreshToken(ctx, p, meta, g, keep) // 3
	if err != nil {
		return nil, err
	}
	who, err := c.checkRefreshedIDToken(ctx, p, meta, g, r) // 4
	if err != nil {
		return nil, err
	}
	t := g.tokens(p, meta, r, who, asked)
	if unkept != nil {
		t.Notices = append(t.Notices, fault.Of(unkept))
	}
	return t, nil
}

// belongsTo refuses a token of another provider. A profile without an issuer is known by its token endpoint, which
// Refresh compares when it has it.
func (g Grant) belongsTo(p profile.Profile) error {
	switch {
	case g.Refresh.Empty():
		return signInAgain(fault.RefreshNoToken)
	case g.Issuer != p.Issuer:
		return signInAgain(fault.RefreshOtherProvider)
	}
	return nil
}

func signInAgain(why fault.Reason) error { return fault.New(fault.SignInRequired).WithReason(why) }

// exchangeRefreshToken makes the request. unkept is keep's error.
func (c *Client) exchangeRefreshToken(
	ctx context.Context, p profile.Profile, meta metadata, g Grant, keep func(context.Context, secret.Text) error,
) (r tokenResponse, unkept, err error) {
	r, err = c.requestTokens(ctx, tokenRequest{
		endpoint: meta.TokenEndpoint,
		client:   authOf(p, secret.Text{}),
		form: url.Values{
			"grant_type":    {profile.RefreshToken},
			"refresh_token": {g.Refresh.Reveal()},
			"resource":      p.Resource, // RFC 8707 §2.2: asked for again, or the token is for something else
		},
		received: func(r response) {
			if rotated := salvage(r); !rotated.Empty() && !rotated.Equal(g.Refresh) {
				unkept = keep(context.WithoutCancel(ctx), rotated)
			}
		},
		refused: refreshRefused,
	})
	return r, unkept, err
}

// refreshRefused says what a final refusal of a refresh token means. By far most often: that it is dead, which
// providers say as invalid_grant with 400, 401 or 403, but also as invalid_request, as unauthorized_client, in HTML, or
// with no body. unauthorized_client may be about the settings as well; then the sign-in that the person is asked for
// says so. A page with a 403, or with a status that no token endpoint has for a token (404, 405), is not from the
// provider.
func refreshRefused(r response, p problem) error {
	switch {
	case p.code == "invalid_client":
		return fault.New(fault.ClientRefused, "error", p.code, "said", p.description)
	case p.code != "", r.status == http.StatusBadRequest, r.status == http.StatusUnauthorized,
		r.status == http.StatusForbidden && !r.html():
		return p.signInAgain(cmp.Or(p.description, p.code))
	case r.html():
		return fault.New(fault.Portal, "host", r.host)
	}
	return fault.New(fault.ProviderTrouble, "host", r.host, "status", fmt.Sprint(r.status))
}

// tokens is what a response to a refresh token means. RFC 6749 §6: what it leaves out stays as it was.
func (g Grant) tokens(p profile.Profile, meta metadata, r tokenResponse, who Identity, asked time.Time) *Tokens {
	t := newTokens(p, meta, r, asked)
	t.Refresh, t.Identity, t.Nonce = g.Refresh, who, g.Nonce
	if !r.refresh.Empty() {
		t.Refresh = r.refresh
	}
	t.Scope = cmp.Or(r.scope, g.Scope, strings.Join(p.Scopes(), " "))
	t.note(p)
	return t
}
