package oauthflow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// ErrNoRevocation is returned where a provider has no revocation endpoint. It is the one error of this package that is
// not a fault: nothing went wrong.
var ErrNoRevocation = errors.New("oauthflow: the provider has no revocation endpoint")

// Revoke tells the provider that a refresh token is no longer wanted (RFC 7009). A token that the provider does not
// know counts as revoked, as §2.2 says. The access tokens made from it live on until they expire.
//
// fault.ProviderTrouble, fault.RateLimited and the network's faults mean that it may succeed later.
func (c *Client) Revoke(ctx context.Context, p profile.Profile, refresh secret.Text) error {
	ctx = paced(ctx, p)
	meta, err := c.metadata(ctx, p, usable)
	if err != nil {
		return err
	}
	if meta.RevocationEndpoint == "" {
		return ErrNoRevocation
	}
	req, err := revocation(ctx, p, meta.RevocationEndpoint, refresh)
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	a, err := c.send(req)
	if err != nil {
		return err
	}
	return a.revoked(a.problem(bothForms(refresh)...), c)
}

func revocation(ctx context.Context, p profile.Profile, endpoint string, refresh secret.Text) (*http.Request, error) {
	form := url.Values{"token": {refresh.Reveal()}, "token_type_hint": {"refresh_token"}}
	if p.AuthMethod() != profile.AuthBasic {
		form.Set("client_id", p.ClientID)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.AuthMethod() == profile.AuthBasic {
		req.SetBasicAuth(url.QueryEscape(p.ClientID), "") // RFC 6749 §2.3.1
	}
	return req, nil
}

func (a answer) revoked(p problem, c *Client) error {
	if err := a.notNow(p, c.moment()); err != nil {
		return err
	}
	switch {
	case a.ok() && a.html(): // RFC 7009 §2.2 ignores the body, but no provider says yes with a page
		return fault.New(fault.Portal, "host", a.host)
	case a.ok() && p.code == "":
		return nil
	case clientRefused(p.code):
		return fault.New(fault.ClientRefused, "error", p.code, "reason", p.reason)
	}
	return fault.New(fault.RevokeFailed, "host", a.host)
}
