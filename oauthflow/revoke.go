package oauthflow

import (
	"context"
	"errors"
	"net/url"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// ErrNoRevocation is returned where a provider has no revocation endpoint. It is the one error of this package that is
// not a fault: nothing went wrong.
var ErrNoRevocation = errors.New("oauthflow: the provider has no revocation endpoint")

// Revoke tells the provider that a refresh token is no longer wanted (RFC 7009 §2.1). A token that the provider does
// not know counts as revoked, as §2.2 says. The access tokens made from it live on until they expire.
//
// fault.ProviderTrouble, fault.RateLimited and the network's faults mean that it may succeed later.
func (c *Client) Revoke(ctx context.Context, p profile.Profile, refresh secret.Text) error {
	ctx = limited(ctx, p)
	meta, err := c.metadata(ctx, p, usable)
	if err != nil {
		return err
	}
	if meta.RevocationEndpoint == "" {
		return ErrNoRevocation
	}
	r, err := c.post(ctx, tokenRequest{
		endpoint: meta.RevocationEndpoint,
		client:   authOf(p, secret.Text{}),
		form:     url.Values{"token": {refresh.Reveal()}, "token_type_hint": {profile.RefreshToken}},
		refused:  revocationRefused,
	})
	if err == nil && r.html() { // RFC 7009 §2.2 ignores the body, but no provider says yes with a page
		return fault.New(fault.Portal, "host", r.host)
	}
	return err
}

// revocationRefused says what a final refusal of a revocation means.
func revocationRefused(r response, p problem) error {
	if clientRefused(p.code) {
		return fault.New(fault.ClientRefused, "error", p.code, "said", p.description)
	}
	return fault.New(fault.RevokeFailed, "host", r.host)
}
